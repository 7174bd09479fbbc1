//! The last of what a terminal has printed. Pure.

use std::collections::VecDeque;

/// Bytes kept: about what a page's terminal shows when scrolled to its top.
const LIMIT: usize = 256 << 10;

/// The last bytes, from the start of a line where there is one.
#[derive(Default)]
pub struct Scrollback(VecDeque<u8>);

impl Scrollback {
    /// Keeps `bytes`, and forgets what is too old.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        if self.0.len() > LIMIT {
            // A quarter at a time: finding a line's start is not for every byte. To begin within an escape sequence
            // would garble what follows; a line mostly begins outside of one.
            let least = self.0.len() - LIMIT / 4 * 3;
            let line = self.0.range(least..).position(|b| *b == b'\n').map_or(least, |at| least + at + 1);
            self.0.drain(..line);
        }
    }

    /// All that is kept.
    pub fn bytes(&self) -> Vec<u8> {
        let (first, second) = self.0.as_slices();
        [first, second].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_lines() {
        let mut kept = Scrollback::default();
        kept.push(b"one\n");
        assert_eq!(kept.bytes(), b"one\n");
        for n in 0..100_000 {
            kept.push(format!("line {n}\n").as_bytes());
        }
        let bytes = kept.bytes();
        assert!(bytes.len() <= LIMIT && bytes.len() > LIMIT / 2);
        assert!(bytes.starts_with(b"line ") && bytes.ends_with(b"line 99999\n"));
        // No line at all.
        kept.push(&vec![b'x'; 3 * LIMIT]);
        assert!(kept.bytes().len() <= LIMIT);
    }
}
