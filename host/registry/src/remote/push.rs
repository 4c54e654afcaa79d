//! Writing: what a manifest names first, and then the manifest.

use std::fmt::Display;

use bytes::Bytes;
use oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
use reqwest::{Method, StatusCode};

use super::{Call, Remote};
use crate::{
    artifact::{Artifact, Labels},
    digest::Digest,
    error::Error,
    key::PrivateKey,
    reference::{Reference, Version},
};

impl Remote {
    /// Pushes a plugin's file, and gives it the reference's tag. The digest is that of the
    /// manifest.
    ///
    /// # Errors
    ///
    /// Where the reference has no tag or a digest, where the file is no Wasm, or the registry
    /// refuses it.
    pub async fn push(
        &self,
        reference: &Reference,
        file: Vec<u8>,
        labels: &Labels,
    ) -> Result<Digest, Error> {
        self.push_and_sign(reference, file, labels, None).await
    }

    /// The same, signed before it has the tag: whoever follows that finds the signature.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn push_and_sign(
        &self,
        reference: &Reference,
        file: Vec<u8>,
        labels: &Labels,
        key: Option<&PrivateKey>,
    ) -> Result<Digest, Error> {
        let Version::Tag(tag) = reference.version() else {
            return Err(Error::NoTag { reference: reference.to_string() });
        };
        let Artifact { manifest, config } = Artifact::new(&file, labels)
            .map_err(|why| Error::NoPlugin { what: "the file".to_owned(), why })?;
        self.push_blob(file).await?;
        self.push_blob(config).await?;
        if let Some(key) = key {
            let digest = Digest::of(&manifest);
            self.push_manifest(&digest, manifest.clone()).await?;
            self.sign(&digest, key).await?;
        }
        self.push_manifest(tag, manifest).await
    }

    /// Writes a blob, unless the repository has it.
    pub(super) async fn push_blob(&self, blob: Vec<u8>) -> Result<Digest, Error> {
        let digest = Digest::of(&blob);
        let what = format!("blob {digest}");
        let there = self.call(what.clone(), Method::HEAD, &format!("blobs/{digest}"))?;
        if self.send(there).await?.status() == StatusCode::OK {
            return Ok(digest);
        }
        let what = format!("upload of {what}");
        let begin = self.call(what, Method::POST, "blobs/uploads/")?;
        let begun = self.expect(begin.clone(), StatusCode::ACCEPTED).await?;
        let mut url = self.elsewhere(&begin, &begun)?;
        url.query_pairs_mut().append_pair("digest", &digest.to_string());
        let body = Some(("application/octet-stream", Bytes::from(blob)));
        let put = Call { method: Method::PUT, url, body, ..begin };
        self.expect(put, StatusCode::CREATED).await?;
        Ok(digest)
    }

    /// Writes a manifest under a tag, or under its digest alone.
    pub(super) async fn push_manifest(
        &self,
        at: &impl Display,
        manifest: Vec<u8>,
    ) -> Result<Digest, Error> {
        let digest = Digest::of(&manifest);
        let what = format!("push of the manifest {at} to {}", self.repository);
        let call = self.call(what, Method::PUT, &format!("manifests/{at}"))?;
        let body = Some((OCI_IMAGE_MEDIA_TYPE, Bytes::from(manifest)));
        self.expect(Call { body, ..call }, StatusCode::CREATED).await?;
        Ok(digest)
    }
}
