//! The certificates that are trusted where they are not those of the system.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::compare::Unreachable;

/// A client that trusts whoever the certificates in a file vouch for, as `AWS_CA_BUNDLE` names one.
pub(super) fn trusting(path: &Path) -> Result<ClientConfig, Unreachable> {
    let failed = |error: &dyn std::fmt::Display| {
        Unreachable(format!("the certificates in `{}` can't be read: {error}", path.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))? {
        let certificate = certificate.map_err(|error| failed(&error))?;
        roots.add(certificate).map_err(|error| failed(&error))?;
    }
    if roots.is_empty() {
        return Err(failed(&"there is none in it"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
