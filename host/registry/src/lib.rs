//! Plugins in OCI registries: pushed, pulled, signed and checked.
//!
//! An artifact has the ecosystem's format, so that `wkg` and `oras` read what is pushed here and the
//! other way round. Signatures are cosign's, made with a key. Nothing that a registry says is
//! believed: a manifest has the digest that was asked for, or the one that was signed; the file has
//! the digest and the size that the manifest says.
//!
//! ```no_run
//! # async fn pull(publishers: &[stepwell_registry::trust::Publisher])
//! # -> Result<Vec<u8>, Box<dyn std::error::Error>> {
//! use stepwell_registry::{Access, Options, Reference, Remote, trust};
//!
//! let reference: Reference = "oci://registry.example.com/acme/payments:1.4".parse()?;
//! let remote = Remote::new(reference.repository(), Access::Pull, &Options::default())?;
//! let found = remote.find(&reference).await?;
//! let signatures = remote.signatures(&found.manifest).await?;
//! trust::find(publishers, reference.repository(), &found.manifest, &signatures)?;
//! Ok(remote.fetch(&found, 64 << 20).await?)
//! # }
//! ```

pub mod artifact;
mod credentials;
mod digest;
mod error;
mod foreign;
pub mod key;
pub mod lock;
mod pattern;
pub mod reference;
mod remote;
mod secret;
pub mod signature;
pub mod trust;

pub use credentials::{Credentials, NoCredentials};
pub use digest::{Digest, NoDigest};
pub use error::Error;
pub use key::{PrivateKey, PublicKey};
pub use pattern::{NoPattern, Pattern};
pub use reference::{Reference, Repository};
pub use remote::{Access, Found, Options, Remote};
pub use secret::Secret;
