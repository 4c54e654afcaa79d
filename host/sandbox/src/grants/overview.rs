//! What a plugin can use, by kinds of things.

use super::{Access, Capability, Exposure, Secret, Spec, effective::imports_any};
use crate::info::Info;

/// What a plugin imports, wants, is granted and can use of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The kind.
    pub capability: Capability,
    /// Whether it imports what it could use it with.
    pub imported: bool,
    /// What it says it wants.
    pub wanted: Vec<String>,
    /// What it is granted. Of secrets and values the names, of directories what the plugin sees of
    /// them: neither values nor places of the host.
    pub granted: Vec<String>,
    /// What it can use of that, or without any grant.
    pub effective: Vec<String>,
    /// Why.
    pub reason: String,
}

/// The kinds, with the interfaces that they are used with.
const KINDS: &[(Capability, &[&str])] = &[
    (Capability::Http, &["wasi:http"]),
    (Capability::Connect, &["wasi:sockets"]),
    (Capability::Directory, &["wasi:filesystem"]),
    (Capability::Scratch, &["wasi:filesystem"]),
    (Capability::Environment, &["wasi:cli/environment"]),
    (Capability::Config, &["stepwell:task/config"]),
    (Capability::Secret, &["stepwell:task/secrets"]),
    (Capability::KeyValue, &["stepwell:task/key-value"]),
    (Capability::RandomSeed, &["wasi:random"]),
    (Capability::Clock, &["wasi:clocks"]),
];

impl Spec {
    /// What of each kind a plugin imports, wants, is granted here and can use; kinds of which it
    /// has nothing at all are left out.
    pub fn overview(&self, info: &Info) -> Vec<Overview> {
        let found = self.effective(info);
        let reason = |capability: Capability| {
            let mut reasons: Vec<&str> = Vec::new();
            for row in found.rows.iter().filter(|row| row.capability == capability) {
                if !reasons.contains(&&*row.reason) {
                    reasons.push(&row.reason);
                }
            }
            reasons.join("; ")
        };
        let of = |(capability, interfaces): &(Capability, &[&str])| Overview {
            capability: *capability,
            imported: imports_any(info, interfaces),
            wanted: wanted(info, *capability),
            granted: self.names(*capability),
            effective: found.spec.names(*capability),
            reason: reason(*capability),
        };
        let has_any = |it: &Overview| {
            // A directory of its own, or a clock that stands still, it need not be given.
            let is_extra = matches!(
                it.capability,
                Capability::Scratch | Capability::RandomSeed | Capability::Clock
            );
            (it.imported && !is_extra) || !it.wanted.is_empty() || !it.granted.is_empty()
        };
        let mut all: Vec<_> = KINDS.iter().map(of).filter(has_any).collect();
        let free = found.rows.iter().filter(|row| row.capability == Capability::Import);
        let free: Vec<_> = free.map(|row| row.what.clone()).collect();
        if !free.is_empty() {
            all.push(Overview {
                capability: Capability::Import,
                imported: true,
                wanted: Vec::new(),
                granted: Vec::new(),
                effective: free,
                reason: "needs no grant".to_owned(),
            });
        }
        all
    }

    /// What is granted of a kind, as anybody may see it.
    fn names(&self, capability: Capability) -> Vec<String> {
        match capability {
            Capability::Http => self.http.iter().map(ToString::to_string).collect(),
            Capability::Connect => self.connect.iter().map(ToString::to_string).collect(),
            Capability::Directory => {
                let shown = self.directories.iter();
                shown.map(|it| format!("{}, {}", it.guest, access(it.access))).collect()
            }
            Capability::Scratch => self.scratch.iter().map(ToString::to_string).collect(),
            Capability::Environment => self.environment.keys().cloned().collect(),
            Capability::Config => self.config.keys().cloned().collect(),
            Capability::Secret => self.secrets.iter().map(name).collect(),
            Capability::KeyValue => self.key_value.iter().map(ToString::to_string).collect(),
            Capability::RandomSeed => self.random_seed.iter().map(ToString::to_string).collect(),
            Capability::Clock => self.clock.iter().map(ToString::to_string).collect(),
            Capability::Import => Vec::new(),
        }
    }
}

