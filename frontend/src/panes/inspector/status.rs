//! How a Pod is: its facts, containers, conditions.

use leptos::prelude::*;
use markup::view;
use serde_json::Value;
use shared::api::object;

use super::text;
use crate::signal::Memo;
use crate::state::App;
use crate::ui::view::View;

/// The facet.
pub fn status(pod: Memo<Value>) -> View {
    let app = expect_context::<App>();
    // Ages go on by the second.
    let view = Memo::new(move || app.cluster.view(&pod.get()));
    view! {
        <dl class="facts">
            <dt>"READY"</dt><dd>{move || view.get().ready}</dd>
            <dt>"RESTARTS"</dt><dd>{move || view.get().restarts}</dd>
            <dt>"IP"</dt><dd>{move || view.get().ip}</dd>
            <dt>"NODE"</dt><dd>{move || text(&pod.get(), "/spec/nodeName")}</dd>
            <dt>"QOS"</dt><dd>{move || text(&pod.get(), "/status/qosClass")}</dd>
            <dt>"AGE"</dt><dd>{move || view.get().age}</dd>
        </dl>
        <h3>{move || app.texts().containers}</h3>
        <table class="table"><tbody>{move || containers(&pod.get())}</tbody></table>
        <h3>{move || app.texts().conditions}</h3>
        <table class="table" data-testid="conditions"><tbody>{move || conditions(&pod.get())}</tbody></table>
    }
}

fn conditions(pod: &Value) -> Vec<View> {
    let row = |c: &Value| {
        let reason = [text(c, "/reason"), text(c, "/message")].join(" ");
        let state = if c["status"] == "True" { "chip good" } else { "chip" };
        view! { <tr><td>{text(c, "/type")}</td><td><span class=state>{text(c, "/status")}</span></td><td>{reason}</td></tr> }
    };
    object::list(pod, "/status/conditions").iter().map(row).collect()
}

fn containers(pod: &Value) -> Vec<View> {
    let row = |c: &Value| {
        let (state, detail) = container_state(c);
        let restarts = c.get("restartCount").and_then(Value::as_i64).unwrap_or_default();
        view! { <tr><td>{text(c, "/name")}</td><td>{state}</td><td>{format!("↻{restarts}")}</td><td>{text(c, "/image")}<br/>{detail}</td></tr> }
    };
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses", "/status/ephemeralContainerStatuses"];
    lists.iter().flat_map(|list| object::list(pod, list)).map(row).collect()
}

fn container_state(status: &Value) -> (String, String) {
    let state = status.get("state").and_then(Value::as_object).and_then(|s| s.iter().next());
    let Some((name, detail)) = state else { return (String::new(), String::new()) };
    let mut words = vec![text(detail, "/reason"), text(detail, "/message")];
    if let Some(code) = detail.get("exitCode").and_then(Value::as_i64) {
        words.push(format!("exit code {code}"));
    }
    words.retain(|w| !w.is_empty());
    (name.clone(), words.join(", "))
}
