//! What a state gives to `http:invoke`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use stepwell_task::Failure;

use crate::names;

/// A request, and the connection that it is made with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parameters {
    /// `https://`, host and path; it may have a query.
    pub(crate) api_endpoint: String,
    pub(crate) method: Method,
    #[serde(default)]
    authentication: Option<Authentication>,
    /// The same under another name.
    #[serde(default)]
    invocation_config: Option<Authentication>,
    /// Texts, numbers or booleans, or lists of them, by the names of header fields.
    #[serde(default)]
    pub(crate) headers: Option<Map<String, Value>>,
    /// Likewise by the names of query parameters; a list gives a parameter for each item.
    #[serde(default)]
    pub(crate) query_parameters: Option<Map<String, Value>>,
    /// Sent as JSON; a text is sent as it is.
    #[serde(default)]
    pub(crate) request_body: Option<Value>,
    #[serde(default)]
    pub(crate) transform: Option<Transform>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
    Patch,
    Options,
    Head,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Options => "OPTIONS",
            Self::Head => "HEAD",
        }
    }
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Authentication {
    /// The ARN of an EventBridge connection.
    connection_arn: String,
}

/// How the body is written.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Transform {
    #[serde(default)]
    pub(crate) request_body_encoding: Encoding,
    #[serde(default)]
    pub(crate) request_encoding_options: Option<EncodingOptions>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Encoding {
    /// As JSON.
    #[default]
    None,
    /// As a form is sent.
    UrlEncoded,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct EncodingOptions {
    #[serde(default)]
    pub(crate) array_format: ArrayFormat,
}

/// How a form has the items of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ArrayFormat {
    /// `a[0]=x&a[1]=y`
    #[default]
    Indices,
    /// `a=x&a=y`
    Repeat,
    /// `a=x,y`
    Commas,
    /// `a[]=x&a[]=y`
    Brackets,
}

impl Parameters {
    /// The ARN of the connection.
    pub(crate) fn connection(&self) -> Result<&str, Failure> {
        match (&self.authentication, &self.invocation_config) {
            (Some(one), None) | (None, Some(one)) => Ok(&one.connection_arn),
            (Some(one), Some(other)) if one.connection_arn == other.connection_arn => {
                Ok(&one.connection_arn)
            }
            (Some(_), Some(_)) => Err(Failure::new(
                names::RUNTIME,
                "Authentication and InvocationConfig name different connections: give one of them",
            )),
            (None, None) => Err(Failure::new(
                names::RUNTIME,
                "Authentication is missing: give the ConnectionArn of an EventBridge connection, \
                 arn:aws:events:REGION:ACCOUNT:connection/NAME/ID",
            )),
        }
    }
}

/// What a header or a parameter may have for a value; a list may have none or several.
pub(crate) fn texts(field: &str, name: &str, value: &Value) -> Result<Vec<String>, Failure> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            let cause =
                format!("{field}.{name} is no text, number or boolean, and no list of them");
            Err(Failure::new(names::RUNTIME, cause))
        }
    };
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}
