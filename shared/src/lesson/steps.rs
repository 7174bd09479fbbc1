//! A lesson's steps: what is done up to each list of checks. "Do it for me" and `podground lesson test` play them.

use serde_json::Value;

use super::inline::plain;
use super::{Block, Check, Lesson, Run};
use crate::api::{kind, object};
use crate::manifest;

/// A step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The heading that its checks stand under; the lesson's title where there is none.
    pub heading: String,
    /// The line that its checks start on; where it has none, that of its first deed.
    pub line: usize,
    /// What is done, in order.
    pub deeds: Vec<Deed>,
    /// What is so afterwards. Empty for what is done behind the last checks.
    pub checks: Vec<Check>,
    /// Commands that undo it.
    pub undo: Vec<Run>,
}

/// Something that a learner does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Saves a file.
    Write {
        /// Its name in the learner's home.
        name: String,
        /// Its text.
        text: String,
    },
    /// Runs commands.
    Run(Run),
}

/// The steps of a lesson, in order.
pub fn steps(lesson: &Lesson) -> Vec<Step> {
    let (mut steps, mut step, mut heading) = (Vec::new(), Step::default(), String::new());
    let mut resets = Vec::new();
    for (block, line) in lesson.blocks.iter().zip(&lesson.lines) {
        match block {
            Block::Title(parts) | Block::Heading(parts) => heading = plain(parts),
            Block::File { name, text } => step.deeds.push(Deed::Write { name: name.clone(), text: text.clone() }),
            Block::Run(run) | Block::Solution(run) => step.deeds.push(Deed::Run(run.clone())),
            Block::Reset(run) => resets.push(run.clone()),
            Block::Checks(checks) => {
                step.checks.clone_from(checks);
                step.line = *line;
                close(&mut steps, &mut step, &heading, &mut resets);
            }
            // A question is no step, and none waits for it.
            Block::Paragraph(_) | Block::Callout(_) | Block::List(_) | Block::Code(_) | Block::Quiz(_) => {}
        }
        if step.line == 0 && !step.deeds.is_empty() {
            step.line = *line;
        }
    }
    if !step.deeds.is_empty() {
        close(&mut steps, &mut step, &heading, &mut resets);
    }
    steps
}

fn close(steps: &mut Vec<Step>, step: &mut Step, heading: &str, resets: &mut Vec<Run>) {
    heading.clone_into(&mut step.heading);
    step.undo.append(resets);
    step.undo.extend(deletion(&step.deeds));
    steps.push(std::mem::take(step));
}

/// Deletes the objects of the step's files.
fn deletion(deeds: &[Deed]) -> Option<Run> {
    let texts = deeds.iter().filter_map(|deed| match deed {
        Deed::Write { name, text } if name.ends_with(".yaml") || name.ends_with(".yml") => Some(text),
        _ => None,
    });
    let mut commands: Vec<String> = texts.flat_map(|text| manifest::read(text).0).filter_map(|o| delete(&o)).collect();
    commands.dedup();
    (!commands.is_empty()).then(|| Run { text: commands.join("\n"), ..Run::default() })
}

fn delete(object: &Value) -> Option<String> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let kind = kind::by_kind(text("apiVersion"), text("kind"))?;
    let namespace = match object::namespace(object) {
        "" => String::new(),
        namespace => format!(" --namespace {namespace}"),
    };
    Some(format!("kubectl delete {} {}{namespace} --ignore-not-found --now", kind.singular, object::name(object)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_ends_with_its_checks() {
        let text = "# T\n```run\na\n```\n## One\n```file p.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n```\n\
                    ```solution\nkubectl apply -f p.yaml\n```\n```reset\nb\n```\n```checks\n- resource: pods\n```\n\
                    ## Two\n```run\nc\n```\n";
        let steps = steps(&super::super::parse(text));
        let run = |text: &str| Run { text: text.into(), ..Run::default() };
        let summary: Vec<_> =
            steps.iter().map(|s| (s.heading.as_str(), s.line, s.deeds.len(), s.checks.len())).collect();
        assert_eq!(summary, [("One", 17, 3, 1), ("Two", 21, 1, 0)]);
        assert_eq!(steps[0].deeds[2], Deed::Run(run("kubectl apply -f p.yaml")));
        assert_eq!(steps[0].undo, [run("b"), run("kubectl delete pod p --ignore-not-found --now")]);
    }
}
