//! Amazon Resource Names of what Step Functions keeps.
//!
//! | resource | ARN, behind `arn:PARTITION:states:REGION:ACCOUNT:` |
//! |---|---|
//! | state machine | `stateMachine:NAME` |
//! | the machine of a distributed Map's children | `stateMachine:NAME/LABEL` |
//! | version | `stateMachine:NAME:NUMBER` |
//! | alias | `stateMachine:NAME:ALIAS` |
//! | execution | `execution:NAME:EXECUTION`, `execution:NAME/LABEL:EXECUTION` |
//! | Express execution | `express:NAME:EXECUTION:ID`, `express:NAME/LABEL:EXECUTION:ID` |
//! | Map Run | `mapRun:NAME/LABEL:ID` |
//! | activity | `activity:NAME` |

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use stepwell_engine::is_name;

use crate::error::{Code, Error, Refusal};

/// An ARN whose resource is of a type: any [`Resource`], or one of those that an action takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arn<R = Resource> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// `us-east-1`.
    pub region: String,
    /// The account: 12 digits.
    pub account: String,
    /// What it names.
    pub resource: R,
}

/// What an ARN of Step Functions names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A state machine, a version or an alias of one.
    StateMachine(Qualified),
    /// An execution.
    Execution(Execution),
    /// A Map Run.
    MapRun(MapRun),
    /// An activity.
    Activity(Activity),
}

/// A state machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StateMachine {
    /// Its name.
    pub name: String,
    /// The label of the distributed Map whose children the machine is for.
    pub label: Option<String>,
}

/// What `stateMachineArn` can name: a state machine, a version or an alias.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Qualified {
    /// The state machine itself.
    StateMachine(StateMachine),
    /// A version of it.
    Version(Version),
    /// An alias of it.
    Alias(Alias),
}

/// A version of a state machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    /// The machine.
    pub machine: StateMachine,
    /// The number, from 1.
    pub number: u64,
}

/// An alias of a state machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Alias {
    /// The machine.
    pub machine: StateMachine,
    /// The alias's name.
    pub name: String,
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Execution {
    /// Its state machine.
    pub machine: StateMachine,
    /// Its name.
    pub name: String,
    /// What tells the Express executions of one name apart; none of a Standard one.
    pub express: Option<String>,
}

/// A Map Run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MapRun {
    /// The state machine, with the label of the Map.
    pub machine: StateMachine,
    /// The Map Run's id.
    pub id: String,
}

/// An activity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Activity {
    /// Its name.
    pub name: String,
}

/// A resource of another type than an ARN was to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Resource type not valid in this context: {0}")]
pub struct Mistyped(&'static str);

impl Resource {
    fn read(text: &str) -> Option<Self> {
        let (type_, rest) = text.split_once(':')?;
        let parts: Vec<_> = rest.split(':').collect();
        Some(match (type_, &*parts) {
            ("stateMachine", [machine]) => {
                Self::StateMachine(Qualified::StateMachine(StateMachine::read(machine)?))
            }
            ("stateMachine", [machine, qualifier]) => {
                Self::StateMachine(Qualified::read(StateMachine::read(machine)?, qualifier)?)
            }
            ("execution", [machine, name]) if is_name(name) => Self::Execution(Execution {
                machine: StateMachine::read(machine)?,
                name: (*name).to_owned(),
                express: None,
            }),
            ("express", [machine, name, id]) if is_name(name) && is_name(id) => {
                Self::Execution(Execution {
                    machine: StateMachine::read(machine)?,
                    name: (*name).to_owned(),
                    express: Some((*id).to_owned()),
                })
            }
            ("mapRun", [machine, id]) if is_name(id) => Self::MapRun(MapRun {
                machine: StateMachine::read(machine).filter(|it| it.label.is_some())?,
                id: (*id).to_owned(),
            }),
            ("activity", [name]) if is_name(name) => {
                Self::Activity(Activity { name: (*name).to_owned() })
            }
            _ => return None,
        })
    }

    /// The type as the ARN has it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::StateMachine(_) => "stateMachine",
            Self::Execution(Execution { express: None, .. }) => "execution",
            Self::Execution(Execution { express: Some(_), .. }) => "express",
            Self::MapRun(_) => "mapRun",
            Self::Activity(_) => "activity",
        }
    }
}

