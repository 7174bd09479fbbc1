//! What the keys do that k9s has for a Pod.

use leptos::ev::KeyboardEvent;
use wasm_bindgen::JsCast;

use crate::state::{App, Facet};
use crate::ui::confirm;

/// Keys on a Pod, in the picture and in its drawer.
pub fn pod_keys(app: App, pod: &(String, String), event: &KeyboardEvent) {
    let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    if target.is_some_and(|t| matches!(t.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA")) {
        return;
    }
    let key = match (event.ctrl_key() || event.meta_key() || event.alt_key(), event.key()) {
        (false, key) => key,
        (true, key) if event.ctrl_key() && key == "d" => "ctrl-d".to_owned(),
        _ => return,
    };
    if act(app, pod, &key) {
        event.prevent_default();
    }
}

/// Does what a key means; `false` for one that means nothing here.
pub fn act(app: App, pod: &(String, String), key: &str) -> bool {
    let (namespace, name) = pod;
    let place = if namespace == "default" { String::new() } else { format!(" -n {namespace}") };
    let show = |facet: Facet| {
        app.facet.set(facet);
        app.selected.set(Some(pod.clone()));
    };
    match key {
        "l" => show(Facet::Logs),
        "y" => show(Facet::Yaml),
        "e" => show(Facet::Events),
        "s" => app.run(&format!("kubectl exec -it {name}{place} -- sh")),
        "d" => app.run(&format!("kubectl describe pod {name}{place}")),
        "ctrl-d" if confirm(&format!("kubectl delete pod {name}{place}")) => {
            app.run(&format!("kubectl delete pod {name}{place}"));
        }
        "ctrl-d" => {}
        "Escape" if app.selected.get_untracked().is_some() => app.selected.set(None),
        _ => return false,
    }
    true
}
