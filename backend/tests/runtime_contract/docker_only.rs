//! What only an engine with a kernel below it can show.

use std::time::Duration;

use futures::StreamExt;
use podground::runtime::{ExecSpec, Output, RuntimeError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::ground::Ground;

const LIMIT: Duration = Duration::from_secs(30);

pub async fn terminals_pass_every_byte(ground: &Ground) {
    let id = ground.run("bytes", "sleep 1000").await;
    // Bytes 0 to 2 first: a decoder of frames would take them for a head. No newline at the end.
    let command = ["sh", "-c", r"stty raw; printf '\000\001\002\003\377end'"].map(str::to_owned);
    let spec = ExecSpec { tty: true, ..ExecSpec::new(&command) };
    let mut session = ground.runtime.exec(&id, &spec).await.unwrap();
    let mut found = Vec::new();
    while let Some(piece) = timeout(LIMIT, session.output.next()).await.expect("output ends") {
        let (Output::Stdout(bytes) | Output::Stderr(bytes)) = piece.unwrap();
        found.extend_from_slice(&bytes);
    }
    assert_eq!(found, b"\0\x01\x02\x03\xffend");
}

pub async fn connects_to_a_pods_loopback(ground: &Ground) {
    let id = ground.run("server", "httpd -f -p 127.0.0.1:8080 -h /etc").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let outside = tokio::net::TcpStream::connect((ground.ip, 8080)).await;
    assert!(outside.is_err(), "it listens on its loopback only");
    let refused = ground.runtime.connect(&ground.pod, 8081).await.err();
    assert!(matches!(&refused, Some(RuntimeError::Conflict(m)) if m.contains("refused")), "{refused:?}");
    let mut connection = ground.runtime.connect(&ground.pod, 8080).await.unwrap();
    connection.write_all(b"GET /hostname HTTP/1.0\r\n\r\n").await.unwrap();
    let mut found = String::new();
    timeout(LIMIT, connection.read_to_string(&mut found)).await.expect("an answer").unwrap();
    assert!(found.ends_with("\r\n\r\ncontract\n"), "{found}");
    ground.runtime.remove(&id).await.unwrap();
}
