//! Events out: where the status changes of executions are sent, in EventBridge's form.
//!
//! They are kept in the journal with the commits that give rise to them, and delivered from there:
//! each arrives at least once, and those of one execution in their order. One that comes again has
//! the same `id`.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>

mod file;
mod plugin;
pub(crate) mod status_change;
mod webhook;

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::{StreamExt as _, future::BoxFuture, stream};
use stepwell_journal::{ExecutionId, NoticeId, Pending};

pub use file::File;
pub use plugin::Plugin;
pub use webhook::{InvalidWebhook, Webhook};

/// Where events are sent.
#[async_trait]
pub trait Destination: Send + Sync + 'static {
    /// The name that events are kept under until they are delivered. It is to stay the same from
    /// one start of the host to the next, and has no `/` at its end.
    fn name(&self) -> String;

    /// Whether each tenant's events go somewhere else: one that cannot be delivered then holds up
    /// no other tenant's.
    fn is_by_tenant(&self) -> bool {
        false
    }

    /// Delivers events, those of an execution in their order. What is not delivered comes again.
    async fn deliver(&self, events: &[Pending]) -> Delivered;
}

/// What became of events.
#[derive(Debug, Default)]
pub struct Delivered {
    /// Those that have arrived.
    pub notices: Vec<NoticeId>,
    /// Why others have not.
    pub failure: Option<Failure>,
}

/// Why an event was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The webhook answered with another status than one of success.
    #[error("{url} answered with the status {status}")]
    Status {
        /// The webhook.
        url: String,
        /// Its answer.
        status: u16,
    },
    /// The webhook cannot be reached, or did not answer in time.
    #[error("{url} cannot be reached: {cause}")]
    Unreachable {
        /// The webhook.
        url: String,
        /// Why.
        cause: String,
    },
    /// The file cannot be written.
    #[error("{} cannot be written: {cause}", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The plugin's task failed.
    #[error("the task putEvents of the plugin events of {tenant} failed: {error}: {cause}")]
    Task {
        /// Whose plugin.
        tenant: String,
        /// The error's name.
        error: String,
        /// What happened.
        cause: String,
    },
}

/// How many executions' events are delivered at once.
const AT_ONCE: usize = 16;

/// Delivers events one by one: of each execution in their order, and up to the first that fails.
pub(crate) async fn one_by_one<'a>(
    events: &'a [Pending],
    deliver: impl Fn(&'a Pending) -> BoxFuture<'a, Result<(), Failure>> + Sync,
) -> Delivered {
    let mut executions = BTreeMap::<ExecutionId, Vec<&Pending>>::new();
    for event in events {
        executions.entry(event.execution).or_default().push(event);
    }
    let deliver = &deliver;
    let deliveries = executions.into_values().map(|events| async move {
        let mut delivered = Delivered::default();
        for event in events {
            match deliver(event).await {
                Ok(()) => delivered.notices.push(event.id),
                Err(failure) => {
                    delivered.failure = Some(failure);
                    break;
                }
            }
        }
        delivered
    });
    let mut deliveries = stream::iter(deliveries).buffer_unordered(AT_ONCE).boxed();
    let mut all = Delivered::default();
    while let Some(delivered) = deliveries.next().await {
        all.notices.extend(delivered.notices);
        all.failure = delivered.failure.or(all.failure);
    }
    all
}
