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
        let permit = self.express_permit()?;
        let started = Started { at: self.inner.clock.now() };
        let identity = identify(&order);
        let execution_arn = identity.execution_arn.clone();
        let host = self.clone();
        tokio::spawn(async move {
            let _permit = permit;
            host.express(order, identity).await;
        });
        Ok((execution_arn, started))
    }

    /// Runs an Express execution to its end. Whoever drops this abandons it.
    ///
    /// # Errors
    /// Where too many run already.
    pub async fn run_express(&self, order: Order) -> Result<Ended, Error> {
        let _permit = self.express_permit()?;
        let started_at = self.inner.clock.now();
        let identity = identify(&order);
        let outcome = self.express(order, identity.clone()).await;
        Ok(Ended { identity, started_at, stopped_at: self.inner.clock.now(), outcome })
    }

    /// The place that an execution takes.
    fn express_permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        if self.is_stopping() {
            return Err(Error::Stopping);
        }
        self.inner.express.clone().try_acquire_owned().map_err(|_| Error::Throttled)
    }

    async fn express(&self, order: Order, identity: Identity) -> Outcome {
        let machine = &order.target.revision.machine;
        let statistics = &self.inner.statistics;
        statistics.started(&machine.tenant, &machine.name);
        let started_at = self.inner.clock.now();
        let outcome = self.inner.engine.run_express(machine, identity, order.input).await;
        statistics.ended(&machine.tenant, &machine.name, started_at, &outcome);
        outcome
    }
}

/// Who an execution is: another one each time.
fn identify(order: &Order) -> Identity {
    order.revision().machine.identify_express(&order.name, Uuid::new_v4())
}
