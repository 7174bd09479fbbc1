//! `cargo xtask bench`: measures a release build against named peers on the same machine, in one run, and prints
//! ratios. Asserts nothing about time.

mod crowd;
mod load;
mod podman;
mod pods;
mod raw;
mod watches;

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::http::{Address, Connection};

const CONFIGMAPS: &str = "/sandboxes/default/api/v1/namespaces/default/configmaps";
/// What is asked for while others load the server.
const ONE: &str = "/sandboxes/default/api/v1/namespaces/default/configmaps/kube-root-ca.crt";
const WINDOW: Duration = Duration::from_secs(4);

/// A server under measurement.
pub struct Subject {
    /// `127.0.0.1:PORT`
    pub address: String,
    /// Its process, for its memory.
    pub pid: u32,
    /// A word that is this run's own, for names.
    pub run: String,
    /// The engine's socket.
    pub docker_socket: String,
    /// The page's built files.
    pub dist: std::path::PathBuf,
}

/// The part that needs no server.
pub const SCHEDULED: &str = "scheduled";
/// The part that goes on in a browser.
pub const PAGE: &str = "page";
const PARTS: [&str; 6] = ["idle", "start", "load", "many", PAGE, SCHEDULED];

/// Whether each of these is a part's name.
pub fn are_parts(words: &[&str]) -> anyhow::Result<()> {
    words.iter().try_for_each(|word| {
        ensure!(PARTS.contains(word), "bench has no part {word}: its parts are {}", PARTS.join(", "));
        Ok(())
    })
}

/// Whether a part is to be measured: no words mean all.
pub fn wanted(words: &[&str], part: &str) -> bool {
    words.is_empty() || words.contains(&part)
}

/// Measures these parts, or all, and prints them.
pub fn run(subject: &Subject, parts: &[&str]) -> anyhow::Result<()> {
    let (server, wanted) = (Address::Tcp(subject.address.clone()), |part| wanted(parts, part));
    if wanted("idle") {
        println!("memory, idle               {:>8.1} MB RSS", resident(subject.pid)?);
        println!("{} idle watches          {:>8.1} MB more", watches::COUNT, watches::idle(&server, subject.pid)?);
    }
    if wanted("start") {
        start(&server, subject)?;
    }
    if wanted("load") || wanted("many") {
        twenty(&server, subject)?;
        if wanted("load") {
            throughput(&server, subject)?;
        }
        if wanted("many") {
            hundred(&server, subject)?;
        }
        crowd::remove(&server, "crowd", 20)?;
    }
    if wanted(PAGE) {
        page(&subject.dist)?;
    }
    Ok(())
}

fn start(server: &Address, subject: &Subject) -> anyhow::Result<()> {
    println!("\nPods, medians of 15, taking turns with the peer");
    let times = pods::times(server, &subject.docker_socket, &subject.run, 15)?;
    ratio("apply → Ready", "ms", times.ready, "raw Docker, pause + app", times.raw_start);
    ratio("apply → Ready", "ms", times.ready, "raw Docker, app in a waiting pause", times.raw_app);
    ratio("apply → Ready", "ms", times.ready, "podman kube play", times.podman);
    ratio("delete --now", "ms", times.delete, "raw Docker, stop + remove", times.raw_remove);
    Ok(())
}

/// Leaves its Pods for what comes next.
fn twenty(server: &Address, subject: &Subject) -> anyhow::Result<()> {
    println!("\n20 Pods at once");
    let waiting = waiting(subject)?;
    let raw = crowd::raw_at_once(&subject.docker_socket, &subject.run, 20, waiting)?;
    let ours = crowd::at_once(server, "crowd", 20)?;
    ratio("all Ready", "ms", ours, &format!("raw Docker, {waiting} pauses waiting"), raw);
    println!("memory, 20 Pods            {:>8.1} MB RSS", resident(subject.pid)?);
    Ok(())
}

fn hundred(server: &Address, subject: &Subject) -> anyhow::Result<()> {
    println!("\n100 Pods");
    crowd::at_once(server, "mass", 80)?;
    println!("memory                     {:>8.1} MB RSS", resident(subject.pid)?);
    println!("at rest                    {:>8.1} % of one core", crowd::at_rest(subject.pid)?);
    let seen = crowd::seen_after(server, &subject.docker_socket, "mass", 15)?;
    println!("a death seen by watch after {seen:>7.1} ms, median of 15");
    crowd::remove(server, "mass", 80)
}

fn throughput(server: &Address, subject: &Subject) -> anyhow::Result<()> {
    println!("\nRequests per second, closed loop over keep-alive connections, {} s each", WINDOW.as_secs());
    let etcd = etcd::Etcd::start(&subject.run)?;
    for clients in [1, 16] {
        let make = |n| {
            let name = format!("bench-{clients}-{n}");
            let body =
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": "value"}});
            ("POST", CONFIGMAPS.to_owned(), body.to_string().into_bytes())
        };
        let (creates, p99) = load::rate_and_p99(server, clients, WINDOW, make, ONE)?;
        println!("a GET beside {clients} clients that create: p99 {p99:.2} ms");
        let puts = load::rate(&etcd.address(), clients, WINDOW, |n| etcd::put(&format!("bench-{clients}-{n}")))?;
        ratio(&format!("ConfigMap creates, {clients} clients"), "/s", creates, "etcd puts over HTTP", puts);
        let list = |_| ("GET", pods::PODS.to_owned(), Vec::new());
        let (lists, p99) = load::rate_and_p99(server, clients, WINDOW, list, ONE)?;
        println!("a GET beside {clients} clients that list: p99 {p99:.2} ms");
        let ranges = load::rate(&etcd.address(), clients, WINDOW, |_| etcd::range(20))?;
        ratio(&format!("lists of 20 Pods, {clients} clients"), "/s", lists, "etcd ranges of 20 over HTTP", ranges);
    }
    Connection::open(server)?.request("DELETE", CONFIGMAPS, b"{}")?;
    println!("memory, all of them deleted {:>7.1} MB RSS", resident(subject.pid)?);
    Ok(())
}

