//! A Pod's volumes on its node: made, kept up to date, bound into containers, taken away.
//!
//! Everything that is bound into a container is below the Pod's own directory: what a hostPath means is resolved in
//! the node by [`safe_bind`] and never by the engine.

mod mounts;
mod payload;
pub mod projection;
mod safe_bind;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use k8s_openapi::api::core::v1::{Container, Pod, Volume};
use shared::api::Quantity;

use super::env::{self, Place};
use super::executor::Context;
use super::expand::expand;
use super::pod_dir::PodDir;
use super::{identity, names, now};
use crate::runtime::{Mount, MountSource, RunState};

fn volumes(pod: &Pod) -> &[Volume] {
    pod.spec.as_ref().and_then(|s| s.volumes.as_deref()).unwrap_or_default()
}

/// Whether a ConfigMap or Secret is part of the Pod: of its volumes or its environment.
pub(super) fn refers_to(pod: &Pod, secret: bool, name: &str) -> bool {
    let spec = pod.spec.as_ref();
    let containers = spec.into_iter().flat_map(|s| s.containers.iter().chain(s.init_containers.iter().flatten()));
    let mut all = containers.map(env::references).chain(std::iter::once(projection::references(pod)));
    all.any(|(maps, secrets)| if secret { secrets.contains(name) } else { maps.contains(name) })
}

/// Makes the Pod's directory and volumes; those that are there stay.
///
/// # Errors
/// `MountVolume.SetUp failed for volume "v" : …`
pub(super) async fn set_up(context: &Context) -> Result<(), String> {
    let of_node = volumes(&context.pod).iter().any(|v| v.host_path.is_some());
    let pid = if of_node { node_pid(context).await? } else { 0 };
    let payloads = payloads(context).await?;
    let (pod, dir) = (context.pod.clone(), context.dir.clone());
    off_the_loop(move || {
        std::fs::create_dir_all(dir.path()).map_err(|e| format!("making {}: {e}", dir.path().display()))?;
        let mounted = if of_node { mounts::below(dir.path())? } else { Vec::new() };
        for volume in volumes(&pod) {
            let target = dir.volume(&volume.name);
            let failed = |e: String| format!("MountVolume.SetUp failed for volume \"{}\" : {e}", volume.name);
            if let Some(host_path) = &volume.host_path {
                if !mounted.contains(&target) {
                    let kind = host_path.type_.as_deref().unwrap_or_default();
                    safe_bind::bind_of_node(pid, &host_path.path, kind, &target).map_err(failed)?;
                }
            } else if let Some(empty) = &volume.empty_dir {
                let limit = empty.size_limit.as_ref().and_then(|q| Quantity::parse(&q.0).ok()).map(Quantity::value);
                empty_dir(&target, empty.medium.as_deref() == Some("Memory"), limit).map_err(failed)?;
                own(&target, projection::pod_group(&pod)).map_err(failed)?;
            } else if let Some(files) = payloads.get(&volume.name) {
                if projection::is_secret(volume) {
                    mounts::tmpfs(&target, None, 0o755).map_err(failed)?;
                }
                let group = projection::pod_group(&pod);
                payload::write(&target, files, group, now()).map_err(|e| failed(e.to_string()))?;
            } else {
                return Err(failed("this kind of volume is not available here".to_owned()));
            }
        }
        Ok(())
    })
    .await
}

/// Writes what has changed of the Pod's ConfigMaps, Secrets and own fields into its running containers' volumes.
pub(super) async fn refresh(context: &Context) {
    let payloads = match payloads(context).await {
        Ok(payloads) => payloads,
        // What is there stays, as the kubelet leaves it.
        Err(message) => return tracing::debug!(message, "a volume could not be brought up to date"),
    };
    let (dir, group) = (context.dir.clone(), projection::pod_group(&context.pod));
    let done = off_the_loop(move || {
        for (name, files) in payloads {
            let target = dir.volume(&name);
            if target.exists() {
                payload::write(&target, &files, group, now()).map_err(|e| format!("{name}: {e}"))?;
            }
        }
        Ok(())
    });
    if let Err(message) = done.await {
        tracing::warn!(message, "a volume could not be brought up to date");
    }
}

