//! For which repositories a publisher speaks.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::reference::Repository;

/// A repository, or all below one, or all of a registry: `registry.example.com/acme/payments`,
/// `registry.example.com/acme/*`, `registry.example.com/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    One(Repository),
    Below(Repository),
    All(String),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no repositories: write one, as registry.example.com/acme/payments, or all below a \
     name, as registry.example.com/acme/*"
)]
pub struct NoPattern(String);

impl Pattern {
    /// Whether the repository is one of those. A name stands for itself alone, and never for names
    /// that merely begin with it.
    pub fn covers(&self, repository: &Repository) -> bool {
        match &self.0 {
            Kind::One(one) => one == repository,
            Kind::Below(above) => {
                let name = repository.name().strip_prefix(above.name());
                repository.registry() == above.registry()
                    && name.is_some_and(|rest| rest.starts_with('/'))
            }
            Kind::All(registry) => registry == repository.registry(),
        }
    }
}

impl FromStr for Pattern {
    type Err = NoPattern;

    fn from_str(text: &str) -> Result<Self, NoPattern> {
        let no_pattern = |_| NoPattern(text.to_owned());
        let Some(above) = text.strip_suffix("/*") else {
            return Ok(Self(Kind::One(text.parse().map_err(no_pattern)?)));
        };
        if above.contains('/') {
            return Ok(Self(Kind::Below(above.parse().map_err(no_pattern)?)));
        }
        // Whatever name a repository has, it shows whether this is a registry, and which.
        let any: Repository = format!("{above}/any").parse().map_err(no_pattern)?;
        Ok(Self(Kind::All(any.registry().to_owned())))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::One(one) => write!(f, "{one}"),
            Kind::Below(above) => write!(f, "{above}/*"),
            Kind::All(registry) => write!(f, "{registry}/*"),
        }
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_it_names_and_no_neighbour() {
        let covers = |pattern: &str, repository: &str| {
            let pattern: Pattern = pattern.parse().unwrap();
            assert_eq!(pattern.to_string().parse(), Ok(pattern.clone()));
            pattern.covers(&repository.parse().unwrap())
        };
        assert!(covers("a.com/acme/pay", "a.com/acme/pay"));
        assert!(covers("a.com/acme/*", "a.com/acme/pay"));
        assert!(covers("a.com/acme/*", "a.com/acme/pay/more"));
        assert!(covers("a.com:5000/*", "a.com:5000/pay"));
        assert!(covers("docker.io/acme/*", "index.docker.io/acme/pay"));
        for (pattern, repository) in [
            ("a.com/acme/pay", "a.com/acme/pay/more"),
            ("a.com/acme/pay", "a.com/acme/payments"),
            ("a.com/acme/*", "a.com/acme"),
            ("a.com/acme/*", "a.com/acme-evil/pay"),
            ("a.com/acme/*", "b.com/acme/pay"),
            ("a.com/*", "a.com:5000/pay"),
            ("a.com/*", "evil.a.com/pay"),
        ] {
            assert!(!covers(pattern, repository), "{pattern} covers {repository}");
        }
    }

    #[test]
    fn what_names_no_registry_is_refused() {
        for text in ["*", "/*", "acme/*", "*.example.com/a", "a.com/*/pay", "a.com/a*", "a.com/a:1"]
        {
            let error = text.parse::<Pattern>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` names no repositories: write one")));
        }
    }
}
