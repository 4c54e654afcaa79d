//! The ARNs of executions.

use stepwell_journal::{ExecutionId, Key};

/// Whose execution it is, and its name: `arn:PARTITION:states:REGION:ACCOUNT:execution:MACHINE:NAME`.
/// A Map Run's children have `MACHINE/LABEL`, and may be Express executions:
/// `express:MACHINE/LABEL:NAME:ID`. None where it is another ARN, or another Express execution's.
pub fn execution(arn: &str) -> Option<Key> {
    let (tenant, rest) = of_states(arn)?;
    let (machine, name) = match rest.strip_prefix("execution:") {
        Some(rest) => rest.split_once(':')?,
        None => {
            let (machine, rest) = rest.strip_prefix("express:")?.split_once(':')?;
            (Some(machine).filter(|machine| machine.contains('/'))?, rest.split_once(':')?.0)
        }
    };
    let key = Key { tenant: tenant.into(), machine: machine.into(), name: name.into() };
    (!machine.is_empty() && !name.is_empty()).then_some(key)
}

/// The id of the execution with this ARN.
pub fn execution_id(arn: &str) -> Option<ExecutionId> {
    execution(arn).map(|key| key.id())
}

/// The account, and what follows it.
fn of_states(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (prefix, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (_region, account, rest) = (parts.next()?, parts.next()?, parts.next()?);
    (prefix == "arn" && !partition.is_empty() && service == "states").then_some((account, rest))
}
