//! The table's rows, and how to find one.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::parse;

/// One API type: `io.k8s.api.core.v1.PodSpec`.
#[derive(Debug)]
pub struct Definition {
    /// The name in OpenAPI: `io.k8s.api.core.v1.Pod`.
    pub name: &'static str,
    /// The Go type's name: `Pod`; for a kind also the kind.
    pub short: &'static str,
    /// `v1`, `apps/v1`: where the type is a kind of its own.
    pub group_version: Option<&'static str>,
    /// The fields, sorted by name.
    pub fields: &'static [Field],
}

/// One field of a type.
#[derive(Debug)]
pub struct Field {
    /// The name in JSON.
    pub name: &'static str,
    /// What it holds.
    pub ty: Type,
    /// Whether Kubernetes' own output always has it.
    pub required: bool,
    /// Whether a zero value is kept on the way through Go's types (pointers are, plain `omitempty` fields are not).
    pub keeps_zero: bool,
    /// Whether the Go field is a struct and no pointer: then the output has it, as `{}` at least.
    pub is_value: bool,
    /// By which field of its elements a strategic merge patch tells a list's elements apart.
    pub merge_key: Option<&'static str>,
    /// What a strategic merge patch does with it.
    pub patch_strategy: PatchStrategy,
    /// What server-side apply takes a list or map for.
    pub list_type: Option<ListType>,
    /// The values allowed, where the set is closed.
    pub enums: Vec<&'static str>,
    /// What its absence means, as text.
    pub default: Option<&'static str>,
    /// The name of the Go type, where it is not the JSON type's own: `RestartPolicy`, `ResourceList`.
    pub go: Option<&'static str>,
}

/// The types of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Any number.
    Number,
    /// `100m`, `1Gi`.
    Quantity,
    /// RFC 3339 with seconds.
    Time,
    /// RFC 3339 with microseconds.
    MicroTime,
    /// A port by number or by name.
    IntOrString,
    /// Base64.
    Bytes,
    /// Anything.
    Any,
    /// A definition, by its full name.
    Object(&'static str),
    /// A list.
    Array(Box<Type>),
    /// A map from strings.
    Map(Box<Type>),
}

/// What a strategic merge patch does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchStrategy {
    /// Maps are merged, all else replaced.
    Replace,
    /// Lists are merged by key, or as sets.
    Merge,
    /// As [`Merge`](Self::Merge), and the patch may say which keys of an element stay.
    MergeRetainKeys,
    /// A map whose patch may say which keys stay.
    RetainKeys,
}

/// What server-side apply takes a list or map for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListType {
    /// One value: replaced as a whole.
    Atomic,
    /// A set of scalars.
    Set,
    /// Elements told apart by these fields.
    Map(Vec<&'static str>),
}

impl Definition {
    /// The field called `name`, in exactly this case.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.binary_search_by(|field| field.name.cmp(name)).ok().map(|at| &self.fields[at])
    }
}

impl Type {
    /// As `kubectl explain` writes it.
    pub fn name(&self) -> String {
        match self {
            Self::String | Self::Bytes | Self::Time | Self::MicroTime => "string".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Int32 | Self::Int64 => "integer".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Quantity => "Quantity".to_owned(),
            Self::IntOrString => "IntOrString".to_owned(),
            Self::Any => "Object".to_owned(),
            Self::Object(name) => name.rsplit('.').next().unwrap_or(name).to_owned(),
            Self::Array(item) => format!("[]{}", item.name()),
            Self::Map(item) => format!("map[string]{}", item.name()),
        }
    }

    /// The definition of an object, of a list's objects or of a map's.
    pub fn object(&self) -> Option<&'static Definition> {
        match self {
            Self::Object(name) => definition(name),
            Self::Array(item) | Self::Map(item) => item.object(),
            _ => None,
        }
    }
}

struct Index {
    all: Vec<Definition>,
    by_name: HashMap<&'static str, usize>,
    by_kind: HashMap<(&'static str, &'static str), usize>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let all = parse::table(include_str!("v1.35.table"));
        let by_name = all.iter().enumerate().map(|(at, d)| (d.name, at)).collect();
        let by_kind = all.iter().enumerate().filter_map(|(at, d)| Some(((d.group_version?, d.short), at))).collect();
        Index { all, by_name, by_kind }
    })
}

/// Every definition, sorted by package and name.
pub fn definitions() -> &'static [Definition] {
    &index().all
}

/// The definition with this OpenAPI name.
pub fn definition(name: &str) -> Option<&'static Definition> {
    let index = index();
    index.by_name.get(name).map(|at| &index.all[*at])
}

/// The definition of a kind: `("v1", "Pod")`. `DeleteOptions` and its like from meta/v1 belong to every group.
pub fn for_kind(api_version: &str, kind: &str) -> Option<&'static Definition> {
    let index = index();
    let at = index.by_kind.get(&(api_version, kind)).or_else(|| match kind {
        "DeleteOptions" | "WatchEvent" => index.by_kind.get(&("v1", kind)),
        _ => None,
    });
    at.map(|at| &index.all[*at])
}
