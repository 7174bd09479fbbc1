//! Everything that an editor marks in a manifest.

use super::problem::Problem;

/// Everything wrong with the manifest, in the order of the text.
pub fn check(text: &str) -> Vec<Problem> {
    let (_, problems) = super::parse(text);
    problems
}
