//! A plugin that makes the HTTP requests that it is told to make, for the tests of the sandbox.
//!
//! It speaks `wasi:http` itself, so that it can ask for what a client would never send.

#[allow(missing_docs, clippy::all, unused_qualifications, unreachable_pub)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "task-plugin",
    });
}

#[cfg(target_family = "wasm")]
mod plugin {
    use guest_support::{Request, fetch};

    use super::bindings::{
        self,
        exports::stepwell::task::plugin::{Effect, Failure, Guest, Info, TaskInfo, Wants},
        stepwell::task::secrets,
    };

    struct Client;

    impl Guest for Client {
        fn describe() -> Info {
            Info {
                name: "http-client".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                summary: "Makes the HTTP requests that it is told to make.".into(),
                tasks: vec![TaskInfo {
                    name: "fetch".into(),
                    summary: "Makes each of the requests in its input, one after the other.".into(),
                    effect: Effect::AtMostOnce,
                    input_schema: None,
                    output_schema: None,
                }],
                wants: Wants {
                    http: Vec::new(),
                    secrets: Vec::new(),
                    config: Vec::new(),
                    directories: Vec::new(),
                    key_value: Vec::new(),
                },
            }
        }

        fn run(_task: String, input: String) -> Result<String, Failure> {
            let failure = |cause: serde_json::Error| Failure {
                error: "HttpClient.Input".into(),
                cause: cause.to_string(),
                retry_after_ms: None,
            };
            let requests: Vec<Request> = serde_json::from_str(&input).map_err(failure)?;
            let responses: Vec<_> =
                requests.into_iter().map(|request| fetch(request, secrets::get)).collect();
            serde_json::to_string(&responses).map_err(failure)
        }
    }

    bindings::export!(Client with_types_in bindings);
}
