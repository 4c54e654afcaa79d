//! What a step is made with, beside the execution.

use std::sync::Arc;

use stepwell_asl::{StateMachine, definition::Kind, resource::Resource};

/// What a host knows when it makes a step.
///
/// Most know no more than the machine, and give a reference to that.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// What the execution was started with.
    pub machine: &'a StateMachine,
    /// Which of the machine's [activities] are not there, by their ARNs. A task that would be
    /// scheduled for one of them fails.
    pub missing_activities: &'a [Arc<str>],
}

impl<'a> From<&'a StateMachine> for Setting<'a> {
    fn from(machine: &'a StateMachine) -> Self {
        Self { machine, missing_activities: &[] }
    }
}

/// The ARNs of the activities whose workers run a machine's tasks.
pub fn activities(machine: &StateMachine) -> impl Iterator<Item = &Arc<str>> {
    machine.states.values().filter_map(|state| match &state.kind {
        Kind::Task(task) => match &task.resource {
            Resource::Activity(arn) => Some(arn),
            _ => None,
        },
        _ => None,
    })
}
