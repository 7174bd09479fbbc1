//! Watches on a real connection, whose client may be slow.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use super::{JSON, send, serving};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const CHANGES: usize = 400;
/// A change's size: all of them are several times what the store remembers and the kernel's buffers hold together.
const SIZE: usize = 100_000;

/// Starts a watch; the kernel keeps as little as it can for whoever does not read.
async fn watch(server: &serving::Server, from: &str) -> TcpStream {
    let (host, path) = server.url.trim_start_matches("http://").split_once('/').unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(host.parse().unwrap()).await.unwrap();
    let head = format!(
        "GET /{path}{MAPS}?watch=1&resourceVersion={from} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The event in a line of the answer, if it is one.
fn event(line: &str) -> Option<Value> {
    line.starts_with('{').then(|| serde_json::from_str(line).unwrap())
}

#[tokio::test]
async fn whoever_falls_behind_is_told_so_and_holds_nobody_back() {
    let server = serving::serve().await;
    let fill = "x".repeat(SIZE);
    let body = |n: usize| json!({"metadata": {"name": "a"}, "data": {"n": n.to_string(), "fill": fill}}).to_string();
    let (status, made) = send(&server.app, &format!("POST {MAPS}"), JSON, body(0)).await;
    assert_eq!(status, 201);
    let from = made["metadata"]["resourceVersion"].as_str().unwrap();
    let mut slow = watch(&server, from).await;
    let mut reading = BufReader::new(watch(&server, from).await).lines();
    for n in 1..=CHANGES {
        let (status, _) = send(&server.app, &format!("PUT {MAPS}/a"), JSON, body(n)).await;
        assert_eq!(status, 200);
        let seen = loop {
            let line = reading.next_line().await.unwrap().expect("the watch that reads ended");
            if let Some(event) = event(&line) {
                break event;
            }
        };
        assert_eq!(seen["object"]["data"]["n"].as_str().unwrap().parse(), Ok(n));
    }
    let mut all = String::new();
    slow.read_to_string(&mut all).await.unwrap();
    let mut events: Vec<Value> = all.lines().filter_map(event).collect();
    let last = events.pop().unwrap();
    assert_eq!(last["type"], "ERROR");
    assert_eq!((&last["object"]["code"], &last["object"]["reason"]), (&json!(410), &json!("Expired")));
    // What it did get is the beginning, without a gap.
    let numbers: Vec<usize> =
        events.iter().map(|e| e["object"]["data"]["n"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, Vec::from_iter(1..=numbers.len()));
    assert!(numbers.len() < CHANGES / 2, "{} changes were kept for one watch", numbers.len());
    // Where it stopped cannot be gone on from; a list can.
    let from = |event: &Value| event["object"]["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let mut again = String::new();
    watch(&server, &from(events.last().unwrap())).await.read_to_string(&mut again).await.unwrap();
    let told: Vec<Value> = again.lines().filter_map(event).collect();
    assert_eq!((told.len(), &told[0]["object"]["code"]), (1, &json!(410)));
    let (_, list) = send(&server.app, &format!("GET {MAPS}"), "", "").await;
    let mut fresh = BufReader::new(watch(&server, list["metadata"]["resourceVersion"].as_str().unwrap()).await).lines();
    send(&server.app, &format!("PUT {MAPS}/a"), JSON, body(7)).await;
    while let Some(line) = fresh.next_line().await.unwrap() {
        if let Some(event) = event(&line) {
            assert_eq!(event["type"], "MODIFIED");
            return;
        }
    }
    panic!("a watch from a list ended");
}
