//! Completion: what could stand where the cursor is.

use super::command::{COMMANDS, Command, find};
use super::context::{JSON, path_of, request};
use super::flags::{GLOBAL, declared};
use super::{Transport, target};
use crate::api::{Kind, json, kind, object};

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub text: String,
    /// Where in the line the word begins that `text` replaces, in bytes.
    pub from: usize,
}

/// What could stand at `cursor` (in bytes) of `line`, which begins with `kubectl` or with its first argument. Names of
/// live objects come from `namespace`, unless the line names one.
pub async fn complete<T: Transport>(line: &str, cursor: usize, namespace: &str, transport: &T) -> Vec<Candidate> {
    let line = line.get(..cursor).unwrap_or(line);
    let (mut words, from) = split(line);
    let last = words.pop().unwrap_or_default();
    if words.first().is_some_and(|w| w == "kubectl" || w == "k") {
        words.remove(0);
    } else if words.is_empty() && "kubectl".starts_with(last.as_str()) && !last.is_empty() {
        return vec![Candidate { text: "kubectl".to_owned(), from }];
    }
    let wanted = Wanted { namespace, transport };
    let found = wanted.candidates(&words, &last).await;
    // `pod/x` and `--flag=x` are one word; only its end is completed.
    let fits = found.into_iter().filter(|text| text.starts_with(&last) && *text != last);
    fits.map(|text| Candidate { text, from }).collect()
}

/// The words of a line, and where the last one begins. A blank at the end begins an empty word.
fn split(line: &str) -> (Vec<String>, usize) {
    let (mut words, mut word, mut from, mut quote, mut inside) = (Vec::new(), String::new(), 0, None, false);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                inside = true;
            }
            (None, c) if c.is_whitespace() => {
                if inside || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                inside = false;
                from = at + c.len_utf8();
            }
            (_, c) => word.push(c),
        }
    }
    words.push(word);
    (words, from)
}

struct Wanted<'a, T> {
    namespace: &'a str,
    transport: &'a T,
}

type Found = Vec<String>;

impl<T: Transport> Wanted<'_, T> {
    async fn candidates(&self, words: &[String], last: &str) -> Found {
        if words.iter().any(|w| w == "--") {
            return Vec::new();
        }
        let found = find(words);
        let (command, rest) = match &found {
            Some((command, rest)) => (Some(*command), rest.as_slice()),
            None => (None, words),
        };
        if let Some(value) = self.flag_value(command, words, last).await {
            return value;
        }
        if last.starts_with('-') {
            return flags(command);
        }
        let Some(command) = command else { return commands("") };
        let below = commands(command.name);
        if !below.is_empty() && positional(command, rest).is_empty() && command.name != "create" {
            return below;
        }
        let mut found = if command.name == "create" { below } else { Vec::new() };
        found.extend(self.arguments(command, &positional(command, rest), rest, last).await);
        found
    }

    /// The values of the flag before the cursor; `None` where there is none.
    async fn flag_value(&self, command: Option<&Command>, words: &[String], last: &str) -> Option<Found> {
        let (name, prefix) = match last.strip_prefix("--").and_then(|w| w.split_once('=')) {
            Some((name, _)) => (name.to_owned(), format!("--{name}=")),
            None => {
                let word = words.last()?;
                let fits = |f: &super::flags::Flag<'_>| {
                    f.takes_value()
                        && (word.strip_prefix("--") == Some(f.name)
                            || (word.len() == 2 && word.starts_with('-') && f.short == word.chars().nth(1)))
                };
                (texts(command).flat_map(declared).find(fits)?.name.to_owned(), String::new())
            }
        };
        let fixed = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Found>();
        let values = match name.as_str() {
            "namespace" => self.names(kind::known("namespaces"), words).await,
            "output" => fixed(&["wide", "yaml", "json", "name", "jsonpath=", "custom-columns=", "go-template="]),
            "dry-run" => fixed(&["client", "server", "none"]),
            "restart" => fixed(&["Always", "OnFailure", "Never"]),
            "image-pull-policy" => fixed(&["Always", "IfNotPresent", "Never"]),
            "cascade" => fixed(&["background", "foreground", "orphan"]),
            "for" => fixed(&["condition=Ready", "delete", "create", "jsonpath="]),
            "type" if command.is_some_and(|c| c.name == "patch") => fixed(&["strategic", "merge", "json"]),
            "container" => self.containers(words).await,
            _ => Vec::new(),
        };
        Some(values.into_iter().map(|text| format!("{prefix}{text}")).collect())
    }

    async fn arguments(&self, command: &Command, args: &[String], words: &[String], last: &str) -> Found {
        let pods = kind::known("pods");
        match command.name {
            "logs" | "exec" | "attach" | "debug" | "port-forward" | "cp" if args.is_empty() => {
                self.names(pods, words).await
            }
            "logs" if args.len() == 1 => self.containers(words).await,
            "cordon" | "uncordon" | "drain" | "top node" => self.names(kind::known("nodes"), words).await,
            "taint" if !args.is_empty() => self.names(kind::known("nodes"), words).await,
            "top pod" => self.names(pods, words).await,
            "get" | "describe" | "delete" | "label" | "annotate" | "edit" | "patch" | "wait" | "taint" | "explain" => {
                if let Some((word, _)) = last.split_once('/') {
                    let Some(kind) = kind::by_name(word) else { return Vec::new() };
                    let names = self.names(kind, words).await;
                    return names.into_iter().map(|name| format!("{word}/{name}")).collect();
                }
                match args.first() {
                    None => kinds(),
                    Some(first) if first.contains('/') || command.name == "explain" => Vec::new(),
                    Some(first) => match target::kinds(first).as_deref() {
                        Ok([kind]) => {
                            let names = self.names(kind, words).await;
                            names.into_iter().filter(|name| !args[1..].contains(name)).collect()
                        }
                        _ => Vec::new(),
                    },
                }
            }
            _ => Vec::new(),
        }
    }

    /// The names of what is there.
    async fn names(&self, kind: &Kind, words: &[String]) -> Found {
        let path = path_of(kind, namespace_of(words).unwrap_or(self.namespace), "", "");
        let list = self.get(&path).await;
        object::list(&list, "/items").iter().map(|item| object::name(item).to_owned()).collect()
    }

    /// The containers of the Pod that the line names.
    async fn containers(&self, words: &[String]) -> Found {
        let Some((command, rest)) = find(words) else { return Vec::new() };
        // The flag whose value is looked for has none yet.
        let known = rest.strip_suffix(&["-c".to_owned()]).or(rest.strip_suffix(&["--container".to_owned()]));
        let args = positional(command, known.unwrap_or(&rest));
        let Some(pod) = args.first() else { return Vec::new() };
        let pod = pod.strip_prefix("pod/").unwrap_or(pod);
        let path = path_of(kind::known("pods"), namespace_of(words).unwrap_or(self.namespace), pod, "");
        let pod = self.get(&path).await;
        super::container::all(&pod)
    }

    async fn get(&self, path: &str) -> serde_json::Value {
        let response = self.transport.send(request("GET", path, &[("limit", "500")], JSON)).await;
        response.ok().and_then(|r| json::read(&r.body).ok()).unwrap_or_default()
    }
}

