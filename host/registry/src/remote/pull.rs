//! Reading: a manifest first, and then what it names.

use reqwest::{Method, StatusCode};

use super::{Call, MANIFEST_AT_MOST, Remote};
use crate::{
    artifact::{self, Described, Layer},
    digest::Digest,
    error::Error,
    reference::Reference,
};

/// The kinds of manifest that are asked for. An index is one of them, to be told what it is.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

/// A plugin that a registry has, of which the manifest alone was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was asked for.
    pub reference: Reference,
    /// The manifest's digest.
    pub manifest: Digest,
    /// The plugin's file.
    pub layer: Layer,
    /// The report of the conformance kit that its publisher has pushed with it.
    pub conformance: Option<String>,
    /// When its manifest says that it was made.
    pub created: Option<String>,
}

impl Remote {
    /// Finds out which plugin a reference stands for.
    ///
    /// # Errors
    ///
    /// Where there is none, where the manifest does not have the digest that the reference names, or
    /// is not that of a plugin.
    pub async fn find(&self, reference: &Reference) -> Result<Found, Error> {
        let (manifest, bytes) = self.manifest(reference).await?;
        let Described { layer, conformance, created } = artifact::read(&bytes)
            .map_err(|why| Error::NoPlugin { what: reference.to_string(), why })?;
        Ok(Found { reference: reference.clone(), manifest, layer, conformance, created })
    }

    /// Reads a plugin's file, of at most so many bytes.
    ///
    /// # Errors
    ///
    /// Where it has more, or its size or digest are not what its manifest says.
    pub async fn fetch(&self, found: &Found, most: u64) -> Result<Vec<u8>, Error> {
        let what = found.reference.to_string();
        if found.layer.size > most {
            return Err(Error::TooLarge { what, most });
        }
        self.blob(&what, found.layer).await
    }

    /// The manifest that a reference stands for, and its digest.
    pub(super) async fn manifest(&self, reference: &Reference) -> Result<(Digest, Vec<u8>), Error> {
        let what = format!("manifest of {reference}");
        let path = format!("manifests/{}", reference.in_api());
        let call = self.call(what.clone(), Method::GET, &path)?;
        let call = Call { accept: Some(MANIFESTS), ..call };
        let response = self.expect(call, StatusCode::OK).await?;
        let bytes = self.read(&what, response, MANIFEST_AT_MOST).await?;
        let found = Digest::of(&bytes);
        match reference.digest() {
            Some(expected) if *expected != found => {
                Err(Error::Changed { what, found, expected: *expected })
            }
            _ => Ok((found, bytes)),
        }
    }

    /// Reads a blob that has exactly that size and digest.
    pub(super) async fn blob(&self, what: &str, layer: Layer) -> Result<Vec<u8>, Error> {
        let Layer { digest: expected, size } = layer;
        let call = self.call(what.to_owned(), Method::GET, &format!("blobs/{expected}"))?;
        let response = self.expect(call, StatusCode::OK).await?;
        let bytes = self.read(what, response, size).await?;
        let what = what.to_owned();
        if (bytes.len() as u64) < size {
            return Err(Error::Truncated { what, found: bytes.len() as u64, expected: size });
        }
        match Digest::of(&bytes) {
            found if found == expected => Ok(bytes),
            found => Err(Error::Changed { what, found, expected }),
        }
    }
}
