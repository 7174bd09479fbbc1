//! Pod sandboxes made ahead, so that a Pod's start costs one container's. Most of a pod sandbox's time goes into its
//! network, which has nothing of its Pod in it.
//!
//! Labels are for ever, and Docker loses count of a network's endpoints when a container is renamed while others come
//! and go. So which Pod has a member is told by the Pod's containers: their labels name their pod sandbox. One whose Pod
//! had no container yet when the backend was killed is removed with those that waited. Whatever asks the engine turns a member that a
//! Pod has into an ordinary pod sandbox with [`Pool::as_pod`], and only that.

mod demand;
mod refill;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use k8s_openapi::api::core::v1::Pod;
use shared::api::kind::known;
use tokio::sync::{Notify, oneshot};

pub(super) use self::refill::{remove, run};

use self::demand::Demand;
use super::convert::{is, label};
use super::{Node, names};
use crate::runtime::{ContainerInfo, Role, RunState, labels};

/// The members' own host name. No Pod can have it: it is not a DNS label.
const HOSTNAME: &str = "pool_member";

/// A pod sandbox that waits for a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub id: String,
    /// The name it was made with, under which its address is taken.
    pub name: String,
    pub ip: Ipv4Addr,
}

/// A node's pool.
#[derive(Default)]
pub(super) struct Pool {
    state: Mutex<State>,
    /// Something is to be made, or removed.
    changed: Notify,
}

#[derive(Default)]
struct State {
    waiting: Vec<Member>,
    /// Members that Pods have, and the Pods' uids.
    bound: HashMap<String, String>,
    /// One is being made.
    making: bool,
    /// The Pod that gets it.
    next: Option<oneshot::Sender<Member>>,
    /// Containers that are being started and may yet turn out to have seen a wrong name; and whether something was
    /// told of them.
    hidden: HashMap<String, bool>,
    demand: Demand,
    /// It does not work here.
    off: bool,
}

/// What there is to do for a pool that is not as large as it should be.
#[derive(Debug, PartialEq, Eq)]
enum Need {
    Make,
    Remove(Member),
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A member for a Pod, which may be one that is just being made; `None` when none is left.
    pub async fn take(&self, uid: &str) -> Option<Member> {
        let taken = {
            let mut state = self.lock();
            state.demand.note(Instant::now());
            if !state.waiting.is_empty() {
                Ok(state.waiting.remove(0))
            } else if state.making && state.next.is_none() {
                let (give, given) = oneshot::channel();
                state.next = Some(give);
                Err(Some(given))
            } else {
                Err(None)
            }
        };
        self.changed.notify_one();
        let member = match taken {
            Ok(member) => member,
            Err(given) => given?.await.ok()?,
        };
        self.bind(&member.id, uid);
        Some(member)
    }

    /// The Pod that has this container for its pod sandbox, if it is of the pool.
    pub fn owner(&self, id: &str) -> Option<String> {
        self.lock().bound.get(id).cloned()
    }

    /// A container as the rest of the node is to see it: a member that a Pod has is its sandbox, one that waits is nothing.
    pub fn as_pod(&self, mut found: ContainerInfo) -> Option<ContainerInfo> {
        if is(&found, Role::Pool) {
            let uid = self.owner(&found.id)?;
            // Members are for a Pod's first sandbox only.
            for (label, value) in [(labels::ROLE, Role::Pod.as_str()), (labels::POD_UID, &uid), (labels::ATTEMPT, "0")]
            {
                found.labels.insert(label.to_owned(), value.to_owned());
            }
        }
        Some(found)
    }

    /// Notes a member that a Pod has.
    pub fn bind(&self, id: &str, uid: &str) {
        self.lock().bound.insert(id.to_owned(), uid.to_owned());
    }

    /// A Pod's pod sandbox is gone.
    pub fn forget(&self, id: &str) {
        self.lock().bound.remove(id);
    }

    /// Nobody is to hear of a container that is being started, until [`Pool::show`].
    pub fn hide(&self, id: &str) {
        self.lock().hidden.insert(id.to_owned(), false);
    }

    /// Whether there was something to hear.
    pub fn show(&self, id: &str) -> bool {
        self.lock().hidden.remove(id).unwrap_or(false)
    }

    /// Whether nobody is to hear of it; somebody would have.
    pub fn hides(&self, id: &str) -> bool {
        self.lock().hidden.get_mut(id).map(|told| *told = true).is_some()
    }

    /// One is begun to be made.
    fn begin(&self) {
        self.lock().making = true;
    }

    /// One has been made, or could not be: it goes to the Pod that waits for it, or waits for one.
    fn end(&self, made: Option<Member>) {
        let mut state = self.lock();
        state.making = false;
        let next = state.next.take();
        let Some(member) = made else { return };
        let left = match next {
            Some(next) => next.send(member).err(),
            None => Some(member),
        };
        state.waiting.extend(left);
    }

    /// Takes out a member that no longer runs, if it is one that waits.
    pub fn lose(&self, id: &str) -> Option<Member> {
        let mut state = self.lock();
        let at = state.waiting.iter().position(|m| m.id == id)?;
        let member = state.waiting.remove(at);
        drop(state);
        self.changed.notify_one();
        Some(member)
    }

    /// Members that wait.
    pub fn waiting(&self) -> Vec<Member> {
        self.lock().waiting.clone()
    }

    /// From now on Pods get pod sandboxes of their own.
    pub fn give_up(&self, why: &str) {
        if !std::mem::replace(&mut self.lock().off, true) {
            tracing::warn!(why, "pod sandboxes are no longer made ahead: Pods start slower");
        }
        self.changed.notify_one();
    }

