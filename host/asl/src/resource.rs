//! What a Task's `Resource` names.

use std::sync::Arc;

/// A parsed `Resource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// `wasm:PLUGIN/TASK`, with `@VERSION` and `?fuel=N&memory=SIZE`.
    Wasm(Wasm),
    /// A Lambda function by its ARN: the plugin of that name. AWS records it with
    /// `LambdaFunction...` events.
    Lambda(Lambda),
    /// `arn:aws:states:::SERVICE:ACTION`, with the pattern behind it.
    Integration(Integration),
    /// An activity by its ARN, the whole text.
    Activity(Arc<str>),
}

/// `wasm:payments/charge@1.2?fuel=5000000&memory=32MiB`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wasm {
    /// The plugin's name.
    pub plugin: Arc<str>,
    /// The task's name.
    pub task: Arc<str>,
    /// A version, whole or a prefix of its numbers, that the plugin must have.
    pub version: Option<Arc<str>>,
    /// A lower limit of fuel for this state.
    pub fuel: Option<u64>,
    /// A lower limit of memory for this state, in bytes.
    pub memory: Option<u64>,
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lambda {
    /// The whole ARN.
    pub arn: Arc<str>,
    /// The function's name.
    pub function: Arc<str>,
}

/// `arn:aws:states:::SERVICE:ACTION[.sync|.sync:2|.waitForTaskToken]`; the service may itself have
/// colons, as in `aws-sdk:s3:getObject`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// `lambda`, `sqs`, `aws-sdk:s3`: what AWS gives as `resourceType`.
    pub service: Arc<str>,
    /// `invoke`, `sendMessage`: without the pattern.
    pub action: Arc<str>,
    /// How the result is waited for.
    pub pattern: Pattern,
}

/// The service integration patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pattern {
    /// The call's own answer is the result.
    #[default]
    RequestResponse,
    /// `.sync`.
    Sync,
    /// `.sync:2`.
    Sync2,
    /// `.waitForTaskToken`.
    WaitForTaskToken,
}

/// Why a text is no `Resource`. The text of an error is what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has none of the forms.
    #[error(
        "\"{0}\" is none of the forms: wasm:PLUGIN/TASK[@VERSION][?fuel=N&memory=SIZE], \
         arn:aws:lambda:REGION:ACCOUNT:function:NAME, \
         arn:aws:states:::SERVICE:ACTION[.sync|.sync:2|.waitForTaskToken], \
         arn:aws:states:REGION:ACCOUNT:activity:NAME."
    )]
    Form(String),
    /// It begins with `wasm:`, but does not name a plugin and a task.
    #[error("\"{0}\" does not name a task. Write wasm:PLUGIN/TASK, such as wasm:payments/charge.")]
    Task(String),
    /// The version is none.
    #[error("\"{0}\" is no version. Write numbers, such as @1.2 or @1.2.3.")]
    Version(String),
    /// Behind the `?` is something that is no limit.
    #[error("There is no limit \"{0}\". There are fuel=N and memory=SIZE.")]
    Limit(String),
    /// The fuel is no positive number.
    #[error("\"{0}\" is no amount of fuel. Write a whole number, such as fuel=5000000.")]
    Fuel(String),
    /// The memory is no size.
    #[error("\"{0}\" is no size. Write bytes, or KiB, MiB or GiB, such as memory=32MiB.")]
    Memory(String),
}

impl Resource {
    /// Parses a Task's `Resource`.
    ///
    /// # Errors
    /// Where it has none of the forms.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if let Some(rest) = text.strip_prefix("wasm:") {
            return Wasm::parse(rest).map(Self::Wasm);
        }
        arn(text).ok_or_else(|| Error::Form(brief(text)))
    }

    /// Whether it is `arn:aws:states:::lambda:invoke`, in any pattern: its arguments name the
    /// function (`FunctionName`) and hold the function's input (`Payload`).
    pub fn is_lambda_invoke(&self) -> bool {
        matches!(self, Self::Integration(Integration { service, action, .. })
            if &**service == "lambda" && &**action == "invoke")
    }

    /// Whether it is `arn:aws:states:::ecs:runTask`, in any pattern: its arguments name the command
    /// that is run (`TaskDefinition`).
    pub fn is_ecs_run_task(&self) -> bool {
        matches!(self, Self::Integration(Integration { service, action, .. })
            if &**service == "ecs" && &**action == "runTask")
    }

    /// The argument that names what is called, where the resource itself does not:
    /// `FunctionName` of lambda:invoke, `TaskDefinition` of ecs:runTask.
    pub fn callee_argument(&self) -> Option<&'static str> {
        match self {
            _ if self.is_lambda_invoke() => Some("FunctionName"),
            _ if self.is_ecs_run_task() => Some("TaskDefinition"),
            _ => None,
        }
    }

    /// Whether it is for the host itself, and no plugin can have it: an activity, and what calls
    /// the API of Step Functions (`states:startExecution`, `aws-sdk:sfn:...`), in any pattern.
    pub fn is_built_in(&self) -> bool {
        match self {
            Self::Wasm(_) | Self::Lambda(_) => false,
            Self::Integration(Integration { service, .. }) => {
                matches!(&**service, "states" | "aws-sdk:sfn")
            }
            Self::Activity(_) => true,
        }
    }

    /// Whether its task goes on until somebody sends the task's token back.
    pub fn waits_for_token(&self) -> bool {
        matches!(self, Self::Integration(Integration { pattern: Pattern::WaitForTaskToken, .. }))
    }
}

