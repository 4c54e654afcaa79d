//! One execution's actor: it takes in what happened, makes a step, commits it, and performs the
//! step's effects.

use std::{collections::BTreeSet, time::Duration};

use stepwell_journal::{After, Delta, Error as StoreError, ExecutionId, MessageId, Shard};

use super::{
    Error, Host,
    loaded::Loaded,
    mail::Mail,
    map_runs::NewChild,
    nested,
    start::{Asked, Order, Started},
    turn::{Input, Turn},
};

/// How many things are taken in with one commit.
const AT_ONCE: usize = 64;

/// How long to wait before an execution is loaded again that could not be.
const AGAIN: Duration = Duration::from_secs(1);

/// What an actor is to start.
enum Begin {
    Asked(Box<Asked>),
    /// A Map Run's child, as a message says.
    Child(MessageId, Box<NewChild>),
}

/// What reaches an actor.
pub(super) enum Call {
    /// Start the execution.
    Start(Box<Asked>),
    /// Take in what happened to it.
    Input(Input),
}

struct Actor {
    host: Host,
    id: ExecutionId,
    loaded: Option<Box<Loaded>>,
}

/// Who has something to do once a commit is made.
struct Told {
    /// Where messages were sent.
    shards: Vec<Shard>,
    /// Of the notices.
    destinations: BTreeSet<String>,
}

/// Has an actor run as long as there is something to do.
pub(super) fn spawn(host: Host, id: ExecutionId, loaded: Option<Box<Loaded>>) {
    tokio::spawn(async move {
        // Bounds how many executions are in memory at once. It is never closed.
        let _turn = host.inner.turns.clone().acquire_owned().await;
        // Boxed, so that one that waits for its turn holds little.
        Box::pin(Actor { host, id, loaded }.run()).await;
    });
}

/// What an actor was told that panics is lost; the next thing finds the execution as it was stored.
impl Drop for Actor {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.host.inner.residents.forget(self.id);
        }
    }
}

impl Actor {
    async fn run(mut self) {
        loop {
            let mut inputs = Vec::new();
            let mut start = None;
            let mut redrive = None;
            while inputs.len() < AT_ONCE
                && start.is_none()
                && redrive.is_none()
                && let Some(call) = self.host.inner.residents.next(self.id)
            {
                match call {
                    Call::Input(input @ Input::Redrive(..)) => redrive = Some(input),
                    Call::Input(Input::Mail(message, Mail::StartChild(child))) => {
                        start = Some(Begin::Child(message, child));
                    }
                    Call::Input(input) => inputs.push(input),
                    Call::Start(asked) => start = Some(Begin::Asked(asked)),
                }
            }
            if inputs.is_empty() && start.is_none() && redrive.is_none() {
                // One that has ended is not needed again.
                let left = self.loaded.take();
                let left = left.filter(|left| left.execution.outcome().is_none());
                match self.host.inner.residents.retire(self.id, left) {
                    Ok(()) => return,
                    Err(left) => self.loaded = left,
                }
            }
            if !inputs.is_empty() {
                self.turn(inputs).await;
            }
            if let Some(redrive) = redrive {
                self.turn(vec![redrive]).await;
            }
            match start {
                Some(Begin::Asked(asked)) => {
                    let Asked { order, answer, _permit } = *asked;
                    let _ = answer.send(self.start(order).await);
                }
                Some(Begin::Child(message, child)) => self.start_child(message, *child).await,
                None => {}
            }
        }
    }

    /// Starts the execution.
    async fn start(&mut self, order: Order) -> Result<Started, Error> {
        if self.loaded.is_some() {
            return Err(StoreError::NameTaken { execution: self.id }.into());
        }
        let missing_activities = self.host.missing_activities(order.revision()).await?;
        let at = self.host.inner.clock.now();
        let (mut loaded, step) = order.begin(&self.host, missing_activities, at);
        let mut turn = Turn::new(self.id, self.host.map_run_steps());
        turn.begin(&mut loaded, at, step);
        let after = After::Start(Box::new(loaded.start.clone()));
        let (delta, told) = self.delta(&loaded, after, &mut turn, Vec::new());
        self.host.map_runs_start(self.id, &turn.map_runs);
        if let Err(error) = self.host.commit_start(delta).await {
            self.host.map_runs_forget(self.id, &turn.map_runs);
            if !matches!(error, Error::Store(StoreError::NameTaken { .. })) {
                // One try may have come through before another was refused.
                self.tell(told);
                self.recover_later(&loaded.execution.identity().execution_arn);
            }
            return Err(error);
        }
        let started = Started { at: loaded.execution.started_at() };
        self.begun(loaded, turn, told).await;
        Ok(started)
    }