/// A secret by its name, and where it goes.
fn name(secret: &Secret) -> String {
    let Secret { name, expose, hosts, .. } = secret;
    match expose {
        Exposure::Value => format!("{name}, the value itself"),
        Exposure::Placeholder if hosts.is_empty() => format!("{name}, for no host"),
        Exposure::Placeholder => {
            let hosts: Vec<_> = hosts.iter().map(ToString::to_string).collect();
            format!("{name}, for {}", hosts.join(", "))
        }
    }
}

fn access(access: Access) -> &'static str {
    match access {
        Access::ReadOnly => "read-only",
        Access::ReadWrite => "read-write",
    }
}

fn wanted(info: &Info, capability: Capability) -> Vec<String> {
    let wants = &info.wants;
    match capability {
        Capability::Http => wants.http.clone(),
        Capability::Secret => wants.secrets.clone(),
        Capability::Config => wants.config.clone(),
        Capability::Directory => wants.directories.clone(),
        Capability::KeyValue => wants.key_value.clone(),
        Capability::Connect
        | Capability::Scratch
        | Capability::Environment
        | Capability::RandomSeed
        | Capability::Clock
        | Capability::Import => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        grants::{Directory, Source},
        info::{Digest, Kind, Wants},
    };

    fn info() -> Info {
        Info {
            name: "one".to_owned(),
            version: "1.0.0".to_owned(),
            summary: String::new(),
            kind: Kind::Component,
            digest: Digest::of(b""),
            tasks: Vec::new(),
            wants: Wants {
                http: vec!["api.example.com".to_owned()],
                secrets: vec!["KEY".to_owned()],
                directories: vec!["/in".to_owned()],
                ..Wants::default()
            },
            imports: [
                "stepwell:task/log@1.0.0",
                "stepwell:task/secrets@1.0.0",
                "wasi:filesystem/types@0.2.6",
                "wasi:http/types@0.2.6",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    }

    #[test]
    fn each_kind_is_told_of_without_what_nobody_is_to_see() {
        let secret = Secret {
            name: "KEY".to_owned(),
            from: Source::Env("THE_KEY".to_owned()),
            expose: Exposure::Placeholder,
            hosts: vec!["api.example.com".parse().unwrap()],
        };
        let directory = Directory {
            host: "/srv/private".into(),
            guest: "/in".to_owned(),
            access: Access::ReadWrite,
        };
        let spec = Spec {
            secrets: vec![secret],
            directories: vec![directory],
            environment: [("TOKEN".to_owned(), "hush".to_owned())].into(),
            ..Spec::default()
        };
        let all = spec.overview(&info());
        let told = all.iter().map(|it| (it.capability.as_str(), it.imported, &*it.reason));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("http", true, "wanted"),
                ("directory", true, "wanted, and it imports `wasi:filesystem`"),
                ("environment", false, "the plugin does not import `wasi:cli/environment`"),
                ("secret", true, "wanted, and it imports `stepwell:task/secrets`"),
                ("import", true, "needs no grant"),
            ]
        );
        assert_eq!(all[0].wanted, ["api.example.com"]);
        assert!(all[0].granted.is_empty() && all[0].effective.is_empty());
        assert_eq!(all[1].effective, ["/in, read-write"]);
        assert_eq!((&*all[2].granted, &*all[2].effective), (&["TOKEN".to_owned()][..], &[][..]));
        assert_eq!(all[3].effective, ["KEY, for api.example.com"]);
        assert_eq!(all[4].effective, ["stepwell:task/log"]);
        let shown = format!("{all:?}");
        for hidden in ["hush", "/srv/private", "THE_KEY"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
