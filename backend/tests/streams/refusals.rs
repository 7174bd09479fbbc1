//! What is no good is refused before anything is started.

use crate::server;

#[tokio::test]
async fn with_a_status_and_its_words() {
    let server = server::start().await;
    let ok = "stdout=true&command=true";
    let cases = [
        ("/exec?stdout=true", "v5.channel.k8s.io", 400, "you must specify a command to execute"),
        ("/exec?command=true", "v5.channel.k8s.io", 400, "you must specify at least 1 of stdin, stdout, stderr"),
        (&format!("/exec?{ok}&container=x"), "v5.channel.k8s.io", 400, "container x is not valid for pod p"),
        (
            &format!("/exec?{ok}"),
            "v9.channel.k8s.io",
            403,
            "unable to negotiate protocol: client supports [v9.channel.k8s.io]",
        ),
        (&format!("/exec?{ok}"), "", 403, "unable to negotiate protocol: client supports []"),
        ("/portforward?ports=x", "v4.channel.k8s.io", 400, "invalid port \"x\""),
        ("/portforward", "v4.channel.k8s.io", 400, "query parameter \"ports\" is required"),
    ];
    for (path, protocols, code, message) in cases {
        let refused = server.connect(path, protocols).await.err();
        assert_eq!(refused, Some((code, message.to_owned())), "{path} {protocols}");
    }
    let (_, chosen) = server
        .connect(&format!("/exec?{ok}"), "v9.channel.k8s.io, v4.channel.k8s.io, v5.channel.k8s.io")
        .await
        .unwrap();
    assert_eq!(chosen.as_deref(), Some("v4.channel.k8s.io"), "the first offer that is known");
}

#[tokio::test]
async fn plain_requests_are_told_to_upgrade() {
    let server = server::start().await;
    for (path, expected) in [
        ("/exec?stdout=true&command=true", "HTTP/1.1 400"),
        ("/log?tailLines=-1", "HTTP/1.1 422"),
        ("/log?container=x", "HTTP/1.1 400"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(&server.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
        assert!(answer.starts_with(expected) && answer.contains("\"kind\":\"Status\""), "{path}: {answer}");
    }
}
