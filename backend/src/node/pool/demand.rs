//! How many pod sandboxes are to wait: as many as were lately wanted at once. Pure.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// At rest.
const LEAST: usize = 1;
/// Each costs a shim of the engine, some 10 MB, and an address.
const MOST: usize = 8;
/// Starts within this time are wanted at once: a pool does not refill meanwhile.
const AT_ONCE: Duration = Duration::from_secs(5);
/// How long a demand is remembered.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Starts of Pods, oldest first.
#[derive(Default)]
pub(super) struct Demand(VecDeque<Instant>);

impl Demand {
    /// A Pod starts.
    pub fn note(&mut self, now: Instant) {
        self.0.push_back(now);
        if self.0.len() > 1024 {
            self.0.pop_front();
        }
    }

    /// How many should wait for the next Pods.
    pub fn wanted(&mut self, now: Instant) -> usize {
        while self.0.front().is_some_and(|at| now.duration_since(*at) > REMEMBERED) {
            self.0.pop_front();
        }
        let mut first = 0;
        let at_once = (0..self.0.len()).map(|last| {
            while self.0[last].duration_since(self.0[first]) > AT_ONCE {
                first += 1;
            }
            last + 1 - first
        });
        at_once.max().unwrap_or(0).clamp(LEAST, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_shrinks_with_bursts() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut demand = Demand::default();
        assert_eq!(demand.wanted(began), 1);
        for seconds in [0, 10, 20, 30] {
            demand.note(at(seconds));
        }
        assert_eq!(demand.wanted(at(30)), 1, "one after the other");
        for _ in 0..3 {
            demand.note(at(100));
        }
        demand.note(at(104));
        assert_eq!(demand.wanted(at(104)), 4);
        assert_eq!(demand.wanted(at(701)), 1, "the three are no longer known");
        for _ in 0..20 {
            demand.note(at(800));
        }
        assert_eq!(demand.wanted(at(800)), 8);
    }
}
