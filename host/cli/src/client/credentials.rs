//! The credentials that AWS's own clients would take: from the environment, or from a profile.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/creds-config-files.html>

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use aws_credential_types::Credentials as Signing;
use configparser::ini::Ini;
use stepwell_api::authentication::DEVELOPMENT_ACCOUNT;

/// The region where nobody names any.
const REGION: &str = "us-east-1";

/// Who signs, and for which region.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) key: String,
    secret: String,
    token: Option<String>,
    pub(super) region: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Tells what a variable of the environment says.
type Variable<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// Where credentials are looked for.
pub(super) struct Environment<'a> {
    /// An environment variable.
    pub(super) variable: Variable<'a>,
    pub(super) home: Option<PathBuf>,
}

impl Environment<'_> {
    pub(super) fn of_process() -> Self {
        let home = directories::BaseDirs::new().map(|it| it.home_dir().to_owned());
        Self { variable: Box::new(|name| std::env::var(name).ok()), home }
    }

    fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// A file of AWS's clients; none where it is not there.
    fn file(&self, variable: &str, name: &str) -> Result<Option<Ini>> {
        let path = match self.variable(variable) {
            Some(path) => PathBuf::from(path),
            None => match &self.home {
                Some(home) => home.join(".aws").join(name),
                None => return Ok(None),
            },
        };
        read(&path)
    }
}

fn read(path: &Path) -> Result<Option<Ini>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut ini = Ini::new_cs();
    match ini.read(text) {
        Ok(_) => Ok(Some(ini)),
        // The line may be a secret.
        Err(_) => bail!("{} is no file of AWS's clients", path.display()),
    }
}

impl Credentials {
    /// Those of the environment, or of the profile; where there are none, those of the account that
    /// `stepwell dev` takes everybody for.
    pub(super) fn find(environment: &Environment<'_>) -> Result<Self> {
        let named = environment.variable("AWS_PROFILE");
        let profile = named.as_deref().unwrap_or("default");
        let config = environment.file("AWS_CONFIG_FILE", "config")?;
        let section = match profile {
            "default" => "default".to_owned(),
            other => format!("profile {other}"),
        };
        let configured = |name| config.as_ref().and_then(|config| config.get(&section, name));
        let region = environment
            .variable("AWS_REGION")
            .or_else(|| environment.variable("AWS_DEFAULT_REGION"))
            .or_else(|| configured("region"))
            .unwrap_or_else(|| REGION.to_owned());
        let variable = |name| environment.variable(name);
        if let (Some(key), Some(secret)) =
            (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"))
        {
            return Ok(Self { key, secret, token: variable("AWS_SESSION_TOKEN"), region });
        }
        let shared = environment.file("AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
        let value = |name| {
            let shared = shared.as_ref().and_then(|shared| shared.get(profile, name));
            shared.or_else(|| configured(name))
        };
        if let (Some(key), Some(secret)) =
            (value("aws_access_key_id"), value("aws_secret_access_key"))
        {
            return Ok(Self { key, secret, token: value("aws_session_token"), region });
        }
        if let Some(named) = named {
            bail!(
                "the profile `{named}` has no access key; set AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY, or unset AWS_PROFILE"
            );
        }
        Ok(Self { region, ..Self::of_development() })
    }

    /// Those of whoever has none.
    pub(super) fn of_development() -> Self {
        Self {
            key: DEVELOPMENT_ACCOUNT.to_owned(),
            secret: "stepwell".to_owned(),
            token: None,
            region: REGION.to_owned(),
        }
    }

    /// What signs.
    pub(super) fn signing(&self) -> Signing {
        Signing::new(&self.key, &self.secret, self.token.clone(), None, "stepwell")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Credentials> {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        for (name, text) in files {
            std::fs::write(home.path().join(".aws").join(name), text).unwrap();
        }
        let variable = |wanted: &str| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        };
        let home = Some(home.path().to_owned());
        Credentials::find(&Environment { variable: Box::new(variable), home })
    }

    const SHARED: (&str, &str) = (
        "credentials",
        "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = a/b+c=\n\n\
         [work]\naws_access_key_id=AKIA2\naws_secret_access_key=two\naws_session_token=t\n",
    );
    const CONFIG: (&str, &str) =
        ("config", "[default]\nregion = eu-west-1\n[profile work]\nregion = eu-central-1\n");

    #[test]
    fn the_environment_comes_first() {
        let found = find(
            &[("AWS_ACCESS_KEY_ID", "AKIA3"), ("AWS_SECRET_ACCESS_KEY", "three")],
            &[SHARED, CONFIG],
        )
        .unwrap();
        assert_eq!((&*found.key, &*found.secret, &*found.region), ("AKIA3", "three", "eu-west-1"));
        assert!(!format!("{found:?}").contains("three"));
    }

    #[test]
    fn a_profile_has_its_keys_and_its_region() {
        let found = find(&[], &[SHARED, CONFIG]).unwrap();
        assert_eq!((&*found.key, &*found.secret, &*found.region), ("AKIA1", "a/b+c=", "eu-west-1"));
        let found = find(&[("AWS_PROFILE", "work")], &[SHARED, CONFIG]).unwrap();
        assert_eq!((&*found.key, found.token.as_deref()), ("AKIA2", Some("t")));
        assert_eq!(found.region, "eu-central-1");
        let both = [("AWS_PROFILE", "work"), ("AWS_REGION", "us-west-2")];
        assert_eq!(find(&both, &[SHARED, CONFIG]).unwrap().region, "us-west-2");
    }

    #[test]
    fn without_any_they_are_the_development_accounts() {
        let found = find(&[], &[]).unwrap();
        assert_eq!((&*found.key, &*found.region), ("000000000000", "us-east-1"));
    }

    #[test]
    fn a_profile_that_is_named_must_have_a_key() {
        let error = find(&[("AWS_PROFILE", "other")], &[SHARED]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the profile `other` has no access key; set AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, or unset AWS_PROFILE"
        );
    }
}
