//! What starts executions, stops them and answers for their tasks.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use stepwell_asl::definition::Type;
use stepwell_engine::{
    Clock, Host,
    host::{Callback, Error, Order, Parts, Settings},
    resources::{self, CreateActivity, CreateMachine},
};
use stepwell_interpreter::token::Key;
use stepwell_journal::{Catalog, Store};
use stepwell_storage::Buckets;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinSet,
};

use crate::{
    news::{Tell, What},
    plan::{Orders, Planned, TENANT, WORKFLOWS},
    tasks::Tasks,
};

/// The activity whose tasks the client does.
const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:work";

/// How long the client waits before it asks again for what was refused.
const AGAIN: Duration = Duration::from_secs(1);

/// Opens a host, and does all that is left of the orders.
///
/// # Errors
/// Where the host cannot be opened.
pub async fn run<S: Store + Catalog>(
    store: Arc<S>,
    clock: Clock,
    orders: Orders,
    tell: Tell,
) -> Result<Host, Error> {
    let (asked, tokens) = unbounded_channel();
    let parts = Parts {
        store: store.clone(),
        catalog: store,
        runner: Arc::new(Tasks { tell: tell.clone(), asked }),
        clock,
        buckets: Buckets::default(),
        settings: Settings::new(Key::new([7; 32])),
    };
    let host = Host::open(parts).await?;
    tell(What::Open);
    let client = Arc::new(Client { host: host.clone(), orders, tell });
    client.run(tokens).await;
    Ok(host)
}

/// How long no execution takes, whatever happens, by the clock that skips waits.
const LONG: Duration = Duration::from_secs(6 * 60 * 60);

struct Client {
    host: Host,
    orders: Orders,
    tell: Tell,
}

impl Client {
    async fn run(self: Arc<Self>, tokens: UnboundedReceiver<String>) {
        if !self.orders.created {
            self.again(|| self.create()).await;
            (self.tell)(What::Created);
        }
        // They end with the client.
        let mut answering = JoinSet::new();
        answering.spawn(self.clone().answer_all(tokens));
        answering.spawn(self.clone().work());
        let executions = self.orders.executions.clone().into_iter();
        let all: JoinSet<_> =
            executions.map(|execution| self.clone().see_through(execution)).collect();
        all.join_all().await;
        (self.tell)(What::Ended);
    }

    /// Asks for something until it is done. Says what was refused.
    async fn again<T, F: Future<Output = Result<T, Error>>>(&self, ask: impl Fn() -> F) -> T {
        loop {
            match ask().await {
                Ok(done) => return done,
                Err(error) => (self.tell)(What::Refused { error: error.to_string() }),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn create(&self) -> Result<(), Error> {
        let resources = self.host.resources();
        let now = self.host.clock().now();
        let activity = CreateActivity {
            name: "work".into(),
            arn: ACTIVITY.into(),
            settings: resources::Settings::default(),
            tags: Default::default(),
        };
        resources.create_activity(TENANT, activity, now).await?;
        for (name, definition) in WORKFLOWS {
            let machine = CreateMachine {
                name: name.into(),
                arn: format!("arn:aws:states:us-east-1:{TENANT}:stateMachine:{name}"),
                type_: Type::Standard,
                definition: definition.into(),
                role_arn: format!("arn:aws:iam::{TENANT}:role/r"),
                settings: resources::Settings::default(),
                tags: Default::default(),
                publish: None,
            };
            resources.create_machine(TENANT, machine, now).await?;
        }
        Ok(())
    }

    /// Does what is to be done of an execution, and waits for its end.
    async fn see_through(self: Arc<Self>, execution: Planned) {
        if !self.orders.started.contains(&execution.name) {
            let at = self.again(|| self.start(&execution)).await;
            (self.tell)(What::Started { execution: execution.name.clone(), at });
        }
        if execution.is_stopped() && !self.orders.stopped.contains(&execution.name) {
            let (error, cause) = (Some("Custom.Stop".into()), Some("It was to be stopped.".into()));
            let stop = || self.host.stop_execution(execution.id(), error.clone(), cause.clone());
            self.again(stop).await;
            (self.tell)(What::Stopped { execution: execution.name.clone() });
        }
        if execution.is_redriven() && !self.orders.redriven.contains(&execution.name) {
            self.ended(&execution).await;
            self.again(|| self.redrive(&execution)).await;
            (self.tell)(What::Redriven { execution: execution.name.clone() });
        }
        self.ended(&execution).await;
        // Once their parent has ended they are there.
        for child in execution.children() {
            if child.is_abandoned() {
                // What is about to start has started then.
                tokio::time::sleep(60 * AGAIN).await;
            }
            self.ended(&child).await;
        }
    }

    async fn ended(&self, execution: &Planned) {
        let ended = self.again(|| self.host.ended(execution.id()));
        match tokio::time::timeout(LONG, ended).await {
            Ok(Some(_)) => {}
            Ok(None) if execution.is_abandoned() => {}
            Ok(None) => (self.tell)(What::Missing { execution: execution.name.clone() }),
            Err(_) => (self.tell)(What::Stuck { execution: execution.name.clone() }),
        }
    }

    async fn start(&self, execution: &Planned) -> Result<jiff::Timestamp, Error> {
        let resources = self.host.resources();
        let target = resources.resolve(TENANT, &execution.machine, None, 0).await?;
        let order = Order {
            target: target.ok_or(Error::NoSuchExecution)?,
            name: execution.name.clone(),
            input: execution.input().into(),
            trace_header: None,
            parent: None,
        };
        match self.host.start_execution(order).await {
            // An earlier start was not acknowledged, and the execution has ended by now.
            Err(Error::AlreadyExists) => {
                let there = self.host.store().describe(execution.id()).await?;
                there.map(|it| it.listing.started_at).ok_or(Error::NoSuchExecution)
            }
            started => started.map(|started| started.at),
        }
    }

    async fn redrive(&self, execution: &Planned) -> Result<(), Error> {
        match self.host.redrive_execution(execution.id(), Some("once".into())).await {
            // An earlier redrive was not acknowledged.
            Ok(_) | Err(Error::NotRedrivable(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Answers for the tokens that there are and that come.
    async fn answer_all(self: Arc<Self>, mut tokens: UnboundedReceiver<String>) {
        let mut answering = JoinSet::new();
        for token in self.orders.asked.clone() {
            answering.spawn(self.clone().answer(token));
        }
        while let Some(token) = tokens.recv().await {
            answering.spawn(self.clone().answer(token));
        }
    }

    /// Takes the tasks of the activity, and does them.
    async fn work(self: Arc<Self>) {
        let poll = || self.host.get_activity_task(ACTIVITY, Some("worker"), 60 * AGAIN);
        loop {
            if let Some(taken) = self.again(poll).await {
                (self.tell)(What::Asked { token: taken.token.clone() });
                self.clone().answer(taken.token).await;
            }
        }
    }

    async fn answer(self: Arc<Self>, token: String) {
        let answer = self.orders.process;
        (self.tell)(What::Answering { token: token.clone(), answer });
        let send = || async {
            let success = Callback::Success(json!({ "answer": answer }).into());
            match self.host.callback(TENANT, &token, success).await {
                Ok(()) => Ok(true),
                // An answer that was not acknowledged was taken, or the task was given up.
                Err(Error::TaskTimedOut) => Ok(false),
                Err(error) => Err(error),
            }
        };
        match self.again(send).await {
            true => (self.tell)(What::Answered { token, answer }),
            false => (self.tell)(What::Settled { token }),
        }
    }
}
