//! Exponential back-off as the kubelet counts it (`k8s.io/client-go/util/flowcontrol.Backoff`).

use super::state::Rules;
use crate::api::Timestamp;

/// The first wait, seconds.
const FIRST: i64 = 10;
/// The longest wait, seconds. After twice as long without a failure the count begins anew.
const LONGEST: i64 = 300;

/// A back-off that has begun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The wait after the next failure, unscaled seconds.
    pub seconds: i64,
    /// When it was last lengthened: the last start, or the last failed pull.
    pub updated: Timestamp,
}

impl Backoff {
    /// The wait for a failure at `failed`: `None` when none is due.
    pub fn until(self, failed: Timestamp, rules: &Rules) -> Option<Timestamp> {
        (!self.expired(failed, rules)).then(|| failed.plus_micros(rules.scaled(self.seconds)))
    }

    /// The back-off after one more try at `now`, made because of a failure at `failed`.
    pub fn next(previous: Option<Self>, failed: Timestamp, now: Timestamp, rules: &Rules) -> Self {
        match previous {
            Some(previous) if !previous.expired(failed, rules) => {
                Self { seconds: (previous.seconds * 2).min(LONGEST), updated: now }
            }
            _ => Self { seconds: FIRST, updated: now },
        }
    }

    fn expired(self, failed: Timestamp, rules: &Rules) -> bool {
        failed.0 - self.updated.0 > rules.scaled(2 * LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_five_minutes_and_forgets_after_ten() {
        let rules = Rules::default();
        let at = Timestamp::from_seconds;
        let mut backoff = None;
        let mut waits = Vec::new();
        let mut now = 0;
        for _ in 0..7 {
            let next = Backoff::next(backoff, at(now), at(now), &rules);
            waits.push(next.seconds);
            backoff = Some(next);
            now += next.seconds;
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
        let last = backoff.unwrap();
        assert_eq!(last.until(last.updated.plus_seconds(601), &rules), None, "ran for more than ten minutes");
        assert_eq!(last.until(last.updated, &rules), Some(last.updated.plus_seconds(300)));
        let again = Backoff::next(backoff, last.updated.plus_seconds(601), last.updated.plus_seconds(601), &rules);
        assert_eq!(again.seconds, 10);
    }
}
