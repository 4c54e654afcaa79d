//! What is in memory, and whose it is.

use std::sync::Mutex;

use guest_support::network::{self, Deed};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    bindings::exports::stepwell::task::plugin::Failure,
    tasks::{failure, read},
};

/// What earlier calls of the same instance have left here.
static TOKENS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What to remember, and with whom to meet meanwhile.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Remember {
    token: String,
    /// A server that answers once all have come.
    meet: Option<Meeting>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meeting {
    address: std::net::SocketAddr,
    of: usize,
}

/// Adds a token to what is in memory and gives all that is there, after having met the others.
pub(crate) fn remember(input: &str) -> Result<Value, Failure> {
    let Remember { token, meet } = read(input)?;
    let tokens = || TOKENS.lock().map_err(|error| failure("Probe.Memory", error));
    tokens()?.push(token);
    if let Some(Meeting { address, of }) = meet {
        let deed = Deed::Say { address, line: format!("meet {of}"), times: 1 };
        let met = network::run(deed);
        if met != json!(["met"]) {
            return Err(failure("Probe.NotMet", met));
        }
    }
    Ok(json!(*tokens()?))
}
