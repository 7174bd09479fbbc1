//! A container registry for the tests of pulls: Debian's, unpacked beside the system and not installed into it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::{apt, process};

const NAME: &str = "docker-registry";

/// The registry's program; fetched where it is not there.
pub fn bring(places: &Places) -> Result<PathBuf> {
    if process::on_path(NAME) {
        return Ok(NAME.into());
    }
    let folder = places.in_cache("registry");
    let program = folder.join("usr/bin").join(NAME);
    if !program.exists() {
        if !process::on_path("apt-get") {
            bail!("{NAME} (the registry of the tests) is missing, and this machine has no apt-get: install it by hand");
        }
        let scratch = places.in_cache("apt-scratch");
        let found = apt::closure(&[NAME], &scratch).or_else(|_| {
            apt::update()?;
            apt::closure(&[NAME], &scratch)
        })?;
        let package: Vec<_> = found.into_iter().filter(|package| package.name == NAME).collect();
        let archives = places.in_cache("debs");
        apt::download(&package, &archives, &scratch)?;
        std::fs::create_dir_all(&folder)?;
        apt::unpack(package.first().context("Debian has no such package")?, &archives, &folder, &[])?;
    }
    Ok(program)
}
