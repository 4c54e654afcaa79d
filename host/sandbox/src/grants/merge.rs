//! Grants that are added to others.

use super::Spec;

impl Spec {
    /// Adds grants. One of the same name, or for the same path of the guest, takes the place of the
    /// one that is there.
    pub fn add(&mut self, more: Self) {
        let Self {
            directories,
            scratch,
            connect,
            http,
            environment,
            config,
            secrets,
            key_value,
            random_seed,
            clock,
        } = more;
        put(&mut self.directories, directories, |one, other| same_path(&one.guest, &other.guest));
        put(&mut self.connect, connect, PartialEq::eq);
        put(&mut self.http, http, PartialEq::eq);
        put(&mut self.secrets, secrets, |one, other| one.name == other.name);
        put(&mut self.key_value, key_value, |one, other| one.store == other.store);
        self.environment.extend(environment);
        self.config.extend(config);
        self.scratch = scratch.or(self.scratch);
        self.random_seed = random_seed.or(self.random_seed);
        self.clock = clock.or(self.clock);
    }
}

/// Whether the guest finds the same directory at two paths.
fn same_path(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn put<T>(all: &mut Vec<T>, more: Vec<T>, is_same: impl Fn(&T, &T) -> bool) {
    for one in more {
        match all.iter_mut().find(|other| is_same(&one, other)) {
            Some(other) => *other = one,
            None => all.push(one),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_added_takes_the_place_of_what_has_its_name() {
        let spec = |value| serde_json::from_value::<Spec>(value).unwrap();
        let mut all = spec(json!({
            "http": ["https://a.com"],
            "scratch": "1MiB",
            "config": { "a": "1", "b": "2" },
            "directories": [{ "host": "/one", "guest": "/out" }],
            "key-value": [{ "store": "orders" }],
        }));
        all.add(spec(json!({
            "http": ["https://a.com", "https://b.com"],
            "config": { "b": "3" },
            "directories": [{ "host": "/two", "guest": "/out/", "access": "read-write" }],
            "key-value": [{ "store": "orders", "size": "1MiB" }, { "store": "carts" }],
        })));
        let expected = spec(json!({
            "http": ["https://a.com", "https://b.com"],
            "scratch": "1MiB",
            "config": { "a": "1", "b": "3" },
            "directories": [{ "host": "/two", "guest": "/out/", "access": "read-write" }],
            "key-value": [{ "store": "orders", "size": "1MiB" }, { "store": "carts" }],
        }));
        assert_eq!(all, expected);
    }
}
