//! What a plugin is installed as, and for whom.

use std::{fmt, str::FromStr};

use stepwell_api::arn::is_account;

/// The name by which a `Resource` calls a plugin: also a Lambda function's, or a service's, such as
/// `aws-sdk:s3`. Never anything but a plain name of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(String);

/// The account id of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tenant(String);

/// A version of a plugin: its number, or at least six digits of its digest's beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector(String);

/// A plugin, and one of its versions or none: `NAME@1.2.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: Name,
    pub(crate) version: Option<Selector>,
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digest = text.strip_prefix("sha256:").unwrap_or(text);
        if digest.len() >= 6 && digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self(digest.to_ascii_lowercase()));
        }
        match text.contains('.') && semver::Version::parse(text).is_ok() {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "`{text}` is no version: write its number, such as 1.2.0, or the first six or more \
                 digits of its digest"
            )),
        }
    }
}

impl Selector {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.split_once('@') {
            Some((name, version)) => Self { name: name.parse()?, version: Some(version.parse()?) },
            None => Self { name: text.parse()?, version: None },
        })
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
        let begins = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if begins && text.len() <= 64 && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "`{text}` is no name for a plugin: write 1 to 64 letters, digits, `-`, `_`, `.` or \
                 `:`, the first a letter or a digit"
            ))
        }
    }
}

impl FromStr for Tenant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if is_account(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is no tenant: an account id has 12 digits"))
        }
    }
}

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Tenant {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom a plugin is installed for, in words.
pub(crate) fn whom(tenant: Option<&Tenant>) -> String {
    match tenant {
        Some(Tenant(id)) => format!("tenant {id}"),
        None => "all tenants".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_no_other_directory() {
        for name in ["payments", "aws-sdk:s3", "id_function", "a.b"] {
            assert_eq!(name.parse::<Name>().unwrap().as_str(), name);
        }
        for name in ["", ".", "..", ".a", "a/b", "a\\b", "é", "-a", &"a".repeat(65)] {
            assert!(name.parse::<Name>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_version_is_named_by_its_number_or_its_digest() {
        let named = |text: &str| text.parse::<Named>().map(|named| named.version);
        assert_eq!(named("pay"), Ok(None));
        for (text, version) in [
            ("pay@1.2.0-rc.1", "1.2.0-rc.1"),
            ("aws-sdk:s3@0A1B2C", "0a1b2c"),
            ("a@sha256:012345", "012345"),
        ] {
            assert_eq!(named(text).unwrap().unwrap().as_str(), version);
        }
        for text in ["pay@", "pay@1.2", "pay@0a1b", "pay@latest"] {
            assert!(named(text).unwrap_err().contains("is no version: write its number"), "{text}");
        }
    }

    #[test]
    fn a_tenant_is_an_account_id() {
        assert_eq!("123456789012".parse::<Tenant>().unwrap().as_str(), "123456789012");
        assert_eq!(
            "12".parse::<Tenant>().unwrap_err(),
            "`12` is no tenant: an account id has 12 digits"
        );
    }
}
