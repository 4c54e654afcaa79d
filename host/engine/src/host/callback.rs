//! What executions are told from outside: answers for tasks, and to stop.

use jiff::Timestamp;
use stepwell_asl::Json;
use stepwell_interpreter::{Failure, Occurrence, TaskId, token::Token};
use stepwell_journal::ExecutionId;
use tokio::sync::oneshot;

use super::{
    Error, Host,
    turn::{Input, Told},
};
use crate::arn;

/// What somebody answers for a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Callback {
    /// SendTaskSuccess.
    Success(Json),
    /// SendTaskFailure.
    Failure(Failure),
    /// SendTaskHeartbeat.
    Heartbeat,
}

impl Callback {
    fn occurrence(self, task: TaskId) -> Occurrence {
        match self {
            Self::Success(output) => Occurrence::TaskSucceeded { task, output, usage: None },
            Self::Failure(failure) => Occurrence::TaskFailed { task, failure, usage: None },
            Self::Heartbeat => Occurrence::TaskHeartbeat { task },
        }
    }
}

impl Host {
    /// Takes in an answer for the task of a token, by somebody of this account.
    ///
    /// # Errors
    /// Where the token is not valid, the task has ended, or the journal fails.
    pub async fn callback(
        &self,
        tenant: &str,
        token: &str,
        callback: Callback,
    ) -> Result<(), Error> {
        let token = Token::parse(token).ok_or(Error::InvalidToken)?;
        let key = arn::execution(&token.execution_arn).ok_or(Error::InvalidToken)?;
        if key.tenant != tenant || !token.verify(&self.inner.settings.token_key) {
            return Err(Error::InvalidToken);
        }
        let occurrence = callback.occurrence(token.task);
        match self.tell(key.id(), occurrence, Some(token.started_at)).await {
            Ok(Told::Taken(_)) => Ok(()),
            // Its name may be another's by now.
            Ok(Told::Ended | Told::TaskClosed) | Err(Error::NoSuchExecution) => {
                Err(Error::TaskTimedOut)
            }
            Err(error) => Err(error),
        }
    }

    /// Stops an execution. Returns when it was stopped; of one that has ended, when it ended.
    ///
    /// # Errors
    /// Where there is no such execution, or the journal fails.
    pub async fn stop_execution(
        &self,
        id: ExecutionId,
        error: Option<String>,
        cause: Option<String>,
    ) -> Result<Timestamp, Error> {
        let ended = async || {
            let description = self.inner.store.describe(id).await?;
            description.and_then(|it| it.listing.stopped_at).ok_or(Error::NoSuchExecution)
        };
        match self.tell(id, Occurrence::Stop { error, cause }, None).await {
            Ok(Told::Taken(at)) => Ok(at),
            Ok(Told::Ended | Told::TaskClosed) | Err(Error::NoSuchExecution) => ended().await,
            Err(error) => Err(error),
        }
    }

    async fn tell(
        &self,
        id: ExecutionId,
        occurrence: Occurrence,
        started_at: Option<Timestamp>,
    ) -> Result<Told, Error> {
        let (answer, told) = oneshot::channel();
        self.deliver(id, Input::Tell { occurrence, started_at, answer: Some(answer) });
        told.await.map_err(|_| Error::Lost)?
    }
}
