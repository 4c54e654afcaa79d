//! Where a version that is installed came from.

use serde::{Deserialize, Serialize};
use stepwell_registry::{Digest, Reference, lock::Signer};

/// The artifact of a registry that a version was pulled from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// What was asked for.
    pub(crate) oci: Reference,
    /// The manifest that it was then.
    pub(crate) manifest: Digest,
    /// Who had signed it, and was trusted; none where the operator said `--unsigned`.
    pub(crate) signed: Option<Signer>,
}

impl Source {
    /// `registry.example.com/acme/pay:1.4, signed by acme`.
    pub(crate) fn title(&self) -> String {
        match &self.signed {
            Some(signer) => format!("{}, signed by {}", self.oci, signer.publisher),
            None => format!("{}, unsigned", self.oci),
        }
    }
}
