//! A node's cgroup: everything that runs on the node lives below it, so that the node's capacity is real.
//!
//! With systemd as the engine's cgroup driver the parent must be a slice, whose limits only systemd may set: the
//! Pods are then grouped, but the node's total is enforced by the scheduler's bookkeeping alone.

use std::path::{Path, PathBuf};

use anyhow::Context;

const ROOT: &str = "/sys/fs/cgroup";

/// The parent that containers of a node name, in the form the engine's driver wants.
pub fn parent(driver: &str, instance: &str, sandbox: &str, node: &str) -> String {
    match driver {
        // In slice names a dash means "child of": the names' own dashes must not.
        "systemd" => format!("podground-{instance}_{}_{}.slice", sandbox.replace('-', "_"), node.replace('-', "_")),
        _ => format!("/podground/{instance}/{sandbox}/{node}"),
    }
}

/// Makes the cgroup and caps it. Caps are whole numbers of thousandths of a CPU, and bytes.
///
/// # Errors
/// When the cgroup file system is not writable here, or the engine is elsewhere.
pub fn cap(parent: &str, milli_cpu: i64, memory: i64) -> anyhow::Result<()> {
    if parent.ends_with(".slice") {
        anyhow::bail!("the engine's cgroups belong to systemd");
    }
    let relative = parent.trim_start_matches('/');
    if Path::new(ROOT).join("cgroup.controllers").exists() {
        let cgroup = Path::new(ROOT).join(relative);
        make_unified(&cgroup)?;
        write(&cgroup.join("memory.max"), &memory.to_string())?;
        return write(&cgroup.join("cpu.max"), &format!("{} 100000", milli_cpu * 100));
    }
    let memory_group = Path::new(ROOT).join("memory").join(relative);
    std::fs::create_dir_all(&memory_group)?;
    // Sums over children only when hierarchical; the kernel refuses the write where it is so already.
    let _ = std::fs::write(memory_group.join("memory.use_hierarchy"), "1");
    write(&memory_group.join("memory.limit_in_bytes"), &memory.to_string())?;
    let cpu_group = Path::new(ROOT).join("cpu").join(relative);
    std::fs::create_dir_all(&cpu_group)?;
    write(&cpu_group.join("cpu.cfs_quota_us"), &(milli_cpu * 100).to_string())
}

/// Removes the cgroups of a node that has no containers left. What is still busy stays.
pub fn remove(parent: &str) {
    let relative = parent.trim_start_matches('/');
    let roots = std::fs::read_dir(ROOT).into_iter().flatten().flatten().map(|e| e.path());
    for root in roots.chain([PathBuf::from(ROOT)]) {
        let mut group = root.join(relative);
        // The node's, then the sandbox's and the installation's, as far as they are empty.
        for _ in 0..3 {
            if std::fs::remove_dir(&group).is_err() || !group.pop() {
                break;
            }
        }
    }
}

/// In the unified hierarchy a controller must be handed down at every level.
fn make_unified(cgroup: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(cgroup).with_context(|| format!("making {}", cgroup.display()))?;
    let above: Vec<&Path> = cgroup.ancestors().skip(1).take_while(|p| p.starts_with(ROOT)).collect();
    for group in above.into_iter().rev() {
        write(&group.join("cgroup.subtree_control"), "+cpu +memory +pids")?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("writing {text} to {}", file.display()))
}
