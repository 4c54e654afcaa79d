//! The plugin that is checked, and calls of it.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use stepwell_sandbox::{
    CancellationToken, Done, Failure, Info, Invocation, Kind, Limits, Plugin, Use, failure::names,
};

use crate::{
    circumstances::Circumstances,
    error::Error,
    example::Expected,
    level::Level,
    plan::Plan,
    sample::{self, Generator},
    trial::Trial,
    world::{Granted, World},
};

/// A plugin that was admitted, and inputs for it.
pub(crate) struct Bench {
    pub(crate) plugin: Plugin,
    pub(crate) level: Level,
    pub(crate) seed: u64,
    /// What every call is granted.
    pub(crate) grants: Granted,
    /// What a call may use where no example says otherwise.
    pub(crate) limits: Limits,
    pub(crate) samples: Vec<Sample>,
    /// The tasks that calls are made up for.
    tried: BTreeSet<String>,
    said: Mutex<Vec<Said>>,
}

/// An input, and what an ordinary call made of it.
pub(crate) struct Sample {
    pub(crate) task: String,
    /// Such as "the example `ada`".
    pub(crate) name: String,
    pub(crate) input: String,
    /// What the call is granted. Of a generated input also what the kit can make up.
    pub(crate) grants: Granted,
    pub(crate) is_furnished: bool,
    pub(crate) limits: Limits,
    pub(crate) expected: Option<Expected>,
    /// What surrounded the call.
    pub(crate) seen: Circumstances,
    pub(crate) done: Done,
    pub(crate) uses: Vec<Use>,
}

/// A failure that the plugin has returned.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) task: String,
    pub(crate) input: String,
    pub(crate) failure: Failure,
}

/// A call to be made.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) task: &'a str,
    pub(crate) input: &'a str,
    pub(crate) limits: &'a Limits,
    pub(crate) seen: &'a Circumstances,
}

/// Generated inputs of a task of which no example succeeds.
const GENERATED: usize = 4;
/// Inputs of a task that succeed and that further checks start from.
const STARTS: usize = 3;
/// Tasks of a plugin that are all tried.
const MANY: usize = 100;
/// Tasks that are tried of a plugin that has more.
const SOME: usize = 10;
/// Failures with names of their own that are kept.
const MOST_SAID: usize = 200;

impl Bench {
    /// Makes an ordinary call with each example and, for tasks of which none succeeds, with inputs
    /// that are generated from their schemas.
    pub(crate) async fn new(plugin: Plugin, plan: &Plan) -> Result<Self, Error> {
        let mut bench = Self {
            plugin,
            level: plan.level,
            seed: plan.seed,
            grants: Granted { spec: plan.grants.clone(), answers: None },
            limits: plan.limits.clone(),
            samples: Vec::new(),
            tried: BTreeSet::new(),
            said: Mutex::default(),
        };
        for example in &plan.examples {
            let task = bench.task_of(&example.name, example.task.as_deref())?;
            let mut spec = example.grants.clone();
            spec.add(plan.grants.clone());
            let grants = Granted { spec, answers: example.answers.clone() };
            let input = example.input.to_string();
            let name = format!("the example `{}`", example.name);
            let (limits, expected) = (example.limits.clone(), example.expected.clone());
            let key = example.key.clone();
            let is_furnished = false;
            let start = Start { task, name, input, grants, limits, expected, key, is_furnished };
            bench.begin(start).await?;
        }
        bench.tried = bench.chosen();
        for task in bench.info().tasks.clone() {
            if !bench.tried.contains(&task.name) || bench.starts(&task.name).next().is_some() {
                continue;
            }
            let schema = task.input_schema.clone().unwrap_or(serde_json::json!({}));
            let mut generator = Generator::new(&schema, plan.seed);
            for n in 1..=GENERATED {
                let Some(input) = generator.next() else { break };
                let start = Start {
                    task: task.name.clone(),
                    name: format!("the generated input {n}"),
                    input: input.to_string(),
                    grants: bench.grants.clone(),
                    limits: bench.short(),
                    expected: None,
                    key: None,
                    is_furnished: true,
                };
                bench.begin(start).await?;
            }
        }
        Ok(bench)
    }

