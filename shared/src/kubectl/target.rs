//! Which objects a command line means: `TYPE [NAME…]`, `TYPE/NAME …`, a selector, or everything of a type.
//!
//! The rules and words are those of `k8s.io/cli-runtime/pkg/resource.Builder`.

use serde_json::Value;

use crate::api::{Kind, kind};

use super::{Console, Context, Error, Transport};

/// What the arguments name.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// These objects, in order.
    Named(Vec<(&'static Kind, String)>),
    /// Everything, or everything selected, of these kinds.
    Kinds(Vec<&'static Kind>),
}

/// Reads the arguments. `selected` is whether a selector or `--all` stands for the names.
pub fn targets(args: &[String], selected: bool) -> Result<Targets, Error> {
    if args.iter().any(|a| a.contains('/')) {
        return named_pairs(args).map(Targets::Named);
    }
    let Some((types, names)) = args.split_first() else {
        return Ok(Targets::Kinds(Vec::new()));
    };
    let kinds = kinds(types)?;
    match names {
        [] => Ok(Targets::Kinds(kinds)),
        _ if selected => Err(Error::text("name cannot be provided when a selector is specified")),
        names => {
            let pairs = kinds.iter().flat_map(|kind| names.iter().map(|name| (*kind, name.clone())));
            Ok(Targets::Named(pairs.collect()))
        }
    }
}

/// The kinds that a comma-separated list names; `all` is a category.
pub fn kinds(types: &str) -> Result<Vec<&'static Kind>, Error> {
    let mut found: Vec<&'static Kind> = Vec::new();
    for word in types.split(',') {
        let of_category: Vec<_> = kind::KINDS.iter().filter(|k| k.categories.contains(&word)).collect();
        let more = if of_category.is_empty() { vec![kind_named(word)?] } else { of_category };
        for kind in more {
            if !found.iter().any(|k| std::ptr::eq(*k, kind)) {
                found.push(kind);
            }
        }
    }
    Ok(found)
}

/// The kind of that name.
pub fn kind_named(word: &str) -> Result<&'static Kind, Error> {
    kind::by_name(word).filter(|_| !word.is_empty()).ok_or_else(|| match word {
        "" => Error::text("resource name may not be empty"),
        word => Error::text(format!("the server doesn't have a resource type {word:?}")),
    })
}

fn named_pairs(args: &[String]) -> Result<Vec<(&'static Kind, String)>, Error> {
    if args.iter().any(|a| !a.contains('/')) {
        return Err(Error::text(
            "there is no need to specify a resource type as a separate argument when passing arguments in \
             resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
             resource/<resource_name>'",
        ));
    }
    args.iter().map(|arg| pair(arg)).collect()
}

fn pair(arg: &str) -> Result<(&'static Kind, String), Error> {
    match arg.split('/').collect::<Vec<_>>().as_slice() {
        [kind, name] if !kind.is_empty() && !name.is_empty() && !kind.contains(',') => {
            Ok((kind_named(kind)?, (*name).to_owned()))
        }
        [_, _] => Err(Error::text("arguments in resource/name form must have a single resource and name")),
        _ => Err(Error::text("arguments in resource/name form may not have more than one slash")),
    }
}

/// The one pod that `POD`, `TYPE/NAME` or `TYPE NAME` means. Of other kinds the object is looked for first; what cannot be
/// done to it is `action`.
pub async fn pod<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    words: &[&str],
    action: &str,
) -> Result<Value, Error> {
    let (kind, name) = match words {
        [word] if word.contains('/') => pair(word)?,
        [kind, name] => (kind_named(kind)?, (*name).to_owned()),
        words => (kind::known("pods"), words.concat()),
    };
    if name.is_empty() {
        return Err(Error::text("resource name may not be empty"));
    }
    let namespace = if kind.namespaced { ctx.namespace.clone() } else { String::new() };
    let object = ctx.get_object(kind, &namespace, &name).await?;
    let Kind { group, version, kind, .. } = kind;
    match (*kind, action) {
        ("Pod", _) => Ok(object),
        (_, "debug") => Err(Error::text(format!("\"{group}/{version}, Kind={kind}\" not supported by debug"))),
        _ => Err(Error::text(format!(
            "cannot {action} *{version}.{kind}: selector for *{version}.{kind} not implemented"
        ))),
    }
}

/// Whether a command may wait at all for a Pod to run.
pub fn check_timeout<C: Console, T: Transport>(ctx: &Context<'_, C, T>) -> Result<(), Error> {
    match ctx.flags.duration("pod-running-timeout", 1) {
        1.. => Ok(()),
        _ => Err(ctx.usage("--pod-running-timeout must be higher than zero")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, selected: bool, expected: &str) {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let found = match targets(&args, selected) {
            Err(error) => error.sentence(),
            Ok(Targets::Kinds(kinds)) => kinds.iter().map(|k| k.plural).collect::<Vec<_>>().join(" "),
            Ok(Targets::Named(all)) => {
                all.iter().map(|(k, n)| format!("{}/{n}", k.singular)).collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn builder() {
        check("po", false, "pods");
        check("pods,no,po", false, "pods nodes");
        check("all", false, "pods");
        check("Pod a b", false, "pod/a pod/b");
        check("pod/a node/b", false, "pod/a node/b");
        check("foo", false, "the server doesn't have a resource type \"foo\"");
        check("pods a", true, "name cannot be provided when a selector is specified");
        check("pods,nodes a", false, "pod/a node/a");
        check("pod/", false, "arguments in resource/name form must have a single resource and name");
        check("pod,cm/a", false, "arguments in resource/name form must have a single resource and name");
        check("pod/a/b", false, "arguments in resource/name form may not have more than one slash");
    }
}
