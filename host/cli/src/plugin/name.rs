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
    fn a_tenant_is_an_account_id() {
        assert_eq!("123456789012".parse::<Tenant>().unwrap().as_str(), "123456789012");
        assert_eq!(
            "12".parse::<Tenant>().unwrap_err(),
            "`12` is no tenant: an account id has 12 digits"
        );
    }
}
