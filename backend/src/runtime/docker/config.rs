//! Specs as the engine's create calls.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, ContainerUpdateBody, EndpointIpamConfig, EndpointSettings, HostConfig,
    HostConfigCgroupnsModeEnum, HostConfigLogConfig, Mount as EngineMount, MountBindOptions,
    MountBindOptionsPropagationEnum, MountTmpfsOptions, MountType, NetworkingConfig,
};

use shared::lifecycle::limits::PERIOD;

use super::oom;
use crate::runtime::{ContainerSpec, Labels, Mount, MountSource, NodeSpec, PodSandboxSpec, Resources};

/// What a node's own processes may be, so that a learner's shell cannot exhaust the host's.
const NODE_PIDS: i64 = 4096;
/// A node's shell is root on its own machine, but that machine is a container: only what files and users need.
const NODE_CAPABILITIES: [&str; 9] =
    ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "NET_RAW", "SYS_CHROOT"];

fn labels(labels: &Labels) -> Option<HashMap<String, String>> {
    Some(labels.clone().into_iter().collect())
}

fn some(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

fn log_config() -> Option<HostConfigLogConfig> {
    // As the kubelet rotates: 10 MB a file; two files, since Docker drops the oldest at once.
    let config = HashMap::from([("max-size".to_owned(), "10m".to_owned()), ("max-file".to_owned(), "2".to_owned())]);
    Some(HostConfigLogConfig { typ: Some("json-file".to_owned()), config: Some(config) })
}

fn endpoint(network: &str, ip: Option<std::net::IpAddr>) -> Option<NetworkingConfig> {
    let ipam = ip.map(|ip| EndpointIpamConfig { ipv4_address: Some(ip.to_string()), ..Default::default() });
    let settings = EndpointSettings { ipam_config: ipam, ..Default::default() };
    Some(NetworkingConfig { endpoints_config: Some(HashMap::from([(network.to_owned(), settings)])) })
}

/// A node.
pub fn node(spec: &NodeSpec) -> ContainerCreateBody {
    ContainerCreateBody {
        hostname: Some(spec.hostname.clone()),
        image: Some(spec.image.clone()),
        labels: labels(&spec.labels),
        host_config: Some(HostConfig {
            network_mode: Some(spec.network.clone()),
            cgroup_parent: spec.cgroup_parent.clone(),
            pids_limit: Some(NODE_PIDS),
            cap_drop: Some(vec!["ALL".to_owned()]),
            cap_add: Some(NODE_CAPABILITIES.map(str::to_owned).to_vec()),
            security_opt: Some(vec!["no-new-privileges".to_owned()]),
            init: Some(true),
            log_config: log_config(),
            ..Default::default()
        }),
        networking_config: endpoint(&spec.network, Some(spec.ip)),
        ..Default::default()
    }
}

/// A pod sandbox.
pub fn pod_sandbox(spec: &PodSandboxSpec) -> ContainerCreateBody {
    ContainerCreateBody {
        hostname: Some(spec.hostname.clone()),
        image: Some(spec.image.clone()),
        labels: labels(&spec.labels),
        host_config: Some(HostConfig {
            network_mode: Some(spec.network.clone()),
            ipc_mode: Some("shareable".to_owned()),
            cgroup_parent: spec.cgroup_parent.clone(),
            cap_drop: Some(vec!["ALL".to_owned()]),
            security_opt: Some(vec!["no-new-privileges".to_owned()]),
            readonly_rootfs: Some(true),
            dns: some(&spec.dns.servers),
            dns_search: some(&spec.dns.searches),
            dns_options: some(&spec.dns.options),
            extra_hosts: some(&spec.extra_hosts),
            sysctls: (!spec.sysctls.is_empty()).then(|| spec.sysctls.clone().into_iter().collect()),
            // The kernel's last victim: without it the whole Pod goes.
            oom_score_adj: Some(oom::score(-998)),
            log_config: log_config(),
            ..Default::default()
        }),
        networking_config: endpoint(&spec.network, spec.ip),
        ..Default::default()
    }
}

/// A container in a pod sandbox.
pub fn container(spec: &ContainerSpec) -> ContainerCreateBody {
    let shared = format!("container:{}", spec.pod_sandbox);
    let processes = match &spec.process_target {
        Some(target) => Some(format!("container:{target}")),
        None => spec.share_processes.then(|| shared.clone()),
    };
    let mut security = Vec::new();
    if spec.no_new_privileges {
        security.push("no-new-privileges".to_owned());
    }
    if let Some(profile) = &spec.seccomp {
        security.push(format!("seccomp={profile}"));
    }
    let resources = spec.resources;
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        // An empty list would mean "none"; the engine keeps the image's own where the field is missing. A command
        // without arguments must not get the image's arguments, which the engine does by itself.
        entrypoint: spec.command.clone(),
        cmd: spec.args.clone(),
        env: some(&spec.env),
        working_dir: spec.working_dir.clone(),
        user: spec.user.clone(),
        tty: Some(spec.tty),
        open_stdin: Some(spec.stdin),
        stdin_once: Some(spec.stdin_once),
        stop_signal: spec.stop_signal.clone(),
        labels: labels(&spec.labels),
        host_config: Some(HostConfig {
            network_mode: Some(shared.clone()),
            ipc_mode: Some(shared),
            pid_mode: processes,
            cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE).filter(|_| unified_cgroups()),
            cgroup_parent: spec.cgroup_parent.clone(),
            mounts: Some(spec.mounts.iter().map(mount).collect()),
            cpu_shares: resources.cpu_shares,
            cpu_quota: resources.cpu_quota,
            cpu_period: resources.cpu_quota.map(|_| PERIOD),
            memory: resources.memory,
            memory_swap: resources.memory,
            pids_limit: resources.pids,
            oom_score_adj: resources.oom_score_adj.map(oom::score),
            cap_add: some(&spec.cap_add),
            cap_drop: some(&spec.cap_drop),
            security_opt: some(&security),
            readonly_rootfs: Some(spec.read_only_root),
            group_add: some(&spec.groups),
            log_config: log_config(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Other shares and caps for a running container.
pub fn update(resources: &Resources) -> ContainerUpdateBody {
    ContainerUpdateBody {
        cpu_shares: resources.cpu_shares,
        cpu_quota: resources.cpu_quota,
        cpu_period: resources.cpu_quota.map(|_| PERIOD),
        memory: resources.memory,
        memory_swap: resources.memory,
        pids_limit: resources.pids,
        ..Default::default()
    }
}

/// A cgroup namespace of the container's own needs the unified hierarchy.
fn unified_cgroups() -> bool {
    std::path::Path::new("/sys/fs/cgroup/cgroup.controllers").exists()
}

fn mount(mount: &Mount) -> EngineMount {
    let base =
        EngineMount { target: Some(mount.target.clone()), read_only: Some(mount.read_only), ..Default::default() };
    match &mount.source {
        MountSource::Bind(path) => {
            let propagation =
                mount.propagation.as_deref().and_then(|p| p.parse::<MountBindOptionsPropagationEnum>().ok());
            EngineMount {
                typ: Some(MountType::BIND),
                source: Some(path.clone()),
                bind_options: propagation.map(|p| MountBindOptions { propagation: Some(p), ..Default::default() }),
                ..base
            }
        }
        MountSource::Tmpfs(size) => EngineMount {
            typ: Some(MountType::TMPFS),
            tmpfs_options: Some(MountTmpfsOptions {
                size_bytes: size.and_then(|s| i64::try_from(s).ok()),
                mode: Some(0o1777),
                ..Default::default()
            }),
            ..base
        },
    }
}
