//! State machines and executions as people name them.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::Client;

/// How far a name may be from another one to be a misspelling of it.
const ALIKE: f64 = 0.7;

/// An execution, as a command names it.
#[derive(Debug, Args)]
pub(crate) struct Execution {
    /// The execution's ARN; or its name, with --machine.
    #[arg(value_name = "EXECUTION")]
    execution: String,

    /// The execution's state machine, by name or ARN.
    #[arg(long, short, value_name = "MACHINE")]
    machine: Option<String>,
}

impl Client {
    /// The ARN of a state machine that is named by its ARN or its name; behind a `:` may be the
    /// number of a version, or an alias.
    pub(crate) async fn machine(&self, named: &str) -> Result<String> {
        if named.starts_with("arn:") {
            return Ok(named.to_owned());
        }
        let (name, qualifier) = match named.split_once(':') {
            Some((name, qualifier)) => (name, format!(":{qualifier}")),
            None => (named, String::new()),
        };
        let machines = self.list("ListStateMachines", json!({}), "stateMachines", None).await?;
        let names = || machines.iter().filter_map(|machine| machine["name"].as_str());
        let found = machines.iter().find(|machine| machine["name"] == name);
        if let Some(arn) = found.and_then(|machine| machine["stateMachineArn"].as_str()) {
            return Ok(format!("{arn}{qualifier}"));
        }
        let alike = names().map(|other| (strsim::jaro_winkler(other, name), other));
        let alike = alike.filter(|(likeness, _)| *likeness >= ALIKE);
        match alike.max_by(|one, other| one.0.total_cmp(&other.0)) {
            Some((_, other)) => {
                bail!("there is no state machine `{name}`; did you mean `{other}`?")
            }
            None if machines.is_empty() => bail!(
                "there is no state machine `{name}`, and no other; `stepwell machine create` makes \
                 one"
            ),
            None => bail!(
                "there is no state machine `{name}`; `stepwell machine list` shows those that \
                 there are"
            ),
        }
    }

    /// The ARN of an execution.
    pub(crate) async fn execution(&self, named: &Execution) -> Result<String> {
        let Execution { execution, machine } = named;
        if execution.starts_with("arn:") {
            return Ok(execution.clone());
        }
        let machine = machine.as_deref().with_context(|| {
            format!("`{execution}` is no ARN: name the execution's state machine with --machine")
        })?;
        execution_of(&self.machine(machine).await?, execution)
    }
}

/// The ARN of the execution of a name, given that of its state machine, or of a version of it.
fn execution_of(machine: &str, name: &str) -> Result<String> {
    let parts: Vec<_> = machine.splitn(8, ':').collect();
    match parts[..] {
        [arn, partition, service, region, account, "stateMachine", machine, ..] => {
            Ok(format!("{arn}:{partition}:{service}:{region}:{account}:execution:{machine}:{name}"))
        }
        _ => bail!("`{machine}` is no ARN of a state machine"),
    }
}

/// The last part of an ARN, which people know it by.
pub(crate) fn last(arn: &Value) -> &str {
    let arn = arn.as_str().unwrap_or_default();
    arn.rsplit(':').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_named_beside_its_machine() {
        let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";
        let expected = "arn:aws:states:us-east-1:123456789012:execution:orders:one";
        assert_eq!(execution_of(machine, "one").unwrap(), expected);
        assert_eq!(execution_of(&format!("{machine}:3"), "one").unwrap(), expected);
        let error = execution_of("arn:aws:states:x", "one").unwrap_err().to_string();
        assert_eq!(error, "`arn:aws:states:x` is no ARN of a state machine");
    }
}
