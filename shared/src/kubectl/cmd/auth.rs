//! `kubectl auth`: who is asking, and what they may do.

use serde_json::json;

use super::super::columns::go_format;
use super::super::context::JSON;
use super::super::output::Output;
use super::super::{Console, Context, Error, Transport, rows};
use crate::api::kind;

/// `auth whoami`
pub(super) async fn whoami<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let output = Output::of(ctx, false).await?;
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let review = ctx.send_json("POST", path, &[], JSON, &body).await?;
    if output.is_generic() {
        let text = output.print(&review, true, true)?;
        ctx.out(text);
        return Ok(());
    }
    let user = &review["status"]["userInfo"];
    let mut lines = "ATTRIBUTE\tVALUE\n".to_owned();
    for (title, field) in [("Username", "username"), ("UID", "uid"), ("Groups", "groups")] {
        if let Some(value) = user.get(field).filter(|v| !v.is_null() && *v != "") {
            lines.push_str(&format!("{title}\t{}\n", go_format(value)));
        }
    }
    for (key, value) in user["extra"].as_object().into_iter().flatten() {
        lines.push_str(&format!("Extra: {key}\t{}\n", go_format(value)));
    }
    ctx.out(rows::align(&lines));
    Ok(())
}

/// `auth can-i`
pub(super) async fn can_i<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    if ctx.flags.is("list") {
        return Err(Error::text("--list is not supported here"));
    }
    let args = ctx.flags.args.clone();
    let [verb, resource, name @ ..] = args.as_slice() else {
        return Err(Error::text(
            "you must specify two arguments: verb resource or verb resource/resourceName.\n\
             See 'kubectl auth can-i -h' for help and examples.",
        ));
    };
    let spec = if resource.starts_with('/') {
        json!({"nonResourceAttributes": {"verb": verb, "path": resource}})
    } else {
        let (word, object_name) = resource.split_once('/').unwrap_or((resource, ""));
        let found = kind::by_name(word);
        if found.is_none() && word != "*" {
            ctx.complain(format!("Warning: the server doesn't have a resource type '{word}'\n"));
        }
        let namespaced = found.is_none_or(|k| k.namespaced) && !ctx.flags.is("all-namespaces");
        let mut attributes = json!({
            "verb": verb,
            "group": found.map_or("", |k| k.group),
            "resource": found.map_or(word, |k| k.plural),
            "namespace": if namespaced { ctx.namespace.as_str() } else { "" },
            "name": name.first().map_or(object_name, String::as_str),
        });
        if ctx.flags.given("subresource") {
            attributes["subresource"] = ctx.flags.text("subresource").into();
        }
        json!({"resourceAttributes": attributes})
    };
    let body = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": spec,
    });
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let review = ctx.send_json("POST", path, &[], JSON, &body).await?;
    let status = &review["status"];
    let allowed = status["allowed"].as_bool().unwrap_or_default();
    if !ctx.flags.is("quiet") {
        let reason = status["reason"].as_str().filter(|r| !r.is_empty());
        let why = reason.map_or(String::new(), |r| format!(" - {r}"));
        ctx.say(format!("{}{}", if allowed { "yes" } else { "no" }, if allowed { "" } else { &why }));
    }
    if allowed { Ok(()) } else { Err(Error::exit(1)) }
}
