//! Streams: exec, attach, logs, port-forward, ephemeral containers.

use anyhow::{Context, Result, ensure};
use futures::{AsyncBufReadExt, TryStreamExt};
use kube::api::{AttachParams, LogParams, Patch, PatchParams, TerminalSize};
use kube::runtime::wait;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Cluster;

fn shell(line: &str) -> [&str; 3] {
    ["sh", "-c", line]
}

pub async fn exec(cluster: &Cluster) -> Result<()> {
    let line = "echo out; echo err >&2; exit 3";
    let mut process = cluster.pods.exec("box", shell(line), &AttachParams::default()).await?;
    let (mut out, mut err) = (String::new(), String::new());
    let (mut stdout, mut stderr) = (process.stdout().context("no stdout")?, process.stderr().context("no stderr")?);
    let status = process.take_status().context("no status")?;
    tokio::try_join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut err))?;
    ensure!((out.as_str(), err.as_str()) == ("out\n", "err\n"), "{out:?} {err:?}");
    let status = status.await.context("no status came")?;
    ensure!(status.reason.as_deref() == Some("NonZeroExitCode"), "{status:?}");
    let causes = json!(status.details.and_then(|details| details.causes));
    ensure!(causes == json!([{"reason": "ExitCode", "message": "3"}]), "{causes}");
    process.join().await?;
    Ok(())
}

pub async fn stdin(cluster: &Cluster) -> Result<()> {
    let parameters = AttachParams::default().stdin(true).stderr(false);
    let mut process = cluster.pods.exec("box", ["wc", "-c"], &parameters).await?;
    let mut stdin = process.stdin().context("no stdin")?;
    let mut stdout = process.stdout().context("no stdout")?;
    stdin.write_all(&[b'x'; 200_000]).await?;
    stdin.shutdown().await?;
    drop(stdin);
    // Asked for before the end: a client that ends while nobody waits for the status calls that an error.
    let status = process.take_status().context("no status")?;
    let mut out = String::new();
    stdout.read_to_string(&mut out).await?;
    ensure!(out.trim() == "200000", "{out:?}");
    let status = status.await.and_then(|status| status.status);
    ensure!(status.as_deref() == Some("Success"), "{status:?}");
    Ok(())
}

pub async fn terminal(cluster: &Cluster) -> Result<()> {
    let parameters = AttachParams::interactive_tty();
    let mut process = cluster.pods.exec("box", ["sh"], &parameters).await?;
    let mut sizes = process.terminal_size().context("no terminal")?;
    let (mut stdin, mut stdout) = (process.stdin().context("no stdin")?, process.stdout().context("no stdout")?);
    futures::SinkExt::send(&mut sizes, TerminalSize { height: 33, width: 101 }).await?;
    let mut seen = String::new();
    let mut buffer = [0; 1024];
    while !seen.contains("33 101") {
        stdin.write_all(b"stty size\n").await?;
        let count = stdout.read(&mut buffer).await?;
        ensure!(count > 0, "the terminal ended after {seen:?}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    let status = process.take_status().context("no status")?;
    stdin.write_all(b"exit\n").await?;
    // What it still says would be waited for.
    while stdout.read(&mut buffer).await? > 0 {}
    ensure!(status.await.is_some(), "no status came");
    Ok(())
}

pub async fn attach(cluster: &Cluster) -> Result<()> {
    cluster.run("cat", "exec cat", json!({"stdin": true})).await?;
    let mut process = cluster.pods.attach("cat", &AttachParams::default().stdin(true)).await?;
    let (mut stdin, mut stdout) = (process.stdin().context("no stdin")?, process.stdout().context("no stdout")?);
    stdin.write_all(b"echoed\n").await?;
    let mut echo = [0; 7];
    stdout.read_exact(&mut echo).await?;
    ensure!(&echo == b"echoed\n", "{echo:?}");
    process.abort();
    Ok(())
}

pub async fn logs(cluster: &Cluster) -> Result<()> {
    let line = "for i in 1 2 3; do echo $i; sleep 0.2; done; while [ ! -e /tmp/end ]; do sleep 0.1; done";
    cluster.run("counter", line, json!({})).await?;
    let follow = LogParams { follow: true, ..LogParams::default() };
    let mut lines = cluster.pods.log_stream("counter", &follow).await?.lines();
    let mut seen = Vec::new();
    while let Some(line) = lines.try_next().await? {
        seen.push(line);
        if seen.len() == 3 {
            let mut touch = cluster.pods.exec("counter", ["touch", "/tmp/end"], &AttachParams::default()).await?;
            touch.take_status().context("no status")?.await;
        }
    }
    ensure!(seen == ["1", "2", "3"], "{seen:?}");
    let tail = LogParams { tail_lines: Some(0), ..LogParams::default() };
    ensure!(cluster.pods.logs("box", &tail).await?.is_empty());
    Ok(())
}

pub async fn forward(cluster: &Cluster) -> Result<()> {
    let mut forward = cluster.pods.portforward("box", &[8080]).await?;
    let mut connection = forward.take_stream(8080).context("no stream")?;
    connection.write_all(b"GET /hostname HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.") && answer.ends_with("box\n"), "{answer:?}");
    Ok(())
}

pub async fn no_forward(cluster: &Cluster) -> Result<()> {
    let mut forward = cluster.pods.portforward("box", &[9999]).await?;
    let error = forward.take_error(9999).context("no error stream")?;
    let _connection = forward.take_stream(9999);
    let said = error.await.context("no error came")?;
    ensure!(said.contains("refused"), "{said}");
    Ok(())
}

pub async fn ephemeral(cluster: &Cluster) -> Result<()> {
    let debugger =
        json!({"name": "debugger", "image": "busybox", "command": ["sleep", "600"], "targetContainerName": "c"});
    let patch = Patch::Strategic(json!({"spec": {"ephemeralContainers": [debugger]}}));
    cluster.pods.patch_ephemeral_containers("box", &PatchParams::default(), &patch).await?;
    let runs = |pod: Option<&k8s_openapi::api::core::v1::Pod>| {
        let states = pod.and_then(|pod| pod.status.as_ref()?.ephemeral_container_statuses.as_ref());
        states.is_some_and(|states| states.iter().any(|each| each.state.as_ref().is_some_and(|s| s.running.is_some())))
    };
    wait::await_condition(cluster.pods.clone(), "box", runs).await?;
    let mut process = cluster.pods.exec("box", ["ps"], &AttachParams::default().container("debugger")).await?;
    let mut out = String::new();
    process.stdout().context("no stdout")?.read_to_string(&mut out).await?;
    ensure!(out.contains("httpd"), "the target's processes are not seen: {out}");
    Ok(())
}
