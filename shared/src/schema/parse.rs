//! Reads the table's text. The text is ours: a line that this does not understand is left out, and the tests would say so.

use super::{Definition, Field, ListType, PatchStrategy, Type};

/// Every definition of the text, in its order, which is sorted.
pub fn table(text: &'static str) -> Vec<Definition> {
    let mut package = "";
    let mut all: Vec<Definition> = Vec::new();
    let mut fields: Vec<Field> = Vec::new();
    for line in text.lines() {
        if let Some(line) = line.strip_prefix(' ') {
            fields.extend(field(package, line));
            continue;
        }
        close(&mut all, &mut fields);
        if let Some(name) = line.strip_prefix('@') {
            package = name;
        } else if !line.starts_with('#') {
            let (short, group_version) = match line.split_once(' ') {
                Some((short, group_version)) => (short, Some(group_version)),
                None => (line, None),
            };
            all.push(Definition { name: full(package, short), short, group_version, fields: &[] });
        }
    }
    close(&mut all, &mut fields);
    all
}

fn close(all: &mut [Definition], fields: &mut Vec<Field>) {
    if let Some(last) = all.last_mut()
        && !fields.is_empty()
    {
        last.fields = Vec::leak(std::mem::take(fields));
    }
}

/// Names live as long as the table: for ever.
fn full(package: &str, short: &str) -> &'static str {
    String::leak(format!("{package}.{short}"))
}

fn field(package: &str, line: &'static str) -> Option<Field> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let (code, go) = match words.next()?.split_once(':') {
        Some((code, go)) => (code, Some(go)),
        None => (line.split(' ').nth(1)?, None),
    };
    let (go, values) = match go.map(|go| go.split_once('=').unwrap_or((go, ""))) {
        Some((go, values)) => (Some(go), values),
        None => (None, ""),
    };
    let mut field = Field {
        name,
        ty: ty(package, code)?,
        required: false,
        keeps_zero: false,
        is_value: false,
        merge_key: None,
        patch_strategy: PatchStrategy::Replace,
        list_type: None,
        enums: values.split(',').filter(|v| !v.is_empty()).collect(),
        default: None,
        go,
    };
    for word in words {
        match word {
            "!" => field.required = true,
            "?" => field.keeps_zero = true,
            "=" => field.is_value = true,
            "+" => field.patch_strategy = PatchStrategy::Merge,
            "$" if field.patch_strategy == PatchStrategy::Merge => {
                field.patch_strategy = PatchStrategy::MergeRetainKeys
            }
            "$" => field.patch_strategy = PatchStrategy::RetainKeys,
            "s" => field.list_type = Some(ListType::Set),
            "a" => field.list_type = Some(ListType::Atomic),
            _ => match word.split_once('=')? {
                ("m", key) => field.merge_key = Some(key),
                ("k", keys) => field.list_type = Some(ListType::Map(keys.split(',').collect())),
                ("d", value) => field.default = Some(value),
                _ => return None,
            },
        }
    }
    Some(field)
}

fn ty(package: &str, code: &'static str) -> Option<Type> {
    Some(match code {
        "s" => Type::String,
        "b" => Type::Boolean,
        "i" => Type::Int32,
        "l" => Type::Int64,
        "n" => Type::Number,
        "q" => Type::Quantity,
        "t" => Type::Time,
        "u" => Type::MicroTime,
        "x" => Type::IntOrString,
        "y" => Type::Bytes,
        "*" => Type::Any,
        _ => match code.split_at_checked(1)? {
            ("[", item) => Type::Array(Box::new(ty(package, item)?)),
            ("{", item) => Type::Map(Box::new(ty(package, item)?)),
            ("~", short) => Type::Object(full("io.k8s.apimachinery.pkg.apis.meta.v1", short)),
            ("^", short) => Type::Object(full("io.k8s.api.core.v1", short)),
            _ => Type::Object(full(package, code)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn every_line_is_understood_and_every_reference_leads_somewhere() {
        let text = include_str!("v1.35.table");
        let lines = text.lines().filter(|l| l.starts_with(' ')).count();
        assert_eq!(definitions().iter().map(|d| d.fields.len()).sum::<usize>(), lines);
        for definition in definitions() {
            assert!(definition.fields.is_sorted_by_key(|f| f.name), "{}", definition.name);
            for field in definition.fields {
                let mut ty = &field.ty;
                while let Type::Array(item) | Type::Map(item) = ty {
                    ty = item;
                }
                assert_eq!(matches!(ty, Type::Object(_)), ty.object().is_some(), "{}.{}", definition.name, field.name);
            }
        }
    }

    #[test]
    fn what_patches_rely_on() {
        let check = |kind: &str, name: &str, strategy, key, list| {
            let field = definition(&format!("io.k8s.api.core.v1.{kind}")).and_then(|d| d.field(name)).unwrap();
            assert_eq!(
                (field.patch_strategy, field.merge_key, field.list_type.clone()),
                (strategy, key, list),
                "{kind}.{name}"
            );
        };
        use PatchStrategy::*;
        let map = |keys: &[&'static str]| Some(ListType::Map(keys.to_vec()));
        check("PodSpec", "containers", Merge, Some("name"), map(&["name"]));
        check("PodSpec", "volumes", MergeRetainKeys, Some("name"), map(&["name"]));
        check("Container", "ports", Merge, Some("containerPort"), map(&["containerPort", "protocol"]));
        check("Container", "args", Replace, None, Some(ListType::Atomic));
        check("PodSpec", "tolerations", Replace, None, Some(ListType::Atomic));
        check("NodeSpec", "podCIDRs", Merge, None, Some(ListType::Set));
    }

    #[test]
    fn kinds_are_found_by_their_own_names() {
        for (api_version, kind, found) in [
            ("v1", "Pod", true),
            ("v1", "Binding", true),
            ("v1", "Status", true),
            ("coordination.k8s.io/v1", "Lease", true),
            ("events.k8s.io/v1", "Event", true),
            ("policy/v1", "Eviction", true),
            ("policy/v1", "DeleteOptions", true),
            ("authorization.k8s.io/v1", "SelfSubjectAccessReview", true),
            ("v1", "pod", false),
            ("v2", "Pod", false),
        ] {
            assert_eq!(for_kind(api_version, kind).is_some(), found, "{api_version} {kind}");
        }
    }
}
