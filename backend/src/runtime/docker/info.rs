//! The engine's answers in our terms.

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum, SystemInfo};
use shared::api::Timestamp;

use crate::runtime::{ContainerInfo, EngineInfo, Resources, RunState};

/// The engine itself.
pub fn engine(found: SystemInfo) -> EngineInfo {
    let architecture = found.architecture.unwrap_or_default();
    EngineInfo {
        version: found.server_version.unwrap_or_default(),
        cgroup_driver: found.cgroup_driver.map(|d| d.to_string()).unwrap_or_default(),
        kernel: found.kernel_version.unwrap_or_default(),
        architecture: match architecture.as_str() {
            "x86_64" => "amd64".to_owned(),
            "aarch64" => "arm64".to_owned(),
            _ => architecture,
        },
        os: found.operating_system.unwrap_or_default(),
        cpus: found.ncpu.unwrap_or_default(),
        memory: found.mem_total.unwrap_or_default(),
    }
}

/// A container. Docker writes the year 1 where something has not happened.
pub fn container(found: ContainerInspectResponse) -> ContainerInfo {
    let config = found.config.unwrap_or_default();
    let state = found.state.unwrap_or_default();
    let host = found.host_config.unwrap_or_default();
    let time = |text: Option<String>| text.and_then(|t| Timestamp::parse(&t)).filter(|t| t.0 > 0);
    let (started, finished) = (time(state.started_at), time(state.finished_at));
    let networks = found.network_settings.and_then(|s| s.networks).unwrap_or_default();
    let ip = networks.into_values().filter_map(|n| n.ip_address).find(|ip| !ip.is_empty());
    let created = found.created.map(|c| c.to_string()).and_then(|c| Timestamp::parse(&c)).unwrap_or_default();
    let state = match (state.status, started) {
        (Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::PAUSED), Some(started)) => {
            RunState::Running { started, pid: state.pid.and_then(|p| i32::try_from(p).ok()).unwrap_or_default() }
        }
        // One that could not be started is "created" too, but with an exit code and an error.
        (Some(ContainerStateStatusEnum::CREATED), _) if state.exit_code.unwrap_or_default() == 0 => RunState::Created,
        _ => RunState::Exited {
            started,
            // The engine notes a start when it hears of it: one that ended at once has ended before, by its clock.
            finished: finished.max(started).unwrap_or(created),
            exit_code: state.exit_code.and_then(|c| i32::try_from(c).ok()).unwrap_or_default(),
            oom_killed: state.oom_killed.unwrap_or_default(),
            error: state.error.unwrap_or_default(),
        },
    };
    ContainerInfo {
        id: found.id.unwrap_or_default(),
        name: found.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        image: config.image.unwrap_or_default(),
        image_id: found.image.unwrap_or_default(),
        created,
        resources: Resources {
            cpu_shares: host.cpu_shares.filter(|n| *n > 0),
            cpu_quota: host.cpu_quota.filter(|n| *n > 0),
            memory: host.memory.filter(|n| *n > 0),
            pids: host.pids_limit.filter(|n| *n > 0),
            oom_score_adj: host.oom_score_adj,
        },
        state,
        ip,
        tty: config.tty.unwrap_or_default(),
    }
}
