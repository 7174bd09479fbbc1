//! How server-side apply sees a value of a type: as one thing, or as fields, entries or elements with owners of their
//! own (`x-kubernetes-list-type` and `-map-type`, as kube-openapi turns them into a structural schema).

use serde_json::{Map, Value};

use crate::schema::{Definition, Field, ListType, Type, definition};

/// How a value is seen.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// As one thing.
    Leaf,
    /// As fields.
    Fields(&'static Definition),
    /// As entries, all of one type.
    Entries(&'static Type),
    /// As elements told apart by these fields.
    Keyed(&'static [&'static str], &'static Definition),
    /// As elements told apart by their values.
    Values,
}

/// Types marked `+structType=atomic` in `k8s.io/api`: a reference is taken as a whole.
const ATOMIC: &[&str] = &[
    "ConfigMapKeySelector",
    "FileKeySelector",
    "LabelSelector",
    "LocalObjectReference",
    "NodeSelector",
    "NodeSelectorTerm",
    "ObjectFieldSelector",
    "ObjectReference",
    "OwnerReference",
    "ResourceFieldSelector",
    "ScopedResourceSelectorRequirement",
    "SecretKeySelector",
    "SecretReference",
    "TopologySelectorTerm",
    "TypedLocalObjectReference",
];

impl Shape {
    /// Of what a field holds.
    pub fn of(field: &'static Field) -> Self {
        match (&field.ty, &field.list_type) {
            (_, Some(ListType::Atomic)) => Self::Leaf,
            (Type::Array(_), Some(ListType::Set)) => Self::Values,
            (Type::Array(item), Some(ListType::Map(keys))) => match item.object() {
                Some(definition) => Self::Keyed(keys, definition),
                None => Self::Leaf,
            },
            (Type::Array(_), None) => Self::Leaf,
            (ty, _) => Self::of_type(ty),
        }
    }

    /// Of a map's entries, or of an object.
    pub fn of_type(ty: &'static Type) -> Self {
        match ty {
            Type::Object(name) => match definition(name) {
                Some(found) if !ATOMIC.contains(&found.short) => Self::Fields(found),
                _ => Self::Leaf,
            },
            Type::Map(item) => Self::Entries(item),
            _ => Self::Leaf,
        }
    }

    /// Of what stands under a name, in fields or entries.
    pub fn child(self, name: &str) -> Self {
        match self {
            Self::Fields(definition) => definition.field(name).map_or(Self::Leaf, Self::of),
            Self::Entries(ty) => Self::of_type(ty),
            _ => Self::Leaf,
        }
    }

    /// Of one element.
    pub fn element(self) -> Self {
        match self {
            Self::Keyed(_, definition) if !ATOMIC.contains(&definition.short) => Self::Fields(definition),
            _ => Self::Leaf,
        }
    }

    /// The step to each element.
    ///
    /// # Errors
    /// When an element lacks a key, or two have the same: then the list can only be seen as one thing.
    pub fn steps(self, list: &[Value]) -> Result<Vec<String>, String> {
        let mut steps = Vec::with_capacity(list.len());
        for (at, element) in list.iter().enumerate() {
            let step = self.step(element).ok_or_else(|| match self {
                Self::Keyed([key, ..], _) => format!(
                    ": element {at}: associative list with keys has an element that omits key field {key:?} (and \
                     doesn't have default value)"
                ),
                _ => format!(
                    ": element {at}: associative list without keys has an element that's an explicit map or list"
                ),
            })?;
            if steps.contains(&step) {
                return Err(format!(": duplicate entries for key {}", super::set::shown(&step)));
            }
            steps.push(step);
        }
        Ok(steps)
    }

    /// The step to an element.
    pub fn step(self, element: &Value) -> Option<String> {
        match self {
            Self::Values if !element.is_object() && !element.is_array() => Some(format!("v:{element}")),
            Self::Keyed(keys, definition) => {
                let mut map = Map::new();
                for key in keys {
                    let value = match element.as_object()?.get(*key) {
                        Some(Value::Null) | None => absent(definition.field(key)?)?,
                        Some(value) => value.clone(),
                    };
                    map.insert((*key).to_owned(), value);
                }
                Some(format!("k:{}", Value::Object(map)))
            }
            _ => None,
        }
    }
}

/// What the absence of a key means.
fn absent(field: &Field) -> Option<Value> {
    match (field.default, &field.ty) {
        (Some(text), Type::String) => Some(text.into()),
        // A key that Kubernetes' types always write has its zero.
        (None, Type::String) if field.required => Some("".into()),
        _ => None,
    }
}

/// What Go's types have for an object with nothing set: a new object is compared with this.
pub fn zero(definition: &Definition) -> Value {
    let mut fields = Map::new();
    for field in definition.fields {
        if field.is_value {
            fields.insert(field.name.to_owned(), field.ty.object().map_or(Value::Null, zero));
        } else if field.required {
            fields.insert(field.name.to_owned(), Value::Null);
        }
    }
    Value::Object(fields)
}
