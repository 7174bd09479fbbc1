//! Who goes first when memory runs out, as far as this machine lets us say.

use std::sync::LazyLock;

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
