//! Lines for people who look into what a task did: the host keeps them with the attempt. Outside a
//! host they go to standard error.
//!
//! ```
//! use stepwell_task::log;
//!
//! log::info(format!("asking {} for rates", "api.example.com"));
//! ```

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Every detail.
    Trace,
    /// For whoever looks for a mistake.
    Debug,
    /// What happens.
    Info,
    /// What may turn out to be wrong.
    Warn,
    /// What went wrong.
    Error,
}

/// Adds a line to the log of the call.
pub fn write(level: Level, message: impl AsRef<str>) {
    platform::write(level, message.as_ref());
}

/// Adds a line at [`Level::Trace`].
pub fn trace(message: impl AsRef<str>) {
    write(Level::Trace, message);
}

/// Adds a line at [`Level::Debug`].
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message);
}

/// Adds a line at [`Level::Info`].
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message);
}

/// Adds a line at [`Level::Warn`].
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message);
}

/// Adds a line at [`Level::Error`].
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message);
}

#[cfg(target_family = "wasm")]
mod platform {
    use super::Level;
    use crate::bindings::stepwell::task::log;

    pub(super) fn write(level: Level, message: &str) {
        let level = match level {
            Level::Trace => log::Level::Trace,
            Level::Debug => log::Level::Debug,
            Level::Info => log::Level::Info,
            Level::Warn => log::Level::Warn,
            Level::Error => log::Level::Error,
        };
        log::write(level, message);
    }
}

#[cfg(not(target_family = "wasm"))]
mod platform {
    use std::io::Write as _;

    use super::Level;

    pub(super) fn write(level: Level, message: &str) {
        let level = match level {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        // A log that cannot be written is no reason to fail.
        let _ = writeln!(std::io::stderr(), "{level}: {message}");
    }
}
