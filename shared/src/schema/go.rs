//! How Go names the types of the table: error messages of its JSON decoder end in them.

use super::{Field, Type};

/// The Go type of what stands at `ty` within `field`: `[]v1.Container`, `map[string]string`, `v1.RestartPolicy`.
pub fn type_name(field: Option<&Field>, ty: &Type) -> String {
    let whole = field.is_some_and(|field| std::ptr::eq(&field.ty, ty));
    match ty {
        Type::String => match field.and_then(|field| field.go) {
            Some("UID") => "types.UID".to_owned(),
            Some(name) => format!("v1.{name}"),
            None => "string".to_owned(),
        },
        Type::Boolean => "bool".to_owned(),
        Type::Int32 => "int32".to_owned(),
        Type::Int64 => "int64".to_owned(),
        Type::Number => "float64".to_owned(),
        // These four read themselves; the decoder never names them, only what they read.
        Type::Quantity => "resource.Quantity".to_owned(),
        Type::Time | Type::MicroTime => "string".to_owned(),
        Type::IntOrString => "int32".to_owned(),
        Type::Bytes => "[]uint8".to_owned(),
        Type::Any => "runtime.RawExtension".to_owned(),
        Type::Object(name) => format!("v1.{}", name.rsplit('.').next().unwrap_or(name)),
        Type::Array(item) => format!("[]{}", type_name(field, item)),
        Type::Map(item) => match field.and_then(|field| field.go) {
            Some(name) if whole => format!("v1.{name}"),
            _ => format!("map[string]{}", type_name(field, item)),
        },
    }
}
