//! The durable host, over a store in memory and by a clock that is paused.

mod callbacks;
mod executions;
mod map_runs;
mod nested;
mod redrive;
mod restart;
mod world;
