//! Who goes first when memory runs out, as far as this machine lets us say, and who has gone.

use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::LazyLock;

use rustix::fs::OFlags;

/// `CAP_SYS_RESOURCE`: without it nobody may protect a process better than themselves.
const SYS_RESOURCE: u32 = 24;

static LOWEST: LazyLock<i64> = LazyLock::new(lowest);

/// The score that may be asked for: the engine refuses to start what asks for less than it is allowed to give.
pub fn score(wanted: i64) -> i64 {
    wanted.max(*LOWEST)
}

/// The engine's rights are taken to be this process's: on a machine that may not, neither may.
fn lowest() -> i64 {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let status = read("/proc/self/status");
    let capabilities = status.lines().find_map(|l| l.strip_prefix("CapEff:")).unwrap_or_default();
    let capabilities = u64::from_str_radix(capabilities.trim(), 16).unwrap_or(u64::MAX);
    if capabilities & (1 << SYS_RESOURCE) != 0 {
        return -1000;
    }
    read("/proc/self/oom_score_adj").trim().parse().unwrap_or(0)
}

/// Whether the kernel says that it killed a process of the container for want of memory. On a busy machine the engine
/// may not hear of it: the news come from the container's cgroup, which ends with the container. `false` also where
/// the kernel's log cannot be read.
pub fn killed(id: &str) -> bool {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let Ok(mut log) = std::fs::OpenOptions::new().read(true).custom_flags(flags).open("/dev/kmsg") else {
        return false;
    };
    let mut record = [0; 8192];
    loop {
        match log.read(&mut record) {
            Ok(0) => return false,
            Ok(length) if tells_of(&String::from_utf8_lossy(&record[..length]), id) => return true,
            Ok(_) => {}
            // Overwritten before we came to it.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::PIPE.raw_os_error()) => {}
            Err(_) => return false,
        }
    }
}

/// Whether a record of the kernel's log is about a process of the container (`mm/oom_kill.c: dump_oom_summary`).
fn tells_of(record: &str, id: &str) -> bool {
    let group = record.split_once("oom-kill:").and_then(|(_, facts)| facts.split_once("task_memcg="));
    group.is_some_and(|(_, group)| group.split(',').next().is_some_and(|group| group.contains(id)))
}

#[cfg(test)]
mod tests {
    use super::tells_of;

    #[test]
    fn the_kernels_words() {
        let record = "6,91,16,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=a,mems_allowed=0,\
            oom_memcg=/pods/node,task_memcg=/pods/node/abc,task=sh,pid=4470,uid=0";
        assert!(tells_of(record, "abc"));
        assert!(!tells_of(record, "sh"), "only the group counts");
        assert!(!tells_of("3,92,16,-;Memory cgroup out of memory: Killed process 1 (abc)", "abc"));
    }
}
