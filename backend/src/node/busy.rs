//! Whether Pods wait for the engine: what can wait, waits for them.

use std::time::Duration;

use tokio::sync::watch;

/// How long the engine has to be left alone before it counts as quiet: between a Pod's start and its next step, or two
/// commands of a script, there is less.
const QUIET: Duration = Duration::from_millis(400);

/// Work for Pods that is under way at the engine, on all nodes. Clones count the same.
#[derive(Clone, Debug)]
pub(super) struct Busy(watch::Sender<usize>);

impl Busy {
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Counts until the answer is dropped.
    pub fn begin(&self) -> Working {
        self.0.send_modify(|count| *count += 1);
        Working(self.0.clone())
    }

    /// Waits until nothing has been under way for a moment.
    pub async fn quiet(&self) {
        let mut seen = self.0.subscribe();
        loop {
            // The sender is here, so there is an answer.
            let _ = seen.wait_for(|count| *count == 0).await;
            if tokio::time::timeout(QUIET, seen.changed()).await.is_err() {
                return;
            }
        }
    }
}

/// See [`Busy::begin`].
pub(super) struct Working(watch::Sender<usize>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn quiet_comes_after_all_work() {
        let busy = Busy::new();
        let began = tokio::time::Instant::now();
        let (first, second) = (busy.begin(), busy.begin());
        let waiting = tokio::spawn({
            let busy = busy.clone();
            async move { busy.quiet().await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(first);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!waiting.is_finished());
        drop(second);
        tokio::time::sleep(QUIET / 2).await;
        drop(busy.begin());
        waiting.await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(2) + QUIET * 3 / 2);
    }
}
