//! One document as libyaml's events make it: nodes with their places, nothing interpreted yet.

use std::borrow::Cow;
use std::collections::HashMap;

use libyaml_safer::{Encoding, Event, EventData, Mark, Parser, ScalarStyle};

use super::Span;

/// A document's nodes; the first one made is not the root, [`Tree::root`] is.
#[derive(Debug, Default)]
pub struct Tree {
    pub nodes: Vec<Node>,
    pub root: usize,
}

/// One node.
#[derive(Debug)]
pub struct Node {
    pub shape: Shape,
    pub tag: Option<String>,
    pub anchor: Option<String>,
    pub span: Span,
}

/// What a node is. Numbers are places in [`Tree::nodes`].
#[derive(Debug)]
pub enum Shape {
    Scalar { text: String, plain: bool, block: bool },
    Sequence(Vec<usize>),
    Mapping(Vec<(usize, usize)>),
    Alias(usize),
}

/// Why a text is not YAML.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    /// go-yaml's words, with its line number: `line 3: did not find expected key`.
    pub message: String,
    /// Where the parser stopped, in the text given.
    pub span: Span,
}

/// Objects deeper than this are refused; Kubernetes' own JSON decoder gives up later, its users never get there.
const MAX_DEPTH: usize = 256;

/// The first document of `text`; `None` when there is none.
///
/// As `yaml.Unmarshal` does, nothing behind the first document is looked at.
pub fn read(text: &str) -> Result<Option<Tree>, Refusal> {
    let guarded = Guarded::new(text);
    let mut input = guarded.text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    parser.set_encoding(Encoding::Utf8);
    let mut builder = Builder::default();
    loop {
        let event = parser.parse().map_err(|error| refusal(&error, text))?;
        match event.data {
            EventData::StreamEnd => return Ok(None),
            EventData::DocumentEnd { .. } => return Ok(Some(builder.tree)),
            _ => builder.take(event, &guarded)?,
        }
    }
}

#[derive(Default)]
struct Builder {
    tree: Tree,
    /// Open collections, with the key that waits for its value.
    open: Vec<(usize, Option<usize>)>,
    anchors: HashMap<String, usize>,
}

impl Builder {
    fn take(&mut self, event: Event, guarded: &Guarded<'_>) -> Result<(), Refusal> {
        let span = span(event.start_mark, event.end_mark);
        let (shape, tag, anchor, opens) = match event.data {
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                let text = guarded.restore(value, style == ScalarStyle::Plain).ok_or_else(|| Refusal {
                    message: format!("line {}: did not find expected whitespace or line break", span.line),
                    span,
                })?;
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                (Shape::Scalar { text, plain: plain_implicit, block }, tag, anchor, false)
            }
            EventData::SequenceStart { anchor, tag, .. } => (Shape::Sequence(Vec::new()), tag, anchor, true),
            EventData::MappingStart { anchor, tag, .. } => (Shape::Mapping(Vec::new()), tag, anchor, true),
            EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                Some(target) => (Shape::Alias(*target), None, None, false),
                None => return Err(Refusal { message: format!("unknown anchor '{anchor}' referenced"), span }),
            },
            EventData::SequenceEnd | EventData::MappingEnd => {
                if let Some((at, _)) = self.open.pop() {
                    let node = &mut self.tree.nodes[at].span;
                    (node.end_line, node.end_column) = (span.end_line, span.end_column);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        let at = self.tree.nodes.len();
        if let Some(anchor) = &anchor {
            self.anchors.insert(anchor.clone(), at);
        }
        self.tree.nodes.push(Node { shape, tag, anchor, span });
        self.attach(at);
        if opens {
            self.open.push((at, None));
            if self.open.len() > MAX_DEPTH {
                return Err(Refusal { message: format!("exceeded max depth of {MAX_DEPTH}"), span });
            }
        }
        Ok(())
    }

    fn attach(&mut self, at: usize) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.tree.root = at;
            return;
        };
        match (&mut self.tree.nodes[*parent].shape, key.take()) {
            (Shape::Sequence(items), _) => items.push(at),
            (Shape::Mapping(entries), Some(key)) => entries.push((key, at)),
            _ => *key = Some(at),
        }
    }
}

fn span(start: Mark, end: Mark) -> Span {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX - 1) + 1;
    Span {
        line: number(start.line),
        column: number(start.column),
        end_line: number(end.line),
        end_column: number(end.column),
    }
}

/// go-yaml adds one to a line for errors of its scanner only, and names no line where it is 0.
fn refusal(error: &libyaml_safer::Error, text: &str) -> Refusal {
    use libyaml_safer::ErrorKind;
    let problem = match error.kind() {
        ErrorKind::Reader => "control characters are not allowed",
        _ => error.problem(),
    };
    let mark = error.problem_mark().unwrap_or_default();
    let context = error.context_mark().unwrap_or_default();
    let line = match (mark.line, context.line) {
        (0, context) => context,
        (line, _) if error.kind() == ErrorKind::Scanner => line + 1,
        (line, _) => line,
    };
    let message = if line == 0 { problem.to_owned() } else { format!("line {line}: {problem}") };
    // Where the parser noticed is no use to a reader when that is the end of the text, or the line below.
    let noticed_late = problem == "could not find expected ':'"
        || usize::try_from(mark.line).is_ok_and(|line| line >= text.lines().count());
    let place = error.context_mark().filter(|_| noticed_late).unwrap_or(mark);
    let mut span = span(place, place);
    span.end_column += 1;
    Refusal { message, span }
}

/// The text as the parser may see it.
///
/// The parser panics on a tag that ends in a comma or holds a `%` escape, and where a backslash or a block scalar's line
/// ends the text. Such an exclamation mark is hidden from it behind a private character of the same width, and put back
/// in scalars; a scalar that is plain and starts with it was a tag. go-yaml refuses `[!a,b]` too; it would read the
/// escapes.
struct Guarded<'a> {
    text: Cow<'a, str>,
    hidden: bool,
}

const STAND_IN: &str = "\u{f8f7}";

impl<'a> Guarded<'a> {
    fn new(text: &'a str) -> Self {
        let mut text = Cow::Borrowed(text);
        let hidden = text.split(char::is_whitespace).any(panics);
        if hidden {
            let words = text.split_inclusive(char::is_whitespace);
            text = Cow::Owned(
                words.map(|word| if panics(word) { word.replace('!', STAND_IN) } else { word.to_owned() }).collect(),
            );
        }
        // kubectl's reader ends the last line too.
        if !text.ends_with('\n') {
            text.to_mut().push('\n');
        }
        // A %TAG directive's prefix may hold escapes as well; no manifest has one.
        if text.lines().any(|line| line.starts_with("%TAG")) {
            text = Cow::Owned(text.replace("%TAG", "%\u{1}AG"));
        }
        Self { text, hidden }
    }

    fn restore(&self, value: String, plain: bool) -> Option<String> {
        match self.hidden {
            false => Some(value),
            true if plain && value.starts_with(STAND_IN) => None,
            true => Some(value.replace(STAND_IN, "!")),
        }
    }
}

/// Whether a word may be, or end in, a tag that makes the parser panic.
fn panics(word: &str) -> bool {
    word.find('!').is_some_and(|at| word[at..].contains([',', '%']))
}
