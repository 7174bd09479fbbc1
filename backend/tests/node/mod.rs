//! A node on a real engine with an API in memory, of which nothing is left when it is dropped.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use podground::apiserver::{Api, Client, DeleteOptions, PatchType};
use podground::node::{NodeConfig, Nodes};
use podground::runtime::docker::Docker;
use podground::runtime::{ContainerInfo, NetworkSpec, NodeSpec, RunState, Runtime, labels};
use serde_json::{Value, json};
use shared::api::Quantity;
use shared::api::kind::known;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub struct Bed {
    pub runtime: Arc<dyn Runtime>,
    pub client: Client,
    pub nodes: Arc<Nodes>,
    pub node_id: String,
    node: NodeSpec,
    pub network: String,
    /// Pod sandboxes that containers were seen to have: nothing waits that is about to be removed.
    used: Mutex<HashSet<String>>,
    api: Api,
    instance: String,
    subnet: u8,
    dir: tempfile::TempDir,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Bed {
    /// Lays out a network and one node.
    pub async fn new(time_scale: f64) -> Self {
        let runtime: Arc<dyn Runtime> =
            Arc::new(Docker::connect(None).await.expect("a Docker Engine has to answer: run `cargo xtask setup`"));
        let instance = format!("t{:08x}", rand::random::<u32>());
        let (network, mut subnet) = (format!("pg-{instance}"), 0);
        let labels = BTreeMap::from([(labels::INSTANCE.to_owned(), instance.clone())]);
        for _ in 0..20 {
            subnet = rand::random::<u8>();
            let spec = NetworkSpec {
                name: network.clone(),
                subnet: format!("10.46.{subnet}.0/24"),
                gateway: format!("10.46.{subnet}.1"),
                bridge: None,
                labels: labels.clone(),
            };
            if runtime.ensure_network(&spec).await.is_ok() {
                break;
            }
        }
        let mut of_node = labels;
        of_node.insert(labels::SANDBOX.to_owned(), "default".to_owned());
        of_node.insert(labels::ROLE.to_owned(), "node".to_owned());
        of_node.insert(labels::NODE.to_owned(), "master".to_owned());
        let spec = NodeSpec {
            name: format!("pg-{instance}-master"),
            hostname: "master".to_owned(),
            image: "podground-node:latest".to_owned(),
            network: network.clone(),
            ip: format!("10.46.{subnet}.2").parse().unwrap(),
            cgroup_parent: None,
            labels: of_node,
        };
        let node_id = runtime.ensure_node(&spec).await.unwrap();
        let api = Api::new(podground::store::Store::memory());
        api.open_sandbox("default");
        let mut bed = Self {
            nodes: Arc::new(Nodes::new(runtime.clone())),
            client: api.client("default", "system:node:master"),
            api,
            runtime,
            node_id,
            node: spec,
            network,
            used: Mutex::default(),
            instance,
            subnet,
            dir: tempfile::tempdir().unwrap(),
            cancel: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        for namespace in ["default", "kube-node-lease"] {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            bed.client.create(known("namespaces"), "", namespace).await.unwrap();
        }
        bed.start(time_scale);
        bed
    }

    fn start(&mut self, time_scale: f64) {
        let config = NodeConfig {
            instance: self.instance.clone(),
            sandbox: "default".to_owned(),
            name: "master".to_owned(),
            container_id: self.node_id.clone(),
            ip: format!("10.46.{}.2", self.subnet).parse().unwrap(),
            network: self.network.clone(),
            pod_cidr: format!("10.46.{}.128/25", self.subnet),
            cgroup_parent: Some(format!("/podground/{}", self.instance)),
            control_plane: true,
            cpu: Quantity::parse("2").unwrap(),
            memory: Quantity::parse("2Gi").unwrap(),
            data_dir: self.dir.path().to_owned(),
            client: self.client.clone(),
            api_server: None,
            runtime: self.runtime.clone(),
            time_scale,
        };
        self.nodes.start(config, &self.tasks, self.cancel.clone());
    }

    /// Starts the node's container, or makes it anew, as a backend does at its start.
    pub async fn power_on(&mut self) {
        self.node_id = self.runtime.ensure_node(&self.node).await.unwrap();
    }

    pub fn node_ip(&self) -> String {
        self.node.ip.to_string()
    }

    /// Ends the node's tasks and begins anew, as a backend does that was restarted.
    pub async fn restart(&mut self, time_scale: f64) {
        self.restart_after(time_scale, async |_| ()).await;
    }

    /// As [`Bed::restart`], with something happening at the engine in between.
    pub async fn restart_after(&mut self, time_scale: f64, between: impl AsyncFnOnce(&dyn Runtime)) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        (self.cancel, self.tasks) = (CancellationToken::new(), TaskTracker::new());
        self.nodes = Arc::new(Nodes::new(self.runtime.clone()));
        between(&*self.runtime).await;
        self.start(time_scale);
    }

    /// Serves the API over HTTP; its address.
    pub async fn serve(&self) -> String {
        let app = podground::apiserver::router(self.api.clone(), self.nodes.clone());
        let app = app.layer(axum::Extension(podground::auth::Identity::local()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        format!("http://{address}/sandboxes/default")
    }

    pub async fn apply(&self, name: &str, mut spec: Value) {
        spec["nodeName"] = "master".into();
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default",
            "labels": {"zone": "a"}}, "spec": spec});
        self.client.create(known("pods"), "default", pod).await.unwrap();
    }

    pub async fn create(&self, plural: &str, object: Value) {
        self.client.create(known(plural), "default", object).await.unwrap();
    }

    pub async fn merge(&self, plural: &str, name: &str, patch: Value) {
        self.client.patch(known(plural), "default", name, None, PatchType::Merge, patch).await.unwrap();
    }

    pub fn pod(&self, name: &str) -> Option<Value> {
        self.client.get(known("pods"), "default", name).map(|p| p.value().clone())
    }

    pub async fn delete(&self, name: &str, grace: i64) {
        let options = DeleteOptions { grace_period_seconds: Some(grace), ..DeleteOptions::default() };
        self.client.delete(known("pods"), "default", name, options).await.unwrap();
    }

    /// Waits until the Pod (`null`: it is gone) fits.
    #[track_caller]
    pub fn until(&self, name: &str, fits: impl Fn(&Value) -> bool) -> impl Future<Output = Value> {
        let (client, name, began) = (self.client.clone(), name.to_owned(), Instant::now());
        let at = std::panic::Location::caller();
        async move {
            loop {
                let pod = client.get(known("pods"), "default", &name).map_or(Value::Null, |p| p.value().clone());
                if fits(&pod) {
                    return pod;
                }
                assert!(began.elapsed() < Duration::from_secs(40), "{at}: still {pod:#}\n{:#?}", events(&client));
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }

    pub async fn phase(&self, name: &str, phase: &str) -> Value {
        self.until(name, |pod| pod["status"]["phase"] == phase).await
    }

    pub async fn ready(&self, name: &str) -> Value {
        self.until(name, is_ready).await
    }

    pub async fn exec(&self, name: &str, container: &str, command: &[&str]) -> String {
        let pod = self.pod(name).unwrap();
        let id = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
        let id = id.into_iter().find(|c| c["name"] == container).unwrap()["containerID"].as_str().unwrap();
        self.run(id.strip_prefix("docker://").unwrap(), command).await
    }

    pub async fn run(&self, id: &str, command: &[&str]) -> String {
        let command: Vec<String> = command.iter().map(|c| (*c).to_owned()).collect();
        let done = self.runtime.exec_capture(id, &command, Default::default()).await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&done.stdout) + &text(&done.stderr)
    }

    pub async fn log(&self, name: &str, container: &str, previous: bool) -> Result<String, String> {
        use futures::StreamExt as _;
        use podground::node::access::{LogRequest, NodeAccess as _};
        let request = LogRequest { previous, ..LogRequest::default() };
        let pod = self.pod(name).unwrap();
        let mut lines = self.nodes.logs("default", &pod, container, request).await.map_err(|s| s.message)?;
        let mut out = String::new();
        while let Some(line) = lines.next().await {
            out += &String::from_utf8_lossy(&line.unwrap().bytes);
        }
        Ok(out)
    }

    pub fn events(&self) -> Vec<String> {
        events(&self.client)
    }

    /// Waits until an Event says each of these words.
    pub async fn says(&self, words: &[&str]) {
        let began = Instant::now();
        loop {
            let events = self.events();
            if words.iter().all(|words| events.iter().any(|event| event.contains(words))) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(40), "{words:#?} not all in {events:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What belongs to Pods.
    pub async fn containers(&self) -> Vec<ContainerInfo> {
        self.all().await.0
    }

    /// Pod sandboxes that wait for a Pod.
    pub async fn pool(&self) -> Vec<ContainerInfo> {
        self.all().await.1
    }

    /// Waits until at least so many wait.
    pub async fn pooled(&self, count: usize) -> Vec<ContainerInfo> {
        let began = Instant::now();
        loop {
            let found = self.pool().await;
            if found.len() >= count {
                return found;
            }
            assert!(began.elapsed() < Duration::from_secs(40), "still {found:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until so many containers belong to Pods.
    pub async fn left(&self, count: usize) {
        let began = Instant::now();
        while self.containers().await.len() != count {
            assert!(began.elapsed() < Duration::from_secs(40), "still {:#?}", self.containers().await);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// What belongs to Pods, and what waits for them: members of the pool that no container names and that run.
    async fn all(&self) -> (Vec<ContainerInfo>, Vec<ContainerInfo>) {
        let labels = BTreeMap::from([(labels::INSTANCE.to_owned(), self.instance.clone())]);
        let mut found = self.runtime.list(&labels).await.unwrap();
        let mut used = self.used.lock().unwrap();
        used.extend(found.iter().filter_map(|c| c.labels.get(labels::POD_SANDBOX).cloned()));
        let is = |c: &ContainerInfo, role: &str| c.labels.get(labels::ROLE).is_some_and(|r| r == role);
        found.retain(|c| !is(c, "node"));
        let (mut free, of_pods) = found.into_iter().partition::<Vec<_>, _>(|c| is(c, "pool") && !used.contains(&c.id));
        free.retain(|c| matches!(c.state, RunState::Running { .. }));
        (of_pods, free)
    }

    pub async fn end(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let labels = BTreeMap::from([(labels::INSTANCE.to_owned(), self.instance.clone())]);
        self.runtime.remove_all(&labels).await.unwrap();
        assert_eq!(self.runtime.list(&labels).await.unwrap(), [], "something was made after the end");
    }
}

/// What a test made goes with it, also when it fails: containers, networks, mounts.
impl Drop for Bed {
    fn drop(&mut self) {
        let script = r#"
            docker ps -aq --filter label="$1" | xargs -r docker rm -fv
            docker network ls -q --filter label="$1" | xargs -r docker network rm
            grep " $2/" /proc/self/mounts | cut -d' ' -f2 | tac | xargs -r umount -l"#;
        let label = format!("{}={}", labels::INSTANCE, self.instance);
        let _ = std::process::Command::new("sh")
            .args(["-c", script, "sh", &label])
            .arg(self.dir.path())
            .stdout(std::process::Stdio::null())
            .status();
    }
}

pub fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

fn events(client: &Client) -> Vec<String> {
    let (found, _) = client.list(known("events"), None);
    let line = |e: &Value| {
        let text = |field: &str| e[field].as_str().unwrap_or_default().to_owned();
        format!("{} {} x{}: {}", text("type"), text("reason"), e["count"], text("message"))
    };
    let mut found: Vec<_> =
        found.iter().map(|e| (e.value()["metadata"]["name"].to_string(), line(e.value()))).collect();
    found.sort();
    found.into_iter().map(|(_, line)| line).collect()
}
