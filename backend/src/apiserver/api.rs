//! The API without HTTP: the store, who is calling, and what every verb needs.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock, RwLock};

use rand::RngExt;
use serde_json::Value;
use shared::api::{Kind, Status, object};

use super::Client;
use crate::auth::service_token::Signer;
use crate::clock::now;
use crate::store::{Key, Object, Store, StoreError};

/// The verbs. Cheap to clone; all clones are one API.
#[derive(Clone)]
pub struct Api {
    pub(super) store: Store,
    root_ca: Arc<OnceLock<String>>,
    pub(super) signer: Arc<OnceLock<Arc<Signer>>>,
    mounts_tokens: bool,
    sandboxes: Arc<RwLock<HashSet<String>>>,
    pub(super) quotas: super::quota::Locks,
}

/// On whose behalf something happens.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The sandbox.
    pub sandbox: String,
    /// The user's name.
    pub user: String,
    /// The client's program, `kubectl`: the field manager where none is named.
    pub program: String,
}

impl Api {
    /// The API over a store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            root_ca: Arc::default(),
            signer: Arc::default(),
            mounts_tokens: false,
            sandboxes: Arc::default(),
            quotas: Arc::default(),
        }
    }

    /// Sets the certificate authority that namespaces get as `kube-root-ca.crt`.
    pub fn set_root_ca(&self, pem: &str) {
        let _ = self.root_ca.set(pem.to_owned());
    }

    /// The certificate authority, where there is one.
    pub fn root_ca(&self) -> Option<String> {
        self.root_ca.get().cloned()
    }

    /// Serves a sandbox from now on.
    pub fn open_sandbox(&self, name: &str) {
        self.sandboxes.write().unwrap_or_else(|e| e.into_inner()).insert(name.to_owned());
    }

    /// Serves it no longer.
    pub fn close_sandbox(&self, name: &str) {
        self.sandboxes.write().unwrap_or_else(|e| e.into_inner()).remove(name);
    }

    /// Whether it is served.
    pub fn has_sandbox(&self, name: &str) -> bool {
        self.sandboxes.read().unwrap_or_else(|e| e.into_inner()).contains(name)
    }

    /// Makes every Pod mount its service account's token, as a stock cluster does. The nodes must be able to.
    #[must_use]
    pub fn with_tokens(self) -> Self {
        Self { mounts_tokens: true, ..self }
    }

    /// Whether Pods mount their service account's token.
    pub(super) fn mounts_tokens(&self) -> bool {
        self.mounts_tokens
    }

    /// Sets what signs service accounts' tokens.
    pub fn set_signer(&self, signer: Arc<Signer>) {
        let _ = self.signer.set(signer);
    }

    /// The store, for reading, and for removing a sandbox whole.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The API for a part of this process.
    pub fn client(&self, sandbox: &str, user: &str) -> Client {
        let program = user.rsplit(':').next().unwrap_or(user);
        let program = if user.starts_with("system:node:") { "kubelet" } else { program };
        let caller = Caller { sandbox: sandbox.to_owned(), user: user.to_owned(), program: program.to_owned() };
        Client::new(self.clone(), caller)
    }

    /// An object, or the 404 of its name.
    ///
    /// # Errors
    /// 404
    pub fn get(&self, caller: &Caller, kind: &'static Kind, namespace: &str, name: &str) -> Result<Object, Status> {
        self.store.get(&key(caller, kind, namespace, name)).ok_or_else(|| Status::not_found(kind, name))
    }
}

/// The key of an object of the caller's sandbox.
pub(super) fn key(caller: &Caller, kind: &'static Kind, namespace: &str, name: &str) -> Key {
    let kind = super::conversion::stored(kind);
    let namespace = if kind.namespaced { namespace.to_owned() } else { String::new() };
    Key { sandbox: caller.sandbox.clone(), kind, namespace, name: name.to_owned() }
}

/// The store's refusals in Kubernetes' words.
pub(super) fn refused(kind: &Kind, name: &str, error: StoreError) -> Status {
    match error {
        StoreError::Exists => Status::already_exists(kind, name),
        StoreError::NotFound => Status::not_found(kind, name),
        StoreError::Conflict => Status::modified(kind, name),
        StoreError::Log(why) => Status::internal(why),
    }
}

/// Puts a text into an object's metadata.
pub(super) fn set_metadata(value: &mut Value, field: &str, to: impl Into<Value>) {
    if let Some(metadata) = object::metadata_mut(value) {
        metadata.insert(field.to_owned(), to.into());
    }
}

/// Takes a field out of an object's metadata.
pub(super) fn clear_metadata(value: &mut Value, field: &str) {
    if let Some(metadata) = object::metadata_mut(value) {
        metadata.remove(field);
    }
}

/// Five letters and digits that make no words, as Kubernetes ends generated names
/// (`k8s.io/apimachinery/pkg/util/rand`).
pub(super) fn suffix() -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut random = rand::rng();
    (0..5).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}

/// Now, as metadata writes it.
pub(super) fn timestamp() -> String {
    now().to_string()
}
