//! Activities: tasks that workers outside ask for.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html>

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
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
pub(super) struct Activities(Mutex<State>);

#[derive(Default)]
struct State {
    queues: HashMap<Arc<str>, Queue>,
    /// Where each task waits: for which activity, and its number.
    offered: HashMap<(ExecutionId, TaskId), (Arc<str>, u64)>,
    /// The last number given to a task.
    last: u64,
}

#[derive(Default)]
struct Queue {
    /// By their numbers: in the order in which they came.
    tasks: BTreeMap<u64, (ExecutionId, TaskId)>,
    pollers: usize,
    news: Arc<Notify>,
}

impl Queue {
    fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.pollers == 0
    }
}

impl Activities {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task waits for a worker.
    pub(super) fn offer(&self, activity: &Arc<str>, execution: ExecutionId, task: TaskId) {
        let State { queues, offered, last } = &mut *self.state();
        let queue = queues.entry(activity.clone()).or_default();
        if let Entry::Vacant(entry) = offered.entry((execution, task)) {
            *last += 1;
            entry.insert((activity.clone(), *last));
            queue.tasks.insert(*last, (execution, task));
        }
        queue.news.notify_one();
    }

    /// A task waits no longer.
    pub(super) fn withdraw(&self, execution: ExecutionId, task: TaskId) {
        let State { queues, offered, .. } = &mut *self.state();
        let Some((activity, number)) = offered.remove(&(execution, task)) else { return };
        if let Some(queue) = queues.get_mut(&activity) {
            queue.tasks.remove(&number);
            if queue.is_idle() {
                queues.remove(&activity);
            }
        }
    }

    fn take(&self, activity: &str) -> Option<(ExecutionId, TaskId)> {
        let State { queues, offered, .. } = &mut *self.state();
        let (_, next) = queues.get_mut(activity)?.tasks.pop_first()?;
        offered.remove(&next);
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
        let mut state = activities.state();
        let queue = state.queues.entry(activity.clone()).or_default();
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
        let queues = &mut self.activities.state().queues;
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
                match taken.await.unwrap_or(Err(Error::Lost)) {
                    Ok(Some(taken)) => return Ok(Some(taken)),
                    // A task that is not open any more is nobody's.
                    Ok(None) | Err(Error::NoSuchExecution) => {}
                    Err(error) => {
                        // It was not taken, and is for whoever asks next.
                        self.inner.activities.offer(&poller.activity, execution, task);
                        return Err(error);
                    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_tasks_that_are_given_up_nothing_is_kept() {
        let activities = Activities::default();
        let activity: Arc<str> = "a".into();
        let id = ExecutionId::from_bytes([7; 16]);
        for task in [1, 2, 2, 3] {
            activities.offer(&activity, id, TaskId(task));
        }
        activities.withdraw(id, TaskId(2));
        assert_eq!(activities.take("a"), Some((id, TaskId(1))));
        activities.withdraw(id, TaskId(1));
        activities.withdraw(id, TaskId(3));
        let state = activities.state();
        assert!(state.queues.is_empty() && state.offered.is_empty());
    }
}
