//! Watches: changes as JSON lines, seen through the request's selectors and in its shape.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use rand::RngExt;
use serde_json::{Value, json};
use shared::api::{Kind, Status};

use super::super::conversion::stored;
use super::negotiate::{Format, Shape};
use super::select::Selection;
use super::{Call, Server, json, options};
use crate::store::{Event, EventType, Object, Watch};

/// How often a watch that wants bookmarks gets one.
const BOOKMARKS: Duration = Duration::from_secs(60);

pub fn watch(server: &Server, call: Call, request: &Request) -> Result<Response, Status> {
    options::list(&call.params, true)?;
    let format = Format::of(request.headers(), &call.params)?;
    let selection = Selection::read(call.kind, &call.params)?;
    let namespace = call.namespace();
    let store = server.api.store();
    let view = Arc::new(View { kind: call.kind, format, selection });
    let from = options::revision(&call.params)?.unwrap_or_default();
    if from > store.revision() {
        return Err(options::too_large(from, store.revision()));
    }
    let initial = match call.params.get("sendInitialEvents") {
        "" => from == 0,
        text => text == "true",
    };
    let (objects, revision) = match initial {
        true => store.list(&call.caller.sandbox, stored(call.kind), namespace),
        false => (Vec::new(), if from == 0 { store.revision() } else { from }),
    };
    let bookmarks = call.params.flag("allowWatchBookmarks");
    let told = initial && call.params.get("sendInitialEvents") == "true" && bookmarks;
    let told = told.then(|| view.bookmark(revision, true));
    // Written as they are read: a client that does not read costs no copy of the list.
    let shown = view.clone();
    let objects = objects.into_iter().filter_map(move |object| {
        let matches = shown.selection.matches(&object);
        matches.then(|| shown.line("ADDED", &object))
    });
    let first = stream::iter(objects.chain(told));
    let changes = match store.watch(&call.caller.sandbox, stored(call.kind), namespace, revision) {
        Ok(watch) => watch,
        Err(expired) => return Ok(stream_of(stream::iter([error(&Status::expired(expired.to_string()))]))),
    };
    let seconds = call.params.number("timeoutSeconds")?.and_then(|s| u64::try_from(s).ok()).filter(|s| *s > 0);
    // As the API server does: between half an hour and an hour, so that watches do not all end at once.
    let limit = seconds.unwrap_or_else(|| rand::rng().random_range(1800..3600));
    let store = store.clone();
    let state = Running { view, changes, last: revision, bookmarks, store };
    let deadline = tokio::time::sleep(Duration::from_secs(limit));
    let rest = stream::unfold(Some(state), next).take_until(deadline);
    Ok(stream_of(first.chain(rest)))
}

struct Running {
    view: Arc<View>,
    changes: Watch,
    last: u64,
    bookmarks: bool,
    store: crate::store::Store,
}

/// The next line that concerns the watch; nothing after an end.
async fn next(state: Option<Running>) -> Option<(Bytes, Option<Running>)> {
    let mut state = state?;
    loop {
        let bookmark = tokio::time::sleep(BOOKMARKS);
        let event = tokio::select! {
            event = state.changes.next() => event,
            () = bookmark, if state.bookmarks => {
                let line = state.view.bookmark(state.last, false);
                return Some((line, Some(state)));
            }
        };
        match event {
            Some(event) => {
                state.last = event.revision;
                if let Some(line) = state.view.event(&event) {
                    return Some((line, Some(state)));
                }
            }
            // Too slow, or the sandbox is gone: the client has to list again.
            None => {
                let oldest = state.store.revision();
                let why = format!("too old resource version: {} ({oldest})", state.last);
                return Some((error(&Status::expired(why)), None));
            }
        }
    }
}

struct View {
    kind: &'static Kind,
    format: Format,
    selection: Selection,
}

impl View {
    /// A change as the selectors let it be seen: what comes to match is ADDED, what ceases to is DELETED.
    fn event(&self, event: &Event) -> Option<Bytes> {
        let now = event.ty != EventType::Deleted && self.selection.matches(&event.object);
        let before = event.previous.as_ref().is_some_and(|p| self.selection.matches(p));
        let ty = match (before, now) {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            (false, false) => return None,
        };
        Some(self.line(ty, &event.object))
    }

    fn line(&self, ty: &str, object: &Object) -> Bytes {
        let mut line = format!("{{\"type\":\"{ty}\",\"object\":").into_bytes();
        match self.format.shape {
            Shape::Whole if !self.format.converts(self.kind) => line.extend_from_slice(&object.json()),
            _ => line.extend_from_slice(self.format.shaped(self.kind, object.value()).to_string().as_bytes()),
        }
        line.extend_from_slice(b"}\n");
        line.into()
    }

    /// "Up to here you have seen everything."
    fn bookmark(&self, revision: u64, initial_end: bool) -> Bytes {
        let mut metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
        if initial_end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object: Value = match self.format.shape {
            Shape::Whole => {
                json!({"kind": self.kind.kind, "apiVersion": self.kind.api_version(), "metadata": metadata})
            }
            Shape::Table(_) => {
                json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": [], "rows": []})
            }
            Shape::Metadata => {
                json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
            }
        };
        format!("{}\n", json!({"type": "BOOKMARK", "object": object})).into()
    }
}

fn error(status: &Status) -> Bytes {
    format!("{}\n", json!({"type": "ERROR", "object": status})).into()
}

fn stream_of(lines: impl futures::Stream<Item = Bytes> + Send + 'static) -> Response {
    json(200, Body::from_stream(lines.map(Ok::<_, std::convert::Infallible>)))
}
