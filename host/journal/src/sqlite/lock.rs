//! The lock on a data directory: on one machine, it is the lease on all shards.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    process,
};

use super::failure::Place;
use crate::Error;

/// Held as long as it lives, and given back by the system when the process dies.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

impl Lock {
    pub(super) fn take(place: &Place) -> Result<Self, Error> {
        let failed = |error: std::io::Error| place.io("opened", &error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(place.0.join("lock"))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who it is helps, and is not needed.
                let _ = file.read_to_string(&mut text);
                let holder = text.trim().parse().ok();
                return Err(Error::InUse { directory: place.0.clone(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        writeln!(file, "{}", process::id()).map_err(failed)?;
        Ok(Self(file))
    }
}
