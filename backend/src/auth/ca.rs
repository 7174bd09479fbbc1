//! The installation's certificate authority: made once, kept in the data directory, signs the servers' certificates.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate authority that can sign.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Reads the authority of `dir` (`ca.pem`, `ca.key`), or makes it.
    ///
    /// # Errors
    /// When the files cannot be read, written or understood.
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        let (pem_file, key_file) = (dir.join("ca.pem"), dir.join("ca.key"));
        if !pem_file.exists() || !key_file.exists() {
            make(&pem_file, &key_file)?;
        }
        let pem = std::fs::read_to_string(&pem_file).with_context(|| format!("reading {}", pem_file.display()))?;
        let key = std::fs::read_to_string(&key_file).with_context(|| format!("reading {}", key_file.display()))?;
        let key = KeyPair::from_pem(&key).with_context(|| format!("{} is no private key", key_file.display()))?;
        Ok(Self { issuer: Issuer::new(ca_params(), key), pem })
    }

    /// The authority's certificate, for kubeconfigs and `kube-root-ca.crt`.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A TLS configuration with a fresh certificate for these addresses and names.
    ///
    /// # Errors
    /// When a name is no DNS name.
    pub fn server_config(&self, addresses: &[IpAddr], names: &[&str]) -> anyhow::Result<Arc<rustls::ServerConfig>> {
        let subjects = addresses.iter().map(IpAddr::to_string).chain(names.iter().map(|n| (*n).to_owned()));
        let mut params = CertificateParams::new(subjects.collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, "podground");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "podground-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params
}

fn make(pem_file: &Path, key_file: &Path) -> anyhow::Result<()> {
    let key = KeyPair::generate()?;
    let certificate = ca_params().self_signed(&key)?;
    crate::data_dir::write(key_file, key.serialize_pem().as_bytes())?;
    crate::data_dir::write(pem_file, certificate.pem().as_bytes())?;
    Ok(())
}
