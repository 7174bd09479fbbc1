//! Plays a script against the state machine and writes down what it does. For tests only.
//!
//! One line a command, `SECOND COMMAND`: `go` lets everything under way succeed; `up` all but
//! starts; `step` only looks; `wake` waits until
//! the time the machine asked for, then `go`; `exit NAME CODE`, `oom NAME`, `fail NAME REASON`, `probe NAME KIND BOOL`,
//! `hook NAME ok|bad`, `delete GRACE`, `novolumes MESSAGE`, `nosandbox`, `lost NAME`, `dead` (the pod sandbox), `restart` (the backend),
//! `image NAME IMAGE`.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;
use serde_json::{Value, json};

use super::*;

struct Story {
    pod: Pod,
    observed: Observed,
    state: State,
    rules: Rules,
    now: Timestamp,
    start: Timestamp,
    pending: Vec<Action>,
    wake: Option<Timestamp>,
    line: Vec<String>,
}

/// Plays `script` for a Pod of `spec` and compares what it wrote down.
#[track_caller]
pub(super) fn check(spec: Value, script: &str, expected: &str) {
    let got = play(spec, script);
    let tidy = |text: &str| text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    assert_eq!(tidy(&got), tidy(expected), "\n--- got\n{got}");
}

pub(super) fn play(spec: Value, script: &str) -> String {
    story(spec, script).1
}

/// The Pod as it is after `script`.
pub(super) fn pod_after(spec: Value, script: &str) -> Pod {
    story(spec, script).0
}

fn story(spec: Value, script: &str) -> (Pod, String) {
    let meta = json!({"name": "p", "namespace": "default", "uid": "u1", "generation": 1});
    let start = Timestamp::from_seconds(1_800_000_000);
    let mut story = Story {
        pod: serde_json::from_value(json!({"metadata": meta, "spec": spec})).unwrap(),
        observed: Observed::default(),
        state: State::default(),
        rules: Rules { host_ips: vec!["10.42.0.2".to_owned()], time_scale: 1.0 },
        now: start,
        start,
        pending: Vec::new(),
        wake: None,
        line: Vec::new(),
    };
    let mut trace = String::new();
    for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        story.now = story.start.plus_micros((words[0].parse::<f64>().unwrap() * 1e6) as i64);
        story.command(&words[1..]);
        let at = (story.now.0 - story.start.0) as f64 / 1e6;
        trace += &format!("{at}s {}: {}\n", words[1..].join(" "), story.line.join(" "));
        trace += &format!("  {}\n", story.summary());
        story.line.clear();
    }
    (story.pod, trace)
}

