//! What only an engine with a kernel below it can show.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use podground::runtime::{ExecSpec, LogOptions, Output, RuntimeError};
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

pub async fn processes_see_their_own_host_name_only(ground: &Ground) {
    for name in ["first", "second", "third"] {
        assert_eq!(says_its_name(ground, name).await.unwrap(), format!("{name}\n"));
    }
}

/// What `hostname` says as a container's only process.
async fn says_its_name(ground: &Ground, name: &str) -> Result<String, RuntimeError> {
    let id = ground.runtime.create_container(&ground.spec(name, "exec hostname")).await?;
    ground.runtime.start_container_as(&id, name).await?;
    ground.ended(&id).await;
    let lines: Vec<_> = ground.runtime.logs(&id, &LogOptions::default()).await?.try_collect().await?;
    ground.runtime.remove(&id).await?;
    Ok(lines.iter().map(|line| String::from_utf8_lossy(&line.bytes)).collect())
}

/// How often a name is set in time while the machine is busy; never may a process say another one.
pub async fn names_in_time(ground: &Ground) {
    let number = |name, otherwise| std::env::var(name).map_or(otherwise, |text| text.parse::<usize>().unwrap());
    let (named, busy, at_once) = (number("NAMED", 200), number("BUSY", 0), number("AT_ONCE", 4));
    let mut loops: Vec<_> = (0..busy)
        .map(|_| std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap())
        .collect();
    let (mut right, mut late) = (0, 0);
    let mut said = futures::stream::iter(0..named)
        .map(async |n| (format!("n{n}"), says_its_name(ground, &format!("n{n}")).await))
        .buffer_unordered(at_once);
    while let Some((name, said)) = said.next().await {
        match said {
            Ok(said) => {
                assert_eq!(said, name + "\n");
                right += 1;
            }
            Err(RuntimeError::Hostname(why)) => {
                println!("{name}: {why}");
                late += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    for process in &mut loops {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    println!("{named} starts, {at_once} at once, {busy} busy loops: {right} named, {late} too late");
}
