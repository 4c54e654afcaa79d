//! Creates access credentials, and revokes them.
//!
//! A task's output is kept in the history, where a secret has no place. So the secret goes into a
//! file for the one who hands it over, its hash into the register that logins are checked against,
//! and only the identifier into the output.

use std::{fmt::Write as _, io, path::Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stepwell_task::{Call, Failure, fs};

stepwell_task::plugin! {
    summary: "Creates access credentials, and revokes them.",
    wants: { directories: ["/credentials"] },
    tasks: [
        // What is in the register already stays, and with it the secret the customer may have.
        "create": idempotent "Makes a secret and enters its hash into the register." => create,
        "revoke": idempotent "Takes an order's credentials out of the register." => revoke,
    ],
}

/// Whom to give access.
#[derive(Deserialize, JsonSchema)]
pub struct Request {
    order: String,
    customer: String,
}

/// An entry of the register.
#[derive(Serialize, Deserialize)]
struct Entry {
    id: String,
    order: String,
    customer: String,
    /// Of the secret's text. A secret of 256 random bits needs no slow hash.
    sha256: String,
}

/// The credentials, without the secret.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    id: String,
    /// The file in /credentials that has the secret, to be deleted when it is handed over.
    secret_file: String,
}

/// Whose access ends.
#[derive(Deserialize, JsonSchema)]
pub struct Revocation {
    order: String,
}

/// The credentials that were in force.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Revoked {
    revoked: Vec<String>,
}

fn create(request: Request, call: &Call) -> Result<Credentials, Failure> {
    create_in(Path::new("/credentials"), request, call)
}

fn create_in(folder: &Path, request: Request, call: &Call) -> Result<Credentials, Failure> {
    let id = call.id("key");
    let secret_file = format!("{id}.secret");
    let entry_path = folder.join(format!("{id}.json"));
    if fs::read(&entry_path)?.is_none() {
        let secret = secret()?;
        // The entry goes last: without it nothing has happened, and the next attempt begins anew.
        fs::write(folder.join(&secret_file), &secret)?;
        let entry = Entry {
            id: id.clone(),
            order: request.order,
            customer: request.customer,
            sha256: hexadecimal(&Sha256::digest(secret.as_bytes())),
        };
        fs::write(&entry_path, serde_json::to_string_pretty(&entry)?)?;
    }
    Ok(Credentials { id, secret_file })
}

fn revoke(request: Revocation, _call: &Call) -> Result<Revoked, Failure> {
    revoke_in(Path::new("/credentials"), &request)
}

fn revoke_in(folder: &Path, request: &Revocation) -> Result<Revoked, Failure> {
    let mut revoked = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let Some(text) = fs::read(&path)? else {
            continue;
        };
        let entry: Entry = serde_json::from_str(&text)?;
        if entry.order == request.order {
            // The secret first: with its entry gone, nobody would find it again.
            remove(&path.with_extension("secret"))?;
            remove(&path)?;
            revoked.push(entry.id);
        }
    }
    revoked.sort();
    Ok(Revoked { revoked })
}

/// What is gone already needs no removing: it was handed over, or an earlier attempt came so far.
fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn secret() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::new("NoRandomness", error.to_string()))?;
    Ok(hexadecimal(&bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    fn request() -> Request {
        Request { order: "A-1001".into(), customer: "ada@example.com".into() }
    }

    #[test]
    fn the_register_has_the_hash_and_the_output_no_secret() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let made = create_in(folder.path(), request(), &Call::local("key"))?;
        let secret = std::fs::read_to_string(folder.path().join(&made.secret_file))?;
        assert_eq!(secret.len(), 64);
        let entry = std::fs::read(folder.path().join(format!("{}.json", made.id)))?;
        let entry: Entry = serde_json::from_slice(&entry)?;
        assert_eq!(entry.sha256, hexadecimal(&Sha256::digest(secret.as_bytes())));
        assert_eq!(entry.order, "A-1001");
        assert!(!serde_json::to_string(&made)?.contains(&secret));
        Ok(())
    }

    #[test]
    fn the_same_key_keeps_its_secret() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let first = create_in(folder.path(), request(), &Call::local("one"))?;
        let path = folder.path().join(&first.secret_file);
        let secret = std::fs::read_to_string(&path)?;
        create_in(folder.path(), request(), &Call::local("one"))?;
        assert_eq!(std::fs::read_to_string(&path)?, secret);
        let other = create_in(folder.path(), request(), &Call::local("two"))?;
        assert_ne!(other.id, first.id);
        assert_ne!(std::fs::read_to_string(folder.path().join(&other.secret_file))?, secret);
        Ok(())
    }

    #[test]
    fn an_orders_credentials_are_revoked_and_no_others() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let gone = create_in(folder.path(), request(), &Call::local("one"))?;
        let mut other = request();
        other.order = "A-1002".into();
        let kept = create_in(folder.path(), other, &Call::local("two"))?;

        let revocation = Revocation { order: "A-1001".into() };
        let revoked = revoke_in(folder.path(), &revocation)?;
        assert_eq!(revoked.revoked, [gone.id]);
        assert!(!folder.path().join(&gone.secret_file).exists());
        assert!(folder.path().join(&kept.secret_file).exists());
        assert_eq!(revoke_in(folder.path(), &revocation)?.revoked.len(), 0);
        Ok(())
    }
}
