//! What an operator has set: where the service is, and with whose credentials it is called.

use std::time::Duration;

use aws_credential_types::Credentials;
use stepwell_task::{Call, config, secrets};

use crate::model::Model;

/// The secrets that a plugin of this crate wants, all of them as values.
pub const SECRETS: &[&str] = &["access-key-id", "secret-access-key", "session-token"];

/// The configuration values that a plugin of this crate wants.
pub const CONFIG: &[&str] = &["endpoint", "region", "timeout-seconds"];

/// The hosts that a plugin of this crate wants: AWS's, and any that an operator grants as an
/// `endpoint`.
pub const HTTP: &[&str] = &["*.amazonaws.com", "*"];

/// How the host writes a secret that the plugin does not see.
const PLACEHOLDER: &str = "stepwell-secret-";

/// Where to send requests, and how to sign them.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
    pub(crate) timeout: Duration,
}

/// Why no request can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error(
        "the secret `{secret}` is not granted; grant it: `stepwell plugin grant {plugin} --secret \
         {secret}=env:{variable}:value`"
    )]
    NoSecret { secret: &'static str, plugin: &'static str, variable: String },
    #[error(
        "the secret `{secret}` is granted as a placeholder, and a signature needs its value; grant \
         it as `--secret {secret}=env:{variable}:value`, without hosts"
    )]
    Placeholder { secret: &'static str, variable: String },
    #[error("the configuration value `endpoint` is {0:?}; write https://HOST or http://HOST:PORT")]
    Endpoint(String),
    #[error("the configuration value `region` is {0:?}; write a region, such as eu-central-1")]
    Region(String),
    #[error(
        "the configuration value `timeout-seconds` is {0:?}; write a whole number from 1 to 900"
    )]
    Timeout(String),
}

impl Error {
    /// The error's name, behind that of the service.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NoSecret { .. } | Self::Placeholder { .. } => "MissingCredentials",
            Self::Endpoint(_) | Self::Region(_) | Self::Timeout(_) => "InvalidConfiguration",
        }
    }
}

impl Settings {
    /// What is set for a plugin that calls a service.
    pub(crate) fn read(
        plugin: &'static str,
        model: &Model,
        timeout: Duration,
        call: &Call,
    ) -> Result<Self, Error> {
        let region = config::get("region").unwrap_or_else(|| region_of(&call.execution_arn));
        let is_region = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if region.is_empty() || !region.chars().all(is_region) {
            return Err(Error::Region(region));
        }
        let endpoint = match config::get("endpoint") {
            Some(endpoint) => checked(endpoint)?,
            None => aws(model, &region),
        };
        let timeout = match config::get("timeout-seconds") {
            None => timeout,
            Some(text) => match text.parse() {
                Ok(seconds @ 1..=900) => Duration::from_secs(seconds),
                _ => return Err(Error::Timeout(text)),
            },
        };
        let access_key = secret("access-key-id", plugin)?;
        let secret_key = secret("secret-access-key", plugin)?;
        // The host's log has every secret that is asked for in vain.
        let token = match is_long_term(&access_key) {
            true => None,
            false => match secret("session-token", plugin) {
                Err(Error::NoSecret { .. }) => None,
                token => Some(token?),
            },
        };
        let credentials = Credentials::new(access_key, secret_key, token, None, "stepwell");
        Ok(Self { endpoint, region, credentials, timeout })
    }
}

/// Whether it is a key that no session token belongs to.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
fn is_long_term(access_key: &str) -> bool {
    access_key.starts_with("AKIA")
}

/// The region in an ARN.
fn region_of(arn: &str) -> String {
    arn.split(':').nth(3).unwrap_or_default().to_owned()
}

/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
fn aws(model: &Model, region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{}.{region}.{domain}", model.endpoint())
}

fn checked(endpoint: String) -> Result<String, Error> {
    let text = endpoint.trim_end_matches('/');
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['?', '#', '@', ' ']) => {
            Ok(text.to_owned())
        }
        _ => Err(Error::Endpoint(endpoint)),
    }
}

