//! Questions: choices of which some are right, each with its explanation. Whether a learner knows is for the learner to
//! see; no step waits for it.

use serde_json::Value;

use super::inline::{Inline, inlines};

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quiz {
    /// What is asked.
    pub question: Vec<Inline>,
    /// What may be answered, in order.
    pub choices: Vec<Choice>,
}

/// An answer to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What it says.
    pub text: Vec<Inline>,
    /// Whether it is right.
    pub right: bool,
    /// Why it is right, or is not.
    pub why: Vec<Inline>,
}

impl Quiz {
    /// Reads a question as YAML; what is no choice is left out.
    pub fn read(text: &str) -> Self {
        let (documents, _) = crate::manifest::read(text);
        let quiz = documents.first().unwrap_or(&Value::Null);
        let words = |of: &Value, key: &str| inlines(of[key].as_str().unwrap_or_default().trim());
        let choices = quiz["choices"].as_array().into_iter().flatten().map(|choice| Choice {
            text: words(choice, "text"),
            right: choice["right"] == true,
            why: words(choice, "why"),
        });
        Self { question: words(quiz, "question"), choices: choices.collect() }
    }

    /// Whether several choices are right, and all of them are asked for.
    pub fn wants_several(&self) -> bool {
        self.choices.iter().filter(|choice| choice.right).count() > 1
    }

    /// Whether these choices, by their places, are all that are right and no other.
    pub fn is_answered(&self, picked: &[usize]) -> bool {
        self.choices.iter().enumerate().all(|(at, choice)| choice.right == picked.contains(&at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_all_that_is_right_and_nothing_else() {
        let quiz = |right: &[usize]| Quiz {
            choices: (0..3).map(|at| Choice { right: right.contains(&at), ..Choice::default() }).collect(),
            ..Quiz::default()
        };
        let cases: [(&[usize], bool, &[usize], bool); 6] = [
            (&[1], false, &[1], true),
            (&[1], false, &[0], false),
            (&[1], false, &[], false),
            (&[0, 2], true, &[2, 0], true),
            (&[0, 2], true, &[0], false),
            (&[0, 2], true, &[0, 1, 2], false),
        ];
        for (right, several, picked, answered) in cases {
            assert_eq!(quiz(right).wants_several(), several, "{right:?}");
            assert_eq!(quiz(right).is_answered(picked), answered, "{right:?} {picked:?}");
        }
    }

    #[test]
    fn a_question_is_yaml() {
        let read = Quiz::read(
            "question: >-\n  Why\n  `x`?\nchoices:\n- text: a\n  right: true\n  why: b\n- text: c\n  why: d\n",
        );
        let text = |text: &str| vec![Inline::Text(text.into())];
        assert_eq!(
            read,
            Quiz {
                question: vec![Inline::Text("Why ".into()), Inline::Code("x".into()), Inline::Text("?".into())],
                choices: vec![
                    Choice { text: text("a"), right: true, why: text("b") },
                    Choice { text: text("c"), right: false, why: text("d") },
                ],
            }
        );
        for broken in ["", "[", "question: [1]", "choices: 3", "choices: [3, {text: {}}]"] {
            assert!(!Quiz::read(broken).wants_several(), "{broken}");
        }
    }
}
