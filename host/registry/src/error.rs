//! What goes wrong between here and a registry.

use std::time::Duration;

use crate::{artifact::NoPlugin, digest::Digest};

/// Why something could not be pushed or pulled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client could not be made.
    #[error("cannot set up the HTTP client: {0}")]
    Setup(String),
    /// No answer.
    #[error("the registry {registry} does not answer: {why}")]
    Unreachable {
        /// Its host.
        registry: String,
        /// What went wrong.
        why: String,
    },
    /// It wants credentials, and none were given.
    #[error(
        "the registry {registry} wants credentials for {what}{}: log in with `docker login`, or give \
         --username, and the password in $STEPWELL_REGISTRY_PASSWORD",
        beside(message)
    )]
    NeedsCredentials {
        /// Its host.
        registry: String,
        /// What was asked for.
        what: String,
        /// What it says; may be empty.
        message: String,
    },
    /// It does not take those that were given.
    #[error(
        "the registry {registry} does not take the credentials of `{username}` for {what}{}",
        beside(message)
    )]
    Unauthorized {
        /// Its host.
        registry: String,
        /// Whose credentials.
        username: String,
        /// What was asked for.
        what: String,
        /// What it says; may be empty.
        message: String,
    },
    /// It wants to be told who somebody is in a way that is not known here.
    #[error("the registry {registry} asks for credentials in a way that is not known: {why}")]
    Challenge {
        /// Its host.
        registry: String,
        /// What it asks for.
        why: String,
    },
    /// There is no such thing.
    #[error("the registry has no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// Any other answer.
    #[error("the registry answers {status} to the request for {what}{}", said(message))]
    Refused {
        /// What was asked for.
        what: String,
        /// The status of HTTP.
        status: u16,
        /// What it says; may be empty.
        message: String,
    },
    /// It sends one elsewhere where one does not go.
    #[error("the registry sends the request for {what} to {to}, which is not followed: {why}")]
    Redirect {
        /// What was asked for.
        what: String,
        /// Where to.
        to: String,
        /// Why not.
        why: &'static str,
    },
    /// More bytes than there may be.
    #[error("{what} has more than the {most} bytes that it may have")]
    TooLarge {
        /// What was asked for.
        what: String,
        /// How many there may be.
        most: u64,
    },
    /// Fewer bytes than there should be.
    #[error("{what} breaks off after {found} of {expected} bytes")]
    Truncated {
        /// What was asked for.
        what: String,
        /// How many came.
        found: u64,
        /// How many there should be.
        expected: u64,
    },
    /// Other bytes than there should be.
    #[error("{what} was changed: its digest is {found}, and should be {expected}")]
    Changed {
        /// What was asked for.
        what: String,
        /// The digest of what came.
        found: Digest,
        /// The digest that it should have.
        expected: Digest,
    },
    /// It takes longer than it may.
    #[error("{what} are not read within {within:?}: the registry is too slow, or has too many")]
    Slow {
        /// What was asked for.
        what: String,
        /// How long it may take.
        within: Duration,
    },
    /// A signature that does not stay where it was put.
    #[error(
        "the signature was put at {reference}, and was gone again each time: others sign the \
         artifact at the same time, or the registry takes no new ones; try again"
    )]
    Overwritten {
        /// Where signatures are kept.
        reference: String,
    },
    /// A tag that is to be given to what is pushed is missing.
    #[error("{reference} names no tag to push to: write :TAG behind the repository, and no digest")]
    NoTag {
        /// What was given.
        reference: String,
    },
    /// Something else where signatures are kept.
    #[error("signatures are kept at {reference}, and what is there holds none: {why}")]
    NoSignatures {
        /// Where they are kept.
        reference: String,
        /// What is there instead.
        why: NoPlugin,
    },
    /// An artifact that is no plugin's.
    #[error("{what} is no plugin: {why}")]
    NoPlugin {
        /// What was asked for.
        what: String,
        /// Why not.
        why: NoPlugin,
    },
}

/// What a registry says, behind what was asked of it.
fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// The same in the midst of a sentence.
fn beside(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" (it says: {message})") }
}