/// Takes everything of the Pod's away.
///
/// # Errors
/// What is still there.
pub(super) async fn tear_down(context: &Context) -> Result<(), String> {
    let dir = context.dir.clone();
    off_the_loop(move || mounts::clear(dir.path())).await
}

/// Takes away what all nodes of a sandbox that is removed have mounted and kept for its Pods.
///
/// # Errors
/// What is still there.
pub async fn forget_sandbox(data_dir: &Path, sandbox: &str) -> Result<(), String> {
    clear_directory(PodDir::of_sandbox(data_dir, sandbox)).await
}

/// Unmounts all below a directory of a server that has ended, and removes it.
///
/// # Errors
/// What is still there.
pub async fn clear_directory(directory: std::path::PathBuf) -> Result<(), String> {
    off_the_loop(move || mounts::clear(&directory)).await
}

/// Takes away the directories of Pods that are no longer there.
pub(super) async fn clear_others(of_node: std::path::PathBuf, keep: std::collections::HashSet<String>) {
    let done = off_the_loop(move || {
        for entry in std::fs::read_dir(&of_node).into_iter().flatten().flatten() {
            if !keep.contains(entry.file_name().to_string_lossy().as_ref()) {
                mounts::clear(&entry.path())?;
            }
        }
        Ok(())
    });
    if let Err(message) = done.await {
        tracing::warn!(message, "what a former Pod left could not be removed");
    }
}

/// Takes away all mounts below a node's directory, files stay: memory and the machine's own file system go with it.
pub(super) async fn unmount(of_node: std::path::PathBuf) {
    if let Err(message) = off_the_loop(move || mounts::detach(&of_node)).await {
        tracing::warn!(message, "what was mounted on the node could not be unmounted");
    }
}

/// A container's mounts: its volumes, `/etc/hosts`, its termination message.
///
/// # Errors
/// The kubelet's message for `CreateContainerConfigError`.
pub(super) async fn mounts(
    context: &Context,
    container: &Container,
    attempt: u32,
    variables: &[(String, String)],
) -> Result<Vec<Mount>, String> {
    let (context, container, variables) = (context.clone(), container.clone(), variables.to_vec());
    off_the_loop(move || {
        let (pod, dir) = (&context.pod, &context.dir);
        let mut out = Vec::new();
        for (index, mount) in container.volume_mounts.iter().flatten().enumerate() {
            let volume = volumes(pod).iter().find(|v| v.name == mount.name);
            let volume = volume.ok_or_else(|| format!("no volume {} in the Pod", mount.name))?;
            let lookup = |name: &str| variables.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
            let expression = mount.sub_path_expr.as_deref().filter(|s| !s.is_empty()).map(|s| expand(s, lookup));
            let sub_path = expression.or_else(|| mount.sub_path.clone().filter(|s| !s.is_empty()));
            let mut source = dir.volume(&mount.name);
            if let Some(sub_path) = sub_path {
                let target = dir.sub_path(&container.name, index);
                if mounts::below(&target)?.is_empty() {
                    safe_bind::bind_sub_path(&source, &sub_path, &target).map_err(|e| {
                        format!(
                            "failed to prepare subPath for volumeMount \"{}\" of container \"{}\": {e}",
                            mount.name, container.name
                        )
                    })?;
                }
                source = target;
            }
            let read_only = mount.read_only == Some(true) || projection::is_projection(volume);
            let propagation = match mount.mount_propagation.as_deref() {
                Some("HostToContainer") => Some("rslave".to_owned()),
                _ => None,
            };
            out.push(Mount { propagation, ..bind(&source, &mount.mount_path, read_only) });
        }
        let has = |out: &[Mount], path: &str| out.iter().any(|m| m.target.trim_end_matches('/') == path);
        if !has(&out, "/etc/hosts")
            && let Some(ip) = context.ip()
        {
            std::fs::write(dir.hosts(), names::hosts(pod, ip, context.node.config.api_server.map(|a| a.ip())))
                .map_err(|e| format!("writing /etc/hosts: {e}"))?;
            out.push(bind(&dir.hosts(), "/etc/hosts", false));
        }
        if !has(&out, "/etc/hostname") {
            std::fs::write(dir.hostname(), names::hostname(pod) + "\n")
                .map_err(|e| format!("writing /etc/hostname: {e}"))?;
            out.push(bind(&dir.hostname(), "/etc/hostname", false));
        }
        if !has(&out, "/etc/resolv.conf")
            && let Some(text) = names::resolv_conf(pod)
        {
            std::fs::write(dir.resolv_conf(), text).map_err(|e| format!("writing /etc/resolv.conf: {e}"))?;
            out.push(bind(&dir.resolv_conf(), "/etc/resolv.conf", false));
        }
        let path = container.termination_message_path.as_deref().unwrap_or("/dev/termination-log");
        if !path.is_empty() && !has(&out, path) {
            let file = dir.message(&container.name, attempt);
            message_file(&file).map_err(|e| format!("making the termination message: {e}"))?;
            out.push(bind(&file, path, false));
        }
        Ok(out)
    })
    .await
}

