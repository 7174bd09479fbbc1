//! What the store promises.

use futures::StreamExt;
use serde_json::json;
use shared::api::kind::known;

use super::*;

fn key(sandbox: &str, name: &str) -> Key {
    Key { sandbox: sandbox.into(), kind: known("configmaps"), namespace: "default".into(), name: name.into() }
}

fn config(name: &str, n: u64) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"n": n.to_string()}})
}

fn names(objects: &[Object]) -> Vec<&str> {
    objects.iter().map(|o| shared::api::object::name(o.value())).collect()
}

#[tokio::test]
async fn writes_check_what_they_expect() {
    let store = Store::memory();
    let made = store.create(key("s", "a"), config("a", 1)).await.unwrap();
    assert_eq!(store.create(key("s", "a"), config("a", 1)).await, Err(StoreError::Exists));
    assert_eq!(store.update(key("s", "b"), None, config("b", 1)).await, Err(StoreError::NotFound));
    let changed = store.update(key("s", "a"), Some(made.revision()), config("a", 2)).await.unwrap();
    assert_eq!(store.update(key("s", "a"), Some(made.revision()), config("a", 3)).await, Err(StoreError::Conflict));
    assert_eq!(store.delete(key("s", "a"), Some(made.revision())).await, Err(StoreError::Conflict));
    assert_eq!(changed.value()["metadata"]["resourceVersion"], changed.revision().to_string());
    assert_eq!(serde_json::from_slice::<Value>(&changed.json()).unwrap(), *changed.value());
    let gone = store.delete(key("s", "a"), None).await.unwrap();
    assert!(gone.revision() > changed.revision());
    assert_eq!(store.get(&key("s", "a")), None);
}

#[tokio::test]
async fn sandboxes_and_namespaces_are_apart() {
    let store = Store::memory();
    for (sandbox, name) in [("s", "b"), ("s", "a"), ("t", "c")] {
        store.create(key(sandbox, name), config(name, 1)).await.unwrap();
    }
    let other = Key { namespace: "default-2".into(), ..key("s", "z") };
    store.create(other, config("z", 1)).await.unwrap();
    assert_eq!(names(&store.list("s", known("configmaps"), Some("default")).0), ["a", "b"]);
    assert_eq!(names(&store.list("s", known("configmaps"), None).0), ["a", "b", "z"]);
    assert_eq!(names(&store.list("t", known("configmaps"), None).0), ["c"]);
    store.delete_sandbox("s").await.unwrap();
    assert_eq!(names(&store.list("s", known("configmaps"), None).0), [""; 0]);
    assert_eq!(names(&store.list("t", known("configmaps"), None).0), ["c"]);
}

#[tokio::test]
async fn watches_replay_and_go_on() {
    let store = Store::memory();
    let first = store.create(key("s", "a"), config("a", 1)).await.unwrap();
    store.create(key("t", "x"), config("x", 1)).await.unwrap();
    store.update(key("s", "a"), None, config("a", 2)).await.unwrap();
    let watch = store.watch("s", known("configmaps"), Some("default"), first.revision()).unwrap();
    store.delete(key("s", "a"), None).await.unwrap();
    let events: Vec<_> = watch.take(2).collect().await;
    assert_eq!(events.iter().map(|e| e.ty).collect::<Vec<_>>(), [EventType::Modified, EventType::Deleted]);
    assert_eq!(events[1].object.value()["metadata"]["resourceVersion"], events[1].revision.to_string());
}

#[tokio::test]
async fn a_watch_that_cannot_keep_up_ends() {
    let store = Store::memory();
    let mut slow = store.watch("s", known("configmaps"), None, 0).unwrap();
    for n in 0..6000 {
        store.create(key("s", &format!("c{n}")), config("c", n)).await.unwrap();
    }
    assert!(slow.next().await.is_none());
    assert_eq!(store.watch("s", known("configmaps"), None, 5).err().map(|e| e.from), Some(5));
    let late = store.watch("s", known("configmaps"), None, 5000).unwrap();
    assert_eq!(late.take(1000).count().await, 1000);
}

#[tokio::test]
async fn a_watch_ends_with_its_sandbox_and_with_its_store() {
    let store = Store::memory();
    let mut one = store.watch("s", known("configmaps"), None, 0).unwrap();
    let mut two = store.watch("t", known("configmaps"), None, 0).unwrap();
    store.delete_sandbox("s").await.unwrap();
    assert!(one.next().await.is_none());
    assert!(store.watch("s", known("configmaps"), None, 0).is_err(), "the sandbox starts over");
    drop(store);
    assert!(two.next().await.is_none());
}

#[tokio::test]
async fn lists_of_an_earlier_revision() {
    let store = Store::memory();
    let at = async |revision| {
        let found = store.list_at("s", known("configmaps"), None, revision).unwrap();
        found.iter().map(|o| format!("{}", o.value()["data"]["n"])).collect::<String>().replace('"', "")
    };
    store.create(key("s", "a"), config("a", 1)).await.unwrap();
    store.create(key("s", "b"), config("b", 2)).await.unwrap();
    store.update(key("s", "a"), None, config("a", 3)).await.unwrap();
    store.delete(key("s", "b"), None).await.unwrap();
    store.create(key("s", "b"), config("b", 5)).await.unwrap();
    let found = [at(0).await, at(1).await, at(2).await, at(3).await, at(4).await, at(5).await];
    assert_eq!(found, ["", "1", "12", "32", "3", "35"]);
}

#[tokio::test]
async fn a_store_is_read_back_and_never_reuses_a_revision() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("objects.redb");
    let last = {
        let store = Store::open(&file).unwrap();
        for name in ["a", "b", "c"] {
            store.create(key("s", name), config(name, 1)).await.unwrap();
        }
        store.delete(key("s", "b"), None).await.unwrap();
        store.create(key("t", "x"), config("x", 1)).await.unwrap();
        store.delete_sandbox("t").await.unwrap();
        store.revision()
    };
    let store = Store::open(&file).unwrap();
    assert_eq!(names(&store.list("s", known("configmaps"), None).0), ["a", "c"]);
    assert_eq!(names(&store.list("t", known("configmaps"), None).0), [""; 0]);
    assert!(store.revision() > last);
    assert_eq!(store.watch("s", known("configmaps"), None, last).err().map(|e| e.from), Some(last));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("objects.redb");
    std::fs::write(&file, "not a database at all, and long enough to be looked at".repeat(200)).unwrap();
    let error = Store::open(&file).err().unwrap().to_string();
    assert!(error.contains("cannot be opened as an object store"), "{error}");
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("not a database"), "it is left as it was");
}
