//! TLS, with cryptography that compiles to Wasm.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

use super::{Error, server::Server};

/// A connection, with TLS or without.
pub(crate) enum Stream<S: Read + Write> {
    Plain(S),
    Tls(Box<StreamOwned<ClientConnection, S>>),
}

impl<S: Read + Write> Stream<S> {
    /// The connection with TLS, once the server has shown that it is the one that was meant.
    pub(super) fn secured(self, server: &Server) -> Result<Self, Error> {
        let Self::Plain(mut stream) = self else { return Ok(self) };
        let name = ServerName::try_from(server.host().to_owned())
            .map_err(|_| Error::Tls(format!("{:?} is no name of a server", server.host())))?;
        let config = config(server.authorities.as_deref())?;
        let mut connection = ClientConnection::new(Arc::new(config), name).map_err(refused)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).map_err(|error| match error.kind() {
                // What rustls finds wrong is in an error of this kind.
                io::ErrorKind::InvalidData => Error::Tls(error.to_string()),
                io::ErrorKind::UnexpectedEof => {
                    Error::Tls(format!("the server broke off: {error}"))
                }
                _ => Error::Connection(error),
            })?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(connection, stream))))
    }
}

fn refused(error: rustls::Error) -> Error {
    Error::Tls(error.to_string())
}

/// Believes Mozilla's authorities, and those in the PEM.
fn config(authorities: Option<&str>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = authorities {
        let mut some = false;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let invalid =
                |error: String| Error::Tls(format!("smtp-ca has no certificates: {error}"));
            let certificate = certificate.map_err(|error| invalid(error.to_string()))?;
            roots.add(certificate).map_err(|error| invalid(error.to_string()))?;
            some = true;
        }
        if !some {
            return Err(Error::Tls("smtp-ca has no certificates in PEM".to_owned()));
        }
    }
    #[cfg(target_family = "wasm")]
    let provider = rustls_rustcrypto::provider();
    #[cfg(not(target_family = "wasm"))]
    let provider = rustls::crypto::ring::default_provider();
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(refused)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl<S: Read + Write> Read for Stream<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl<S: Read + Write> Write for Stream<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_that_are_none_are_told() {
        let told = |pem| match config(Some(pem)) {
            Err(Error::Tls(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(told("ca.pem"), "smtp-ca has no certificates in PEM");
        let broken = told("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert!(broken.starts_with("smtp-ca has no certificates: "), "{broken}");
        assert!(config(None).is_ok());
    }
}