fn bind(source: &Path, target: &str, read_only: bool) -> Mount {
    let source = MountSource::Bind(source.to_string_lossy().into_owned());
    Mount { source, target: target.to_owned(), read_only, propagation: None }
}

fn message_file(file: &Path) -> std::io::Result<()> {
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::File::create(file)?;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o666))
}

fn empty_dir(target: &Path, memory: bool, limit: Option<i64>) -> Result<(), String> {
    if memory {
        return mounts::tmpfs(target, limit, 0o777);
    }
    std::fs::create_dir_all(target).map_err(|e| e.to_string())?;
    std::fs::set_permissions(target, std::fs::Permissions::from_mode(0o777)).map_err(|e| e.to_string())
}

/// `fsGroup`: the volume belongs to the group, and so does what is made in it.
fn own(target: &Path, group: Option<u32>) -> Result<(), String> {
    let Some(group) = group else { return Ok(()) };
    std::os::unix::fs::chown(target, None, Some(group)).map_err(|e| e.to_string())?;
    std::fs::set_permissions(target, std::fs::Permissions::from_mode(0o2777)).map_err(|e| e.to_string())
}

/// The files of all volumes that are written.
async fn payloads(context: &Context) -> Result<BTreeMap<String, payload::Payload>, String> {
    let pod = &context.pod;
    let written: Vec<_> = volumes(pod).iter().filter(|v| projection::is_projection(v)).collect();
    if written.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (_, _, namespace) = identity(pod);
    let node = &context.node;
    let sources = node.api.sources(namespace, &projection::references(pod));
    let mut tokens = BTreeMap::new();
    for request in projection::tokens(pod) {
        let token = node.api.token(pod, &request).await?;
        tokens.insert(request, token);
    }
    let host_ip = node.config.ip.to_string();
    let place = Place { ip: context.ip(), host_ip: &host_ip, allocatable: node.allocatable() };
    let mut out = BTreeMap::new();
    for volume in written {
        let files = projection::files(pod, volume, &sources, &tokens, place)
            .map_err(|e| format!("MountVolume.SetUp failed for volume \"{}\" : {e}", volume.name))?;
        out.insert(volume.name.clone(), files);
    }
    Ok(out)
}

async fn node_pid(context: &Context) -> Result<i64, String> {
    let config = &context.node.config;
    match context.node.runtime().inspect(&config.container_id).await {
        Ok(Some(found)) => match found.state {
            RunState::Running { pid, .. } if pid > 0 => Ok(i64::from(pid)),
            _ => Err(format!("node {} does not run", config.name)),
        },
        Ok(None) => Err(format!("node {} is gone", config.name)),
        Err(error) => Err(error.to_string()),
    }
}

/// File work that may block.
async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())?
}
