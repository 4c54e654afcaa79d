//! `stepwell plugin push`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use stepwell_registry::{
    Access, Reference,
    artifact::{self, Labels},
    reference::SCHEME,
};

use super::{key, registry::RegistryFlags, reported};
use crate::{Verdict, plain::plain, sandbox};

/// Says when an artifact was made, in seconds since 1970: <https://reproducible-builds.org>.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Push a plugin to an OCI registry.
///
/// The file is admitted just as a host admits it. The artifact has the format that `wkg` and `oras`
/// know, and the plugin's name, version and summary as annotations. A tag that stands for the same
/// artifact already, but for its time, stays as it is. With $SOURCE_DATE_EPOCH set the same file makes the same artifact
/// everywhere.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The component, or the WASI command.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Where to push it: oci://registry.example.com/acme/payments:1.4.
    #[arg(value_name = "oci://REF")]
    reference: Reference,

    /// Sign it with this key, a cosign.key whose password is in $COSIGN_PASSWORD.
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,

    /// Push this report with it, which `stepwell plugin conform --report json` has made of the
    /// file. It is signed along with the plugin, and `stepwell plugin verify` shows it.
    #[arg(long, value_name = "FILE")]
    conformance: Option<PathBuf>,

    #[command(flatten)]
    registry: RegistryFlags,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { file, reference, sign, conformance, registry } = arguments;
    // What cannot be signed is not pushed.
    let key = sign.as_deref().map(key::read_private).transpose()?;
    let bytes = sandbox::read(&file)?;
    let plugin = sandbox::open()?.admit(bytes.clone()).await;
    let plugin =
        plugin.with_context(|| format!("{} cannot be used as a plugin", file.display()))?;
    let info = plugin.info();
    let conformance = conformance.map(|file| reported::read(&file, info)).transpose()?;
    let labels = Labels {
        title: info.name.clone(),
        version: info.version.clone(),
        description: info.summary.clone(),
        created: created()?,
        conformance,
    };
    let remote = registry.open(reference.repository(), Access::Push)?;
    // Whatever goes wrong goes wrong again, and is told, when it is pushed.
    let there = remote.find(&reference).await.ok();
    let there = there.filter(|there| {
        // What is signed is what would be pushed, but for its time, whoever has pushed it. One that
        // has a report already keeps it where none is given.
        let labels = Labels {
            created: there.created.clone().unwrap_or_default(),
            conformance: labels.conformance.clone().or_else(|| there.conformance.clone()),
            ..labels.clone()
        };
        artifact::digest(&bytes, &labels).is_ok_and(|made| made == there.manifest)
    });
    let (manifest, how) = match there {
        Some(there) => {
            if let Some(key) = &key {
                remote.sign(&there.manifest, key).await?;
            }
            (there.manifest, "is there already")
        }
        None => {
            let pushed = remote.push_and_sign(&reference, bytes, &labels, key.as_ref());
            (pushed.await?, "is pushed")
        }
    };
    anstream::println!("{} {} {how}", plain(&info.name), plain(&info.version));
    if let Some(key) = key {
        anstream::println!("signed with the key {}", key.public().fingerprint());
    }
    anstream::println!("{SCHEME}{}", reference.with_digest(manifest));
    Ok(Verdict::Good)
}

/// The time of the artifact.
fn created() -> Result<String> {
    let text = std::env::var(EPOCH).ok();
    let seconds = match &text {
        Some(text) => text.parse().ok(),
        None => Some(jiff::Timestamp::now().as_second()),
    };
    let time = seconds.and_then(|it| jiff::Timestamp::from_second(it).ok());
    let time = time.with_context(|| {
        format!("${EPOCH} is no number of seconds since 1970: {}", text.unwrap_or_default())
    })?;
    Ok(time.to_string())
}
