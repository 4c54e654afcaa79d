//! Who asks: AWS Signature Version 4, verified, or any credentials in development.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

mod signature;

use std::{fmt, net::IpAddr, sync::Arc};

use async_trait::async_trait;
use axum::http::{Uri, request::Parts};
use signature::Signed;

use crate::{
    arn::is_account,
    clock::Clock,
    error::{Code, Error},
};

/// The account of a development server's caller whose access key is none.
pub const DEVELOPMENT_ACCOUNT: &str = "000000000000";

/// Where access keys are kept.
#[async_trait]
pub trait AccessKeys: Send + Sync + 'static {
    /// The key of this id; none where there is none, or it may not be used.
    ///
    /// # Errors
    /// Where the keys cannot be read: InternalFailure, ServiceUnavailableException.
    async fn find(&self, id: &str) -> Result<Option<AccessKey>, Error>;
}

/// An access key.
#[derive(Clone)]
pub struct AccessKey {
    /// The tenant: an account id of 12 digits.
    pub account: String,
    /// The secret that signs.
    pub secret: String,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("account", &self.account).finish_non_exhaustive()
    }
}

/// How callers are told apart.
#[derive(Clone)]
pub enum Authentication {
    /// Any credentials do. An access key of 12 digits is the account id, any other stands for
    /// [`DEVELOPMENT_ACCOUNT`].
    Development {
        /// The region where a request tells none.
        region: String,
    },
    /// Signatures are verified, and may be five minutes old.
    Signatures {
        /// The tenants' keys.
        keys: Arc<dyn AccessKeys>,
        /// The one region that there is.
        region: String,
        /// What the age of a signature is measured with.
        clock: Clock,
    },
}

/// A caller that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) account: String,
    pub(crate) region: String,
}

/// Who a request says it is of, as far as its headers tell.
pub(crate) enum Claim<'a> {
    /// There is nothing to verify.
    Assumed(Identity),
    /// The signature is yet to be held against the body.
    Signed { signed: Signed<'a>, secret: String, identity: Identity },
}

impl Authentication {
    /// Refuses what needs no body to be refused.
    pub(crate) async fn claim<'a>(&self, parts: &'a Parts) -> Result<Claim<'a>, Error> {
        match self {
            Self::Development { region } => {
                refuse_web_pages(parts)?;
                Ok(Claim::Assumed(assumed(parts, region)))
            }
            Self::Signatures { keys, region, clock } => {
                let signed = Signed::read(parts)?;
                signed.check_scope(region, clock.now())?;
                // The keys of tenants are for good: there are none that need a token beside them.
                let key = match parts.headers.contains_key("x-amz-security-token") {
                    true => None,
                    false => keys.find(signed.access_key()).await?,
                };
                // A key that may not be used is answered as one that there is not. That a key is
                // unknown, AWS says, too: it is not what has to be kept secret of it.
                let AccessKey { account, secret } = key.ok_or_else(|| {
                    Error::new(
                        Code::UnrecognizedClientException,
                        "The security token included in the request is invalid.",
                    )
                })?;
                let identity = Identity { account, region: region.clone() };
                Ok(Claim::Signed { signed, secret, identity })
            }
        }
    }
}

impl Claim<'_> {
    /// The caller, verified.
    pub(crate) fn verify(self, parts: &Parts, body: &[u8]) -> Result<Identity, Error> {
        match self {
            Self::Assumed(identity) => Ok(identity),
            Self::Signed { signed, secret, identity } => {
                signed.verify(parts, body, &secret)?;
                Ok(identity)
            }
        }
    }
}

/// Where any credentials do, a page of somebody else's whose name was made to stand for this machine
/// could ask for anything: a browser tells the page it asks for.
fn refuse_web_pages(parts: &Parts) -> Result<(), Error> {
    let Some(origin) = parts.headers.get("origin") else { return Ok(()) };
    let is_local = |host: &str| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    let uri = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
    let is_local = uri.as_ref().and_then(Uri::host).is_some_and(is_local);
    if is_local {
        return Ok(());
    }
    Err(Error::new(
        Code::AccessDeniedException,
        "A development server takes no requests of web pages of other hosts",
    ))
}

/// What a request's credentials say, unverified.
fn assumed(parts: &Parts, region: &str) -> Identity {
    let scope = parts
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split_once("Credential="))
        .and_then(|(_, rest)| rest.split([',', ' ']).next())
        .unwrap_or_default();
    let mut scope = scope.split('/');
    let account = scope.next().filter(|key| is_account(key)).unwrap_or(DEVELOPMENT_ACCOUNT);
    // A region becomes part of ARNs, so it must be one.
    let is_region = |text: &&str| {
        !text.is_empty()
            && text.len() <= 32
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let region = scope.nth(1).filter(is_region).unwrap_or(region);
    Identity { account: account.to_owned(), region: region.to_owned() }
}

#[cfg(test)]
mod tests;
