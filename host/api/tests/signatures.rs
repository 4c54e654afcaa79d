//! Signatures over a loopback port: what a client of AWS signs, and what somebody makes of it.

mod client;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        sign,
    },
    sign::v4,
};
use client::{Answer, Host};
use stepwell_api::{Authentication, Clock, HostKey, Limits, Stateless, Tenants, tenants::NewKey};
use stepwell_journal::Memory;

const NOW: i64 = 1_795_348_800;
const BODY: &str = r#"{"definition":"{}"}"#;
const TARGET: &str = "AWSStepFunctions.ValidateStateMachineDefinition";

/// A host with one tenant, at a time that can be changed.
struct World {
    host: Host,
    tenants: Arc<Tenants>,
    key: NewKey,
    now: Arc<AtomicI64>,
}

impl World {
    async fn new() -> Self {
        let now = Arc::new(AtomicI64::new(NOW));
        let shown = Arc::clone(&now);
        let clock = Clock::new(move || {
            jiff::Timestamp::from_second(shown.load(Ordering::Relaxed)).unwrap()
        });
        let key = HostKey::random().unwrap();
        let tenants = Arc::new(Tenants::new(Arc::new(Memory::default()), &key, clock.clone()));
        tenants.add(Some("111111111111"), "payments").await.unwrap();
        let key = tenants.create_key("111111111111").await.unwrap();
        let region = "us-east-1".to_owned();
        let keys = Arc::clone(&tenants) as _;
        let authentication = Authentication::Signatures { keys, region, clock: clock.clone() };
        let service = Arc::new(Stateless::new(clock));
        let host = Host::of(service, authentication, Limits::default()).await;
        Self { host, tenants, key, now }
    }

    /// The headers of a request, signed, and what is to be put behind its path.
    fn signed(&self, change: impl FnOnce(&mut Signing)) -> (Vec<(String, String)>, String) {
        let NewKey { id, secret } = self.key.clone();
        let mut signing = Signing {
            id,
            secret,
            token: None,
            at: NOW,
            body: SignableBody::Bytes(BODY.as_bytes()),
            settings: SigningSettings::default(),
        };
        change(&mut signing);
        let mut headers = vec![
            ("x-amz-target".to_owned(), TARGET.to_owned()),
            ("content-type".to_owned(), "application/x-amz-json-1.0".to_owned()),
        ];
        let Signing { id, secret, token, at, body, settings } = signing;
        let identity = Credentials::new(id, secret, token, None, "test").into();
        let at = Duration::from_secs(at.try_into().unwrap());
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("states")
            .time(SystemTime::UNIX_EPOCH + at)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let host = [("host".to_owned(), self.host.address.clone())];
        let all = host.iter().chain(&headers).map(|(name, value)| (name.as_str(), value.as_str()));
        let uri = format!("http://{}/", self.host.address);
        let signable = SignableRequest::new("POST", uri, all, body).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let (added, query) = instructions.into_parts();
        let added = added.iter().map(|it| (it.name().to_owned(), it.value().to_owned()));
        headers.extend(added);
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (headers, query.join("&"))
    }

    async fn send(&self, headers: &[(String, String)], query: &str, body: &str) -> Answer {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let what = if query.is_empty() { "POST /".into() } else { format!("POST /?{query}") };
        self.host.send(&what, &headers, body).await
    }

    async fn status(&self, headers: &[(String, String)]) -> u16 {
        self.send(headers, "", BODY).await.status
    }
}

struct Signing<'a> {
    id: String,
    secret: String,
    token: Option<String>,
    at: i64,
    body: SignableBody<'a>,
    settings: SigningSettings,
}