    async fn begin(&mut self, start: Start) -> Result<(), Error> {
        let Start { task, name, input, grants, limits, expected, key, is_furnished } = start;
        let world = match is_furnished {
            true => self.furnished(&grants)?,
            false => World::of(self.info(), &grants)?,
        };
        let mut seen = Circumstances::first();
        seen.seed = grants.spec.random_seed.unwrap_or(seen.seed);
        seen.clock = grants.spec.clock.unwrap_or(seen.clock);
        if let Some(key) = key {
            seen.call.idempotency_key = key;
        }
        let ask = Ask { task: &task, input: &input, limits: &limits, seen: &seen };
        let done = self.call(&world, ask).await?;
        let uses = world.uses();
        self.samples.push(Sample {
            task,
            name,
            input,
            grants,
            is_furnished,
            limits,
            expected,
            seen,
            done,
            uses,
        });
        Ok(())
    }

    /// What the plugin says of itself.
    pub(crate) fn info(&self) -> &Info {
        self.plugin.info()
    }

    /// Whether it is a component, and no command.
    pub(crate) fn is_component(&self) -> bool {
        self.info().kind == Kind::Component
    }

    /// The names of all tasks.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &str> {
        self.info().tasks.iter().map(|task| task.name.as_str())
    }

    /// The tasks that calls are made up for: of a plugin that has very many, those with examples and
    /// some others. The trial tells how many that are.
    pub(crate) fn tried<'a>(&'a self, trial: &mut Trial) -> Vec<&'a str> {
        let (some, all) = (self.tried.len(), self.info().tasks.len());
        if some < all {
            trial.narrows(format!("with {some} of {all} tasks"));
        }
        self.tasks().filter(|task| self.tried.contains(*task)).collect()
    }

    fn chosen(&self) -> BTreeSet<String> {
        let mut others: Vec<&str> = self.tasks().collect();
        if self.level != Level::Hardened && others.len() > MANY {
            fastrand::Rng::with_seed(self.seed).shuffle(&mut others);
            others.truncate(SOME);
        }
        let with_examples = self.samples.iter().map(|sample| sample.task.as_str());
        with_examples.chain(others).map(str::to_owned).collect()
    }

    /// Limits for calls of which nobody knows how long they take.
    pub(crate) fn short(&self) -> Limits {
        Limits {
            fuel: self.limits.fuel.min(2_000_000_000),
            time: self.limits.time.min(std::time::Duration::from_secs(10)),
            ..self.limits.clone()
        }
    }

    /// Inputs with which a task has succeeded, a few of them.
    pub(crate) fn starts(&self, task: &str) -> impl Iterator<Item = &Sample> {
        let mut left = match self.level {
            Level::Core | Level::Strict => STARTS,
            Level::Hardened => usize::MAX,
        };
        let task = task.to_owned();
        self.samples.iter().filter(move |sample| {
            let is_one = sample.task == task && sample.done.result.is_ok() && left > 0;
            left -= usize::from(is_one);
            is_one
        })
    }

    /// A world for calls with a sample's input, of which everything that is wanted is there.
    pub(crate) fn world(&self, sample: &Sample) -> Result<World, Error> {
        match sample.is_furnished {
            true => self.furnished(&sample.grants),
            false => World::of(self.info(), &sample.grants),
        }
    }

    /// A world that has besides what is granted what the plugin wants and the kit can make up.
    pub(crate) fn furnished(&self, grants: &Granted) -> Result<World, Error> {
        World::furnished(self.info(), grants, self.seed)
    }

    /// Makes a call.
    pub(crate) async fn call(&self, world: &World, ask: Ask<'_>) -> Result<Done, Error> {
        self.ask(world, ask, true).await
    }

    /// Makes a call without asking whether there is such a task.
    pub(crate) async fn call_unannounced(
        &self,
        world: &World,
        ask: Ask<'_>,
    ) -> Result<Done, Error> {
        self.ask(world, ask, false).await
    }

    async fn ask(&self, world: &World, ask: Ask<'_>, is_announced: bool) -> Result<Done, Error> {
        let Ask { task, input, limits, seen } = ask;
        let grants = world.grants(seen).map_err(|cause| Error::Grant {
            what: format!("a call of the task `{task}`"),
            cause,
        })?;
        let invocation = Invocation {
            task,
            input,
            call: seen.call.clone(),
            limits,
            grants: &grants,
            heartbeat: None,
            stop: CancellationToken::new(),
        };
        let done = match is_announced {
            true => self.plugin.invoke(invocation).await,
            false => self.plugin.invoke_unannounced(invocation).await,
        };
        if let Some(failure) = &done.said {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || {
                let (task, input) = (task.to_owned(), clipped(input));
                Said { task, input, failure: failure.clone() }
            };
            match said.iter().position(|known| known.failure.error == failure.error) {
                Some(at) if said[at].failure.cause.len() < failure.cause.len() => said[at] = new(),
                None if said.len() < MOST_SAID => said.push(new()),
                _ => {}
            }
        }
        Ok(done)
    }

    /// The failures that the plugin has returned so far, each name once, with the longest cause.
    pub(crate) fn said(&self) -> Vec<Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How the guest broke, where it did: by a trap, or by an exit that stands for one.
    pub(crate) fn broke<'a>(&self, done: &'a Done) -> Option<&'a Failure> {
        let failure = done.result.as_ref().err().filter(|_| done.said.is_none())?;
        // A component that a refusal did not break has said so itself.
        let broke = failure.error == names::TRAP
            || (failure.error == names::PERMISSION_DENIED && self.is_component());
        broke.then_some(failure)
    }

    fn task_of(&self, example: &str, task: Option<&str>) -> Result<String, Error> {
        let tasks = || self.tasks().collect::<Vec<_>>().join(", ");
        match (task, &*self.info().tasks) {
            (Some(task), _) if self.info().task(task).is_some() => Ok(task.to_owned()),
            (Some(task), _) => Err(Error::NoSuchTask {
                example: example.to_owned(),
                task: task.to_owned(),
                tasks: tasks(),
            }),
            (None, [only]) => Ok(only.name.clone()),
            (None, _) => Err(Error::NoTask { example: example.to_owned(), tasks: tasks() }),
        }
    }
}

