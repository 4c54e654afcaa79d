//! The durable host, over a store in memory and by a clock that is paused.

mod callbacks;
mod events;
mod executions;
mod generations;
mod map_runs;
mod nested;
mod redrive;
mod restart;
mod statistics;
mod watch;
mod webhook;
mod world;
