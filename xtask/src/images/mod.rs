//! The images that nodes, pod sandboxes and the lessons run: pulled where a registry answers, else built here.

mod build;
mod layers;

use std::time::Duration;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::process;
use crate::step::Outcome;

/// How long a registry may take to answer before it counts as not there.
const PATIENCE: Duration = Duration::from_secs(20);
/// What an image built here says of itself: the recipe it was built from.
const RECIPE: &str = "io.podground.recipe";

/// An image that has to be there.
struct Image {
    /// The target in `images/Dockerfile`.
    target: &'static str,
    /// The names it is known by; the first is the one pulled.
    names: &'static [&'static str],
    /// What it is instead, where it is built here under another's name; none for our own.
    stand_in: Option<&'static str>,
}

const IMAGES: &[Image] = &[
    Image { target: "pause", names: &["podground-pause:latest"], stand_in: None },
    Image { target: "node", names: &["podground-node:latest"], stand_in: None },
    Image {
        target: "busybox",
        names: &["busybox:latest", "registry.k8s.io/busybox:latest", "k8s.gcr.io/busybox:latest"],
        stand_in: Some("Debian's busybox-static under the name busybox"),
    },
    Image { target: "nginx", names: &["nginx:latest"], stand_in: Some("Debian's nginx under the name nginx") },
    Image {
        target: "curl",
        names: &["curlimages/curl:latest"],
        stand_in: Some("Debian's curl under the name curlimages/curl"),
    },
    Image { target: "git", names: &["alpine/git:latest"], stand_in: Some("Debian's git under the name alpine/git") },
    Image { target: "python", names: &["python:3.7"], stand_in: Some("Debian's Python 3 under the name python:3.7") },
];

/// Brings all of them.
pub fn bring(places: &Places) -> Result<Outcome> {
    let recipe = layers::recipe(places)?;
    let missing: Vec<&Image> = IMAGES.iter().filter(|image| !present(image, &recipe)).collect();
    if missing.is_empty() {
        return Ok(Outcome::Reused(format!("{} images", IMAGES.len())));
    }
    let mut pulled = Vec::new();
    let mut registry = true;
    let mut to_build = Vec::new();
    for image in missing {
        // Asked once: where the first pull fails for want of a registry, the others would only wait as long.
        if image.stand_in.is_some() && registry {
            match pull(image) {
                Ok(()) => {
                    pulled.push(image.names[0]);
                    continue;
                }
                Err(_) => registry = false,
            }
        }
        to_build.push(image);
    }
    if !to_build.is_empty() {
        layers::make(places)?;
        for image in &to_build {
            build::build(places, image.target, image.names, image.stand_in, (RECIPE, &recipe))
                .with_context(|| format!("could not build the image {}", image.names[0]))?;
        }
    }
    // Those that lost their name to a new one and that no container uses.
    let filter = format!("label={RECIPE}");
    let _ = process::run(process::command("docker").args(["image", "prune", "-f", "--filter", &filter]));
    let built: Vec<&str> = to_build.iter().map(|image| image.names[0]).collect();
    Ok(Outcome::Done(match pulled.is_empty() {
        true if built.iter().any(|name| !name.starts_with("podground-")) => {
            format!("no registry answers; built from Debian packages: {}", built.join(", "))
        }
        true => format!("built {}", built.join(", ")),
        false => format!("pulled {}; built {}", pulled.join(", "), built.join(", ")),
    }))
}

/// Whether it is there: built here from the present recipe, or, for others' names, whatever the owner of this machine
/// put there.
fn present(image: &Image, recipe: &str) -> bool {
    let format = format!("{{{{index .Config.Labels \"{RECIPE}\"}}}}");
    image.names.iter().all(|name| {
        let answer = process::output(process::command("docker").args(["image", "inspect", "-f", &format, name]));
        answer.is_ok_and(|text| {
            // An image that we did not build has no recipe.
            text.trim() == recipe || (image.stand_in.is_some() && ["", "<no value>"].contains(&text.trim()))
        })
    })
}

fn pull(image: &Image) -> Result<()> {
    process::output_within(process::command("docker").args(["pull", "-q", image.names[0]]), PATIENCE)?;
    for name in &image.names[1..] {
        process::run(process::command("docker").args(["tag", image.names[0], name]))?;
    }
    Ok(())
}
