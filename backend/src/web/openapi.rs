//! The playground API's own description: OpenAPI 3, served at `/playground/v1/openapi.json`.
//!
//! One table of operations; the document is made from it, and a test walks the router with it.

use serde_json::{Map, Value, json};

/// One operation of the playground API.
pub struct Operation {
    /// HTTP method, lower case.
    pub method: &'static str,
    /// Path below `/playground/v1`, with `{parameters}`.
    pub path: &'static str,
    id: &'static str,
    summary: &'static str,
    success: &'static str,
    answer: &'static str,
    body: Option<(&'static str, &'static str)>,
}

const fn op(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation { method, path, id, summary, success: "200", answer: "", body: None }
}

const SANDBOXES: &str = "/sandboxes";
const SANDBOX: &str = "/sandboxes/{sandbox}";
const FILE: &str = "/sandboxes/{sandbox}/files/{path}";

/// Every operation.
pub static OPERATIONS: &[Operation] = &[
    Operation { answer: "SandboxList", ..op("get", SANDBOXES, "listSandboxes", "The sandboxes.") },
    Operation {
        success: "201",
        answer: "Sandbox",
        body: Some(("application/json", "NewSandbox")),
        ..op("post", SANDBOXES, "createSandbox", "Makes a sandbox with its own nodes, network and objects.")
    },
    Operation { answer: "Sandbox", ..op("get", SANDBOX, "getSandbox", "One sandbox.") },
    Operation {
        answer: "Status",
        ..op("delete", SANDBOX, "deleteSandbox", "Removes a sandbox with all that is in it.")
    },
    Operation {
        answer: "Sandbox",
        ..op(
            "post",
            "/sandboxes/{sandbox}/reset",
            "resetSandbox",
            "Starts the sandbox over: objects, nodes and files are made anew.",
        )
    },
    Operation {
        answer: "text/yaml",
        ..op("get", "/sandboxes/{sandbox}/kubeconfig", "getKubeconfig", "A kubeconfig for the sandbox, ready to use.")
    },
    Operation {
        answer: "file",
        ..op(
            "get",
            FILE,
            "readFile",
            "A file of the learner's home directory on `master`; a directory's entries as a FileList.",
        )
    },
    Operation {
        success: "204",
        body: Some(("application/octet-stream", "file")),
        ..op("put", FILE, "writeFile", "Writes a file of the learner's home directory, making directories on the way.")
    },
    Operation { success: "204", ..op("delete", FILE, "deleteFile", "Removes a file, or a directory with all in it.") },
    Operation {
        success: "101",
        ..op(
            "get",
            "/sandboxes/{sandbox}/nodes/{node}/terminal",
            "openTerminal",
            "WebSocket: a shell on a node. Binary frames are bytes both ways; a text frame {\"resize\":[columns,rows]} resizes.",
        )
    },
    Operation {
        success: "101",
        ..op(
            "get",
            "/sandboxes/{sandbox}/probes",
            "followProbes",
            "WebSocket: each probe's result as it comes, a JSON text with time, namespace, pod, container, containerID, probe, succeeded, message.",
        )
    },
    Operation {
        answer: "Explanation",
        ..op(
            "get",
            "/sandboxes/{sandbox}/pods/{namespace}/{name}/explanation",
            "explainPod",
            "Why the Pod is where and as it is: the scheduler's verdict per node and filter, and what each container waits for.",
        )
    },
];

/// The OpenAPI document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let at = paths.entry(operation.path).or_insert_with(|| json!({"parameters": parameters(operation.path)}));
        at[operation.method] = describe(operation);
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Podground playground API", "version": "v1"},
        "servers": [{"url": "/playground/v1"}],
        "paths": paths,
        "components": {"schemas": schemas()},
    })
}

fn parameters(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect()
}

fn describe(operation: &Operation) -> Value {
    let mut success = json!({"description": operation.summary});
    let content = match operation.answer {
        "" => None,
        "text/yaml" => Some(json!({"application/yaml": {"schema": {"type": "string"}}})),
        "file" => Some(json!({
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": reference("FileList")},
        })),
        schema => Some(json!({"application/json": {"schema": reference(schema)}})),
    };
    if let Some(content) = content {
        success["content"] = content;
    }
    let failure = json!({
        "description": "What went wrong, as Kubernetes says it.",
        "content": {"application/json": {"schema": reference("Status")}},
    });
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "responses": {operation.success: success, "default": failure},
    });
    if let Some((media, schema)) = operation.body {
        let schema = match schema {
            "file" => json!({"type": "string", "format": "binary"}),
            schema => reference(schema),
        };
        described["requestBody"] = json!({"required": true, "content": {media: {"schema": schema}}});
    }
    described
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

fn list_of(schema: &str) -> Value {
    object(&["items"], json!({"items": {"type": "array", "items": reference(schema)}}))
}

fn schemas() -> Value {
    let text = || json!({"type": "string"});
    json!({
        "NewSandbox": object(&["name"], json!({"name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 32}})),
        "Sandbox": object(&["name", "phase", "nodes"], json!({
            "name": text(),
            "phase": {"type": "string", "enum": ["Starting", "Ready", "Failed", "Terminating"]},
            "message": text(),
            "created": {"type": "string", "format": "date-time"},
            "podCIDR": text(),
            "server": {"type": "string", "description": "The Kubernetes API's path on this server."},
            "nodes": {"type": "array", "items": reference("Node")},
        })),
        "SandboxList": list_of("Sandbox"),
        "Node": object(&["name"], json!({"name": text(), "address": text(), "podCIDR": text()})),
        "FileList": list_of("File"),
        "File": object(&["name", "type"], json!({
            "name": text(),
            "type": {"type": "string", "enum": ["file", "directory", "link", "other"]},
            "size": {"type": "integer", "format": "int64", "description": "Bytes."},
        })),
        "Explanation": object(&["pod"], json!({
            "pod": text(),
            "scheduling": {"type": "object", "description": "Verdicts per node: filters passed or failed with reasons, scores."},
            "node": {"type": "object", "description": "What the node's worker waits for, per container."},
        })),
        "Status": {"type": "object", "description": "Kubernetes' v1 Status.", "properties": {
            "status": text(), "reason": text(), "message": text(), "code": {"type": "integer"},
        }},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
        }
        assert_eq!(document["paths"].as_object().unwrap().len(), 8);
    }
}
