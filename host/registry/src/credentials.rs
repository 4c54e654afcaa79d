//! Who one is to a registry.

use std::path::PathBuf;

use docker_credential::{CredentialRetrievalError, DockerCredential};

use crate::{reference::Repository, secret::Secret};

/// Who one is to a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A user with a password, or with a token in its place.
    Password {
        /// The user's name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A token that is exchanged for others, which some registries give at `docker login`.
    IdentityToken(Secret),
}

/// Why the credentials of Docker's configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCredentials {
    /// One of its helpers failed.
    #[error(
        "the credentials that Docker's configuration has for {registry} cannot be had: {why}; `docker \
         login {registry}` renews them"
    )]
    Docker {
        /// The registry.
        registry: String,
        /// What went wrong.
        why: String,
    },
}

impl Credentials {
    /// Those that `docker login` has left for the repository's registry, in `~/.docker/config.json`
    /// or where `$DOCKER_CONFIG` has it, or with the helper that is named there; where there are
    /// none, nobody's.
    ///
    /// # Errors
    ///
    /// Where there are some that cannot be used.
    pub fn of_docker(repository: &Repository) -> Result<Self, NoCredentials> {
        let file = std::env::var_os("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".docker")));
        let is_there = file.is_some_and(|it| it.join("config.json").try_exists().unwrap_or(true));
        if !is_there {
            return Ok(Self::Anonymous);
        }
        let found = docker_credential::get_credential(server(repository.registry()));
        Self::found(found, repository.registry())
    }

    fn found(
        found: Result<DockerCredential, CredentialRetrievalError>,
        registry: &str,
    ) -> Result<Self, NoCredentials> {
        let registry = registry.to_owned();
        match found {
            Ok(DockerCredential::UsernamePassword(username, password)) => {
                Ok(Self::Password { username, password: password.into() })
            }
            Ok(DockerCredential::IdentityToken(token)) => Ok(Self::IdentityToken(token.into())),
            Err(
                CredentialRetrievalError::NoCredentialConfigured
                | CredentialRetrievalError::ConfigNotFound,
            ) => Ok(Self::Anonymous),
            Err(CredentialRetrievalError::ConfigReadError) => Err(NoCredentials::Docker {
                registry,
                why: "its config.json is damaged or cannot be read".to_owned(),
            }),
            // What a helper writes may have secrets in it.
            Err(CredentialRetrievalError::HelperFailure { helper, stdout, .. }) => {
                if stdout.contains("credentials not found") {
                    return Ok(Self::Anonymous);
                }
                Err(NoCredentials::Docker { registry, why: format!("`{helper}` fails") })
            }
            Err(error) => Err(NoCredentials::Docker { registry, why: error.to_string() }),
        }
    }

    /// Whose they are, in words; none where they are nobody's.
    pub(crate) fn username(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Password { username, .. } => Some(username),
            Self::IdentityToken(_) => Some("an identity token"),
        }
    }
}

/// What `docker login` calls a registry: Docker Hub is an URL.
fn server(registry: &str) -> &str {
    match registry {
        "index.docker.io" => "https://index.docker.io/v1/",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(config: &str) -> Result<Credentials, NoCredentials> {
        let found = docker_credential::get_credential_from_reader(config.as_bytes(), "a.com:5000");
        Credentials::found(found, "a.com:5000")
    }

    #[test]
    fn the_credentials_of_docker_are_taken() {
        // `ada:hush`.
        let found = read(r#"{"auths":{"a.com:5000":{"auth":"YWRhOmh1c2g="}}}"#).unwrap();
        let password = "hush".to_owned().into();
        assert_eq!(found, Credentials::Password { username: "ada".to_owned(), password });
        assert!(!format!("{found:?}").contains("hush"));
        let found = read(r#"{"auths":{"a.com:5000":{"identitytoken":"hush"}}}"#).unwrap();
        assert_eq!(found, Credentials::IdentityToken("hush".to_owned().into()));
        assert_eq!(
            read(r#"{"auths":{"b.com":{"auth":"YWRhOmh1c2g="}}}"#),
            Ok(Credentials::Anonymous)
        );
        let hub: Repository = "docker.io/acme/pay".parse().unwrap();
        assert_eq!(server(hub.registry()), "https://index.docker.io/v1/");
        assert_eq!(server("a.com:5000"), "a.com:5000");
    }

    #[test]
    fn those_that_cannot_be_used_are_told_without_secrets() {
        assert_eq!(
            read("no JSON").unwrap_err().to_string(),
            "the credentials that Docker's configuration has for a.com:5000 cannot be had: its \
             config.json is damaged or cannot be read; `docker login a.com:5000` renews them"
        );
        let error = read(r#"{"auths":{"a.com:5000":{"auth":"%hush%"}}}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the credentials that Docker's configuration has for a.com:5000 cannot be had: Unable to \
             decode credential; `docker login a.com:5000` renews them"
        );
        let failure = |stdout: &str| {
            let (helper, stdout, stderr) = ("docker-credential-x", stdout.into(), "hush".into());
            let error =
                CredentialRetrievalError::HelperFailure { helper: helper.into(), stdout, stderr };
            Credentials::found(Err(error), "a.com")
        };
        assert_eq!(
            failure("hush").unwrap_err().to_string(),
            "the credentials that Docker's configuration has for a.com cannot be had: \
             `docker-credential-x` fails; `docker login a.com` renews them"
        );
        let none = "credentials not found in native keychain";
        assert_eq!(failure(none), Ok(Credentials::Anonymous));
    }
}
