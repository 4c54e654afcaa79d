use std::{cell::RefCell, rc::Rc};

use serde_json::json;
use stepwell_task::local;

use super::*;
use crate::services;

const SQS: Naming =
    Naming::Optimised { prefix: "SQS", service: "AmazonSQS", exception: "AmazonSQSException" };

fn granted() -> Client {
    local::set_secret("access-key-id", "AKID");
    local::set_secret("secret-access-key", "hush");
    local::set_config("endpoint", "http://127.0.0.1:5000");
    Client::new("sqs", services::SQS, SQS)
}

fn send(client: &Client) -> Result<Answer, Failure> {
    let input = json!({ "QueueUrl": "http://q", "MessageBody": { "a": 1 } });
    client.call("sendMessage", &input, &Call::local("key"))
}

#[test]
fn a_request_is_signed_and_its_answer_is_the_output() {
    let client = granted();
    let sent: Rc<RefCell<Vec<Request>>> = Rc::default();
    let notes = Rc::clone(&sent);
    local::serve_http(move |request| {
        notes.borrow_mut().push(request.clone());
        let headers = vec![("x-amzn-requestid".to_owned(), b"R".to_vec())];
        Ok(Response { status: 200, headers, body: br#"{"MessageId":"m"}"#.to_vec() })
    });
    let answer = send(&client).unwrap();
    assert_eq!(answer.clone().plain(), json!({ "MessageId": "m" }));
    let output = answer.with_metadata();
    assert_eq!(output["SdkResponseMetadata"], json!({ "RequestId": "R" }));
    assert_eq!(output["SdkHttpMetadata"]["HttpStatusCode"], 200);
    let sent = sent.borrow();
    assert_eq!((&*sent[0].method, &*sent[0].url), ("POST", "http://127.0.0.1:5000/"));
    assert_eq!(sent[0].body, br#"{"MessageBody":"{\"a\":1}","QueueUrl":"http://q"}"#);
    let header =
        |name: &str| sent[0].headers.iter().find(|(own, _)| own == name).unwrap().1.clone();
    assert_eq!(header("x-amz-target"), "AmazonSQS.SendMessage");
    assert!(header("authorization").contains("/local/sqs/aws4_request"), "{sent:?}");
}

#[test]
fn what_keeps_a_request_from_an_answer_is_told_by_name() {
    let client = granted();
    for (error, name, cause) in [
        (
            http::Error::TimedOut("within 60s".into()),
            "SQS.SdkClientException",
            "Unable to execute HTTP request: no answer in time: within 60s",
        ),
        (
            http::Error::Unreachable("refused".into()),
            "SQS.SdkClientException",
            "Unable to execute HTTP request: the server cannot be reached: refused",
        ),
        (
            http::Error::Broken("closed".into()),
            "SQS.SdkClientException",
            "Unable to execute HTTP request: the answer did not arrive: closed",
        ),
        (
            http::Error::Refused("denied".into()),
            "SQS.PermissionDenied",
            "the request is not granted: denied; grant it: `stepwell plugin grant sqs --http \
             'POST http://127.0.0.1:5000'`",
        ),
    ] {
        local::serve_http(move |_| Err(error.clone()));
        let failure = send(&client).unwrap_err();
        assert_eq!((failure.error(), failure.cause()), (name, cause));
    }
    local::serve_http(|_| {
        Ok(Response { status: 200, body: b"<html>".to_vec(), ..Response::default() })
    });
    let failure = send(&client).unwrap_err();
    assert_eq!(failure.error(), "SQS.SdkClientException");
    assert!(
        failure.cause().starts_with("Unable to unmarshall response: it is no JSON: "),
        "{failure}"
    );
}

#[test]
fn without_credentials_nothing_is_sent() {
    let failure = send(&Client::new("sqs", services::SQS, SQS)).unwrap_err();
    assert_eq!(failure.error(), "SQS.MissingCredentials");
}

#[test]
fn wrong_input_is_told_before_anything_else() {
    let client = Client::new("sqs", services::SQS, SQS);
    let call = Call::local("key");
    let wrong = client.call("sendMessage", &json!({ "QueueUrl": 1 }), &call).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "SQS.InvalidInput: the input does not fit task \"sendMessage\": at $: the field \
         \"MessageBody\" is required but was missing"
    );
    let unknown = client.call("sing", &json!({}), &call).unwrap_err();
    assert_eq!(unknown.to_string(), "SQS.InvalidInput: sqs has no operation \"sing\"");
}

#[test]
fn a_token_is_a_uuid_and_the_same_in_every_attempt() {
    let mut call = Call::local("key");
    let first = token(&call);
    assert_eq!(first.len(), 36);
    call.attempt = 1;
    assert_eq!(token(&call), first);
    assert_ne!(token(&Call::local("other")), first);
}
