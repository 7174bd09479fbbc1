//! The cases. Scripts are of the few words that the fake's shell knows.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use podground::runtime::{
    EventKind, ExecSpec, LogOptions, Output, Resources, RunState, Runtime, RuntimeError, Session, labels,
};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::ground::Ground;

/// Nothing here takes longer, on a busy machine either.
const LIMIT: Duration = Duration::from_secs(30);

fn words(command: &[&str]) -> Vec<String> {
    command.iter().map(|w| (*w).to_owned()).collect()
}

async fn printed(session: &mut Session) -> (String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    while let Some(piece) = timeout(LIMIT, session.output.next()).await.expect("output ends") {
        match piece.unwrap() {
            Output::Stdout(bytes) => out.extend_from_slice(&bytes),
            Output::Stderr(bytes) => err.extend_from_slice(&bytes),
        }
    }
    (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

pub async fn tells_of_itself_and_its_images(runtime: &dyn Runtime) {
    let info = runtime.info().await.unwrap();
    assert!(!info.version.is_empty() && info.cpus > 0 && info.memory > 0, "{info:?}");
    let image = runtime.image("busybox").await.unwrap().expect("busybox is there");
    assert!(image.id.starts_with("sha256:"), "{image:?}");
    assert!(image.tags.contains(&"busybox:latest".to_owned()), "{image:?}");
    assert_eq!(runtime.image("podground-contract-no-such-image").await.unwrap(), None);
    assert!(runtime.images().await.unwrap().iter().any(|i| i.id == image.id));
}

pub async fn runs_to_its_end(ground: &Ground) {
    let runtime = &ground.runtime;
    let pod = runtime.inspect(&ground.pod).await.unwrap().unwrap();
    assert_eq!(pod.ip, Some(ground.ip.to_string()));
    assert!(matches!(pod.state, RunState::Running { pid: 1.., .. }), "{pod:?}");

    let id = runtime.create_container(&ground.spec("ends", "echo out; echo err >&2; exit 3")).await.unwrap();
    let made = runtime.inspect(&id).await.unwrap().unwrap();
    assert_eq!(
        (made.state, made.name.as_str(), made.image.as_str()),
        (RunState::Created, &*format!("{}-ends", ground.name), "busybox")
    );
    runtime.start_container(&id).await.unwrap();
    let info = ground.ended(&id).await;
    let RunState::Exited { started: Some(started), finished, exit_code: 3, oom_killed: false, error } = &info.state
    else {
        panic!("{info:?}");
    };
    assert!(finished >= started && error.is_empty());
    assert_eq!(info.labels.get(labels::ROLE).map(String::as_str), Some("container"));
    let mut listed = runtime.list(&ground.labels).await.unwrap();
    listed.retain(|c| c.id != ground.pod);
    assert_eq!(listed, [info]);

    runtime.remove(&id).await.unwrap();
    runtime.remove(&id).await.expect("removing twice is no error");
    runtime.kill(&id, "SIGKILL").await.expect("killing what is gone is no error");
    assert_eq!(runtime.inspect(&id).await.unwrap(), None);
}

pub async fn cannot_be_made(ground: &Ground) {
    let mut spec = ground.spec("missing", "exit 0");
    spec.image = "podground-contract-no-such-image".to_owned();
    let error = ground.runtime.create_container(&spec).await.unwrap_err();
    assert!(matches!(error, RuntimeError::NotFound(_)), "{error:?}");
    let spec = ground.spec("twice", "exit 0");
    let id = ground.runtime.create_container(&spec).await.unwrap();
    let error = ground.runtime.create_container(&spec).await.unwrap_err();
    assert!(matches!(error, RuntimeError::Conflict(_)), "{error:?}");
    ground.runtime.remove(&id).await.unwrap();
}

pub async fn cannot_be_started(ground: &Ground) {
    let mut spec = ground.spec("nothing", "");
    spec.command = Some(words(&["/no/such/command"]));
    let id = ground.runtime.create_container(&spec).await.unwrap();
    ground.runtime.start_container(&id).await.unwrap_err();
    let info = ground.ended(&id).await;
    let RunState::Exited { started: None, exit_code: 127, error, .. } = &info.state else { panic!("{info:?}") };
    assert!(error.contains("no such file or directory"), "{error}");
    ground.runtime.remove(&id).await.unwrap();
}

pub async fn has_a_host_name(ground: &Ground) {
    let runtime = &ground.runtime;
    assert_eq!(runtime.hostname(&ground.pod).await.unwrap(), "contract");
    let id = ground.run("unnamed", "sleep 1000").await;
    assert_eq!(runtime.hostname(&id).await.unwrap(), "contract", "the pod sandbox's");
    runtime.remove(&id).await.unwrap();
    let id = runtime.create_container(&ground.spec("named", "sleep 1000")).await.unwrap();
    let error = runtime.hostname(&id).await.unwrap_err();
    assert!(matches!(error, RuntimeError::Conflict(_)), "it does not run: {error:?}");
    runtime.start_container_as(&id, "other").await.unwrap();
    assert_eq!(runtime.hostname(&id).await.unwrap(), "other");
    assert_eq!(runtime.hostname(&ground.pod).await.unwrap(), "contract");
    runtime.set_hostname(&id, "third").await.unwrap();
    assert_eq!(runtime.hostname(&id).await.unwrap(), "third");
    runtime.remove(&id).await.unwrap();
    let mut spec = ground.spec("nothing-named", "");
    spec.command = Some(words(&["/no/such/command"]));
    let id = runtime.create_container(&spec).await.unwrap();
    let error = runtime.start_container_as(&id, "other").await.unwrap_err();
    assert!(!matches!(error, RuntimeError::Hostname(_)), "the engine's own error: {error:?}");
    let info = ground.ended(&id).await;
    assert!(matches!(info.state, RunState::Exited { started: None, exit_code: 127, .. }), "{info:?}");
    runtime.remove(&id).await.unwrap();
}

pub async fn ends_by_signal(ground: &Ground) {
    // Process 1 has no default actions, so SIGTERM ends only who asked for it.
    for (name, script, signal, expected) in
        [("kill", "sleep 1000", "SIGKILL", 137), ("term", "trap 'exit 7' TERM; sleep 1000 & wait", "SIGTERM", 7)]
    {
        let id = ground.run(name, script).await;
        // The shell has to have come as far as its trap.
        tokio::time::sleep(Duration::from_millis(500)).await;
        ground.runtime.kill(&id, signal).await.unwrap();
        let info = ground.ended(&id).await;
        assert!(
            matches!(info.state, RunState::Exited { exit_code, .. } if exit_code == expected),
            "{script}: {info:?}"
        );
        ground.runtime.kill(&id, signal).await.expect("killing what has ended is no error");
        ground.runtime.remove(&id).await.unwrap();
    }
    let id = ground.run("running", "sleep 1000").await;
    ground.runtime.remove(&id).await.expect("what runs is killed first");
}

pub async fn logs_are_cut_and_followed(ground: &Ground) {
    let id = ground.run("logs", "echo one; echo two >&2; sleep 2; echo three").await;
    let read = async |options: LogOptions| {
        let lines = ground.runtime.logs(&id, &options).await.unwrap();
        let lines: Vec<_> = timeout(LIMIT, lines.map(Result::unwrap).collect()).await.expect("the log ends");
        lines
    };
    let texts = |lines: &[podground::runtime::LogLine]| {
        lines.iter().map(|l| (l.stderr, String::from_utf8(l.bytes.to_vec()).unwrap())).collect::<Vec<_>>()
    };
    let line = |stderr: bool, text: &str| (stderr, format!("{text}\n"));
    let followed = read(LogOptions { follow: true, ..LogOptions::default() }).await;
    let mut sorted = texts(&followed);
    sorted.sort();
    assert_eq!(sorted, [line(false, "one"), line(false, "three"), line(true, "two")]);
    assert!(followed.iter().all(|l| shared::api::Timestamp::parse(&l.time).is_some()), "{followed:?}");
    let last = read(LogOptions { tail: Some(1), ..LogOptions::default() }).await;
    assert_eq!(texts(&last), [line(false, "three")]);
    let since = shared::api::Timestamp::parse(&last[0].time);
    assert_eq!(texts(&read(LogOptions { since, ..LogOptions::default() }).await), [line(false, "three")]);
    ground.runtime.remove(&id).await.unwrap();
    let gone = ground.runtime.logs(&id, &LogOptions::default()).await.err();
    assert!(matches!(gone, Some(RuntimeError::NotFound(_))), "{gone:?}");
}

pub async fn exec_ends_with_its_code(ground: &Ground) {
    let id = ground.run("exec", "sleep 1000").await;
    let spec = ExecSpec::new(&words(&["sh", "-c", "echo out; echo err >&2; exit 3"]));
    let mut session = ground.runtime.exec(&id, &spec).await.unwrap();
    assert_eq!(printed(&mut session).await, ("out\n".to_owned(), "err\n".to_owned()));
    assert_eq!(session.control.wait().await.unwrap().code, 3);
    let captured = ground.runtime.exec_capture(&id, &words(&["cat"]), Bytes::from_static(b"given")).await.unwrap();
    assert_eq!((captured.stdout.as_slice(), captured.exit_code), (&b"given"[..], 0));
    ground.runtime.kill(&id, "SIGKILL").await.unwrap();
    ground.ended(&id).await;
    let error = ground.runtime.exec(&id, &spec).await.err();
    assert!(matches!(error, Some(RuntimeError::Conflict(_))), "{error:?}");
    ground.runtime.remove(&id).await.unwrap();
    let error = ground.runtime.exec(&id, &spec).await.err();
    assert!(matches!(error, Some(RuntimeError::NotFound(_))), "{error:?}");
}

pub async fn exec_has_input_and_a_terminal(ground: &Ground) {
    let id = ground.run("input", "sleep 1000").await;
    let spec = ExecSpec { stdin: true, ..ExecSpec::new(&words(&["cat"])) };
    let mut session = ground.runtime.exec(&id, &spec).await.unwrap();
    let mut stdin = session.stdin.take().unwrap();
    stdin.write_all(b"some ").await.unwrap();
    stdin.write_all(b"words").await.unwrap();
    stdin.shutdown().await.unwrap();
    assert_eq!(printed(&mut session).await.0, "some words");
    assert_eq!(session.control.wait().await.unwrap().code, 0);

    let spec =
        ExecSpec { tty: true, size: Some((80, 24)), ..ExecSpec::new(&words(&["sh", "-c", "echo out; echo err >&2"])) };
    let mut session = ground.runtime.exec(&id, &spec).await.unwrap();
    session.control.resize(100, 30).await.ok();
    assert_eq!(printed(&mut session).await, ("out\r\nerr\r\n".to_owned(), String::new()));
    ground.runtime.remove(&id).await.unwrap();
}

pub async fn hanging_up_ends_exec(ground: &Ground) {
    let id = ground.run("hangup", "sleep 1000").await;
    let session = ground.runtime.exec(&id, &ExecSpec::new(&words(&["sleep", "1000"]))).await.unwrap();
    let control = session.control.clone();
    drop(session);
    control.hangup().await;
    let ended = timeout(LIMIT, control.wait()).await.expect("it ends").unwrap();
    assert_eq!(ended.code, 129);
    control.hangup().await;
    ground.runtime.remove(&id).await.unwrap();
}

pub async fn attach_joins_process_one(ground: &Ground) {
    let mut spec = ground.spec("attach", "cat; exit 5");
    (spec.stdin, spec.stdin_once) = (true, true);
    let id = ground.runtime.create_container(&spec).await.unwrap();
    ground.runtime.start_container(&id).await.unwrap();
    let wanted = ExecSpec { stdin: true, ..ExecSpec::new(&[]) };
    let mut session = ground.runtime.attach(&id, &wanted).await.unwrap();
    let mut stdin = session.stdin.take().unwrap();
    stdin.write_all(b"hello\n").await.unwrap();
    stdin.shutdown().await.unwrap();
    assert_eq!(printed(&mut session).await.0, "hello\n");
    assert_eq!(session.control.wait().await.unwrap().code, 5);
    ground.runtime.remove(&id).await.unwrap();
}

pub async fn attach_goes_on_where_input_does_not_end(ground: &Ground) {
    let mut spec = ground.spec("goes-on", "cat");
    spec.stdin = true;
    let id = ground.runtime.create_container(&spec).await.unwrap();
    ground.runtime.start_container(&id).await.unwrap();
    for words in ["first\n", "second\n"] {
        let wanted = ExecSpec { stdin: true, ..ExecSpec::new(&[]) };
        let mut session = ground.runtime.attach(&id, &wanted).await.unwrap();
        let mut stdin = session.stdin.take().unwrap();
        stdin.write_all(words.as_bytes()).await.unwrap();
        stdin.shutdown().await.unwrap();
        let piece = timeout(LIMIT, session.output.next()).await.expect("it answers").unwrap().unwrap();
        assert_eq!(piece, Output::Stdout(words.into()));
    }
    ground.runtime.remove(&id).await.unwrap();
}

pub async fn files_are_written(ground: &Ground) {
    let id = ground.run("files", "sleep 1000").await;
    ground.runtime.write_file(&id, "/some/where/file", b"text", 0o600).await.unwrap();
    let read = ground.runtime.exec_capture(&id, &words(&["cat", "/some/where/file"]), Bytes::new()).await.unwrap();
    assert_eq!((read.stdout.as_slice(), read.exit_code), (&b"text"[..], 0));
    ground.runtime.remove(&id).await.unwrap();
}

pub async fn events_are_told(ground: &Ground) {
    let mut events = ground.runtime.events(&ground.labels);
    let next = async |events: &mut futures::stream::BoxStream<'static, _>| {
        timeout(LIMIT, events.next()).await.expect("an event comes").expect("events never end")
    };
    let first: podground::runtime::ContainerEvent = next(&mut events).await;
    assert_eq!(first.kind, EventKind::Resync);
    // The engine's side of the stream has to be there before something happens.
    let listening = tokio::spawn(async move {
        let mut kinds = Vec::new();
        while kinds.last() != Some(&EventKind::Removed) {
            let event = next(&mut events).await;
            assert_eq!(event.labels.get(labels::ROLE).map(String::as_str), Some("container"), "{event:?}");
            kinds.push(event.kind);
        }
        kinds
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let id = ground.run("events", "exit 0").await;
    ground.ended(&id).await;
    ground.runtime.remove(&id).await.unwrap();
    assert_eq!(listening.await.unwrap(), [EventKind::Started, EventKind::Died, EventKind::Removed]);
}

pub async fn use_is_measured(ground: &Ground) {
    let id = ground.run("stats", "sleep 1000").await;
    let stats = ground.runtime.stats(&id).await.unwrap().expect("it runs");
    assert!(stats.working_set > 0 && stats.pids > 0, "{stats:?}");
    let resources = Resources { cpu_shares: Some(512), memory: Some(64 << 20), ..Resources::default() };
    ground.runtime.update_container(&id, &resources).await.unwrap();
    let found = ground.runtime.inspect(&id).await.unwrap().expect("it runs").resources;
    assert_eq!((found.cpu_shares, found.memory), (resources.cpu_shares, resources.memory));
    let before = ground.runtime.written(&id).await.unwrap().expect("it is there");
    ground.runtime.write_file(&id, "/file", &[0; 300_000], 0o644).await.unwrap();
    let after = ground.runtime.written(&id).await.unwrap().expect("it is there");
    assert!((300_000..400_000).contains(&(after - before)), "{before}, then {after}");
    ground.runtime.kill(&id, "SIGKILL").await.unwrap();
    ground.ended(&id).await;
    assert_eq!(ground.runtime.stats(&id).await.unwrap(), None);
    ground.runtime.remove(&id).await.unwrap();
    assert_eq!(ground.runtime.stats(&id).await.unwrap(), None);
    assert_eq!(ground.runtime.written(&id).await.unwrap(), None);
}
