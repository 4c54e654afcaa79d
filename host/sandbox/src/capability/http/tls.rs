//! TLS: whose certificates are believed, and what goes wrong with them.

use std::{
    io,
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use wasmtime_wasi_http::Error;

use super::{Subject, url::Url};
use crate::capability::endpoint::Host;

/// TLS for all calls of a sandbox.
pub(crate) struct Tls {
    /// Authorities that are believed beside those of the system.
    authorities: Vec<CertificateDer<'static>>,
    /// Made for the first request: reading the system's certificates takes its time, and most
    /// hosts make no request.
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Tls {
    /// TLS that believes the system's authorities, and those in this file.
    ///
    /// # Errors
    ///
    /// Where the file has no certificates in PEM; says why.
    pub(crate) fn new(authorities: Option<&Path>) -> Result<Self, String> {
        let authorities = match authorities {
            Some(file) => read(file)?,
            None => Vec::new(),
        };
        Ok(Self { authorities, config: OnceLock::new() })
    }

    /// Speaks TLS with the host of `url` over `stream`.
    pub(super) async fn connect(
        &self,
        url: &Url,
        stream: TcpStream,
        subject: &Subject,
    ) -> Result<TlsStream<TcpStream>, Error> {
        let config = self.config.get_or_init(|| self.configure().map_err(|e| e.to_string()));
        let config = config.as_ref().map_err(|why| {
            subject.refused(format!("TLS cannot be set up on this host: {why}"));
            Error::ConfigurationError
        })?;
        let name = match &url.host {
            Host::Address(address) => ServerName::from(*address),
            Host::Name(name) => {
                ServerName::try_from(name.clone()).map_err(|_| Error::HttpRequestUriInvalid)?
            }
        };
        let connector = TlsConnector::from(Arc::clone(config));
        connector.connect(name, stream).await.map_err(|error| unsecured(&error))
    }

    fn configure(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let verifier =
            Verifier::new_with_extra_roots(self.authorities.iter().cloned(), provider.clone())?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = std::fs::read(file).map_err(|error| error.to_string())?;
    match CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>() {
        Ok(certificates) if certificates.is_empty() => {
            Err("it has no certificates in PEM".to_owned())
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(error.to_string()),
    }
}

fn unsecured(error: &io::Error) -> Error {
    let tls = error.get_ref().and_then(|error| error.downcast_ref());
    match tls {
        Some(rustls::Error::InvalidCertificate(_)) => Error::TlsCertificateError,
        Some(rustls::Error::AlertReceived(alert)) => Error::TlsAlertReceived {
            alert_id: Some((*alert).into()),
            alert_message: Some(format!("{alert:?}")),
        },
        Some(_) => Error::TlsProtocolError,
        None => Error::ConnectionTerminated,
    }
}
