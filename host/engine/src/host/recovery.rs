//! Carrying on where another host has stopped, and forgetting what is long over.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use stepwell_asl::resource::Resource;
use stepwell_interpreter::Effect;
use stepwell_journal::{Description, ExecutionId, Shard, Start, State};

use super::{
    Error, Host,
    loaded::{Attributes, Loaded},
    mail::Mail,
    turn::Input,
};
use crate::resources::Revision;

/// How many executions are loaded at once, and of how many shards.
const AT_ONCE: usize = 256;
const SHARDS: usize = 4;

/// How often executions are deleted that were kept long enough, and how many with one commit.
const RETAIN: (Duration, usize) = (Duration::from_secs(60 * 60), 500);

/// How long to wait between two of these commits.
const BETWEEN: Duration = Duration::from_millis(50);

impl Host {
    /// Goes on with what is open. Everything is handed out before anything else can happen to an
    /// execution: a task that this process runs is not taken for one that was cut off.
    pub(super) async fn recover(&self) -> Result<(), Error> {
        let mut messages = HashMap::<ExecutionId, Vec<_>>::new();
        // All of them: a task whose end is among them was not cut off.
        for message in self.inner.store.inbox(&Shard::all(), usize::MAX).await? {
            if let Some(mail) = Mail::read(&message.body) {
                messages.entry(message.to).or_default().push((message.id, mail));
            }
        }
        let shards = stream::iter(Shard::all()).map(|shard| self.unfinished(shard, &messages));
        let open: Vec<_> = shards.buffered(SHARDS).try_collect().await?;
        for id in open.into_iter().flatten() {
            let messages = messages.remove(&id).unwrap_or_default();
            let handed = messages.iter().map(|(id, _)| *id);
            self.inner.inbox.handed(id.shard(), handed);
            self.deliver(id, Input::Recover(messages));
        }
        // What is left starts children, or is for executions that have ended. One that is to be
        // stopped, and that no message starts, is started by nobody any more.
        let stops = |(_, mail): &(_, Mail)| matches!(mail, Mail::Stop { .. });
        for (id, messages) in messages.into_iter().filter(|(_, all)| all.iter().all(stops)) {
            self.inner.inbox.handed(id.shard(), messages.iter().map(|(id, _)| *id));
            self.deliver(id, Input::Recover(messages));
        }
        self.inner.inbox.poke(Shard::all());
        Ok(())
    }

    /// The open executions of a shard in which there is something to do.
    async fn unfinished<M>(
        &self,
        shard: Shard,
        messages: &HashMap<ExecutionId, M>,
    ) -> Result<Vec<ExecutionId>, Error> {
        let mut unfinished = Vec::new();
        let mut after = None;
        loop {
            let page = self.inner.store.load(shard, after, AT_ONCE).await?;
            after = page.last().map(|state| state.id);
            for state in &page {
                self.inner.open.started(&state.start.key.tenant);
                if messages.contains_key(&state.id) || self.is_cut_off(state).await? {
                    unfinished.push(state.id);
                }
            }
            if page.len() < AT_ONCE {
                return Ok(unfinished);
            }
        }
    }

