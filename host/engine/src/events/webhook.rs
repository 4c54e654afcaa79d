//! A webhook that is sent events.

use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use reqwest::{
    Client, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use stepwell_journal::Pending;

use super::{Delivered, Destination, Failure, one_by_one};

/// How long a webhook may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An address that is sent each event in a POST request of its own. Any answer but a success (2xx)
/// means that the event is to come again.
///
/// Addresses that differ only in what is behind a `?` are the same destination: a secret is better
/// in a header.
#[derive(Debug, Clone)]
pub struct Webhook {
    url: Url,
    headers: HeaderMap,
    client: Client,
}

/// Why something is no webhook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhook {
    /// The address is none.
    #[error("\"{url}\" is no address of a webhook: {cause}. Write https://HOST/PATH.")]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A header is none.
    #[error("\"{0}\" is no header that can be sent.")]
    Header(String),
    /// There is no HTTP client.
    #[error("The webhook cannot be used: {0}.")]
    Client(String),
}

impl Webhook {
    /// The webhook at an address of `http` or `https`, with headers to be sent with each event:
    /// they may have a secret by which it knows the host.
    ///
    /// # Errors
    /// Where the address or a header is not valid.
    pub fn new<'a>(
        url: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, InvalidWebhook> {
        let invalid = |cause: String| InvalidWebhook::Url { url: url.to_owned(), cause };
        let parsed = Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(invalid(format!("its scheme is {}", parsed.scheme())));
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let invalid = || InvalidWebhook::Header(name.to_owned());
            let mut value = HeaderValue::from_str(value).map_err(|_| invalid())?;
            value.set_sensitive(true);
            map.insert(HeaderName::try_from(name).map_err(|_| invalid())?, value);
        }
        // The HTTP client takes the cryptography that the process has chosen. An error says that
        // it has chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| InvalidWebhook::Client(error.to_string()))?;
        Ok(Self { url: parsed, headers: map, client })
    }

    async fn send(&self, event: &Pending) -> Result<(), Failure> {
        let answer = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(event.body.text().to_owned())
            .send()
            .await
            .map_err(|error| Failure::Unreachable {
                url: self.place(),
                cause: chain(&error.without_url()),
            })?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Failure::Status { url: self.place(), status: status.as_u16() }),
        }
    }

    /// The address without what may be secret in it.
    fn place(&self) -> String {
        format!("{}{}", self.url.origin().ascii_serialization(), self.url.path())
    }
}

/// An error with what lies behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[async_trait]
impl Destination for Webhook {
    fn name(&self) -> String {
        format!("webhook:{}", self.place())
    }

    async fn deliver(&self, events: &[Pending]) -> Delivered {
        one_by_one(events, |event| self.send(event).boxed()).await
    }
}
