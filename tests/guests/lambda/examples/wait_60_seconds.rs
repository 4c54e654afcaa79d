//! Returns its input, after a minute.

use std::{thread, time::Duration};

lambda::function!("wait_60_seconds", |input| {
    thread::sleep(Duration::from_secs(60));
    Ok(input)
});
