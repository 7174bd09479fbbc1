//! JSON text to a value, with the duplicate keys that a plain parser would lose. Last one wins, as in Go.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fields::dotted;
use super::{Class, DecodeError, syntax};
use crate::api::field::{Path, Segment};

/// A key that an object has more than once.
pub type Duplicate = DecodeError;

/// Reads a body. Each duplicate key is reported once, as `duplicate field "spec.nodeName"`.
///
/// The error is in the words of Go's scanner: `invalid character 'a' looking for beginning of value`.
pub fn json_text(text: &[u8]) -> Result<(Value, Vec<Duplicate>), String> {
    let mut found = Found::default();
    let mut source = serde_json::Deserializer::from_slice(text);
    let parsed = Seed(&mut found).deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    match parsed {
        Ok(value) => Ok((value, found.duplicates)),
        Err(error) => Err(syntax::error(text).unwrap_or_else(|| error.to_string())),
    }
}

#[derive(Default)]
struct Found {
    path: Vec<Segment>,
    duplicates: Vec<Duplicate>,
}

struct Seed<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let found = self.0;
        let mut items = Vec::new();
        loop {
            found.path.push(Segment::Index(items.len()));
            let next = source.next_element_seed(Seed(found))?;
            found.path.pop();
            match next {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let found = self.0;
        let mut map = Map::new();
        while let Some(key) = source.next_key::<String>()? {
            if map.contains_key(&key) {
                let mut path = Path(found.path.clone());
                path.0.push(Segment::Field(key.clone()));
                let message = format!("duplicate field \"{}\"", dotted(&path));
                if found.duplicates.iter().all(|d| d.message != message) {
                    found.duplicates.push(DecodeError { class: Class::Strict, path, message });
                }
            }
            found.path.push(Segment::Field(key));
            let value = source.next_value_seed(Seed(found))?;
            if let Some(Segment::Field(key)) = found.path.pop() {
                map.insert(key, value);
            }
        }
        Ok(Value::Object(map))
    }
}
