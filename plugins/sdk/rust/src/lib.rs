#![doc = include_str!("../README.md")]

mod call;
pub mod config;
mod failure;
pub mod fs;
pub mod http;
pub mod key_value;
#[cfg(not(target_family = "wasm"))]
pub mod local;
pub mod log;
pub mod net;
mod plugin;
pub mod secrets;

pub use call::Call;
pub use failure::Failure;
pub use plugin::{Effect, Plugin, Task, Wants};

/// What `plugin!` expands to names; no part of the API.
#[doc(hidden)]
#[allow(missing_docs, clippy::all, clippy::pedantic, unused_qualifications)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "task-plugin",
        pub_export_macro: true,
        default_bindings_module: "stepwell_task::bindings",
    });
}

/// Declares the plugin: what it is, what it would like to be granted, and its tasks.
///
/// Its name and version are those of the crate's `Cargo.toml`. Each task has the name by which a
/// definition calls it, its [effect](Effect) (`pure`, `idempotent` or `at_most_once`), one line
/// for people, and the function that runs it: any `fn(Input, &Call) -> Result<Output, E>` whose
/// `Input` is `Deserialize + JsonSchema`, whose `Output` is `Serialize + JsonSchema`, and whose
/// `E` becomes a [`Failure`].
///
/// `wants` may name `http`, `secrets`, `config`, `directories` and `key_value`; leave out what the
/// plugin does not need, or the whole of it.
///
/// It defines `pub fn plugin() -> Plugin`, with which the crate's own tests run tasks as the host
/// would.
///
/// ```
/// use stepwell_task::{Call, Failure};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Numbers {
///     numbers: Vec<i64>,
/// }
///
/// #[derive(serde::Serialize, schemars::JsonSchema)]
/// struct Sum {
///     sum: i64,
/// }
///
/// fn add(input: Numbers, _call: &Call) -> Result<Sum, Failure> {
///     input
///         .numbers
///         .iter()
///         .try_fold(0_i64, |sum, number| sum.checked_add(*number))
///         .map(|sum| Sum { sum })
///         .ok_or_else(|| Failure::new("Overflow", "the sum does not fit 64 bits"))
/// }
///
/// stepwell_task::plugin! {
///     summary: "Adds numbers.",
///     tasks: [
///         "add": pure "The sum of some whole numbers." => add,
///     ],
/// }
///
/// # fn main() {
/// let call = Call::local("a key");
/// assert_eq!(plugin().run("add", r#"{"numbers":[1,2]}"#, &call).unwrap(), r#"{"sum":3}"#);
/// # }
/// ```
#[macro_export]
macro_rules! plugin {
    (
        summary: $summary:literal,
        $(wants: { $($kind:ident: [$($want:literal),* $(,)?]),* $(,)? },)?
        tasks: [
            $($task:literal: $effect:ident $about:literal => $run:path),+ $(,)?
        ] $(,)?
    ) => {
        /// The plugin, as it describes itself.
        #[allow(unreachable_pub)]
        pub fn plugin() -> $crate::Plugin {
            $crate::Plugin {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                summary: $summary,
                wants: $crate::Wants {
                    $($($kind: &[$($want),*],)*)?
                    ..Default::default()
                },
                tasks: vec![
                    $($crate::Task::new($task, $crate::plugin!(@effect $effect), $about, $run)),+
                ],
            }
        }

        $crate::export!(plugin);
    };
    (@effect pure) => { $crate::Effect::Pure };
    (@effect idempotent) => { $crate::Effect::Idempotent };
    (@effect at_most_once) => { $crate::Effect::AtMostOnce };
}

/// Exports a plugin that a function makes: `export!(plugin)`, where `fn plugin() -> Plugin`. It is
/// for plugins that [`plugin!`] cannot declare, such as those whose tasks come from a table.
#[macro_export]
macro_rules! export {
    ($plugin:path) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::bindings::exports::stepwell::task::plugin as contract;

            struct Exported;

            impl contract::Guest for Exported {
                fn describe() -> contract::Info {
                    $plugin().describe()
                }

                fn run(task: String, input: String) -> Result<String, contract::Failure> {
                    $plugin().serve(&task, &input)
                }
            }

    $crate::bindings::export!(Exported with_types_in $crate::bindings);
        };
    };
}
