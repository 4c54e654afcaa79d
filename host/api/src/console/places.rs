//! Where state machines are: an account has one of each name, be it in another region than the
//! caller asks in.

use std::collections::HashMap;

use crate::{
    arn::{Arn, Qualified},
    error::Error,
    host::{Host, beside, created},
    service::Caller,
};

/// The places that are known, by account and state machine.
pub(super) type Found = HashMap<(String, String), Arn<()>>;

/// The places of state machines, each looked up once.
pub(super) struct Places<'a> {
    pub(super) host: &'a Host,
    pub(super) caller: &'a Caller,
    pub(super) found: Found,
}

impl<'a> Places<'a> {
    pub(super) fn new(host: &'a Host, caller: &'a Caller) -> Self {
        Self::known(host, caller, Found::new())
    }

    /// With what was looked up before.
    pub(super) fn known(host: &'a Host, caller: &'a Caller, found: Found) -> Self {
        Self { host, caller, found }
    }

    /// The place of a state machine of the caller's. One that was deleted, and has left executions,
    /// is taken to have been where the caller asks.
    pub(super) async fn of(&mut self, machine: &str) -> Result<&Arn<()>, Error> {
        self.of_account(&self.caller.account, machine).await
    }

    /// The same for an account's.
    pub(super) async fn of_account(
        &mut self,
        account: &str,
        machine: &str,
    ) -> Result<&Arn<()>, Error> {
        // Its children are where it is.
        let machine = machine.split('/').next().unwrap_or(machine);
        let key = (account.to_owned(), machine.to_owned());
        if !self.found.contains_key(&key) {
            let place = match self.host.resources().machine(account, machine).await? {
                Some(kept) => beside(&Arn::<Qualified>::parse(&kept.arn)?, ()),
                None => Arn { account: account.to_owned(), ..created(self.caller, ()) },
            };
            self.found.insert(key.clone(), place);
        }
        Ok(&self.found[&key])
    }
}
