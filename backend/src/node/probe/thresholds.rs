//! From single results to a verdict: a probe's thresholds (`pkg/kubelet/prober/worker.go`). Pure.

use k8s_openapi::api::core::v1::Probe;

/// Counts results of one kind in a row.
#[derive(Clone, Debug)]
pub struct Thresholds {
    success: i32,
    failure: i32,
    last: Option<bool>,
    run: i32,
}

impl Thresholds {
    /// A probe's thresholds.
    pub fn of(probe: &Probe) -> Self {
        let success = probe.success_threshold.unwrap_or(1).max(1);
        let failure = probe.failure_threshold.unwrap_or(3).max(1);
        Self { success, failure, last: None, run: 0 }
    }

    /// Takes in a result; the verdict, when there are enough of its kind in a row.
    pub fn take(&mut self, result: bool) -> Option<bool> {
        if self.last == Some(result) {
            self.run = self.run.saturating_add(1);
        } else {
            self.last = Some(result);
            self.run = 1;
        }
        let enough = if result { self.success } else { self.failure };
        (self.run >= enough).then_some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        let check = |success, failure, results: &str, expected: &str| {
            let probe =
                Probe { success_threshold: Some(success), failure_threshold: Some(failure), ..Probe::default() };
            let mut thresholds = Thresholds::of(&probe);
            let got: String = results
                .chars()
                .map(|c| match thresholds.take(c == '+') {
                    Some(true) => '+',
                    Some(false) => '-',
                    None => '.',
                })
                .collect();
            assert_eq!(got, expected, "{results}");
        };
        check(1, 3, "---+--+---", "..-+..+..-");
        check(2, 1, "+-++-", ".-.+-");
    }
}
