//! How commands speak with registries, and whom they believe.

use std::{
    fs,
    io::{self, Read as _},
    path::PathBuf,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use stepwell_registry::{
    Access, Credentials, Digest, Found, Options, Reference, Remote, Repository, Secret,
    lock::Signer,
    trust::{self, Publisher},
};

use super::{
    reported::{self, Report},
    store::Source,
};
use crate::sandbox;

/// Has the password that belongs to `--username`.
const PASSWORD: &str = "STEPWELL_REGISTRY_PASSWORD";
/// The longest password, in bytes; those that are tokens have some thousands.
const PASSWORD_AT_MOST: u64 = 64 << 10;

/// How a registry is spoken to.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Registry")]
pub(crate) struct RegistryFlags {
    /// Log in as this user, with the password in $STEPWELL_REGISTRY_PASSWORD or on standard input;
    /// by default with what `docker login` has left.
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// Read the password from standard input.
    #[arg(long, requires = "username")]
    password_stdin: bool,

    /// Speak to the registry without TLS. One on loopback is spoken to so anyway, unless --ca-file
    /// is given.
    #[arg(long, conflicts_with = "ca_file")]
    plain_http: bool,

    /// Believe the certificates of these authorities, too, which are in PEM.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// Whose artifacts are taken.
#[derive(Debug, Clone)]
pub(crate) enum Believed {
    /// Those that one of these has signed.
    Signed(Vec<Publisher>),
    /// Any.
    Unsigned,
}

/// A plugin's file from a registry.
#[derive(Debug)]
pub(crate) struct Pulled {
    pub(crate) bytes: Vec<u8>,
    pub(crate) source: Source,
    /// What its publisher reports of its conformance, in a line.
    pub(crate) reported: Option<String>,
    /// That report, where it is about this file.
    pub(crate) report: Option<Report>,
}

/// Has the authorities' certificates where a project's plugins are pulled by what has no flags for it.
const CA_FILE: &str = "STEPWELL_REGISTRY_CA_FILE";

impl RegistryFlags {
    /// How a project's registries are spoken to by commands that have no flags for it. A password is
    /// not among what the environment says: it would go to whatever registry a project names.
    pub(crate) fn of_environment() -> Self {
        let ca_file = std::env::var_os(CA_FILE).filter(|it| !it.is_empty()).map(PathBuf::from);
        Self { ca_file, ..Self::default() }
    }

    /// A repository that can be spoken to.
    pub(crate) fn open(&self, repository: &Repository, access: Access) -> Result<Remote> {
        let authorities = self
            .ca_file
            .as_ref()
            .map(|file| fs::read(file).with_context(|| format!("cannot read {}", file.display())));
        let options = Options {
            credentials: self.credentials(repository)?,
            plain_http: self.plain_http,
            authorities: authorities.transpose()?,
            ..Options::default()
        };
        Ok(Remote::new(repository, access, &options)?)
    }

    fn credentials(&self, repository: &Repository) -> Result<Credentials> {
        let Some(username) = self.username.clone() else {
            return Ok(Credentials::of_docker(repository)?);
        };
        Ok(Credentials::Password { username, password: self.password()? })
    }

    fn password(&self) -> Result<Secret> {
        if self.password_stdin {
            let mut text = String::new();
            io::stdin()
                .take(PASSWORD_AT_MOST + 1)
                .read_to_string(&mut text)
                .context("cannot read the password from standard input")?;
            if text.len() as u64 > PASSWORD_AT_MOST {
                bail!(
                    "what is on standard input has more than {PASSWORD_AT_MOST} bytes, and is no \
                       password"
                );
            }
            return Ok(text.trim_end_matches(['\r', '\n']).to_owned().into());
        }
        let password = std::env::var(PASSWORD).ok();
        let password = password.with_context(|| {
            format!("--username needs a password: set ${PASSWORD}, or say --password-stdin")
        })?;
        Ok(password.into())
    }

    /// Pulls a plugin's file that one of those has signed: `before` has, if that is still so. `check`
    /// sees what the reference stands for before anything of it is believed.
    pub(crate) async fn pull(
        &self,
        reference: &Reference,
        believed: &Believed,
        before: Option<&Signer>,
        check: impl FnOnce(&Found) -> Result<()>,
    ) -> Result<Pulled> {
        let remote = self.open(reference.repository(), Access::Pull)?;
        let found = remote.find(reference).await?;
        check(&found)?;
        let signed = match believed {
            Believed::Unsigned => None,
            Believed::Signed(publishers) => {
                Some(signer(&remote, &found.manifest, publishers, before).await?)
            }
        };
        let bytes = remote.fetch(&found, sandbox::file_bytes()?).await?;
        let source = Source { oci: reference.clone(), manifest: found.manifest, signed };
        let (reported, report) = (reported::line(&found), reported::published(&found));
        Ok(Pulled { bytes, source, reported, report })
    }
}

/// Who of the publishers has signed the artifact of that manifest: `before`, where they have, for one
/// may have signed it as well as another.
pub(crate) async fn signer(
    remote: &Remote,
    manifest: &Digest,
    publishers: &[Publisher],
    before: Option<&Signer>,
) -> Result<Signer> {
    let mut publishers = publishers.to_vec();
    publishers.sort_by_key(|it| before.is_none_or(|before| it.key.fingerprint() != before.key));
    let signatures = remote.signatures(manifest).await?;
    let found = trust::find(&publishers, remote.repository(), manifest, &signatures);
    let found =
        found.with_context(|| format!("{} is not trusted", remote.repository().at(*manifest)))?;
    Ok(Signer::of(found))
}

/// Sees that a tag has not moved from what was taken under it before.
pub(crate) fn check_tag(found: &Found, before: &Digest, whose: &str, help: &str) -> Result<()> {
    if found.manifest == *before {
        return Ok(());
    }
    let repository = found.reference.repository();
    match found.reference.tag() {
        Some(tag) => bail!(
            "the tag {tag} of {repository} is now {}, and {whose} {before}: where that is meant, \
             {help}",
            found.manifest
        ),
        None => bail!("{} is not what {whose} {before}", found.reference),
    }
}
