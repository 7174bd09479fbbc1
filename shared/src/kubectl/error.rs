//! How a command ends badly, and how kubectl says so (`k8s.io/kubectl/pkg/cmd/util.CheckErr`).

use super::TransportError;
use crate::api::Status;

/// Why a command failed: behind a pointer, since it is handed on much more often than it is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Why>);

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it lies behind a pointer of `Error`")]
pub enum Why {
    /// A sentence; printed behind `error: `.
    Text(String),
    /// Printed as it is.
    Raw(String),
    /// The server's answer.
    Status(Status),
    /// No answer.
    Transport(TransportError),
    /// Several, each printed on its own.
    Many(Vec<Error>),
    /// Nothing to say: the command's own exit code.
    Exit(i32),
    /// A command that ran somewhere else ended badly.
    Ended {
        /// The sentence about it.
        text: String,
        /// Its exit code.
        code: i32,
    },
}

impl Error {
    /// A sentence.
    pub fn text(message: impl Into<String>) -> Self {
        Why::Text(message.into()).into()
    }

    /// What is printed as it is.
    pub fn raw(text: String) -> Self {
        Why::Raw(text).into()
    }

    /// An exit code, with nothing to say.
    pub fn exit(code: i32) -> Self {
        Why::Exit(code).into()
    }

    /// A command that ran somewhere else ended badly.
    pub fn ended(text: String, code: i32) -> Self {
        Why::Ended { text, code }.into()
    }

    /// Each printed on its own.
    pub fn many(errors: Vec<Self>) -> Self {
        Why::Many(errors).into()
    }

    /// Well, if nothing failed.
    pub fn any_of(errors: Vec<Self>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self::many(errors)) }
    }

    /// What went wrong.
    pub fn why(self) -> Why {
        *self.0
    }

    /// The server's answer, if that is it.
    pub fn status(&self) -> Option<&Status> {
        match &*self.0 {
            Why::Status(status) => Some(status),
            _ => None,
        }
    }

    /// A sentence with a pointer to a command's help: kubectl's `UsageErrorf`.
    pub fn usage(message: impl std::fmt::Display, command: &str) -> Self {
        Self::text(format!("{message}\nSee 'kubectl {command} -h' for help and examples"))
    }

    /// Puts `error when creating "x.yaml": ` before the message, as kubectl does with what came from a file.
    #[must_use]
    pub fn when(self, verb: &str, source: &str) -> Self {
        if source.is_empty() {
            return self;
        }
        let add = |message: String| format!("error when {verb} {source:?}: {message}");
        match self.why() {
            Why::Status(mut status) => {
                status.message = add(status.message);
                status.into()
            }
            Why::Text(text) => Self::text(add(text)),
            other => other.into(),
        }
    }

    /// Whether the server answered with this reason.
    pub fn is(&self, reason: &str) -> bool {
        self.status().is_some_and(|status| status.reason == reason)
    }

    /// What goes to standard error (empty for nothing), and the exit code.
    pub fn report(&self) -> (String, i32) {
        let mut text = match &*self.0 {
            Why::Exit(code) => return (String::new(), *code),
            Why::Ended { text, code } => return (format!("{text}\n"), *code),
            Why::Status(status) if status.is("Invalid") => invalid(status),
            Why::Text(text) if !text.starts_with("error: ") => format!("error: {text}"),
            Why::Many(errors) => {
                let (single, several) = (errors.first(), errors.len() > 1);
                match single {
                    Some(single) if !several => return single.report(),
                    _ => errors.iter().map(|e| e.sentence() + "\n").collect(),
                }
            }
            _ => self.sentence(),
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        (text, 1)
    }

    /// The error in one sentence, without `error: `.
    pub fn sentence(&self) -> String {
        match &*self.0 {
            Why::Text(text) | Why::Raw(text) | Why::Ended { text, .. } => text.clone(),
            Why::Transport(error) => error.to_string(),
            Why::Status(status) => match status.reason.as_str() {
                "Unauthorized" => format!("error: You must be logged in to the server ({})", status.message),
                "" => format!("Error from server: {}", status.message),
                reason => format!("Error from server ({reason}): {}", status.message),
            },
            Why::Many(errors) => {
                let sentences: Vec<_> = errors.iter().map(Self::sentence).collect();
                format!("[{}]", sentences.join(", "))
            }
            Why::Exit(code) => format!("exit code {code}"),
        }
    }
}

/// `The Pod "x" is invalid: …`: one problem on the line, several below it.
fn invalid(status: &Status) -> String {
    let Some(details) = &status.details else {
        return match status.message.as_str() {
            "" => "The request is invalid".to_owned(),
            message => format!("The request is invalid: {message}"),
        };
    };
    let mut text = match (details.kind.as_str(), details.name.as_str(), details.causes.is_empty()) {
        ("", "", true) if !status.message.is_empty() => format!("The request is invalid: {}", status.message),
        ("", "", _) => "The request is invalid".to_owned(),
        (kind, name, _) => format!("The {kind} {name:?} is invalid"),
    };
    let mut causes: Vec<String> = Vec::new();
    for cause in &details.causes {
        let line = format!("{}: {}", cause.field, cause.message);
        if !causes.contains(&line) {
            causes.push(line);
        }
    }
    match causes.as_slice() {
        [] => {}
        // A message of several lines brings its own line break, and keeps it.
        [one] => text.extend([": ", one, "\n"]),
        many => {
            text.push_str(": \n");
            text.extend(many.iter().map(|cause| format!("* {cause}\n")));
        }
    }
    text
}

impl From<Why> for Error {
    fn from(why: Why) -> Self {
        Self(Box::new(why))
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Why::Status(status).into()
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Why::Transport(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{FieldError, Path, kind::known};

    fn check(error: Error, expected: &str) {
        assert_eq!(error.report(), (expected.to_owned(), 1));
    }

    #[test]
    fn reports() {
        let pods = known("pods");
        let not_found = || Error::from(Status::not_found(pods, "x"));
        let image = FieldError::required(&Path::new("spec").child("containers").index(0).child("image"), "");
        let name = FieldError::required(&Path::new("metadata").child("name"), "");
        check(Error::text("no"), "error: no\n");
        check(not_found(), "Error from server (NotFound): pods \"x\" not found\n");
        check(
            not_found().when("creating", "a.yaml"),
            "Error from server (NotFound): error when creating \"a.yaml\": pods \"x\" not found\n",
        );
        check(
            Error::many(vec![not_found(), Error::text("no")]),
            "Error from server (NotFound): pods \"x\" not found\nno\n",
        );
        check(
            Status::invalid(pods, "x", std::slice::from_ref(&image)).into(),
            "The Pod \"x\" is invalid: spec.containers[0].image: Required value\n",
        );
        check(
            Status::invalid(pods, "x", &[image, name]).into(),
            "The Pod \"x\" is invalid: \n* spec.containers[0].image: Required value\n* metadata.name: Required value\n",
        );
    }
}