/// The forms that are ARNs: `arn:PARTITION:SERVICE:REGION:ACCOUNT:...`.
fn arn(text: &str) -> Option<Resource> {
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next();
    let (arn, partition, service, region, account, rest) =
        (part()?, part()?, part()?, part()?, part()?, part()?);
    if arn != "arn"
        || partition.is_empty()
        || text.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return None;
    }
    match service {
        "lambda" => {
            let function = rest.strip_prefix("function:")?;
            let (function, qualifier) = match function.split_once(':') {
                Some((function, qualifier)) => (function, Some(qualifier)),
                None => (function, None),
            };
            let named = !function.is_empty() && qualifier.is_none_or(|it| !it.is_empty());
            named.then(|| Resource::Lambda(Lambda { arn: text.into(), function: function.into() }))
        }
        "states" if region.is_empty() && account.is_empty() => {
            Integration::parse(rest).map(Resource::Integration)
        }
        "states" => {
            let name = rest.strip_prefix("activity:")?;
            let named = !name.is_empty() && !name.contains(':');
            named.then(|| Resource::Activity(text.into()))
        }
        _ => None,
    }
}

impl Integration {
    /// Parses what follows `arn:aws:states:::`.
    fn parse(text: &str) -> Option<Self> {
        let patterns = [
            (".sync:2", Pattern::Sync2),
            (".sync", Pattern::Sync),
            (".waitForTaskToken", Pattern::WaitForTaskToken),
        ];
        let (text, pattern) = patterns
            .into_iter()
            .find_map(|(suffix, pattern)| Some((text.strip_suffix(suffix)?, pattern)))
            .unwrap_or((text, Pattern::RequestResponse));
        let (service, action) = text.rsplit_once(':')?;
        let named = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        (service.split(':').all(named) && named(action)).then(|| Self {
            service: service.into(),
            action: action.into(),
            pattern,
        })
    }
}

impl Wasm {
    /// Parses what follows `wasm:`.
    fn parse(text: &str) -> Result<Self, Error> {
        let (path, limits) = match text.split_once('?') {
            Some((path, limits)) => (path, Some(limits)),
            None => (text, None),
        };
        let (path, version) = match path.split_once('@') {
            Some((path, version)) => (path, Some(version)),
            None => (path, None),
        };
        let named = |name: &str| {
            let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
            !name.is_empty() && name.chars().all(allowed)
        };
        let (plugin, task) = path
            .split_once('/')
            .filter(|(plugin, task)| named(plugin) && named(task))
            .ok_or_else(|| Error::Task(brief(path)))?;
        let (mut fuel, mut memory) = (None, None);
        for limit in limits.into_iter().flat_map(|limits| limits.split('&')) {
            match limit.split_once('=') {
                Some(("fuel", value)) if fuel.is_none() => {
                    let value = value.parse().ok().filter(|value| *value > 0);
                    fuel = Some(value.ok_or_else(|| Error::Fuel(brief(limit)))?);
                }
                Some(("memory", value)) if memory.is_none() => {
                    memory = Some(size(value).ok_or_else(|| Error::Memory(brief(limit)))?);
                }
                _ => return Err(Error::Limit(brief(limit))),
            }
        }
        let version = version
            .map(|version| {
                is_version(version)
                    .then(|| version.into())
                    .ok_or_else(|| Error::Version(brief(version)))
            })
            .transpose()?;
        Ok(Self { plugin: plugin.into(), task: task.into(), version, fuel, memory })
    }
}

/// One to three numbers; behind three of them a pre-release or build may follow.
fn is_version(text: &str) -> bool {
    let (numbers, suffix) = match text.find(['-', '+']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let count = numbers.split('.').count();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let suffixed = suffix.len() > 1
        && count == 3
        && suffix.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    count <= 3 && numbers.split('.').all(digits) && (suffix.is_empty() || suffixed)
}

/// A positive number of bytes: `65536`, `64KiB`, `32MiB`, `1GiB`.
fn size(text: &str) -> Option<u64> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)))
        .unwrap_or((text, 1_u64));
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|bytes| *bytes > 0)
}

/// The text, or its beginning if it is long.
fn brief(text: &str) -> String {
    crate::parse::location::quoted(text).to_string()
}

#[cfg(test)]
mod tests;
