//! Map Runs, by what they ask their host to do.

mod batches;
mod host;
mod items;
mod property;
mod redrive;
mod results;
mod state;
mod tolerance;
