//! The playground API: the learner's files, reset, explanations.

use serde_json::Value;
use shared::api::paths::encode;

use super::http;
use super::sandbox;
use shared::api::json;

/// What the server said instead of doing it, or that it said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP code; 0 when no answer came.
    pub status: u16,
    /// Why.
    pub message: String,
}

async fn ask(method: &str, path: &str, body: Option<&[u8]>) -> Result<Vec<u8>, Refusal> {
    let address = format!("/playground/v1/sandboxes/{}{path}", encode(&sandbox()));
    let lost = |e: shared::kubectl::TransportError| Refusal { status: 0, message: e.to_string() };
    let answer = http::send(method, &address, &[], body).await.map_err(lost)?;
    let status = answer.status;
    let bytes = answer.bytes().await.map_err(lost)?;
    if status < 400 {
        return Ok(bytes);
    }
    let said: Value = json::read(&bytes).unwrap_or_default();
    let message = said.get("message").and_then(Value::as_str).unwrap_or("the server refused").to_owned();
    Err(Refusal { status, message })
}

fn file_path(path: &str) -> String {
    let parts: Vec<String> = path.split('/').filter(|p| !p.is_empty()).map(encode).collect();
    format!("/files/{}", parts.join("/"))
}

/// A file's bytes, or a directory's listing as JSON.
pub async fn read_file(path: &str) -> Result<Vec<u8>, Refusal> {
    ask("GET", &file_path(path), None).await
}

/// Writes a file.
pub async fn write_file(path: &str, bytes: &[u8]) -> Result<(), Refusal> {
    ask("PUT", &file_path(path), Some(bytes)).await.map(drop)
}

/// Removes a file.
pub async fn remove_file(path: &str) -> Result<(), Refusal> {
    ask("DELETE", &file_path(path), None).await.map(drop)
}

/// The names in a directory with their types, sorted.
pub async fn list(path: &str) -> Result<Vec<(String, String)>, Refusal> {
    let listing: Value = json::read(&read_file(path).await?).unwrap_or_default();
    let items = shared::api::object::list(&listing, "/items");
    let text = |item: &Value, field: &str| item.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(items.iter().map(|item| (text(item, "name"), text(item, "type"))).collect())
}

/// Starts the sandbox over.
pub async fn reset() -> Result<(), Refusal> {
    ask("POST", "/reset", Some(b"")).await.map(drop)
}

/// Why a Pod is where and as it is.
pub async fn explanation(namespace: &str, name: &str) -> Result<Value, Refusal> {
    let bytes = ask("GET", &format!("/pods/{}/{}/explanation", encode(namespace), encode(name)), None).await?;
    Ok(json::read(&bytes).unwrap_or_default())
}
