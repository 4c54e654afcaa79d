//! A Map under test: its iterations are mocked, so that nothing is started. What they would have
//! been given is told.

use std::collections::VecDeque;

use serde_json::Value;
use stepwell_asl::{
    Json,
    definition::{Format, ItemReader, Map, Mode, Reads},
};

use super::{distributed, items, max_concurrency, tolerance};
use crate::{
    errors::{self, Raised},
    io::Processing,
    map_run::{Filling, items as items_of, length},
    run::{Flow, Run},
    strand::{Item, Strand},
    test_state::{Inspector, Iterations},
};

/// Evaluates the fields; the state then waits for the mocked result.
pub(super) fn execute(
    run: &mut Run<'_>,
    strand: &mut Strand,
    map: &Map,
    inspector: &Inspector,
) -> Result<Flow, Raised> {
    let processing = run.processing(strand, &map.io).retryable();
    let input = processing.input()?;
    let concurrency = max_concurrency(&processing, map, &input)?;
    let tolerance = tolerance(&processing, map, &input)?;
    let reader = match &map.mode {
        Mode::Distributed(distributed) => distributed.item_reader.as_ref(),
        Mode::Inline => None,
    };
    let items = match reader {
        Some(reader) => match &inspector.reader_data {
            Some(data) => read(&processing, reader, data)?,
            None => None,
        },
        None => Some(items(&processing, map, &input)?),
    };
    processing.inspect(|data| {
        data.max_concurrency = Some(concurrency);
        data.tolerated_failure_count = tolerance.as_ref().and_then(|it| it.count);
        data.tolerated_failure_percentage = tolerance.as_ref().and_then(|it| it.percentage);
    });
    if let Some(data) = &items {
        let items = select(run, strand, map, &input, items_of(data, 0, usize::MAX))?;
        batch(run, strand, map, &input, items)?;
    }
    inspector.inspect_iterations(Iterations {
        length: items.as_ref().map(length),
        tolerated: tolerance.map(|tolerance| match &items {
            Some(items) => tolerance.of(length(items)),
            // Of how many they are a percentage is unknown.
            None => tolerance.count.unwrap_or(u64::MAX),
        }),
    });
    Ok(Flow::Wait)
}

/// Tells what `ItemSelector` makes of the items, and has them so.
fn select(
    run: &Run<'_>,
    strand: &Strand,
    map: &Map,
    input: &Json,
    mut items: Vec<Item>,
) -> Result<Vec<Item>, Raised> {
    let Some(selector) = &map.item_selector else { return Ok(items) };
    for item in &mut items {
        let processing = run.processing(strand, &map.io).retryable().with_item(item);
        let selected = processing.template(selector, &processing.scope(input), "ItemSelector")?;
        drop(processing);
        item.value = selected;
    }
    let selected = array(items.iter().map(|item| item.value.clone()));
    run.processing(strand, &map.io).inspect(|data| data.after_item_selector = Some(selected));
    Ok(items)
}

/// Tells what `ItemBatcher` makes of the items: the inputs of the child executions.
fn batch(
    run: &Run<'_>,
    strand: &Strand,
    map: &Map,
    input: &Json,
    items: Vec<Item>,
) -> Result<(), Raised> {
    let Mode::Distributed(distributed) = &map.mode else { return Ok(()) };
    let Some(batcher) = &distributed.item_batcher else { return Ok(()) };
    let processing = run.processing(strand, &map.io).retryable();
    let batch = distributed::batch(&processing, batcher, input)?;
    let mut waiting = VecDeque::from(items);
    let mut filling = Filling::default();
    let mut batches = Vec::new();
    let selected = |item: &Item| Ok(item.value.clone());
    while let Some((input, _)) = filling.next(Some(&batch), &mut waiting, true, selected)? {
        batches.push(input);
    }
    processing.inspect(|data| data.after_item_batcher = Some(array(batches)));
    Ok(())
}

fn array(elements: impl IntoIterator<Item = Json>) -> Json {
    Value::Array(elements.into_iter().map(Json::into_value).collect()).into()
}

/// The items in what a reader would have read; none where it is not given as JSON.
fn read(
    processing: &Processing<'_>,
    reader: &ItemReader,
    text: &str,
) -> Result<Option<Json>, Raised> {
    let fail = |text: &str| processing.place().raise(errors::ITEM_READER_FAILED, text);
    let json = |text: &str| {
        Json::parse(text).map_err(|error| {
            fail(&format!("The data of the ItemReader are not valid JSON: {error}"))
        })
    };
    let items = match &reader.reads {
        Reads::Object(Format::Json { pointer: None }) | Reads::Listing => json(text)?,
        Reads::Object(Format::Json { pointer: Some(pointer) }) => {
            let document = json(text)?;
            let Some(items) = document.value().pointer(pointer) else {
                return Err(fail(&format!(
                    "The ItemsPointer \"{pointer}\" leads to nothing in the data of the ItemReader."
                )));
            };
            let items = Json::from(items.clone());
            processing.inspect(|data| data.after_items_pointer = Some(items.clone()));
            items
        }
        Reads::Object(Format::JsonLines) => {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            let items = lines.map(|line| json(line).map(Json::into_value));
            Value::Array(items.collect::<Result<_, _>>()?).into()
        }
        _ => return Ok(None),
    };
    if items.value().is_array() || items.value().is_object() {
        return Ok(Some(items));
    }
    Err(fail("The data of the ItemReader must be an array or an object."))
}