impl Story {
    fn command(&mut self, words: &[&str]) {
        match words {
            ["go"] => self.go(),
            ["step"] => self.step(),
            ["up"] => {
                self.step();
                while let Some(at) = self.pending.iter().position(|a| !matches!(a, Action::StartContainer { .. })) {
                    let action = self.pending.remove(at);
                    let outcome = self.succeed(action).expect("nothing is final yet");
                    self.absorb(outcome);
                    self.step();
                }
            }
            ["wake"] => {
                self.now = self.wake.expect("it asked to be woken");
                self.go();
            }
            ["exit", name, code] => self.end(name, code.parse().unwrap(), false),
            ["oom", name] => self.end(name, 137, true),
            ["fail", name, reason] => self.fail(name, reason),
            ["probe", name, kind, result] => {
                let id = self.observed.latest(name).unwrap().id.clone();
                let probes = self.observed.probes.entry(id).or_default();
                let result = Some(*result == "true");
                match *kind {
                    "startup" => probes.startup = result,
                    "liveness" => probes.liveness = result,
                    _ => probes.readiness = result,
                }
                self.step();
            }
            ["hook", name, how] => {
                let error = (*how == "bad").then(|| "exit 1".to_owned());
                self.absorb(Outcome::HookDone { name: (*name).to_owned(), error });
                self.go();
            }
            ["resize", name, resource, amount] => {
                let spec = self.pod.spec.as_mut().unwrap();
                let container = spec.containers.iter_mut().find(|c| c.name == *name).unwrap();
                let limits = container.resources.as_mut().unwrap().limits.as_mut().unwrap();
                limits.insert((*resource).to_owned(), Written((*amount).to_owned()));
                self.step();
            }
            ["noresize", message @ ..] => {
                let Some(Action::ResizeContainer { name, id, .. }) = self.pending.pop() else { panic!("it resizes") };
                self.absorb(Outcome::Resized { name, id, result: Err(message.join(" ")) });
                self.step();
            }
            ["evict", message @ ..] => {
                let event = self.state.evict(message.join(" "));
                self.line.extend(event.iter().map(|e| format!("[{}: {}]", e.reason, e.message)));
                self.step();
            }
            ["delete", grace] => {
                self.pod.metadata.deletion_timestamp = Some(time::to_kubernetes(self.now));
                self.pod.metadata.deletion_grace_period_seconds = Some(grace.parse().unwrap());
                self.step();
            }
            ["novolumes", message @ ..] => {
                self.pending.retain(|a| *a != Action::SetUpVolumes);
                self.absorb(Outcome::Volumes(Err(message.join(" "))));
                self.step();
            }
            ["nosandbox"] => {
                self.pending.retain(|a| !matches!(a, Action::StartSandbox { .. }));
                self.absorb(Outcome::Sandbox(Err("no more addresses".to_owned())));
                self.step();
            }
            ["seen", name] => {
                let container = self.container(name, 0, 0, ContainerState::Running { started: self.now });
                self.observed.containers.push(container);
                self.step();
            }
            ["seen", name, code] => {
                let exit = Exit { code: code.parse().unwrap(), finished: self.now, ..Exit::default() };
                let container = self.container(name, 0, 0, ContainerState::Exited(exit));
                self.observed.containers.push(container);
                self.step();
            }
            ["lost", name] => {
                let newest = self.observed.latest(name).unwrap().id.clone();
                self.observed.containers.retain(|c| c.id != newest);
                self.step();
            }
            ["dead"] => {
                self.observed.sandbox.as_mut().unwrap().ready = false;
                self.step();
            }
            ["restart"] => {
                self.state = State::default();
                self.pending.clear();
                self.step();
            }
            ["image", name, image] => {
                let spec = self.pod.spec.as_mut().unwrap();
                spec.containers.iter_mut().find(|c| c.name == *name).unwrap().image = Some((*image).to_owned());
                self.step();
            }
            _ => panic!("unknown command {words:?}"),
        }
    }

    fn step(&mut self) {
        let done = step(&self.pod, &self.observed, self.state.clone(), &self.rules, self.now);
        let again = step(&self.pod, &self.observed, done.state.clone(), &self.rules, self.now);
        assert_eq!(again.actions, [], "a second look issues nothing new");
        self.line.extend(done.actions.iter().map(words));
        self.line.extend(done.events.iter().map(|e| format!("[{}: {}]", e.reason, e.message)));
        self.state = done.state;
        self.wake = done.wake_at;
        self.pending.extend(done.actions);
        self.pod.status = Some(done.status);
    }

    fn go(&mut self) {
        self.step();
        while !self.pending.is_empty() {
            let action = self.pending.remove(0);
            if let Some(outcome) = self.succeed(action) {
                self.absorb(outcome);
            }
            self.step();
        }
    }

    fn absorb(&mut self, outcome: Outcome) {
        absorb(&mut self.state, &mut self.observed, outcome, &self.rules, self.now);
    }

    fn succeed(&mut self, action: Action) -> Option<Outcome> {
        Some(match action {
            Action::SetUpVolumes => Outcome::Volumes(Ok(())),
            Action::StartSandbox { attempt } => {
                let ip = Some("10.42.1.5".to_owned());
                Outcome::Sandbox(Ok(PodSandbox { id: format!("s{attempt}"), attempt, ready: true, ip }))
            }
            Action::StopSandbox { .. } => Outcome::SandboxStopped,
            Action::StartContainer { name, attempt, backoff } => {
                let hook = self.spec_of(&name).is_some_and(|c| c.lifecycle.is_some());
                let state = ContainerState::Running { started: self.now };
                Outcome::Started { container: self.container(&name, attempt, backoff, state), hook }
            }
            Action::StopContainer { name, id, grace } => {
                let code = if grace == 0 { 137 } else { 143 };
                let exit = Exit { code, started: Some(self.now), finished: self.now, ..Exit::default() };
                Outcome::Stopped { name, id, exit: Some(exit) }
            }
            Action::ResizeContainer { name, id, limits } => Outcome::Resized { name, id, result: Ok(limits) },
            Action::RemoveContainer { id } => Outcome::Removed { id },
            Action::TearDown => Outcome::TornDown(Ok(())),
            Action::Finalize => return None,
        })
    }

    fn spec_of(&self, name: &str) -> Option<&k8s_openapi::api::core::v1::Container> {
        let spec = self.pod.spec.as_ref()?;
        spec.containers.iter().chain(spec.init_containers.iter().flatten()).find(|c| c.name == name)
    }

