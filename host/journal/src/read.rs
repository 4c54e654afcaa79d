//! What every store does with what it read.

use std::cmp::Reverse;

use stepwell_asl::Json;
use stepwell_interpreter::{Event, event::Details};

use crate::{Error, ExecutionId, Filter, Listing, Page, Token, catalog::Document, codec};

pub(crate) fn corrupt(what: &'static str, place: impl ToString, cause: codec::Error) -> Error {
    Error::Corrupt { what, place: place.to_string(), cause: cause.to_string() }
}

/// What the host gave the execution along.
pub(crate) fn attributes_of(execution: ExecutionId, text: String) -> Result<Json, Error> {
    Json::parse(text)
        .map_err(|error| corrupt("record", execution, codec::Error::Damaged(error.to_string())))
}

/// Makes a page of events, of which one more than asked for shows where the next begins.
pub(crate) fn page_of_events(
    execution: ExecutionId,
    mut items: Vec<Event>,
    limit: usize,
) -> Result<Page<Event, u64>, Error> {
    if let Some(pair) = items.windows(2).find(|pair| pair[0].id.abs_diff(pair[1].id) != 1) {
        let cause = format!("event {} comes next to event {}", pair[0].id, pair[1].id);
        return Err(corrupt("history", execution, codec::Error::Damaged(cause)));
    }
    let next = items.get(limit).map(|event| event.id);
    items.truncate(limit);
    Ok(Page { items, next })
}

/// Makes a page of listings that are in no order, of which one more shows that there is a next.
pub(crate) fn page_of_listings(
    filter: &Filter,
    mut items: Vec<Listing>,
    limit: usize,
) -> Page<Listing, Token> {
    items.sort_by_key(|listing| Reverse((listing.started_at, listing.id)));
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| filter.token(last));
    Page { items, next }
}

/// Makes a page of documents, of which one more than asked for shows that there is a next.
pub(crate) fn page_of_documents(mut items: Vec<Document>, limit: usize) -> Page<Document, String> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.key.name.clone());
    Page { items, next }
}

/// The input, which the first event has.
pub(crate) fn input_of(execution: ExecutionId, first: Option<Event>) -> Result<Json, Error> {
    match first.map(|event| event.details) {
        Some(Details::ExecutionStarted { input, .. }) => Ok(input),
        _ => {
            let cause = "it does not begin with ExecutionStarted".to_owned();
            Err(corrupt("history", execution, codec::Error::Damaged(cause)))
        }
    }
}
