//! What is wrong with a question.

use serde_json::{Map, Value};

use super::{Problem, prose};
use crate::api::field::{Path, Segment};
use crate::lesson::check::Shape;
use crate::manifest::{self, Positions};

const OF_QUIZ: &[&str] = &["question", "choices"];
const OF_CHOICE: &[&str] = &["text", "right", "why"];

/// `line` is the block's own; the YAML starts on the next.
pub fn lint(line: usize, rest: &str, body: &str, problems: &mut Vec<Problem>) {
    if !rest.is_empty() {
        problems.push(Problem::at(line, format!("nothing belongs behind \"quiz\", but there is {rest:?}")));
    }
    let (documents, bad) = manifest::parse(body);
    let broken = |p: &manifest::Problem| Problem::at(line + p.span.line, format!("the quiz is no YAML: {}", p.message));
    problems.extend(bad.iter().map(broken));
    if !bad.is_empty() {
        return;
    }
    let quiz = documents.first().and_then(|d| Some((d.value.as_object()?, &d.positions)));
    let Some((quiz, positions)) = quiz else {
        return problems.push(Problem::at(line, "a quiz is keys and values: \"question: …\" and \"choices:\""));
    };
    let mut said = Said { line, positions, problems };
    let top = Vec::new();
    said.keys(&top, quiz, OF_QUIZ);
    said.words(&top, quiz, "question", "what is asked");
    let choices = quiz.get("choices").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let at_choices = [Segment::Field("choices".to_owned())];
    let right = choices.iter().filter(|choice| choice["right"] == true).count();
    if choices.len() < 2 {
        said.at(&at_choices, "a quiz wants two choices or more: each begins with \"- text: …\"".to_owned());
    } else if right == 0 {
        said.at(&at_choices, "no choice is right: one says \"right: true\"".to_owned());
    } else if right == choices.len() {
        said.at(&at_choices, "every choice is right: there is nothing to choose".to_owned());
    }
    for (index, choice) in choices.iter().enumerate() {
        let at = [&at_choices[..], &[Segment::Index(index)]].concat();
        let Some(choice) = choice.as_object() else {
            said.at(&at, "a choice is keys and values: \"- text: …\"".to_owned());
            continue;
        };
        said.keys(&at, choice, OF_CHOICE);
        said.words(&at, choice, "text", "what it says");
        said.words(&at, choice, "why", "why it is right, or is not");
        if let Some(rule) = choice.get("right").and_then(|right| Shape::Truth.refuses(right)) {
            said.at(&under(&at, "right"), format!("right {rule}"));
        }
    }
}

fn under(at: &[Segment], key: &str) -> Vec<Segment> {
    [at, &[Segment::Field(key.to_owned())]].concat()
}

/// What is said, and where things stand.
struct Said<'a> {
    line: usize,
    positions: &'a Positions,
    problems: &'a mut Vec<Problem>,
}

impl Said<'_> {
    fn line(&self, at: &[Segment]) -> usize {
        self.line + self.positions.locate(&Path(at.to_vec())).map_or(1, |span| span.line)
    }

    fn at(&mut self, at: &[Segment], message: String) {
        self.problems.push(Problem::at(self.line(at), message));
    }

    fn keys(&mut self, at: &[Segment], of: &Map<String, Value>, known: &[&str]) {
        for key in of.keys().filter(|key| !known.contains(&key.as_str())) {
            self.at(&under(at, key), format!("unknown key {key:?}: here are {}", known.join(", ")));
        }
    }

    fn words(&mut self, at: &[Segment], of: &Map<String, Value>, key: &str, what: &str) {
        let at_key = under(at, key);
        match of.get(key) {
            Some(Value::String(words)) if !words.trim().is_empty() => prose(self.line(&at_key), words, self.problems),
            None => self.at(at, format!("a {key} is missing: {what}")),
            Some(_) => self.at(&at_key, format!("{key} must be text: put it in quotes")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_cannot_be_asked() {
        let right = "\n- text: a\n  right: true\n  why: w";
        let wrong = "\n- text: b\n  why: w";
        let cases = [
            (format!("question: q\nchoices:{right}{wrong}"), None),
            (format!("question: q\nchoices:{right}{right}{wrong}"), None),
            (format!("question: q\nchoices:{wrong}{wrong}"), Some((3, "no choice is right"))),
            (format!("question: q\nchoices:{right}{right}"), Some((3, "every choice is right"))),
            (format!("question: q\nchoices:{right}"), Some((3, "a quiz wants two choices"))),
            ("question: q".to_owned(), Some((2, "a quiz wants two choices"))),
            (format!("choices:{right}{wrong}"), Some((2, "a question is missing"))),
            (format!("question: 3\nchoices:{right}{wrong}"), Some((2, "question must be text"))),
            (format!("question: a `b\nchoices:{right}{wrong}"), Some((2, "a ` or ** without"))),
            (format!("question: q\nanswer: 1\nchoices:{right}{wrong}"), Some((3, "unknown key \"answer\""))),
            (format!("question: q\nchoices:{right}{wrong}\n- c"), Some((9, "a choice is keys"))),
            (format!("question: q\nchoices:{right}{wrong}\n- text: c"), Some((9, "a why is missing"))),
            (format!("question: q\nchoices:{right}\n  because: x{wrong}"), Some((7, "unknown key \"because\""))),
            (format!("question: q\nchoices:{right}{wrong}\n  right: \"no\""), Some((9, "right must be true"))),
            (format!("question: q\nchoices:{right}{wrong}\n  right: [a"), Some((9, "the quiz is no YAML"))),
            ("- a".to_owned(), Some((1, "a quiz is keys and values"))),
        ];
        for (body, problem) in cases {
            let mut found = Vec::new();
            lint(1, "", &body, &mut found);
            match problem {
                None => assert_eq!(found, [], "{body}"),
                Some((line, start)) => {
                    assert!(found.iter().any(|p| p.line == line && p.message.starts_with(start)), "{body}: {found:?}");
                }
            }
        }
    }
}