fn namespace_of(words: &[String]) -> Option<&str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "-n" || word == "--namespace" {
            return words.next().map(String::as_str);
        }
        if let Some(value) = word.strip_prefix("--namespace=").or(word.strip_prefix("-n").filter(|v| !v.is_empty())) {
            return Some(value);
        }
    }
    None
}

fn texts(command: Option<&Command>) -> impl Iterator<Item = &'static str> {
    let own = command.map_or(&[][..], |c| c.flags);
    own.iter().copied().chain([GLOBAL])
}

fn flags(command: Option<&Command>) -> Found {
    texts(command).flat_map(declared).map(|f| format!("--{}", f.name)).collect()
}

/// The commands one level below `parent`.
fn commands(parent: &str) -> Found {
    let of = |c: &&Command| c.name.rsplit_once(' ').map_or("", |(parent, _)| parent) == parent;
    let last = |name: &str| name.rsplit(' ').next().unwrap_or_default().to_owned();
    COMMANDS.iter().filter(of).map(|c| last(c.name)).collect()
}

fn kinds() -> Found {
    // Of several kinds with one name, the one that the bare name means.
    let meant = |k: &&Kind| kind::by_name(k.plural).is_some_and(|found| std::ptr::eq(found, *k));
    let listed = kind::KINDS.iter().filter(|k| k.verbs.contains(&"list")).filter(meant);
    listed.map(|k| k.plural.to_owned()).collect()
}

/// What is no flag and no flag's value.
fn positional(command: &Command, words: &[String]) -> Vec<String> {
    let texts: Vec<&str> = texts(Some(command)).collect();
    super::flags::Flags::parse(words, &texts).map(|flags| flags.args).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Body, Channel, ConnectError, Request, Response, Streaming, TransportError};
    use super::*;
    use std::task::{Context, Poll, Waker};

    /// Answers every list with two pods.
    struct Two;
    impl Body for Two {
        async fn next(&mut self) -> Option<Result<Vec<u8>, TransportError>> {
            None
        }
    }
    impl Channel for Two {
        async fn send(&mut self, _: &[u8]) -> Result<(), TransportError> {
            Ok(())
        }
        async fn recv(&mut self) -> Option<Result<Vec<u8>, TransportError>> {
            None
        }
    }
    impl Transport for Two {
        type Body = Two;
        type Channel = Two;
        async fn send(&self, request: Request) -> Result<Response, TransportError> {
            let single = request.path.contains("/pods/");
            let body = if single {
                r#"{"spec":{"containers":[{"name":"app"},{"name":"side"}]}}"#
            } else {
                r#"{"items":[{"metadata":{"name":"mynginx"}},{"metadata":{"name":"yours"}}]}"#
            };
            Ok(Response { status: 200, headers: Vec::new(), body: body.into() })
        }
        async fn open(&self, _: Request) -> Result<Streaming<Two>, TransportError> {
            Err(TransportError::Other(String::new()))
        }
        async fn connect(&self, _: &str, _: &[&str]) -> Result<Two, ConnectError> {
            Err(ConnectError::Failed(TransportError::Other(String::new())))
        }
    }

    fn check(line: &str, expected: &str) {
        let mut future = std::pin::pin!(complete(line, line.len(), "default", &Two));
        let Poll::Ready(found) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("nothing here waits");
        };
        let texts: Vec<&str> = found.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts.join(" "), expected, "{line}");
    }

    #[test]
    fn what_could_come() {
        check("kubec", "kubectl");
        check("kubectl desc", "describe");
        check("kubectl get no", "nodes");
        check("kubectl get pod ", "mynginx yours");
        check("kubectl get pod mynginx ", "yours");
        check("kubectl get pod/m", "pod/mynginx");
        check("kubectl get --show-l", "--show-labels");
        check("kubectl get pods -o ", "wide yaml json name jsonpath= custom-columns= go-template=");
        check("kubectl get pods -o=", "");
        check("kubectl get pods --output=y", "--output=yaml");
        check("kubectl -n x logs ", "mynginx yours");
        check("kubectl logs mynginx -c ", "app side");
        check("kubectl exec mynginx -- ", "");
        check("kubectl create co", "configmap");
        check("kubectl create secret ", "generic");
        check("kubectl config cur", "current-context");
    }
}
