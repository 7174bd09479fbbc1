//! What a container of the fake has printed.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures::Stream;
use shared::api::Timestamp;
use tokio::sync::watch;

use crate::runtime::{LogLine, LogOptions, Output, Result};

/// A log that grows. Clones are the same log.
#[derive(Clone)]
pub struct Log {
    lines: Arc<Mutex<Lines>>,
    /// Changes with every line; true when there are no more to come.
    grown: watch::Sender<bool>,
}

#[derive(Default)]
struct Lines {
    whole: Vec<(Timestamp, LogLine)>,
    open: [BytesMut; 2],
}

impl Log {
    pub fn new() -> Self {
        Self { lines: Arc::default(), grown: watch::Sender::new(false) }
    }

    /// Notes what was printed; a line once it is whole.
    pub fn push(&self, output: &Output, now: Timestamp) {
        let (stderr, bytes) = match output {
            Output::Stdout(bytes) => (false, bytes),
            Output::Stderr(bytes) => (true, bytes),
        };
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Lines { whole, open } = &mut *lines;
        let open = &mut open[usize::from(stderr)];
        open.extend_from_slice(bytes);
        while let Some(end) = open.iter().position(|b| *b == b'\n') {
            whole.push(line(now, stderr, open.split_to(end + 1).freeze()));
        }
        drop(lines);
        self.grown.send_modify(|_| ());
    }

    /// The container has ended.
    pub fn end(&self, now: Timestamp) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Lines { whole, open } = &mut *lines;
        for (at, rest) in open.iter_mut().enumerate().filter(|(_, rest)| !rest.is_empty()) {
            whole.push(line(now, at == 1, rest.split().freeze()));
        }
        drop(lines);
        self.grown.send_replace(true);
    }

    /// As the engine reads it.
    pub fn read(&self, options: &LogOptions) -> impl Stream<Item = Result<LogLine>> + Send + 'static {
        let (log, options) = (self.clone(), options.clone());
        let skipped = options.tail.map_or(0, |tail| log.len().saturating_sub(tail));
        let start = (skipped, log.grown.subscribe());
        futures::stream::unfold(start, move |(mut at, mut grown)| {
            let (log, options) = (log.clone(), options.clone());
            async move {
                loop {
                    let ended = *grown.borrow_and_update();
                    while let Some((time, line)) = log.line(at) {
                        at += 1;
                        if options.since.is_none_or(|since| time >= since) {
                            return Some((Ok(line), (at, grown)));
                        }
                    }
                    if ended || !options.follow || grown.changed().await.is_err() {
                        return None;
                    }
                }
            }
        })
    }

    fn len(&self) -> usize {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).whole.len()
    }

    fn line(&self, at: usize) -> Option<(Timestamp, LogLine)> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).whole.get(at).cloned()
    }
}

fn line(now: Timestamp, stderr: bool, bytes: Bytes) -> (Timestamp, LogLine) {
    // Nine digits, as the engine writes.
    let time = now.rfc3339_micro().replace('Z', "000Z");
    (now, LogLine { time, stderr, bytes })
}
