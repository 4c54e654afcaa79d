//! Lines of the call's log: the imported `stepwell:task/log`.

use crate::{contract, state::State};

impl contract::log::Host for State {
    fn write(&mut self, level: contract::log::Level, message: String) {
        use contract::log::Level;
        let level = match level {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
        };
        let mut log = self.setting.log.lock();
        log.write(level.as_bytes());
        log.write(b" ");
        log.write(message.trim_end_matches('\n').as_bytes());
        log.write(b"\n");
    }
}
