//! JSON patches (RFC 6902) as Kubernetes applies them: by the rules and in the words of evanphx/json-patch v4, which is
//! laxer than the RFC (replacing a key that is not there sets it, `-1` is the last element).

use serde_json::Value;

use super::PatchError;

/// How much an API server lets `copy` add in all (`JSONPatchMaxCopyBytes`): copies of copies double each time.
const MAX_COPIED: usize = 3 * 1024 * 1024;

/// Applies a list of operations, all or none: after an error `value` is what it was.
///
/// # Errors
/// [`PatchError::Malformed`] for what is no list of operations, [`PatchError::Unfit`] for one that fails.
pub fn json_patch(value: &mut Value, patch: &Value) -> Result<(), PatchError> {
    let not = |found: &Value, what: &str| {
        let found = match found {
            Value::Object(_) => "object",
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) | Value::Null => "bool",
        };
        PatchError::Malformed(format!("json: cannot unmarshal {found} into Go value of type jsonpatch.{what}"))
    };
    let operations = match patch {
        Value::Null => return Ok(()),
        Value::Array(operations) => operations,
        other => return Err(not(other, "Patch")),
    };
    if let Some(odd) = operations.iter().find(|operation| !operation.is_object() && !operation.is_null()) {
        return Err(not(odd, "Operation"));
    }
    let mut patched = value.clone();
    let mut copied = 0;
    for operation in operations {
        apply(&mut patched, operation, &mut copied).map_err(PatchError::Unfit)?;
    }
    *value = patched;
    Ok(())
}

fn apply(doc: &mut Value, operation: &Value, copied: &mut usize) -> Result<(), String> {
    let op = operation.get("op").and_then(Value::as_str).unwrap_or("unknown");
    let missing_path = || format!("{op} operation failed to decode path: missing value");
    let path = || operation.get("path").and_then(Value::as_str).ok_or_else(missing_path);
    let missing_from = || format!("{op} operation failed to decode from: operation, missing from field: missing value");
    let from = || operation.get("from").and_then(Value::as_str).ok_or_else(missing_from);
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    match op {
        "add" => {
            let path = path()?;
            let missing = || format!("add operation does not apply: doc is missing path: \"{path}\": missing value");
            let (parent, key) = find(doc, path).ok_or_else(missing)?;
            add(parent, &key, value()).map_err(|why| format!("error in add for path: '{path}': {why}"))
        }
        "remove" => {
            let path = path()?;
            let missing = || format!("remove operation does not apply: doc is missing path: \"{path}\": missing value");
            let (parent, key) = find(doc, path).ok_or_else(missing)?;
            remove(parent, &key).map(drop).map_err(|why| format!("error in remove for path: '{path}': {why}"))
        }
        "replace" => replace(doc, path()?, value()),
        "move" => {
            let (from, path) = (from()?, path()?);
            let missing = || format!("move operation does not apply: doc is missing from path: {from}: missing value");
            let (parent, key) = find(doc, from).ok_or_else(missing)?;
            let moved = remove(parent, &key).map_err(|why| format!("error in move for path: '{key}': {why}"))?;
            let missing =
                || format!("move operation does not apply: doc is missing destination path: {path}: missing value");
            let (parent, key) = find(doc, path).ok_or_else(missing)?;
            add(parent, &key, moved).map_err(|why| format!("error in move for path: '{path}': {why}"))
        }
        "copy" => copy(doc, from()?, path()?, copied),
        "test" => test(doc, path()?, &value()),
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn replace(doc: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        if !value.is_object() && !value.is_array() {
            return Err("replace operation value must be object or array".to_owned());
        }
        *doc = value;
        return Ok(());
    }
    let missing =
        |what: &str| format!("replace operation does not apply: doc is missing {what}: {path}: missing value");
    let (parent, key) = find(doc, path).ok_or_else(|| missing("path"))?;
    match parent {
        Value::Object(map) => {
            map.insert(key, value);
        }
        Value::Array(items) => {
            let at = index(&key, items.len()).map_err(|_| missing("key"))?;
            items[at] = value;
        }
        _ => return Err(missing("path")),
    }
    Ok(())
}

fn copy(doc: &mut Value, from: &str, path: &str, copied: &mut usize) -> Result<(), String> {
    let missing = || format!("copy operation does not apply: doc is missing from path: {from}: missing value");
    let (parent, key) = find(doc, from).ok_or_else(missing)?;
    let value = get(parent, &key).map_err(|why| format!("error in copy for from: '{from}': {why}"))?;
    let value = value.cloned().unwrap_or(Value::Null);
    *copied += value.to_string().len();
    if *copied > MAX_COPIED {
        return Err(format!(
            "Unable to complete the copy, the accumulated size increase of copy is {copied}, exceeding the limit {MAX_COPIED}"
        ));
    }
    let missing = || format!("copy operation does not apply: doc is missing destination path: {path}: missing value");
    let (parent, key) = find(doc, path).ok_or_else(missing)?;
    add(parent, &key, value).map_err(|why| format!("error while adding value during copy: {why}"))
}

fn test(doc: &mut Value, path: &str, value: &Value) -> Result<(), String> {
    let failed = || format!("testing value {path} failed: test failed");
    if path.is_empty() {
        return if doc == value { Ok(()) } else { Err(failed()) };
    }
    let missing = || format!("test operation does not apply: is missing path: {path}: missing value");
    let (parent, key) = find(doc, path).ok_or_else(missing)?;
    let found = get(parent, &key).map_err(|why| format!("error in test for path: '{path}': {why}"))?;
    if found.unwrap_or(&Value::Null) == value { Ok(()) } else { Err(failed()) }
}

/// The collection that a path's last part is in, and that part.
fn find<'a>(doc: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let decode = |part: &str| part.replace("~1", "/").replace("~0", "~");
    let mut parts: Vec<String> = path.split('/').map(decode).skip(1).collect();
    let key = parts.pop()?;
    let mut at = doc;
    for part in parts {
        at = match at {
            Value::Object(map) => map.get_mut(&part)?,
            Value::Array(items) => {
                let at = index(&part, items.len()).ok()?;
                items.get_mut(at)?
            }
            _ => return None,
        };
    }
    matches!(at, Value::Object(_) | Value::Array(_)).then_some((at, key))
}

