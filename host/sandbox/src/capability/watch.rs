//! What a guest asks for, told to whoever watches.

use std::{fmt, sync::Arc};

/// What a guest asked for, whether or not it was granted.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Use {
    /// A configuration value.
    Config(String),
    /// A secret.
    Secret {
        /// What the guest calls it.
        name: String,
        /// What it was given: the value, or a placeholder.
        given: Option<String>,
    },
    /// A store of key-value data.
    KeyValue {
        /// What the guest calls it.
        store: String,
        /// The entry; of a list of keys, what they begin with.
        key: String,
        /// Whether it was to be changed.
        writes: bool,
    },
    /// An HTTP request.
    Http {
        /// A name or an address.
        host: String,
        /// The port, that of the scheme where the URL has none.
        port: u16,
    },
    /// A TCP connection, or the address of a name: either as the guest wrote it.
    Connect(String),
}

impl fmt::Debug for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(name) => f.debug_tuple("Config").field(name).finish(),
            // What was given may be the secret itself.
            Self::Secret { name, .. } => {
                f.debug_struct("Secret").field("name", name).finish_non_exhaustive()
            }
            Self::KeyValue { store, key, writes } => f
                .debug_struct("KeyValue")
                .field("store", store)
                .field("key", key)
                .field("writes", writes)
                .finish(),
            Self::Http { host, port } => {
                f.debug_struct("Http").field("host", host).field("port", port).finish()
            }
            Self::Connect(to) => f.debug_tuple("Connect").field(to).finish(),
        }
    }
}

/// Told of each use, from inside the call: it must be quick.
pub type Watch = Arc<dyn Fn(Use) + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_for_a_secret_is_not_shown() {
        let used = Use::Secret { name: "key".to_owned(), given: Some("hunter2".to_owned()) };
        assert_eq!(format!("{used:?}"), r#"Secret { name: "key", .. }"#);
    }
}
