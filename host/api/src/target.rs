//! What a request asks for.

use std::fmt;

use crate::{console::OwnAction, service::Action};

/// An action, of AWS's API or of Stepwell's own, as `X-Amz-Target` names it. No two of them have the
/// same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// `AWSStepFunctions.…`
    Aws(Action),
    /// `Stepwell.…`
    Own(OwnAction),
}

impl Target {
    /// The action that a header names.
    pub fn parse(header: &str) -> Option<Self> {
        match header.split_once('.')? {
            ("AWSStepFunctions", name) => Action::parse(name).map(Self::Aws),
            ("Stepwell", name) => OwnAction::parse(name).map(Self::Own),
            _ => None,
        }
    }

    /// The name of the action alone.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws(action) => action.as_str(),
            Self::Own(action) => action.as_str(),
        }
    }

    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        let aws = Action::ALL.iter().copied().map(Self::Aws);
        aws.chain(OwnAction::ALL.iter().copied().map(Self::Own))
    }
}

impl From<Action> for Target {
    fn from(action: Action) -> Self {
        Self::Aws(action)
    }
}

impl From<OwnAction> for Target {
    fn from(action: OwnAction) -> Self {
        Self::Own(action)
    }
}

/// As the header has it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = match self {
            Self::Aws(_) => "AWSStepFunctions",
            Self::Own(_) => "Stepwell",
        };
        write!(f, "{service}.{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn are_written_as_they_are_read() {
        for target in Target::all() {
            assert_eq!(Target::parse(&target.to_string()), Some(target));
        }
        for none in ["", "ListActivities", "Stepwell.", "Stepwell.ListActivities", "stepwell.Watch"]
        {
            assert_eq!(Target::parse(none), None, "{none}");
        }
        assert_eq!(Target::parse("AWSStepFunctions.Watch"), None);
    }

    #[test]
    fn no_two_have_the_same_name() {
        let names: HashSet<_> = Target::all().map(Target::name).collect();
        assert_eq!(names.len(), Target::all().count());
    }
}
