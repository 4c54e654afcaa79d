//! Fail: ends its strand in failure.

use serde_json::Value;
use stepwell_asl::{
    State,
    definition::{Fail, Field, Io, JsonataIo, QueryLanguage},
};

use crate::{
    Failure,
    errors::Raised,
    io::{Processing, plain, type_name},
    run::{Flow, Run},
    strand::Strand,
};

pub(super) fn execute(
    run: &mut Run<'_>,
    strand: &mut Strand,
    state: &State,
    fail: &Fail,
) -> Result<Flow, Raised> {
    // A Fail state has no input and output processing in either language.
    let io = Io::Jsonata(JsonataIo::default());
    let processing = run.processing(strand, &io);
    let text = |field: &Option<Field<String>>, name: &str| match field {
        None => Ok(None),
        Some(Field::Fixed(text)) => Ok(Some(text.clone())),
        Some(Field::Computed(expression)) => {
            let jsonata = state.query_language == QueryLanguage::Jsonata;
            let name = if jsonata { name.to_owned() } else { format!("{name}Path") };
            let value = expression
                .evaluate_as_payload(&processing.scope(processing.raw_input()), &name)
                .map_err(|error| processing.place().expression(&error))?;
            string(&processing, &value, &name, jsonata).map(Some)
        }
    };
    let error = text(&fail.error, "Error")?;
    let cause = text(&fail.cause, "Cause")?;
    Err(Raised { fatal: true, ..Failure { error, cause, retry_after: None }.into() })
}

fn string(
    processing: &Processing<'_>,
    value: &Value,
    name: &str,
    jsonata: bool,
) -> Result<String, Raised> {
    if !jsonata || value.is_string() {
        return Ok(plain(value));
    }
    Err(processing.place().raise_evaluation(
        format_args!(
            "The field '{name}' returned an unexpected result type. Expected 'string', but was \
             '{}' for value: {value}",
            type_name(value)
        ),
        Some(name),
    ))
}
