//! What AWS answers where it refuses a request.

use std::fmt;

use axum::http::StatusCode;
use serde_json::{Map, Value};

/// An exception of the API: its name, its message and, for some, more.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?}: {message}")]
pub struct Error {
    /// The exception.
    pub code: Code,
    /// What is wrong, in AWS's words where they are known.
    pub message: String,
    /// Why, where the exception is a ValidationException that has a reason.
    pub reason: Option<Reason>,
    /// The resource, where the exception is ResourceNotFound or TooManyTags.
    pub resource_name: Option<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $namespace:ident)*) => {
        /// The exceptions of Step Functions, and those that all services have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are AWS's, and say it")]
        pub enum Code { $($name),* }

        impl Code {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name, as clients know it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// `__type` of the answer: the name with what AWS writes before it. Clients cut at `#`.
            pub fn as_type(self) -> &'static str {
                match self {
                    $(Self::$name => concat!(namespace!($namespace), "#", stringify!($name))),*
                }
            }
        }
    };
}

macro_rules! namespace {
    (model) => {
        "com.amazonaws.swf.service.v2.model"
    };
    (service) => {
        "com.amazon.coral.service"
    };
    (validate) => {
        "com.amazon.coral.validate"
    };
    (availability) => {
        "com.amazon.coral.availability"
    };
}

codes! {
    ActivityAlreadyExists model
    ActivityDoesNotExist model
    ActivityLimitExceeded model
    ActivityWorkerLimitExceeded model
    ConflictException model
    ExecutionAlreadyExists model
    ExecutionDoesNotExist model
    ExecutionLimitExceeded model
    ExecutionNotRedrivable model
    InvalidArn model
    InvalidDefinition model
    InvalidEncryptionConfiguration model
    InvalidExecutionInput model
    InvalidLoggingConfiguration model
    InvalidName model
    InvalidOutput model
    InvalidToken model
    InvalidTracingConfiguration model
    KmsAccessDeniedException model
    KmsInvalidStateException model
    KmsThrottlingException model
    MissingRequiredParameter model
    ResourceNotFound model
    ServiceQuotaExceededException model
    StateMachineAlreadyExists model
    StateMachineDeleting model
    StateMachineDoesNotExist model
    StateMachineLimitExceeded model
    StateMachineTypeNotSupported model
    TaskDoesNotExist model
    TaskTimedOut model
    TooManyTags model
    ValidationException validate
    AccessDeniedException service
    IncompleteSignatureException service
    InternalFailure service
    InvalidSignatureException service
    MissingAuthenticationTokenException service
    RequestTimeoutException service
    SerializationException service
    ServiceUnavailableException availability
    ThrottlingException availability
    UnknownOperationException service
    UnrecognizedClientException service
}

impl Code {
    /// The HTTP status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::InternalFailure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ServiceUnavailableException => StatusCode::SERVICE_UNAVAILABLE,
            Self::RequestTimeoutException => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The exception of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

/// `reason` of a ValidationException: `ValidationExceptionReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's, and say it")]
pub enum Reason {
    ApiDoesNotSupportLabeledArns,
    MissingRequiredParameter,
    CannotUpdateCompletedMapRun,
    InvalidRoutingConfiguration,
}

impl Reason {
    /// The reason as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiDoesNotSupportLabeledArns => "API_DOES_NOT_SUPPORT_LABELED_ARNS",
            Self::MissingRequiredParameter => "MISSING_REQUIRED_PARAMETER",
            Self::CannotUpdateCompletedMapRun => "CANNOT_UPDATE_COMPLETED_MAP_RUN",
            Self::InvalidRoutingConfiguration => "INVALID_ROUTING_CONFIGURATION",
        }
    }
}

impl Error {
    /// An exception with its message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), reason: None, resource_name: None }
    }

    /// A ValidationException.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(Code::ValidationException, message)
    }

    /// The body of the answer.
    pub fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("__type".into(), self.code.as_type().into());
        body.insert("message".into(), self.message.as_str().into());
        if let Some(reason) = self.reason {
            body.insert("reason".into(), reason.as_str().into());
        }
        if let Some(name) = &self.resource_name {
            body.insert("resourceName".into(), name.as_str().into());
        }
        Value::Object(body)
    }
}

/// An exception on its way through serde, which carries errors as text: the code, `: `, the message.
#[derive(Debug)]
pub(crate) struct Refusal(Error);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.message)
    }
}

impl Refusal {
    pub(crate) fn into_serde<E: serde::de::Error>(error: Error) -> E {
        E::custom(Self(error))
    }

    /// What a type of a request has refused. Anything else is a member of another type than the
    /// request has.
    pub(crate) fn from_serde(error: &serde_json::Error) -> Error {
        let text = error.to_string();
        text.split_once(": ")
            .and_then(|(code, message)| Some(Error::new(Code::parse(code)?, message)))
            .unwrap_or_else(|| Error::new(Code::SerializationException, text))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn are_written_as_aws_does() {
        let mut error = Error::new(Code::InvalidArn, "Invalid Arn: 'x'");
        assert_eq!(
            error.to_json(),
            json!({
                "__type": "com.amazonaws.swf.service.v2.model#InvalidArn",
                "message": "Invalid Arn: 'x'",
            })
        );
        error = Error::validation("no");
        error.reason = Some(Reason::MissingRequiredParameter);
        assert_eq!(
            error.to_json(),
            json!({
                "__type": "com.amazon.coral.validate#ValidationException",
                "message": "no",
                "reason": "MISSING_REQUIRED_PARAMETER",
            })
        );
        error = Error::new(Code::ResourceNotFound, "gone");
        error.resource_name = Some("arn".into());
        assert_eq!(error.to_json()["resourceName"], "arn");
    }

    #[test]
    fn pass_through_serde() {
        let error = Error::new(Code::InvalidName, "Invalid Name: 'a: b'");
        let carried = Refusal::into_serde(error.clone());
        assert_eq!(Refusal::from_serde(&carried), error);
        let other = serde::de::Error::custom("invalid type: null");
        assert_eq!(Refusal::from_serde(&other).code, Code::SerializationException);
    }

    #[test]
    fn statuses_are_of_the_client_but_for_three() {
        for code in Code::ALL {
            let expected = match code {
                Code::InternalFailure => 500,
                Code::ServiceUnavailableException => 503,
                Code::RequestTimeoutException => 408,
                _ => 400,
            };
            assert_eq!(code.status().as_u16(), expected, "{code:?}");
        }
    }
}
