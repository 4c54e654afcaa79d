//! The request for an operation, before it is signed.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    input::{Node, Structure},
    json,
    model::{Operation, Place, Protocol, TimeFormat},
    query, time,
    url::{encode, encode_path},
    xml,
};

/// A request to a host that is yet to be named.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) method: &'static str,
    /// Encoded, with the query behind it.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The request for an operation on this input.
pub(crate) fn write(protocol: Protocol, operation: &Operation, input: &Structure) -> Outgoing {
    let mut outgoing =
        Outgoing { method: operation.method, path: "/".to_owned(), ..Outgoing::default() };
    match protocol {
        Protocol::Json { version, target } => {
            outgoing.set("content-type", format!("application/x-amz-json-{version}"));
            outgoing.set("x-amz-target", format!("{target}.{}", api_name(operation)));
            outgoing.body = json::write(input).to_string().into_bytes();
        }
        Protocol::Query { version } => {
            outgoing.set("content-type", "application/x-www-form-urlencoded; charset=utf-8");
            outgoing.body = query::write(&api_name(operation), version, input).into_bytes();
        }
        Protocol::RestJson => outgoing.rest(operation, input, Body::Json),
        Protocol::RestXml => {
            outgoing.rest(operation, input, Body::Xml);
            outgoing.add_checksum(operation);
        }
    }
    outgoing
}

/// `PutItem` for `putItem`.
pub(crate) fn api_name(operation: &Operation) -> String {
    let mut letters = operation.name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Json,
    Xml,
}

impl Outgoing {
    /// Sets a header where it is not set.
    fn set(&mut self, name: &str, value: impl Into<String>) {
        if !self.has(|own| own.eq_ignore_ascii_case(name)) {
            self.headers.push((name.to_owned(), value.into()));
        }
    }

    fn has(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.headers.iter().any(|(name, _)| is_it(name))
    }

    /// <https://smithy.io/2.0/spec/http-bindings.html>
    fn rest(&mut self, operation: &Operation, input: &Structure, kind: Body) {
        let (path, fixed) = operation.path.split_once('?').unwrap_or((operation.path, ""));
        let mut path = path.to_owned();
        let mut query: Vec<_> =
            fixed.split('&').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let mut in_body = false;
        for (member, node) in input {
            match member.place {
                Place::Path(label) => {
                    let text = plain(node, TimeFormat::Iso8601);
                    path = path
                        .replace(&format!("{{{label}}}"), &encode(&text))
                        .replace(&format!("{{{label}+}}"), &encode_path(&text));
                }
                Place::Query(name) => parameters(&mut query, name, node),
                Place::Header(name) => {
                    let value = match node {
                        Node::List(_, items) => {
                            let items = items.iter().map(|item| plain(item, TimeFormat::Http));
                            items.collect::<Vec<_>>().join(", ")
                        }
                        node => plain(node, TimeFormat::Http),
                    };
                    self.headers.push((name.to_owned(), value));
                }
                Place::Headers(prefix) => {
                    let Node::Map(_, entries) = node else { continue };
                    for (key, value) in entries {
                        let value = plain(value, TimeFormat::Http);
                        self.headers.push((format!("{prefix}{key}"), value));
                    }
                }
                Place::Body => in_body = true,
                Place::Payload | Place::Status => {}
            }
        }
        self.path = match query.is_empty() {
            true => path,
            false => format!("{path}?{}", query.join("&")),
        };
        let payload = input.iter().find(|(member, _)| member.place == Place::Payload);
        match (payload, kind) {
            (Some((member, Node::Structure(structure))), Body::Xml) => {
                self.body = xml::write(&member.wire, member.namespace, structure).into_bytes();
                self.set("content-type", "application/xml");
            }
            (Some((_, Node::Structure(structure))), Body::Json) => {
                self.body = json::write(structure).to_string().into_bytes();
                self.set("content-type", "application/json");
            }
            (Some((_, Node::Bytes(bytes, is_text))), _) => {
                self.body.clone_from(bytes);
                self.set(
                    "content-type",
                    match (kind, is_text) {
                        (Body::Xml, true) => "text/plain; charset=UTF-8",
                        _ => "application/octet-stream",
                    },
                );
            }
            (Some((_, node)), _) => self.body = plain(node, TimeFormat::Iso8601).into_bytes(),
            (None, Body::Json) if in_body => {
                self.body = json::write(input).to_string().into_bytes();
                self.set("content-type", "application/json");
            }
            (None, Body::Xml) if in_body => {
                let name = format!("{}Request", api_name(operation));
                self.body = xml::write(&name, None, input).into_bytes();
                self.set("content-type", "application/xml");
            }
            (None, _) => {}
        }
    }