fn get<'a>(parent: &'a Value, key: &str) -> Result<Option<&'a Value>, String> {
    match parent {
        Value::Array(items) => index(key, items.len()).map(|at| items.get(at)),
        other => Ok(other.get(key)),
    }
}

fn add(parent: &mut Value, key: &str, value: Value) -> Result<(), String> {
    match parent {
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            // One more than there are: the end is a place, too.
            let at = index(key, items.len() + 1).map_err(|why| match why.starts_with("strconv") {
                true => format!("value was not a proper array index: '{key}': {why}"),
                false => why,
            })?;
            items.insert(at, value);
        }
        Value::Object(map) => {
            map.insert(key.to_owned(), value);
        }
        _ => {}
    }
    Ok(())
}

fn remove(parent: &mut Value, key: &str) -> Result<Value, String> {
    match parent {
        Value::Array(items) => Ok(items.remove(index(key, items.len())?)),
        Value::Object(map) => {
            map.remove(key).ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value"))
        }
        _ => Ok(Value::Null),
    }
}

/// A place among `length`; below zero counts from the end.
fn index(key: &str, length: usize) -> Result<usize, String> {
    let number: i64 = match key.parse() {
        Ok(number) => number,
        Err(_) => return Err(format!("strconv.Atoi: parsing \"{key}\": invalid syntax")),
    };
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let at = if number < 0 { number + length } else { number };
    let why = || format!("Unable to access invalid index: {number}: invalid index referenced");
    usize::try_from(at).ok().filter(|_| at < length).ok_or_else(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// kubectl 1.33's answers to `patch --local --type json`.
    #[test]
    fn operations() {
        let doc = || json!({"m": {"name": "p", "a/b": 1}, "c": ["x", "y"]});
        let check = |patch: Value, expected: Result<Value, &str>| {
            let mut found = doc();
            let result = json_patch(&mut found, &patch).map_err(|e| e.to_string());
            if result.is_err() {
                assert_eq!(found, doc(), "{patch}");
            }
            assert_eq!(result.map(|()| found), expected.map_err(str::to_owned), "{patch}");
        };
        let one = |op: Value, expected: Result<Value, &str>| check(json!([op]), expected);
        let c = |list: Value| Ok(json!({"m": {"name": "p", "a/b": 1}, "c": list}));
        one(json!({"op": "add", "path": "/c/-", "value": "z"}), c(json!(["x", "y", "z"])));
        one(json!({"op": "add", "path": "/c/2", "value": "z"}), c(json!(["x", "y", "z"])));
        one(json!({"op": "add", "path": "/c/0", "value": "z"}), c(json!(["z", "x", "y"])));
        one(json!({"op": "remove", "path": "/c/-1"}), c(json!(["x"])));
        one(json!({"op": "replace", "path": "/c/0", "value": 1}), c(json!([1, "y"])));
        one(json!({"op": "copy", "from": "/c/0", "path": "/c/-"}), c(json!(["x", "y", "x"])));
        one(json!({"op": "move", "from": "/c/0", "path": "/c/-"}), c(json!(["y", "x"])));
        one(json!({"op": "remove", "path": "/m/a~1b"}), Ok(json!({"m": {"name": "p"}, "c": ["x", "y"]})));
        one(json!({"op": "replace", "path": "/m", "value": 1}), Ok(json!({"m": 1, "c": ["x", "y"]})));
        one(json!({"op": "test", "path": "/m/zz", "value": null}), Ok(doc()));
        check(Value::Null, Ok(doc()));
        for (op, expected) in [
            (
                r#"{"op":"remove","path":"/m/x"}"#,
                "error in remove for path: '/m/x': Unable to remove nonexistent key: x: missing value",
            ),
            (
                r#"{"op":"remove","path":"/x/y"}"#,
                "remove operation does not apply: doc is missing path: \"/x/y\": missing value",
            ),
            (
                r#"{"op":"remove","path":"/c/5"}"#,
                "error in remove for path: '/c/5': Unable to access invalid index: 5: invalid index referenced",
            ),
            (
                r#"{"op":"replace","path":"/q/x","value":1}"#,
                "replace operation does not apply: doc is missing path: /q/x: missing value",
            ),
            (
                r#"{"op":"replace","path":"/c/5","value":1}"#,
                "replace operation does not apply: doc is missing key: /c/5: missing value",
            ),
            (r#"{"op":"test","path":"/m/name","value":"q"}"#, "testing value /m/name failed: test failed"),
            (
                r#"{"op":"test","path":"/c/5","value":1}"#,
                "error in test for path: '/c/5': Unable to access invalid index: 5: invalid index referenced",
            ),
            (
                r#"{"op":"add","path":"/c/x","value":1}"#,
                "error in add for path: '/c/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax",
            ),
            (
                r#"{"op":"add","path":"m","value":1}"#,
                "add operation does not apply: doc is missing path: \"m\": missing value",
            ),
            (r#"{"op":"add","value":1}"#, "add operation failed to decode path: missing value"),
            (
                r#"{"op":"move","path":"/a","from":"/zz"}"#,
                "error in move for path: 'zz': Unable to remove nonexistent key: zz: missing value",
            ),
            (
                r#"{"op":"move","path":"/a"}"#,
                "move operation failed to decode from: operation, missing from field: missing value",
            ),
            (
                r#"{"op":"copy","path":"/a","from":"/zz/y"}"#,
                "copy operation does not apply: doc is missing from path: /zz/y: missing value",
            ),
            (r#"{"op":"bogus","path":"/a"}"#, "Unexpected kind: bogus"),
            (r#"{"path":"/a"}"#, "Unexpected kind: unknown"),
            ("1", "json: cannot unmarshal number into Go value of type jsonpatch.Operation"),
        ] {
            one(serde_json::from_str(op).unwrap(), Err(expected));
        }
        check(json!({}), Err("json: cannot unmarshal object into Go value of type jsonpatch.Patch"));
    }

    #[test]
    fn copies_of_copies_end() {
        let mut value = json!({"a": ["x"]});
        let copy = json!({"op": "copy", "from": "/a", "path": "/a/-"});
        let result = json_patch(&mut value, &Value::Array(vec![copy; 60]));
        assert!(matches!(result, Err(PatchError::Unfit(why)) if why.starts_with("Unable to complete the copy")));
    }
}
