//! Signature Version 4.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>

use std::time::SystemTime;

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningError,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};

use crate::{request::Outgoing, settings::Settings};

/// Why a request cannot be signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What it takes is not all there.
    #[error(transparent)]
    Parameters(#[from] v4::signing_params::BuildError),
    /// The request is none.
    #[error(transparent)]
    Request(#[from] SigningError),
}

/// The headers that sign a request for a service at a time.
pub(crate) fn headers(
    service: &str,
    settings: &Settings,
    request: &Outgoing,
    at: SystemTime,
) -> Result<Vec<(String, String)>, Error> {
    let mut how = SigningSettings::default();
    if service == "s3" {
        // S3 takes paths as they are, and wants the digest of the body in a header.
        how.percent_encoding_mode = PercentEncodingMode::Single;
        how.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        how.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = settings.credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&settings.region)
        .name(service)
        .time(at)
        .settings(how)
        .build()?
        .into();
    let url = format!("{}{}", settings.endpoint, request.path);
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Bytes(&request.body);
    let signable = SignableRequest::new(request.method, url, headers, body)?;
    let (instructions, _) = sign(signable, &parameters)?.into_parts();
    let added = instructions.headers();
    Ok(added.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_credential_types::Credentials;

    use super::*;

    /// Of AWS's examples: 2013-05-24T00:00:00Z, and a key that it made public for them.
    fn settings(endpoint: &str) -> (Settings, SystemTime) {
        let credentials = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "test",
        );
        let settings = Settings {
            endpoint: endpoint.to_owned(),
            region: "us-east-1".to_owned(),
            credentials,
            timeout: Duration::from_secs(1),
        };
        (settings, SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600))
    }

    fn authorization(request: &Outgoing) -> String {
        let (settings, at) = settings("https://examplebucket.s3.amazonaws.com");
        let headers = headers("s3", &settings, request, at).unwrap();
        headers.into_iter().find(|(name, _)| name == "authorization").unwrap().1
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    #[test]
    fn signatures_are_those_of_awss_examples() {
        let get = Outgoing {
            method: "GET",
            path: "/test.txt".to_owned(),
            headers: vec![("Range".to_owned(), "bytes=0-9".to_owned())],
            body: Vec::new(),
        };
        assert_eq!(
            authorization(&get),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        let put = Outgoing {
            method: "PUT",
            path: "/test%24file.text".to_owned(),
            headers: vec![
                ("date".to_owned(), "Fri, 24 May 2013 00:00:00 GMT".to_owned()),
                ("x-amz-storage-class".to_owned(), "REDUCED_REDUNDANCY".to_owned()),
            ],
            body: b"Welcome to Amazon S3.".to_vec(),
        };
        assert_eq!(
            authorization(&put),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, \
             Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
        let list = Outgoing {
            method: "GET",
            path: "/?max-keys=2&prefix=J".to_owned(),
            ..Outgoing::default()
        };
        assert!(authorization(&list).ends_with(
            "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ));
    }

    /// As botocore signs the same, whose path is encoded again for all services but S3.
    #[test]
    fn a_path_that_is_encoded_is_signed_as_other_clients_do() {
        let (settings, at) = settings("https://lambda.us-east-1.amazonaws.com");
        let function = "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af";
        let request = Outgoing {
            method: "POST",
            path: format!("/2015-03-31/functions/{function}/invocations?Qualifier=1"),
            body: br#"{"a":1}"#.to_vec(),
            ..Outgoing::default()
        };
        let headers = headers("lambda", &settings, &request, at).unwrap();
        let (_, authorization) = headers.iter().find(|(name, _)| name == "authorization").unwrap();
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 \
             Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/lambda/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=0a93d34c49e447867dcdbf99315875189cb875a0c08af44c029925f329030579"
        );
    }

    #[test]
    fn a_session_token_is_a_header_that_is_signed() {
        let (mut settings, at) = settings("http://127.0.0.1:5000");
        settings.credentials = Credentials::new("AKID", "secret", Some("tok".into()), None, "test");
        let request = Outgoing { method: "POST", path: "/".to_owned(), ..Outgoing::default() };
        let headers = headers("sqs", &settings, &request, at).unwrap();
        assert!(headers.contains(&("x-amz-security-token".to_owned(), "tok".to_owned())));
        let (_, authorization) = headers.iter().find(|(name, _)| name == "authorization").unwrap();
        assert!(
            authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"),
            "{authorization}"
        );
    }
}
