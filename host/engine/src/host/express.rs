//! Express executions: they run in memory, and leave no history.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>

use jiff::Timestamp;
use stepwell_interpreter::{Identity, Outcome};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::{Error, Host, Order, Started};

/// An Express execution that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Who it was.
    pub identity: Identity,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended.
    pub stopped_at: Timestamp,
    /// How.
    pub outcome: Outcome,
}

impl Host {
    /// Starts an Express execution, and does not wait for it. Returns its ARN.
    ///
    /// # Errors
    /// Where too many run already.
    pub fn start_express(&self, order: Order) -> Result<(String, Started), Error> {
        let (identity, run, permit) = self.express(order)?;
        let started = Started { at: self.inner.clock.now() };
        tokio::spawn(async move {
            let _permit = permit;
            run.await;
        });
        Ok((identity.execution_arn, started))
    }

    /// Runs an Express execution to its end. Whoever drops this abandons it.
    ///
    /// # Errors
    /// Where too many run already.
    pub async fn run_express(&self, order: Order) -> Result<Ended, Error> {
        let started_at = self.inner.clock.now();
        let (identity, run, _permit) = self.express(order)?;
        let outcome = run.await;
        Ok(Ended { identity, started_at, stopped_at: self.inner.clock.now(), outcome })
    }

    /// Who it is, what runs it, and the place it takes.
    fn express(
        &self,
        order: Order,
    ) -> Result<(Identity, impl Future<Output = Outcome> + use<>, OwnedSemaphorePermit), Error>
    {
        if self.is_stopping() {
            return Err(Error::Stopping);
        }
        let permit =
            self.inner.express.clone().try_acquire_owned().map_err(|_| Error::Throttled)?;
        let Order { target, name, input, .. } = order;
        let machine = target.revision.machine.clone();
        let identity = machine.identify_express(&name, &Uuid::new_v4().to_string());
        let (engine, who) = (self.inner.engine.clone(), identity.clone());
        Ok((identity, async move { engine.run_express(machine, who, input).await }, permit))
    }
}
