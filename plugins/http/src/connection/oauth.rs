//! Tokens of OAuth 2.0's client credentials (RFC 6749, section 4.4).

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use stepwell_task::{Failure, http::Request};

use super::{Connection, HttpParameters, basic_authorization, invalid};
use crate::{failure, form, parameters::ArrayFormat};

/// `OAuthParameters` of CreateConnection.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Parameters {
    authorization_endpoint: String,
    http_method: Method,
    client_parameters: Client,
    #[serde(default, rename = "OAuthHttpParameters")]
    http_parameters: HttpParameters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Get,
    Post,
    Put,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    #[serde(rename = "ClientID")]
    id: String,
}

/// What the endpoint answers (RFC 6749, section 5.1), as far as it is of use here.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
}

impl Connection {
    /// Fetches a token.
    pub(super) fn token(
        &self,
        parameters: &Parameters,
        timeout: Duration,
    ) -> Result<String, Failure> {
        let added = self.added(&parameters.http_parameters)?;
        let mut url = parameters.authorization_endpoint.clone();
        if !url.starts_with("https://") {
            let why = format!("its AuthorizationEndpoint {url:?} does not begin with https://");
            return Err(invalid(&self.name, &why));
        }
        let mut fields = Map::new();
        fields.insert("grant_type".to_owned(), "client_credentials".into());
        fields.extend(added.body.into_iter().map(|(name, value)| (name, Value::from(value))));
        let fields = form::encode(&fields, ArrayFormat::Indices);
        let mut query: Vec<_> =
            added.query.iter().map(|(name, value)| form::parameter(name, value)).collect();
        let method = match parameters.http_method {
            Method::Get => {
                query.push(fields.clone());
                "GET"
            }
            Method::Post => "POST",
            Method::Put => "PUT",
        };
        for part in query {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&part);
        }
        let client = &parameters.client_parameters.id;
        let mut request = Request::new(method, url)
            .timeout(timeout)
            .header("Accept", "application/json")
            .header("Authorization", basic_authorization(client, &self.secret(None)?));
        if parameters.http_method != Method::Get {
            request =
                request.header("Content-Type", "application/x-www-form-urlencoded").body(fields);
        }
        for (name, value) in added.headers {
            request = request.header(name, value);
        }
        let response = request.send().map_err(failure)?;
        let endpoint = &parameters.authorization_endpoint;
        match response.status {
            200..=299 => match response.json::<Answer>() {
                Ok(answer) => Ok(answer.access_token),
                Err(_) => {
                    let why = format!("{endpoint} gives no token: its answer has no access_token");
                    Err(invalid(&self.name, &why))
                }
            },
            // What it says may have a token or the client's credentials in it. It may give one later.
            status @ (429 | 500..) => Err(Failure::new(
                format!("States.Http.StatusCode.{status}"),
                format!("{endpoint} gives no token: status {status}"),
            )),
            status => {
                Err(invalid(&self.name, &format!("{endpoint} gives no token: status {status}")))
            }
        }
    }
}
