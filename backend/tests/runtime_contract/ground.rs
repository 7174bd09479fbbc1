//! A network and a pod sandbox to try things on, marked so that everything can be cleared away.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use podground::runtime::docker::Docker;
use podground::runtime::{
    ContainerInfo, ContainerSpec, Labels, NetworkSpec, PodSandboxSpec, RunState, Runtime, labels,
};

/// The engine of this machine.
pub async fn docker() -> Arc<dyn Runtime> {
    Arc::new(Docker::connect(None).await.expect("a Docker Engine has to answer: run `cargo xtask setup`"))
}

/// A network with one pod sandbox.
pub struct Ground {
    pub runtime: Arc<dyn Runtime>,
    /// A prefix of its own for names.
    pub name: String,
    /// The pod sandbox's id.
    pub pod: String,
    /// The pod sandbox's address.
    pub ip: Ipv4Addr,
    pub labels: Labels,
}

impl Ground {
    pub async fn new(runtime: Arc<dyn Runtime>) -> Self {
        let unique = uuid::Uuid::new_v4();
        let [a, b, ..] = *unique.as_bytes();
        let name = format!("pg-contract-{}", &unique.simple().to_string()[..8]);
        let labels = Labels::from([(labels::INSTANCE.to_owned(), name.clone())]);
        // Some /24 that is hardly anybody's: two runs at a time must not meet.
        let address = |last| Ipv4Addr::new(10, 48 + a % 8, b, last);
        let network = NetworkSpec {
            name: name.clone(),
            subnet: format!("{}/24", address(0)),
            gateway: address(1).to_string(),
            bridge: None,
            labels: labels.clone(),
        };
        runtime.ensure_network(&network).await.unwrap();
        runtime.ensure_network(&network).await.expect("finding it again is no error");
        let pod = runtime
            .run_pod_sandbox(&PodSandboxSpec {
                name: format!("{name}-pod"),
                image: "podground-pause".to_owned(),
                hostname: "contract".to_owned(),
                network: name.clone(),
                ip: Some(address(7).into()),
                labels: marked(&labels, labels::Role::Pod),
                ..PodSandboxSpec::default()
            })
            .await
            .unwrap();
        Self { runtime, name, pod, ip: address(7), labels }
    }

    /// A container of the Pod that runs a shell's line.
    pub fn spec(&self, name: &str, script: &str) -> ContainerSpec {
        ContainerSpec {
            name: format!("{}-{name}", self.name),
            image: "busybox".to_owned(),
            pod_sandbox: self.pod.clone(),
            command: Some(["sh", "-c", script].map(str::to_owned).to_vec()),
            labels: marked(&self.labels, labels::Role::Container),
            ..ContainerSpec::default()
        }
    }

    /// Makes and starts it.
    pub async fn run(&self, name: &str, script: &str) -> String {
        let id = self.runtime.create_container(&self.spec(name, script)).await.unwrap();
        self.runtime.start_container(&id).await.unwrap();
        id
    }

    /// Waits until it has ended.
    pub async fn ended(&self, id: &str) -> ContainerInfo {
        for _ in 0..600 {
            let info = self.runtime.inspect(id).await.unwrap().expect("it is there");
            if matches!(info.state, RunState::Exited { .. }) {
                return info;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{id} does not end");
    }

    pub async fn clear(&self) {
        self.runtime.remove_all(&self.labels).await.unwrap();
        assert_eq!(self.runtime.list(&self.labels).await.unwrap(), []);
        self.runtime.remove_all(&self.labels).await.expect("nothing to remove is no error");
    }
}

fn marked(labels: &Labels, role: labels::Role) -> Labels {
    let mut labels = labels.clone();
    labels.insert(labels::ROLE.to_owned(), role.as_str().to_owned());
    labels
}
