//! CSV as Step Functions parses it, an object of strings for each row.
//!
//! The parser is an own one for the sake of AWS's backslashes, which escape outside of quotes too
//! and vanish where they escape nothing; the `csv` crate knows them within quotes only. See
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>.

mod columns;
mod records;

use std::io::BufRead;

use stepwell_asl::definition::{Csv, CsvHeaders};

use self::{columns::Columns, records::Records};
use super::{Reader, Sink, Stop};
use crate::error::Error;

/// The most bytes that headers may have, all together.
const MAX_HEADERS: usize = 10 << 10;

/// Reads a row as an item. Fields that it lacks are empty, and fields without a header are passed
/// over, as recorded on AWS. Blank lines are no rows.
pub(super) fn read(text: Box<dyn BufRead>, settings: &Csv, sink: &mut Sink) -> Result<(), Stop> {
    let mut records = Records::new(text, settings.delimiter);
    let place = sink.place.clone();
    let malformed = |cause| Error::Malformed { place: place.clone(), format: "CSV", cause };
    let columns = match &settings.headers {
        CsvHeaders::Given(names) => Columns::new(names.iter().cloned()),
        CsvHeaders::FirstRow => {
            if !next(&mut records, sink)? {
                return Ok(());
            }
            let names = records.fields().collect::<Result<Vec<_>, _>>().map_err(malformed)?;
            if names.iter().map(|name| name.len()).sum::<usize>() > MAX_HEADERS {
                let cause = format!("its headers have more than {MAX_HEADERS} bytes");
                return Err(malformed(cause).into());
            }
            Columns::new(names.into_iter().map(str::to_owned))
        }
    };
    while next(&mut records, sink)? {
        let fields = records.fields().collect::<Result<Vec<_>, _>>().map_err(malformed)?;
        sink.push(columns.row(&fields), None)?;
    }
    Ok(())
}

/// The first field of each row.
pub(super) fn first_fields(
    text: Box<dyn BufRead>,
    reader: &mut Reader,
    each: &mut dyn FnMut(&str, &mut Reader) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut records = Records::new(text, b',');
    let place = reader.sink.place.clone();
    while next(&mut records, &reader.sink)? {
        let Some(field) = records.fields().next() else { continue };
        let field = field.map_err(|cause| Error::Malformed {
            place: place.clone(),
            format: "CSV",
            cause,
        })?;
        each(field, reader)?;
    }
    Ok(())
}

fn next(records: &mut Records, sink: &Sink) -> Result<bool, Error> {
    records.advance().map_err(|error| match error {
        records::Error::Io(error) => Error::parsing(&sink.place, "CSV", error),
        records::Error::TooLong => sink.too_large(),
        records::Error::Unclosed { line } => Error::Malformed {
            place: sink.place.clone(),
            format: "CSV",
            cause: format!("the quotation mark that opens in line {line} is not closed"),
        },
    })
}
