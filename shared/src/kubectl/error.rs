//! How a command ends badly, and how kubectl says so (`k8s.io/kubectl/pkg/cmd/util.CheckErr`).

use super::TransportError;
use crate::api::Status;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// A sentence; printed behind `error: `.
    Text(String),
    /// Printed as it is.
    Raw(String),
    /// The server's answer.
    Status(Box<Status>),
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
        Self::Text(message.into())
    }

    /// A sentence with a pointer to a command's help: kubectl's `UsageErrorf`.
    pub fn usage(message: impl std::fmt::Display, command: &str) -> Self {
        Self::Text(format!("{message}\nSee 'kubectl {command} -h' for help and examples"))
    }

    /// Puts `error when creating "x.yaml": ` before the message, as kubectl does with what came from a file.
    #[must_use]
    pub fn when(self, verb: &str, source: &str) -> Self {
        if source.is_empty() {
            return self;
        }
        let add = |message: String| format!("error when {verb} {source:?}: {message}");
        match self {
            Self::Status(mut status) => {
                status.message = add(std::mem::take(&mut status.message));
                Self::Status(status)
            }
            Self::Text(text) => Self::Text(add(text)),
            other => other,
        }
    }

    /// Whether the server answered with this reason.
    pub fn is(&self, reason: &str) -> bool {
        matches!(self, Self::Status(status) if status.reason == reason)
    }

    /// What goes to standard error (empty for nothing), and the exit code.
    pub fn report(&self) -> (String, i32) {
        let mut text = match self {
            Self::Exit(code) => return (String::new(), *code),
            Self::Ended { text, code } => return (format!("{text}\n"), *code),
            Self::Status(status) if status.is("Invalid") => invalid(status),
            Self::Text(text) if !text.starts_with("error: ") => format!("error: {text}"),
            Self::Many(errors) => {
                let (single, several) = (errors.first(), errors.len() > 1);
                match single {
                    Some(single) if !several => return single.report(),
                    _ => errors.iter().map(|e| e.sentence() + "\n").collect(),
                }
            }
            other => other.sentence(),
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        (text, 1)
    }

    /// The error in one sentence, without `error: `.
    pub fn sentence(&self) -> String {
        match self {
            Self::Text(text) | Self::Raw(text) | Self::Ended { text, .. } => text.clone(),
            Self::Transport(error) => error.to_string(),
            Self::Status(status) => match status.reason.as_str() {
                "Unauthorized" => format!("error: You must be logged in to the server ({})", status.message),
                "" => format!("Error from server: {}", status.message),
                reason => format!("Error from server ({reason}): {}", status.message),
            },
            Self::Many(errors) => {
                let sentences: Vec<_> = errors.iter().map(Self::sentence).collect();
                format!("[{}]", sentences.join(", "))
            }
            Self::Exit(code) => format!("exit code {code}"),
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

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
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
            Error::Many(vec![not_found(), Error::text("no")]),
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
