//! JSON Lines: an item on each line. Blank lines are none.

use std::io::{BufRead, Read as _};

use super::{MAX_SOURCE, Sink, Stop};
use crate::error::Error;

pub(super) fn read(mut text: Box<dyn BufRead>, sink: &mut Sink) -> Result<(), Stop> {
    let place = sink.place.clone();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = text.by_ref().take(MAX_SOURCE + 1).read_until(b'\n', &mut line);
        if read.map_err(|error| Error::parsing(&place, "JSON Lines", error))? == 0 {
            break;
        }
        if line.len() as u64 > MAX_SOURCE {
            return Err(sink.too_large().into());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let value =
            serde_json::from_slice(line.trim_ascii()).map_err(|error| Error::Malformed {
                place: place.clone(),
                format: "JSON Lines",
                cause: in_line(&error, number),
            })?;
        sink.push(value, None)?;
    }
    Ok(())
}

/// The message with the line in the file, not in the text that was parsed.
fn in_line(error: &serde_json::Error, number: u64) -> String {
    let text = error.to_string();
    let own = format!(" at line {} column {}", error.line(), error.column());
    let what = text.strip_suffix(&own).unwrap_or(&text);
    format!("{what} at line {number} column {}", error.column())
}
