//! Where a plugin's file is: here, or in a registry.

use std::{fmt, path::PathBuf, str::FromStr};

use stepwell_registry::{
    Reference,
    reference::{NoReference, SCHEME},
};

/// A file, or an artifact of a registry, which begins with `oci://`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    File(PathBuf),
    Registry(Reference),
}

impl FromStr for From {
    type Err = NoReference;

    fn from_str(text: &str) -> Result<Self, NoReference> {
        match text.starts_with(SCHEME) {
            true => Ok(Self::Registry(text.parse()?)),
            false => Ok(Self::File(text.into())),
        }
    }
}

/// As it is written in commands.
impl fmt::Display for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Registry(reference) => write!(f, "{SCHEME}{reference}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_told_from_a_file() {
        let read = |text: &str| text.parse::<From>();
        assert_eq!(read("a.com/pay:1"), Ok(From::File("a.com/pay:1".into())));
        let from = read("oci://a.com/pay:1").unwrap();
        assert_eq!(
            (&from, &*from.to_string()),
            (&From::Registry("a.com/pay:1".parse().unwrap()), "oci://a.com/pay:1")
        );
        assert!(read("oci://pay").unwrap_err().to_string().contains("names no registry"));
    }
}
