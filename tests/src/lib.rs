//! What the project's tests share: a driver that runs an execution in virtual time, and the
//! recordings of AWS that it is held against.

pub mod aws;
pub mod driver;
pub mod lambda;
pub mod world;
