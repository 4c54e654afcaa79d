//! The signatures of an artifact: layers of another one, which has a tag made of its digest.

use std::collections::BTreeMap;

use oci_client::manifest::{IMAGE_CONFIG_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciImageManifest};
use serde_json::json;

use super::Remote;
use crate::{
    artifact::{self, descriptor},
    digest::Digest,
    error::Error,
    key::PrivateKey,
    reference::Tag,
    signature::{ANNOTATION, Claim, MEDIA_TYPE, PAYLOAD_AT_MOST, Signature},
};

/// How many signatures of an artifact are looked at.
const SIGNATURES_AT_MOST: usize = 64;

/// How often a signature is put there that others, who sign at the same time, write away.
const PUT_AT_MOST: usize = 3;

impl Remote {
    /// The signatures that are kept beside the artifact of that manifest. Nothing is known yet of
    /// whose they are.
    ///
    /// # Errors
    ///
    /// Where the registry does not give them. What is no signature is left out: whoever may write to
    /// the repository can put it there.
    pub async fn signatures(&self, manifest: &Digest) -> Result<Vec<Signature>, Error> {
        let read = async {
            let Some(found) = self.signed(manifest).await? else { return Ok(Vec::new()) };
            self.read_signatures(manifest, &found).await
        };
        let what = || format!("signatures of {}", self.repository.at(*manifest));
        let read = tokio::time::timeout(self.patience, read).await;
        read.map_err(|_| Error::Slow { what: what(), within: self.patience })?
    }

    /// Signs the artifact of that manifest, and puts the signature beside those that are there.
    /// Whether there was none by this key.
    ///
    /// # Errors
    ///
    /// Where the registry refuses it, or others who sign at the same time write it away again and
    /// again.
    pub async fn sign(&self, manifest: &Digest, key: &PrivateKey) -> Result<bool, Error> {
        let public = key.public();
        let is_this =
            |it: &Signature| it.claim(&public, &self.repository, manifest) == Some(Claim::This);
        // A registry has no way to write a tag only where nobody else has written it meanwhile.
        for put in 0..=PUT_AT_MOST {
            let found = self.signed(manifest).await?;
            if let Some(found) = &found
                && self.read_signatures(manifest, found).await?.iter().any(is_this)
            {
                return Ok(put > 0);
            }
            if put < PUT_AT_MOST {
                self.put_signature(manifest, key, found.unwrap_or_default()).await?;
            }
        }
        let reference = self.repository.tagged(Tag::of_signatures(manifest)).to_string();
        Err(Error::Overwritten { reference })
    }

    /// Puts a signature before those that are there.
    async fn put_signature(
        &self,
        manifest: &Digest,
        key: &PrivateKey,
        mut signatures: OciImageManifest,
    ) -> Result<(), Error> {
        let signature = Signature::new(&self.repository, manifest, key);
        let mut layer = descriptor(MEDIA_TYPE, signature.payload());
        layer.annotations = Some(BTreeMap::from([(ANNOTATION.to_owned(), signature.annotation())]));
        self.push_blob(signature.payload().to_vec()).await?;
        // Among those that are looked at, however many there are.
        signatures.layers.insert(0, layer);
        let config = config(&signatures);
        signatures.media_type = Some(OCI_IMAGE_MEDIA_TYPE.to_owned());
        signatures.config = descriptor(IMAGE_CONFIG_MEDIA_TYPE, &config);
        self.push_blob(config).await?;
        let bytes = serde_json::to_vec(&signatures).expect("a manifest can be written as JSON");
        self.push_manifest(&Tag::of_signatures(manifest), bytes).await?;
        Ok(())
    }

    /// The manifest whose layers are the signatures.
    async fn signed(&self, manifest: &Digest) -> Result<Option<OciImageManifest>, Error> {
        let reference = self.repository.tagged(Tag::of_signatures(manifest));
        let bytes = match self.manifest(&reference).await {
            Ok((_, bytes)) => bytes,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let refused = |why| Error::NoSignatures { reference: reference.to_string(), why };
        artifact::manifest(&bytes).map(Some).map_err(refused)
    }

    async fn read_signatures(
        &self,
        manifest: &Digest,
        found: &OciImageManifest,
    ) -> Result<Vec<Signature>, Error> {
        let what = format!("signature of {}", self.repository.at(*manifest));
        let described = found.layers.iter().filter_map(|layer| {
            let annotation = layer.annotations.as_ref()?.get(ANNOTATION)?;
            let described = artifact::layer(layer).filter(|it| it.size <= PAYLOAD_AT_MOST)?;
            (layer.media_type == MEDIA_TYPE).then_some((annotation, described))
        });
        let mut signatures = Vec::new();
        for (annotation, layer) in described.take(SIGNATURES_AT_MOST) {
            let payload = match self.blob(&what, layer).await {
                Ok(payload) => payload,
                Err(
                    Error::NotFound { .. }
                    | Error::Changed { .. }
                    | Error::Truncated { .. }
                    | Error::TooLarge { .. }
                    | Error::Refused { .. },
                ) => continue,
                Err(error) => return Err(error),
            };
            signatures.extend(Signature::read(payload, annotation));
        }
        Ok(signatures)
    }
}

/// The config that cosign gives to signatures: an image of nothing but their layers.
fn config(signatures: &OciImageManifest) -> Vec<u8> {
    let layers: Vec<_> = signatures.layers.iter().map(|layer| &layer.digest).collect();
    let never = "0001-01-01T00:00:00Z";
    let history: Vec<_> = layers.iter().map(|_| json!({ "created": never })).collect();
    let config = json!({
        "architecture": "",
        "created": never,
        "history": history,
        "os": "",
        "rootfs": { "type": "layers", "diff_ids": layers },
        "config": {},
    });
    config.to_string().into_bytes()
}
