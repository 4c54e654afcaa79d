//! The checks, in the order in which they are made.

pub(crate) mod admission;
mod describe;
mod failure;
mod idempotent;
mod json;
mod limits;
mod pure;
mod run;
mod schema;
mod secrets;
mod wants;

use crate::{
    check::{Check, Duty, Place},
    level::Level,
};

macro_rules! checks {
    ($($level:ident $duty:ident $place:ident $id:literal $run:path, $statement:literal;)*) => {
        [$(Check {
            id: $id,
            level: Level::$level,
            duty: Duty::$duty,
            place: Place::$place,
            statement: $statement,
            run: |bench, trial| Box::pin($run(bench, trial)),
        }),*]
    };
}

/// All checks, in the order in which they are made.
pub static CHECKS: &[Check] = &checks![
    Core Must Guide "admission.valid" admission::passed,
        "A plugin must be valid WebAssembly.";
    Core Must Guide "admission.limits" admission::passed,
        "A file must have at most 64 MiB, 250,000 functions of 1 MiB of code each, 500 modules and \
         components, eight deep, 1 GiB of memories and tables at first, and eight memories in an \
         instance, four tables counting as one.";
    Core Must Guide "admission.world" admission::passed,
        "It must be of one of these kinds, and the host finds out by itself which one it is:";
    Core Must Guide "admission.version" admission::passed,
        "A plugin must not be made for a newer version than the host knows: it is refused when it \
         is admitted, by name.";
    Core Must Guide "admission.imports" admission::passed,
        "A file must not import anything else: it is refused when it is admitted, and told what.";
    Core Must Guide "admission.compiles" admission::passed,
        "Compiling it must take no more than two minutes of processor time, five on the clock, and \
         2 GiB.";
    Core Must Wit "describe.no-trap" describe::no_trap,
        "It must not trap: the plugin is refused then.";
    Core Must Guide "describe.cheap" describe::cheap,
        "It must come to its end within a second's worth of instructions, 256 MiB and ten seconds, \
         and its answer must have at most 1 MiB.";
    Core Must Wit "describe.stable" describe::stable,
        "It must answer the same each time: the host keeps the answer under the digest of the file.";
    Core Must Wit "describe.name" describe::name,
        "The plugin's name must be 1 to 64 of `A-Z`, `a-z`, `0-9`, `-`, `_` and `.`, beginning with \
         a letter or digit.";
    Core Must Wit "describe.version" describe::version,
        "It must be a version of Semantic Versioning 2.0.0, such as `1.4.0`.";
    Core Must Wit "describe.tasks" describe::tasks,
        "There must be at least one task.";
    Core Must Wit "describe.task-names" describe::task_names,
        "It must be 1 to 64 of `A-Z`, `a-z`, `0-9`, `-`, `_`, `.` and `:`, beginning with a letter \
         or digit, and it must be unique in the plugin.";
    Core Should Wit "describe.summaries" describe::summaries,
        "It should be one line.";
    Core Must Wit "schema.input.valid" schema::input_valid,
        "An input schema must be valid by itself: what it refers to must be in it.";
    Core Must Wit "schema.output.valid" schema::output_valid,
        "An output schema must be valid by itself, too.";
    Core Must Wit "wants.http" wants::http,
        "Each must be `host`, `host:port`, `*.domain` or `*`.";
    Core Must Wit "wants.directories" wants::directories,
        "Each must be an absolute path, such as `/outbox`.";
    Core Must Wit "wants.usable" wants::usable,
        "A plugin must not want what it cannot use, importing nothing to use it with.";
    Core Must Guide "examples" run::examples,
        "Where examples come with a plugin, each must end as it says.";
    Core Must Wit "run.no-trap" run::no_trap,
        "A plugin must not trap on any valid JSON: what it cannot take it refuses with a failure of \
         its own.";
    Core Must Wit "run.unknown-task" run::unknown_task,
        "A plugin must refuse a task that it does not have with a failure.";
    Core Must Wit "output.json" run::output_json,
        "What a plugin hands over as `json` must be such a document: other text is an error that \
         names the place.";
    Core Must Guide "output.limit" run::output_limit,
        "The output must fit the limit.";
    Core Must Wit "schema.output.fits" schema::output_fits,
        "Every output of the task must fit it.";
    Core Should Guide "limits.default" limits::default,
        "A call with an ordinary input should get by with the default limits.";
    Strict Must Wit "schema.input.refuses" schema::input_refuses,
        "The task must refuse input that does not fit its schema with a failure.";
    Strict Should Wit "schema.input.accepts" schema::input_accepts,
        "It should not fail with `Plugin.InvalidInput` on input that does fit.";
    Strict Must Wit "json.odd" json::odd,
        "A plugin must not trap on any valid JSON: what it cannot take it refuses with a failure of \
         its own.";
    Strict Must Wit "json.deep" json::deep,
        "A plugin must not trap on any valid JSON: what it cannot take it refuses with a failure of \
         its own.";
    Strict Must Wit "json.large" json::large,
        "A plugin must not trap on any valid JSON: what it cannot take it refuses with a failure of \
         its own.";
    Strict Must Wit "call.context" run::context,
        "A plugin must cope with all that may be in it, such as a deadline that has passed.";
    Strict Must Wit "pure.same-output" pure::same_output,
        "A pure task must give the same output for the same input, whatever the time, the random \
         numbers and the call.";
    Strict Must Wit "pure.touches-nothing" pure::touches_nothing,
        "It must change no file and no store, and must not use the network.";
    Strict Must Wit "pure.no-state" pure::no_state,
        "Its output must not depend on what other calls have left behind.";
    Strict Must Wit "idempotent.repeat" idempotent::repeat,
        "Running an idempotent task again under the same idempotency key must have no further \
         effect, and must give the same output unless what it reads elsewhere has changed.";
    Strict Must Wit "idempotent.cut" idempotent::cut,
        "That must hold after an attempt that was cut off at any instruction, too.";
    Strict Must Wit "grants.withheld" run::withheld,
        "The plugin must cope with getting less: it must not trap for want of a grant.";
    Strict Must Wit "wants.complete" wants::complete,
        "A plugin must want what it asks for: what it does not want it is not granted.";
    Strict Must Wit "secrets.not-kept" secrets::not_kept,
        "A plugin must not put what it is given into its output, a failure, its log, a file or a \
         store.";
    Strict Should Guide "limits.fuel" limits::fuel,
        "The same call should use about the same fuel and memory each time: operators set limits by \
         what calls have used.";
    Strict Should Guide "limits.memory" limits::memory,
        "The same call should use about the same fuel and memory each time: operators set limits by \
         what calls have used.";
    Hardened Must Wit "json.mutated" json::mutated,
        "A plugin must not trap on any valid JSON: what it cannot take it refuses with a failure of \
         its own.";
    Hardened Must Wit "schema.sampled" schema::sampled,
        "A plugin must not trap on any valid JSON: what it cannot take it refuses with a failure of \
         its own.";
    Hardened Must Wit "idempotent.cut-anywhere" idempotent::cut_anywhere,
        "That must hold after an attempt that was cut off at any instruction, too.";
    Hardened Must Wit "grants.each-withheld" run::each_withheld,
        "The plugin must cope with getting less: it must not trap for want of a grant.";
    // Last, with the failures of all calls before them.
    Core Must Wit "failure.name" failure::name,
        "It must have at most 256 characters, none of them a control character.";
    Core Must Wit "failure.reserved" failure::reserved,
        "A plugin must not make up names that begin with `States.` or `Stepwell.`: they belong to \
         the host, or to the AWS integration for which AWS documents them and for which the plugin \
         stands.";
    Core Should Wit "failure.form" failure::form,
        "It should be `Plugin.Reason` in PascalCase, such as `Payments.CardDeclined`.";
    Core Should Wit "failure.cause" failure::cause,
        "It should have at most 32,768 characters: longer text is cut.";
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique() {
        let ids: BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), CHECKS.len());
    }
}
