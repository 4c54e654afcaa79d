//! What an HTTP Task sends and receives, as far as it is in the state's data: headers that the task
//! adds by itself, and with them its secrets, are not.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>

use serde_json::{Map, Value};
use stepwell_asl::{
    State,
    definition::Kind,
    resource::{Pattern, Resource},
};

use super::{HttpRequest, HttpResponse, InspectionData};

/// Whether a state is an HTTP Task.
pub(super) fn is_http(state: &State) -> bool {
    let Kind::Task(task) = &state.kind else { return false };
    let Resource::Integration(integration) = &task.resource else { return false };
    &*integration.service == "http"
        && &*integration.action == "invoke"
        && integration.pattern == Pattern::RequestResponse
}

/// Tells of the request and the response.
pub(super) fn tell(data: &mut InspectionData) {
    let arguments = data.after_parameters.as_ref().or(data.after_arguments.as_ref());
    data.request = arguments.and_then(|arguments| request(arguments.value()));
    let protocol = data.request.as_ref().map(|request| request.protocol.clone());
    let result = data.result.as_ref().map(stepwell_asl::Json::value);
    data.response = protocol.zip(result).and_then(|(protocol, result)| response(protocol, result));
}

fn request(arguments: &Value) -> Option<HttpRequest> {
    let endpoint = arguments.get("ApiEndpoint")?.as_str()?;
    let (protocol, _) = endpoint.split_once("://")?;
    let mut url = endpoint.to_owned();
    let parameters = arguments.get("QueryParameters").and_then(Value::as_object);
    for (name, value) in parameters.into_iter().flatten() {
        for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url += &format!("{name}={}", crate::io::plain(value));
        }
    }
    Some(HttpRequest {
        protocol: protocol.to_owned(),
        method: arguments.get("Method")?.as_str()?.to_owned(),
        url,
        headers: headers(arguments),
        body: arguments.get("RequestBody").map(crate::io::plain),
    })
}

fn response(protocol: String, result: &Value) -> Option<HttpResponse> {
    Some(HttpResponse {
        protocol,
        status_code: crate::io::plain(result.get("StatusCode")?),
        status_message: result.get("StatusText").map(crate::io::plain).unwrap_or_default(),
        headers: headers(result),
        body: result.get("ResponseBody").map(crate::io::plain),
    })
}

/// As AWS writes them: `[Accept: text/plain, Date: ...]`.
fn headers(value: &Value) -> Option<String> {
    let headers: &Map<_, _> = value.get("Headers")?.as_object()?;
    let line = |(name, value): (&String, &Value)| {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let values: Vec<_> = values.iter().map(crate::io::plain).collect();
        format!("{name}: {}", values.join(", "))
    };
    Some(format!("[{}]", headers.iter().map(line).collect::<Vec<_>>().join(", ")))
}
