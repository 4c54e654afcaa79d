//! Fail: ends its strand in failure.

use stepwell_asl::{
    State,
    definition::{Fail, Field, Io, JsonataIo, QueryLanguage},
    expression::Expression,
};

use crate::{
    Failure,
    errors::Raised,
    io::plain,
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
    let text = |field: &Option<Field<String>>, name: &str| {
        let expression = match field {
            None => return Ok(None),
            Some(Field::Fixed(text)) => return Ok(Some(text.clone())),
            Some(Field::Computed(expression)) => expression,
        };
        let name = match state.query_language {
            QueryLanguage::Jsonata => name.to_owned(),
            QueryLanguage::JsonPath => format!("{name}Path"),
        };
        let value = expression
            .evaluate_as_payload(&processing.scope(processing.raw_input()), &name)
            .map_err(|error| processing.place().expression(&error))?;
        match expression {
            Expression::Jsonata(expression) if !value.is_string() => {
                let text = expression.text();
                Err(processing.place().unexpected_type(text, &name, "string", &value))
            }
            _ => Ok(Some(plain(&value))),
        }
    };
    let error = text(&fail.error, "Error")?;
    let cause = text(&fail.cause, "Cause")?;
    Err(Raised { fatal: true, ..Failure { error, cause, retry_after: None }.into() })
}
