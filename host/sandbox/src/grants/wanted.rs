//! Hosts, and names of values and secrets, as a plugin wants them.

use std::str::FromStr;

use super::{Error, HostPattern, HttpRule};
use crate::capability::address::is_public;

/// A host, or several, and a port: `host`, `host:port` or `*.domain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    host: HostPattern,
    /// None for any.
    port: Option<u16>,
}

impl FromStr for Wanted {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(host) = text.parse() {
            return Ok(Self { host, port: None });
        }
        let invalid = || Error::Host(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(invalid)?;
        let port = port.parse().map_err(|_| invalid())?;
        Ok(Self { host: host.parse().map_err(|_| invalid())?, port: Some(port) })
    }
}

impl Wanted {
    /// Whether requests to a host and port are wanted.
    pub fn includes(&self, host: &str, port: u16) -> bool {
        self.host.matches(host) && self.port.is_none_or(|wanted| wanted == port)
    }

    /// Whether all that `other` wants is wanted here.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.host.covers(&other.host) && (self.port.is_none() || self.port == other.port)
    }

    /// What of a rule is wanted, if anything.
    pub(super) fn narrow(&self, rule: &HttpRule) -> Option<HttpRule> {
        if self.port.is_some_and(|port| port != rule.port) {
            return None;
        }
        if self.host.covers(&rule.host) {
            return Some(rule.clone());
        }
        let narrower = rule.host.covers(&self.host) && !is_private(&self.host);
        narrower.then(|| HttpRule { host: self.host.clone(), ..rule.clone() })
    }
}

/// Whether a name is among those that are wanted: `region`, or `connection.*` for all names that
/// begin with `connection.`.
pub fn wants_name(wanted: &[String], name: &str) -> bool {
    wanted.iter().any(|want| is_met_by(want, name))
}

/// Whether a name, or all names that begin so where it ends in `*` itself, is what is wanted.
pub(super) fn is_met_by(want: &str, name: &str) -> bool {
    want == name || want.strip_suffix('*').is_some_and(|begin| name.starts_with(begin))
}

/// Whether a host that is named stands for addresses that no pattern stands for.
fn is_private(host: &HostPattern) -> bool {
    match host {
        HostPattern::Address(address) => !is_public(*address),
        HostPattern::Name(name) => name == "localhost",
        HostPattern::Any | HostPattern::Below(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Wanted {
        text.parse().unwrap()
    }

    fn narrow(want: &str, rule: &str) -> Option<String> {
        wanted(want).narrow(&rule.parse().unwrap()).map(|rule| rule.to_string())
    }

    #[test]
    fn hosts_are_wanted_with_and_without_a_port() {
        assert_eq!(wanted("a.com:8443").port, Some(8443));
        assert_eq!(wanted("[::1]:80").port, Some(80));
        assert_eq!(wanted("[::1]").port, None);
        for text in ["", "a b", "a:b", "https://a.com", "a.com:70000"] {
            assert!(text.parse::<Wanted>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_wanted_by_themselves_and_by_their_beginning() {
        let wanted = ["region".to_owned(), "connection.*".to_owned()];
        for name in ["region", "connection.shop", "connection.", "connection.*", "connection.a*"] {
            assert!(wants_name(&wanted, name), "{name}");
        }
        for name in ["regions", "regio", "connection", "Connection.shop", "*", "c*"] {
            assert!(!wants_name(&wanted, name), "{name}");
        }
        assert!(wants_name(&["*".to_owned()], "anything"));
    }

    #[test]
    fn a_want_covers_those_that_ask_for_no_more() {
        assert!(wanted("*.a.com").covers(&wanted("b.a.com:443")));
        assert!(wanted("a.com:443").covers(&wanted("a.com:443")));
        assert!(!wanted("a.com:443").covers(&wanted("a.com")));
        assert!(!wanted("b.a.com").covers(&wanted("*.a.com")));
    }

    #[test]
    fn of_a_rule_no_more_is_left_than_is_wanted_and_no_more_than_is_granted() {
        assert_eq!(narrow("*", "GET https://a.com/v1/*").unwrap(), "GET https://a.com/v1/*");
        assert_eq!(
            narrow("b.a.com", "GET https://*.a.com/v1/*").unwrap(),
            "GET https://b.a.com/v1/*"
        );
        assert_eq!(narrow("a.com:443", "https://a.com").unwrap(), "https://a.com");
        assert_eq!(narrow("a.com:8443", "https://a.com"), None);
        assert_eq!(narrow("b.com", "https://a.com"), None);
    }

    #[test]
    fn a_want_opens_no_private_address_that_a_pattern_leaves_out() {
        assert_eq!(narrow("10.0.0.1", "http://*"), None);
        assert_eq!(narrow("localhost", "http://*"), None);
        assert_eq!(narrow("10.0.0.1", "http://10.0.0.1").unwrap(), "http://10.0.0.1");
        assert_eq!(narrow("*", "http://10.0.0.1").unwrap(), "http://10.0.0.1");
    }
}
