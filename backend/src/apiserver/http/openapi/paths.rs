//! The operations of OpenAPI v3, from the table of kinds.

use serde_json::{Map, Value, json};
use shared::api::Kind;
use shared::api::kind::{KINDS, Subresource};
use shared::schema::for_kind;

use super::root;
use super::schema::Schemas;

const BODIES: &[&str] = &["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const PATCHES: &[&str] = &[
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];
const WRITE: &[(&str, &str)] = &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")];
const LIST: &[(&str, &str)] = &[
    ("allowWatchBookmarks", "boolean"),
    ("continue", "string"),
    ("fieldSelector", "string"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
    ("watch", "boolean"),
];
const DELETE: &[(&str, &str)] =
    &[("dryRun", "string"), ("gracePeriodSeconds", "integer"), ("propagationPolicy", "string")];

/// The paths of one group and version; what they refer to is added to the schemas.
pub fn paths(group: &str, version: &str, schemas: &mut Schemas) -> Value {
    let mut paths = Map::new();
    for kind in KINDS.iter().filter(|k| k.group == group && k.version == version) {
        let base = format!("/{}", root(kind));
        let scope = if kind.namespaced { "/namespaces/{namespace}" } else { "" };
        let collection = format!("{base}{scope}/{}", kind.plural);
        let mut all = verbs(kind, None, kind.verbs, &["list", "create", "deletecollection"], schemas);
        if kind.namespaced && kind.verbs.contains(&"list") {
            let list = verbs(kind, None, kind.verbs, &["list"], schemas);
            paths.insert(format!("{base}/{}", kind.plural), list);
        }
        name_parameters(kind, false, &mut all);
        paths.insert(collection.clone(), all);
        let mut one = verbs(kind, None, kind.verbs, &["get", "update", "patch", "delete"], schemas);
        if one.as_object().is_some_and(|operations| !operations.is_empty()) {
            name_parameters(kind, true, &mut one);
            paths.insert(format!("{collection}/{{name}}"), one);
        }
        for part in kind.subresources {
            let mut operations = verbs(kind, Some(part), part.verbs, &["get", "create", "update", "patch"], schemas);
            name_parameters(kind, true, &mut operations);
            paths.insert(format!("{collection}/{{name}}/{}", part.name), operations);
        }
    }
    paths.into()
}

fn name_parameters(kind: &Kind, name: bool, path: &mut Value) {
    let named = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}});
    let mut parameters = Vec::new();
    if name {
        parameters.push(named("name"));
    }
    if kind.namespaced {
        parameters.push(named("namespace"));
    }
    if !parameters.is_empty() {
        path["parameters"] = parameters.into();
    }
}

/// The operations for those of the wanted verbs that are served.
fn verbs(
    kind: &Kind,
    part: Option<&Subresource>,
    served: &[&str],
    wanted: &[&'static str],
    schemas: &mut Schemas,
) -> Value {
    let wanted = wanted.iter().filter(|verb| served.contains(verb));
    wanted
        .map(|verb| operation(kind, part, verb, schemas))
        .map(|(m, o)| (m.to_owned(), o))
        .collect::<Map<_, _>>()
        .into()
}

/// One operation under its method.
fn operation(
    kind: &Kind,
    part: Option<&Subresource>,
    verb: &'static str,
    schemas: &mut Schemas,
) -> (&'static str, Value) {
    let (method, parameters, action) = match verb {
        "list" => ("get", LIST, "list"),
        "get" => ("get", &[][..], "get"),
        "create" => ("post", WRITE, "post"),
        "update" => ("put", WRITE, "put"),
        "patch" => ("patch", WRITE, "patch"),
        "deletecollection" => ("delete", DELETE, "deletecollection"),
        _ => ("delete", DELETE, "delete"),
    };
    let streams = part.is_some_and(|part| matches!(part.name, "exec" | "attach" | "portforward"));
    let action = if streams { "connect" } else { action };
    let (group, version) = part.and_then(|p| p.group_version).unwrap_or((kind.group, kind.version));
    let named = part.map_or(kind.kind, |part| part.kind);
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut reference = |name: &str, version: &str| for_kind(version, name).map(|found| schemas.reference(found));
    let own = reference(named, &api_version);
    let answer = match verb {
        "list" => reference(&format!("{}List", kind.kind), &api_version),
        "delete" | "deletecollection" => reference("Status", "v1"),
        _ => own.clone(),
    };
    let body = match verb {
        "create" | "update" => own.map(|own| content(BODIES, &own)),
        // A patch has no schema of its own but that it is an object or a list.
        "patch" => Some(content(PATCHES, &json!({}))),
        "delete" | "deletecollection" => reference("DeleteOptions", "v1").map(|options| content(BODIES, &options)),
        _ => None,
    };
    let mut parameters: Vec<Value> = parameters.iter().map(|(name, ty)| query(name, ty)).collect();
    if verb == "patch" {
        parameters.push(query("force", "boolean"));
    }
    let answer = match (answer, part.map(|part| part.name)) {
        (_, Some("log")) => content(&["text/plain"], &json!({"type": "string"})),
        (Some(answer), _) if !streams => content(BODIES, &answer),
        _ => json!({}),
    };
    let code = if verb == "create" && !streams { "201" } else { "200" };
    let mut responses = json!({"401": {"description": "Unauthorized"}});
    responses[code] = json!({"description": "OK", "content": answer});
    let mut operation = json!({
        "operationId": id(kind, part, verb),
        "parameters": parameters,
        "responses": responses,
        "tags": [tag(kind)],
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": named},
    });
    if let Some(content) = body.filter(|_| !streams) {
        operation["requestBody"] = json!({"content": content, "required": verb != "delete"});
    }
    (method, operation)
}

fn content(media: &[&str], schema: &Value) -> Value {
    media.iter().map(|media| ((*media).to_owned(), json!({"schema": schema}))).collect::<Map<_, _>>().into()
}

fn query(name: &str, ty: &str) -> Value {
    json!({"name": name, "in": "query", "schema": {"type": ty, "uniqueItems": true}})
}

fn tag(kind: &Kind) -> String {
    let group = kind.group.split('.').next().unwrap_or_default();
    format!("{}_{}", if group.is_empty() { "core" } else { group }, kind.version)
}

/// `createCoreV1NamespacedPod`
fn id(kind: &Kind, part: Option<&Subresource>, verb: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    let verb = match verb {
        "get" => "read",
        "update" => "replace",
        "deletecollection" => "deleteCollection",
        verb => verb,
    };
    let group: String = tag(kind).split('_').map(capital).collect();
    let scope = if kind.namespaced { "Namespaced" } else { "" };
    format!("{verb}{group}{scope}{}{}", kind.kind, part.map(|part| capital(part.name)).unwrap_or_default())
}
