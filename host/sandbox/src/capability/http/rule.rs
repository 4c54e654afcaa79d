//! Which requests a grant allows.

use std::{fmt, str::FromStr};

use http::{Method, Uri};

use super::url::{Url, default_port};
use crate::{capability::host::Pattern, grants::Error};

/// Requests that are granted, as `[METHOD[,METHOD]... ]SCHEME://HOST[:PORT][/PATH]`, such as
/// `https://api.example.com`, `GET,POST https://*.example.com:8443/v1/*` or
/// `http://127.0.0.1:8080/health`.
///
/// Without methods all are granted, without a path all paths. A path that ends in `*` stands for
/// all that begin so. Without a port it is the scheme's own: 443 or 80.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The methods; empty for all.
    pub methods: Vec<Method>,
    /// Whether it is `https`, and not `http`.
    pub tls: bool,
    /// The hosts.
    pub host: Pattern,
    /// The port.
    pub port: u16,
    /// The paths; none for all.
    pub path: Option<Path>,
}

/// Paths of URLs. The query is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Path {
    /// This one.
    Exact(String),
    /// All that begin so.
    Prefix(String),
}

impl Path {
    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == path,
            Self::Prefix(prefix) => path.starts_with(prefix.as_str()),
        }
    }
}

/// What a server may take for another path than the one that was compared: dot segments, empty
/// segments, and escaped or backward slashes and dots.
fn is_ambiguous(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["%2e", "%2f", "%5c", "%25", "\\", "//"].iter().any(|odd| lower.contains(odd))
        || lower.split('/').any(|segment| matches!(segment.split(';').next(), Some("." | "..")))
}

impl Rule {
    /// Whether a request of that method to that URL is granted; one that is no URL of a host never
    /// is.
    pub fn grants(&self, method: &Method, url: &Uri) -> bool {
        Url::read(url).is_some_and(|url| self.allows(method, &url))
    }

    /// Whether a request of that method to that URL is granted.
    pub(crate) fn allows(&self, method: &Method, url: &Url) -> bool {
        let path = |granted: &Path| !is_ambiguous(&url.path) && granted.matches(&url.path);
        (self.methods.is_empty() || self.methods.contains(method))
            && self.tls == url.tls
            && self.port == url.port
            && self.host.matches(&url.host())
            && self.path.as_ref().is_none_or(path)
    }
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::Request(text.to_owned());
        let (methods, url) = text.rsplit_once(' ').unwrap_or(("", text));
        let method = |method: &str| {
            let known = method.bytes().all(|b| b.is_ascii_uppercase());
            Method::from_bytes(method.as_bytes()).ok().filter(|_| known)
        };
        let methods = match methods.trim() {
            "" => Vec::new(),
            some => some
                .split(',')
                .map(|name| method(name.trim()).ok_or_else(invalid))
                .collect::<Result<_, _>>()?,
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(invalid)?;
        let tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(invalid()),
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(invalid)?;
                (host, port)
            }
            _ => (authority, default_port(tls)),
        };
        let path = match path.strip_suffix('*') {
            Some(prefix) => Some(Path::Prefix(prefix.to_owned())),
            None if path.is_empty() => None,
            None => Some(Path::Exact(path.to_owned())),
        };
        if let Some(Path::Exact(path) | Path::Prefix(path)) = &path
            && (is_ambiguous(path) || path.contains(['*', '?', '#']))
        {
            return Err(invalid());
        }
        Ok(Self { methods, tls, host: host.parse().map_err(|_| invalid())?, port, path })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, method) in self.methods.iter().enumerate() {
            write!(f, "{}{method}", if at == 0 { "" } else { "," })?;
        }
        if !self.methods.is_empty() {
            f.write_str(" ")?;
        }
        write!(f, "{}://{}", if self.tls { "https" } else { "http" }, self.host)?;
        if self.port != default_port(self.tls) {
            write!(f, ":{}", self.port)?;
        }
        match &self.path {
            None => Ok(()),
            Some(Path::Exact(path)) => f.write_str(path),
            Some(Path::Prefix(prefix)) => write!(f, "{prefix}*"),
        }
    }
}

crate::grants::as_text!(Rule);

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rule: &str, method: &str, url: &str) -> bool {
        let rule: Rule = rule.parse().unwrap();
        let url = Url::read(&url.parse().unwrap()).unwrap();
        rule.allows(&method.parse().unwrap(), &url)
    }

    #[test]
    fn rules_are_read_and_shown() {
        for text in [
            "https://api.example.com",
            "GET,POST https://*.example.com:8443/v1/*",
            "http://127.0.0.1:8080/health",
            "http://[::1]:8080",
            "PUT https://*/",
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        let rule: Rule = "GET, PUT https://A.example:443".parse().unwrap();
        assert_eq!(rule.to_string(), "GET,PUT https://a.example");
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in [
            "",
            "api.example.com",
            "ftp://a",
            "https://",
            "https://a:0",
            "https://a:b",
            "get https://a",
            "GET,,PUT https://a",
            "https://user@a",
            "https://a/../b",
            "https://a/b*c",
            "https://a/b?c",
        ] {
            let error = text.parse::<Rule>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` grants no requests: ")), "{error}");
        }
    }

    #[test]
    fn a_rule_allows_its_methods_hosts_ports_and_paths_alone() {
        let rule = "GET https://api.example.com/v1/*";
        assert!(allows(rule, "GET", "https://api.example.com/v1/a?b=c"));
        assert!(allows(rule, "GET", "https://API.example.com:443/v1/"));
        assert!(!allows(rule, "POST", "https://api.example.com/v1/a"));
        assert!(!allows(rule, "GET", "http://api.example.com/v1/a"));
        assert!(!allows(rule, "GET", "https://api.example.com:8443/v1/a"));
        assert!(!allows(rule, "GET", "https://api.example.com/v2/a"));
        assert!(!allows(rule, "GET", "https://api.example.com.evil.net/v1/a"));
        assert!(allows("https://a", "PATCH", "https://a/any/../where"));
        assert!(allows("https://a/b", "GET", "https://a/b?c"));
        assert!(!allows("https://a/b", "GET", "https://a/b/"));
    }

    #[test]
    fn a_path_that_could_be_another_is_not_allowed_by_its_beginning() {
        for path in
            ["../admin", "%2e%2e/admin", "..%2fadmin", "a/..;/admin", "a//b", "..%5cadmin", "%252e"]
        {
            let url = format!("https://a/v1/{path}");
            assert!(!allows("https://a/v1/*", "GET", &url), "{url}");
        }
    }
}
