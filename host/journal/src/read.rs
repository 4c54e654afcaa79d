//! What every store does with what it read.

use std::cmp::Reverse;

use stepwell_asl::Json;
use stepwell_interpreter::{
    Event,
    event::{Details, Outline},
};

use crate::{Error, ExecutionId, Filter, Listing, Page, Token, catalog::Document, codec};

pub(crate) fn corrupt(what: &'static str, place: impl ToString, cause: codec::Error) -> Error {
    Error::Corrupt { what, place: place.to_string(), cause: cause.to_string() }
}

/// What the host gave the execution along.
pub(crate) fn attributes_of(execution: ExecutionId, text: String) -> Result<Json, Error> {
    Json::parse(text)
        .map_err(|error| corrupt("record", execution, codec::Error::Damaged(error.to_string())))
}

/// What has the id of an event.
pub(crate) trait Numbered {
    fn number(&self) -> u64;

    /// How many bytes of data it carries.
    fn data_len(&self) -> usize {
        0
    }
}

impl Numbered for Event {
    fn number(&self) -> u64 {
        self.id
    }

    fn data_len(&self) -> usize {
        self.data_len()
    }
}

impl Numbered for Outline {
    fn number(&self) -> u64 {
        self.id
    }
}

/// With how many bytes of data a page of events has enough: they may have 256 KiB each.
pub(crate) const ENOUGH: usize = 4 << 20;

/// How many of these events a page takes: at least one, and then until it has enough.
pub(crate) fn within_enough<T: Numbered>(items: &[T]) -> usize {
    let mut data = 0;
    let full = items.iter().position(|item| {
        let is_full = data >= ENOUGH;
        data += item.data_len();
        is_full
    });
    full.unwrap_or(items.len())
}

/// Makes a page of events, of which one more than asked for shows where the next begins.
pub(crate) fn page_of_events<T: Numbered>(
    execution: ExecutionId,
    mut items: Vec<T>,
    limit: usize,
) -> Result<Page<T, u64>, Error> {
    let ids = |pair: &[T]| (pair[0].number(), pair[1].number());
    let mut pairs = items.windows(2).map(ids);
    if let Some((one, next)) = pairs.find(|(one, next)| one.abs_diff(*next) != 1) {
        let cause = format!("event {one} comes next to event {next}");
        return Err(corrupt("history", execution, codec::Error::Damaged(cause)));
    }
    let taken = within_enough(&items).min(limit);
    let next = items.get(taken).map(Numbered::number);
    items.truncate(taken);
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
