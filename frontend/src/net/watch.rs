//! Objects of a kind as they are now: a list, then a watch, and again from the start when the watch is lost.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::api::object;

use super::http;
use super::root;
use crate::ui::pause;
use shared::api::json;

/// By namespace and name.
pub type Objects = BTreeMap<(String, String), Value>;

/// Follows a kind (`pods`) for as long as the page lives. `show` gets everything after each change, `online` whether
/// the server answers.
pub async fn follow(resource: &'static str, show: impl Fn(&Objects), online: impl Fn(bool)) {
    loop {
        if let Some((mut objects, revision)) = list(resource).await {
            online(true);
            show(&objects);
            changes(resource, &revision, &mut objects, &show).await;
        } else {
            online(false);
        }
        pause(700).await;
    }
}

async fn list(resource: &str) -> Option<(Objects, String)> {
    let answer = http::send("GET", &format!("{}/api/v1/{resource}", root()), &[], None).await.ok()?;
    if answer.status != 200 {
        return None;
    }
    let mut list: Value = json::read(&answer.bytes().await.ok()?).ok()?;
    let revision = object::resource_version(&list).to_owned();
    let items = list.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    Some((items.into_iter().map(|item| (place(&item), item)).collect(), revision))
}

fn place(item: &Value) -> (String, String) {
    (object::namespace(item).to_owned(), object::name(item).to_owned())
}

async fn changes(resource: &str, revision: &str, objects: &mut Objects, show: &impl Fn(&Objects)) {
    let address = format!("{}/api/v1/{resource}?watch=1&allowWatchBookmarks=true&resourceVersion={revision}", root());
    let Ok(mut answer) = http::send("GET", &address, &[], None).await else { return };
    let mut buffer: Vec<u8> = Vec::new();
    while let Some(Ok(piece)) = answer.next().await {
        buffer.extend_from_slice(&piece);
        let mut changed = false;
        while let Some(end) = buffer.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            let Ok(mut event) = json::read(&line) else { return };
            let found = event.get_mut("object").map(Value::take).unwrap_or_default();
            match event.get("type").and_then(Value::as_str) {
                Some("ADDED" | "MODIFIED") => drop(objects.insert(place(&found), found)),
                Some("DELETED") => drop(objects.remove(&place(&found))),
                Some("BOOKMARK") => continue,
                // Too old: list again.
                _ => return,
            }
            changed = true;
        }
        if changed {
            show(objects);
        }
    }
}
