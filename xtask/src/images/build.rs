//! Building one image of `images/Dockerfile`.

use anyhow::Result;

use super::layers;
use crate::places::Places;
use crate::process;

/// Builds a target under its names, with labels that say what it is.
pub fn build(
    places: &Places,
    target: &str,
    names: &[&str],
    stand_in: Option<&str>,
    (label, recipe): (&str, &str),
) -> Result<()> {
    let mut command = process::command("docker");
    // The classic builder everywhere: it needs no plugin, and these builds have no step that could run.
    command.env("DOCKER_BUILDKIT", "0").args(["build", "-q", "--target", target]);
    command.args(["--label", &format!("{label}={recipe}")]);
    if let Some(what) = stand_in {
        command.args(["--label", &format!("io.podground.stand-in={what}")]);
    }
    for name in names {
        command.args(["-t", name]);
    }
    process::run(command.arg(layers::context(places)))
}
