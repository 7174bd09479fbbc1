//! Which container of a Pod a command means.

use serde_json::Value;

use super::{Console, Context, Error, Transport};
use crate::api::object;

const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The groups a Pod's containers come in, and how kubectl marks them in a list.
const GROUPS: [(&str, &str); 3] =
    [("/spec/containers", ""), ("/spec/initContainers", " (init)"), ("/spec/ephemeralContainers", " (ephem)")];

/// The container that `-c` names, or the Pod's default one, with kubectl's note where it had a choice.
pub fn chosen<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, pod: &Value) -> Result<String, Error> {
    let (name, note) = choice(ctx, pod)?;
    note.into_iter().for_each(|note| ctx.complain(note));
    Ok(name)
}

/// [`chosen`], with the note for whoever prints it elsewhere.
pub fn choice<C: Console, T: Transport>(
    ctx: &Context<'_, C, T>,
    pod: &Value,
) -> Result<(String, Option<String>), Error> {
    let wanted = ctx.flags.text("container").to_owned();
    let names = |pointer: &str| {
        let name = |c: &Value| c.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        object::list(pod, pointer).iter().map(name).collect::<Vec<_>>()
    };
    let all = || GROUPS.iter().flat_map(|(pointer, mark)| names(pointer).into_iter().map(move |n| (n, *mark)));
    if !wanted.is_empty() {
        if all().any(|(name, _)| name == wanted) {
            return Ok((wanted, None));
        }
        return Err(Error::text(format!("container {wanted} is not valid for pod {}", object::name(pod))));
    }
    let annotated = object::annotations(pod).and_then(|a| a.get(DEFAULT_CONTAINER)).and_then(Value::as_str);
    if let Some(name) = annotated.filter(|name| all().any(|(known, _)| known == **name)) {
        return Ok((name.to_owned(), None));
    }
    let first = names("/spec/containers").into_iter().next().unwrap_or_default();
    let list: Vec<_> = all().map(|(name, mark)| format!("{name}{mark}")).collect();
    let choice = list.len() > 1 && !ctx.flags.is("quiet");
    let note = choice.then(|| format!("Defaulted container {first:?} out of: {}", list.join(", ")));
    Ok((first, note))
}

/// Every container of a Pod: init containers first, as `logs --all-containers` goes.
pub fn all(pod: &Value) -> Vec<String> {
    let order = ["/spec/initContainers", "/spec/containers", "/spec/ephemeralContainers"];
    let names = order.iter().flat_map(|pointer| object::list(pod, pointer));
    names.filter_map(|c| c.get("name").and_then(Value::as_str)).map(str::to_owned).collect()
}
