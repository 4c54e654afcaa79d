//! Plugins as OCI artifacts, in the ecosystem's format: a manifest with one layer of
//! `application/wasm`, and a config that says what it is.
//!
//! [CNCF TAG Runtime, Wasm OCI Artifact](https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/).

use std::collections::BTreeMap;

use oci_client::{
    annotations,
    manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest},
};
use oci_wasm::{WASM_LAYER_MEDIA_TYPE, WASM_MANIFEST_CONFIG_MEDIA_TYPE, WasmConfig};

use crate::{digest::Digest, foreign::foreign};

/// The annotations that a plugin's manifest has, from what the plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Its name.
    pub title: String,
    /// Its version.
    pub version: String,
    /// A line about it; may be empty.
    pub description: String,
    /// When the artifact was made, as RFC 3339 has it. The same file with the same labels makes the
    /// same artifact.
    pub created: String,
    /// The report of the conformance kit about it, as JSON text, if there is one.
    pub conformance: Option<String>,
}

/// The annotation that has the report of the conformance kit. It is in the manifest, and so what a
/// signature is about.
pub const CONFORMANCE: &str = "dev.stepwell.conformance";

/// An artifact that can be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    pub(crate) manifest: Vec<u8>,
    pub(crate) config: Vec<u8>,
}

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The file.
    pub layer: Layer,
    /// The report of the conformance kit that came with it, whatever that text is.
    pub conformance: Option<String>,
    /// When it was made, whatever that text is.
    pub created: Option<String>,
}

/// What a manifest says about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// The file's digest.
    pub digest: Digest,
    /// How many bytes it has.
    pub size: u64,
}

/// Why an artifact is no plugin's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlugin {
    /// The manifest is an index of others.
    #[error(
        "it is an index of {0} artifacts, such as one for each platform: name one of them by its \
         digest"
    )]
    Index(usize),
    /// No manifest at all.
    #[error("its manifest is none of the OCI image format: {0}")]
    Manifest(String),
    /// An artifact of another kind.
    #[error(
        "it is an artifact of another kind: its config is `{0}`, and that of a plugin is \
         `{WASM_MANIFEST_CONFIG_MEDIA_TYPE}`"
    )]
    Kind(String),
    /// More layers than one, or none.
    #[error("it has {0} layers, and a plugin has one")]
    Layers(usize),
    /// A layer of another kind.
    #[error("its layer is `{0}`, and that of a plugin is `{WASM_LAYER_MEDIA_TYPE}`")]
    Layer(String),
    /// A layer whose digest or size are none.
    #[error("its manifest gives its layer no SHA-256 digest or no size")]
    Descriptor,
    /// What is to be pushed is no component.
    #[error("the file cannot be described: {0}")]
    File(String),
}

impl Artifact {
    /// The artifact of a plugin's file, be it a component or a core module.
    pub(crate) fn new(file: &[u8], labels: &Labels) -> Result<Self, NoPlugin> {
        // The layer number of the binary format, which follows its version.
        let is_component = file.get(6..8) == Some(&[1, 0]);
        let made = match is_component {
            true => WasmConfig::from_raw_component(file.to_vec(), None),
            false => WasmConfig::from_raw_module(file.to_vec(), None),
        };
        let refused = |why: String| NoPlugin::File(why);
        let (mut config, _) = made.map_err(|error| refused(format!("{error:#}")))?;
        config.created =
            labels.created.parse().map_err(|_| refused("it was made at no time".to_owned()))?;
        let config = serde_json::to_vec(&config).map_err(|error| refused(error.to_string()))?;
        let manifest = OciImageManifest {
            media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
            config: descriptor(WASM_MANIFEST_CONFIG_MEDIA_TYPE, &config),
            layers: vec![descriptor(WASM_LAYER_MEDIA_TYPE, file)],
            annotations: Some(labels.annotations()),
            ..OciImageManifest::default()
        };
        let manifest = serde_json::to_vec(&manifest).map_err(|error| refused(error.to_string()))?;
        Ok(Self { manifest, config })
    }
}

