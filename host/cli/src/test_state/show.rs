//! What a test is shown as.

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use stepwell_asl::Json;
use stepwell_interpreter::test_state::{Answer, ErrorDetails, InspectionData, Status};

use crate::plain::plain;

const DIM: Style = Style::new().dimmed();

/// How many characters of JSON are shown in one line.
const LINE: usize = 72;

/// The state's output on standard output, all else on standard error.
pub(super) fn answer(answer: &Answer) {
    if let Some(data) = &answer.inspection_data {
        for (name, value) in steps(data) {
            anstream::eprintln!("{DIM}{name:<22}{DIM:#} {}", plain(&value));
        }
    }
    let (colour, status) = match answer.status {
        Status::Succeeded => (AnsiColor::Green, "SUCCEEDED"),
        Status::CaughtError => (AnsiColor::Yellow, "CAUGHT_ERROR"),
        Status::Retriable => (AnsiColor::Yellow, "RETRIABLE"),
        Status::Failed => (AnsiColor::Red, "FAILED"),
    };
    let colour = colour.on_default().bold();
    let error = match (&answer.error, answer.status) {
        (_, Status::Succeeded) => String::new(),
        (error, _) => format!(" {}", plain(error.as_deref().unwrap_or("(no error name)"))),
    };
    anstream::eprintln!("{colour}{status}{colour:#}{error}{}", next(answer));
    if let Some(cause) = answer.cause.as_deref().filter(|cause| !cause.is_empty()) {
        anstream::eprintln!("{DIM}{}{DIM:#}", plain(cause));
    }
    if let Some(output) = &answer.output {
        anstream::println!("{}", plain(&format!("{:#}", output.value())));
    }
}

/// What the workflow would do.
fn next(answer: &Answer) -> String {
    let details = answer.inspection_data.as_ref().and_then(|data| data.error_details.as_ref());
    match (answer.status, &answer.next_state) {
        (_, Some(name)) => format!(", goes on to `{}`", plain(name)),
        (Status::Succeeded, None) => ", ends the workflow".to_owned(),
        (Status::Retriable, None) => match details {
            Some(ErrorDetails { retry_backoff_interval_seconds: Some(seconds), .. }) => {
                format!(", would be tried again in {seconds} s")
            }
            _ => ", would be tried again".to_owned(),
        },
        _ => String::new(),
    }
}

/// The steps that are there, in their order.
fn steps(data: &InspectionData) -> Vec<(&'static str, String)> {
    let mut steps = Vec::new();
    let json = |name, json: &Option<Json>| Some((name, indented(json.as_ref()?.value())));
    let text = |name, text: Option<String>| text.map(|text| (name, text));
    steps.extend(json("input", &data.input));
    steps.extend(json("after InputPath", &data.after_input_path));
    steps.extend(json("after Parameters", &data.after_parameters));
    steps.extend(json("after Arguments", &data.after_arguments));
    steps.extend(json("after ItemsPath", &data.after_items_path));
    steps.extend(json("after ItemsPointer", &data.after_items_pointer));
    steps.extend(json("after ItemSelector", &data.after_item_selector));
    steps.extend(json("after ItemBatcher", &data.after_item_batcher));
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    steps.extend(text("max concurrency", number(data.max_concurrency)));
    steps.extend(text("tolerated failures", number(data.tolerated_failure_count)));
    let percentage = data.tolerated_failure_percentage;
    steps.extend(text("tolerated failures", percentage.map(|it| format!("{it} %"))));
    steps.extend(text("HTTP request", data.request.as_ref().map(shown)));
    steps.extend(text("HTTP response", data.response.as_ref().map(shown)));
    steps.extend(json("result", &data.result));
    steps.extend(json("after ResultSelector", &data.after_result_selector));
    steps.extend(json("after ResultPath", &data.after_result_path));
    steps.extend(json("variables", &data.variables));
    if let Some(details) = &data.error_details {
        let index = |index: Option<usize>| index.map(|index| format!("[{index}]"));
        steps.extend(text("matching Retry", index(details.retry_index)));
        steps.extend(text("matching Catch", index(details.catch_index)));
    }
    steps
}

fn shown(value: &impl serde::Serialize) -> String {
    // These have nothing that could not be serialised.
    serde_json::to_value(value).map(|value| indented(&value)).unwrap_or_default()
}

/// In one line where it fits, else in lines under its name.
fn indented(value: &Value) -> String {
    let line = value.to_string();
    if line.chars().count() <= LINE {
        return line;
    }
    format!("\n{value:#}").replace('\n', "\n    ")
}
