//! Makes and removes the pool's members, when no Pod waits for the engine.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::super::{Node, PAUSE};
use super::{HOSTNAME, Member, Need};
use crate::runtime::{PodSandboxSpec, Role, RunState, labels};

/// How often the demand is looked at anew, and a failure tried again.
const LOOK: Duration = Duration::from_secs(30);

/// Runs until the session is over; what it has begun it ends.
pub(in crate::node) async fn run(node: Arc<Node>, session: CancellationToken) {
    let mut failed = false;
    loop {
        let need = if failed { None } else { node.pool.need(Instant::now()) };
        let Some(need) = need else {
            failed = false;
            tokio::select! {
                () = session.cancelled() => return,
                () = node.pool.changed.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
            continue;
        };
        tokio::select! {
            () = session.cancelled() => return,
            () = node.busy.quiet() => {}
        }
        let done = match need {
            Need::Make => make(&node).await,
            Need::Remove(member) => {
                remove(node.clone(), member).await;
                Ok(())
            }
        };
        if let Err(error) = done {
            tracing::debug!(node = node.config.name, error, "the pool of pod sandboxes");
            failed = true;
        }
    }
}

async fn make(node: &Arc<Node>) -> Result<(), String> {
    node.pool.begin();
    let made = try_make(node).await;
    let (member, done) = match made {
        Ok(member) => (member, Ok(())),
        Err(error) => (None, Err(error)),
    };
    node.pool.end(member);
    done
}

/// `None`: a member would be of no use here.
async fn try_make(node: &Arc<Node>) -> Result<Option<Member>, String> {
    let config = &node.config;
    let name = format!("pg_{}_POOL_{:016x}", config.instance, rand::random::<u64>());
    let ip = node.addresses.lock().unwrap_or_else(PoisonError::into_inner).take(&name);
    let ip = ip.ok_or("no Pod address is left")?;
    let pairs = [
        (labels::INSTANCE, config.instance.clone()),
        (labels::SANDBOX, config.sandbox.clone()),
        (labels::NODE, config.name.clone()),
        (labels::ROLE, Role::Pool.as_str().to_owned()),
        (labels::POD_IP, ip.to_string()),
    ];
    let spec = PodSandboxSpec {
        name: name.clone(),
        image: PAUSE.to_owned(),
        hostname: HOSTNAME.to_owned(),
        network: config.network.clone(),
        ip: Some(ip.into()),
        cgroup_parent: config.cgroup_parent.clone(),
        labels: pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        ..PodSandboxSpec::default()
    };
    let id = node.runtime().run_pod_sandbox(&spec).await.map_err(|error| {
        release(node, &name);
        error.to_string()
    })?;
    let member = Member { id, name, ip };
    // Its Pod's containers will need to be given their host name: see whether that can be done here.
    match node.runtime().hostname(&member.id).await {
        Ok(name) if name == HOSTNAME => return Ok(Some(member)),
        Ok(name) => node.pool.give_up(&format!("the host name is {name}")),
        Err(error) if runs(node, &member).await => node.pool.give_up(&error.to_string()),
        // It died meanwhile, as all does when the node loses its power: that says nothing about the next one.
        Err(error) => {
            remove(node.clone(), member).await;
            return Err(error.to_string());
        }
    }
    remove(node.clone(), member).await;
    Ok(None)
}

async fn runs(node: &Node, member: &Member) -> bool {
    let found = node.runtime().inspect(&member.id).await;
    found.is_ok_and(|found| found.is_some_and(|c| matches!(c.state, RunState::Running { .. })))
}

/// Removes a member that no Pod has, and gives its address back. What the engine keeps is removed by the next process.
pub(in crate::node) async fn remove(node: Arc<Node>, member: Member) {
    match node.runtime().remove(&member.id).await {
        Ok(()) => release(&node, &member.name),
        Err(error) => tracing::warn!(%error, "a pod sandbox of the pool could not be removed"),
    }
}

fn release(node: &Node, name: &str) {
    node.addresses.lock().unwrap_or_else(PoisonError::into_inner).release(name);
}
