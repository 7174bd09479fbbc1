//! Users, and the tokens that prove them.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use axum::http::{HeaderMap, header::AUTHORIZATION};
use rand::RngExt;

use super::service_token::Signer;
use crate::clock::now;

/// The user behind a request; put into the request's extensions by the listener that took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User name: `kubernetes-admin`, `system:serviceaccount:default:default`.
    pub user: String,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// The only sandbox this user may touch; `None` for all.
    pub sandbox: Option<String>,
}

impl Identity {
    /// The one user of a server on loopback, where there is no login.
    pub fn local() -> Self {
        Self {
            user: "kubernetes-admin".to_owned(),
            groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
            sandbox: None,
        }
    }

    /// The learner inside a sandbox: its administrator, and nobody elsewhere.
    pub fn admin_of(sandbox: &str) -> Self {
        Self { sandbox: Some(sandbox.to_owned()), ..Self::local() }
    }

    /// Whether this user may touch the sandbox at all.
    pub fn may_enter(&self, sandbox: &str) -> bool {
        self.sandbox.as_deref().is_none_or(|own| own == sandbox)
    }
}

/// Known bearer tokens. Cheap to clone; all clones are one table.
#[derive(Clone, Default)]
pub struct Tokens {
    known: Arc<RwLock<HashMap<String, Identity>>>,
    signer: Option<Arc<Signer>>,
}

impl Tokens {
    /// Tokens that are known or were signed by `signer`.
    pub fn new(signer: Arc<Signer>) -> Self {
        Self { known: Arc::default(), signer: Some(signer) }
    }

    /// Makes a token known.
    pub fn insert(&self, token: &str, identity: Identity) {
        self.known.write().unwrap_or_else(|e| e.into_inner()).insert(token.to_owned(), identity);
    }

    /// Forgets every token bound to a sandbox.
    pub fn forget_sandbox(&self, sandbox: &str) {
        let mut table = self.known.write().unwrap_or_else(|e| e.into_inner());
        table.retain(|_, identity| identity.sandbox.as_deref() != Some(sandbox));
    }

    /// The user behind a request's `Authorization: Bearer`, or behind the token that browsers and kubectl put
    /// into WebSocket protocols.
    pub fn authenticate(&self, headers: &HeaderMap) -> Option<Identity> {
        let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let token = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))?.1.trim();
        let known = self.known.read().unwrap_or_else(|e| e.into_inner()).get(token).cloned();
        known.or_else(|| self.signer.as_ref()?.verify(token, now().seconds()))
    }
}

/// A new unguessable token: 32 random bytes as hex.
pub fn new_token() -> String {
    let bytes: [u8; 32] = rand::rng().random();
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
