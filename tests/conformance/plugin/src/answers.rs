//! What an example says is answered to the HTTP requests of its call.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::Deserialize;
use serde_json::Value;
use stepwell_sandbox::Asked;

/// Answers by what is asked for, as `"http"` of an example has them: a list of
/// `{ "request": "GET https://api.example.com/v1", "answer": { "status": 200, "headers": {},
/// "body": {} } }`.
///
/// A body that is text is sent as it is, any other as JSON. A request gets the same answer each time.
#[derive(Clone, Default, Deserialize)]
#[serde(try_from = "Vec<Written>")]
pub struct Answers(Arc<List>);

#[derive(Default)]
struct List {
    answers: Vec<(Asked, Response<Bytes>)>,
    unanswered: Mutex<Vec<String>>,
}

/// What is kept of what nobody answers; a call may ask without end.
const MOST: usize = 16;

impl Answers {
    /// What was asked for and has no answer, each once, so far.
    pub fn unanswered(&self) -> Vec<String> {
        self.0.unanswered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl stepwell_sandbox::Answers for Answers {
    fn answer(&self, asked: &Asked, _: &Request<Bytes>) -> Option<Response<Bytes>> {
        let List { answers, unanswered } = &*self.0;
        if let Some((_, answer)) = answers.iter().find(|(request, _)| request == asked) {
            return Some(answer.clone());
        }
        let mut unanswered = unanswered.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = asked.to_string();
        if unanswered.len() < MOST && !unanswered.contains(&asked) {
            unanswered.push(asked);
        }
        None
    }
}

/// By what is asked for.
impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.answers.iter().map(|(asked, _)| asked.to_string())).finish()
    }
}

/// A request and its answer as a file has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    request: String,
    answer: Answer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// None for an empty one.
    body: Option<Value>,
}

/// Why an answer cannot be given.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Request(#[from] stepwell_sandbox::grants::Error),
    #[error("there are two answers to `{0}`: a request gets the same one each time")]
    Twice(String),
    #[error("the answer to `{asked}` has the status {status}: write one from 200 to 599")]
    Status { asked: String, status: u16 },
    #[error("the answer to `{asked}` has the header `{name}`, which is none, or has no such value")]
    Header { asked: String, name: String },
}

impl TryFrom<Vec<Written>> for Answers {
    type Error = Error;

    fn try_from(written: Vec<Written>) -> Result<Self, Error> {
        let mut answers: Vec<(Asked, _)> = Vec::new();
        for Written { request, answer } in written {
            let asked: Asked = request.parse()?;
            if answers.iter().any(|(other, _)| *other == asked) {
                return Err(Error::Twice(asked.to_string()));
            }
            let answer = answer.response(&asked)?;
            answers.push((asked, answer));
        }
        Ok(Self(Arc::new(List { answers, unanswered: Mutex::default() })))
    }
}

impl Answer {
    fn response(self, asked: &Asked) -> Result<Response<Bytes>, Error> {
        let Self { status, headers, body } = self;
        let code = StatusCode::from_u16(status).ok().filter(|_| (200..600).contains(&status));
        let code = code.ok_or_else(|| Error::Status { asked: asked.to_string(), status })?;
        let (is_json, body) = match body {
            None => (false, Bytes::new()),
            Some(Value::String(text)) => (false, text.into()),
            Some(json) => (true, json.to_string().into()),
        };
        let length = HeaderValue::from(body.len());
        let mut response = Response::new(body);
        *response.status_mut() = code;
        for (name, value) in headers {
            let header = (name.parse::<HeaderName>().ok(), HeaderValue::try_from(value).ok());
            let (Some(known), Some(value)) = header else {
                return Err(Error::Header { asked: asked.to_string(), name });
            };
            response.headers_mut().insert(known, value);
        }
        let headers = response.headers_mut();
        headers.entry(CONTENT_LENGTH).or_insert(length);
        if is_json {
            let json = HeaderValue::from_static("application/json");
            headers.entry(CONTENT_TYPE).or_insert(json);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stepwell_sandbox::Answers as _;

    use super::*;

    fn read(written: Value) -> Result<Answers, String> {
        serde_json::from_value(written).map_err(|error| error.to_string())
    }

    #[test]
    fn an_answer_is_found_by_method_and_url() {
        let answers = read(json!([
            {
                "request": "GET https://a/b?c=d",
                "answer": {
                    "status": 429,
                    "headers": { "retry-after": "7", "content-type": "application/problem+json" },
                    "body": { "e": 1 },
                },
            },
            { "request": "PUT https://a/b?c=d", "answer": { "status": 200, "body": "{}" } },
            { "request": "DELETE https://a/b", "answer": { "status": 204 } },
        ]))
        .unwrap();
        let ask = |asked: &str| answers.answer(&asked.parse().unwrap(), &Request::default());
        for _ in 0..2 {
            let answer = ask("GET https://A:443/b?c=d").unwrap();
            assert_eq!(answer.status(), 429);
            assert_eq!(answer.headers()["retry-after"], "7");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            assert_eq!(answer.headers()["content-length"], "7");
            assert_eq!(answer.body(), r#"{"e":1}"#);
        }
        let text = ask("PUT https://a/b?c=d").unwrap();
        assert_eq!((text.body().as_ref(), text.headers().get(CONTENT_TYPE)), (&b"{}"[..], None));
        assert!(ask("DELETE https://a/b").unwrap().body().is_empty());
        assert!(answers.unanswered().is_empty());
        for asked in ["GET https://a/b", "POST https://a/b?c=d", "GET https://a/b"] {
            assert!(ask(asked).is_none(), "{asked}");
        }
        assert_eq!(answers.unanswered(), ["GET https://a/b", "POST https://a/b?c=d"]);
        for n in 0..100 {
            ask(&format!("GET https://a/{n}"));
        }
        assert_eq!(answers.unanswered().len(), MOST);
    }

    #[test]
    fn what_cannot_be_answered_is_told_why() {
        let one = |request: &str, answer: Value| json!([{ "request": request, "answer": answer }]);
        let ok = json!({ "status": 200 });
        for (written, why) in [
            (
                one("https://a/", ok.clone()),
                "`https://a/` is no request: write `POST https://api.example.com/v1/orders?all=true`",
            ),
            (
                json!([
                    { "request": "GET https://a/", "answer": ok },
                    { "request": "GET https://a:443", "answer": ok },
                ]),
                "there are two answers to `GET https://a/`: a request gets the same one each time",
            ),
            (
                one("GET https://a/", json!({ "status": 101 })),
                "the answer to `GET https://a/` has the status 101: write one from 200 to 599",
            ),
            (
                one("GET https://a/", json!({ "status": 200, "headers": { "a b": "" } })),
                "the answer to `GET https://a/` has the header `a b`, which is none, or has no \
                 such value",
            ),
            (
                one("GET https://a/", json!({ "status": 200, "headers": { "a": "1\r\nb: 2" } })),
                "the answer to `GET https://a/` has the header `a`, which is none, or has no such \
                 value",
            ),
            (one("GET https://a/", json!({})), "missing field `status`"),
        ] {
            assert_eq!(read(written).unwrap_err(), why);
        }
        let error = read(one("GET https://a/", json!({ "status": 200, "text": 1 }))).unwrap_err();
        assert!(error.starts_with("unknown field `text`"), "{error}");
    }
}
