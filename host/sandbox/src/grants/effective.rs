//! What a plugin can use: what is granted to it, it imports and, where it can say so, wants.

use serde::Serialize;

use super::{
    Directory, Exposure, SCRATCH, Spec,
    wanted::{Wanted, is_met_by, wants_name},
};
use crate::info::{Info, Kind, interface};

/// What a plugin can use, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// What of the grants it can use: this is what to [open](super::Grants::open).
    pub spec: Spec,
    /// All that is granted, wanted or imported, with the reason. Values of variables and secrets
    /// are not among it.
    pub rows: Vec<Row>,
}

/// One thing that is granted, wanted or imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// What kind of thing.
    pub capability: Capability,
    /// Which.
    pub what: String,
    /// Whether the plugin can use it.
    pub state: State,
    /// Why, or why not.
    pub reason: String,
}

/// A kind of thing that a plugin can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// HTTP requests.
    Http,
    /// TCP connections.
    Connect,
    /// Directories of the host.
    Directory,
    /// A directory of each call's own.
    Scratch,
    /// Environment variables.
    Environment,
    /// Configuration values.
    Config,
    /// Secrets.
    Secret,
    /// Stores of key-value data.
    KeyValue,
    /// Random numbers that are the same in each call.
    RandomSeed,
    /// A wall clock that stands still.
    Clock,
    /// What needs no grant.
    Import,
}

/// Whether a plugin can use something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It can: it is granted.
    Granted,
    /// It can: it needs no grant.
    Always,
    /// It cannot: it wants or imports it, and it is not granted.
    NotGranted,
    /// It cannot: it is granted, but not wanted.
    NotWanted,
    /// It cannot: it is granted, but not imported.
    NotImported,
}

impl Effective {
    /// The grants that have no effect.
    pub fn idle(&self) -> impl Iterator<Item = &Row> {
        let idle = |row: &&Row| matches!(row.state, State::NotWanted | State::NotImported);
        self.rows.iter().filter(idle)
    }
}

impl Spec {
    /// What of these grants a plugin can use: what it imports and, where it is a component, which
    /// says what it wants, what it wants of it.
    pub fn effective(&self, info: &Info) -> Effective {
        let mut found = Finding { info, spec: Spec::default(), rows: Vec::new() };
        found.http(self);
        found.connect(self);
        found.directories(self);
        found.scratch(self);
        found.environment(self);
        found.config(self);
        found.secrets(self);
        found.key_value(self);
        found.fixed(self);
        found.imports();
        Effective { spec: found.spec, rows: found.rows }
    }
}

/// The effective set as far as it is known.
struct Finding<'a> {
    info: &'a Info,
    spec: Spec,
    rows: Vec<Row>,
}

