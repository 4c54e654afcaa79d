//! What each child execution gets as its input: an item, or a batch of them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stepwell_asl::Json;

use crate::{Failure, MAX_PAYLOAD, errors, map_run::Batch, strand::Item};

/// A child's input, with how many items are in it.
pub(crate) type Input = (Json, u64);

/// The batch that is being filled. Without `ItemBatcher` it stays empty.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Filling {
    items: Vec<Json>,
    /// Bytes of the items with the commas between them.
    size: usize,
}

impl Filling {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The next child's input; none where more items have to be read before it is complete. An
    /// item that makes none stays the first that waits.
    pub(crate) fn next(
        &mut self,
        batch: Option<&Batch>,
        waiting: &mut VecDeque<Item>,
        drained: bool,
        select: impl Fn(&Item) -> Result<Json, Failure>,
    ) -> Result<Option<Input>, Failure> {
        let Some(batch) = batch else {
            let Some(item) = waiting.front() else { return Ok(None) };
            let input = select(item)?;
            if input.text().len() > MAX_PAYLOAD {
                return Err(too_large(item, MAX_PAYLOAD));
            }
            waiting.pop_front();
            return Ok(Some((input, 1)));
        };
        let max_items = batch.max_items.unwrap_or(u64::MAX);
        let max_bytes = batch.max_bytes.map_or(MAX_PAYLOAD, |bytes| {
            usize::try_from(bytes).unwrap_or(MAX_PAYLOAD).min(MAX_PAYLOAD)
        });
        let room = max_bytes.saturating_sub(input_of(batch, Vec::new()).to_string().len());
        while let Some(item) = waiting.front() {
            let selected = select(item)?;
            let more = selected.text().len() + usize::from(!self.items.is_empty());
            if self.size + more > room {
                if self.items.is_empty() {
                    return Err(too_large(item, max_bytes));
                }
                return Ok(self.close(batch));
            }
            self.size += more;
            self.items.push(selected);
            waiting.pop_front();
            if self.items.len() as u64 >= max_items {
                return Ok(self.close(batch));
            }
        }
        Ok(if drained { self.close(batch) } else { None })
    }

    /// Takes what there is as a batch.
    fn close(&mut self, batch: &Batch) -> Option<Input> {
        let items = std::mem::take(&mut self.items);
        self.size = 0;
        let count = items.len() as u64;
        let values = items.into_iter().map(Json::into_value).collect();
        (count > 0).then(|| (input_of(batch, values).into(), count))
    }
}

fn input_of(batch: &Batch, items: Vec<Value>) -> Value {
    let mut input = Map::new();
    if let Some(shared) = &batch.input {
        input.insert("BatchInput".into(), shared.value().clone());
    }
    input.insert("Items".into(), Value::Array(items));
    Value::Object(input)
}

fn too_large(item: &Item, max: usize) -> Failure {
    Failure::new(
        errors::DATA_LIMIT_EXCEEDED,
        format!("The item {} does not fit into an input of {max} bytes.", item.index),
    )
}
