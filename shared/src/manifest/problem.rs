//! What is wrong with a manifest, and how an editor may mend it.

use super::Span;
use crate::api::field::Path;

/// One thing that is wrong, or surprising.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Which check says so.
    pub source: Source,
    /// What it is, in kubectl's or the API server's words where they have any.
    pub message: String,
    /// Which field, where that is known.
    pub path: Option<Path>,
    /// Where in the text.
    pub span: Span,
    /// What would mend it, best first.
    pub fixes: Vec<Fix>,
}

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// `kubectl apply` refuses it.
    Error,
    /// It is taken, and probably not as meant.
    Warning,
    /// Worth knowing.
    Info,
}

/// Which check found a [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The text is not YAML.
    Syntax,
    /// A character that looks like another one.
    Character,
    /// Unknown fields and wrong types.
    Schema,
    /// YAML that reads differently than it looks.
    Trap,
    /// Kubernetes' rules.
    Validation,
}

/// A change that a press of a button makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Which change it is; the page words it in the reader's language.
    pub title: Title,
    /// What to replace; the ranges do not overlap.
    pub edits: Vec<Edit>,
}

/// What a [`Fix`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Title {
    /// Put the value in quotes.
    Quote,
    /// Take the quotes away.
    Unquote,
    /// Replace a look-alike by this character.
    Replace(String),
    /// Replace every space that is none by one that is, and drop characters without width.
    ReplaceSpaces,
    /// Replace a tab by spaces.
    TabToSpaces,
    /// Rename the field to this.
    Rename(String),
}

impl std::fmt::Display for Title {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Quote => f.write_str("Quote the value"),
            Self::Unquote => f.write_str("Remove the quotes"),
            Self::Replace(text) => write!(f, "Replace by {text:?}"),
            Self::ReplaceSpaces => f.write_str("Replace them all by plain spaces"),
            Self::TabToSpaces => f.write_str("Replace the tab by spaces"),
            Self::Rename(name) => write!(f, "Rename to {name}"),
        }
    }
}

/// A replacement in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What to replace.
    pub span: Span,
    /// By what.
    pub text: String,
}
