use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use axum::http::Request;
use jiff::Timestamp;

use super::*;

const NOW: u64 = 1_795_348_800;
const BODY: &[u8] = br#"{"maxResults": 1}"#;

struct Keys;

#[async_trait]
impl AccessKeys for Keys {
    async fn find(&self, id: &str) -> Result<Option<AccessKey>, Error> {
        let key = AccessKey { account: "111111111111".into(), secret: "secret".into() };
        Ok((id == "AKID").then_some(key))
    }
}

/// How a request is signed.
struct Signing {
    key: &'static str,
    secret: &'static str,
    region: &'static str,
    service: &'static str,
    at: u64,
}

const RIGHT: Signing =
    Signing { key: "AKID", secret: "secret", region: "us-east-1", service: "states", at: NOW };

/// A request that AWS's own signer has signed.
fn signed(signing: &Signing) -> Parts {
    let headers = [
        ("host", "localhost:8080"),
        ("x-amz-target", "AWSStepFunctions.ListActivities"),
        ("content-type", "application/x-amz-json-1.0"),
    ];
    let identity = Credentials::new(signing.key, signing.secret, None, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(signing.region)
        .name(signing.service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(signing.at))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let uri = "http://localhost:8080/";
    let signable =
        SignableRequest::new("POST", uri, headers.into_iter(), SignableBody::Bytes(BODY)).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    let mut request = Request::builder().method("POST").uri("/");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut request = request.body(()).unwrap();
    instructions.apply_to_request_http1x(&mut request);
    request.into_parts().0
}

async fn identify(parts: &Parts, body: &[u8]) -> Result<Identity, Error> {
    let now = Timestamp::from_second(NOW as i64).unwrap();
    Authentication::Signatures {
        keys: Arc::new(Keys),
        region: "us-east-1".into(),
        clock: Clock::new(move || now),
    }
    .claim(parts)
    .await?
    .verify(parts, body)
}

async fn refused(parts: &Parts, body: &[u8]) -> (Code, String) {
    let error = identify(parts, body).await.unwrap_err();
    (error.code, error.message)
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";

#[tokio::test]
async fn what_a_key_has_signed_is_its_tenants() {
    let expected = Identity { account: "111111111111".into(), region: "us-east-1".into() };
    for at in [NOW, NOW - 300, NOW + 300] {
        let parts = signed(&Signing { at, ..RIGHT });
        assert_eq!(identify(&parts, BODY).await, Ok(expected.clone()));
    }
}

#[tokio::test]
async fn what_was_changed_does_not_match() {
    let mismatch = (Code::InvalidSignatureException, MISMATCH.to_owned());
    let right = signed(&RIGHT);
    assert_eq!(refused(&right, b"{}").await, mismatch);
    let other = signed(&Signing { secret: "other", ..RIGHT });
    assert_eq!(refused(&other, BODY).await, mismatch);
    let mut changed = signed(&RIGHT);
    changed.headers.insert("x-amz-target", "AWSStepFunctions.DeleteActivity".parse().unwrap());
    assert_eq!(refused(&changed, BODY).await, mismatch);
    let mut changed = signed(&RIGHT);
    changed.uri = "/?a=b".parse().unwrap();
    assert_eq!(refused(&changed, BODY).await, mismatch);
    let mut cut = signed(&RIGHT);
    let header = cut.headers["authorization"].to_str().unwrap().to_owned();
    cut.headers.insert("authorization", header[..header.len() - 2].parse().unwrap());
    assert_eq!(refused(&cut, BODY).await, mismatch);
    let mut missing = signed(&RIGHT);
    missing.headers.remove("host");
    assert_eq!(refused(&missing, BODY).await, mismatch);
}

#[tokio::test]
async fn an_unknown_key() {
    let parts = signed(&Signing { key: "OTHER", ..RIGHT });
    assert_eq!(
        refused(&parts, BODY).await,
        (
            Code::UnrecognizedClientException,
            "The security token included in the request is invalid.".into()
        )
    );
}

#[tokio::test]
async fn a_signature_of_another_time() {
    let refusal = async |at| {
        let (code, message) = refused(&signed(&Signing { at, ..RIGHT }), BODY).await;
        assert_eq!(code, Code::InvalidSignatureException);
        message
    };
    assert_eq!(
        refusal(NOW - 301).await,
        "Signature expired: 20261122T115459Z is now earlier than 20261122T115500Z \
         (20261122T120000Z - 5 min.)"
    );
    assert_eq!(
        refusal(NOW + 301).await,
        "Signature not yet current: 20261122T120501Z is still later than 20261122T120500Z \
         (20261122T120000Z + 5 min.)"
    );
}

#[tokio::test]
async fn a_signature_for_something_else() {
    let parts = signed(&Signing { region: "eu-west-1", service: "sqs", ..RIGHT });
    assert_eq!(
        refused(&parts, BODY).await,
        (
            Code::InvalidSignatureException,
            "Credential should be scoped to a valid region, not 'eu-west-1'. Credential should be \
             scoped to correct service: 'states'. "
                .into()
        )
    );
}

#[tokio::test]
async fn a_header_that_is_no_signature() {
    let refusal = async |header: &str| {
        let mut parts = signed(&RIGHT);
        parts.headers.insert("authorization", header.parse().unwrap());
        refused(&parts, BODY).await
    };
    let incomplete = |message: &str| (Code::IncompleteSignatureException, message.to_owned());
    assert_eq!(
        refusal("").await,
        (
            Code::MissingAuthenticationTokenException,
            "Request is missing Authentication Token".into()
        )
    );
    assert_eq!(refusal("Bearer x").await, incomplete("Unsupported AWS 'algorithm': 'Bearer'."));
    assert_eq!(
        refusal("AWS4-HMAC-SHA256 Credential=a").await,
        incomplete(
            "Authorization header requires 'Signature' parameter. Authorization header requires \
             'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256"
        )
    );
    assert_eq!(
        refusal("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0").await,
        incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term, got 'a/b'"
        )
    );
    assert_eq!(
        refusal(
            "AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/states/aws4_request, \
             SignedHeaders=x-amz-date, Signature=00"
        )
        .await,
        (
            Code::InvalidSignatureException,
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into()
        )
    );
    let mut parts = signed(&RIGHT);
    parts.headers.insert("x-amz-date", "now".parse().unwrap());
    assert_eq!(
        refused(&parts, BODY).await,
        incomplete("Date must be in ISO-8601 'basic format'. Got 'now'.")
    );
}

#[test]
fn development_takes_any_credentials() {
    let identity = |header: Option<&str>| {
        let mut request = Request::builder();
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let Identity { account, region } =
            assumed(&request.body(()).unwrap().into_parts().0, "us-east-1");
        (account, region)
    };
    let is = |account: &str, region: &str| (account.to_owned(), region.to_owned());
    assert_eq!(identity(None), is(DEVELOPMENT_ACCOUNT, "us-east-1"));
    let header = "AWS4-HMAC-SHA256 Credential=111111111111/20261122/eu-west-1/states/aws4_request";
    assert_eq!(identity(Some(header)), is("111111111111", "eu-west-1"));
    assert_eq!(identity(Some("x Credential=AKID/1/a:b/c")), is(DEVELOPMENT_ACCOUNT, "us-east-1"));
}

#[test]
fn secrets_are_not_shown() {
    let key = AccessKey { account: "1".into(), secret: "hidden".into() };
    assert!(!format!("{key:?}").contains("hidden"));
}

/// What aws4fetch 1.0 makes of a request, which signs fewer headers than AWS's own signers: the
/// browser adds the host itself, with the name by which it came through a proxy.
#[tokio::test]
async fn what_the_console_signs_is_accepted() {
    let signature = "3f1dc04339753cdd8a331bf47ffd290f9323d91db88a24a994f8a3893fbd6c67";
    let request = |host: &str, target: &str| {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/states/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-target, Signature={signature}"
        );
        let request = Request::builder()
            .method("POST")
            .uri("/")
            .header("host", host)
            .header("origin", "https://stepwell.example.com")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-date", "20261122T120000Z")
            .header("x-amz-target", target)
            .header("authorization", authorization);
        request.body(()).unwrap().into_parts().0
    };
    let right = request("stepwell.example.com", "Stepwell.DescribeHost");
    let identity = identify(&right, b"{}").await.unwrap();
    assert_eq!(identity.account, "111111111111");
    for parts in [
        // A proxy that puts its own name in place of the one that the browser asked for.
        request("127.0.0.1:8080", "Stepwell.DescribeHost"),
        request("stepwell.example.com", "AWSStepFunctions.DeleteStateMachine"),
    ] {
        assert_eq!(refused(&parts, b"{}").await.0, Code::InvalidSignatureException);
    }
    assert_eq!(refused(&right, b"{ }").await.0, Code::InvalidSignatureException);
}