impl StateMachine {
    fn read(text: &str) -> Option<Self> {
        let (name, label) = match text.split_once('/') {
            Some((name, label)) => (name, Some(label)),
            None => (text, None),
        };
        let valid = is_name(name) && label.is_none_or(is_name);
        valid.then(|| Self { name: name.to_owned(), label: label.map(str::to_owned) })
    }
}

impl Qualified {
    fn read(machine: StateMachine, qualifier: &str) -> Option<Self> {
        if !qualifier.is_empty() && qualifier.bytes().all(|byte| byte.is_ascii_digit()) {
            // No version has a number of another form: it would be a second name of the same.
            let canonical = !qualifier.starts_with('0');
            let number = qualifier.parse().ok().filter(|_| canonical)?;
            return Some(Self::Version(Version { machine, number }));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        let valid = is_name(qualifier) && qualifier.bytes().all(allowed);
        valid.then(|| Self::Alias(Alias { machine, name: qualifier.to_owned() }))
    }

    /// The state machine, whatever it is qualified with.
    pub fn machine(&self) -> &StateMachine {
        match self {
            Self::StateMachine(machine)
            | Self::Version(Version { machine, .. })
            | Self::Alias(Alias { machine, .. }) => machine,
        }
    }
}

impl FromStr for Arn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let Some(rest) = text.strip_prefix("arn:") else {
            return Err(invalid(format_args!("Invalid ARN prefix: {text}")));
        };
        let parts: Vec<_> = rest.splitn(5, ':').collect();
        let [partition, "states", region, account, resource] = *parts else {
            return Err(invalid(format_args!("Malformed ARN: {text}")));
        };
        let is_account = is_account(account);
        let word = |text: &str| {
            !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
        };
        match Resource::read(resource) {
            Some(resource) if is_account && word(partition) && word(region) => Ok(Self {
                partition: partition.to_owned(),
                region: region.to_owned(),
                account: account.to_owned(),
                resource,
            }),
            _ => Err(invalid(format_args!("Malformed ARN: {text}"))),
        }
    }
}

/// Whether a text is an account id.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn invalid(reason: impl fmt::Display) -> Error {
    Error::new(Code::InvalidArn, format!("Invalid Arn: '{reason}'"))
}

impl<R: TryFrom<Resource, Error = Mistyped>> Arn<R> {
    /// Takes an ARN that names a resource of this type.
    ///
    /// # Errors
    /// InvalidArn.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let Arn { partition, region, account, resource } = text.parse::<Arn>()?;
        let resource = R::try_from(resource).map_err(invalid)?;
        Ok(Self { partition, region, account, resource })
    }
}

macro_rules! narrowed {
    ($($type_:ident: $pattern:pat => $value:expr;)*) => {$(
        impl TryFrom<Resource> for $type_ {
            type Error = Mistyped;

            fn try_from(resource: Resource) -> Result<Self, Mistyped> {
                match resource {
                    $pattern => Ok($value),
                    other => Err(Mistyped(other.type_name())),
                }
            }
        }

        impl<'de> Deserialize<'de> for Arn<$type_> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text)
                    .map_err(Refusal::into_serde)
            }
        }
    )*};
}

narrowed! {
    Qualified: Resource::StateMachine(it) => it;
    Version: Resource::StateMachine(Qualified::Version(it)) => it;
    Alias: Resource::StateMachine(Qualified::Alias(it)) => it;
    Execution: Resource::Execution(it) => it;
    MapRun: Resource::MapRun(it) => it;
    Activity: Resource::Activity(it) => it;
}

impl<'de> Deserialize<'de> for Arn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(Refusal::into_serde)
    }
}

impl<R: fmt::Display> Serialize for Arn<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<R: fmt::Display> fmt::Display for Arn<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, region, account, resource } = self;
        write!(f, "arn:{partition}:states:{region}:{account}:{resource}")
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateMachine(it) => it.fmt(f),
            Self::Execution(it) => it.fmt(f),
            Self::MapRun(it) => it.fmt(f),
            Self::Activity(it) => it.fmt(f),
        }
    }
}