    fn container(&self, name: &str, attempt: u32, backoff: u32, state: ContainerState) -> Container {
        Container {
            id: format!("{name}{attempt}"),
            name: name.to_owned(),
            attempt,
            sandbox: self.observed.sandbox.as_ref().unwrap().id.clone(),
            image: self.spec_of(name).and_then(|c| c.image.clone()).unwrap_or_default(),
            image_id: "sha256:1".to_owned(),
            backoff,
            limits: self.spec_of(name).map(Limits::of).unwrap_or_default(),
            state,
        }
    }

    fn end(&mut self, name: &str, code: i32, oom: bool) {
        let attempt = self.observed.latest(name).unwrap().attempt;
        let container = self.observed.containers.iter_mut().find(|c| c.name == name && c.attempt == attempt).unwrap();
        let started = match container.state {
            ContainerState::Running { started } => Some(started),
            _ => None,
        };
        container.state = ContainerState::Exited(Exit { code, oom, started, finished: self.now, ..Exit::default() });
        self.step();
    }

    fn fail(&mut self, name: &str, reason: &str) {
        let at = self.pending.iter().position(|a| matches!(a, Action::StartContainer { name: n, .. } if n == name));
        let Action::StartContainer { attempt, backoff, .. } = self.pending.remove(at.expect("it is starting")) else {
            return;
        };
        let (reason, container) = match reason {
            "ErrImagePull" => (Reason::ErrImagePull, None),
            "ErrImageNeverPull" => (Reason::ErrImageNeverPull, None),
            "CreateContainerConfigError" => (Reason::CreateContainerConfigError, None),
            "Cancelled" => (Reason::Cancelled, None),
            _ => {
                let exit = Exit {
                    code: 128,
                    reason: Some("StartError".to_owned()),
                    message: Some("no such file".to_owned()),
                    finished: self.now,
                    ..Exit::default()
                };
                let container = self.container(name, attempt, backoff, ContainerState::Exited(exit));
                (Reason::RunContainerError, Some(container))
            }
        };
        let failure = FailedStart { reason, message: "no luck".to_owned(), at: self.now };
        self.absorb(Outcome::StartFailed { name: name.to_owned(), failure, container });
        self.step();
    }

    fn summary(&self) -> String {
        let status = self.pod.status.as_ref().unwrap();
        let containers = [&status.init_container_statuses, &status.container_statuses];
        let containers = containers.into_iter().flatten().flatten().map(|c| {
            let state = c.state.clone().unwrap_or_default();
            let word = match (state.waiting, state.running, state.terminated) {
                (Some(w), ..) => w.reason.unwrap_or_default(),
                (_, Some(_), _) => "Running".to_owned(),
                (.., Some(t)) => format!("{}({})", t.reason.unwrap_or_default(), t.exit_code),
                _ => "?".to_owned(),
            };
            let last = c.last_state.clone().and_then(|l| l.terminated);
            let last = last.map_or(String::new(), |t| format!("<{}", t.reason.unwrap_or_default()));
            let restarts = if c.restart_count > 0 { format!("x{}", c.restart_count) } else { String::new() };
            format!("{}={word}{restarts}{last}{}", c.name, if c.ready { "+" } else { "" })
        });
        let containers: Vec<_> = containers.collect();
        let ready = status.conditions.iter().flatten().find(|c| c.type_ == "Ready");
        let ready = if ready.is_some_and(|c| c.status == "True") { " Ready" } else { "" };
        format!("{}{ready} {}", status.phase.clone().unwrap_or_default(), containers.join(" "))
    }
}

fn words(action: &Action) -> String {
    match action {
        Action::SetUpVolumes => "volumes".to_owned(),
        Action::StartSandbox { attempt } => format!("sandbox#{attempt}"),
        Action::StopSandbox { .. } => "stop-sandbox".to_owned(),
        Action::StartContainer { name, attempt, .. } => format!("start-{name}#{attempt}"),
        Action::StopContainer { id, grace, .. } => format!("stop-{id}({grace}s)"),
        Action::ResizeContainer { id, limits, .. } => {
            let (quota, memory) = (limits.cpu_quota.unwrap_or(0), limits.memory.unwrap_or(0));
            format!("resize-{id}({}/{quota}/{memory})", limits.cpu_shares)
        }
        Action::RemoveContainer { id } => format!("remove-{id}"),
        Action::TearDown => "tear-down".to_owned(),
        Action::Finalize => "finalize".to_owned(),
    }
}
