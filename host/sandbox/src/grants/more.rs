//! What a version of a plugin asks for beyond another one.

use std::{collections::HashSet, fmt};

use super::wanted::{Wanted, wants_name};
use crate::info::{Info, Kind, Wants, interface};

/// What a version asks for that another did not: an operator has to approve of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct More {
    /// Interfaces that it imports, without their versions.
    pub imports: Vec<String>,
    /// What it wants.
    pub wants: Wants,
    /// It does not say any more what it wants, so that what it imports alone decides.
    pub says_nothing: bool,
}

impl Info {
    /// What this version asks for that `other` did not. Where that is nothing, the same grants give
    /// it no more than they gave to `other`.
    pub fn more_than(&self, other: &Self) -> More {
        let imports = |info: &Self| -> Vec<String> {
            info.imports.iter().map(|name| interface(name).to_owned()).collect()
        };
        let known = imports(other);
        let hosts: Vec<Wanted> =
            other.wants.http.iter().filter_map(|text| text.parse().ok()).collect();
        let is_known = |text: &String| match text.parse::<Wanted>() {
            Ok(wanted) => hosts.iter().any(|host| host.covers(&wanted)),
            // What is no host is never met.
            Err(_) => true,
        };
        let mut more = More {
            imports: beyond(&imports(self), &known),
            wants: Wants {
                http: self.wants.http.iter().filter(|text| !is_known(text)).cloned().collect(),
                secrets: beyond_names(&self.wants.secrets, &other.wants.secrets),
                config: beyond_names(&self.wants.config, &other.wants.config),
                directories: beyond(&self.wants.directories, &other.wants.directories),
                key_value: beyond(&self.wants.key_value, &other.wants.key_value),
            },
            says_nothing: self.kind == Kind::Command && other.kind == Kind::Component,
        };
        if other.kind == Kind::Command {
            // Nothing was kept from it for not being wanted.
            more.wants = Wants::default();
        }
        more
    }
}

fn beyond(names: &[String], known: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let beyond = names.iter().filter(|name| !known.contains(name) && seen.insert(*name));
    beyond.cloned().collect()
}

/// Names of which none is covered by what was known, be it by its beginning.
fn beyond_names(names: &[String], known: &[String]) -> Vec<String> {
    let more = beyond(names, known);
    more.into_iter().filter(|name| !wants_name(known, name)).collect()
}

impl More {
    /// Whether it asks for nothing more.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// One a line.
impl fmt::Display for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        lines.extend(self.imports.iter().map(|name| format!("imports {name}")));
        lines.extend(self.wants.lines().map(|line| format!("wants {line}")));
        if self.says_nothing {
            lines.push("does not say what it wants, and can use all that is granted".to_owned());
        }
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::info::Digest;

    fn info(kind: Kind, imports: &[&str], wants: Value) -> Info {
        Info {
            name: "one".to_owned(),
            version: "1.0.0".to_owned(),
            summary: String::new(),
            kind,
            digest: Digest::of(b""),
            tasks: Vec::new(),
            wants: serde_json::from_value(wants).unwrap(),
            imports: imports.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn what_was_asked_for_before_is_not_more() {
        let wants = json!({ "http": ["*.a.com"], "config": ["region"] });
        let old = info(Kind::Component, &["wasi:io/poll@0.2.0", "wasi:http/types@0.2.0"], wants);
        let wants = json!({ "http": ["b.a.com:443"] });
        let new = info(Kind::Component, &["wasi:io/poll@0.2.6"], wants);
        assert!(new.more_than(&old).is_nothing());
        assert!(old.more_than(&old).is_nothing());
    }

    #[test]
    fn names_that_begin_as_was_asked_before_are_not_more() {
        let wants = |names: Value| json!({ "config": names, "secrets": names });
        let all = info(Kind::Component, &[], wants(json!(["connection.*"])));
        let some = info(Kind::Component, &[], wants(json!(["connection.a", "connection.b*"])));
        assert!(some.more_than(&all).is_nothing());
        assert_eq!(
            all.more_than(&some).to_string(),
            "wants secret connection.*\nwants config connection.*"
        );
    }

    #[test]
    fn all_that_is_more_is_named() {
        let wants = json!({ "http": ["*.a.com"], "config": ["region"] });
        let old = info(Kind::Component, &["wasi:io/poll@0.2.0"], wants);
        let wants = json!({
            "http": ["a.com"], "secrets": ["KEY"], "config": ["region", "level"],
            "directories": ["/out"], "key-value": ["orders"],
        });
        let imports = ["wasi:http/types@0.2.0", "wasi:io/poll@0.2.6", "wasi:http/types@0.2.6"];
        let new = info(Kind::Component, &imports, wants);
        assert_eq!(
            new.more_than(&old).to_string(),
            "imports wasi:http/types\nwants http a.com\nwants secret KEY\nwants config level\n\
             wants directory /out\nwants key-value orders"
        );
    }

    #[test]
    fn one_that_cannot_say_what_it_wants_asks_for_all() {
        let wants = json!({ "http": ["a.com"] });
        let component = info(Kind::Component, &["wasi:io/poll@0.2.0"], wants);
        let command = info(Kind::Command, &["wasi:io/poll@0.2.0"], json!({}));
        assert_eq!(
            command.more_than(&component).to_string(),
            "does not say what it wants, and can use all that is granted"
        );
        // What it could use before was not less.
        assert!(component.more_than(&command).is_nothing());
    }
}
