//! A container's image: looked for, pulled where its policy says so (`images/image_manager.go`).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use k8s_openapi::api::core::v1::{Container, Pod};
use serde_json::Value;
use shared::lifecycle::{FailedStart, Reason, event};

use super::executor::Context;
use super::{image_name, now};
use crate::runtime::{Credentials, Image, RuntimeError};

/// How long a registry that did not answer is not asked again for an image that is present.
const SILENCE: Duration = Duration::from_secs(300);

/// Registries that did not answer, and when.
static SILENT: LazyLock<Mutex<HashMap<String, Instant>>> = LazyLock::new(Mutex::default);

/// How long what is known of an image holds.
const FRESH: Duration = Duration::from_secs(5);

/// Present images of the containers that start first, looked for while the Pod's volumes are set up. Each answer serves
/// one start.
#[derive(Clone, Default)]
pub(super) struct Ahead(Arc<Mutex<HashMap<String, (Instant, Image)>>>);

impl Ahead {
    fn put(&self, reference: String, image: Image) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(reference, (Instant::now(), image));
    }

    fn take(&self, reference: &str) -> Option<Image> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(reference);
        known.filter(|(at, _)| at.elapsed() < FRESH).map(|(_, image)| image)
    }
}

/// Looks for the images that the Pod needs at once. What goes wrong here is told when the container starts.
pub(super) async fn look_ahead(context: &Context) {
    let Some(spec) = &context.pod.spec else { return };
    let init = spec.init_containers.iter().flatten().next();
    let first = init.map_or_else(|| spec.containers.iter().collect(), |init| vec![init]);
    let names: HashSet<String> =
        first.iter().filter_map(|c| image_name::normalized(c.image.as_deref()?).ok()).collect();
    let found = names.into_iter().map(|name| async {
        if let Ok(Some(image)) = context.node.runtime().image(&name).await {
            context.images.put(name, image);
        }
    });
    futures::future::join_all(found).await;
}

/// The image, pulled if need be. Tells the Events.
pub(super) async fn ensure(context: &Context, container: &Container, at: &str) -> Result<Image, FailedStart> {
    let name = container.image.as_deref().unwrap_or_default();
    let failed = |reason, message: String| FailedStart { reason, message, at: now() };
    let reference = image_name::normalized(name).map_err(|message| {
        context.tell(event::invalid_image(at, message.clone()));
        context.tell(event::failed(at, "InvalidImageName"));
        failed(Reason::InvalidImageName, message)
    })?;
    let runtime = context.node.runtime();
    let looked = match context.images.take(&reference) {
        Some(image) => Ok(Some(image)),
        None => runtime.image(&reference).await,
    };
    let present = looked.map_err(|error| {
        let message = format!("Failed to inspect image \"{name}\": {error}");
        context.tell(event::invalid_image(at, message.clone()));
        failed(Reason::ImageInspectError, message)
    })?;
    let policy = container.image_pull_policy.as_deref().unwrap_or("IfNotPresent");
    match (present, policy) {
        (Some(image), "Always") => {
            if let Some(what) = &image.stand_in {
                context.tell(event::stand_in(at, name, what));
                return Ok(image);
            }
            if is_silent(&reference) {
                context.tell(event::no_registry(at, name));
                return Ok(image);
            }
            match pull(context, name, &reference, at).await {
                Pulled::Done(pulled) => Ok(*pulled),
                Pulled::Cancelled => Err(failed(Reason::Cancelled, String::new())),
                Pulled::Failed(error) if no_answer(&error) => {
                    let mut silent = SILENT.lock().unwrap_or_else(PoisonError::into_inner);
                    silent.insert(registry(&reference).to_owned(), Instant::now());
                    context.tell(event::no_registry(at, name));
                    Ok(image)
                }
                Pulled::Failed(error) => Err(refused(context, name, at, &error)),
            }
        }
        (Some(image), _) => {
            context.tell(event::present(at, name));
            Ok(image)
        }
        (None, "Never") => {
            context.tell(event::never_pull(at, name));
            context.tell(event::failed(at, "ErrImageNeverPull"));
            Err(failed(Reason::ErrImageNeverPull, event::never_pull_message(name)))
        }
        (None, _) => match pull(context, name, &reference, at).await {
            Pulled::Done(pulled) => Ok(*pulled),
            Pulled::Cancelled => Err(failed(Reason::Cancelled, String::new())),
            Pulled::Failed(error) => Err(refused(context, name, at, &error)),
        },
    }
}