/// A sample before its call.
struct Start {
    task: String,
    name: String,
    input: String,
    grants: Granted,
    limits: Limits,
    expected: Option<Expected>,
    key: Option<String>,
    is_furnished: bool,
}

impl Sample {
    /// Such as "`charge` with the example `ada`".
    pub(crate) fn what(&self) -> String {
        format!("`{}` with {}", self.task, self.name)
    }

    /// The same call in other circumstances.
    pub(crate) fn ask<'a>(&'a self, seen: &'a Circumstances) -> Ask<'a> {
        Ask { task: &self.task, input: &self.input, limits: &self.limits, seen }
    }

    /// The input.
    pub(crate) fn value(&self) -> serde_json::Value {
        // It was made of a value.
        serde_json::from_str(&self.input).unwrap_or_default()
    }
}

/// Why a task is left out of what starts from a success.
pub(crate) fn no_start(task: &str) -> String {
    format!("no input is known with which the task `{task}` succeeds: add one to examples/")
}

/// Characters of a text that are told.
const LONGEST: usize = 160;

/// A text for people: not too long, and without what a terminal obeys.
pub(crate) fn clipped(text: &str) -> String {
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == LONGEST {
            shown.push_str("...");
            break;
        }
        match c.is_control() {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// How a call ended, for people.
pub(crate) fn shown(done: &Done) -> String {
    match &done.result {
        Ok(output) => format!("it gave {}", clipped(output)),
        Err(failure) => format!("it failed: {}", told(failure)),
    }
}

/// A failure for people: its name, and the first line of its cause.
pub(crate) fn told(failure: &Failure) -> String {
    let cause = failure.cause.lines().next().unwrap_or_default();
    format!("{}: {}", clipped(&failure.error), clipped(cause))
}

/// Whether two calls ended in the same way: with the same bytes, or in an error of the same name.
pub(crate) fn is_same(one: &Done, other: &Done) -> bool {
    match (&one.result, &other.result) {
        (Ok(one), Ok(other)) => one == other,
        (Err(one), Err(other)) => one.error == other.error,
        _ => false,
    }
}

/// Whether the host gave an error by itself, of that name.
pub(crate) fn ended_in(done: &Done, name: &str) -> bool {
    done.said.is_none() && done.result.as_ref().is_err_and(|failure| failure.error == name)
}

/// Whether a value fits a schema; `None` where the schema cannot be used.
pub(crate) fn fits(schema: &serde_json::Value, value: &serde_json::Value) -> Option<bool> {
    Some(sample::validator(schema).ok()?.is_valid(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_says_is_no_command_to_a_terminal() {
        assert_eq!(clipped("a\x1b[2J\nb"), "a\\u{1b}[2J\\u{a}b");
        let long = clipped(&"é".repeat(1000));
        assert_eq!(long, format!("{}...", "é".repeat(LONGEST)));
    }
}
