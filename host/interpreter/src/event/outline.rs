//! Events without their data: what somebody needs who looks at all of them.

use std::fmt;

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Details, Event, ResourceName};
use crate::{Failure, Usage};

/// An event without its data.
///
/// It can be read from an event as it is stored: the data are passed over, and none of them are
/// kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Counts from 1.
    pub id: u64,
    /// The event that led to this one; 0 for none.
    pub previous_event_id: u64,
    /// When it happened.
    pub timestamp: Timestamp,
    /// `type`: one of AWS's 62.
    pub type_name: String,
    /// The name of the state, of the Map whose iteration it is, or of what a task runs
    /// (`wasm:payments/charge`); or the ARN of a Lambda function, an activity or a Map Run.
    pub name: Option<String>,
    /// The index of an iteration, the length of a Map, or how often it was redriven.
    pub number: Option<u64>,
    /// The error name.
    pub error: Option<String>,
    /// What the attempt used, where a task has ended.
    pub usage: Option<Usage>,
}

impl Event {
    /// The event without its data.
    pub fn outline(&self) -> Outline {
        let Self { id, previous_event_id, timestamp, details, usage, .. } = self;
        Outline {
            id: *id,
            previous_event_id: *previous_event_id,
            timestamp: *timestamp,
            type_name: details.type_name(),
            name: details.subject(),
            number: details.number(),
            error: details.failure().and_then(|failure| failure.error.clone()),
            usage: *usage,
        }
    }
}

impl ResourceName {
    fn joined(&self) -> String {
        format!("{}:{}", self.resource_type, self.resource)
    }
}

impl Details {
    fn subject(&self) -> Option<String> {
        Some(match self {
            Self::StateEntered { name, .. }
            | Self::StateExited { name, .. }
            | Self::MapIterationStarted { name, .. }
            | Self::MapIterationSucceeded { name, .. }
            | Self::MapIterationFailed { name, .. }
            | Self::MapIterationAborted { name, .. }
            | Self::EvaluationFailed { state: name, .. } => (**name).to_owned(),
            Self::TaskScheduled(scheduled) => scheduled.name.joined(),
            Self::TaskStarted(name)
            | Self::TaskStartFailed(name, _)
            | Self::TaskSubmitted(name, _)
            | Self::TaskSubmitFailed(name, _)
            | Self::TaskSucceeded(name, _)
            | Self::TaskFailed(name, _)
            | Self::TaskTimedOut(name, _) => name.joined(),
            Self::LambdaFunctionScheduled(scheduled) | Self::ActivityScheduled(scheduled) => {
                scheduled.resource.clone()
            }
            Self::MapRunStarted { map_run_arn } | Self::MapRunRedriven { map_run_arn, .. } => {
                map_run_arn.clone()
            }
            _ => return None,
        })
    }

    fn number(&self) -> Option<u64> {
        match self {
            Self::MapStateStarted { length: number }
            | Self::MapIterationStarted { index: number, .. }
            | Self::MapIterationSucceeded { index: number, .. }
            | Self::MapIterationFailed { index: number, .. }
            | Self::MapIterationAborted { index: number, .. }
            | Self::ExecutionRedriven { redrive_count: number }
            | Self::MapRunRedriven { redrive_count: number, .. } => Some(*number),
            _ => None,
        }
    }

    fn failure(&self) -> Option<&Failure> {
        match self {
            Self::ExecutionFailed(failure)
            | Self::ExecutionTimedOut(failure)
            | Self::ExecutionAborted(failure)
            | Self::TaskStartFailed(_, failure)
            | Self::TaskSubmitFailed(_, failure)
            | Self::TaskFailed(_, failure)
            | Self::TaskTimedOut(_, failure)
            | Self::LambdaFunctionScheduleFailed(failure)
            | Self::LambdaFunctionStartFailed(failure)
            | Self::LambdaFunctionFailed(failure)
            | Self::LambdaFunctionTimedOut(failure)
            | Self::ActivityScheduleFailed(failure)
            | Self::ActivityFailed(failure)
            | Self::ActivityTimedOut(failure)
            | Self::MapRunFailed(failure)
            | Self::EvaluationFailed { failure, .. } => Some(failure),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            id: u64,
            previous_event_id: u64,
            timestamp: Timestamp,
            details: Kind,
            #[serde(default)]
            usage: Option<Usage>,
        }
        let Stored { id, previous_event_id, timestamp, details, usage } =
            Stored::deserialize(deserializer)?;
        let Kind { variant, members } = details;
        let type_name = match members.state_type {
            Some(state_type) => state_type + &variant,
            None => variant,
        };
        let resource = |resource_type: Option<String>, resource: Option<String>| {
            Some(match (resource_type, resource?) {
                (Some(resource_type), resource) => format!("{resource_type}:{resource}"),
                (None, arn) => arn,
            })
        };
        let name = match members.name {
            Some(NameOrResource::Name(name)) => Some(name),
            Some(NameOrResource::Resource(name)) => resource(name.resource_type, name.resource),
            None => resource(members.resource_type, members.resource)
                .or(members.state)
                .or(members.map_run_arn),
        };
        Ok(Self {
            id,
            previous_event_id,
            timestamp,
            type_name,
            name,
            number: members.length.or(members.index).or(members.redrive_count),
            error: members.error.or(members.failure.and_then(|failure| failure.error)),
            usage,
        })
    }
}

