//! Where a request goes.

use std::fmt;

use http::{HeaderValue, Uri};

use crate::capability::endpoint::{Endpoint, Host};

/// A URL that says the same to everybody: its host is a name or an address, its path is ASCII, and
/// there is nothing else in it. The query is kept apart, since it may hold what nobody else is to
/// read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// Whether it is `https`, and not `http`.
    pub(super) tls: bool,
    pub(super) host: Host,
    pub(super) port: u16,
    /// Begins with a slash.
    pub(super) path: String,
    query: Option<String>,
}

/// The port of a scheme.
pub(super) fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

impl Url {
    /// Reads it; none where it is no such URL.
    pub(super) fn read(uri: &Uri) -> Option<Self> {
        let tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?.as_str();
        let endpoint = authority.parse::<Endpoint>();
        let endpoint = endpoint.or_else(|_| format!("{authority}:{}", default_port(tls)).parse());
        let Endpoint { host, port } = endpoint.ok().filter(|endpoint| endpoint.port != 0)?;
        let path = match uri.path() {
            "" => "/",
            path => path,
        };
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !path.starts_with('/') || !plain(path) || !uri.query().is_none_or(plain) {
            return None;
        }
        let (path, query) = (path.to_owned(), uri.query().map(str::to_owned));
        Some(Self { tls, host, port, path, query })
    }

    /// The host as URLs have it.
    pub(super) fn host(&self) -> String {
        match &self.host {
            Host::Name(name) => name.clone(),
            Host::Address(address) if address.is_ipv6() => format!("[{address}]"),
            Host::Address(address) => address.to_string(),
        }
    }

    /// The same URL, of another host.
    pub(super) fn at(&self, host: Host) -> Self {
        Self { host, ..self.clone() }
    }

    /// The same URL, of another host and without its path.
    pub(super) fn origin(&self, host: Host) -> String {
        let (path, query) = (String::new(), None);
        Self { host, path, query, ..*self }.to_string()
    }

    /// The header `Host`.
    pub(super) fn authority(&self) -> HeaderValue {
        let mut authority = self.host();
        if self.port != default_port(self.tls) {
            authority.push_str(&format!(":{}", self.port));
        }
        // A host is made of letters, digits, dots, dashes and the like.
        HeaderValue::try_from(authority).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The query, which is not shown.
    pub(super) fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// What is asked of the host: the path and the query.
    pub(super) fn target(&self) -> Option<Uri> {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path).parse().ok(),
            None => self.path.parse().ok(),
        }
    }
}

/// Without the query.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.tls { "https" } else { "http" }, self.host())?;
        if self.port != default_port(self.tls) {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Url> {
        Url::read(&text.parse().unwrap())
    }

    #[test]
    fn a_url_is_read_and_shown_without_its_query() {
        for (text, shown) in [
            ("https://API.example.com./v1?key=1", "https://api.example.com/v1"),
            ("https://api.example.com:443", "https://api.example.com/"),
            ("http://api.example.com:443/", "http://api.example.com:443/"),
            ("http://[::ffff:10.0.0.1]:8080/", "http://10.0.0.1:8080/"),
            ("http://[2001:db8::1]/?a", "http://[2001:db8::1]/"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_asked_of_the_host_has_the_query() {
        let target = |text| read(text).unwrap().target().unwrap().to_string();
        assert_eq!(target("https://a/b?c=d"), "/b?c=d");
        assert_eq!(target("https://a?c"), "/?c");
        assert_eq!(target("https://a"), "/");
    }

    #[test]
    fn what_could_be_another_host_is_no_url() {
        for text in [
            "https://user@a/",
            "https://user:password@a/",
            "https://a:/",
            "https://a:0/",
            "https://a:99999/",
            "https://a:1:2/",
            "https://a..b/",
            "https://a_b!/",
            "https://[fe80::1%25eth0]/",
            "https://[fe80::1%25]/",
            "ftp://a/",
            "/path",
            "https://a/\u{e9}",
            "https://a/?\u{e9}",
        ] {
            if let Ok(uri) = text.parse() {
                assert_eq!(Url::read(&uri), None, "{text}");
            }
        }
    }
}
