//! Port-forward over channels, as the Python client speaks it.

use tokio_tungstenite::tungstenite::Message;

use crate::server::{self, next, send};

#[tokio::test]
async fn two_channels_a_port() {
    let server = server::start().await;
    let (mut socket, _) = server.connect("/portforward?ports=80&ports=81", "v4.channel.k8s.io").await.unwrap();
    let message = async |socket: &mut server::Socket| match next(socket).await {
        Some(Message::Binary(message)) => message.to_vec(),
        other => panic!("{other:?}"),
    };
    for expected in [[0, 80, 0], [1, 80, 0], [2, 81, 0], [3, 81, 0]] {
        assert_eq!(message(&mut socket).await, expected);
    }
    let refused = message(&mut socket).await;
    assert_eq!(refused, b"\x03error forwarding port 81 to pod p, uid u: connection refused");
    for words in [&b"\x00there"[..], b"\x00and back"] {
        send(&mut socket, words).await;
        assert_eq!(message(&mut socket).await, words);
    }
    // Of channels that nobody has, and of the error channels, nothing is expected.
    send(&mut socket, b"\x09x").await;
    send(&mut socket, b"\x01x").await;
    send(&mut socket, b"\x00still").await;
    assert_eq!(message(&mut socket).await, b"\x00still");
}
