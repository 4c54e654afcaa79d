//! The connections that requests are made with, in the shape of EventBridge's CreateConnection.
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html>

mod oauth;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use stepwell_task::{Failure, config, secrets};

use crate::names;

/// What the names of configuration values and secrets begin with.
const PREFIX: &str = "connection.";

/// A connection that the operator has granted.
#[derive(Debug)]
pub(crate) struct Connection {
    name: String,
    definition: Definition,
}

/// What a connection adds to a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Additions {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Vec<(String, String)>,
}

/// CreateConnection's, without what is secret.
#[derive(Debug, Deserialize)]
#[serde(tag = "AuthorizationType", content = "AuthParameters")]
enum Definition {
    #[serde(rename = "BASIC")]
    Basic(Basic),
    #[serde(rename = "API_KEY")]
    ApiKey(ApiKey),
    #[serde(rename = "OAUTH_CLIENT_CREDENTIALS")]
    OAuth(OAuth),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Basic {
    basic_auth_parameters: BasicParameters,
    #[serde(default)]
    invocation_http_parameters: HttpParameters,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BasicParameters {
    username: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ApiKey {
    api_key_auth_parameters: ApiKeyParameters,
    #[serde(default)]
    invocation_http_parameters: HttpParameters,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ApiKeyParameters {
    api_key_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OAuth {
    #[serde(rename = "OAuthParameters")]
    parameters: oauth::Parameters,
    #[serde(default)]
    invocation_http_parameters: HttpParameters,
}

/// What goes along with each request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
struct HttpParameters {
    header_parameters: Vec<Parameter>,
    query_string_parameters: Vec<Parameter>,
    body_parameters: Vec<Parameter>,
}

/// One of them. A secret one has its value in the secret `connection.NAME.KEY`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Parameter {
    key: String,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    is_value_secret: bool,
}

impl Connection {
    /// The connection of an ARN, as it is granted.
    pub(crate) fn find(arn: &str) -> Result<Self, Failure> {
        let name = name(arn).ok_or_else(|| {
            let form = "arn:aws:events:REGION:ACCOUNT:connection/NAME/ID";
            Failure::new(names::RUNTIME, format!("ConnectionArn {arn:?} is not of the form {form}"))
        })?;
        let text = config::get(&format!("{PREFIX}{name}")).ok_or_else(|| {
            let cause = format!(
                "The connection {name} is not granted: grant the plugin the configuration value \
                 {PREFIX}{name}, and its secret under the same name."
            );
            Failure::new(names::ACCESS_DENIED, cause)
        })?;
        let definition = serde_json::from_str(&text).map_err(|error| {
            let why = format!(
                "the configuration value {PREFIX}{name} is not as CreateConnection takes it \
                 without its secrets: {error}"
            );
            invalid(name, &why)
        })?;
        Ok(Self { name: name.to_owned(), definition })
    }

    /// What it adds to a request. Where it is one with OAuth the token is fetched for that.
    pub(crate) fn additions(&self, timeout: Duration) -> Result<Additions, Failure> {
        let (header, parameters) = match &self.definition {
            Definition::Basic(basic) => {
                let user = &basic.basic_auth_parameters.username;
                let value = basic_authorization(user, &self.secret(None)?);
                (("Authorization".to_owned(), value), &basic.invocation_http_parameters)
            }
            Definition::ApiKey(key) => {
                let name = key.api_key_auth_parameters.api_key_name.clone();
                ((name, self.secret(None)?), &key.invocation_http_parameters)
            }
            Definition::OAuth(oauth) => {
                let token = self.token(&oauth.parameters, timeout)?;
                let value = format!("Bearer {token}");
                (("Authorization".to_owned(), value), &oauth.invocation_http_parameters)
            }
        };
        let mut additions = self.added(parameters)?;
        additions.headers.push(header);
        Ok(additions)
    }

    fn added(&self, parameters: &HttpParameters) -> Result<Additions, Failure> {
        let all = |parameters: &[Parameter]| {
            let one = |parameter: &Parameter| {
                let value = match (&parameter.value, parameter.is_value_secret) {
                    (Some(value), false) => value.clone(),
                    (None, true) => self.secret(Some(&parameter.key))?,
                    _ => {
                        let why = format!(
                            "the parameter {:?} has a Value, or IsValueSecret and its value in a \
                             secret: one of them",
                            parameter.key
                        );
                        return Err(invalid(&self.name, &why));
                    }
                };
                Ok((parameter.key.clone(), value))
            };
            parameters.iter().map(one).collect::<Result<Vec<_>, Failure>>()
        };
        Ok(Additions {
            headers: all(&parameters.header_parameters)?,
            query: all(&parameters.query_string_parameters)?,
            body: all(&parameters.body_parameters)?,
        })
    }

    /// The secret of the connection, or of one of its parameters.
    fn secret(&self, parameter: Option<&str>) -> Result<String, Failure> {
        let mut name = format!("{PREFIX}{}", self.name);
        if let Some(parameter) = parameter {
            name.push('.');
            name.push_str(parameter);
        }
        secrets::get(&name)
            .ok_or_else(|| invalid(&self.name, &format!("the secret {name} is not granted")))
    }
}

fn invalid(connection: &str, why: &str) -> Failure {
    Failure::new(
        names::INVALID_STATE,
        format!("The connection {connection} cannot be used: {why}."),
    )
}

/// The value of `Authorization` for a user (RFC 7617).
fn basic_authorization(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// The name in `arn:aws:events:REGION:ACCOUNT:connection/NAME/ID`.
fn name(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (arn, _partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (_region, _account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, _id) = resource.strip_prefix("connection/")?.split_once('/')?;
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_name = !name.is_empty() && name.chars().all(named);
    (arn == "arn" && service == "events" && is_name).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_name_is_taken_from_the_arn() {
        let arn = "arn:aws:events:us-east-2:123456789012:connection/Stripe/81210c42-8af1";
        assert_eq!(name(arn), Some("Stripe"));
        for arn in
            ["", "Stripe", "arn:aws:events:r:a:connection/Stripe", "arn:aws:s3:::connection/a/b"]
        {
            assert_eq!(name(arn), None, "{arn}");
        }
    }

    proptest! {
        #[test]
        fn no_arn_is_taken_for_another_connection(text in "\\PC*") {
            let is_in_it = |name: &str| text.contains(&format!("connection/{name}/"));
            prop_assert!(name(&text).is_none_or(is_in_it));
        }
    }
}
