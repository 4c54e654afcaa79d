//! A registry that says whatever a test wants it to.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// `GET /v2/...`.
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Vec<u8>,
}

type Answer = Arc<dyn Fn(&Request) -> Vec<u8> + Send + Sync>;

/// A server that answers each request, of which a connection has one.
pub(crate) struct Liar {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Request>>>,
    /// The certificate of the authority that vouches for it, in PEM.
    pub(crate) authority: Option<Vec<u8>>,
}

impl Liar {
    pub(crate) async fn new(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(answer), None).await
    }

    /// One that speaks TLS.
    pub(crate) async fn with_tls(
        answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let (acceptor, authority) = tls();
        let mut liar = Self::start(Arc::new(answer), Some(acceptor)).await;
        liar.authority = Some(authority);
        liar
    }

    async fn start(answer: Answer, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::<Mutex<Vec<Request>>>::default();
        let notes = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, notes) = (answer.clone(), notes.clone());
                match &tls {
                    None => serve(stream, &answer, &notes).await,
                    Some(tls) => {
                        // A client may not like the certificate.
                        if let Ok(stream) = tls.accept(stream).await {
                            serve(stream, &answer, &notes).await;
                        }
                    }
                }
            }
        });
        Self { address, seen, authority: None }
    }

    /// What was asked of it.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &Answer,
    seen: &Mutex<Vec<Request>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let header = |wanted: &str| {
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut found = headers.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.next().map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    if stream.read_exact(&mut body).await.is_err() {
        return;
    }
    let line = head.lines().next().unwrap();
    let line = line.strip_suffix(" HTTP/1.1").unwrap().to_owned();
    let request = Request { line, authorization: header("authorization"), body };
    let bytes = answer(&request);
    seen.lock().unwrap().push(request);
    // A client that has seen enough closes the connection.
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}

/// An answer with a status, headers and a body.
pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write!(bytes, "HTTP/1.1 {status}\r\nConnection: close\r\n").unwrap();
    if !headers.iter().any(|(name, _)| *name == "Content-Length") {
        write!(bytes, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    for (name, value) in headers {
        write!(bytes, "{name}: {value}\r\n").unwrap();
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

pub(crate) fn ok(body: &[u8]) -> Vec<u8> {
    answer("200 OK", &[], body)
}

/// TLS for `127.0.0.1`, and the authority that vouches for it.
fn tls() -> (TlsAcceptor, Vec<u8>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), issuer.pem().into_bytes())
}