impl Finding<'_> {
    fn add(
        &mut self,
        capability: Capability,
        what: impl Into<String>,
        state: State,
        reason: impl Into<String>,
    ) {
        self.rows.push(Row { capability, what: what.into(), state, reason: reason.into() });
    }

    fn imports_any(&self, interfaces: &[&str]) -> bool {
        imports_any(self.info, interfaces)
    }

    /// A grant of something that the plugin says it wants: whether it can use it.
    fn named(
        &mut self,
        capability: Capability,
        what: String,
        import: &str,
        is_wanted: bool,
    ) -> bool {
        if !self.imports_any(&[import]) {
            self.add(capability, what, State::NotImported, not_imported(import));
        } else if self.info.kind == Kind::Component && !is_wanted {
            self.add(capability, what, State::NotWanted, "the plugin does not say it wants it");
        } else {
            let reason = match self.info.kind {
                Kind::Component => format!("wanted, and it imports `{import}`"),
                Kind::Command => format!("it imports `{import}`"),
            };
            self.add(capability, what, State::Granted, reason);
            return true;
        }
        false
    }

    /// What the plugin wants of a kind, and is not granted.
    fn missing(
        &mut self,
        capability: Capability,
        wanted: &[String],
        granted: impl Fn(&str) -> bool,
    ) {
        for name in wanted.iter().filter(|name| !granted(name)) {
            self.add(capability, name, State::NotGranted, "wanted");
        }
    }

    /// A grant of something that no plugin can say it wants: whether it can use it.
    fn plain(&mut self, capability: Capability, what: String, import: &str) -> bool {
        let is_imported = self.imports_any(&[import]);
        match is_imported {
            true => {
                self.add(capability, what, State::Granted, format!("it imports `{import}`"));
            }
            false => self.add(capability, what, State::NotImported, not_imported(import)),
        }
        is_imported
    }

    /// What could be granted to effect, and is not.
    fn grantable(&mut self, capability: Capability, import: &str) {
        if self.imports_any(&[import]) {
            self.add(capability, "any", State::NotGranted, format!("it imports `{import}`"));
        }
    }

    fn http(&mut self, granted: &Spec) {
        let info = self.info;
        let wants: Vec<_> =
            info.wants.http.iter().map(|text| (text, text.parse::<Wanted>().ok())).collect();
        let mut met = vec![false; wants.len()];
        for rule in &granted.http {
            if info.kind == Kind::Command || !self.imports_any(&["wasi:http"]) {
                if self.named(Capability::Http, rule.to_string(), "wasi:http", true) {
                    self.spec.http.push(rule.clone());
                }
                continue;
            }
            let mut is_wanted = false;
            for ((text, want), met) in wants.iter().zip(&mut met) {
                let Some(narrowed) = want.as_ref().and_then(|want| want.narrow(rule)) else {
                    continue;
                };
                (*met, is_wanted) = (true, true);
                if self.spec.http.contains(&narrowed) {
                    continue;
                }
                let reason = match narrowed == *rule {
                    true => format!("wanted as `{text}`"),
                    false => format!("granted as `{rule}`, wanted as `{text}`"),
                };
                self.add(Capability::Http, narrowed.to_string(), State::Granted, reason);
                self.spec.http.push(narrowed);
            }
            if !is_wanted {
                self.named(Capability::Http, rule.to_string(), "wasi:http", false);
            }
        }
        for ((text, want), met) in wants.iter().zip(met) {
            match want {
                None => {
                    let reason = "wanted, but it is no host, so no grant can meet it";
                    self.add(Capability::Http, *text, State::NotGranted, reason);
                }
                Some(_) if !met => self.add(Capability::Http, *text, State::NotGranted, "wanted"),
                Some(_) => {}
            }
        }
        if info.kind == Kind::Command && granted.http.is_empty() {
            self.grantable(Capability::Http, "wasi:http");
        }
    }

    fn connect(&mut self, granted: &Spec) {
        for endpoint in &granted.connect {
            if self.plain(Capability::Connect, endpoint.to_string(), "wasi:sockets") {
                self.spec.connect.push(endpoint.clone());
            }
        }
        if granted.connect.is_empty() {
            self.grantable(Capability::Connect, "wasi:sockets");
        }
    }

    fn directories(&mut self, granted: &Spec) {
        let wanted = self.info.wants.directories.clone();
        for directory in &granted.directories {
            let is_wanted = wanted.iter().any(|path| is_path(path, &directory.guest));
            let what = directory.to_string();
            if self.named(Capability::Directory, what, "wasi:filesystem", is_wanted) {
                self.spec.directories.push(directory.clone());
            }
        }
        let is_granted = |path: &str| {
            let is_it = |directory: &Directory| is_path(path, &directory.guest);
            granted.directories.iter().any(is_it)
        };
        self.missing(Capability::Directory, &wanted, is_granted);
        if self.info.kind == Kind::Command && granted.directories.is_empty() {
            self.grantable(Capability::Directory, "wasi:filesystem");
        }
    }

    fn scratch(&mut self, granted: &Spec) {
        let Some(size) = granted.scratch else { return };
        let what = format!("{size} at {SCRATCH}");
        if self.plain(Capability::Scratch, what, "wasi:filesystem") {
            self.spec.scratch = Some(size);
        }
    }

    fn environment(&mut self, granted: &Spec) {
        for (name, value) in &granted.environment {
            if self.plain(Capability::Environment, name.clone(), "wasi:cli/environment") {
                self.spec.environment.insert(name.clone(), value.clone());
            }
        }
        if granted.environment.is_empty() {
            self.grantable(Capability::Environment, "wasi:cli/environment");
        }
    }

    fn config(&mut self, granted: &Spec) {
        let wanted = self.info.wants.config.clone();
        for (name, value) in &granted.config {
            let what = format!("{name} = {value}");
            let is_wanted = wants_name(&wanted, name);
            if self.named(Capability::Config, what, "stepwell:task/config", is_wanted) {
                self.spec.config.insert(name.clone(), value.clone());
            }
        }
        let is_granted = |want: &str| granted.config.keys().any(|name| is_met_by(want, name));
        self.missing(Capability::Config, &wanted, is_granted);
    }

    fn secrets(&mut self, granted: &Spec) {
        let wanted = self.info.wants.secrets.clone();
        for secret in &granted.secrets {
            let is_wanted = wants_name(&wanted, &secret.name);
            let what = secret.to_string();
            let is_placeholder = secret.expose == Exposure::Placeholder;
            if is_placeholder && !self.imports_any(&["wasi:http"]) {
                let reason = "its placeholder is of use in requests alone, and the plugin does not \
                              import `wasi:http`";
                self.add(Capability::Secret, what, State::NotImported, reason);
            } else if self.named(Capability::Secret, what, "stepwell:task/secrets", is_wanted) {
                self.spec.secrets.push(secret.clone());
            }
        }
        let is_granted =
            |want: &str| granted.secrets.iter().any(|secret| is_met_by(want, &secret.name));
        self.missing(Capability::Secret, &wanted, is_granted);
    }

    fn key_value(&mut self, granted: &Spec) {
        let wanted = self.info.wants.key_value.clone();
        for grant in &granted.key_value {
            let is_wanted = wanted.contains(&grant.store);
            let what = grant.to_string();
            if self.named(Capability::KeyValue, what, "stepwell:task/key-value", is_wanted) {
                self.spec.key_value.push(grant.clone());
            }
        }
        let is_granted = |name: &str| granted.key_value.iter().any(|grant| grant.store == name);
        self.missing(Capability::KeyValue, &wanted, is_granted);
    }

    fn fixed(&mut self, granted: &Spec) {
        if let Some(seed) = granted.random_seed
            && self.plain(Capability::RandomSeed, seed.to_string(), "wasi:random")
        {
            self.spec.random_seed = Some(seed);
        }
        if let Some(at) = granted.clock
            && self.plain(Capability::Clock, at.to_string(), "wasi:clocks")
        {
            self.spec.clock = Some(at);
        }
    }

    /// What it imports and needs no grant.
    fn imports(&mut self) {
        for (import, reason) in FREE {
            if self.imports_any(&[import]) {
                self.add(Capability::Import, *import, State::Always, *reason);
            }
        }
    }
}

