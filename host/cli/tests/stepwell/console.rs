//! What a host shows in its console, and has it start with.

mod machine;
mod plugins;

use super::{host::Host, *};
