//! How a registry is told who one is: Basic, or a token that another host gives.
//!
//! Distribution's [Token Authentication](https://distribution.github.io/distribution/spec/auth/token/),
//! and [OAuth 2](https://distribution.github.io/distribution/spec/auth/oauth/) for identity tokens.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_auth::{ChallengeParser, ChallengeRef};
use reqwest::{
    StatusCode, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use serde::Deserialize;

use super::{Access, Remote, message};
use crate::{credentials::Credentials, error::Error, secret::Secret};

/// The largest answer with a token, in bytes.
const TOKEN_AT_MOST: u64 = 64 << 10;

/// What a registry asks for.
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String> },
}

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

impl Remote {
    /// What the registry is to be sent after it has answered with 401.
    pub(super) async fn authorize(
        &self,
        what: &str,
        headers: &HeaderMap,
    ) -> Result<HeaderValue, Error> {
        let asked = headers.get_all(WWW_AUTHENTICATE).iter();
        match challenge(asked.filter_map(|it| it.to_str().ok())) {
            Some(Challenge::Basic) => {
                self.basic().ok_or_else(|| self.unauthorized(what, String::new()))
            }
            Some(Challenge::Bearer { realm, service }) => {
                self.bearer(what, &realm, service.as_deref()).await
            }
            None => Err(self.challenge("it wants neither Basic nor Bearer")),
        }
    }

    fn basic(&self) -> Option<HeaderValue> {
        let Credentials::Password { username, password } = &self.credentials else { return None };
        let pair = STANDARD.encode(format!("{username}:{}", password.reveal()));
        hidden(&format!("Basic {pair}"))
    }

    async fn bearer(
        &self,
        what: &str,
        realm: &str,
        service: Option<&str>,
    ) -> Result<HeaderValue, Error> {
        let mut url =
            Url::parse(realm).map_err(|_| self.challenge("its realm is no URL of HTTP"))?;
        // Whoever is spoken to over TLS cannot have a password sent in the clear.
        if url.scheme() != "https" && url.scheme() != self.base.scheme() {
            return Err(self.challenge("its realm leads out of TLS"));
        }
        let at = url.clone();
        let actions = match self.access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
        };
        let scope = format!("repository:{}:{actions}", self.repository.name());
        let mut parameters = vec![("scope", &*scope)];
        parameters.extend(service.map(|service| ("service", service)));
        let request = match &self.credentials {
            Credentials::IdentityToken(token) => {
                parameters.push(("grant_type", "refresh_token"));
                parameters.push(("client_id", "stepwell"));
                parameters.push(("refresh_token", token.reveal()));
                let form = "application/x-www-form-urlencoded";
                self.http.post(url).header(CONTENT_TYPE, form).body(encoded(&parameters))
            }
            _ => {
                url.query_pairs_mut().extend_pairs(&parameters);
                let request = self.http.get(url);
                match self.basic() {
                    Some(basic) => request.header(AUTHORIZATION, basic),
                    None => request,
                }
            }
        };
        let response = request.send().await.map_err(|error| self.unreachable(&at, &error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Err(self.unauthorized(what, String::new())),
            StatusCode::FORBIDDEN => {
                return Err(self.unauthorized(what, message(response).await));
            }
            status => return Err(self.challenge(&format!("its realm answers {status}"))),
        }
        let bytes = self.read("the token", response, TOKEN_AT_MOST).await?;
        let answer: Answer = serde_json::from_slice(&bytes)
            .map_err(|_| self.challenge("its realm answers with no token"))?;
        let token = answer.token.or(answer.access_token).map(Secret::from);
        token
            .and_then(|token| hidden(&format!("Bearer {}", token.reveal())))
            .ok_or_else(|| self.challenge("its realm answers with no token"))
    }

    fn challenge(&self, why: &str) -> Error {
        Error::Challenge { registry: self.repository.registry().to_owned(), why: why.to_owned() }
    }
}

/// The parameters as a form has them.
fn encoded(parameters: &[(&str, &str)]) -> String {
    // A query is written in the same way.
    let url = Url::parse_with_params("http://form/", parameters);
    url.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}

/// A header that is not shown.
fn hidden(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The first challenge that can be met.
fn challenge<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    for header in headers {
        for parsed in ChallengeParser::new(header) {
            let Ok(ChallengeRef { scheme, params, .. }) = parsed else { break };
            if scheme.eq_ignore_ascii_case("basic") {
                return Some(Challenge::Basic);
            }
            if !scheme.eq_ignore_ascii_case("bearer") {
                continue;
            }
            let value = |wanted: &str| {
                let found = params.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                found.map(|(_, value)| value.to_unescaped())
            };
            if let Some(realm) = value("realm") {
                return Some(Challenge::Bearer { realm, service: value("service") });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_asks_for_is_read() {
        let read = |header: &str| challenge([header].into_iter());
        assert_eq!(read("Basic realm=\"registry\""), Some(Challenge::Basic));
        let bearer =
            "Bearer realm=\"https://auth.example.com/token\",service=\"a.com\",scope=\"x\"";
        let realm = "https://auth.example.com/token".to_owned();
        let service = Some("a.com".to_owned());
        assert_eq!(read(bearer), Some(Challenge::Bearer { realm, service }));
        for other in ["", "Digest realm=\"a\"", "Bearer service=\"a\"", "Bearer realm=\"a", "é"] {
            assert_eq!(read(other), None, "{other}");
        }
        let both = challenge(["Digest realm=\"a\"", "basic realm=\"b\""].into_iter());
        assert_eq!(both, Some(Challenge::Basic));
    }
}
