//! JSON in the order of Kubernetes' Go structs, for commands that print an object they made themselves.
//!
//! Everything else prints sorted keys, as kubectl does with what a server sent.

use serde_json::Value;

/// Fields whose order differs from the alphabet's, in the order that Go's structs have them. One list serves every
/// level: no two structs of the kinds made here disagree.
const ORDER: &[&str] = &[
    "kind",
    "apiVersion",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "spec",
    "data",
    "stringData",
    "binaryData",
    "type",
    "containers",
    "image",
    "command",
    "args",
    "ports",
    "hostPort",
    "containerPort",
    "env",
    "value",
    "resources",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
    "restartPolicy",
    "dnsPolicy",
    "status",
    "username",
    "uid",
    "groups",
];

/// Prints with four spaces.
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    super::patching::go_escaped(&out)
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth));
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let rank = |key: &str| ORDER.iter().position(|o| *o == key).unwrap_or(ORDER.len());
            let mut fields: Vec<_> = map.iter().collect();
            // Labels and data are maps, not structs: sorted.
            if fields.iter().all(|(key, _)| rank(key) < ORDER.len()) {
                fields.sort_by_key(|(key, _)| rank(key));
            }
            out.push('{');
            for (at, (key, value)) in fields.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                indent(out, depth + 1);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(": ");
                write(value, depth + 1, out);
            }
            indent(out, depth);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (at, value) in list.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                indent(out, depth + 1);
                write(value, depth + 1, out);
            }
            indent(out, depth);
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
