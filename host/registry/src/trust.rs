//! Whose artifacts are believed.

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    key::PublicKey,
    pattern::Pattern,
    reference::Repository,
    signature::{Claim, Signature},
};

/// Somebody whose signature is believed, for some repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// What the operator calls them.
    pub name: String,
    /// The key that they sign with.
    pub key: PublicKey,
    /// The repositories that they speak for, and no others.
    pub repositories: Vec<Pattern>,
}

impl Publisher {
    /// Whether they speak for a repository.
    pub fn covers(&self, repository: &Repository) -> bool {
        self.repositories.iter().any(|it| it.covers(repository))
    }
}

/// Why an artifact is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// There is no signature.
    #[error("it has no signature: whoever publishes it makes one with `stepwell plugin sign`")]
    Unsigned,
    /// Nobody is trusted for that repository.
    #[error(
        "no publisher is trusted for {repository}: `stepwell plugin trust add` says whom to trust, in a \
         project [[publishers]] in its stepwell.toml"
    )]
    Nobody {
        /// The repository.
        repository: Repository,
    },
    /// It is signed by somebody who is trusted, for other repositories.
    #[error(
        "it is signed by `{publisher}`, who is trusted, but not for {repository}: `stepwell plugin \
         trust add` says for which repositories a publisher speaks, in a project [[publishers]] in its \
         stepwell.toml"
    )]
    OtherRepositories {
        /// Who signed it.
        publisher: String,
        /// The repository that it is in.
        repository: Repository,
    },
    /// It is signed by nobody who is trusted.
    #[error("it is signed, but not by {publishers}, who may publish in {repository}")]
    OtherKey {
        /// Who might have signed it.
        publishers: String,
        /// The repository that it is in.
        repository: Repository,
    },
    /// What is signed is another artifact.
    #[error(
        "the signature of `{publisher}` beside it is of another artifact: it was put there by \
         somebody else, or the artifact was changed"
    )]
    OtherArtifact {
        /// Who signed that.
        publisher: String,
    },
    /// What is signed is the artifact in another repository.
    #[error(
        "`{publisher}` has signed it as {signed}, and not as {repository}: a copy needs a signature \
         of its own, by `stepwell plugin sign`"
    )]
    Copied {
        /// Who signed that.
        publisher: String,
        /// Where they signed it.
        signed: String,
        /// The repository that it is in.
        repository: Repository,
    },
}

/// Finds the publisher who has signed the artifact of that manifest in that repository, and may.
///
/// # Errors
///
/// Where there is none, with the reason that comes closest.
pub fn find<'a>(
    publishers: &'a [Publisher],
    repository: &Repository,
    manifest: &Digest,
    signatures: &[Signature],
) -> Result<&'a Publisher, Untrusted> {
    if signatures.is_empty() {
        return Err(Untrusted::Unsigned);
    }
    let (may, may_not): (Vec<_>, Vec<_>) =
        publishers.iter().partition(|publisher| publisher.covers(repository));
    let mut closest = None;
    for publisher in &may {
        for signature in signatures {
            match signature.claim(&publisher.key, repository, manifest) {
                Some(Claim::This) => return Ok(publisher),
                Some(Claim::OtherRepository(signed)) => {
                    let (publisher, repository) = (publisher.name.clone(), repository.clone());
                    closest = Some(Untrusted::Copied { publisher, signed, repository });
                }
                Some(Claim::OtherArtifact) => {
                    let publisher = publisher.name.clone();
                    closest = closest.or(Some(Untrusted::OtherArtifact { publisher }));
                }
                Some(Claim::Nothing) | None => {}
            }
        }
    }
    if let Some(closest) = closest {
        return Err(closest);
    }
    let repository = repository.clone();
    let signed = |publisher: &&&Publisher| {
        let claim = |it: &Signature| it.claim(&publisher.key, &repository, manifest);
        signatures.iter().any(|it| claim(it) == Some(Claim::This))
    };
    if let Some(publisher) = may_not.iter().find(signed) {
        return Err(Untrusted::OtherRepositories { publisher: publisher.name.clone(), repository });
    }
    if may.is_empty() {
        return Err(Untrusted::Nobody { repository });
    }
    let names: Vec<_> = may.iter().map(|it| format!("`{}`", it.name)).collect();
    Err(Untrusted::OtherKey { publishers: names.join(" or "), repository })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PrivateKey;

    fn publisher(name: &str, key: &PrivateKey, repositories: &[&str]) -> Publisher {
        let repositories = repositories.iter().map(|it| it.parse().unwrap()).collect();
        Publisher { name: name.to_owned(), key: key.public(), repositories }
    }

    #[test]
    fn one_who_signed_and_may_is_found_and_nobody_else() {
        let (acme, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let pay: Repository = "a.com/acme/pay".parse().unwrap();
        let mail: Repository = "a.com/acme/mail".parse().unwrap();
        let manifest = Digest::of(b"manifest");
        let sign = |repository: &Repository, manifest: &Digest, key: &PrivateKey| {
            Signature::new(repository, manifest, key)
        };
        let good = sign(&pay, &manifest, &acme);
        let of_other = sign(&pay, &manifest, &other);
        let trusted = [publisher("acme", &acme, &["a.com/acme/*"])];
        let find = |publishers: &[Publisher], signatures: &[Signature]| {
            let found = find(publishers, &pay, &manifest, signatures);
            found.map(|publisher| publisher.name.clone()).map_err(|error| error.to_string())
        };
        assert_eq!(find(&trusted, std::slice::from_ref(&good)), Ok("acme".to_owned()));
        // What anybody has put beside it is in nobody's way.
        assert_eq!(find(&trusted, &[of_other.clone(), good.clone()]), Ok("acme".to_owned()));

        let refused = |publishers: &[Publisher], signatures: &[Signature], why: &str| {
            assert_eq!(find(publishers, signatures), Err(why.to_owned()));
        };
        refused(
            &trusted,
            &[],
            "it has no signature: whoever publishes it makes one with `stepwell plugin sign`",
        );
        refused(
            &trusted,
            &[of_other],
            "it is signed, but not by `acme`, who may publish in a.com/acme/pay",
        );
        refused(
            &[],
            std::slice::from_ref(&good),
            "no publisher is trusted for a.com/acme/pay: `stepwell plugin trust add` says whom to \
             trust, in a project [[publishers]] in its stepwell.toml",
        );
        refused(
            &[publisher("acme", &acme, &["a.com/other/*"])],
            &[good],
            "it is signed by `acme`, who is trusted, but not for a.com/acme/pay: `stepwell plugin \
             trust add` says for which repositories a publisher speaks, in a project [[publishers]] \
             in its stepwell.toml",
        );
        refused(
            &trusted,
            &[sign(&pay, &Digest::of(b"other"), &acme)],
            "the signature of `acme` beside it is of another artifact: it was put there by somebody \
             else, or the artifact was changed",
        );
        refused(
            &trusted,
            &[sign(&mail, &manifest, &acme)],
            "`acme` has signed it as a.com/acme/mail, and not as a.com/acme/pay: a copy needs a \
             signature of its own, by `stepwell plugin sign`",
        );
    }
}
