//! Whose certificates are believed.

use std::{
    io::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use stepwell_sandbox::{Options, Sandbox};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use super::world::{Client, PUBLIC, Script, Way, World, ok, options, serve};

/// What a server was sent, request by request.
pub(crate) type Seen = Arc<Mutex<Vec<String>>>;

/// An authority, as a file of its certificate.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(issuer.pem().as_bytes()).unwrap();
        Self { issuer, file }
    }

    /// A server that has a certificate for that host.
    async fn server(&self, host: &str) -> (SocketAddr, Seen) {
        self.server_saying(host, Arc::new(|_: &str| ok("safe").into_bytes())).await
    }

    /// The same, where the script says what it answers.
    pub(crate) async fn server_saying(&self, host: &str, script: Script) -> (SocketAddr, Seen) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Seen::default();
        let notes = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client may not like the certificate.
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, &script, &notes).await;
                }
            }
        });
        (address, seen)
    }

    pub(crate) fn options(&self) -> Options {
        Options { ca_file: Some(self.file.path().to_owned()), ..options() }
    }
}

fn world(server: SocketAddr) -> World {
    World::default().name("api.example", &[&[PUBLIC]]).way(PUBLIC, Way::To(server))
}

#[tokio::test]
async fn a_certificate_of_a_believed_authority_is_taken() {
    let authority = Authority::new();
    let (server, seen) = authority.server("api.example").await;
    let client = Client::granted(&["https://api.example"]).within(world(server));
    let client = Client { options: authority.options(), ..client };
    let outcome = client.fetch(json!([{ "url": "https://API.example./v1" }])).await;
    assert_eq!(outcome.body(0), "safe");
    let seen = seen.lock().unwrap();
    assert_eq!(*seen, ["GET /v1 HTTP/1.1\r\nhost: api.example\r\nconnection: close\r\n\r\n"]);
}

#[tokio::test]
async fn an_address_has_certificates_too() {
    let authority = Authority::new();
    let (server, _) = authority.server("127.0.0.1").await;
    let url = format!("https://{server}");
    let client = Client { options: authority.options(), ..Client::granted(&[&url]) };
    assert_eq!(client.fetch(json!([{ "url": url }])).await.body(0), "safe");
}

#[tokio::test]
async fn other_certificates_are_not_taken() {
    let authority = Authority::new();
    let (stranger, _) = Authority::new().server("api.example").await;
    let (another, seen) = authority.server("another.example").await;
    for server in [stranger, another] {
        let client = Client::granted(&["https://api.example"]).within(world(server));
        let client = Client { options: authority.options(), ..client };
        let outcome = client.fetch(json!([{ "url": "https://api.example" }])).await;
        assert_eq!(outcome.error(0), "ErrorCode::TlsCertificateError");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_tls_is_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await
    });
    let authority = Authority::new();
    let client = Client::granted(&["https://api.example"]).within(world(plain));
    let client = Client { options: authority.options(), ..client };
    let outcome = client.fetch(json!([{ "url": "https://api.example" }])).await;
    assert_eq!(outcome.error(0), "ErrorCode::TlsProtocolError");
}

#[tokio::test]
async fn authorities_that_cannot_be_read_are_named() {
    let mut file = NamedTempFile::new().unwrap();
    let error = |path: &std::path::Path| {
        let options = Options { ca_file: Some(path.to_owned()), ..options() };
        Sandbox::new(&options).unwrap_err().to_string()
    };
    let path = file.path().to_owned();
    assert_eq!(
        error(&path),
        format!("cannot read certificates from {}: it has no certificates in PEM", path.display())
    );
    file.write_all(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").unwrap();
    assert!(
        error(&path).starts_with(&format!("cannot read certificates from {}: ", path.display()))
    );
    let nowhere = std::path::Path::new("/nowhere/ca.pem");
    assert_eq!(
        error(nowhere),
        "cannot read certificates from /nowhere/ca.pem: No such file or directory (os error 2)"
    );
}
