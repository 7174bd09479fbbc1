//! exec over WebSocket channels.

use futures::SinkExt;
use tokio_tungstenite::tungstenite::Message;

use crate::server::{self, Socket, next, send};

const V5: &str = "v5.channel.k8s.io";
const ALL: &str = "stdin=true&stdout=true&stderr=true";

/// What came on standard output, standard error and the error channel, and the closing code.
async fn heard(socket: &mut Socket) -> (String, String, String, Option<u16>) {
    let mut channels = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    loop {
        match next(socket).await {
            Some(Message::Binary(message)) => {
                let (channel, bytes) = message.split_first().expect("a channel");
                channels[usize::from(*channel)].extend_from_slice(bytes);
            }
            end => {
                let code = match end {
                    Some(Message::Close(frame)) => frame.map(|f| f.code.into()),
                    _ => None,
                };
                let [_, out, err, error] = channels.map(|c| String::from_utf8(c).unwrap());
                return (out, err, error, code);
            }
        }
    }
}

fn command(words: &[&str]) -> String {
    let words = words.iter().map(|w| ("command", *w));
    format!("/exec?{ALL}&{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(words).finish())
}

#[tokio::test]
async fn output_and_exit_codes() {
    let server = server::start().await;
    let success = r#"{"metadata":{},"status":"Success"}"#;
    let three = "{\"details\":{\"causes\":[{\"message\":\"3\",\"reason\":\"ExitCode\"}]},\
        \"message\":\"command terminated with non-zero exit code: command terminated with exit code 3\",\
        \"metadata\":{},\"reason\":\"NonZeroExitCode\",\"status\":\"Failure\"}";
    let text = "command terminated with non-zero exit code: command terminated with exit code 3";
    let cases = [
        (V5, "echo out; echo err >&2", "out\n", "err\n", success),
        (V5, "exit 3", "", "", three),
        ("v4.channel.k8s.io", "exit 3", "", "", three),
        ("channel.k8s.io", "exit 3", "", "", text),
        ("channel.k8s.io", "exit 0", "", "", ""),
    ];
    for (protocol, line, out, err, error) in cases {
        let (mut socket, chosen) = server.connect(&command(&["sh", "-c", line]), protocol).await.unwrap();
        assert_eq!(chosen.as_deref(), Some(protocol));
        let expected = (out.to_owned(), err.to_owned(), error.to_owned(), Some(1000));
        assert_eq!(heard(&mut socket).await, expected, "{protocol} {line}");
    }
}

#[tokio::test]
async fn the_clients_order_of_protocols_counts() {
    let server = server::start().await;
    // As the JavaScript client offers them, and then decodes the end as v4 and v5 tell it.
    let offered = "v5.channel.k8s.io,v4.channel.k8s.io,v3.channel.k8s.io,v2.channel.k8s.io,channel.k8s.io";
    let (mut socket, chosen) = server.connect(&command(&["true"]), offered).await.unwrap();
    assert_eq!(chosen.as_deref(), Some(V5));
    assert!(heard(&mut socket).await.2.contains("Success"));
    let (_, chosen) = server.connect(&command(&["true"]), "v4.channel.k8s.io, v5.channel.k8s.io").await.unwrap();
    assert_eq!(chosen.as_deref(), Some("v4.channel.k8s.io"));
}

#[tokio::test]
async fn input_ends_by_the_closing_message() {
    let server = server::start().await;
    let (mut socket, _) = server.connect(&command(&["cat"]), V5).await.unwrap();
    socket.send(Message::Text("\0text, ".into())).await.unwrap();
    // Among what means nothing: an empty message, an unknown channel, sizes without sense.
    for message in [
        &b"\x00some "[..],
        b"",
        b"\x09x",
        b"\x04nonsense",
        b"\x04{\"Width\":0,\"Height\":0}",
        b"\x00words",
        b"\xff\x00",
    ] {
        send(&mut socket, message).await;
    }
    let (out, _, status, code) = heard(&mut socket).await;
    assert_eq!((out.as_str(), code), ("text, some words", Some(1000)));
    assert!(status.contains("Success"), "{status}");
}

#[tokio::test]
async fn a_client_that_goes_is_hung_up_on() {
    let server = server::start().await;
    let (socket, _) = server.connect(&command(&["sleep", "1000"]), V5).await.unwrap();
    drop(socket);
    server.hung_up(1).await;
    let (mut socket, _) = server.connect(&command(&["sleep", "1000"]), V5).await.unwrap();
    socket.close(None).await.unwrap();
    server.hung_up(2).await;
    // Unfinished frames, and then nothing more.
    let (socket, _) = server.connect(&command(&["sleep", "1000"]), V5).await.unwrap();
    let tokio_tungstenite::MaybeTlsStream::Plain(mut stream) = socket.into_inner() else { panic!("no TLS here") };
    tokio::io::AsyncWriteExt::write_all(&mut stream, &[0x82, 0xff, 0xff, 0xff]).await.unwrap();
    drop(stream);
    server.hung_up(3).await;
}

#[tokio::test]
async fn noise_ends_the_connection_and_nothing_else() {
    let server = server::start().await;
    let mut seed = 1_u32;
    for round in 1..=50 {
        let (socket, _) = server.connect(&command(&["sleep", "1000"]), V5).await.unwrap();
        let tokio_tungstenite::MaybeTlsStream::Plain(mut stream) = socket.into_inner() else { panic!("no TLS here") };
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        })
        .take(200)
        .collect();
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, &noise).await;
        drop(stream);
        server.hung_up(round).await;
    }
    let (mut socket, _) = server.connect(&command(&["echo", "fine"]), V5).await.unwrap();
    assert_eq!(heard(&mut socket).await.0, "fine\n");
}