    /// Starts a child of a Map Run, unless it was started before.
    async fn start_child(&mut self, message: MessageId, child: NewChild) {
        // The next host will have the message.
        if self.host.is_stopping() {
            return;
        }
        let of = child.map_run();
        if child.is_express() {
            let after = super::map_runs::After::Nothing;
            // Where its end is refused, the message comes again.
            drop(self.host.run_express_child(self.id, Some(message), child, after));
            return;
        }
        let again = child.clone();
        match self.try_start_child(message, child).await {
            Ok(()) => {}
            Err(Error::Store(StoreError::NameTaken { .. })) => {
                self.host.discard(self.id.shard(), vec![message]).await;
                // One try may have come through before another was refused.
                self.recover_later(again.execution_arn());
            }
            Err(error) => {
                tracing::error!(execution = %self.id, %error, "a child cannot be started");
                if error.is_lasting() {
                    return;
                }
                let input = Input::Mail(message, Mail::StartChild(Box::new(again)));
                return self.deliver_later(vec![input]);
            }
        }
        self.host.child_started(of);
    }

    async fn try_start_child(&mut self, message: MessageId, child: NewChild) -> Result<(), Error> {
        if self.loaded.is_some() {
            return Err(StoreError::NameTaken { execution: self.id }.into());
        }
        let at = self.host.inner.clock.now();
        let (mut loaded, step) = self.host.begin_child(child, at).await?;
        let mut turn = Turn::new(self.id, self.host.map_run_steps());
        turn.begin(&mut loaded, at, step);
        turn.applied.push(message);
        let after = After::Start(Box::new(loaded.start.clone()));
        let (delta, told) = self.delta(&loaded, after, &mut turn, Vec::new());
        self.host.map_runs_start(self.id, &turn.map_runs);
        if let Err(error) = self.host.commit(delta, |_| {}).await {
            self.host.map_runs_forget(self.id, &turn.map_runs);
            return Err(error);
        }
        self.host.inner.inbox.done(self.id.shard(), &[message]);
        self.begun(loaded, turn, told).await;
        Ok(())
    }

    /// Goes on with an execution whose start is committed.
    async fn begun(&mut self, loaded: Loaded, turn: Turn, mut told: Told) {
        if loaded.attributes.parent.is_some() {
            // Whoever started it may have given it up by now.
            told.shards.push(self.id.shard());
        }
        self.host.inner.open.started(&loaded.start.key.tenant);
        self.host.inner.watchers.tell(&loaded, true);
        self.host.count(&loaded, true, &turn.step.ended, turn.step.outcome.as_ref());
        self.tell(told);
        self.act(Box::new(loaded), turn).await;
    }

    /// Loads the execution; none where there is none.
    async fn load(&mut self) -> Result<Option<Box<Loaded>>, Error> {
        let loaded = match self.loaded.take() {
            Some(loaded) => Some(loaded),
            None => self.host.read(self.id).await?,
        };
        let Some(mut loaded) = loaded else { return Ok(None) };
        loaded.missing_activities = self.host.missing_activities(&loaded.revision).await?;
        Ok(Some(loaded))
    }

    /// Takes in what happened, with one commit.
    async fn turn(&mut self, mut inputs: Vec<Input>) {
        if inputs.iter().any(|input| matches!(input, Input::Recover(_))) {
            // It may have ended with a commit that was taken for refused.
            self.host.inner.ended.tell(self.id);
        }
        // What is for an Express execution that runs is not for the one that is kept.
        inputs.retain(|input| !self.host.inner.map_runs.express.takes(self.id, input));
        if inputs.is_empty() {
            return;
        }
        let mut loaded = match self.load().await {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return self.host.tell_nobody(self.id, inputs).await,
            Err(error) => return self.put_off(inputs, &error),
        };
        let before = loaded.nested();
        let at = self.host.inner.clock.now();
        let mut turn = Turn::new(self.id, self.host.map_run_steps());
        for input in inputs {
            match input {
                // What follows is for the host that comes after this one.
                Input::TaskEnded(task, end) if self.host.is_stopping() => {
                    turn.keep_for_later(task, end);
                }
                input => {
                    if let Input::TaskEnded(task, _) = input {
                        self.host.inner.tasks.taken_in(self.id, task);
                    }
                    turn.take_in(&mut loaded, at, input);
                }
            }
        }
        let tenant = loaded.start.key.tenant.clone();
        let runs = |task| self.host.inner.tasks.has(self.id, task);
        let generation = loaded.attributes.generation;
        turn.recover(&mut loaded, at, runs, |task| self.host.effect(&tenant, generation, task));
        turn.fire(&mut loaded, at);
        self.host.stop_tasks(self.id, &mut turn.step).await;
        if turn.is_empty() {
            self.host.count(&loaded, false, &turn.step.ended, None);
            turn.tell(&Ok(()));
        } else if !self.commit(&mut loaded, &mut turn, before).await {
            return self.put_back(&turn);
        }
        self.host.discard(self.id.shard(), std::mem::take(&mut turn.discarded)).await;
        self.put_back(&turn);
        self.act(loaded, turn).await;
    }

