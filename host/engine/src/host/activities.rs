//! Activities: tasks that workers outside ask for.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html>

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use stepwell_asl::Json;
use stepwell_interpreter::TaskId;
use stepwell_journal::ExecutionId;
use tokio::sync::{Notify, oneshot};

use super::{Error, Host, turn::Input};
use crate::resources::Revision;

/// How many workers may wait for the tasks of one activity.
pub const MAX_POLLERS: usize = 1_000;

/// A task that a worker has taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// `taskToken`.
    pub token: String,
    /// `input`.
    pub input: Json,
}

/// The tasks that wait for a worker, by their activity's ARN. They follow from the executions, and
/// are not stored.
#[derive(Default)]
pub(super) struct Activities(Mutex<HashMap<Arc<str>, Queue>>);

#[derive(Default)]
struct Queue {
    tasks: VecDeque<(ExecutionId, TaskId)>,
    /// The same, to be found.
    offered: HashSet<(ExecutionId, TaskId)>,
    pollers: usize,
    news: Arc<Notify>,
}

impl Queue {
    fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.pollers == 0
    }
}

impl Activities {
    fn queues(&self) -> MutexGuard<'_, HashMap<Arc<str>, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task waits for a worker.
    pub(super) fn offer(&self, activity: &Arc<str>, execution: ExecutionId, task: TaskId) {
        let mut queues = self.queues();
        let queue = queues.entry(activity.clone()).or_default();
        if queue.offered.insert((execution, task)) {
            queue.tasks.push_back((execution, task));
        }
        queue.news.notify_one();
    }

    fn take(&self, activity: &str) -> Option<(ExecutionId, TaskId)> {
        let mut queues = self.queues();
        let queue = queues.get_mut(activity)?;
        let next = queue.tasks.pop_front()?;
        queue.offered.remove(&next);
        Some(next)
    }
}

/// A worker that waits.
struct Poller<'a> {
    activities: &'a Activities,
    activity: Arc<str>,
    news: Arc<Notify>,
}

impl<'a> Poller<'a> {
    fn new(activities: &'a Activities, activity: &str) -> Result<Self, Error> {
        let activity: Arc<str> = activity.into();
        let mut queues = activities.queues();
        let queue = queues.entry(activity.clone()).or_default();
        if queue.pollers >= MAX_POLLERS {
            return Err(Error::TooManyPollers);
        }
        queue.pollers += 1;
        let news = queue.news.clone();
        Ok(Self { activities, activity, news })
    }
}

impl Drop for Poller<'_> {
    fn drop(&mut self) {
        let mut queues = self.activities.queues();
        if let Some(queue) = queues.get_mut(&self.activity) {
            queue.pollers -= 1;
            // What it was told of is for another.
            if !queue.tasks.is_empty() {
                queue.news.notify_one();
            }
            if queue.is_idle() {
                queues.remove(&self.activity);
            }
        }
    }
}

impl Host {
    /// Which of the activities that a revision names are not there.
    pub(super) async fn missing_activities(
        &self,
        revision: &Revision,
    ) -> Result<Vec<Arc<str>>, Error> {
        let mut missing = Vec::new();
        for arn in &revision.activities {
            if !self.is_activity(arn, &revision.machine.tenant).await? {
                missing.push(arn.clone());
            }
        }
        Ok(missing)
    }

    /// Whether a tenant has the activity of this ARN: `arn:aws:states:REGION:ACCOUNT:activity:NAME`.
    async fn is_activity(&self, arn: &str, tenant: &str) -> Result<bool, Error> {
        let mut parts = arn.split(':').skip(4);
        let (account, name) = (parts.next(), parts.nth(1));
        let (true, Some(name)) = (account == Some(tenant), name) else { return Ok(false) };
        let activity = self.inner.resources.activity(tenant, name).await?;
        Ok(activity.is_some_and(|activity| activity.arn == arn))
    }

    /// Gives a worker the next task of an activity; waits for one for so long.
    ///
    /// # Errors
    /// Where too many wait already, or the journal fails.
    pub async fn get_activity_task(
        &self,
        activity: &str,
        worker_name: Option<&str>,
        wait: Duration,
    ) -> Result<Option<Taken>, Error> {
        let poller = Poller::new(&self.inner.activities, activity)?;
        let end = tokio::time::Instant::now() + wait;
        loop {
            while let Some((execution, task)) = self.inner.activities.take(activity) {
                let (answer, taken) = oneshot::channel();
                let worker_name = worker_name.map(ToOwned::to_owned);
                self.deliver(execution, Input::Take(task, worker_name, answer));
                // A task that is not open any more is nobody's.
                if let Some(taken) = taken.await.map_err(|_| Error::Lost)?? {
                    return Ok(Some(taken));
                }
            }
            tokio::select! {
                () = poller.news.notified() => {}
                () = tokio::time::sleep_until(end) => return Ok(None),
                () = self.inner.stopping.cancelled() => return Ok(None),
            }
        }
    }
}
