//! Cargo's target folders in the cache serve every clone, one at a time.
//!
//! Cargo names a workspace's own crates by their path *within* the workspace and judges them by the age of their
//! files, so in a shared folder it takes one clone's `shared` for another's. Whoever builds claims the folders first;
//! after another clone's build the workspace's own crates are forgotten, and only they are built again.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

use crate::places::Places;

/// The workspace's packages, as Cargo names their artefacts.
const OWN: [&str; 5] = ["shared", "podground", "frontend", "markup", "xtask"];

/// Held while building; the next one waits for it to be dropped.
pub struct Claim {
    _lock: File,
}

/// Waits for its turn, and makes the target folders this clone's.
pub fn claim(places: &Places) -> Result<Claim> {
    let lock = File::create(places.in_cache("target.lock"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            println!("podground: another task is building with {}; waiting for it", places.cache.display());
            lock.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error).context("could not lock the target folders"),
    }
    let owner = places.in_cache("target.clone");
    let clone = places.root.display().to_string();
    if fs::read_to_string(&owner).unwrap_or_default() != clone {
        for folder in ["target", "target-wasm"] {
            forget(&places.in_cache(folder))?;
        }
        fs::write(owner, clone)?;
    }
    Ok(Claim { _lock: lock })
}

/// Removes what makes Cargo believe that the workspace's own crates are built. Profiles lie one folder deep, or two
/// where there is a target's in between.
fn forget(target: &Path) -> Result<()> {
    for profile in folders(target) {
        for nested in folders(&profile).iter().chain([&profile]) {
            for fingerprint in folders(&nested.join(".fingerprint")) {
                let name = fingerprint.file_name().unwrap_or_default().to_string_lossy();
                if name.rsplit_once('-').is_some_and(|(package, _)| OWN.contains(&package)) {
                    fs::remove_dir_all(&fingerprint)?;
                }
            }
        }
    }
    Ok(())
}

fn folders(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_clone_forgets_the_workspaces_own_crates_alone() {
        let cache = std::env::temp_dir().join(format!("podground-claim-{}", std::process::id()));
        let places = |clone: &str| Places { root: clone.into(), cache: cache.clone() };
        let ours = cache.join("target/release/.fingerprint/shared-0123456789abcdef");
        let page = cache.join("target-wasm/wasm32-unknown-unknown/web/.fingerprint/frontend-0123456789abcdef");
        let others = cache.join("target/release/.fingerprint/shared-buffer-0123456789abcdef");
        fs::create_dir_all(&cache).unwrap();
        drop(claim(&places("/first")).unwrap());
        for folder in [&ours, &page, &others] {
            fs::create_dir_all(folder).unwrap();
        }
        drop(claim(&places("/first")).unwrap());
        assert!(ours.exists() && page.exists() && others.exists());
        drop(claim(&places("/second")).unwrap());
        assert_eq!((ours.exists(), page.exists(), others.exists()), (false, false, true));
        fs::remove_dir_all(cache).unwrap();
    }
}
