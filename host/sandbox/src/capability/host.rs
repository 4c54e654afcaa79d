//! Hosts, as grants name them.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::grants::Error;

/// One host or several.
///
/// A name stands for the public addresses that it resolves to; `localhost` for loopback ones. An
/// address stands for itself, be it private or not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// `*`: every name, and every public address.
    Any,
    /// `*.example.com`: every name below that one.
    Below(String),
    /// This name, in lower case and without a dot at the end.
    Name(String),
    /// This address.
    Address(IpAddr),
}

impl Pattern {
    /// Whether `host`, the host of a URL without its port, is one of them.
    pub fn matches(&self, host: &str) -> bool {
        let name = canonical(host);
        match self {
            Self::Any => true,
            Self::Below(domain) => name
                .strip_suffix(domain.as_str())
                .is_some_and(|label| label.len() > 1 && label.ends_with('.')),
            Self::Name(granted) => *granted == name,
            Self::Address(granted) => address(&name) == Some(*granted),
        }
    }

    /// Whether all hosts of `other` are among these.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Below(domain), Self::Below(inner)) => inner == domain || self.matches(inner),
            (_, Self::Name(name)) => self.matches(name),
            _ => self == other,
        }
    }
}

/// A name as it is compared.
fn canonical(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// The address that a URL's host is, if it is none by name.
pub(crate) fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// Whether that is a name of DNS.
pub(crate) fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.len() <= 253 && name.split('.').all(label)
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Some(address) = address(text) {
            return Ok(Self::Address(address));
        }
        let (below, name) = match text.strip_prefix("*.") {
            Some(domain) => (true, canonical(domain)),
            None => (false, canonical(text)),
        };
        match is_name(&name) {
            true if below => Ok(Self::Below(name)),
            true => Ok(Self::Name(name)),
            false => Err(Error::Host(text.to_owned())),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Below(domain) => write!(f, "*.{domain}"),
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

crate::grants::as_text!(Pattern);

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    #[test]
    fn patterns_are_read_and_shown() {
        for text in ["*", "*.example.com", "api.example.com", "localhost", "10.0.0.1", "[::1]"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        assert_eq!(pattern("API.Example.com.").to_string(), "api.example.com");
        assert_eq!(pattern("[::ffff:10.0.0.1]").to_string(), "10.0.0.1");
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in ["", "a b", "a..b", "*.", "*x", "a.*.b", "http://a", "a/b", "é.com"] {
            let error = text.parse::<Pattern>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "`{text}` is no host: write `api.example.com`, `*.example.com`, `192.0.2.1`, \
                     `[2001:db8::1]` or `*`"
                )
            );
        }
    }

    #[test]
    fn a_pattern_matches_what_it_names_and_nothing_else() {
        assert!(pattern("*").matches("anything.example"));
        let below = pattern("*.example.com");
        assert!(below.matches("api.example.com") && below.matches("A.B.Example.com."));
        for other in ["example.com", ".example.com", "badexample.com", "example.com.evil.net"] {
            assert!(!below.matches(other), "{other}");
        }
        assert!(pattern("api.example.com").matches("API.example.com"));
        assert!(!pattern("api.example.com").matches("xapi.example.com"));
        assert!(pattern("127.0.0.1").matches("[::ffff:127.0.0.1]"));
        assert!(!pattern("127.0.0.1").matches("127.0.0.2"));
    }

    #[test]
    fn a_pattern_covers_those_that_name_no_more() {
        let covers = |one: &str, other: &str| pattern(one).covers(&pattern(other));
        assert!(covers("*", "*.a.com") && covers("*.a.com", "*.b.a.com"));
        assert!(covers("*.a.com", "x.a.com") && covers("x.a.com", "x.a.com"));
        assert!(!covers("*.a.com", "*") && !covers("*.b.a.com", "*.a.com"));
        assert!(!covers("x.a.com", "*.a.com") && !covers("*.a.com", "10.0.0.1"));
    }
}