fn refused(context: &Context, name: &str, at: &str, error: &RuntimeError) -> FailedStart {
    let message = error.to_string();
    context.tell(event::pull_failed(at, name, &message));
    context.tell(event::failed(at, "ErrImagePull"));
    FailedStart { reason: Reason::ErrImagePull, message, at: now() }
}

enum Pulled {
    Done(Box<Image>),
    Failed(RuntimeError),
    Cancelled,
}

async fn pull(context: &Context, name: &str, reference: &str, at: &str) -> Pulled {
    context.tell(event::pulling(at, name));
    let began = Instant::now();
    let credentials = credentials(context, reference);
    let pulled = tokio::select! {
        pulled = context.node.runtime().pull(reference, credentials.as_ref()) => pulled,
        () = context.no_starts.cancelled() => return Pulled::Cancelled,
    };
    match pulled {
        Ok(image) => {
            let took = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
            context.tell(event::pulled(at, name, took, took, u64::try_from(image.size).unwrap_or(0)));
            Pulled::Done(Box::new(image))
        }
        Err(error) => Pulled::Failed(error),
    }
}

/// Whether the registry could not be reached, rather than refused.
fn no_answer(error: &RuntimeError) -> bool {
    let words = error.to_string();
    matches!(error, RuntimeError::Unavailable(_))
        || ["dial tcp", "no such host", "i/o timeout", "connection refused", "Client.Timeout", "server misbehaving"]
            .iter()
            .any(|w| words.contains(w))
}

fn is_silent(reference: &str) -> bool {
    let silent = SILENT.lock().unwrap_or_else(PoisonError::into_inner);
    silent.get(registry(reference)).is_some_and(|since| since.elapsed() < SILENCE)
}

/// The registry that an image's name means.
fn registry(reference: &str) -> &str {
    match reference.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

/// What the Pod's pull secrets say for the image's registry.
fn credentials(context: &Context, reference: &str) -> Option<Credentials> {
    let names = pull_secrets(&context.pod);
    let namespace = context.pod.metadata.namespace.as_deref().unwrap_or_default();
    let sources = context.node.api.sources(namespace, &(Default::default(), names));
    let host = registry(reference);
    sources.secrets.values().find_map(|secret| from_secret(secret, host))
}

fn pull_secrets(pod: &Pod) -> std::collections::BTreeSet<String> {
    let secrets = pod.spec.as_ref().and_then(|s| s.image_pull_secrets.as_ref());
    secrets.into_iter().flatten().map(|s| s.name.clone()).collect()
}

/// The entry for a registry in a `kubernetes.io/dockerconfigjson` Secret.
fn from_secret(secret: &Value, host: &str) -> Option<Credentials> {
    let base64 = base64::engine::general_purpose::STANDARD;
    let config = base64.decode(secret.pointer("/data/.dockerconfigjson")?.as_str()?).ok()?;
    let config: Value = serde_json::from_slice(&config).ok()?;
    let plain = |server: &str| {
        let server = server.trim_start_matches("https://").trim_start_matches("http://");
        server.split('/').next().unwrap_or_default().to_owned()
    };
    let fits = |server: &str| plain(server) == host || (host == "docker.io" && plain(server) == "index.docker.io");
    let (server, entry) = config.get("auths")?.as_object()?.iter().find(|(server, _)| fits(server))?;
    let text = |field: &str| entry.get(field).and_then(Value::as_str).map(str::to_owned);
    let both = text("auth").and_then(|auth| String::from_utf8(base64.decode(auth).ok()?).ok());
    let both = both.and_then(|b| b.split_once(':').map(|(u, p)| (u.to_owned(), p.to_owned())));
    let (username, password) = both.or_else(|| Some((text("username")?, text("password")?)))?;
    Some(Credentials { username, password, server: server.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pull_secrets_by_registry() {
        let base64 = base64::engine::general_purpose::STANDARD;
        let config = json!({"auths": {
            "https://index.docker.io/v1/": {"auth": base64.encode("me:secret")},
            "registry.example:5000": {"username": "u", "password": "p"}}});
        let secret = json!({"data": {".dockerconfigjson": base64.encode(config.to_string())}});
        let found = |reference: &str| from_secret(&secret, registry(reference)).map(|c| (c.username, c.password));
        assert_eq!(found("nginx:latest"), Some(("me".to_owned(), "secret".to_owned())));
        assert_eq!(found("registry.example:5000/a:1"), Some(("u".to_owned(), "p".to_owned())));
        assert_eq!(found("ghcr.io/a/b:1"), None);
    }
}
