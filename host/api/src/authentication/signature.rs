//! One signature.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, request::Parts};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use sha2::{Digest as _, Sha256};

use crate::error::{Code, Error};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "states";
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// How far a signature's time may be from the host's.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
const DOES_NOT_MATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";

/// What a request says of its signature.
#[derive(Debug)]
pub(crate) struct Signed<'a> {
    access_key: &'a str,
    /// `20261122/us-east-1/states/aws4_request`.
    scope: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    headers: &'a str,
    signature: &'a str,
    /// As the request has it.
    time_text: &'a str,
    time: Timestamp,
}

impl<'a> Signed<'a> {
    pub(super) fn read(parts: &'a Parts) -> Result<Self, Error> {
        let header = text(&parts.headers, "authorization").filter(|it| !it.is_empty());
        let Some(header) = header else {
            return Err(Error::new(
                Code::MissingAuthenticationTokenException,
                "Request is missing Authentication Token",
            ));
        };
        let rest = header
            .strip_prefix(ALGORITHM)
            .and_then(|rest| rest.strip_prefix(' '))
            .ok_or_else(|| {
                let name = header.split(' ').next().unwrap_or_default();
                incomplete(format!("Unsupported AWS 'algorithm': '{name}'."))
            })?;
        let value = |name: &str| {
            let mut found = rest.split(',').filter_map(|part| {
                part.trim().strip_prefix(name).and_then(|part| part.strip_prefix('='))
            });
            found.next().filter(|value| !value.is_empty())
        };
        let (credential, headers, signature) =
            (value("Credential"), value("SignedHeaders"), value("Signature"));
        let time_text = text(&parts.headers, "x-amz-date");
        let (Some(credential), Some(headers), Some(signature), Some(time_text)) =
            (credential, headers, signature, time_text)
        else {
            let mut missing: Vec<_> = [
                ("Credential", credential.is_none()),
                ("Signature", signature.is_none()),
                ("SignedHeaders", headers.is_none()),
            ]
            .into_iter()
            .filter(|(_, is_missing)| *is_missing)
            .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
            .collect();
            if time_text.is_none() {
                missing.push(
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                     header."
                        .to_owned(),
                );
            }
            // The values are no business of whoever reads the answer.
            return Err(incomplete(format!("{} Authorization={ALGORITHM}", missing.join(" "))));
        };
        let (access_key, scope) = credential.split_once('/').unwrap_or((credential, ""));
        let scope_parts: Vec<_> = scope.split('/').collect();
        let [date, region, service, "aws4_request"] = *scope_parts else {
            return Err(incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            )));
        };
        let time = parse_time(time_text).ok_or_else(|| {
            incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{time_text}'."))
        })?;
        Ok(Self { access_key, scope, date, region, service, headers, signature, time_text, time })
    }

    pub(super) fn access_key(&self) -> &'a str {
        self.access_key
    }

    /// Whether the signature is of this time, and for this host.
    pub(super) fn check_scope(&self, region: &str, now: Timestamp) -> Result<(), Error> {
        let time = self.time_text;
        let shown = |time: Timestamp| time.strftime(DATE_FORMAT).to_string();
        // Saturating at the ends of time, where no signature is valid either way.
        let earliest = now.checked_sub(SKEW).unwrap_or(Timestamp::MIN);
        let latest = now.checked_add(SKEW).unwrap_or(Timestamp::MAX);
        if self.time < earliest {
            return Err(invalid(format!(
                "Signature expired: {time} is now earlier than {} ({} - 5 min.)",
                shown(earliest),
                shown(now)
            )));
        }
        if self.time > latest {
            return Err(invalid(format!(
                "Signature not yet current: {time} is still later than {} ({} + 5 min.)",
                shown(latest),
                shown(now)
            )));
        }
        let mut wrong = Vec::new();
        if self.region != region {
            wrong.push(format!(
                "Credential should be scoped to a valid region, not '{}'. ",
                self.region
            ));
        }
        if self.service != SERVICE {
            wrong.push(format!("Credential should be scoped to correct service: '{SERVICE}'. "));
        }
        if !time.starts_with(self.date) || self.date.len() != 8 {
            wrong.push(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{}' != '{}', from '{time}'.",
                self.date,
                time.get(..8).unwrap_or_default()
            ));
        }
        if wrong.is_empty() { Ok(()) } else { Err(invalid(wrong.concat())) }
    }

    /// Whether this secret has signed this request.
    pub(super) fn verify(&self, parts: &Parts, body: &[u8], secret: &str) -> Result<(), Error> {
        let names: Vec<_> = self.headers.split(';').collect();
        // A signature that says nothing of the host could be replayed at another one, and one that
        // leaves the target open could be made to do something else.
        for (required, shown) in [
            ("host", "'Host' or ':authority'"),
            ("x-amz-date", "'X-Amz-Date'"),
            ("x-amz-target", "'X-Amz-Target'"),
        ] {
            if !names.contains(&required) {
                return Err(invalid(format!(
                    "{shown} must be a 'SignedHeader' in the AWS Authorization."
                )));
            }
        }
        // In their order, and so each of them once: nothing is hashed many times over.
        if !names.is_sorted_by(|one, next| one < next) {
            return Err(mismatch());
        }
        let canonical = canonical_request(parts, &names, body).ok_or_else(mismatch)?;
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{}\n{}",
            self.time_text,
            self.scope,
            hex::encode(Sha256::digest(canonical))
        );
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [self.date, self.region, self.service, "aws4_request"] {
            key = mac(&key, part)?.finalize().into_bytes().to_vec();
        }
        let signature = hex::decode(self.signature).map_err(|_| mismatch())?;
        // The comparison takes the same time wherever the two differ.
        mac(&key, &to_sign)?.verify_slice(&signature).map_err(|_| mismatch())
    }
}

fn mac(key: &[u8], text: &str) -> Result<Hmac<Sha256>, Error> {
    // Every length of a key is allowed, so this is never refused.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| mismatch())?;
    mac.update(text.as_bytes());
    Ok(mac)
}

/// What is hashed; none where a header that is said to be signed is missing.
fn canonical_request(parts: &Parts, names: &[&str], body: &[u8]) -> Option<String> {
    let mut headers = String::new();
    for name in names {
        let mut values = Vec::new();
        let key = HeaderName::from_bytes(name.as_bytes()).ok()?;
        for value in parts.headers.get_all(&key) {
            let text = value.to_str().ok()?;
            values.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        if values.is_empty() {
            return None;
        }
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    Some(format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        parts.method,
        parts.uri.path(),
        query(&parts.uri),
        names.join(";"),
        hex::encode(Sha256::digest(body))
    ))
}

/// The query in order. The API has none, so nothing in it needs to be decoded.
fn query(uri: &Uri) -> String {
    let mut pairs: Vec<_> =
        uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).collect();
    pairs.sort_unstable();
    pairs.join("&")
}

fn parse_time(text: &str) -> Option<Timestamp> {
    // jiff's own formats take more than the one that is signed.
    let basic = text.len() == 16 && text.is_ascii();
    let time = DateTime::strptime(DATE_FORMAT, text).ok().filter(|_| basic)?;
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(HeaderValue::to_str).and_then(Result::ok)
}

fn incomplete(message: String) -> Error {
    Error::new(Code::IncompleteSignatureException, message)
}

fn invalid(message: String) -> Error {
    Error::new(Code::InvalidSignatureException, message)
}

fn mismatch() -> Error {
    invalid(DOES_NOT_MATCH.to_owned())
}
