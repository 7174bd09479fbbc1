//! The schema table as OpenAPI schemas, with the `x-kubernetes-*` marks that clients build patches and explanations on.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::schema::{Definition, Field, ListType, PatchStrategy, Type, definition};

use super::descriptions::Descriptions;

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const RAW: &str = "io.k8s.apimachinery.pkg.runtime.RawExtension";

/// The two versions of OpenAPI, which differ in where schemas stand and in what they can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Swagger 2.0
    V2,
    /// OpenAPI 3.0
    V3,
}

/// Schemas by name, with everything that they refer to.
pub struct Schemas<'a> {
    version: Version,
    descriptions: &'a Descriptions,
    found: BTreeMap<String, Value>,
}

impl<'a> Schemas<'a> {
    pub fn new(version: Version, descriptions: &'a Descriptions) -> Self {
        Self { version, descriptions, found: BTreeMap::new() }
    }

    /// A reference to a definition, which is added.
    pub fn reference(&mut self, definition: &'static Definition) -> Value {
        if !self.found.contains_key(definition.name) {
            // Before its fields: a definition may refer to itself.
            self.found.insert(definition.name.to_owned(), Value::Null);
            let schema = self.schema(definition);
            self.found.insert(definition.name.to_owned(), schema);
        }
        self.to(definition.name)
    }

    /// All schemas.
    pub fn finish(self) -> Value {
        self.found.into_iter().collect::<Map<_, _>>().into()
    }

    fn to(&self, name: &str) -> Value {
        let place = if self.version == Version::V2 { "definitions" } else { "components/schemas" };
        json!({"$ref": format!("#/{place}/{name}")})
    }

    /// A reference to one of the types that are no structures.
    fn scalar(&mut self, name: &str, v2: Value, v3: Value) -> Value {
        let mut schema = if self.version == Version::V2 { v2 } else { v3 };
        if let Some(text) = self.descriptions.of_type(name) {
            schema["description"] = text.into();
        }
        self.found.entry(name.to_owned()).or_insert(schema);
        self.to(name)
    }

    fn schema(&mut self, definition: &'static Definition) -> Value {
        let mut schema = json!({"type": "object"});
        if let Some(text) = self.descriptions.of_type(definition.name) {
            schema["description"] = text.into();
        }
        let properties: Map<String, Value> = definition
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), self.field(field, self.descriptions.of_field(definition, field.name))))
            .collect();
        if !properties.is_empty() {
            schema["properties"] = properties.into();
        }
        let required: Vec<&str> = definition.fields.iter().filter(|f| f.required).map(|f| f.name).collect();
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if let Some(group_version) = definition.group_version {
            let (group, version) = shared::api::kind::split_api_version(group_version);
            schema["x-kubernetes-group-version-kind"] =
                json!([{"group": group, "version": version, "kind": definition.short}]);
        }
        schema
    }

    fn field(&mut self, field: &'static Field, description: Option<&str>) -> Value {
        let mut schema = match field.name {
            "fieldsV1" => {
                self.scalar(&format!("{META}.FieldsV1"), json!({"type": "object"}), json!({"type": "object"}))
            }
            _ => self.ty(&field.ty),
        };
        if self.version == Version::V3 && schema.get("$ref").is_some() {
            // Nothing can stand beside a reference.
            schema = json!({"allOf": [schema]});
            if field.is_value {
                schema["default"] = json!({});
            }
        }
        if let Some(text) = description {
            schema["description"] = text.into();
        }
        if !field.enums.is_empty() && field.ty == Type::String {
            schema["enum"] = json!(field.enums);
        }
        match &field.list_type {
            Some(ListType::Atomic) if matches!(field.ty, Type::Array(_)) => {
                schema["x-kubernetes-list-type"] = "atomic".into();
            }
            Some(ListType::Atomic) => schema["x-kubernetes-map-type"] = "atomic".into(),
            Some(ListType::Set) => schema["x-kubernetes-list-type"] = "set".into(),
            Some(ListType::Map(keys)) => {
                schema["x-kubernetes-list-type"] = "map".into();
                schema["x-kubernetes-list-map-keys"] = json!(keys);
            }
            None => {}
        }
        if let Some(key) = field.merge_key {
            schema["x-kubernetes-patch-merge-key"] = key.into();
        }
        let strategy = match field.patch_strategy {
            PatchStrategy::Replace => return schema,
            PatchStrategy::Merge => "merge",
            PatchStrategy::MergeRetainKeys => "merge,retainKeys",
            PatchStrategy::RetainKeys => "retainKeys",
        };
        schema["x-kubernetes-patch-strategy"] = strategy.into();
        schema
    }

    fn ty(&mut self, ty: &'static Type) -> Value {
        let time = json!({"type": "string", "format": "date-time"});
        match ty {
            Type::String => json!({"type": "string"}),
            Type::Boolean => json!({"type": "boolean"}),
            Type::Int32 => json!({"type": "integer", "format": "int32"}),
            Type::Int64 => json!({"type": "integer", "format": "int64"}),
            Type::Number => json!({"type": "number", "format": "double"}),
            Type::Bytes => json!({"type": "string", "format": "byte"}),
            Type::Quantity => {
                let either = json!({"oneOf": [{"type": "string"}, {"type": "number"}]});
                self.scalar(QUANTITY, json!({"type": "string"}), either)
            }
            Type::Time => self.scalar(&format!("{META}.Time"), time.clone(), time),
            Type::MicroTime => self.scalar(&format!("{META}.MicroTime"), time.clone(), time),
            Type::IntOrString => self.scalar(
                INT_OR_STRING,
                json!({"type": "string", "format": "int-or-string"}),
                json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}),
            ),
            Type::Any => self.scalar(RAW, json!({"type": "object"}), json!({"type": "object"})),
            Type::Object(name) => match definition(name) {
                Some(definition) => self.reference(definition),
                None => json!({"type": "object"}),
            },
            Type::Array(item) => json!({"type": "array", "items": self.ty(item)}),
            Type::Map(item) => json!({"type": "object", "additionalProperties": self.ty(item)}),
        }
    }
}
