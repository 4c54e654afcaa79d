//! Secrets that an example brings with it.

use std::collections::BTreeMap;

use serde::Deserialize;
use stepwell_sandbox::grants::{Exposure, Given, HostPattern, Secret, Source, Spec};

/// Secrets that are granted to an example's call, by name, as `"secrets"` of an example has them:
/// `{ "token": { "value": "example", "hosts": ["api.example.com"] } }`. Whoever reads the example
/// reads them: they are secrets for the plugin alone.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Secrets(BTreeMap<String, Written>);

/// One of them, as grants have it but for where it comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    value: String,
    #[serde(default)]
    expose: Exposure,
    #[serde(default)]
    hosts: Vec<HostPattern>,
}

impl Secrets {
    /// The grants with these secrets besides.
    pub fn granted(self, mut grants: Spec) -> Spec {
        grants.secrets.extend(self.0.into_iter().map(|(name, secret)| {
            let Written { value, expose, hosts } = secret;
            Secret { name, from: Source::Given(Given(value)), expose, hosts }
        }));
        grants
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_placeholders_unless_they_are_exposed() {
        let secrets: Secrets = serde_json::from_value(json!({
            "id": { "value": "AKIDEXAMPLE", "expose": "value" },
            "token": { "value": "t", "hosts": ["api.example.com"] },
        }))
        .unwrap();
        let granted = secrets.granted(Spec::default()).secrets;
        let shown: Vec<_> = granted.iter().map(Secret::to_string).collect();
        assert_eq!(
            shown,
            [
                "id from a value that was given for it, the value itself",
                "token from a value that was given for it, for api.example.com",
            ]
        );
        assert_eq!(granted[0].from, Source::Given(Given("AKIDEXAMPLE".to_owned())));
    }
}
