//! Executions in virtual time, by what they do and what they write into their history.

mod catch;
mod choice;
mod driver;
mod events;
mod fail;
mod jsonata;
mod limits;
mod map;
mod parallel;
mod pass;
mod redrive;
mod replay;
mod retry;
mod stop;
mod task;
mod variables;
mod wait;
