//! What probes find out, as they do; and what nodes use, looked at now and then.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::api::paths::encode;
use shared::api::{json, object};

use crate::net::socket::{Message, Socket};
use crate::net::{http, root, sandbox, socket_address};
use crate::signal::RwSignal;
use crate::ui::pause;

/// Between two looks at what nodes use; they measure about as often.
const LOOK_MS: u32 = 10_000;

/// What a probe found out last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The container's name.
    pub container: String,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// Why not.
    pub message: String,
    /// How often it was heard of.
    pub count: u32,
    /// When it was heard of last: milliseconds, by this page's clock.
    pub at: i64,
}

/// By the container's id and the probe.
pub type Ticks = BTreeMap<(String, String), Tick>;

/// By the Pod's namespace and name.
pub type PodTicks = BTreeMap<(String, String), Ticks>;

/// Hears of probes for as long as the page lives.
pub async fn follow(ticks: RwSignal<PodTicks>) {
    let address = socket_address(&format!("/playground/v1/sandboxes/{}/probes", encode(&sandbox())));
    loop {
        if let Some(mut socket) = Socket::open(&address, &[]).await {
            while let Some(message) = socket.next().await {
                let Message::Text(said) = message else { continue };
                let said: Value = json::read(said.as_bytes()).unwrap_or_default();
                let text = |field: &str| said.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
                ticks.update(|all| {
                    let pod = all.entry((text("namespace"), text("pod"))).or_default();
                    let (key, container) = ((text("containerID"), text("probe")), text("container"));
                    // A container that was started anew has another id.
                    pod.retain(|(id, _), tick| *id == key.0 || tick.container != container);
                    let count = pod.get(&key).map_or(0, |tick| tick.count) + 1;
                    let (succeeded, message) = (said["succeeded"] == true, text("message"));
                    pod.insert(key, Tick { container, succeeded, message, count, at: js_sys::Date::now() as i64 });
                });
            }
        }
        // What happens meanwhile is not heard of.
        ticks.set(PodTicks::new());
        pause(1500).await;
    }
}

/// CPU and memory that each node uses, as the metrics API writes them. Looks for as long as the page lives.
pub async fn look(usage: RwSignal<BTreeMap<String, (String, String)>>) {
    loop {
        pause(if usage.with_untracked(BTreeMap::is_empty) { LOOK_MS / 5 } else { LOOK_MS }).await;
        let address = format!("{}/apis/metrics.k8s.io/v1beta1/nodes", root());
        let Ok(answer) = http::send("GET", &address, &[], None).await else { continue };
        let list: Value = json::read(&answer.bytes().await.unwrap_or_default()).unwrap_or_default();
        let used = |node: &Value| {
            let text = |field: &str| node["usage"][field].as_str().unwrap_or_default().to_owned();
            (object::name(node).to_owned(), (text("cpu"), text("memory")))
        };
        let now = object::list(&list, "/items").iter().map(used).collect();
        if usage.with_untracked(|old| *old != now) {
            usage.set(now);
        }
    }
}