/// How many pause containers wait for Pods.
fn waiting(subject: &Subject) -> anyhow::Result<usize> {
    let filters = json!({"label": [format!("io.podground.instance={}", subject.run), "io.podground.role=pool"]});
    let filters = filters.to_string().replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
    let mut docker = Connection::open(&Address::Unix(subject.docker_socket.clone()))?;
    let found = docker.json("GET", &format!("/containers/json?filters={filters}"), &Value::Null)?;
    Ok(found.as_array().map_or(0, Vec::len))
}

fn ratio(what: &str, unit: &str, ours: f64, peer: &str, theirs: f64) {
    println!("{what:<30} {ours:>9.1} {unit:<3} {peer}: {theirs:.1} {unit}   ratio {:.2}", ours / theirs);
}

/// Megabytes of resident memory.
fn resident(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).context("no VmRSS")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kilobytes / 1024.0)
}

/// The page's size as served: raw and brotli, the first load apart from what comes lazily.
fn page(dist: &std::path::Path) -> anyhow::Result<()> {
    println!("\nPage                               raw kB  brotli kB");
    let (mut raw, mut small) = (0.0, 0.0);
    let mut files: Vec<_> = walk(dist)?;
    files.sort();
    for file in files.iter().filter(|f| f.extension().is_none_or(|e| e != "br" && e != "gz")) {
        let kilobytes = |path: &std::path::Path| std::fs::metadata(path).map(|m| m.len() as f64 / 1000.0);
        let name = file.strip_prefix(dist)?.display().to_string();
        let compressed = dist.join(format!("{name}.br"));
        let plain = kilobytes(file)?;
        let packed = kilobytes(&compressed).unwrap_or(plain);
        println!("{name:<32} {plain:>8.1} {packed:>10.1}");
        raw += plain;
        small += packed;
    }
    println!("{:<32} {raw:>8.1} {small:>10.1}", "all");
    Ok(())
}

fn walk(dir: &std::path::Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("{} is not built", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() { files.extend(walk(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

/// The throughput's peer: Debian's etcd, durable as Kubernetes runs it, through its own HTTP gateway.
mod etcd {
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    use anyhow::{Context, bail};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::{Address, Connection, Value};
    use crate::bench::load::Request;

    /// A running etcd with a directory of its own; both end with it.
    pub struct Etcd {
        process: Child,
        port: u16,
        dir: std::path::PathBuf,
    }

    impl Etcd {
        pub fn start(run: &str) -> anyhow::Result<Self> {
            let free = || std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map(|a| a.port());
            let (port, peer) = (free()?, free()?);
            let dir = std::env::temp_dir().join(format!("podground-bench-etcd-{run}"));
            std::fs::create_dir_all(&dir)?;
            let url = |port: u16| format!("http://127.0.0.1:{port}");
            let process = Command::new("etcd")
                .args(["--data-dir", &dir.display().to_string(), "--listen-client-urls", &url(port)])
                .args(["--advertise-client-urls", &url(port), "--listen-peer-urls", &url(peer)])
                .args(["--initial-advertise-peer-urls", &url(peer)])
                .args(["--initial-cluster", &format!("default={}", url(peer))])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .context("starting etcd: `apt-get install etcd-server` brings it")?;
            let etcd = Self { process, port, dir };
            for _ in 0..100 {
                let (method, path, body) = put("warm");
                if Connection::open(&etcd.address()).and_then(|mut c| c.request(method, &path, &body)).is_ok() {
                    // What the ranges read: values about as large as a Pod.
                    let mut connection = Connection::open(&etcd.address())?;
                    for n in 0..20 {
                        let value = STANDARD.encode([b'x'; 4000]);
                        let pair = json!({"key": STANDARD.encode(format!("pods/{n:02}")), "value": value});
                        connection.json("POST", "/v3/kv/put", &pair)?;
                    }
                    return Ok(etcd);
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            bail!("etcd did not come up in 10 seconds")
        }

        pub fn address(&self) -> Address {
            Address::Tcp(format!("127.0.0.1:{}", self.port))
        }
    }

    impl Drop for Etcd {
        fn drop(&mut self) {
            let _ = self.process.kill();
            let _ = self.process.wait();
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }

    fn post(path: &str, body: &Value) -> Request {
        ("POST", path.to_owned(), body.to_string().into_bytes())
    }

    /// A durable write of about a small ConfigMap's size.
    pub fn put(key: &str) -> Request {
        post("/v3/kv/put", &json!({"key": STANDARD.encode(key), "value": STANDARD.encode([b'x'; 300])}))
    }

    /// A read of the first `limit` pods.
    pub fn range(limit: u32) -> Request {
        let (from, to) = (STANDARD.encode("pods/"), STANDARD.encode("pods0"));
        post("/v3/kv/range", &json!({"key": from, "range_end": to, "limit": limit}))
    }
}
