//! Field paths and field errors, worded as `k8s.io/apimachinery/pkg/util/validation/field` words them.

use std::fmt;

use serde_json::Value;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A field of an object: `.name` (no dot in front of the first).
    Field(String),
    /// An element of a list: `[0]`.
    Index(usize),
    /// An entry of a map: `[key]`.
    Key(String),
}

/// Where in an object: `spec.containers[0].env[1].name`, `data[game.properties]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// The path of the whole object.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path that starts with a field.
    pub fn new(field: &str) -> Self {
        Self(vec![Segment::Field(field.to_owned())])
    }

    fn with(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment);
        Self(segments)
    }

    /// The field `name` below this path.
    pub fn child(&self, name: &str) -> Self {
        self.with(Segment::Field(name.to_owned()))
    }

    /// The list element at `index` below this path.
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// The map entry `key` below this path.
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    /// The path one step up; `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// What stands at this path in `object`.
    pub fn get<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(object, |at, segment| match segment {
            Segment::Field(name) | Segment::Key(name) => at.get(name),
            Segment::Index(index) => at.get(index),
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("<nil>");
        }
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if at == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}

/// The kinds of field error, with the reason each has in a Status cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorType {
    /// A value that is referred to does not exist.
    NotFound,
    /// A value must be given.
    Required,
    /// A value must be unique.
    Duplicate,
    /// A value breaks a rule.
    Invalid,
    /// A value is not one of an enumeration.
    NotSupported,
    /// A value is valid but not allowed here.
    Forbidden,
    /// A text is longer than allowed.
    TooLong,
    /// A list is longer than allowed.
    TooMany,
    /// The value has the wrong type.
    TypeInvalid,
    /// Something went wrong that is not the value's fault.
    Internal,
}

impl ErrorType {
    /// The `reason` of a Status cause (`FieldValueRequired`, …).
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotFound => "FieldValueNotFound",
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::Internal => "InternalError",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::NotFound => "Not found",
            Self::Required => "Required value",
            Self::Duplicate => "Duplicate value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::Internal => "Internal error",
        }
    }
}

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// What kind of error.
    pub ty: ErrorType,
    /// Which field.
    pub path: Path,
    /// The value found, where the message shows it.
    pub bad_value: Option<Value>,
    /// The rule, in Kubernetes' words; may be empty.
    pub detail: String,
}

impl FieldError {
    fn new(ty: ErrorType, path: &Path, bad_value: Option<Value>, detail: impl Into<String>) -> Self {
        Self { ty, path: path.clone(), bad_value, detail: detail.into() }
    }

    /// `path: Required value: detail`
    pub fn required(path: &Path, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Required, path, None, detail)
    }

    /// `path: Invalid value: "bad": detail`
    pub fn invalid(path: &Path, bad: impl Into<Value>, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Invalid, path, Some(bad.into()), detail)
    }

    /// `path: Unsupported value: "bad": supported values: "A", "B"`; the values are shown sorted.
    pub fn not_supported(path: &Path, bad: impl Into<Value>, supported: &[&str]) -> Self {
        let mut supported: Vec<String> = supported.iter().map(|v| quote(v)).collect();
        supported.sort();
        let detail = match supported.is_empty() {
            true => String::new(),
            false => format!("supported values: {}", supported.join(", ")),
        };
        Self::new(ErrorType::NotSupported, path, Some(bad.into()), detail)
    }

    /// `path: Forbidden: detail`
    pub fn forbidden(path: &Path, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Forbidden, path, None, detail)
    }

    /// `path: Duplicate value: "bad"`
    pub fn duplicate(path: &Path, bad: impl Into<Value>) -> Self {
        Self::new(ErrorType::Duplicate, path, Some(bad.into()), "")
    }

    /// `path: Not found: "bad"`
    pub fn not_found(path: &Path, bad: impl Into<Value>) -> Self {
        Self::new(ErrorType::NotFound, path, Some(bad.into()), "")
    }

    /// `path: Too long: may not be more than N bytes`
    pub fn too_long(path: &Path, max: usize) -> Self {
        let unit = if max == 1 { "byte" } else { "bytes" };
        Self::new(ErrorType::TooLong, path, None, format!("may not be more than {max} {unit}"))
    }

    /// `path: Too many: N: must have at most M items`
    pub fn too_many(path: &Path, found: usize, max: usize) -> Self {
        let unit = if max == 1 { "item" } else { "items" };
        Self::new(ErrorType::TooMany, path, Some(found.into()), format!("must have at most {max} {unit}"))
    }

    /// `path: Invalid value: "type": detail`, for values of the wrong type.
    pub fn type_invalid(path: &Path, bad: impl Into<Value>, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::TypeInvalid, path, Some(bad.into()), detail)
    }

    /// The message without the path in front: what a Status cause carries.
    pub fn body(&self) -> String {
        let mut text = self.ty.words().to_owned();
        let shows_value =
            !matches!(self.ty, ErrorType::Required | ErrorType::Forbidden | ErrorType::TooLong | ErrorType::Internal);
        if shows_value && let Some(bad) = &self.bad_value {
            text.push_str(": ");
            text.push_str(&shown(bad));
        }
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.body())
    }
}

/// Go's `%q`: a quoted text.
pub fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

/// How Go's field.Error shows a value: texts quoted, numbers and booleans plain, the rest as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Null => "null".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_errors_read_as_kubernetes_writes_them() {
        let path = Path::new("spec").child("containers").index(0).child("image");
        let cases = [
            (FieldError::required(&path, ""), "spec.containers[0].image: Required value"),
            (
                FieldError::not_supported(&path, "x", &["Never", "Always"]),
                r#"spec.containers[0].image: Unsupported value: "x": supported values: "Always", "Never""#,
            ),
            (
                FieldError::invalid(&path, -1, "must be positive"),
                "spec.containers[0].image: Invalid value: -1: must be positive",
            ),
            (FieldError::forbidden(&Path::new("data").key("a b"), "no"), "data[a b]: Forbidden: no"),
            (FieldError::too_long(&path, 63), "spec.containers[0].image: Too long: may not be more than 63 bytes"),
            (FieldError::duplicate(&path, "c"), r#"spec.containers[0].image: Duplicate value: "c""#),
        ];
        for (error, words) in cases {
            assert_eq!(error.to_string(), words);
        }
    }
}