    fn need(&self, now: Instant) -> Option<Need> {
        let mut state = self.lock();
        let wanted = if state.off { 0 } else { state.demand.wanted(now) };
        match state.waiting.len() {
            have if have < wanted => Some(Need::Make),
            have if have > wanted => state.waiting.pop().map(Need::Remove),
            _ => None,
        }
    }
}

/// Takes over the members that Pods have. The others of a former process are the answer, to be removed: one of them may
/// have been a Pod's until a moment ago, with things of it in its shared memory.
pub(super) fn adopt(node: &Node, found: &[ContainerInfo]) -> Vec<Member> {
    let mut useless = Vec::new();
    for container in found.iter().filter(|c| is(c, Role::Pool)) {
        if let Some(of_pod) = found.iter().find(|c| label(c, labels::POD_SANDBOX) == container.id) {
            node.pool.bind(&container.id, label(of_pod, labels::POD_UID));
            continue;
        }
        let ip = label(container, labels::POD_IP).parse().unwrap_or(Ipv4Addr::UNSPECIFIED);
        node.addresses.lock().unwrap_or_else(PoisonError::into_inner).adopt(ip, &container.name);
        useless.push(Member { id: container.id.clone(), name: container.name.clone(), ip });
    }
    useless
}

/// Names what a killed backend was starting: its container runs, under the member's name. It has seen that one, for as
/// long as nobody was there; to run it anew would be worse.
pub(super) async fn name_unnamed(node: &Node, found: &[ContainerInfo]) {
    let in_pool = |c: &&ContainerInfo| node.pool.owner(label(c, labels::POD_SANDBOX)).is_some();
    let running = |c: &&ContainerInfo| matches!(c.state, RunState::Running { .. });
    for container in found.iter().filter(running).filter(in_pool) {
        let pod = node.api.client.get(
            known("pods"),
            label(container, labels::POD_NAMESPACE),
            label(container, labels::POD_NAME),
        );
        let pod = pod.and_then(|pod| serde_json::from_value(pod.value().clone()).ok());
        let Some(pod) = pod.filter(|pod| super::identity(pod).0 == label(container, labels::POD_UID)) else { continue };
        name(node, container, &pod).await;
    }
}

/// Gives a running container its Pod's host name, if it has a member's.
pub(super) async fn name(node: &Node, container: &ContainerInfo, pod: &Pod) {
    if node.runtime().hostname(&container.id).await.is_ok_and(|name| name == HOSTNAME) {
        tracing::info!(container = container.name, "a container was started without its host name, and gets it");
        if let Err(error) = node.runtime().set_hostname(&container.id, &names::hostname(pod)).await {
            tracing::warn!(%error, container = container.name, "a container without its host name");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::api::Timestamp;

    fn info(role: Role) -> ContainerInfo {
        ContainerInfo {
            id: "1".to_owned(),
            name: String::new(),
            labels: [(labels::ROLE.to_owned(), role.as_str().to_owned())].into(),
            image: String::new(),
            image_id: String::new(),
            created: Timestamp::from_seconds(0),
            resources: Default::default(),
            state: RunState::Created,
            ip: None,
            tty: false,
        }
    }

    #[test]
    fn a_bound_member_is_a_pod_sandbox() {
        let pool = Pool::default();
        assert_eq!(pool.as_pod(info(Role::Pool)), None);
        assert_eq!(pool.as_pod(info(Role::Node)), Some(info(Role::Node)));
        pool.bind("1", "uid");
        let found = pool.as_pod(info(Role::Pool)).unwrap();
        let of = |key: &str| found.labels.get(key).cloned().unwrap_or_default();
        assert_eq!([labels::ROLE, labels::POD_UID, labels::ATTEMPT].map(of), ["pod", "uid", "0"]);
    }

    #[tokio::test]
    async fn members_come_and_go() {
        let (pool, now) = (Pool::default(), Instant::now());
        let member = |id: &str| Member { id: id.to_owned(), name: id.to_owned(), ip: Ipv4Addr::LOCALHOST };
        assert_eq!(pool.need(now), Some(Need::Make));
        pool.end(Some(member("a")));
        assert_eq!(pool.need(now), None);
        pool.end(Some(member("b")));
        assert_eq!(pool.need(now), Some(Need::Remove(member("b"))));
        assert_eq!(pool.take("uid").await, Some(member("a")));
        assert_eq!((pool.owner("a").as_deref(), pool.owner("b")), (Some("uid"), None));
        assert_eq!(pool.take("other").await, None);
        pool.end(Some(member("c")));
        assert_eq!(pool.need(Instant::now()), Some(Need::Make), "two were wanted at once");
        assert_eq!((pool.lose("c"), pool.lose("c")), (Some(member("c")), None));
        pool.give_up("a test");
        assert_eq!(pool.need(Instant::now()), None);
    }

    #[tokio::test]
    async fn one_pod_waits_for_what_is_being_made() {
        let pool = Pool::default();
        let member = Member { id: "a".to_owned(), name: "a".to_owned(), ip: Ipv4Addr::LOCALHOST };
        pool.begin();
        let (first, second, ()) = tokio::join!(pool.take("1"), pool.take("2"), async {
            tokio::task::yield_now().await;
            pool.end(Some(member.clone()));
        });
        assert_eq!((first, second), (Some(member), None));
        assert_eq!(pool.owner("a").as_deref(), Some("1"));
        pool.begin();
        let (third, ()) = tokio::join!(pool.take("3"), async { pool.end(None) });
        assert_eq!(third, None, "it could not be made");
    }
}
