//! Runs cases.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    case::{self, Admit, Case, Execute, Occasion, Run, See, Step},
    host::{Error, Host},
    pattern,
    probes::Probes,
    protocol::{self, Answer, Ask, Claim, Done, Greeting, Hello},
    variables::Variables,
    world::World,
};

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The host keeps the contract there.
    Passed,
    /// It does not, or that could not be seen: why.
    Failed(String),
    /// The host does not claim these, and the case needs them.
    NotClaimed(BTreeSet<Claim>),
}

/// A suite that runs against a host.
pub struct Suite<'a> {
    host: &'a dyn Host,
    probes: &'a Probes,
    /// How long is waited for what must happen outside of the host.
    patience: Duration,
    hello: Hello,
    next: AtomicU64,
}

/// What names in HTTP requests resolve to, and where public addresses lead. Nothing leaves the
/// machine.
fn greeting() -> Greeting {
    let names = [
        ("public.example", "9.9.9.9"),
        ("sub.public.example", "9.9.9.9"),
        ("loopback.example", "127.0.0.1"),
        ("private.example", "10.1.2.3"),
        ("link-local.example", "169.254.169.254"),
    ];
    // They are addresses: the list above is fixed.
    let ip = |text: &str| text.parse().unwrap_or(std::net::Ipv4Addr::UNSPECIFIED.into());
    Greeting {
        protocol: protocol::VERSION,
        names: names.map(|(name, address)| (name.to_owned(), vec![ip(address)])).into(),
        ways: [(ip("9.9.9.9"), ip("127.0.0.1"))].into(),
    }
}

impl<'a> Suite<'a> {
    /// Asks a host what it is.
    ///
    /// # Errors
    ///
    /// Where it does not answer.
    pub fn begin(
        host: &'a dyn Host,
        probes: &'a Probes,
        patience: Duration,
    ) -> Result<Self, Error> {
        let hello = match host.ask(0, Ask::Hello(greeting()))? {
            Answer::Hello(hello) => hello,
            other => return Err(astray("what the host is", &other)),
        };
        Ok(Self { host, probes, patience, hello, next: AtomicU64::new(1) })
    }

    /// What the host is.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Runs a case.
    pub fn run(&self, case: &Case) -> Verdict {
        let missing: BTreeSet<_> = case.needs.difference(&self.hello.claims).copied().collect();
        if !missing.is_empty() {
            return Verdict::NotClaimed(missing);
        }
        match Running::begin(self, case).and_then(|mut running| running.all()) {
            Ok(()) => Verdict::Passed,
            Err(why) => Verdict::Failed(why),
        }
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn ask(&self, id: u64, ask: Ask) -> Result<Answer, Error> {
        match self.host.ask(id, ask)? {
            Answer::Failed(why) => Err(Error::Failed(why)),
            answer => Ok(answer),
        }
    }

    fn done(&self, id: u64, ask: Ask) -> Result<Done, Error> {
        match self.ask(id, ask)? {
            Answer::Done(done) => Ok(done),
            other => Err(astray("to run something", &other)),
        }
    }
}

fn astray(asked: &'static str, answer: &Answer) -> Error {
    Error::Astray { asked, answer: format!("{answer:?}") }
}

/// A case under way.
struct Running<'a> {
    suite: &'a Suite<'a>,
    case: &'a Case,
    variables: Variables,
    world: World,
}

/// A run that is ready to be asked for.
struct Prepared<'a> {
    id: u64,
    ask: Ask,
    run: &'a Run,
}

impl<'a> Running<'a> {
    fn begin(suite: &'a Suite<'a>, case: &'a Case) -> Result<Self, String> {
        let mut variables = Variables::default();
        let world = World::open(&case.world, &mut variables)
            .map_err(|error| format!("the suite cannot make the world of the case: {error}"))?;
        variables.set("unique", world.http.address().port().to_string());
        Ok(Self { suite, case, variables, world })
    }

    fn all(&mut self) -> Result<(), String> {
        let case = self.case;
        for (number, step) in case.step.iter().enumerate() {
            self.take(step).map_err(|why| format!("step {}: {why}", number + 1))?;
        }
        Ok(())
    }

    fn take(&mut self, step: &'a Step) -> Result<(), String> {
        match step {
            Step::Admit(admit) => self.admit(admit),
            Step::Run(run) => {
                let prepared = self.prepare(run)?;
                let done = self.one(prepared)?;
                run.expect.check(&done, &mut self.variables)
            }
            Step::Together(together) => self.together(&together.run),
            Step::Execute(execution) => self.execute(execution),
            Step::See(see) => self.see(see),
        }
    }

    fn file(&self) -> Result<std::path::PathBuf, String> {
        let plugin = match &self.case.plugin {
            case::Plugin::Described(description) => {
                case::Plugin::Described(self.variables.value(description))
            }
            other => other.clone(),
        };
        self.suite.probes.file(&plugin).map_err(|error| error.to_string())
    }

    fn admit(&mut self, admit: &Admit) -> Result<(), String> {
        let (id, file) = (self.suite.number(), self.file()?);
        let answer = self.suite.ask(id, Ask::Admit { file }).map_err(|error| error.to_string())?;
        match (answer, admit) {
            (Answer::Admitted(plugin), Admit { admitted: Some(pattern), .. }) => {
                pattern::check(pattern, &json!(plugin), &mut self.variables)
                    .map_err(|why| format!("the plugin: {why}"))
            }
            (Answer::Refused(text), Admit { refused: Some(parts), .. }) => {
                match parts.iter().find(|part| !text.contains(&**part)) {
                    Some(part) => Err(format!("the refusal lacks `{part}`: {text}")),
                    None => Ok(()),
                }
            }
            (Answer::Admitted(_), _) => Err("the file was admitted".to_owned()),
            (Answer::Refused(text), _) => Err(format!("the file was refused: {text}")),
            (other, _) => Err(astray("to admit a file", &other).to_string()),
        }
    }

