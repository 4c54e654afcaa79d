//! `stepwell conformance-adapter`: has the suite for hosts in `tests/conformance/host` see Stepwell
//! as a host.
//!
//! Files are admitted, granted what they can use of what the suite grants, and called, by what
//! admits and calls the plugins of a host that serves.

mod execute;
mod grants;
mod network;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, anyhow};
use stepwell_host_conformance::protocol::{
    self, Answer, Ask, Claim, Done, Ended, Failure, Hello, Reply, Request, Run,
};
use stepwell_sandbox::{
    CallInfo, CancellationToken, Grants, Invocation, Kind, Plugin, Sandbox, failure::names,
    key_value::Memory,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, stdin, stdout},
    sync::mpsc,
};

use self::network::MadeUp;
use crate::{Verdict, sandbox};

/// All that the suite knows to ask for.
const CLAIMS: [Claim; 16] = [
    Claim::Commands,
    Claim::Config,
    Claim::Environment,
    Claim::Secrets,
    Claim::Placeholders,
    Claim::KeyValue,
    Claim::Directories,
    Claim::Scratch,
    Claim::Http,
    Claim::Tcp,
    Claim::Seed,
    Claim::Clock,
    Claim::Heartbeats,
    Claim::Stop,
    Claim::Names,
    Claim::Executions,
];

/// The host that the suite asks.
struct Adapter {
    sandbox: Sandbox,
    network: Arc<MadeUp>,
    /// Of all plugins and tenants, as a host has it.
    key_value: Arc<Memory>,
    /// What was admitted.
    plugins: Mutex<HashMap<PathBuf, Plugin>>,
    /// What stops the runs under way.
    running: Mutex<HashMap<u64, CancellationToken>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests on standard input, side by side, until there are no more.
pub(crate) async fn run() -> Result<Verdict> {
    let network = Arc::new(MadeUp::default());
    let adapter = Arc::new(Adapter {
        sandbox: sandbox::Config::default().open_with(network.clone())?,
        network,
        key_value: Arc::default(),
        plugins: Mutex::default(),
        running: Mutex::default(),
    });
    let (replies, mut written) = mpsc::unbounded_channel::<Reply>();
    tokio::spawn(async move {
        let mut output = stdout();
        while let Some(reply) = written.recv().await {
            let mut line = serde_json::to_vec(&reply)?;
            line.push(b'\n');
            output.write_all(&line).await?;
            output.flush().await?;
        }
        Ok::<_, anyhow::Error>(())
    });
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await.context("cannot read the requests")? {
        let Request { id, ask } =
            serde_json::from_str(&line).with_context(|| format!("no request: {line}"))?;
        // Known before the next request is read, which may be the one that stops it.
        let stop = CancellationToken::new();
        if matches!(ask, Ask::Run(_)) {
            lock(&adapter.running).insert(id, stop.clone());
        }
        let (adapter, replies) = (Arc::clone(&adapter), replies.clone());
        tokio::spawn(async move {
            let answer = adapter.answer(ask, stop).await;
            lock(&adapter.running).remove(&id);
            let answer = answer.unwrap_or_else(|error| Answer::Failed(format!("{error:#}")));
            // Nobody reads it where the suite has ended.
            let _ = replies.send(Reply { id, answer });
        });
    }
    // Nobody waits for what is still running.
    Ok(Verdict::Good)
}

impl Adapter {
    async fn answer(&self, ask: Ask, stop: CancellationToken) -> Result<Answer> {
        Ok(match ask {
            Ask::Hello(greeting) => {
                self.network.set(greeting);
                Answer::Hello(Hello {
                    name: "stepwell".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    claims: CLAIMS.into(),
                })
            }
            Ask::Admit { file } => match self.sandbox.admit(sandbox::read(&file)?).await {
                Ok(plugin) => Answer::Admitted(described(&plugin)),
                Err(error) => Answer::Refused(error.to_string()),
            },
            Ask::Run(run) => Answer::Done(self.run(*run, stop).await?),
            Ask::Stop { run } => {
                if let Some(stop) = lock(&self.running).get(&run) {
                    stop.cancel();
                }
                Answer::Stopping
            }
            Ask::Execute(execution) => Answer::Done(self.execute(*execution).await?),
        })
    }

    async fn plugin(&self, file: &Path) -> Result<Plugin> {
        if let Some(plugin) = lock(&self.plugins).get(file) {
            return Ok(plugin.clone());
        }
        let plugin = self
            .sandbox
            .admit_file(file)
            .await
            .with_context(|| format!("{} is no plugin", file.display()))?;
        lock(&self.plugins).insert(file.to_owned(), plugin.clone());
        Ok(plugin)
    }

    async fn run(&self, run: Run, stop: CancellationToken) -> Result<Done> {
        let plugin = self.plugin(&run.file).await?;
        let (spec, _secrets) = grants::spec(run.grants)?;
        let grants = Grants::open(spec.effective(plugin.info()).spec)?
            .with_key_value(self.key_value.clone(), &run.plugin);
        let heartbeats = Arc::new(AtomicU64::new(0));
        let beat = Arc::clone(&heartbeats);
        let invocation = Invocation {
            task: &run.task,
            input: &run.input,
            call: info(run.call),
            limits: &grants::limits(&run.limits),
            grants: &grants,
            heartbeat: Some(Arc::new(move || {
                beat.fetch_add(1, Ordering::Relaxed);
            })),
            stop,
        };
        let done = plugin.invoke(invocation).await;
        let ended = match done.result {
            Ok(output) => Ended::Output(output),
            Err(failure) if failure.error == names::CANCELLED => Ended::Stopped,
            Err(failure) => Ended::Failure(Failure {
                error: failure.error,
                cause: failure.cause,
                retry_after_ms: failure.retry_after.map(milliseconds).transpose()?,
            }),
        };
        Ok(Done { ended, log: done.log.text(), heartbeats: heartbeats.load(Ordering::Relaxed) })
    }
}

fn milliseconds(time: Duration) -> Result<u64> {
    time.as_millis().try_into().map_err(|_| anyhow!("{time:?} has more milliseconds than fit"))
}

fn info(call: protocol::Call) -> CallInfo {
    CallInfo {
        tenant: call.tenant,
        execution_arn: call.execution_arn,
        state_name: call.state_name,
        attempt: call.attempt,
        idempotency_key: call.idempotency_key,
        task_token: call.task_token,
        deadline: call.deadline_unix_ms.map(|ms| UNIX_EPOCH + Duration::from_millis(ms)),
    }
}

fn described(plugin: &Plugin) -> protocol::Plugin {
    let info = plugin.info();
    let tasks = info.tasks.iter().map(|task| protocol::Task {
        name: task.name.clone(),
        summary: task.summary.clone(),
        effect: task.effect.as_str().to_owned(),
        input_schema: task.input_schema.clone(),
        output_schema: task.output_schema.clone(),
    });
    protocol::Plugin {
        kind: match info.kind {
            Kind::Component => "component",
            Kind::Command => "command",
        }
        .to_owned(),
        name: info.name.clone(),
        version: info.version.clone(),
        summary: info.summary.clone(),
        tasks: tasks.collect(),
    }
}
