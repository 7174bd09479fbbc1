//! Service accounts' tokens: JSON Web Tokens signed by a key of the installation, so that they outlive a restart of
//! the server and need no table.

use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt;
use ring::hmac;
use serde_json::{Value, json};

use super::Identity;

/// Who issues, and whom the tokens are for.
pub const ISSUER: &str = "https://kubernetes.default.svc";
const KEY_LENGTH: usize = 32;

/// Signs and checks tokens.
pub struct Signer(hmac::Key);

impl Signer {
    /// Reads the key of `dir`, or makes it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        let file = dir.join("token.key");
        if !file.exists() {
            let bytes: [u8; KEY_LENGTH] = rand::rng().random();
            crate::data_dir::write(&file, &bytes)?;
        }
        let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        anyhow::ensure!(bytes.len() == KEY_LENGTH, "{} is no token key", file.display());
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// A token that says these things.
    pub fn sign(&self, claims: &Value) -> String {
        let head = URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "typ": "JWT"}).to_string());
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        let signed = format!("{head}.{body}");
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The account behind a token that was signed here and is still good at `now` (seconds since the epoch).
    pub fn verify(&self, token: &str, now: i64) -> Option<Identity> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, body) = signed.split_once('.')?;
        let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
        if head.get("alg").and_then(Value::as_str) != Some("HS256") {
            return None;
        }
        hmac::verify(&self.0, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        if claims.get("exp").and_then(Value::as_i64)? <= now {
            return None;
        }
        let text = |pointer: &str| claims.pointer(pointer).and_then(Value::as_str);
        let subject = text("/sub")?;
        let namespace = subject.strip_prefix("system:serviceaccount:")?.split(':').next()?;
        Some(Identity {
            user: subject.to_owned(),
            groups: vec![
                "system:serviceaccounts".to_owned(),
                format!("system:serviceaccounts:{namespace}"),
                "system:authenticated".to_owned(),
            ],
            sandbox: Some(text("/podground.io~1sandbox")?.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_good_tokens_are_let_in() {
        let dir = tempfile::tempdir().unwrap();
        let signer = Signer::open(dir.path()).unwrap();
        let claims = json!({"sub": "system:serviceaccount:default:web", "exp": 100, "podground.io/sandbox": "s"});
        let token = signer.sign(&claims);
        let identity = signer.verify(&token, 99).unwrap();
        assert_eq!(
            (identity.user.as_str(), identity.sandbox.as_deref()),
            ("system:serviceaccount:default:web", Some("s"))
        );
        assert_eq!(signer.verify(&token, 100), None, "expired");
        assert_eq!(Signer::open(tempfile::tempdir().unwrap().path()).unwrap().verify(&token, 99), None, "another key");
        assert_eq!(Signer::open(dir.path()).unwrap().verify(&token, 99), Some(identity), "the same key, read back");
        for broken in ["", "a.b", "a.b.c", &token[..token.len() - 2]] {
            assert_eq!(signer.verify(broken, 0), None, "{broken}");
        }
    }
}
