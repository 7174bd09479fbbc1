//! The walk over an object, field by field of its definition.

use serde_json::{Map, Value};

use super::super::{Definition, Field, Type, definition, go};
use super::{Class, DecodeError, scalar};
use crate::api::field::{Path, Segment};

/// One walk; a path is built only when something is wrong there.
#[derive(Default)]
pub struct Decoder {
    pub errors: Vec<DecodeError>,
}

/// Where the walk is: a chain on the stack, leaf first.
#[derive(Clone, Copy)]
pub struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'static Definition, &'static Field),
    Index(usize),
    Key(&'a str),
}

impl Decoder {
    /// Decodes the fields of one struct, in place.
    pub fn object(&mut self, definition: &'static Definition, map: &mut Map<String, Value>, at: Option<&At<'_>>) {
        let mut values = definition.fields.iter().filter(|f| f.is_value).count();
        map.retain(|name, value| {
            let Some(field) = definition.field(name) else {
                self.unknown(name, at);
                return false;
            };
            let here = At { parent: at, step: Step::Field(definition, field) };
            let keep = !value.is_null()
                && self.value(field, &field.ty, value, &here)
                && (field.required || !is_zero(field, value));
            values -= usize::from(keep && field.is_value);
            keep
        });
        if values == 0 {
            return;
        }
        for field in definition.fields.iter().filter(|f| f.is_value) {
            if !map.contains_key(field.name) {
                map.insert(field.name.to_owned(), self.zero(&field.ty));
            }
        }
    }

    /// Decodes what is not null; `false` when it is of the wrong type and Go would leave the zero value.
    fn value(&mut self, field: &'static Field, ty: &'static Type, value: &mut Value, at: &At<'_>) -> bool {
        match (ty, &mut *value) {
            (Type::Object(name), Value::Object(map)) => {
                if let Some(definition) = definition(name) {
                    self.object(definition, map, Some(at));
                }
                true
            }
            (Type::Array(item), Value::Array(items)) => {
                for (index, element) in items.iter_mut().enumerate() {
                    let here = At { parent: Some(at), step: Step::Index(index) };
                    if element.is_null() || !self.value(field, item, element, &here) {
                        *element = self.zero(item);
                    }
                }
                true
            }
            (Type::Map(item), Value::Object(map)) => {
                for (key, entry) in map.iter_mut() {
                    let here = At { parent: Some(at), step: Step::Key(key) };
                    if entry.is_null() || !self.value(field, item, entry, &here) {
                        *entry = self.zero(item);
                    }
                }
                true
            }
            (Type::Object(_) | Type::Array(_) | Type::Map(_), _) => {
                self.wrong_type(Some(field), ty, value, Some(at));
                false
            }
            _ => match scalar::decode(ty, value) {
                Ok(()) => true,
                Err(scalar::Wrong::Type) => {
                    self.wrong_type(Some(field), ty, value, Some(at));
                    false
                }
                Err(scalar::Wrong::Text(class, message)) => {
                    self.errors.push(DecodeError { class, path: path(Some(at)), message });
                    false
                }
            },
        }
    }

    /// `json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string`
    pub fn wrong_type(&mut self, field: Option<&'static Field>, ty: &Type, value: &Value, at: Option<&At<'_>>) {
        let found = match (value, ty) {
            (Value::Null, _) => "null".to_owned(),
            (Value::Bool(_), _) => "bool".to_owned(),
            (Value::Number(n), Type::Int32 | Type::Int64 | Type::IntOrString) => format!("number {n}"),
            (Value::Number(_), _) => "number".to_owned(),
            (Value::String(_), _) => "string".to_owned(),
            (Value::Array(_), _) => "array".to_owned(),
            (Value::Object(_), _) => "object".to_owned(),
        };
        let wanted = go::type_name(field, ty);
        let message = match context(at) {
            Some((owner, fields)) => {
                format!("json: cannot unmarshal {found} into Go struct field {owner}.{fields} of type {wanted}")
            }
            None => format!("json: cannot unmarshal {found} into Go value of type {wanted}"),
        };
        // What reads itself (times, quantities, int-or-string) fails at once; the decoder's own types go on.
        let class = match ty {
            Type::Time | Type::MicroTime | Type::IntOrString => Class::Fatal,
            _ => Class::Type,
        };
        self.errors.push(DecodeError { class, path: path(at), message });
    }

    /// What Go has where nothing is given: in lists and maps for null, and in structs for what is no pointer.
    fn zero(&mut self, ty: &'static Type) -> Value {
        match ty {
            Type::String | Type::Bytes => Value::from(""),
            Type::Boolean => Value::Bool(false),
            Type::Int32 | Type::Int64 | Type::Number | Type::IntOrString => Value::from(0),
            Type::Quantity => Value::from("0"),
            Type::Object(_) => {
                let mut empty = Map::new();
                if let Some(definition) = ty.object() {
                    self.object(definition, &mut empty, None);
                }
                Value::Object(empty)
            }
            Type::Map(_) => Value::Object(Map::new()),
            Type::Array(_) => Value::Array(Vec::new()),
            Type::Time | Type::MicroTime | Type::Any => Value::Null,
        }
    }

    fn unknown(&mut self, name: &str, at: Option<&At<'_>>) {
        let path = path(at).child(name);
        let message = format!("unknown field \"{}\"", dotted(&path));
        self.errors.push(DecodeError { class: Class::Strict, path, message });
    }
}

/// A path as the strict decoder prints it: map keys after dots, too.
pub fn dotted(path: &Path) -> String {
    let mut out = String::new();
    for segment in &path.0 {
        match segment {
            Segment::Index(index) => out += &format!("[{index}]"),
            Segment::Field(name) | Segment::Key(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out += name;
            }
        }
    }
    out
}

fn path(at: Option<&At<'_>>) -> Path {
    let mut segments = Vec::new();
    let mut next = at;
    while let Some(at) = next {
        segments.push(match at.step {
            Step::Field(_, field) => Segment::Field(field.name.to_owned()),
            Step::Index(index) => Segment::Index(index),
            Step::Key(key) => Segment::Key(key.to_owned()),
        });
        next = at.parent;
    }
    segments.reverse();
    Path(segments)
}

/// The struct that the decoder is in, and the fields that led there: no indices, no keys.
fn context(at: Option<&At<'_>>) -> Option<(&'static str, String)> {
    let mut owner = None;
    let mut fields = Vec::new();
    let mut next = at;
    while let Some(at) = next {
        if let Step::Field(definition, field) = at.step {
            owner.get_or_insert(definition.short);
            fields.push(field.name);
        }
        next = at.parent;
    }
    fields.reverse();
    Some((owner?, fields.join(".")))
}

/// Whether Go would leave the field out of its JSON.
fn is_zero(field: &Field, value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty() && matches!(field.ty, Type::Map(_)),
        _ if field.keeps_zero => false,
        Value::String(text) => text.is_empty() && matches!(field.ty, Type::String | Type::Bytes),
        Value::Bool(on) => !on && field.ty == Type::Boolean,
        Value::Number(n) => n.as_f64() == Some(0.0) && matches!(field.ty, Type::Int32 | Type::Int64 | Type::Number),
        Value::Null => true,
    }
}