/// A variant of [`Details`], with those of its members that are no data.
struct Kind {
    variant: String,
    members: Members,
}

/// Members of all variants, none of which two have with different meanings.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Members {
    state_type: Option<String>,
    name: Option<NameOrResource>,
    resource_type: Option<String>,
    resource: Option<String>,
    state: Option<String>,
    map_run_arn: Option<String>,
    length: Option<u64>,
    index: Option<u64>,
    redrive_count: Option<u64>,
    error: Option<String>,
    failure: Option<Error>,
}

#[derive(Deserialize)]
struct Error {
    #[serde(default)]
    error: Option<String>,
}

/// `name`: of a state, or of what a task runs.
enum NameOrResource {
    Name(String),
    Resource(Box<Members>),
}

impl<'de> Deserialize<'de> for NameOrResource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = NameOrResource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(NameOrResource::Name(name.to_owned()))
            }

            fn visit_string<E>(self, name: String) -> Result<Self::Value, E> {
                Ok(NameOrResource::Name(name))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
                let members = Members::deserialize(MapAccessDeserializer::new(members))?;
                Ok(NameOrResource::Resource(Box::new(members)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Variant;
        impl<'de> Visitor<'de> for Variant {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the details of an event")
            }

            /// One that has no members.
            fn visit_str<E>(self, variant: &str) -> Result<Kind, E> {
                Ok(Kind { variant: variant.to_owned(), members: Members::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
                use serde::de::Error as _;
                let variant: String =
                    map.next_key()?.ok_or_else(|| A::Error::custom("there are no details"))?;
                let members = match &*variant {
                    "TaskSubmitted" | "TaskSucceeded" => {
                        map.next_value::<(Members, IgnoredAny)>()?.0
                    }
                    "TaskStartFailed" | "TaskSubmitFailed" | "TaskFailed" | "TaskTimedOut" => {
                        let (name, Error { error }) = map.next_value()?;
                        Members { error, ..name }
                    }
                    _ => map.next_value()?,
                };
                Ok(Kind { variant, members })
            }
        }
        deserializer.deserialize_any(Variant)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stepwell_asl::Json;

    use super::*;
    use crate::event::from_aws::tests::all;

    fn events() -> Vec<Event> {
        let usage = Usage { fuel: 1, peak_memory: 2, duration_ms: 3, ..Usage::default() };
        let event = |(before, details): (usize, Details)| Event {
            id: before as u64 + 1,
            previous_event_id: before as u64,
            timestamp: "2026-11-22T12:00:00.5Z".parse().unwrap(),
            usage: matches!(details, Details::TaskSucceeded(..)).then_some(usage),
            details,
            log: "said".into(),
            calls: Default::default(),
        };
        all().into_iter().enumerate().map(event).collect()
    }

    #[test]
    fn are_read_from_stored_events_as_they_are_made_of_them() {
        let events = events();
        let stored = serde_json::to_vec(&events).unwrap();
        let read: Vec<Outline> = serde_json::from_slice(&stored).unwrap();
        let made: Vec<_> = events.iter().map(Event::outline).collect();
        for (read, made) in read.iter().zip(&made) {
            assert_eq!(read, made);
        }
        assert_eq!(read.len(), made.len());
        // They go through a document where data were taken out of it.
        let stored = serde_json::to_value(&events).unwrap();
        assert_eq!(serde_json::from_value::<Vec<Outline>>(stored).unwrap(), made);
    }

    #[test]
    fn say_what_an_event_is_about() {
        let said = |type_name: &str| {
            let outline = events().iter().map(Event::outline).find(|it| it.type_name == type_name);
            let Outline { name, number, error, .. } = outline.unwrap();
            (name, number, error)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(said("TaskFailed"), (text("sqs:send"), None, text("Down")));
        assert_eq!(said("TaskScheduled"), (text("sqs:send"), None, None));
        assert_eq!(said("ActivityScheduled"), (text("arn"), None, None));
        assert_eq!(said("MapStateEntered"), (text("Each"), None, None));
        assert_eq!(said("MapIterationStarted"), (text("Each"), Some(3), None));
        assert_eq!(said("MapStateStarted"), (None, Some(4), None));
        assert_eq!(said("EvaluationFailed"), (text("Each"), None, text("Down")));
        assert_eq!(said("ExecutionTimedOut"), (None, None, None));
        assert_eq!(said("MapRunRedriven"), (text("arn"), Some(2), None));
        assert_eq!(said("MapStateAborted"), (None, None, None));
    }

    proptest! {
        #[test]
        fn data_say_nothing(text in ".{0,40}") {
            let json = Json::from(serde_json::json!({ "error": text, "name": text }));
            let name = ResourceName { resource_type: "a".into(), resource: "b".into() };
            for details in [
                Details::TaskSucceeded(name, json.clone()),
                Details::ExecutionSucceeded { output: json },
            ] {
                let event = Event { details, ..events().remove(0) };
                let stored = serde_json::to_vec(&event).unwrap();
                prop_assert_eq!(serde_json::from_slice::<Outline>(&stored).unwrap(), event.outline());
            }
        }
    }
}
