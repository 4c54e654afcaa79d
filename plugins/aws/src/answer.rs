//! What a service answered, as the output of its operation.

use serde_json::{Map, Number, Value, json};
use stepwell_task::http::Response;

use crate::{
    json::{self, bytes_as_text},
    model::{Id, Member, Model, Operation, Place, Protocol, Shape},
    time,
    xml::{self, Element},
};

/// Why an answer is none of the operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("it is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it is no text: {0}")]
    Text(#[from] std::str::Utf8Error),
    #[error(transparent)]
    Xml(#[from] xml::Error),
}

/// The output of an operation that has gone well.
pub(crate) fn read(
    model: &Model,
    operation: &Operation,
    response: &Response,
) -> Result<Map<String, Value>, Error> {
    let Some(output) = operation.output else { return Ok(Map::new()) };
    let members = model.members(output);
    let is_rest = matches!(model.protocol(), Protocol::RestJson | Protocol::RestXml);
    let payload = members.iter().find(|member| is_rest && member.place == Place::Payload);
    let mut outcome =
        if payload.is_some() { Map::new() } else { body(model, operation, &members, response)? };
    if is_rest {
        for member in &members {
            if let Some(value) = outside(model, member, response) {
                outcome.insert(member.name.to_owned(), value);
            }
        }
    }
    outcome.sort_keys();
    // Last, as on AWS.
    if let Some(member) = payload
        && let Some(value) = whole_body(model, member, response)?
    {
        outcome.insert(member.name.to_owned(), value);
    }
    Ok(outcome)
}

/// The members that are in the body.
fn body(
    model: &Model,
    operation: &Operation,
    members: &[Member],
    response: &Response,
) -> Result<Map<String, Value>, Error> {
    if response.body.is_empty() {
        return Ok(Map::new());
    }
    Ok(match model.protocol() {
        Protocol::Json { .. } | Protocol::RestJson => match response.json()? {
            Value::Object(object) => json::read_members(model, members, object),
            _ => Map::new(),
        },
        Protocol::RestXml | Protocol::Query { .. } => {
            let document = Element::parse(std::str::from_utf8(&response.body)?)?;
            let wrapped = operation.wrapper.and_then(|name| document.child(name));
            xml::read_members(model, members, wrapped.unwrap_or(&document))
        }
    })
}

/// A member that is in a header, or is the status.
fn outside(model: &Model, member: &Member, response: &Response) -> Option<Value> {
    match member.place {
        Place::Header(name) => {
            let text = response.header(name)?;
            Some(scalar(model, member.shape, text))
        }
        Place::Headers(prefix) => {
            let prefix = prefix.to_ascii_lowercase();
            let entry = |(name, value): &(String, Vec<u8>)| {
                let key = name.to_ascii_lowercase().strip_prefix(&prefix)?.to_owned();
                Some((key, Value::from(String::from_utf8_lossy(value).into_owned())))
            };
            Some(Value::Object(response.headers.iter().filter_map(entry).collect()))
        }
        Place::Status => Some(response.status.into()),
        Place::Body | Place::Payload | Place::Query(_) | Place::Path(_) => None,
    }
}

fn scalar(model: &Model, id: Id, text: &str) -> Value {
    let text = text.trim();
    match model.shape(id) {
        Shape::Boolean => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        Shape::Integer | Shape::Number => {
            text.parse::<Number>().map_or_else(|_| text.into(), Value::Number)
        }
        Shape::Time(_) => {
            time::parse(text).map_or_else(|| text.into(), |time| time::iso8601(time).into())
        }
        Shape::List(list) => text.split(',').map(|item| scalar(model, list.item, item)).collect(),
        _ => text.into(),
    }
}

/// The member that is the whole body.
fn whole_body(model: &Model, member: &Member, response: &Response) -> Result<Option<Value>, Error> {
    let is_empty = response.body.is_empty();
    Ok(match (model.shape(member.shape), model.protocol()) {
        (Shape::Structure(_), _) if is_empty => None,
        (Shape::Structure(_), Protocol::RestXml) => {
            let document = Element::parse(std::str::from_utf8(&response.body)?)?;
            Some(xml::read(model, member.shape, &document))
        }
        (Shape::Structure(_) | Shape::List(_) | Shape::Map(_) | Shape::Any, _) if !is_empty => {
            Some(json::read(model, member.shape, response.json()?))
        }
        (Shape::Structure(_) | Shape::List(_) | Shape::Map(_) | Shape::Any, _) => None,
        _ => Some(bytes_as_text(response.body.clone()).into()),
    })
}

/// What the optimised integrations of Step Functions add to an output: how the answer came.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html> shows it.
pub(crate) fn metadata(response: &Response) -> [(&'static str, Value); 2] {
    let mut headers: Vec<_> = response
        .headers
        .iter()
        .map(|(name, value)| (usual_name(name), String::from_utf8_lossy(value).into_owned()))
        .collect();
    headers.sort();
    let mut all = Map::new();
    for (name, value) in &headers {
        let values = all.entry(name.clone()).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(value.as_str().into());
        }
    }
    let one: Map<_, _> = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
    let http = json!({
        "AllHttpHeaders": all,
        "HttpHeaders": one,
        "HttpStatusCode": response.status,
    });
    let request_id = request_id(response).map_or(Value::Null, Value::from);
    [("SdkHttpMetadata", http), ("SdkResponseMetadata", json!({ "RequestId": request_id }))]
}

/// The name that a header has on AWS: a plugin sees names in small letters.
fn usual_name(name: &str) -> String {
    let usual = ["Content-Length", "Content-Type", "Date", "Server", "x-amzn-RequestId"];
    let known = usual.into_iter().find(|usual| usual.eq_ignore_ascii_case(name));
    known.map_or_else(|| name.to_owned(), str::to_owned)
}

/// What a service calls the request: its people ask for it.
pub(crate) fn request_id(response: &Response) -> Option<&str> {
    ["x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"]
        .into_iter()
        .find_map(|name| response.header(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        Response { status, headers: headers.collect(), body: body.as_bytes().to_vec() }
    }

    fn read_as(service: &str, operation: &str, response: &Response) -> Result<Value, Error> {
        let model = services::named(service).unwrap().model();
        read(&model, &model.operation(operation).unwrap(), response).map(Value::Object)
    }

    #[test]
    fn an_object_comes_as_aws_gave_it() {
        let headers = [
            ("accept-ranges", "bytes"),
            ("content-length", "9"),
            ("content-type", "binary/octet-stream"),
            ("etag", "\"332eec544317a6d340b8e77da7fe54ad\""),
            ("last-modified", "Thu, 06 Nov 2025 12:21:20 GMT"),
            ("x-amz-server-side-encryption", "AES256"),
        ];
        let output = read_as("s3", "getObject", &response(200, &headers, "text data")).unwrap();
        let recorded = r#"{"AcceptRanges":"bytes","ContentLength":9,"ContentType":"binary/octet-stream","ETag":"\"332eec544317a6d340b8e77da7fe54ad\"","LastModified":"2025-11-06T12:21:20Z","Metadata":{},"ServerSideEncryption":"AES256","Body":"text data"}"#;
        assert_eq!(output.to_string(), recorded);
        let empty = read_as("s3", "getObject", &response(200, &[], "")).unwrap();
        assert_eq!(empty, json!({ "Metadata": {}, "Body": "" }));
    }

    #[test]
    fn a_result_of_the_query_protocol_is_unwrapped() {
        let body = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
                    <PublishResult><MessageId>m</MessageId></PublishResult>\
                    <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>";
        let output = read_as("sns", "publish", &response(200, &[], body)).unwrap();
        assert_eq!(output, json!({ "MessageId": "m" }));
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let error = |service: &str, operation: &str, body: &str| {
            read_as(service, operation, &response(200, &[], body)).unwrap_err().to_string()
        };
        assert!(error("sqs", "sendMessage", "<html>").starts_with("it is no JSON: "));
        let text = error("s3", "listObjectsV2", "{}");
        assert_eq!(text, "it is no XML: it ends in the middle");
    }

    #[test]
    fn metadata_is_that_of_the_recordings() {
        let headers =
            [("x-amzn-requestid", "r"), ("content-length", "106"), ("connection", "keep-alive")];
        let [(_, http), (_, sdk)] = metadata(&response(200, &headers, ""));
        assert_eq!(
            http.to_string(),
            r#"{"AllHttpHeaders":{"Content-Length":["106"],"connection":["keep-alive"],"x-amzn-RequestId":["r"]},"HttpHeaders":{"Content-Length":"106","connection":"keep-alive","x-amzn-RequestId":"r"},"HttpStatusCode":200}"#
        );
        assert_eq!(sdk, json!({ "RequestId": "r" }));
    }
}