fn refused(answer: &Answer, code: &str, message: &str) {
    assert_eq!(answer.status, 400);
    let type_ = format!("com.amazon.coral.service#{code}");
    let body = serde_json::json!({ "__type": type_, "message": message });
    assert_eq!(answer.json(), body);
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

#[tokio::test]
async fn what_a_tenant_signs_is_taken() {
    let world = World::new().await;
    let (headers, _) = world.signed(|_| {});
    let answer = world.send(&headers, "", BODY).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    // As S3 wants it, and other services do not mind.
    let (headers, _) = world.signed(|signing| {
        signing.settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    });
    assert_eq!(world.status(&headers).await, 200);
}

#[tokio::test]
async fn a_signature_is_of_one_request_and_of_five_minutes() {
    let world = World::new().await;
    let (headers, _) = world.signed(|_| {});
    // It says nothing more to send the same again.
    assert_eq!(world.status(&headers).await, 200);
    assert_eq!(world.status(&headers).await, 200);
    let answer = world.send(&headers, "", "{}").await;
    refused(&answer, "InvalidSignatureException", MISMATCH);
    let answer = world.send(&headers, "a=b", BODY).await;
    refused(&answer, "InvalidSignatureException", MISMATCH);
    let mut other = headers.clone();
    other[0].1 = "AWSStepFunctions.ListActivities".into();
    let answer = world.send(&other, "", BODY).await;
    refused(&answer, "InvalidSignatureException", MISMATCH);
    world.now.fetch_add(301, Ordering::Relaxed);
    let answer = world.send(&headers, "", BODY).await;
    refused(
        &answer,
        "InvalidSignatureException",
        "Signature expired: 20261122T120000Z is now earlier than 20261122T120001Z \
         (20261122T120501Z - 5 min.)",
    );
    world.now.fetch_sub(602, Ordering::Relaxed);
    let answer = world.send(&headers, "", BODY).await;
    refused(
        &answer,
        "InvalidSignatureException",
        "Signature not yet current: 20261122T120000Z is still later than 20261122T115959Z \
         (20261122T115459Z + 5 min.)",
    );
}

#[tokio::test]
async fn credentials_that_are_not_the_tenants() {
    let world = World::new().await;
    let (headers, _) = world.signed(|signing| signing.secret = "guessed".into());
    refused(&world.send(&headers, "", BODY).await, "InvalidSignatureException", MISMATCH);
    for id in ["AKIAIOSFODNN7EXAMPLE", "111111111111", "x"] {
        let (headers, _) = world.signed(|signing| signing.id = id.into());
        let answer = world.send(&headers, "", BODY).await;
        refused(&answer, "UnrecognizedClientException", INVALID_TOKEN);
    }
    let (headers, _) = world.signed(|signing| signing.token = Some("session".into()));
    let answer = world.send(&headers, "", BODY).await;
    refused(&answer, "UnrecognizedClientException", INVALID_TOKEN);
}

#[tokio::test]
async fn a_key_is_of_no_use_from_when_it_is_disabled() {
    let world = World::new().await;
    let (headers, _) = world.signed(|_| {});
    assert_eq!(world.status(&headers).await, 200);
    world.tenants.set_key_enabled(&world.key.id, false).await.unwrap();
    let answer = world.send(&headers, "", BODY).await;
    refused(&answer, "UnrecognizedClientException", INVALID_TOKEN);
    world.tenants.set_key_enabled(&world.key.id, true).await.unwrap();
    assert_eq!(world.status(&headers).await, 200);
    world.tenants.set_enabled("111111111111", false).await.unwrap();
    let answer = world.send(&headers, "", BODY).await;
    refused(&answer, "UnrecognizedClientException", INVALID_TOKEN);
}

#[tokio::test]
async fn signatures_of_another_kind() {
    let world = World::new().await;
    let (unsigned, _) = world.signed(|_| {});
    let answer = world.send(&unsigned[..2], "", BODY).await;
    let missing = "Request is missing Authentication Token";
    refused(&answer, "MissingAuthenticationTokenException", missing);
    // In the query.
    let (headers, query) = world.signed(|signing| {
        signing.settings.signature_location = SignatureLocation::QueryParams;
        signing.settings.expires_in = Some(Duration::from_secs(60));
    });
    assert!(query.contains("X-Amz-Signature="), "{query}");
    let answer = world.send(&headers[..2], &query, BODY).await;
    refused(&answer, "MissingAuthenticationTokenException", missing);
    // Of a body that is left open, or comes in signed pieces.
    for body in [
        SignableBody::UnsignedPayload,
        SignableBody::StreamingUnsignedPayloadTrailer,
        SignableBody::Precomputed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD".into()),
    ] {
        let (headers, _) = world.signed(|signing| {
            signing.body = body;
            signing.settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        });
        let answer = world.send(&headers, "", BODY).await;
        refused(&answer, "InvalidSignatureException", MISMATCH);
    }
}

#[tokio::test]
async fn headers_that_are_changed() {
    let world = World::new().await;
    let (headers, _) = world.signed(|_| {});
    let authorization = headers.iter().position(|(name, _)| name == "authorization").unwrap();
    let with = async |from: &str, to: &str| {
        let mut headers = headers.clone();
        assert!(headers[authorization].1.contains(from), "{headers:?}");
        headers[authorization].1 = headers[authorization].1.replace(from, to);
        world.send(&headers, "", BODY).await
    };
    let answer = with("content-type;host;", "content-type;").await;
    let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
    refused(&answer, "InvalidSignatureException", message);
    let answer = with(";x-amz-target", "").await;
    let message = "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.";
    refused(&answer, "InvalidSignatureException", message);
    let answer = with("x-amz-date;", "").await;
    let message = "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.";
    refused(&answer, "InvalidSignatureException", message);
    for names in ["host;host;", "x;host;", "host;zz;", "Host;host;", ";host;"] {
        refused(&with("host;", names).await, "InvalidSignatureException", MISMATCH);
    }
    refused(&with("Signature=", "Signature=0").await, "InvalidSignatureException", MISMATCH);
    refused(
        &with("Signature=", "Signature=é").await,
        "MissingAuthenticationTokenException",
        "Request is missing Authentication Token",
    );
    let answer = with("us-east-1", "eu-west-1").await;
    let message = "Credential should be scoped to a valid region, not 'eu-west-1'. ";
    refused(&answer, "InvalidSignatureException", message);
    let answer = with("/20261122/", "/20261121/").await;
    let message = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
        from HTTP: '20261121' != '20261122', from '20261122T120000Z'.";
    refused(&answer, "InvalidSignatureException", message);
    // The one that was changed last is not the one that was signed.
    let mut twice = headers.clone();
    twice.push(("x-amz-target".into(), "AWSStepFunctions.ListActivities".into()));
    let answer = world.send(&twice, "", BODY).await;
    refused(&answer, "InvalidSignatureException", MISMATCH);
    assert_eq!(world.status(&headers).await, 200);
}
