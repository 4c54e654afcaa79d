//! Tasks that stand for AWS's integrations and for services that workflows name most, run by
//! definitions that would do elsewhere, against servers on loopback.

mod ecs;
mod http_invoke;
mod tickets;

use std::{io::Write as _, sync::Arc};

use serde_json::Value;
use stepwell_engine::{Clock, Engine};
use stepwell_interpreter::event::Details;
use stepwell_sandbox::{
    Grants, Limits, Network, Sandbox,
    grants::{Exposure, Secret, Source, Spec},
};
use stepwell_tasks::{Installed, Plugins};
use tempfile::NamedTempFile;

use crate::{
    http::{
        tls::Authority,
        world::{PUBLIC, Script, Way, World},
    },
    support::{Report, admit, follow, start},
};

/// A server with TLS, and a plugin that reaches it as `api.example`.
struct Setting {
    authority: Authority,
    world: World,
    plugin: &'static str,
    spec: Spec,
    secrets: Vec<NamedTempFile>,
}

impl Setting {
    /// Nobody answers at all.
    fn silent(plugin: &'static str, spec: Value) -> Self {
        Self {
            authority: Authority::new(),
            world: World::default().name("api.example", &[&[PUBLIC]]).way(PUBLIC, Way::Nowhere),
            plugin,
            spec: serde_json::from_value(spec).unwrap(),
            secrets: Vec::new(),
        }
    }

    /// The server answers by the script. Gives what it is sent.
    async fn answering(
        plugin: &'static str,
        spec: Value,
        script: Script,
    ) -> (Self, crate::http::tls::Seen) {
        let setting = Self::silent(plugin, spec);
        let (server, seen) = setting.authority.server_saying("api.example", script).await;
        let world = World::default().name("api.example", &[&[PUBLIC]]).way(PUBLIC, Way::To(server));
        (Self { world, ..setting }, seen)
    }

    /// Grants a secret that the plugin sees a placeholder of, for `api.example`.
    fn with_secret(mut self, name: &str, value: &str) -> Self {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(value.as_bytes()).unwrap();
        self.spec.secrets.push(Secret {
            name: name.to_owned(),
            from: Source::File(file.path().to_owned()),
            expose: Exposure::Placeholder,
            hosts: vec!["api.example".parse().unwrap()],
        });
        self.secrets.push(file);
        self
    }

    /// An engine that has the plugin under its name. Its clock skips what nobody needs.
    async fn engine(self) -> Engine {
        let network: Arc<dyn Network> = Arc::new(self.world);
        let sandbox = Sandbox::with_network(&self.authority.options(), network).unwrap();
        let plugin = admit(&sandbox, self.plugin).await;
        // What it has is what it says it wants.
        let grants = Grants::open(self.spec.effective(plugin.info()).spec).unwrap();
        let mut plugins = Plugins::default();
        plugins.install(self.plugin, Installed { plugin, grants, limits: Limits::default() });
        Engine::new(Arc::new(plugins), Clock::system().fast_forward())
    }

    async fn run(self, resource: &str, fields: Value, input: Value) -> Report {
        follow(start(&self.engine().await, resource, fields, input)).await
    }
}

/// An answer with a status line, headers and a body.
fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

impl Report {
    /// The errors of the attempts, in order.
    fn errors(&self) -> Vec<String> {
        let error = |end: &stepwell_engine::TaskEnd| {
            Some(end.result.as_ref().err()?.error.clone().unwrap_or_default())
        };
        self.attempts.iter().filter_map(error).collect()
    }

    /// Seconds from the first event to the last.
    fn took(&self) -> i64 {
        let [first, .., last] = &self.events[..] else { return 0 };
        last.timestamp.duration_since(first.timestamp).as_secs()
    }

    /// Seconds between the end of one attempt and the beginning of the next.
    fn pauses(&self) -> Vec<i64> {
        let ended = |details: &Details| {
            matches!(details, Details::TaskFailed(..) | Details::TaskTimedOut(..))
        };
        let mut pauses = Vec::new();
        let mut last = None;
        for event in &self.events {
            match &event.details {
                details if ended(details) => last = Some(event.timestamp),
                Details::TaskScheduled(_) => {
                    let last = last.take();
                    pauses.extend(last.map(|last| event.timestamp.duration_since(last).as_secs()));
                }
                _ => {}
            }
        }
        pauses
    }
}