    fn prepare(&self, run: &'a Run) -> Result<Prepared<'a>, String> {
        let mut call = json!(case::call());
        for (name, value) in &run.call {
            call[name] = value.clone();
        }
        let bad = |error: serde_json::Error| format!("the case has no such call: {error}");
        let input = match &run.input_text {
            Some(text) => text.clone(),
            None => self.variables.value(&run.input).to_string(),
        };
        let grants = run.grants.with(|name| self.world.directories.path(name));
        let asked = protocol::Run {
            file: self.file()?,
            plugin: run.installed.clone().unwrap_or_else(|| "probe".to_owned()),
            task: run.task.clone(),
            input,
            call: serde_json::from_value(self.variables.value(&call)).map_err(bad)?,
            grants: self.variables.within(&grants)?,
            limits: run.limits.clone(),
        };
        // Data that outlives a call must not be another case's.
        let plugin = format!("{}-{}", asked.plugin, self.variables.text("{{unique}}"));
        let asked = protocol::Run { plugin, ..asked };
        Ok(Prepared { id: self.suite.number(), ask: Ask::Run(Box::new(asked)), run })
    }

    /// Runs it, and stops it where it is to be stopped.
    fn one(&self, prepared: Prepared<'_>) -> Result<Done, String> {
        let Prepared { id, ask, run } = prepared;
        let (suite, world) = (self.suite, &self.world);
        let Some(occasion) = run.stop else {
            return suite.done(id, ask).map_err(|error| error.to_string());
        };
        thread::scope(|scope| {
            let running = scope.spawn(|| suite.done(id, ask));
            let came = match occasion {
                Occasion::HttpRequest => world.http.wait_for_request(suite.patience),
                Occasion::TcpLine => world.tcp.wait_for_line(suite.patience),
            };
            let stopping = suite.ask(suite.number(), Ask::Stop { run: id });
            let done = running.join().map_err(|_| "the suite itself failed".to_owned())?;
            match (came, stopping) {
                (false, _) => Err(format!("what it was to be stopped at never came: {done:?}")),
                (_, Ok(Answer::Stopping)) => done.map_err(|error| error.to_string()),
                (_, Ok(other)) => Err(astray("to stop a run", &other).to_string()),
                (_, Err(error)) => Err(error.to_string()),
            }
        })
    }

    fn together(&mut self, runs: &'a [Run]) -> Result<(), String> {
        let prepared = runs.iter().map(|run| self.prepare(run)).collect::<Result<Vec<_>, _>>()?;
        let this = &*self;
        let done: Vec<_> = thread::scope(|scope| {
            let running: Vec<_> = prepared
                .into_iter()
                .map(|prepared| scope.spawn(move || this.one(prepared)))
                .collect();
            let failed = || Err("the suite itself failed".to_owned());
            running.into_iter().map(|one| one.join().unwrap_or_else(|_| failed())).collect()
        });
        for (number, (run, done)) in runs.iter().zip(done).enumerate() {
            let checked = done.and_then(|done| run.expect.check(&done, &mut self.variables));
            checked.map_err(|why| format!("run {}: {why}", number + 1))?;
        }
        Ok(())
    }

    fn execute(&mut self, execution: &Execute) -> Result<(), String> {
        let definition: Value = serde_json::from_str(&execution.definition)
            .map_err(|error| format!("the case's definition is no JSON: {error}"))?;
        let asked = protocol::Execute {
            plugins: [("probe".to_owned(), self.file()?)].into(),
            definition: self.variables.value(&definition),
            input: self.variables.value(&execution.input),
            grants: self.variables.within(&execution.grants)?,
            limits: execution.limits.clone(),
        };
        let ask = Ask::Execute(Box::new(asked));
        let done = self.suite.done(self.suite.number(), ask).map_err(|error| error.to_string())?;
        execution.expect.check(&done, &mut self.variables)
    }

    fn see(&mut self, see: &See) -> Result<(), String> {
        let (world, patience) = (&self.world, self.suite.patience);
        if see.closed && !world.http.wait_until_closed(patience) {
            return Err("a connection to the HTTP server stays open".to_owned());
        }
        if see.closed && !world.tcp.wait_until_closed(patience) {
            return Err("a connection to the TCP server stays open".to_owned());
        }
        if let Some(pattern) = &see.http {
            let requests = json!(world.http.requests());
            pattern::check(pattern, &requests, &mut self.variables)
                .map_err(|why| format!("what the HTTP server got: {why}"))?;
        }
        if let Some(pattern) = &see.tcp {
            let lines = json!(world.tcp.lines());
            pattern::check(pattern, &lines, &mut self.variables)
                .map_err(|why| format!("what the TCP server got: {why}"))?;
        }
        for (directory, files) in &see.files {
            for (path, wanted) in files {
                let file = world.directories.path(directory).join(path);
                let text = std::fs::read_to_string(file)
                    .map_err(|error| format!("the file {}: {error}", path.display()))?;
                if text != *wanted {
                    return Err(format!("the file {} has {text:?} in it", path.display()));
                }
            }
        }
        for (directory, paths) in &see.no_files {
            let there = |path: &&std::path::PathBuf| {
                world.directories.path(directory).join(path).symlink_metadata().is_ok()
            };
            if let Some(path) = paths.iter().find(there) {
                return Err(format!("{} is there", path.display()));
            }
        }
        match see.outside_untouched.as_ref().and_then(|name| world.directories.disturbed(name)) {
            Some(disturbed) => Err(disturbed),
            None => Ok(()),
        }
    }
}
