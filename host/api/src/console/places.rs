//! Where the caller's state machines are: an account has one of each name, be it in another region
//! than the caller asks in.

use std::collections::HashMap;

use crate::{
    arn::{Arn, Qualified},
    error::Error,
    host::{Host, beside, created},
    service::Caller,
};

/// The places of state machines, each looked up once.
pub(super) struct Places<'a> {
    host: &'a Host,
    caller: &'a Caller,
    found: HashMap<String, Arn<()>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(host: &'a Host, caller: &'a Caller) -> Self {
        Self { host, caller, found: HashMap::new() }
    }

    /// The place of a state machine. One that was deleted, and has left executions, is taken to
    /// have been where the caller asks.
    pub(super) async fn of(&mut self, machine: &str) -> Result<&Arn<()>, Error> {
        // Its children are where it is.
        let machine = machine.split('/').next().unwrap_or(machine);
        if !self.found.contains_key(machine) {
            let kept = self.host.resources().machine(&self.caller.account, machine).await?;
            let place = match kept {
                Some(kept) => beside(&Arn::<Qualified>::parse(&kept.arn)?, ()),
                None => created(self.caller, ()),
            };
            self.found.insert(machine.to_owned(), place);
        }
        Ok(&self.found[machine])
    }
}
