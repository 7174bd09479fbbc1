//! Node terminals: kept while their client is away.

use futures::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::server::{self, Server, Socket, next, send};

async fn open(server: &Server, session: &str) -> (Socket, Value) {
    let path = format!("/terminal?cols=100&rows=30&session={session}");
    let (mut socket, _) = server.connect(&path, "").await.unwrap();
    match next(&mut socket).await {
        Some(Message::Text(text)) => (socket, serde_json::from_str(&text).unwrap()),
        other => panic!("{other:?}"),
    }
}

/// Reads until `end` has come.
async fn until(socket: &mut Socket, end: &str) -> String {
    let mut found = String::new();
    while !found.ends_with(end) {
        match next(socket).await {
            Some(Message::Binary(bytes)) => found.push_str(std::str::from_utf8(&bytes).unwrap()),
            other => panic!("{other:?} after {found}"),
        }
    }
    found
}

#[tokio::test]
async fn kept_and_taken_up_again() {
    let server = server::start().await;
    let (mut socket, greeting) = open(&server, "one").await;
    assert_eq!(greeting, json!({"session": "one", "new": true}));
    send(&mut socket, b"typed\n").await;
    assert_eq!(until(&mut socket, "typed\r\n").await, "welcome\r\ntyped\r\n");
    drop(socket);

    let (mut socket, greeting) = open(&server, "one").await;
    assert_eq!(greeting, json!({"session": "one", "new": false}));
    assert_eq!(until(&mut socket, "typed\r\n").await, "welcome\r\ntyped\r\n", "what was printed before");
    socket.send(Message::Text(r#"{"resize":[90,20]}"#.into())).await.unwrap();
    socket.send(Message::Text("nonsense".into())).await.unwrap();

    // Another client with the name takes over; the former is told so.
    let (mut second, _) = open(&server, "one").await;
    let Some(Message::Close(Some(CloseFrame { code, .. }))) = next(&mut socket).await else { panic!("still there") };
    assert_eq!(u16::from(code), 4000);
    until(&mut second, "typed\r\n").await;
    send(&mut second, b"again\n").await;
    assert_eq!(until(&mut second, "again\r\n").await, "again\r\n");

    let (_other, greeting) = open(&server, "two").await;
    assert_eq!(greeting, json!({"session": "two", "new": true}), "several shells on one node");
}

#[tokio::test]
async fn ended_by_its_client() {
    let server = server::start().await;
    for end in [
        Message::Text(r#"{"close":true}"#.into()),
        Message::Close(Some(CloseFrame { code: 1000.into(), reason: "".into() })),
    ] {
        let (mut socket, greeting) = open(&server, "one").await;
        assert_eq!(greeting["new"], true, "{end:?}");
        socket.send(end).await.unwrap();
        while let Some(message) = next(&mut socket).await {
            assert!(!matches!(message, Message::Text(_)), "{message:?}");
        }
    }
}
