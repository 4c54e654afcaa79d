//! ARNs that a definition or an execution has in it.

use super::Qualifier;

/// What the ARN of a state machine, a version or an alias names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineArn {
    /// The account.
    pub tenant: String,
    /// The state machine's name.
    pub machine: String,
    /// Which version or alias of it.
    pub qualifier: Option<Qualifier>,
}

/// Reads `arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME`, which may have `:VERSION` or
/// `:ALIAS` behind it; none where it is no such ARN.
pub fn parse_machine_arn(arn: &str) -> Option<MachineArn> {
    let parts: Vec<_> = arn.split(':').collect();
    let (tenant, machine, qualifier) = match *parts {
        ["arn", _, "states", _, tenant, "stateMachine", machine] => (tenant, machine, None),
        ["arn", _, "states", _, tenant, "stateMachine", machine, qualifier] => {
            (tenant, machine, Some(qualifier))
        }
        _ => return None,
    };
    let qualifier = match qualifier {
        None => None,
        Some("") => return None,
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // No version has a number of another form: it would be a second name of the same.
            let canonical = !text.starts_with('0');
            Some(Qualifier::Version(text.parse().ok().filter(|_| canonical)?))
        }
        Some(text) => Some(Qualifier::Alias(text.to_owned())),
    };
    (!machine.is_empty()).then(|| MachineArn {
        tenant: tenant.to_owned(),
        machine: machine.to_owned(),
        qualifier,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_machines_versions_and_aliases() {
        let parse = |resource: &str| {
            parse_machine_arn(&format!("arn:aws:states:us-east-1:1:{resource}"))
                .map(|arn| (arn.machine, arn.qualifier))
        };
        let m = || "m".to_owned();
        assert_eq!(parse("stateMachine:m"), Some((m(), None)));
        assert_eq!(parse("stateMachine:m:12"), Some((m(), Some(Qualifier::Version(12)))));
        assert_eq!(
            parse("stateMachine:m:live"),
            Some((m(), Some(Qualifier::Alias("live".into()))))
        );
        for other in ["stateMachine:", "stateMachine:m:", "stateMachine:m:01", "execution:m:e", ""]
        {
            assert_eq!(parse(other), None, "{other}");
        }
        assert_eq!(parse_machine_arn("stateMachine:m"), None);
    }
}
