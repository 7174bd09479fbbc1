//! What programs in Rust do with a cluster, by kube-rs. The only argument is a kubeconfig; what came of each check is
//! printed as a line of the Test Anything Protocol. Everything happens in a namespace that is made first and deleted last.

mod objects;
mod runtime;
mod streams;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod};
use kube::api::{DeleteParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::{conditions, wait};
use kube::{Api, Client, Config};
use serde_json::{Value, json};

/// Where everything happens.
const SPACE: &str = "client-rust";
/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(90);

/// The cluster as the checks see it.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    pods: Api<Pod>,
    maps: Api<ConfigMap>,
}

impl Cluster {
    /// Makes a Pod of one busybox container, and waits until it runs.
    async fn run(&self, name: &str, command: &str, more: Value) -> Result<Pod> {
        let mut container = json!({"name": "c", "image": "busybox", "command": ["sh", "-c", command]});
        for (field, value) in more.as_object().into_iter().flatten() {
            container[field] = value.clone();
        }
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
        });
        self.pods.create(&PostParams::default(), &serde_json::from_value(pod)?).await?;
        let running = wait::await_condition(self.pods.clone(), name, conditions::is_pod_running()).await?;
        running.ok_or_else(|| anyhow::anyhow!("the Pod {name} is gone"))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let failed = match checks().await {
        Ok(failed) => failed,
        Err(error) => {
            println!("not ok - a client from the kubeconfig\n# {error:#}");
            1
        }
    };
    ExitCode::from(u8::from(failed > 0))
}

async fn checks() -> Result<usize> {
    let file = std::env::args().nth(1).ok_or_else(|| anyhow::anyhow!("usage: podground-client-rust KUBECONFIG"))?;
    let config = Config::from_custom_kubeconfig(Kubeconfig::read_from(file)?, &KubeConfigOptions::default()).await?;
    let client = Client::try_from(config)?;
    let cluster =
        Cluster { pods: Api::namespaced(client.clone(), SPACE), maps: Api::namespaced(client.clone(), SPACE), client };
    let cluster = &cluster;
    let mut failed = 0;
    macro_rules! check {
        ($title:literal, $body:expr) => {
            failed += report($title, tokio::time::timeout(LIMIT, $body).await);
        };
    }
    check!("create a namespace and a Pod, and wait for it", create(cluster));
    check!("discovery of every kind", objects::discovery(cluster));
    check!("errors are Status objects in Kubernetes' words", objects::errors(cluster));
    check!("patch of every type", objects::patches(cluster));
    check!("server-side apply: create, conflict, force", objects::apply(cluster));
    check!("lists of metadata alone", objects::metadata(cluster));
    check!("watcher: list, then watch", runtime::watcher_lists(cluster));
    check!("watcher: streamed list", runtime::watcher_streams(cluster));
    check!("reflector's store follows", runtime::reflects(cluster));
    check!("a controller owns objects, and they go with their owner", runtime::controls(cluster));
    check!("a finalizer runs before an object goes", runtime::finalizes(cluster));
    check!("Events are recorded and aggregated", runtime::records(cluster));
    check!("exec: output, errors and exit code", streams::exec(cluster));
    check!("exec with standard input that ends", streams::stdin(cluster));
    check!("exec with a terminal, resized", streams::terminal(cluster));
    check!("attach with standard input", streams::attach(cluster));
    check!("logs, followed to their end", streams::logs(cluster));
    check!("port-forward", streams::forward(cluster));
    check!("port-forward to a port where nobody listens says so", streams::no_forward(cluster));
    check!("ephemeral containers", streams::ephemeral(cluster));
    check!("evict a Pod", objects::evict(cluster));
    check!("delete a Pod, then the namespace", delete(cluster));
    Ok(failed)
}

fn report(title: &str, ended: Result<Result<()>, tokio::time::error::Elapsed>) -> usize {
    let why = match ended {
        Ok(Ok(())) => {
            println!("ok - {title}");
            return 0;
        }
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => format!("not within {} seconds", LIMIT.as_secs()),
    };
    println!("not ok - {title}\n# {}", why.split_whitespace().collect::<Vec<_>>().join(" "));
    1
}

async fn create(cluster: &Cluster) -> Result<()> {
    let spaces: Api<Namespace> = Api::all(cluster.client.clone());
    let space = serde_json::from_value(json!({"metadata": {"name": SPACE}}))?;
    spaces.create(&PostParams::default(), &space).await?;
    let pod = cluster.run("box", "echo started; exec httpd -f -p 8080 -h /etc", json!({})).await?;
    let ip = pod.status.and_then(|status| status.pod_ip);
    ensure!(ip.is_some(), "a running Pod without an address");
    Ok(())
}

async fn delete(cluster: &Cluster) -> Result<()> {
    let pod = cluster.pods.delete("box", &DeleteParams::default()).await?.left();
    let Some(uid) = pod.and_then(|pod| pod.metadata.uid) else { bail!("the Pod was gone at once") };
    wait::await_condition(cluster.pods.clone(), "box", conditions::is_deleted(&uid)).await?;
    let spaces: Api<Namespace> = Api::all(cluster.client.clone());
    let space = spaces.delete(SPACE, &DeleteParams::default()).await?.left();
    let Some(uid) = space.and_then(|space| space.metadata.uid) else { bail!("the namespace was gone at once") };
    wait::await_condition(spaces, SPACE, conditions::is_deleted(&uid)).await?;
    Ok(())
}