    /// Commits what was taken in. Where it cannot be committed, what is in memory is forgotten.
    async fn commit(
        &mut self,
        loaded: &mut Loaded,
        turn: &mut Turn,
        before: Vec<nested::Child>,
    ) -> bool {
        let after = match turn.redriven {
            true => After::Redrive(loaded.seq),
            false => After::Commit(loaded.seq),
        };
        let (delta, told) = self.delta(loaded, after, turn, before);
        self.host.map_runs_start(self.id, &turn.map_runs);
        let committed = {
            let turn = &mut *turn;
            self.host.commit(delta, move |error| turn.tell_trouble(&error)).await
        };
        match committed {
            Ok(seq) => loaded.seq = seq,
            Err(error) => {
                tracing::error!(execution = %self.id, %error, "a commit was refused");
                turn.tell(&Err(error));
                self.host.map_runs_forget(self.id, &turn.map_runs);
                // Somebody else was faster, or the host is at fault: from what is stored it goes on.
                self.host.inner.inbox.done(self.id.shard(), &turn.applied);
                self.host.inner.inbox.poke([self.id.shard()]);
                self.recover_later(&loaded.execution.identity().execution_arn);
                return false;
            }
        }
        if turn.redriven {
            self.host.inner.open.started(&loaded.start.key.tenant);
        }
        self.host.inner.watchers.tell(loaded, turn.redriven);
        self.host.count(loaded, false, &turn.step.ended, turn.step.outcome.as_ref());
        self.host.inner.inbox.done(self.id.shard(), &turn.applied);
        self.tell(told);
        turn.tell(&Ok(()));
        true
    }

    /// Goes on from what is stored, as a host that comes after another.
    fn recover_later(&self, execution_arn: &str) {
        if self.host.is_stopping() {
            return;
        }
        let (host, id, execution_arn) = (self.host.clone(), self.id, execution_arn.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(AGAIN).await;
            host.tell_as_kept(id, &execution_arn).await;
            host.deliver(id, Input::Recover(Vec::new()));
        });
    }

    /// Leaves messages that came too early to a later turn.
    fn put_back(&self, turn: &Turn) {
        let shard = self.id.shard();
        self.host.inner.inbox.done(shard, &turn.early);
        if turn.has_submitted() {
            self.host.inner.inbox.poke([shard]);
        }
    }

    /// Says that a commit has something for others.
    fn tell(&self, told: Told) {
        self.host.inner.inbox.poke(told.shards);
        self.host.send_out(told.destinations);
    }

    /// What is to be committed of a turn, and who is to be told of it.
    fn delta(
        &self,
        loaded: &Loaded,
        after: After,
        turn: &mut Turn,
        before: Vec<nested::Child>,
    ) -> (Delta, Told) {
        let lease = self.host.lease(self.id.shard());
        let begins = matches!(after, After::Start(_) | After::Redrive(_));
        let state = loaded.execution.clone();
        let mut delta = Delta::new(lease, self.id, after, &turn.step, state);
        if !turn.changed {
            delta.state = None;
        }
        delta.fired = turn.fired;
        delta.applied.clone_from(&turn.applied);
        delta.send.append(&mut turn.send);
        delta.send.extend(nested::stops(&turn.step, before));
        delta.send.extend(nested::farewell(loaded, turn.step.outcome.as_ref()));
        delta.send.extend(turn.map_runs.messages(loaded));
        delta.map_runs = turn.map_runs.records(loaded);
        let outcome = turn.step.outcome.as_ref();
        delta.notices = self.host.inner.outbox.notices(loaded, begins, outcome);
        let destinations = delta.notices.iter().map(|notice| notice.destination.clone());
        let told = Told {
            shards: delta.send.iter().map(|message| message.to.shard()).collect(),
            destinations: destinations.collect(),
        };
        (delta, told)
    }

    /// Performs the effects of what is committed, and keeps the execution as long as it is open.
    async fn act(&mut self, mut loaded: Box<Loaded>, turn: Turn) {
        self.host.act(self.id, &loaded, turn.step, turn.again);
        self.host.act_map_runs(self.id, &mut loaded, turn.map_runs);
        if loaded.execution.outcome().is_none() {
            self.loaded = Some(loaded);
        }
    }

    /// Takes in later what cannot be taken in now. Where it never can be, messages stay in the store.
    fn put_off(&self, inputs: Vec<Input>, error: &Error) {
        tracing::error!(execution = %self.id, %error, "an execution cannot be loaded");
        let later: Vec<_> = inputs.into_iter().filter_map(|input| input.refuse(error)).collect();
        if !error.is_lasting() {
            self.deliver_later(later);
        }
    }

    fn deliver_later(&self, inputs: Vec<Input>) {
        let host = self.host.clone();
        let id = self.id;
        tokio::spawn(async move {
            tokio::time::sleep(AGAIN).await;
            for input in inputs {
                host.deliver(id, input);
            }
        });
    }
}