/// `NAME` or `NAME/LABEL`.
struct Labelled<'a>(&'a StateMachine);

impl fmt::Display for Labelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.label {
            Some(label) => write!(f, "{}/{label}", self.0.name),
            None => f.write_str(&self.0.name),
        }
    }
}

impl fmt::Display for StateMachine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stateMachine:{}", Labelled(self))
    }
}

impl fmt::Display for Qualified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateMachine(it) => it.fmt(f),
            Self::Version(it) => it.fmt(f),
            Self::Alias(it) => it.fmt(f),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.machine, self.number)
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.machine, self.name)
    }
}

impl fmt::Display for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = Labelled(&self.machine);
        match &self.express {
            None => write!(f, "execution:{machine}:{}", self.name),
            Some(id) => write!(f, "express:{machine}:{}:{id}", self.name),
        }
    }
}

impl fmt::Display for MapRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mapRun:{}:{}", Labelled(&self.machine), self.id)
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "activity:{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(resource: &str) -> String {
        format!("arn:aws:states:us-east-1:111111111111:{resource}")
    }

    #[test]
    fn are_written_as_they_are_read() {
        for (resource, type_) in [
            ("stateMachine:m", "stateMachine"),
            ("stateMachine:m/label", "stateMachine"),
            ("stateMachine:m:12", "stateMachine"),
            ("stateMachine:m:prod", "stateMachine"),
            ("execution:m:e", "execution"),
            ("execution:m/label:e", "execution"),
            ("express:m:e:id", "express"),
            ("express:m/label:e:id", "express"),
            ("mapRun:m/label:id", "mapRun"),
            ("activity:a", "activity"),
        ] {
            let read: Arn = arn(resource).parse().unwrap();
            assert_eq!(read.to_string(), arn(resource));
            assert_eq!(read.resource.type_name(), type_);
        }
    }

    #[test]
    fn tell_versions_from_aliases() {
        let qualified = |text: &str| Arn::<Qualified>::parse(&arn(text)).map(|arn| arn.resource);
        let machine = StateMachine { name: "m".into(), label: None };
        assert_eq!(
            qualified("stateMachine:m:7").unwrap(),
            Qualified::Version(Version { machine: machine.clone(), number: 7 })
        );
        assert_eq!(
            qualified("stateMachine:m:v7").unwrap(),
            Qualified::Alias(Alias { machine, name: "v7".into() })
        );
        assert!(Arn::<Version>::parse(&arn("stateMachine:m:v7")).is_err());
        assert!(Arn::<Alias>::parse(&arn("stateMachine:m:7")).is_err());
    }

    #[test]
    fn refuse_what_is_none() {
        let refused = |text: &str| {
            let error = text.parse::<Arn>().unwrap_err();
            assert_eq!(error.code, Code::InvalidArn);
            error.message
        };
        assert_eq!(refused("invalid"), "Invalid Arn: 'Invalid ARN prefix: invalid'");
        for text in [
            "arn:".to_owned(),
            "arn:aws:states".to_owned(),
            "arn:aws:lambda:us-east-1:111111111111:function:f".to_owned(),
            "arn:aws:states:us-east-1:1:stateMachine:m".to_owned(),
            "arn:aws:states::111111111111:stateMachine:m".to_owned(),
            arn("stateMachine:"),
            arn("stateMachine:m:"),
            arn("stateMachine:m:0"),
            arn("stateMachine:m:01"),
            arn("stateMachine:m:99999999999999999999999"),
            arn("stateMachine:m:a@b"),
            arn("stateMachine:m:1:2"),
            arn("stateMachine:m/"),
            arn("execution:m"),
            arn("express:m:e"),
            arn("mapRun:m:id"),
            arn("activity:a:b"),
            arn("nothing:a"),
        ] {
            assert_eq!(refused(&text), format!("Invalid Arn: 'Malformed ARN: {text}'"));
        }
    }

    #[test]
    fn refuse_another_type() {
        let error = Arn::<Qualified>::parse(&arn("activity:a")).unwrap_err();
        assert_eq!(
            error.message,
            "Invalid Arn: 'Resource type not valid in this context: activity'"
        );
    }
}
