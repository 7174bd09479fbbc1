//! Values at random, by a schema of OpenAPI.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

/// How deep values are nested.
const DEPTH: usize = 7;
const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "default",
    "Always",
    "Never",
    "80",
    "-1",
    "1Gi",
    "100m",
    "x/y",
    "x.io/y",
    "A_b",
    "All",
    "Strict",
    "2026-01-01T00:00:00Z",
    "\u{0}",
    "한글",
    "YQ==",
    "Foreground",
    "a=b",
    "!",
    "metadata.name=a",
    "e30",
    "0",
    "1",
    "true",
];

/// A source of them, the same for the same seed.
pub struct Random(StdRng);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Whether something is so, in so many of a hundred cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.0.random_range(0..of.len())]
    }

    /// A namespace or a name in a path: mostly of what is there.
    pub fn name(&mut self) -> String {
        const NAMES: &[&str] = &["default", "default", "default", "a", "a", "b", "kube-system", "%20", "A_b", "a%2Fb"];
        (*self.one(NAMES)).to_owned()
    }

    /// A parameter's value.
    pub fn parameter(&mut self, name: &str, schema: &Value) -> String {
        match (name, schema["type"].as_str()) {
            // What is deleted slowly would wait for nodes, of which there are none.
            ("gracePeriodSeconds", _) => (*self.one(&["0", "0", "-1", "x"])).to_owned(),
            (_, Some("boolean")) => (*self.one(&["true", "false", "false", "1", "x"])).to_owned(),
            (_, Some("integer")) => (*self.one(&["0", "1", "5", "-1", "99999999999999999999", "x"])).to_owned(),
            _ => (*self.one(TEXTS)).to_owned(),
        }
    }

    /// A request's body with its media type. A patch has no schema of its own: it is like what comes back.
    pub fn body(&mut self, described: &Value, answer: &Value, schemas: &Value) -> (String, Vec<u8>) {
        let contents = described["content"].as_object().unwrap();
        let media = self.one(&contents.keys().collect::<Vec<_>>()).to_string();
        let (media, schema) = match self.chance(3) {
            true => ("text/plain".to_owned(), &Value::Null),
            false if media.contains("patch") => (media, answer),
            false => (media.clone(), &contents[&media]["schema"]),
        };
        let body = match media.as_str() {
            "application/vnd.kubernetes.protobuf" => {
                let length = self.0.random_range(0..60);
                [&b"k8s\0"[..], &(0..length).map(|_| self.0.random()).collect::<Vec<u8>>()].concat()
            }
            "application/json-patch+json" => self.operations().to_string().into_bytes(),
            _ => self.object(schema, schemas).to_string().into_bytes(),
        };
        (media, body)
    }

    /// An object with a name, so that some of them are valid.
    fn object(&mut self, schema: &Value, schemas: &Value) -> Value {
        let mut value = self.value(schema, schemas, DEPTH);
        if let Some(fields) = value.as_object_mut()
            && self.chance(80)
        {
            let name = (*self.one(&["a", "b", "default"])).to_owned();
            let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
            if metadata.is_object() {
                metadata["name"] = name.into();
                metadata["namespace"] = "default".into();
            }
            // Whole kinds say what they are; a wrong one is refused before anything else is looked at.
            for field in ["kind", "apiVersion"] {
                fields.remove(field);
            }
        }
        value
    }

    fn operations(&mut self) -> Value {
        const PATHS: &[&str] =
            &["", "/", "/metadata/labels", "/metadata/name", "/spec", "/data/a", "/spec/x/-", "/a~2", "x"];
        let count = self.0.random_range(0..4);
        let operations = (0..count).map(|_| {
            let op = *self.one(&["add", "remove", "replace", "test", "move", "copy", "x"]);
            json!({"op": op, "path": self.one(PATHS), "from": self.one(PATHS), "value": self.scalar()})
        });
        Value::from_iter(operations)
    }

    fn scalar(&mut self) -> Value {
        match self.0.random_range(0..7) {
            0 => Value::Null,
            1 => self.chance(50).into(),
            2 => (*self.one(&[0, 1, -1, 80, 70_000, i64::MAX, i64::MIN])).into(),
            3 => json!(1.5),
            4 => (*self.one(&[json!([]), json!({}), json!([null]), json!({"": {}})])).clone(),
            _ => (*self.one(TEXTS)).into(),
        }
    }

    /// A value of a schema; now and then one of another kind.
    fn value(&mut self, schema: &Value, schemas: &Value, depth: usize) -> Value {
        if self.chance(3) {
            return self.scalar();
        }
        let refers = schema["$ref"].as_str().or_else(|| schema.pointer("/allOf/0/$ref")?.as_str());
        if let Some(name) = refers.and_then(|reference| reference.rsplit('/').next()) {
            return self.value(&schemas[name], schemas, depth);
        }
        match schema["type"].as_str() {
            Some("object") if depth > 0 => self.fields(schema, schemas, depth),
            Some("array") if depth > 0 => {
                let count = self.0.random_range(0..3);
                (0..count).map(|_| self.value(&schema["items"], schemas, depth - 1)).collect()
            }
            Some("object") => json!({}),
            Some("array") => json!([]),
            Some("integer") => (*self.one(&[0, 1, 2, 80, -1, i64::from(i32::MAX)])).into(),
            Some("boolean") => self.chance(50).into(),
            Some("number") => json!(0.5),
            Some("string") => match schema["enum"].as_array().filter(|values| !values.is_empty()) {
                Some(values) => self.one(values).clone(),
                None => (*self.one(TEXTS)).into(),
            },
            _ => self.scalar(),
        }
    }

    fn fields(&mut self, schema: &Value, schemas: &Value, depth: usize) -> Value {
        let mut fields = Map::new();
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (name, of) in schema["properties"].as_object().into_iter().flatten() {
            if required.iter().any(|r| r == name) || self.chance(12) {
                fields.insert(name.clone(), self.value(of, schemas, depth - 1));
            }
        }
        if schema["additionalProperties"].is_object() {
            for _ in 0..self.0.random_range(0..3) {
                let name = (*self.one(TEXTS)).to_owned();
                fields.insert(name, self.value(&schema["additionalProperties"], schemas, depth - 1));
            }
        }
        if self.chance(3) {
            fields.insert("unknown".to_owned(), self.scalar());
        }
        fields.into()
    }
}