fn secret(name: &'static str, plugin: &'static str) -> Result<String, Error> {
    let variable = format!("AWS_{}", name.replace('-', "_").to_ascii_uppercase());
    match secrets::get(name).filter(|value| !value.is_empty()) {
        None => Err(Error::NoSecret { secret: name, plugin, variable }),
        Some(value) if value.starts_with(PLACEHOLDER) => {
            Err(Error::Placeholder { secret: name, variable })
        }
        Some(value) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use stepwell_task::local;

    use super::*;
    use crate::services;

    fn read() -> Result<Settings, Error> {
        let mut call = Call::local("key");
        call.execution_arn = "arn:aws:states:eu-central-1:000000000000:execution:m:e".to_owned();
        Settings::read("sqs", &services::SQS.model(), Duration::from_secs(60), &call)
    }

    fn grant() {
        local::set_secret("access-key-id", "AKID");
        local::set_secret("secret-access-key", "hush");
    }

    #[test]
    fn what_is_not_set_follows_from_the_execution() {
        grant();
        let settings = read().unwrap();
        assert_eq!(settings.endpoint, "https://sqs.eu-central-1.amazonaws.com");
        assert_eq!(settings.credentials.session_token(), None);
        assert_eq!(settings.timeout, Duration::from_secs(60));
        local::set_config("region", "cn-north-1");
        assert_eq!(read().unwrap().endpoint, "https://sqs.cn-north-1.amazonaws.com.cn");
        local::set_config("endpoint", "http://127.0.0.1:5000/");
        local::set_secret("session-token", "token");
        local::set_config("timeout-seconds", "3");
        let settings = read().unwrap();
        assert_eq!(settings.endpoint, "http://127.0.0.1:5000");
        assert_eq!(settings.credentials.session_token(), Some("token"));
        assert_eq!(settings.timeout, Duration::from_secs(3));
        local::set_secret("access-key-id", "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(read().unwrap().credentials.session_token(), None);
    }

    #[test]
    fn what_is_missing_is_told_with_what_grants_it() {
        let error = read().unwrap_err();
        assert_eq!(error.name(), "MissingCredentials");
        assert_eq!(
            error.to_string(),
            "the secret `access-key-id` is not granted; grant it: `stepwell plugin grant sqs \
             --secret access-key-id=env:AWS_ACCESS_KEY_ID:value`"
        );
        grant();
        local::set_secret("secret-access-key", "stepwell-secret-0123");
        assert_eq!(
            read().unwrap_err().to_string(),
            "the secret `secret-access-key` is granted as a placeholder, and a signature needs its \
             value; grant it as `--secret secret-access-key=env:AWS_SECRET_ACCESS_KEY:value`, \
             without hosts"
        );
    }

    #[test]
    fn values_that_are_none_are_refused() {
        grant();
        for (name, value, text) in [
            (
                "endpoint",
                "sqs.example.com",
                "the configuration value `endpoint` is \"sqs.example.com\"; write https://HOST or http://HOST:PORT",
            ),
            (
                "endpoint",
                "https://me@example.com",
                "the configuration value `endpoint` is \"https://me@example.com\"; write https://HOST or http://HOST:PORT",
            ),
            (
                "region",
                "evil.example/",
                "the configuration value `region` is \"evil.example/\"; write a region, such as eu-central-1",
            ),
            (
                "timeout-seconds",
                "0",
                "the configuration value `timeout-seconds` is \"0\"; write a whole number from 1 to 900",
            ),
        ] {
            local::set_config(name, value);
            let error = read().unwrap_err();
            assert_eq!(
                (error.name(), error.to_string()),
                ("InvalidConfiguration", text.to_owned())
            );
            local::set_config("endpoint", "http://127.0.0.1");
            local::set_config("region", "us-east-1");
        }
    }
}
