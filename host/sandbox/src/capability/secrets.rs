//! Secrets: the imported `stepwell:task/secrets`.
//!
//! An operator may have the guest see a secret's value, or only a placeholder, which the host
//! replaces in the headers of requests to the hosts that the secret is for.

mod written;

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{host::Pattern, watch::Use};
use crate::{
    contract,
    grants::{Capability, Error},
    state::{Setting, State},
};

/// A secret that is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Secret {
    /// What the guest calls it.
    pub name: String,
    /// Where the value is.
    pub from: Source,
    /// What the guest gets to see of it.
    #[serde(default)]
    pub expose: Exposure,
    /// The hosts whose requests the value is put into, where the guest sees a placeholder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<Pattern>,
}

/// Where the host finds the value of a secret. It is read when the grants are opened, and is kept
/// nowhere but in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// In an environment variable of the host.
    Env(String),
    /// In a file of the host; a newline at its end is no part of it.
    File(PathBuf),
    /// Here. No file with grants can say this: who tries a plugin out does.
    #[serde(skip)]
    Given(Given),
}

/// The value of a secret itself. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Given(pub String);

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given(..)")
    }
}

/// What a guest gets to see of a secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// A text that stands for it.
    #[default]
    Placeholder,
    /// The secret itself.
    Value,
}

/// Where it is from and where it goes; never what it is.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.name, self.from)?;
        match self.expose {
            Exposure::Value => f.write_str(", the value itself"),
            Exposure::Placeholder if self.hosts.is_empty() => f.write_str(", for no host"),
            Exposure::Placeholder => {
                let hosts: Vec<_> = self.hosts.iter().map(Pattern::to_string).collect();
                write!(f, ", for {}", hosts.join(", "))
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(variable) => write!(f, "the variable {variable}"),
            Self::File(file) => write!(f, "the file {}", file.display()),
            Self::Given(_) => f.write_str("a value that was given for it"),
        }
    }
}

/// Values by the names of their secrets. Never shown.
#[derive(Default)]
pub(crate) struct Values(BTreeMap<String, String>);

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Values {
    /// Reads the values of `secrets`.
    pub(crate) fn read(secrets: &[Secret]) -> Result<Self, Error> {
        let value = |secret: &Secret| {
            let value = match &secret.from {
                Source::Env(variable) => {
                    std::env::var(variable).map_err(|error| format!("{}: {error}", secret.from))
                }
                Source::File(file) => std::fs::read_to_string(file)
                    .map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
                    .map_err(|error| format!("{}: {error}", secret.from)),
                Source::Given(Given(value)) => Ok(value.clone()),
            };
            let secret = secret.name.clone();
            match value {
                Ok(value) => Ok((secret, value)),
                Err(cause) => Err(Error::Secret { secret, cause }),
            }
        };
        secrets.iter().map(value).collect::<Result<_, _>>().map(Self)
    }

    /// A text with the names of secrets in the place of their values, each character of which may be
    /// written as it is or as URLs and forms escape it. What is encoded in another way, such as a
    /// user and a password in base64, is not found.
    pub(crate) fn left_out(&self, text: String) -> String {
        written::left_out(&self.0, text)
    }
}

/// The placeholders that were given out in one call, by the names of their secrets.
#[derive(Debug, Default)]
pub(crate) struct Placeholders(BTreeMap<String, String>);

/// Who reads a header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipient<'a> {
    /// The host of the URL.
    pub(crate) host: &'a str,
    /// Whether nobody else can read along.
    pub(crate) alone: bool,
}

/// Why a header may not be sent. It never says what the secret is.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Withheld {
    /// It is sent to a host that the secret is not for.
    #[error("it carries the secret `{0}`, which is not for that host")]
    Host(String),
    /// Others could read it.
    #[error("it carries the secret `{0}`, which is not sent without TLS; use `https`")]
    Readable(String),
}

impl Setting {
    /// Puts the values of secrets in the place of their placeholders, in a header of a request;
    /// none where the header has no placeholder.
    pub(crate) fn reveal(
        &self,
        header: &str,
        to: Recipient<'_>,
    ) -> Result<Option<String>, Withheld> {
        let mut revealed = None;
        for (name, placeholder) in &self.placeholders.0 {
            let text = revealed.as_deref().unwrap_or(header);
            if !text.contains(placeholder.as_str()) {
                continue;
            }
            let secret = self.grants.spec().secrets.iter().find(|secret| secret.name == *name);
            let goes_there =
                secret.is_some_and(|secret| secret.hosts.iter().any(|host| host.matches(to.host)));
            match self.grants.secrets().0.get(name) {
                Some(_) if goes_there && !to.alone => return Err(Withheld::Readable(name.clone())),
                Some(value) if goes_there => revealed = Some(text.replace(placeholder, value)),
                _ => return Err(Withheld::Host(name.clone())),
            }
        }
        Ok(revealed)
    }
}

impl contract::secrets::Host for State {
    fn get(&mut self, name: String) -> Option<String> {
        let call = self.setting.calls.begin(Capability::Secret, || name.clone());
        let given = self.give(&name);
        match given {
            Some(_) => call.end("given"),
            None => call.refused("it is not granted"),
        }
        self.setting.grants.used(|| Use::Secret { name, given: given.clone() });
        given
    }
}

impl State {
    /// The secret of that name, or its placeholder, where it is granted.
    fn give(&mut self, name: &str) -> Option<String> {
        let grants = &self.setting.grants;
        let Some(secret) = grants.spec().secrets.iter().find(|secret| secret.name == name) else {
            let name: String = name.chars().take(64).collect();
            let refusals = &self.setting.refusals;
            refusals.note(format!("The secret `{name}` was refused: it is not granted."));
            return None;
        };
        match secret.expose {
            Exposure::Value => grants.secrets().0.get(name).cloned(),
            Exposure::Placeholder => {
                let placeholder = || format!("stepwell-secret-{}", Uuid::new_v4().simple());
                let known = self.setting.placeholders.0.entry(name.to_owned());
                Some(known.or_insert_with(placeholder).clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_given_by_whoever_has_one_and_is_neither_written_down_nor_read_nor_shown() {
        let secret = Secret {
            name: "KEY".to_owned(),
            from: Source::Given(Given("hunter2".to_owned())),
            expose: Exposure::Value,
            hosts: Vec::new(),
        };
        assert_eq!(secret.to_string(), "KEY from a value that was given for it, the value itself");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert!(serde_json::to_string(&secret).is_err());
        let written = r#"{ "name": "KEY", "from": { "given": "hunter2" } }"#;
        let error = serde_json::from_str::<Secret>(written).unwrap_err().to_string();
        assert!(error.starts_with("unknown variant `given`, expected `env` or `file`"), "{error}");
    }
}
