//! Hands messages from the store to the executions they are for.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use stepwell_journal::{MessageId, Shard};
use tokio::sync::Notify;

use super::{Host, mail::Mail, turn::Input};

/// How many messages of a shard are handed out at once.
const AHEAD: usize = 1_000;

/// How long to wait before the store is asked again that failed.
const AGAIN: Duration = Duration::from_secs(1);

/// What is known of the inbox.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Default)]
struct State {
    /// Where there may be messages that nobody has been handed.
    news: BTreeSet<Shard>,
    /// Messages that executions have been handed, and that are still in the store.
    handed: HashSet<(Shard, MessageId)>,
    /// Messages that were done with since the store was asked last: they may be in its answer.
    done: HashSet<(Shard, MessageId)>,
    /// Whether the store has been asked, and has not answered.
    asked: bool,
    /// Shards that have more than were handed out.
    more: BTreeSet<Shard>,
}

impl Inbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There may be messages in these shards.
    pub(super) fn poke(&self, shards: impl IntoIterator<Item = Shard>) {
        self.state().news.extend(shards);
        self.news.notify_one();
    }

    /// An execution was handed these messages.
    pub(super) fn handed(&self, shard: Shard, messages: impl IntoIterator<Item = MessageId>) {
        self.state().handed.extend(messages.into_iter().map(|message| (shard, message)));
    }

    /// The store has answered. Returns what was done with meanwhile.
    fn answered(&self) -> HashSet<(Shard, MessageId)> {
        let mut state = self.state();
        state.asked = false;
        std::mem::take(&mut state.done)
    }

    /// Messages are no longer in the store, or nobody has them any more.
    pub(super) fn done(&self, shard: Shard, messages: &[MessageId]) {
        let mut state = self.state();
        for message in messages {
            state.handed.remove(&(shard, *message));
            if state.asked {
                state.done.insert((shard, *message));
            }
        }
        if !messages.is_empty() && state.more.remove(&shard) {
            state.news.insert(shard);
            self.news.notify_one();
        }
    }
}

impl Host {
    /// Hands out messages as long as the host runs.
    pub(super) async fn run_inbox(self) {
        let inbox = &self.inner.inbox;
        loop {
            let news = std::mem::take(&mut inbox.state().news);
            if news.is_empty() {
                inbox.news.notified().await;
                continue;
            }
            let shards: Vec<_> = news.into_iter().collect();
            inbox.state().asked = true;
            let messages = self.inner.store.inbox(&shards, AHEAD).await;
            let done = inbox.answered();
            let messages = match messages {
                Ok(messages) => messages,
                Err(error) => {
                    tracing::error!(%error, "the inbox cannot be read");
                    tokio::time::sleep(AGAIN).await;
                    inbox.poke(shards);
                    continue;
                }
            };
            let mut counts = std::collections::HashMap::<Shard, usize>::new();
            let mut unreadable = Vec::new();
            for message in messages {
                let shard = message.to.shard();
                *counts.entry(shard).or_default() += 1;
                let key = (shard, message.id);
                if done.contains(&key) || !inbox.state().handed.insert(key) {
                    continue;
                }
                match Mail::read(&message.body) {
                    Some(mail) => self.deliver(message.to, Input::Mail(message.id, mail)),
                    None => unreadable.push((shard, message.id)),
                }
            }
            inbox.state().more.extend(
                counts.into_iter().filter(|(_, count)| *count >= AHEAD).map(|(shard, _)| shard),
            );
            for (shard, message) in unreadable {
                tracing::error!(shard = shard.number(), ?message, "a message cannot be read");
                self.discard(shard, vec![message]).await;
            }
        }
    }

    /// Deletes messages that no execution will take in.
    pub(super) async fn discard(&self, shard: Shard, messages: Vec<MessageId>) {
        if messages.is_empty() {
            return;
        }
        let lease = self.lease(shard);
        if let Err(error) = self.inner.store.discard(lease, messages.clone()).await {
            // They stay, and are handed out again at the next start.
            tracing::warn!(%error, "messages cannot be discarded");
        }
        self.inner.inbox.done(shard, &messages);
    }
}
