//! What a write may be asked with.

use shared::api::{FieldError, Path};

/// What happens to unknown and repeated fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// They are dropped in silence.
    Ignore,
    /// They are dropped with a warning.
    #[default]
    Warn,
    /// They are errors.
    Strict,
}

impl FieldValidation {
    /// Reads the query parameter.
    ///
    /// # Errors
    /// Any other value.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        match text {
            "" | "Warn" => Ok(Self::Warn),
            "Ignore" => Ok(Self::Ignore),
            "Strict" => Ok(Self::Strict),
            other => {
                let path = Path::new("fieldValidation");
                Err(FieldError::not_supported(&path, other, &["", "Ignore", "Strict", "Warn"]))
            }
        }
    }
}

/// How to write.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// Everything happens but the commit.
    pub dry_run: bool,
    /// What happens to unknown and repeated fields.
    pub validation: FieldValidation,
    /// Who the managed fields are booked on; empty for the client's program name.
    pub manager: String,
    /// Server-side apply takes over what others own.
    pub force: bool,
}

/// How to delete.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// Seconds until a Pod's processes are killed; the Pod's own wish where it is not given.
    pub grace_period_seconds: Option<i64>,
    /// Only the object of this uid.
    pub uid: Option<String>,
    /// Only the object of this revision.
    pub resource_version: Option<String>,
    /// `Background`, `Foreground` or `Orphan`.
    pub propagation_policy: Option<String>,
    /// Everything happens but the commit.
    pub dry_run: bool,
}
