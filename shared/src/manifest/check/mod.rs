//! Everything that an editor marks in a manifest: what the API server would refuse, and what reads differently than it
//! looks. Decides nothing itself about objects: it asks the schema table, `defaulting` and `validation`.

mod characters;
mod decoded;
mod marked;
mod object;
mod traps;

#[cfg(test)]
mod tests;

use super::problem::{Problem, Severity, Source, Title};

/// Everything wrong with the manifest, in the order of the text.
pub fn check(text: &str) -> Vec<Problem> {
    let (documents, mut problems) = super::parse(text);
    characters::check(text, &documents, &mut problems);
    for document in &documents {
        traps::check(text, document, &mut problems);
        object::check(&document.value, &document.positions, &mut problems);
    }
    problems.sort_by_key(|p| (p.span.line, p.span.column, p.severity));
    problems.dedup_by(|a, b| (a.span, &a.message) == (b.span, &b.message));
    // A space that is none, in a line that cannot be read: that is why.
    let unreadable: Vec<usize> = problems.iter().filter(|p| p.source == Source::Syntax).map(|p| p.span.line).collect();
    let is_space = |p: &Problem| p.fixes.iter().any(|fix| fix.title == Title::ReplaceSpaces);
    for problem in problems.iter_mut().filter(|p| p.source == Source::Character && is_space(p)) {
        if unreadable.contains(&problem.span.line) {
            problem.severity = Severity::Error;
        }
    }
    // What a look-alike did is told by the look-alike: parser and schema stumble over it in the same line.
    let culprits: Vec<usize> =
        problems.iter().filter(|p| is_culprit(p)).flat_map(|p| p.span.line..=p.span.end_line).collect();
    problems.retain(|p| is_culprit(p) || !is_aftermath(p) || !culprits.contains(&p.span.line));
    problems
}

fn is_culprit(problem: &Problem) -> bool {
    problem.source == Source::Character && problem.severity == Severity::Error
}

fn is_aftermath(problem: &Problem) -> bool {
    matches!(problem.source, Source::Syntax | Source::Schema)
}
