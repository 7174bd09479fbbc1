//! `exec`: a command in the container whose exit code tells.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;

use crate::runtime::{ExecSpec, Output, Runtime};

/// How much of the output is kept.
const LIMIT: usize = 10 * 1024;

/// Probes; the error is the command's output, as the kubelet reports it.
///
/// # Errors
/// Why the probe failed.
pub async fn probe(runtime: &Arc<dyn Runtime>, id: &str, command: &[String], timeout: Duration) -> Result<(), String> {
    let mut session = runtime.exec(id, &ExecSpec::new(command)).await.map_err(|e| e.to_string())?;
    let control = session.control.clone();
    let all = async {
        let mut printed = Vec::new();
        while let Some(piece) = session.output.next().await {
            match piece.map_err(|e| e.to_string())? {
                Output::Stdout(bytes) | Output::Stderr(bytes) if printed.len() < LIMIT => {
                    printed.extend_from_slice(&bytes);
                }
                _ => {}
            }
        }
        printed.truncate(LIMIT);
        match control.wait().await.map_err(|e| e.to_string())?.code {
            0 => Ok(()),
            _ => Err(String::from_utf8_lossy(&printed).into_owned()),
        }
    };
    match tokio::time::timeout(timeout, all).await {
        Ok(result) => result,
        Err(_) => {
            control.hangup().await;
            let command = command.join(" ");
            Err(format!("command timed out: \"{command}\" timed out after {}s", timeout.as_secs()))
        }
    }
}
