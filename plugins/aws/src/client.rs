//! Calls an operation of a service.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use stepwell_task::{
    Call, Failure,
    http::{self, Request, Response},
};

use crate::{
    answer,
    failure::{Answered, Naming},
    input::Reader,
    model::{Model, Operation},
    request::{self, Outgoing},
    services::Service,
    settings::Settings,
    sign,
};

/// How long a service has for an answer, unless the operator has said so: `timeout-seconds`.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A service, as a plugin calls it.
#[derive(Debug, Clone)]
pub struct Client {
    plugin: &'static str,
    model: Model,
    naming: Naming,
    timeout: Duration,
}

/// What a service answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The operation's output, with names in PascalCase.
    pub output: Map<String, Value>,
    response: Response,
}

impl Client {
    /// A client of a service, for the plugin of that name.
    pub fn new(plugin: &'static str, service: Service, naming: Naming) -> Self {
        Self { plugin, model: service.model(), naming, timeout: TIMEOUT }
    }

    /// With another time for an answer where the operator has set none.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// A failure by a name of the service's, such as `EventBridge.FailedEntry`.
    pub fn failure(&self, name: &str, cause: impl Into<String>) -> Failure {
        self.naming.failure(&self.model, name, cause)
    }

    /// Calls the operation, once: the state's Retry decides about another attempt.
    ///
    /// # Errors
    /// `SERVICE.InvalidInput` where the input does not fit the operation, and
    /// `SERVICE.MissingCredentials`, `SERVICE.InvalidConfiguration` and `SERVICE.PermissionDenied`
    /// where the operator has not set or granted what it takes; nothing was sent then.
    /// `SERVICE.SdkClientException` where there was no answer that makes sense. What the service
    /// says is an error goes by its own name, as [`Naming`] has it.
    pub fn call(&self, operation: &str, input: &Value, call: &Call) -> Result<Answer, Failure> {
        let operation = self.model.operation(operation).ok_or_else(|| {
            let service = self.model.name();
            self.failure("InvalidInput", format!("{service} has no operation {operation:?}"))
        })?;
        let reader = Reader { model: &self.model, token: &token(call) };
        let input = reader.input(operation.input, input).map_err(|error| {
            let task = operation.name;
            let cause = format!("the input does not fit task {task:?}: {error}");
            self.failure("InvalidInput", cause)
        })?;
        let settings = Settings::read(self.plugin, &self.model, self.timeout, call)
            .map_err(|error| self.failure(error.name(), error.to_string()))?;
        let request = request::write(self.model.protocol(), &operation, &input);
        let response = self.send(request, &settings)?;
        self.read(&operation, response)
    }

    fn send(&self, outgoing: Outgoing, settings: &Settings) -> Result<Response, Failure> {
        let signature = sign::headers(self.model.signing(), settings, &outgoing, SystemTime::now())
            .map_err(|error| self.failure("InvalidInput", told(&error)))?;
        let url = format!("{}{}", settings.endpoint, outgoing.path);
        let mut request = Request::new(outgoing.method, url).timeout(settings.timeout);
        request.headers = outgoing.headers;
        request.headers.extend(signature);
        request.body = outgoing.body;
        request.send().map_err(|error| match error {
            http::Error::Refused(why) => {
                let (method, endpoint, plugin) = (outgoing.method, &settings.endpoint, self.plugin);
                self.failure(
                    "PermissionDenied",
                    format!(
                        "the request is not granted: {why}; grant it: `stepwell plugin grant \
                         {plugin} --http '{method} {endpoint}'`"
                    ),
                )
            }
            http::Error::Invalid(why) => {
                self.failure("InvalidInput", format!("the request cannot be sent: {why}"))
            }
            // What AWS's states end in where a result is more than a state may have.
            error @ http::Error::TooLarge(_) => {
                Failure::foreign("States.DataLimitExceeded", error.to_string())
            }
            error @ (http::Error::TimedOut(_)
            | http::Error::Unreachable(_)
            | http::Error::Broken(_)) => {
                let cause = format!("Unable to execute HTTP request: {error}");
                self.naming.no_answer(&self.model, cause)
            }
        })
    }

    pub(crate) fn read(
        &self,
        operation: &Operation,
        response: Response,
    ) -> Result<Answer, Failure> {
        let protocol = self.model.protocol();
        if !(200..300).contains(&response.status) {
            let mut answered = Answered::read(protocol, &response);
            // To HEAD there is no body that could say it.
            if answered.status == 404 && answered.code.is_none() {
                answered.code = match (self.model.name(), operation.name) {
                    ("s3", "headObject") => Some("NoSuchKey".to_owned()),
                    ("s3", "headBucket") => Some("NoSuchBucket".to_owned()),
                    _ => None,
                };
            }
            return Err(answered.failure(self.naming, &self.model));
        }
        match answer::read(&self.model, operation, &response) {
            Ok(output) => Ok(Answer { output, response }),
            Err(error) => {
                let status = response.status;
                let cause =
                    format!("Unable to unmarshall response: {error} (Response Code: {status})");
                Err(self.naming.no_answer(&self.model, cause))
            }
        }
    }
}

/// An error with those that caused it.
fn told(error: &dyn std::error::Error) -> String {
    Failure::caused_by("", error).cause().to_owned()
}

impl Answer {
    /// The output, and how the answer came, as the optimised integrations of Step Functions give
    /// it.
    pub fn with_metadata(mut self) -> Value {
        for (name, value) in answer::metadata(&self.response) {
            self.output.insert(name.to_owned(), value);
        }
        self.output.sort_keys();
        Value::Object(self.output)
    }

    /// The output alone, as `aws-sdk:...` gives it.
    pub fn plain(self) -> Value {
        Value::Object(self.output)
    }
}

/// A UUID that is the same for every attempt of a state, for operations that take a token.
fn token(call: &Call) -> String {
    let digest = Sha256::digest(call.idempotency_key.as_bytes());
    let mut hex = String::with_capacity(36);
    for (at, byte) in digest.iter().take(16).enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            hex.push('-');
        }
        hex += &format!("{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests;