    /// As the AWS SDKs do unless they are told otherwise: what arrives is what was sent.
    fn add_checksum(&mut self, operation: &Operation) {
        let is_checksum = |name: &str| {
            name.starts_with("x-amz-checksum-") || name.eq_ignore_ascii_case("content-md5")
        };
        let is_wanted = operation.has_checksum || !self.body.is_empty();
        if is_wanted && !self.has(is_checksum) {
            let checksum = crc32fast::hash(&self.body).to_be_bytes();
            self.set("x-amz-sdk-checksum-algorithm", "CRC32");
            self.set("x-amz-checksum-crc32", BASE64_STANDARD.encode(checksum));
        }
    }
}

fn parameters(query: &mut Vec<String>, name: &str, node: &Node) {
    let pair = |name: &str, node| {
        format!("{}={}", encode(name), encode(&plain(node, TimeFormat::Iso8601)))
    };
    match node {
        Node::List(_, items) => query.extend(items.iter().map(|item| pair(name, item))),
        Node::Map(_, entries) => {
            for (key, value) in entries {
                parameters(query, key, value);
            }
        }
        node => query.push(pair(name, node)),
    }
}

/// The text of a value outside a body.
fn plain(node: &Node, format: TimeFormat) -> String {
    match node {
        Node::Time(time, own) => time::text(*time, own.unwrap_or(format)),
        node => xml::scalar(node).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{input::Reader, services};

    fn written(service: &str, operation: &str, input: Value) -> Outgoing {
        let model = services::named(service).unwrap().model();
        let operation = model.operation(operation).unwrap();
        let reader = Reader { model: &model, token: "t" };
        let input = reader.input(operation.input, &input).unwrap();
        write(model.protocol(), &operation, &input)
    }

    fn header<'a>(outgoing: &'a Outgoing, name: &str) -> &'a str {
        let found = outgoing.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    #[test]
    fn json_names_its_operation_in_a_header() {
        let outgoing = written("dynamodb", "listTables", json!({ "Limit": 5 }));
        assert_eq!((outgoing.method, &*outgoing.path), ("POST", "/"));
        assert_eq!(header(&outgoing, "x-amz-target"), "DynamoDB_20120810.ListTables");
        assert_eq!(header(&outgoing, "content-type"), "application/x-amz-json-1.0");
        assert_eq!(outgoing.body, br#"{"Limit":5}"#);
    }

    #[test]
    fn members_go_where_the_model_has_them() {
        let outgoing = written(
            "s3",
            "putObject",
            json!({
                "Bucket": "b", "Key": "a b/c+d", "Body": { "Dict": "Value" },
                "Metadata": { "kind": "x" }, "Expires": "2026-11-30T12:00:00Z",
            }),
        );
        assert_eq!((outgoing.method, &*outgoing.path), ("PUT", "/b/a%20b/c%2Bd"));
        assert_eq!(outgoing.body, br#"{"Dict":"Value"}"#);
        assert_eq!(header(&outgoing, "content-type"), "text/plain; charset=UTF-8");
        assert_eq!(header(&outgoing, "x-amz-meta-kind"), "x");
        // As AWS computed it of the same.
        assert_eq!(header(&outgoing, "x-amz-checksum-crc32"), "hnEfWw==");
    }

    #[test]
    fn a_query_has_what_the_path_has_and_the_members() {
        let outgoing =
            written("s3", "listObjectsV2", json!({ "Bucket": "b", "Prefix": "a/ü", "MaxKeys": 2 }));
        assert_eq!(outgoing.path, "/b?list-type=2&max-keys=2&prefix=a%2F%C3%BC");
        assert!(outgoing.body.is_empty() && outgoing.headers.is_empty(), "{outgoing:?}");
        let arn = json!({ "FunctionName": "arn:aws:lambda:x", "Qualifier": "1" });
        let outgoing = written("lambda", "getFunction", arn);
        assert_eq!(outgoing.path, "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax?Qualifier=1");
    }

    #[test]
    fn what_is_not_elsewhere_is_the_body() {
        let outgoing = written(
            "lambda",
            "invoke",
            json!({ "FunctionName": "f", "InvocationType": "Event", "Payload": { "a": 1 } }),
        );
        assert_eq!(outgoing.path, "/2015-03-31/functions/f/invocations");
        assert_eq!(header(&outgoing, "X-Amz-Invocation-Type"), "Event");
        assert_eq!(outgoing.body, br#"{"a":1}"#);
        let outgoing = written("batch", "cancelJob", json!({ "JobId": "j", "Reason": "r" }));
        assert_eq!(outgoing.path, "/v1/canceljob");
        assert_eq!(outgoing.body, br#"{"jobId":"j","reason":"r"}"#);
        assert_eq!(header(&outgoing, "content-type"), "application/json");
    }

    #[test]
    fn a_checksum_that_is_given_is_the_only_one() {
        let input = json!({ "Bucket": "b", "Key": "k", "Body": "a", "ChecksumSHA256": "s" });
        let outgoing = written("s3", "putObject", input);
        assert_eq!(header(&outgoing, "x-amz-checksum-crc32"), "");
        assert_eq!(header(&outgoing, "x-amz-checksum-sha256"), "s");
    }
}
