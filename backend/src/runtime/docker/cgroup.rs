//! What a container uses, read from its cgroup's own files: the engine takes a second for each measurement.
//!
//! Nothing is found where the engine's cgroups are not this machine's; the engine is asked then.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::now;
use crate::runtime::Stats;

const ROOT: &str = "/sys/fs/cgroup";

/// The cgroups of the containers that have been measured, by id.
#[derive(Clone, Default)]
pub(super) struct Groups(Arc<Mutex<HashMap<String, Group>>>);

impl Groups {
    /// Measures a container whose cgroup is known.
    pub fn read(&self, id: &str) -> Option<Stats> {
        let group = self.lock().get(id)?.clone();
        let stats = group.read();
        if stats.is_none() {
            // It has ended, and its cgroup with it.
            self.forget(id);
        }
        stats
    }

    /// Finds the cgroup of a running container by its first process, and measures it.
    pub fn find(&self, id: &str, pid: i32) -> Option<Stats> {
        let group = Group::of(&std::fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?, id)?;
        let stats = group.read()?;
        self.lock().insert(id.to_owned(), group);
        Some(stats)
    }

    /// Forgets a container.
    pub fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Group>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a container's controllers are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Group {
    /// All in one place.
    Unified(PathBuf),
    /// Each in a hierarchy of its own.
    Separate { cpu: PathBuf, memory: PathBuf, pids: PathBuf },
}

impl Group {
    /// From the text of `/proc/PID/cgroup`, as long as it is about the container with that id.
    fn of(text: &str, id: &str) -> Option<Self> {
        let lines = || text.lines().filter_map(|line| line.splitn(3, ':').skip(1).collect::<Vec<_>>().try_into().ok());
        let place = |controller: &str| {
            let [_, path]: [&str; 2] =
                lines().find(|[names, _]: &[&str; 2]| names.split(',').any(|n| n == controller))?;
            let mount = if controller.is_empty() { PathBuf::from(ROOT) } else { Path::new(ROOT).join(controller) };
            // The engine's process ids may be another machine's.
            path.contains(id).then(|| mount.join(path.trim_start_matches('/')))
        };
        match place("memory") {
            Some(memory) => Some(Self::Separate { cpu: place("cpuacct")?, memory, pids: place("pids")? }),
            None => place("").map(Self::Unified),
        }
    }

    fn read(&self) -> Option<Stats> {
        let text = |dir: &Path, file: &str| std::fs::read_to_string(dir.join(file)).ok();
        let number = |dir: &Path, file: &str| text(dir, file)?.trim().parse::<u64>().ok();
        let field = |dir: &Path, file: &str, name: &str| {
            let text = text(dir, file)?;
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
            value.parse::<u64>().ok()
        };
        let (cpu_nanos, used, inactive, pids) = match self {
            Self::Unified(dir) => (
                field(dir, "cpu.stat", "usage_usec")?.saturating_mul(1000),
                number(dir, "memory.current")?,
                field(dir, "memory.stat", "inactive_file")?,
                number(dir, "pids.current")?,
            ),
            Self::Separate { cpu, memory, pids } => (
                number(cpu, "cpuacct.usage")?,
                number(memory, "memory.usage_in_bytes")?,
                field(memory, "memory.stat", "total_inactive_file")?,
                number(pids, "pids.current")?,
            ),
        };
        Some(Stats { at: now(), cpu_nanos, working_set: used.saturating_sub(inactive), pids })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let path = |text: &str| PathBuf::from(format!("{ROOT}/{text}"));
        let separate = "5:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:pids:/docker/abc\n0::/\n";
        let expected = Group::Separate {
            cpu: path("cpuacct/docker/abc"),
            memory: path("memory/docker/abc"),
            pids: path("pids/docker/abc"),
        };
        assert_eq!(Group::of(separate, "abc"), Some(expected));
        let unified = "0::/system.slice/docker-abc.scope\n";
        assert_eq!(Group::of(unified, "abc"), Some(Group::Unified(path("system.slice/docker-abc.scope"))));
        assert_eq!(Group::of(unified, "def"), None, "another process has that number here");
    }
}
