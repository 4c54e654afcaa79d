//! Status changes on their way out: the journal keeps them until they are delivered.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use stepwell_asl::Json;
use stepwell_interpreter::Outcome;
use stepwell_journal::{Notice, NoticeId};
use tokio::{sync::Notify, task::JoinSet};

use super::{Host, loaded::Loaded, redrive::RedriveStatus};
use crate::events::{Destination, status_change::StatusChange};

/// How many events are read at once.
const AT_ONCE: usize = 64;

/// How long to wait before events are sent again, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The destinations, and the way to each.
pub(super) struct Outbox {
    destinations: Vec<Arc<dyn Destination>>,
    /// Who delivers what is kept under a name.
    couriers: Mutex<Couriers>,
}

#[derive(Default)]
struct Couriers {
    news: HashMap<String, Arc<Notify>>,
    tasks: JoinSet<()>,
}

impl Outbox {
    pub(super) fn new(destinations: Vec<Arc<dyn Destination>>) -> Self {
        Self { destinations, couriers: Mutex::default() }
    }

    /// What is to be told when a commit begins an execution, or goes on with it, or ends it.
    pub(super) fn notices(
        &self,
        loaded: &Loaded,
        began: bool,
        outcome: Option<&Outcome>,
    ) -> Vec<Notice> {
        if self.destinations.is_empty() {
            return Vec::new();
        }
        let tenant = &loaded.start.key.tenant;
        let began = began.then(|| status_change(loaded, None));
        let ended = outcome.map(|outcome| status_change(loaded, Some(outcome)));
        let bodies = began.into_iter().chain(ended);
        let to_all = |body: Json| {
            self.destinations.iter().map(move |destination| Notice {
                destination: kept_under(&**destination, tenant),
                body: body.clone(),
            })
        };
        bodies.flat_map(to_all).collect()
    }

    fn couriers(&self) -> MutexGuard<'_, Couriers> {
        self.couriers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody delivers any more, once the host stops.
    pub(super) async fn stopped(&self) {
        let mut tasks = std::mem::take(&mut self.couriers().tasks);
        while tasks.join_next().await.is_some() {}
    }

    /// The destination of what is kept under a name; none where it is not one of the host's any
    /// more.
    fn destination(&self, name: &str) -> Option<&Arc<dyn Destination>> {
        self.destinations.iter().find(|destination| {
            let own = destination.name();
            match destination.is_by_tenant() {
                true => name.rsplit_once('/').is_some_and(|(before, _)| before == own),
                false => name == own,
            }
        })
    }
}

fn kept_under(destination: &dyn Destination, tenant: &str) -> String {
    let name = destination.name();
    if destination.is_by_tenant() { format!("{name}/{tenant}") } else { name }
}

fn status_change(loaded: &Loaded, outcome: Option<&Outcome>) -> Json {
    let Loaded { execution, start, .. } = loaded;
    let at = match outcome {
        Some(_) => execution.now(),
        None => execution.redriven_at().unwrap_or(execution.started_at()),
    };
    let redrive_status = RedriveStatus::of(&loaded.listing(outcome), at);
    StatusChange { execution, start, outcome, redrive_status, at }.to_event()
}

impl Host {
    /// Delivers what another host has left.
    pub(super) async fn recover_outbox(&self) -> Result<(), stepwell_journal::Error> {
        if self.inner.outbox.destinations.is_empty() {
            return Ok(());
        }
        for name in self.inner.store.destinations().await? {
            match self.inner.outbox.destination(&name) {
                Some(_) => self.send_out([name]),
                None => tracing::warn!(name, "events are kept for a destination that is gone"),
            }
        }
        Ok(())
    }

    /// There are events that are kept under these names.
    pub(super) fn send_out(&self, names: impl IntoIterator<Item = String>) {
        let outbox = &self.inner.outbox;
        for name in names {
            let mut couriers = outbox.couriers();
            if let Some(news) = couriers.news.get(&name) {
                news.notify_one();
                continue;
            }
            let Some(destination) = outbox.destination(&name).cloned() else { continue };
            let news = Arc::new(Notify::new());
            couriers.news.insert(name.clone(), news.clone());
            let host = self.clone();
            let stopping = self.inner.stopping.clone();
            couriers.tasks.spawn(async move {
                stopping.run_until_cancelled(host.deliver_events(destination, name, news)).await;
            });
        }
    }

    /// Delivers what is kept under a name, as long as the host runs.
    async fn deliver_events(
        &self,
        destination: Arc<dyn Destination>,
        name: String,
        news: Arc<Notify>,
    ) {
        let (first, at_most) = AGAIN;
        let mut again = first;
        let mut arrived = Vec::new();
        loop {
            match self.deliver_some(&*destination, &name, &mut arrived).await {
                Ok(0) => news.notified().await,
                Ok(_) => again = first,
                Err(error) => {
                    tracing::warn!(destination = name, %error, "events are not delivered yet");
                    tokio::time::sleep(again).await;
                    again = at_most.min(again * 2);
                }
            }
        }
    }

    /// Returns how many were delivered. Those that have `arrived` are not sent again while they
    /// cannot be deleted.
    async fn deliver_some(
        &self,
        destination: &dyn Destination,
        name: &str,
        arrived: &mut Vec<NoticeId>,
    ) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        self.forget(arrived).await?;
        let events = self.inner.store.outbox(name, AT_ONCE).await?;
        if events.is_empty() {
            return Ok(0);
        }
        let delivered = destination.deliver(&events).await;
        let count = delivered.notices.len();
        *arrived = delivered.notices;
        self.forget(arrived).await?;
        match delivered.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(count),
        }
    }

    /// Deletes what has arrived.
    async fn forget(&self, arrived: &mut Vec<NoticeId>) -> Result<(), stepwell_journal::Error> {
        if !arrived.is_empty() {
            self.inner.store.delivered(arrived.clone()).await?;
            arrived.clear();
        }
        Ok(())
    }
}