/// The digest of the manifest that a plugin's file gets with these labels.
///
/// # Errors
///
/// Where the file is no Wasm.
pub fn digest(file: &[u8], labels: &Labels) -> Result<Digest, NoPlugin> {
    Ok(Digest::of(&Artifact::new(file, labels)?.manifest))
}

impl Labels {
    fn annotations(&self) -> BTreeMap<String, String> {
        let all = [
            (annotations::ORG_OPENCONTAINERS_IMAGE_TITLE, &self.title),
            (annotations::ORG_OPENCONTAINERS_IMAGE_VERSION, &self.version),
            (annotations::ORG_OPENCONTAINERS_IMAGE_DESCRIPTION, &self.description),
            (annotations::ORG_OPENCONTAINERS_IMAGE_CREATED, &self.created),
        ];
        let report = self.conformance.iter().map(|report| (CONFORMANCE, report));
        let said = all.into_iter().chain(report).filter(|(_, value)| !value.is_empty());
        said.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }
}

/// The descriptor of what can be kept in memory.
pub(crate) fn descriptor(media_type: &str, bytes: &[u8]) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: Digest::of(bytes).to_string(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    }
}

/// The digest and the size in a descriptor.
pub(crate) fn layer(descriptor: &OciDescriptor) -> Option<Layer> {
    let size = u64::try_from(descriptor.size).ok()?;
    Some(Layer { digest: descriptor.digest.parse().ok()?, size })
}

/// Reads a manifest of any kind of artifact.
///
/// # Errors
///
/// Where it is none, or an index.
pub(crate) fn manifest(bytes: &[u8]) -> Result<OciImageManifest, NoPlugin> {
    let refused = |error: serde_json::Error| NoPlugin::Manifest(foreign(&error.to_string()));
    let document: serde_json::Value = serde_json::from_slice(bytes).map_err(refused)?;
    if let Some(manifests) = document["manifests"].as_array() {
        return Err(NoPlugin::Index(manifests.len()));
    }
    let manifest: OciImageManifest = serde_json::from_value(document).map_err(refused)?;
    match manifest.media_type.as_deref() {
        _ if manifest.schema_version != 2 => {
            Err(NoPlugin::Manifest(format!("its version is {}", manifest.schema_version)))
        }
        None | Some(OCI_IMAGE_MEDIA_TYPE) => Ok(manifest),
        Some(other) => Err(NoPlugin::Manifest(format!("its media type is `{}`", foreign(other)))),
    }
}

