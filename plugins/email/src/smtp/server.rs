//! Which server takes a message, and how it is spoken to.

use std::{fmt, net::IpAddr};

use stepwell_task::{Failure, config, secrets};

/// A server.
#[derive(Debug)]
pub(crate) struct Server {
    /// `host:port`.
    pub(crate) address: String,
    pub(crate) security: Security,
    /// Who the client is, where the server asks.
    pub(crate) credentials: Option<Credentials>,
    /// Certificates in PEM of authorities that are believed besides Mozilla's.
    pub(crate) authorities: Option<String>,
}

/// How a connection is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// Not at all.
    None,
    /// By TLS after STARTTLS (RFC 3207), and not without.
    StartTls,
    /// By TLS from the beginning (RFC 8314).
    Tls,
}

pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// Never the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Server {
    /// The server that a message names, or else the operator's; none where there is neither.
    pub(crate) fn find(named: Option<&str>) -> Result<Option<Self>, Failure> {
        let own = config::get("smtp-server");
        let Some(address) = named.or(own.as_deref()) else { return Ok(None) };
        // The login and the authorities are those of the operator's server: another one that the
        // message names is told nothing.
        if own.as_deref() != Some(address) {
            return Ok(Some(Self::plain(address).with_usual_security()));
        }
        let server = Self::plain(address).with_usual_security();
        let security = match config::get("smtp-security").as_deref() {
            None => server.security,
            Some("none") => Security::None,
            Some("starttls") => Security::StartTls,
            Some("tls") => Security::Tls,
            Some(other) => {
                let cause = format!("smtp-security is {other:?}, and not none, starttls or tls");
                return Err(Failure::new("InvalidConfiguration", cause));
            }
        };
        let credentials = match (secrets::get("smtp-user"), secrets::get("smtp-password")) {
            (Some(user), Some(password)) => Some(Credentials { user, password }),
            (None, None) => None,
            _ => {
                let cause = "of smtp-user and smtp-password one is granted, and the other is not";
                return Err(Failure::new("InvalidConfiguration", cause));
            }
        };
        let authorities = config::get("smtp-ca");
        Ok(Some(Self { security, credentials, authorities, ..server }))
    }

    /// A server that is spoken to in the clear.
    pub(crate) fn plain(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            security: Security::None,
            credentials: None,
            authorities: None,
        }
    }

    /// What its port stands for.
    fn with_usual_security(self) -> Self {
        let security = match self.address.rsplit_once(':') {
            Some((_, "465")) => Security::Tls,
            Some((_, "587")) => Security::StartTls,
            _ => Security::None,
        };
        Self { security, ..self }
    }

    /// The host without the port, and without the brackets of an IPv6 address.
    pub(super) fn host(&self) -> &str {
        let host = self.address.rsplit_once(':').map_or(&*self.address, |(host, _)| host);
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// Whether what is sent there stays on the machine.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.host();
        let is_loopback = |address: IpAddr| address.is_loopback();
        host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
    }
}

#[cfg(test)]
mod tests {
    use stepwell_task::local;

    use super::*;

    #[test]
    fn a_port_says_how_it_is_spoken_to() {
        let security = |address| Server::find(Some(address)).unwrap().unwrap().security;
        assert_eq!(security("mail.example.com:465"), Security::Tls);
        assert_eq!(security("mail.example.com:587"), Security::StartTls);
        assert_eq!(security("mail.example.com:25"), Security::None);
    }

    #[test]
    fn the_login_is_for_the_operators_server_alone() {
        assert!(Server::find(None).unwrap().is_none());
        local::set_config("smtp-server", "mail.example.com:25");
        local::set_config("smtp-security", "starttls");
        local::set_config("smtp-ca", "PEM");
        local::set_secret("smtp-user", "ada");
        local::set_secret("smtp-password", "s3cret");
        let own = Server::find(None).unwrap().unwrap();
        assert_eq!(
            (own.address.as_str(), own.security),
            ("mail.example.com:25", Security::StartTls)
        );
        assert_eq!(own.authorities.as_deref(), Some("PEM"));
        let shown = format!("{own:?}");
        assert!(shown.contains("ada") && !shown.contains("s3cret"), "{shown}");
        let other = Server::find(Some("other.example.com:25")).unwrap().unwrap();
        assert!(other.credentials.is_none() && other.authorities.is_none());
    }

    #[test]
    fn half_a_login_is_none() {
        local::set_config("smtp-server", "mail.example.com:25");
        local::set_secret("smtp-user", "ada");
        assert_eq!(
            Server::find(None).unwrap_err().to_string(),
            "InvalidConfiguration: of smtp-user and smtp-password one is granted, and the other is \
             not"
        );
        local::set_config("smtp-security", "ssl");
        assert_eq!(
            Server::find(None).unwrap_err().to_string(),
            "InvalidConfiguration: smtp-security is \"ssl\", and not none, starttls or tls"
        );
    }

    #[test]
    fn loopback_is_told_from_elsewhere() {
        for address in ["localhost:25", "127.0.0.1:25", "127.9.9.9:25", "[::1]:25"] {
            assert!(Server::plain(address).is_loopback(), "{address}");
        }
        for address in ["localhost.example.com:25", "10.0.0.1:25", "127.0.0.1.example.com:25", ""] {
            assert!(!Server::plain(address).is_loopback(), "{address}");
        }
    }
}
