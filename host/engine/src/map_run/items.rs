//! The items of a Map Run, as its ItemReader reads them.

use futures::StreamExt as _;
use stepwell_asl::StateMachine;
use stepwell_interpreter::{
    Failure,
    map_run::{Items, Occurrence, Order, READ_AHEAD_BYTES, ReadItem},
};
use stepwell_storage::{self as storage, Buckets, read};

use super::distributed;

/// A reader that is open.
#[derive(Debug)]
pub(crate) struct Reader {
    items: storage::Items,
    /// The index of the item that comes next.
    next: u64,
}

impl Reader {
    /// Opens the reader of a Map Run, before the first item; none where it has none.
    pub(crate) fn open(buckets: &Buckets, machine: &StateMachine, order: &Order) -> Option<Self> {
        let Items::Reader { arguments, max_items } = &order.items else { return None };
        let reader = distributed(machine, &order.state)?.item_reader.as_ref()?;
        let items = buckets.read(&reader.reads, arguments.value(), *max_items);
        Some(Self { items, next: 0 })
    }

    /// The index of the item that comes next: those before it are gone.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Reads up to so many items from an index on, and fewer where they are large.
    pub(crate) async fn read(mut self, from: u64, count: usize) -> (Self, Occurrence) {
        let mut items = Vec::new();
        let mut last = false;
        let mut bytes = 0;
        while items.len() < count && bytes < READ_AHEAD_BYTES {
            match self.items.next().await {
                Some(Ok(_)) if self.next < from => self.next += 1,
                Some(Ok(item)) => {
                    self.next += 1;
                    bytes += item.value.text().len();
                    items.push(ReadItem {
                        value: item.value,
                        key: item.key,
                        source: item.source.as_str().to_owned(),
                    });
                }
                Some(Err(error)) => {
                    let failure = Failure::new(read::FAILED, error.to_string());
                    return (self, Occurrence::ReadFailed(failure));
                }
                None => {
                    last = true;
                    break;
                }
            }
        }
        (self, Occurrence::ItemsRead { from, items, last })
    }
}
