//! Errors by the names that a definition written for AWS catches.

use std::time::Duration;

use serde_json::Value;
use stepwell_task::{Failure, http::Response};

use crate::{answer, model::Model, model::Protocol, xml::Element};

/// How a service's errors are named and told.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// As an optimised integration does, which uses version 1 of the AWS SDK for Java.
    Optimised {
        /// What a name begins with: `SQS`.
        prefix: &'static str,
        /// The service in a cause: `AmazonSQS`.
        service: &'static str,
        /// The error of which no more is known: `AmazonSQSException`.
        exception: &'static str,
    },
    /// As `aws-sdk:...` does, which uses version 2: `Sqs.SqsException`.
    Sdk,
}

/// What an answer says that is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    host_id: Option<String>,
    retry_after: Option<Duration>,
}

/// Longest time that a service may have an execution wait.
const MAX_DELAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Codes that ask to slow down, as the AWS SDKs know them.
const THROTTLING: [&str; 10] = [
    "BandwidthLimitExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

impl Answered {
    /// Reads an answer whose status is no success. What is not there is left out: a proxy, too, may
    /// have answered.
    pub(crate) fn read(protocol: Protocol, response: &Response) -> Self {
        let header = |name: &str| response.header(name).map(str::to_owned);
        let mut answered = Self {
            status: response.status,
            request_id: answer::request_id(response).map(str::to_owned),
            host_id: header("x-amz-id-2"),
            retry_after: retry_after(response),
            ..Self::default()
        };
        match protocol {
            Protocol::Json { .. } | Protocol::RestJson => answered.read_json(response),
            Protocol::RestXml | Protocol::Query { .. } => answered.read_xml(response),
        }
        if answered.code.is_none() && response.status == 429 {
            answered.code = Some("TooManyRequestsException".to_owned());
        }
        answered
    }

    fn read_json(&mut self, response: &Response) {
        let Ok(body) = response.json::<Value>() else {
            // What stands before a service may speak another language than it does.
            return self.read_xml(response);
        };
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        self.message = text("message").or_else(|| text("Message")).or_else(|| text("errorMessage"));
        let code = response.header("x-amzn-errortype").map(str::to_owned);
        let code = code.or_else(|| text("__type")).or_else(|| text("code"));
        // As `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException:http://...`.
        self.code = code.map(|code| {
            let code = code.rsplit('#').next().unwrap_or_default();
            code.split(':').next().unwrap_or_default().to_owned()
        });
    }

    fn read_xml(&mut self, response: &Response) {
        let Ok(document) = Element::parse(&response.text()) else { return };
        let errors = document.child("Errors").unwrap_or(&document);
        let error = errors.child("Error").unwrap_or(&document);
        if error.name() != "Error" {
            return;
        }
        let text = |element: &Element, name: &str| element.child_text(name).map(str::to_owned);
        self.code = text(error, "Code");
        self.message = text(error, "Message");
        let request_id = text(&document, "RequestId").or_else(|| text(error, "RequestId"));
        self.request_id = self.request_id.take().or(request_id);
        self.host_id = self.host_id.take().or_else(|| text(error, "HostId"));
    }

    /// As the failure of a task.
    pub(crate) fn failure(&self, naming: Naming, model: &Model) -> Failure {
        let code = self.code.as_deref();
        let known = code.and_then(|code| match naming {
            Naming::Optimised { .. } => model.exception_of_old(code),
            Naming::Sdk => model.exception(code).map(str::to_owned),
        });
        let throttled = || {
            let code = code.filter(|code| THROTTLING.contains(code))?;
            let name = code.strip_suffix("Exception").unwrap_or(code);
            Some(format!("{name}Exception"))
        };
        let name = known.or_else(throttled).unwrap_or_else(|| naming.unknown(model));
        let failure = naming.failure(model, &name, self.cause(naming, model));
        match self.retry_after {
            Some(delay) => failure.retry_after(delay),
            None => failure,
        }
    }

    fn cause(&self, naming: Naming, model: &Model) -> String {
        let or_null = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
        let (message, id, status) =
            (or_null(&self.message), or_null(&self.request_id), self.status);
        match naming {
            Naming::Optimised { service, .. } => format!(
                "{message} (Service: {service}; Status Code: {status}; Error Code: {}; Request ID: \
                 {id}; Proxy: null)",
                or_null(&self.code)
            ),
            Naming::Sdk => {
                let class = model.class();
                let host_id = self.host_id.as_ref();
                let extended =
                    host_id.map(|id| format!(", Extended Request ID: {id}")).unwrap_or_default();
                format!(
                    "{message} (Service: {class}, Status Code: {status}, Request ID: \
                     {id}{extended})"
                )
            }
        }
    }
}

impl Naming {
    /// The error of which no more is known.
    fn unknown(self, model: &Model) -> String {
        match self {
            Self::Optimised { exception, .. } => exception.to_owned(),
            Self::Sdk => format!("{}Exception", model.class()),
        }
    }

    /// A failure by a name of the service's.
    pub(crate) fn failure(self, model: &Model, name: &str, cause: impl Into<String>) -> Failure {
        let prefix = match self {
            Self::Optimised { prefix, .. } => prefix,
            Self::Sdk => model.class(),
        };
        Failure::new(format!("{prefix}.{name}"), cause)
    }

    /// There was no answer, or none that makes sense.
    pub(crate) fn no_answer(self, model: &Model, cause: impl Into<String>) -> Failure {
        self.failure(model, "SdkClientException", cause)
    }
}

/// How long the service asks to be left alone.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>; a date there is not heeded.
fn retry_after(response: &Response) -> Option<Duration> {
    let number = |name: &str| response.header(name)?.trim().parse::<u64>().ok();
    let millis = number("x-amz-retry-after").map(Duration::from_millis);
    let delay = millis.or_else(|| number("retry-after").map(Duration::from_secs));
    delay.map(|delay| delay.min(MAX_DELAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services;

    const DYNAMO_DB: Naming = Naming::Optimised {
        prefix: "DynamoDB",
        service: "AmazonDynamoDBv2",
        exception: "AmazonDynamoDBException",
    };

    fn failure(
        naming: Naming,
        service: &str,
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Failure {
        let model = services::named(service).unwrap().model();
        let headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        let response =
            Response { status, headers: headers.collect(), body: body.as_bytes().to_vec() };
        Answered::read(model.protocol(), &response).failure(naming, &model)
    }

    const ID: (&str, &str) = ("x-amzn-requestid", "R");

    #[test]
    fn errors_are_told_as_aws_told_them() {
        let invalid = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null"}"#;
        assert_eq!(
            failure(DYNAMO_DB, "dynamodb", 400, &[ID], invalid).to_string(),
            "DynamoDB.AmazonDynamoDBException: 1 validation error detected: Value null at 'item' \
             failed to satisfy constraint: Member must not be null (Service: AmazonDynamoDBv2; \
             Status Code: 400; Error Code: ValidationException; Request ID: R; Proxy: null)"
        );
        assert_eq!(
            failure(Naming::Sdk, "dynamodb", 400, &[ID], invalid).to_string(),
            "DynamoDb.DynamoDbException: 1 validation error detected: Value null at 'item' failed \
             to satisfy constraint: Member must not be null (Service: DynamoDb, Status Code: 400, \
             Request ID: R)"
        );
        let missing = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#;
        assert_eq!(
            failure(Naming::Sdk, "dynamodb", 400, &[ID], missing).to_string(),
            "DynamoDb.ResourceNotFoundException: Requested resource not found (Service: DynamoDb, \
             Status Code: 400, Request ID: R)"
        );
        let bucket = "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code><Message>The \
                      specified bucket does not exist</Message><RequestId>R</RequestId>\
                      <HostId>H</HostId></Error>";
        assert_eq!(
            failure(Naming::Sdk, "s3", 404, &[], bucket).to_string(),
            "S3.NoSuchBucketException: The specified bucket does not exist (Service: S3, Status \
             Code: 404, Request ID: R, Extended Request ID: H)"
        );
        let secret = r#"{"__type":"ValidationException","message":"Invalid name."}"#;
        assert_eq!(
            failure(Naming::Sdk, "secretsmanager", 400, &[ID], secret).to_string(),
            "SecretsManager.SecretsManagerException: Invalid name. (Service: SecretsManager, \
             Status Code: 400, Request ID: R)"
        );
    }

    #[test]
    fn an_error_of_the_query_protocol_is_read_too() {
        let body = "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code>\
                    <Message>Topic does not exist</Message></Error><RequestId>R</RequestId>\
                    </ErrorResponse>";
        assert_eq!(
            failure(Naming::Sdk, "sns", 404, &[], body).to_string(),
            "Sns.NotFoundException: Topic does not exist (Service: Sns, Status Code: 404, Request \
             ID: R)"
        );
    }

    #[test]
    fn an_error_in_xml_is_read_where_json_was_to_be_expected() {
        let body = "<Response><Errors><Error><Code>SignatureDoesNotMatch</Code><Message>No \
                    match.</Message></Error></Errors><RequestID>R</RequestID></Response>";
        let failure = failure(DYNAMO_DB, "dynamodb", 403, &[ID], body);
        assert_eq!(
            failure.to_string(),
            "DynamoDB.AmazonDynamoDBException: No match. (Service: AmazonDynamoDBv2; Status Code: \
             403; Error Code: SignatureDoesNotMatch; Request ID: R; Proxy: null)"
        );
    }

    #[test]
    fn throttling_keeps_its_own_name_and_how_long_to_wait() {
        for (service, code, name) in [
            (
                "dynamodb",
                "ProvisionedThroughputExceededException",
                "DynamoDB.ProvisionedThroughputExceededException",
            ),
            ("dynamodb", "ThrottlingException", "DynamoDB.ThrottlingException"),
            ("dynamodb", "Throttling", "DynamoDB.ThrottlingException"),
        ] {
            let body = format!("{{\"__type\":\"{code}\"}}");
            let failure = failure(DYNAMO_DB, service, 400, &[("retry-after", "7")], &body);
            assert_eq!(failure.error(), name);
            assert_eq!(failure.delay(), Some(Duration::from_secs(7)));
        }
        for (name, value) in [("retry-after", "86401"), ("x-amz-retry-after", "86400001")] {
            let failure = failure(DYNAMO_DB, "dynamodb", 503, &[(name, value)], "");
            assert_eq!(failure.delay(), Some(MAX_DELAY));
        }
        let headers = [
            ("x-amzn-errortype", "TooManyRequestsException:http://x"),
            ("x-amz-retry-after", "1500"),
        ];
        let lambda = Naming::Optimised { prefix: "Lambda", service: "AWSLambda", exception: "E" };
        let code = [("x-amzn-errortype", "EC2ThrottledException")];
        let of_old = failure(lambda, "lambda", 502, &code, "{}");
        assert_eq!(of_old.error(), "Lambda.EC2ThrottledException");
        let sdk = failure(Naming::Sdk, "lambda", 502, &code, "{}");
        assert_eq!(sdk.error(), "Lambda.Ec2ThrottledException");
        let slow = failure(Naming::Sdk, "lambda", 429, &headers, r#"{"Message":"Rate Exceeded."}"#);
        assert_eq!(slow.error(), "Lambda.TooManyRequestsException");
        assert_eq!(slow.delay(), Some(Duration::from_millis(1500)));
        let proxy = failure(Naming::Sdk, "lambda", 429, &[("retry-after", "soon")], "slow down");
        assert_eq!((proxy.error(), proxy.delay()), ("Lambda.TooManyRequestsException", None));
    }

    #[test]
    fn an_answer_that_says_nothing_is_the_services_exception() {
        let page = failure(DYNAMO_DB, "dynamodb", 503, &[], "<html>Service Unavailable</html>");
        assert_eq!(
            page.to_string(),
            "DynamoDB.AmazonDynamoDBException: null (Service: AmazonDynamoDBv2; Status Code: 503; \
             Error Code: null; Request ID: null; Proxy: null)"
        );
        let head = failure(Naming::Sdk, "s3", 412, &[("x-amz-request-id", "R")], "");
        assert_eq!(head.error(), "S3.S3Exception");
        let known = failure(DYNAMO_DB, "dynamodb", 500, &[], r#"{"__type":"InternalServerError"}"#);
        assert_eq!(known.error(), "DynamoDB.InternalServerErrorException");
    }
}