/// Whether a plugin imports one of these interfaces, or anything of these packages.
pub(super) fn imports_any(info: &Info, interfaces: &[&str]) -> bool {
    let imports = |import: &String| {
        let import = interface(import);
        interfaces.iter().any(|known| {
            import == *known || import.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    info.imports.iter().any(imports)
}

/// The interfaces, or packages of them, that need no grant.
const FREE: &[(&str, &str)] = &[
    ("stepwell:task/call", "about the call at hand alone"),
    ("stepwell:task/log", "the log of the call"),
    ("wasi:cli/stdin", "at its end; a command's input"),
    ("wasi:cli/stdout", "the log of the call; a command's output"),
    ("wasi:cli/stderr", "the log of the call"),
    ("wasi:cli/exit", "ends the call"),
    ("wasi:clocks", "the time"),
    ("wasi:io", "waits for what else is granted"),
    ("wasi:random", "random numbers"),
];

fn not_imported(import: &str) -> String {
    format!("the plugin does not import `{import}`")
}

/// Whether two paths are the same to a guest.
fn is_path(one: &str, other: &str) -> bool {
    let bare = |path: &str| path.trim_end_matches('/').to_owned();
    bare(one) == bare(other)
}

impl Capability {
    /// What a grant of it is called in a stepwell.toml.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Connect => "connect",
            Self::Directory => "directory",
            Self::Scratch => "scratch",
            Self::Environment => "environment",
            Self::Config => "config",
            Self::Secret => "secret",
            Self::KeyValue => "key-value",
            Self::RandomSeed => "random-seed",
            Self::Clock => "clock",
            Self::Import => "import",
        }
    }
}

impl State {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Always => "always",
            Self::NotGranted => "not granted",
            Self::NotWanted => "not wanted",
            Self::NotImported => "not imported",
        }
    }
}

#[cfg(test)]
mod tests;
