//! What a patch has made of an object, as an object of its kind again: where that fails it is the patch's fault, and told
//! as such (`handlers/patch.go`).

use serde_json::Value;
use shared::api::{FieldError, Kind, Path, Status};
use shared::kubectl::go_format;
use shared::schema;
use shared::schema::decode::{self, Class, DecodeError};

use super::super::{FieldValidation, PatchType};
use super::body::{self, Decoded};

/// Decodes a patched value; `change` is the patch.
pub fn decode(
    kind: &Kind,
    value: Value,
    (ty, change): (PatchType, &Value),
    validation: FieldValidation,
) -> Result<Decoded, Status> {
    let mut value = value;
    body::check_type(kind, &mut value)?;
    let Some(definition) = schema::for_kind(&kind.api_version(), kind.kind) else {
        return Ok(Decoded { value, warnings: Vec::new() });
    };
    let before = (ty != PatchType::Strategic).then(|| value.clone());
    let errors = decode::in_place(definition, &mut value);
    let Some(why) = refusal(&errors, ty, validation) else {
        let told = validation == FieldValidation::Warn;
        let warnings = decode::warnings(&errors).filter(|_| told).map(str::to_owned).collect();
        return Ok(Decoded { value, warnings });
    };
    // A strategic patch is shown itself, of the others what they made.
    let shown = before.map_or_else(|| go_format(change), |value| value.to_string());
    let error = FieldError::invalid(&Path::new("patch"), shown, why);
    let mut status = Status::invalid(kind, "", std::slice::from_ref(&error));
    status.message = format!(" \"\" is invalid: {error}");
    if let Some(details) = &mut status.details {
        (details.kind, details.group) = (String::new(), String::new());
    }
    Err(status)
}

fn refusal(errors: &[DecodeError], ty: PatchType, validation: FieldValidation) -> Option<String> {
    let first = |class| errors.iter().find(|error| error.class == class).map(|error| error.message.clone());
    if let Some(why) = first(Class::Fatal).or_else(|| first(Class::Type)) {
        return Some(if ty == PatchType::Strategic { converted(&why).unwrap_or(why) } else { why });
    }
    let unknown: Vec<&str> = decode::warnings(errors).filter(|_| validation == FieldValidation::Strict).collect();
    (!unknown.is_empty()).then(|| format!("strict decoding error: {}", unknown.join(", ")))
}

/// What the JSON decoder says, in the words of the converter from maps (`runtime/converter.go`), by which a strategic
/// patch's result becomes an object.
fn converted(why: &str) -> Option<String> {
    let (found, rest) = why.strip_prefix("json: cannot unmarshal ")?.split_once(" into Go ")?;
    let wanted = rest.rsplit_once(" of type ")?.1;
    let (found, kind) = match found.split(' ').next()? {
        "number" => ("int64", "int64"),
        "array" => ("[]interface {}", "slice"),
        "object" => ("map[string]interface {}", "map"),
        other => (other, other),
    };
    Some(match wanted {
        list if list.starts_with("[]") => format!("cannot restore slice from {kind}"),
        map if map.starts_with("map[") => format!("cannot restore map from {kind}"),
        // Go would make a character of a number, which JSON does not mean.
        "string" if kind == "int64" => format!("cannot convert {found} to {wanted}"),
        "string" | "bool" | "int32" | "int64" => format!("unrecognized type: {wanted}"),
        _ => format!("cannot restore struct from: {kind}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared::api::kind::known;

    #[test]
    fn what_does_not_fit_is_the_patchs_fault() {
        let pod = |spec: Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec});
        let check = |ty, spec: Value, expected: &str| {
            let found = decode(known("pods"), pod(spec.clone()), (ty, &json!({"spec": spec})), FieldValidation::Strict);
            let status = found.err().unwrap();
            assert_eq!((status.code, status.message.as_str()), (422, expected));
        };
        for (spec, expected) in [
            (json!({"containers": "x"}), r#""map[spec:map[containers:x]]": cannot restore slice from string"#),
            (json!({"nodeSelector": [1]}), r#""map[spec:map[nodeSelector:[1]]]": cannot restore map from slice"#),
            (json!({"priority": "x"}), r#""map[spec:map[priority:x]]": unrecognized type: int32"#),
            (json!({"hostname": 5}), r#""map[spec:map[hostname:5]]": cannot convert int64 to string"#),
            (json!({"affinity": true}), r#""map[spec:map[affinity:true]]": cannot restore struct from: bool"#),
            (
                json!({"a": 1, "b": 2}),
                r#""map[spec:map[a:1 b:2]]": strict decoding error: unknown field "spec.a", unknown field "spec.b""#,
            ),
        ] {
            check(PatchType::Strategic, spec, &format!(" \"\" is invalid: patch: Invalid value: {expected}"));
        }
        check(
            PatchType::Merge,
            json!({"hostname": 5}),
            concat!(
                r#" "" is invalid: patch: Invalid value: "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"hostname\":5}}": "#,
                "json: cannot unmarshal number into Go struct field PodSpec.spec.hostname of type string"
            ),
        );
        let odd = decode(known("pods"), pod(json!({"a": 1})), (PatchType::Json, &json!([])), FieldValidation::Warn)
            .ok()
            .unwrap();
        assert_eq!((odd.value["spec"].clone(), odd.warnings), (json!({}), vec!["unknown field \"spec.a\"".to_owned()]));
    }
}