    /// Whether an execution waits for something that was to happen in the host that is gone. Tasks
    /// of activities are offered to workers at once: the execution need not be in memory for that.
    async fn is_cut_off(&self, state: &State) -> Result<bool, Error> {
        let execution = &state.execution;
        if execution.waits_for_map_runs() || !execution.waits_for_work() {
            return Ok(execution.waits_for_map_runs());
        }
        let revision = match self.what_it_runs(&state.start).await {
            Ok((_, revision)) => revision,
            Err(error) if error.is_lasting() => {
                tracing::error!(execution = %state.id, %error, "an execution cannot go on");
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let mut cut_off = false;
        for pending in execution.pending(&revision.machine.definition) {
            let Effect::RunTask(task) = pending else { continue };
            match &task.resource {
                // The answer comes from outside.
                _ if task.submitted => {}
                Resource::Activity(_) if task.started => {}
                Resource::Activity(arn) => self.inner.activities.offer(arn, state.id, task.task),
                _ => cut_off = true,
            }
        }
        Ok(cut_off)
    }

    /// Loads an execution; none where there is none.
    pub(super) async fn read(&self, id: ExecutionId) -> Result<Option<Box<Loaded>>, Error> {
        let Some(state) = self.inner.store.state(id).await? else { return Ok(None) };
        let (attributes, revision) = self.what_it_runs(&state.start).await?;
        let map_runs = self.read_map_runs(id, &state.execution).await?;
        Ok(Some(Box::new(Loaded {
            execution: state.execution.into(),
            seq: state.position.seq,
            start: state.start,
            attributes,
            revision,
            missing_activities: Vec::new(),
            map_runs,
        })))
    }

    async fn what_it_runs(&self, start: &Start) -> Result<(Attributes, Arc<Revision>), Error> {
        let attributes = Attributes::read(&start.attributes, &start.key.name)?;
        let revision = self.revision(&start.key.tenant, &attributes).await?;
        Ok((attributes, revision))
    }

    /// What an execution runs by.
    ///
    /// # Errors
    /// Where it is gone, or the store fails.
    pub async fn revision_of(&self, execution: &Description) -> Result<Arc<Revision>, Error> {
        let key = &execution.listing.key;
        let attributes = Attributes::read(&execution.attributes, &key.name)?;
        self.revision(&key.tenant, &attributes).await
    }

    async fn revision(
        &self,
        tenant: &str,
        attributes: &Attributes,
    ) -> Result<Arc<Revision>, Error> {
        let revision = self.inner.resources.revision(tenant, &attributes.revision).await?;
        revision.ok_or_else(|| Error::MissingRevision(attributes.revision.clone()))
    }

    /// Tells those who wait that there is no such execution. One that is to be stopped may be
    /// about to start: its message stays until the next host, in which nobody is about to start it.
    pub(super) async fn tell_nobody(&self, id: ExecutionId, inputs: Vec<Input>) {
        let mut messages = Vec::new();
        let mut early = Vec::new();
        for input in inputs {
            match input.refuse(&Error::NoSuchExecution) {
                Some(Input::Mail(message, Mail::Stop { .. })) => early.push(message),
                Some(Input::Mail(message, _)) => messages.push(message),
                Some(Input::Recover(mail)) => messages.extend(mail.into_iter().map(|(id, _)| id)),
                Some(Input::TaskEnded(task, _)) => self.inner.tasks.taken_in(id, task),
                _ => {}
            }
        }
        if !early.is_empty() && !matches!(self.inner.store.position(id).await, Ok(None)) {
            messages.append(&mut early);
        }
        self.inner.inbox.done(id.shard(), &early);
        self.discard(id.shard(), messages).await;
    }

    /// Deletes executions that were kept long enough, as long as the host runs.
    pub(super) async fn run_retention(self) {
        let (every, at_once) = RETAIN;
        loop {
            let kept = jiff::SignedDuration::try_from(self.inner.settings.retention);
            let before = kept.ok().and_then(|kept| self.inner.clock.now().checked_sub(kept).ok());
            match self.inner.store.retain(before.unwrap_or(Timestamp::MIN), at_once).await {
                // There are more: what is started meanwhile comes in between.
                Ok(count) if count >= at_once => {
                    tokio::time::sleep(BETWEEN).await;
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "old executions cannot be deleted"),
            }
            let now = self.inner.clock.now();
            let tidied = self.inner.statistics.tidy(now, before.unwrap_or(Timestamp::MIN)).await;
            if let Err(error) = tidied {
                tracing::warn!(%error, "old statistics cannot be put together");
            }
            tokio::time::sleep(every).await;
        }
    }
}
