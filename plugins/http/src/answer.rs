//! What an API answers, as the state gets it.

use std::time::{Duration, SystemTime};

use http_types::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use stepwell_task::{Failure, http::Response};

use crate::names;

/// Most bytes of a body: what a state's data may have.
const MAX_BODY: usize = 256 << 10;

/// Most characters of a cause: what a failure may have.
const MAX_CAUSE: usize = 32_768;

/// Longest time that an API may have an execution wait.
const MAX_DELAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The answer of an API.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// Lists of texts by the names of header fields, in lower case.
    pub(crate) headers: Map<String, Value>,
    /// What a body of JSON says, and any other text as it is.
    pub(crate) response_body: Value,
    pub(crate) status_code: u16,
    pub(crate) status_text: String,
}

/// The output, or for a status other than 2xx the failure that has it in its name.
pub(crate) fn output(response: Response) -> Result<Output, Failure> {
    let status = response.status;
    let status_text =
        StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let status_text = status_text.unwrap_or_default().to_owned();
    if !(200..300).contains(&status) {
        return Err(failed(&response, &status_text));
    }
    let mut headers = Map::new();
    for (name, value) in &response.headers {
        let value = Value::from(String::from_utf8_lossy(value));
        match headers.get_mut(name) {
            Some(Value::Array(values)) => values.push(value),
            _ => {
                headers.insert(name.clone(), Value::Array(vec![value]));
            }
        }
    }
    let response_body = body(response)?;
    Ok(Output { headers, response_body, status_code: status, status_text })
}

fn failed(response: &Response, status_text: &str) -> Failure {
    let text = response.text();
    let cause = if text.trim().is_empty() { status_text } else { &text };
    let cause: String = cause.chars().take(MAX_CAUSE).collect();
    let failure = Failure::new(format!("States.Http.StatusCode.{}", response.status), cause);
    match response.header("retry-after").and_then(retry_after) {
        Some(delay) => failure.retry_after(delay.min(MAX_DELAY)),
        None => failure,
    }
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
fn retry_after(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

fn body(response: Response) -> Result<Value, Failure> {
    let size = response.body.len();
    if size > MAX_BODY {
        let cause = format!("The answer has {size} bytes, and at most {MAX_BODY} are taken.");
        return Err(Failure::new(names::DATA_LIMIT_EXCEEDED, cause));
    }
    let is_json = response.header("content-type").is_some_and(is_json);
    let kind = response.header("content-type").unwrap_or("no content type").to_owned();
    let text = String::from_utf8(response.body).map_err(|_| {
        let cause = format!("The answer ({kind}) is no text in UTF-8: binary data is not taken.");
        Failure::new("BinaryResponse", cause)
    })?;
    if is_json && let Ok(value) = serde_json::from_str(&text) {
        return Ok(value);
    }
    Ok(text.into())
}

/// `application/json`, and what is written the same way, such as `application/problem+json`.
fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        Response { status, headers: headers.iter().map(header).collect(), body: body.into() }
    }

    #[test]
    fn an_answer_is_told_as_aws_tells_it() {
        let headers = [("content-type", "application/json; charset=utf-8"), ("x", "1"), ("x", "2")];
        let output = output(response(201, &headers, r#"{"a":[1]}"#)).unwrap();
        assert_eq!(
            serde_json::to_value(output).unwrap(),
            json!({
                "Headers": { "content-type": [headers[0].1], "x": ["1", "2"] },
                "ResponseBody": { "a": [1] },
                "StatusCode": 201,
                "StatusText": "Created",
            })
        );
    }

    #[test]
    fn what_is_not_json_is_text() {
        let body = |kind: &str, body: &str| {
            output(response(200, &[("content-type", kind)], body)).unwrap().response_body
        };
        assert_eq!(body("text/plain", "{}"), "{}");
        assert_eq!(body("application/problem+json", "{}"), json!({}));
        assert_eq!(body("application/json", "{"), "{");
        assert_eq!(output(response(204, &[], "")).unwrap().response_body, "");
    }

    #[test]
    fn a_failure_has_the_status_in_its_name() {
        let failure = output(response(404, &[], r#"{"detail":"no order"}"#)).unwrap_err();
        let told = "States.Http.StatusCode.404: {\"detail\":\"no order\"}";
        assert_eq!((failure.to_string().as_str(), failure.delay()), (told, None));
        let failure = output(response(302, &[("location", "/")], "")).unwrap_err();
        assert_eq!(failure.to_string(), "States.Http.StatusCode.302: Found");
    }

    #[test]
    fn a_long_page_is_cut_and_the_status_kept() {
        let failure = output(response(500, &[], &"é".repeat(MAX_CAUSE + 1))).unwrap_err();
        assert_eq!(failure.error(), "States.Http.StatusCode.500");
        assert_eq!(failure.cause(), "é".repeat(MAX_CAUSE));
    }

    #[test]
    fn a_busy_api_says_when_to_come_back() {
        let delay = |text| output(response(429, &[("retry-after", text)], "")).unwrap_err().delay();
        assert_eq!(delay(" 7"), Some(Duration::from_secs(7)));
        assert_eq!(delay("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        assert!((90..=100).contains(&delay(&soon).unwrap().as_secs()));
        assert_eq!(delay("soon"), None);
        assert_eq!(delay("99999999999"), Some(MAX_DELAY));
        assert_eq!(delay("Fri, 31 Dec 9999 23:59:59 GMT"), Some(MAX_DELAY));
    }

    #[test]
    fn what_no_state_can_hold_is_not_taken() {
        let failure = output(response(200, &[], &"x".repeat(MAX_BODY + 1))).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "States.DataLimitExceeded: The answer has 262145 bytes, and at most 262144 are taken."
        );
        let headers = vec![("content-type".to_owned(), b"image/png".to_vec())];
        let failure = output(Response { status: 200, headers, body: vec![0xff] }).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "BinaryResponse: The answer (image/png) is no text in UTF-8: binary data is not taken."
        );
    }
}