/// Reads the manifest of a plugin.
///
/// # Errors
///
/// Where it is the manifest of something else.
pub fn read(bytes: &[u8]) -> Result<Described, NoPlugin> {
    let mut manifest = manifest(bytes)?;
    if manifest.config.media_type != WASM_MANIFEST_CONFIG_MEDIA_TYPE {
        return Err(NoPlugin::Kind(foreign(&manifest.config.media_type)));
    }
    let [only] = &*manifest.layers else {
        return Err(NoPlugin::Layers(manifest.layers.len()));
    };
    if only.media_type != WASM_LAYER_MEDIA_TYPE {
        return Err(NoPlugin::Layer(foreign(&only.media_type)));
    }
    let layer = layer(only).ok_or(NoPlugin::Descriptor)?;
    let mut said = manifest.annotations.take().unwrap_or_default();
    let conformance = said.remove(CONFORMANCE);
    let created = said.remove(annotations::ORG_OPENCONTAINERS_IMAGE_CREATED);
    Ok(Described { layer, conformance, created })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn labels() -> Labels {
        Labels {
            title: "pay".to_owned(),
            version: "1.4.0".to_owned(),
            description: String::new(),
            created: "2026-11-30T17:00:00Z".to_owned(),
            conformance: None,
        }
    }

    #[test]
    fn an_artifact_says_what_it_holds() {
        let module = wat::parse_str("(module (func (export \"_start\")))").unwrap();
        let artifact = Artifact::new(&module, &labels()).unwrap();
        let config: Value = serde_json::from_slice(&artifact.config).unwrap();
        assert_eq!((&config["os"], &config["architecture"]), (&json!("wasip1"), &json!("wasm")));
        assert_eq!(config["layerDigests"], json!([Digest::of(&module)]));
        assert_eq!(config["created"], "2026-11-30T17:00:00Z");
        let manifest: Value = serde_json::from_slice(&artifact.manifest).unwrap();
        assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
        assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
        let annotations = json!({
            "org.opencontainers.image.created": "2026-11-30T17:00:00Z",
            "org.opencontainers.image.title": "pay",
            "org.opencontainers.image.version": "1.4.0",
        });
        assert_eq!(manifest["annotations"], annotations);
        let layer = Layer { digest: Digest::of(&module), size: module.len() as u64 };
        let created = Some(labels().created);
        assert_eq!(read(&artifact.manifest), Ok(Described { layer, conformance: None, created }));
        assert_eq!(digest(&module, &labels()), Ok(Digest::of(&artifact.manifest)));
        // The same again: pushing twice moves no tag.
        assert_eq!(Artifact::new(&module, &labels()).unwrap(), artifact);
    }

    #[test]
    fn a_report_is_part_of_what_is_signed() {
        let module = b"\0asm\x01\0\0\0";
        let report = Some(r#"{"conforms": true}"#.to_owned());
        let labels = Labels { conformance: report.clone(), ..labels() };
        let with = Artifact::new(module, &labels).unwrap();
        assert_eq!(read(&with.manifest).unwrap().conformance, report);
        let without = Artifact::new(module, &Labels { conformance: None, ..labels }).unwrap();
        assert_ne!(Digest::of(&with.manifest), Digest::of(&without.manifest));
    }

    #[test]
    fn a_component_says_what_it_imports() {
        let component = wat::parse_str(
            r#"(component (import "wasi:cli/exit@0.2.0" (instance (export "exit" (func)))))"#,
        );
        let artifact = Artifact::new(&component.unwrap(), &labels()).unwrap();
        let config: Value = serde_json::from_slice(&artifact.config).unwrap();
        assert_eq!(config["os"], "wasip2");
        assert_eq!(config["component"]["imports"], json!(["wasi:cli/exit@0.2.0"]));
        let error = Artifact::new(b"\0asm\x0d\0\x01\0\xff", &labels()).unwrap_err().to_string();
        assert!(error.starts_with("the file cannot be described: "), "{error}");
    }

    #[test]
    fn what_is_no_plugin_is_refused_with_what_it_is() {
        let artifact = Artifact::new(b"\0asm\x01\0\0\0", &labels()).unwrap();
        let good: Value = serde_json::from_slice(&artifact.manifest).unwrap();
        let refused = |change: &dyn Fn(&mut Value), why: &str| {
            let mut changed = good.clone();
            change(&mut changed);
            let error = read(changed.to_string().as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        };
        refused(&|it| it["manifests"] = json!([{}, {}]), "it is an index of 2 artifacts, such as");
        refused(&|it| it["layers"] = json!([]), "it has 0 layers, and a plugin has one");
        refused(
            &|it| it["layers"] = json!([it["layers"][0], it["layers"][0]]),
            "it has 2 layers, and a plugin has one",
        );
        refused(
            &|it| it["layers"][0]["mediaType"] = json!("application/gzip"),
            "its layer is `application/gzip`, and that of a plugin is `application/wasm`",
        );
        refused(
            &|it| it["config"]["mediaType"] = json!("application/x"),
            "its config is `application/x`, and that of a plugin is \
             `application/vnd.wasm.config.v0+json`",
        );
        let descriptor = "its manifest gives its layer no SHA-256 digest or no size";
        refused(&|it| it["layers"][0]["size"] = json!(-1), descriptor);
        refused(&|it| it["layers"][0]["digest"] = json!("sha512:00"), descriptor);
        refused(&|it| it["schemaVersion"] = json!(1), "its version is 1");
        refused(&|it| it["mediaType"] = json!("text/plain"), "its media type is `text/plain`");
        refused(&|it| it["layers"] = json!(1), "its manifest is none of the OCI image format: ");
        assert!(matches!(read(b"text"), Err(NoPlugin::Manifest(_))));
    }
}
