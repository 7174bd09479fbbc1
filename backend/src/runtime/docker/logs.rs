//! Logs as the engine keeps them, a time in front of every line.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use bytes::{Buf, Bytes};
use futures::stream::{BoxStream, StreamExt};
use shared::api::Timestamp;

use super::error;
use crate::runtime::{LogLine, LogOptions, Result};

/// A container's log. The engine counts `since` in whole seconds, so lines of the same second are sorted out here.
pub async fn logs(
    engine: &bollard::Docker,
    id: &str,
    options: &LogOptions,
) -> Result<BoxStream<'static, Result<LogLine>>> {
    let since = options.since;
    let query = LogsOptions {
        follow: options.follow,
        stdout: true,
        stderr: true,
        timestamps: true,
        since: since.map(Timestamp::seconds).and_then(|s| i32::try_from(s).ok()).unwrap_or_default(),
        tail: options.tail.map_or_else(|| "all".to_owned(), |n| n.to_string()),
        ..LogsOptions::default()
    };
    let lines = engine.logs(id, Some(query)).map(|line| line.map(read).map_err(error));
    let late_enough = move |line: &Result<LogLine>| match (line, since) {
        (Ok(line), Some(since)) => Timestamp::parse(&line.time).is_none_or(|t| t >= since),
        _ => true,
    };
    let mut lines = lines.filter(move |line| std::future::ready(late_enough(line))).boxed();
    // Asks once before answering, so that a container that is gone is an error and not an empty log. Following a
    // silent container must not wait for its first line.
    if options.follow {
        return Ok(lines);
    }
    match lines.next().await {
        Some(Err(error)) => Err(error),
        first => Ok(futures::stream::iter(first).chain(lines).boxed()),
    }
}

/// `2026-11-24T08:27:14.123456789Z text`
fn read(output: LogOutput) -> LogLine {
    let stderr = matches!(output, LogOutput::StdErr { .. });
    let mut bytes: Bytes = output.into_bytes();
    let time = match bytes.iter().take(40).position(|b| *b == b' ') {
        Some(at) => {
            let time = bytes.split_to(at);
            bytes.advance(1);
            String::from_utf8_lossy(&time).into_owned()
        }
        None => String::new(),
    };
    LogLine { time, stderr, bytes }
}
