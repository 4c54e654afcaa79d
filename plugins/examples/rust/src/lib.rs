//! Chooses among semantic versions.

use schemars::JsonSchema;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use stepwell_task::{Call, Failure, config};

stepwell_task::plugin! {
    summary: "Chooses among semantic versions.",
    wants: { config: ["requirement"] },
    tasks: [
        "newest": pure "The newest version that meets a requirement." => newest,
    ],
}

/// Versions to choose from.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    versions: Vec<String>,
    /// Such as `^1.4` or `>=2, <2.3`; by default the configuration value `requirement`, and where
    /// there is none any release will do.
    requirement: Option<String>,
}

/// The one that was chosen.
#[derive(Serialize, JsonSchema)]
pub struct Chosen {
    version: String,
}

fn newest(choice: Choice, _call: &Call) -> Result<Chosen, Failure> {
    let requirement = choice.requirement.or_else(|| config::get("requirement"));
    let requirement = requirement.as_deref().unwrap_or("*");
    let wanted = VersionReq::parse(requirement)
        .map_err(|error| Failure::new("InvalidRequirement", format!("{requirement:?}: {error}")))?;
    let mut newest = None;
    for text in &choice.versions {
        let version = Version::parse(text)
            .map_err(|error| Failure::new("InvalidVersion", format!("{text:?}: {error}")))?;
        if wanted.matches(&version) {
            newest = newest.max(Some(version));
        }
    }
    let version = newest.ok_or_else(|| {
        let count = choice.versions.len();
        Failure::new("NoneMatches", format!("none of {count} versions meets {requirement}"))
    })?;
    Ok(Chosen { version: version.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &str) -> Result<String, Failure> {
        plugin().run("newest", input, &Call::local("a key"))
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let output = run(r#"{"versions":["1.9.0","1.10.0","2.0.0-rc.1"]}"#);
        assert_eq!(output.unwrap(), r#"{"version":"1.10.0"}"#);
    }

    #[test]
    fn the_operator_may_set_the_requirement() {
        stepwell_task::local::set_config("requirement", "<1.10");
        let output = run(r#"{"versions":["1.9.0","1.10.0"]}"#);
        assert_eq!(output.unwrap(), r#"{"version":"1.9.0"}"#);
    }
}
