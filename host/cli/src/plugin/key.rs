//! `stepwell plugin key`: the keys that plugins are signed with.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use stepwell_registry::{PrivateKey, PublicKey, Secret, key::KEY_FILE_AT_MOST};

use crate::Verdict;

/// Has the password of a private key, as it has for cosign.
const PASSWORD: &str = "COSIGN_PASSWORD";

/// Make the keys that plugins are signed with.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a pair of keys, as `cosign generate-key-pair` does: PREFIX.key, encrypted with the
    /// password in $COSIGN_PASSWORD, and PREFIX.pub.
    Generate {
        /// How the files' names begin.
        #[arg(long, value_name = "PREFIX", default_value = "cosign")]
        output: PathBuf,
    },
    /// Show the fingerprint of a public key, by which people compare it.
    Show {
        /// The key, a cosign.pub.
        #[arg(value_name = "KEY")]
        file: PathBuf,
    },
}

pub(crate) fn run(command: &Command) -> Result<Verdict> {
    match command {
        Command::Generate { output } => generate(output),
        Command::Show { file } => {
            anstream::println!("{}", read_public(file)?.fingerprint());
            Ok(Verdict::Good)
        }
    }
}

fn generate(prefix: &Path) -> Result<Verdict> {
    let Some(password) = password() else {
        bail!("set ${PASSWORD} to the password that the key is to be encrypted with");
    };
    let named = |extension: &str| {
        let mut name = prefix.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    let (private, public) = (named(".key"), named(".pub"));
    // A link that leads nowhere is there, too.
    if public.symlink_metadata().is_ok() {
        bail!("{} is there already, and is not overwritten", public.display());
    }
    let key = PrivateKey::generate().context("the system has no random numbers")?;
    let sealed = key.to_encrypted_pem(&password).context("the system has no random numbers")?;
    write(&private, 0o600, &sealed)?;
    if let Err(error) = write(&public, 0o644, &key.public().to_pem()) {
        // Half of a pair would be in the way of the next.
        let _ = fs::remove_file(&private);
        return Err(error);
    }
    anstream::println!("{} is to be kept, and kept secret", private.display());
    anstream::println!("{} is for those who trust you", public.display());
    anstream::println!("fingerprint {}", key.public().fingerprint());
    Ok(Verdict::Good)
}

/// Writes a file where there is none.
fn write(path: &Path, mode: u32, text: &str) -> Result<()> {
    let open = || OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = match open() {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("{} is there already, and is not overwritten", path.display());
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot write {}", path.display()));
        }
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn password() -> Option<Secret> {
    std::env::var(PASSWORD).ok().map(Secret::from)
}

/// Reads a private key, with the password in `$COSIGN_PASSWORD`.
pub(crate) fn read_private(file: &Path) -> Result<PrivateKey> {
    let key = PrivateKey::from_pem(&read(file)?, password);
    key.with_context(|| format!("the key {} cannot be used", file.display()))
}

/// Reads a public key.
pub(crate) fn read_public(file: &Path) -> Result<PublicKey> {
    let key = PublicKey::from_pem(&read(file)?);
    key.with_context(|| format!("the key {} cannot be used", file.display()))
}

/// A file, or as much of it as shows that it is too large.
fn read(file: &Path) -> Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(file)?.take(KEY_FILE_AT_MOST as u64 + 1).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    };
    read().with_context(|| format!("cannot read {}", file.display()))
}
