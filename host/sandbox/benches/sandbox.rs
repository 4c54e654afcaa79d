//! What a call through the sandbox costs beside plain Wasmtime, on the same engine and in the same
//! run, and what plugins and calls hold in memory.
//!
//! `cargo bench -p stepwell-sandbox --bench sandbox [-- WASM [TASK [INPUT]]]`. Without arguments it
//! takes the plugin `payments` if that was built, else an echo written in WebAssembly text.

#![allow(clippy::print_stdout, reason = "a table is what it is for")]

#[path = "../tests/support/mod.rs"]
mod support;

mod granted;
mod plain;

mod contract {
    #![allow(missing_docs, reason = "generated")]
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "task-plugin",
        exports: { default: async },
    });
}

use std::{
    fs,
    future::Future,
    path::Path,
    pin::pin,
    process::Command,
    sync::Arc,
    task::{Context, Waker},
    time::{Duration, Instant},
};

use plain::Plain;
use stepwell_sandbox::{
    CallInfo, CancellationToken, Done, Grants, Invocation, Limits, Options, Plugin, Sandbox,
};
use support::{ECHO, Guest, SPIN};

/// Rounds, each of so many calls in a row through the sandbox and then as many without it.
const ROUNDS: usize = 60;
const CALLS: u32 = 500;
const TURNS: u32 = 8;
const THROUGHPUT: Duration = Duration::from_millis(500);
/// Plugins that are admitted first, so that what the process needs once is not counted.
const WARM_UP: usize = 8;
const IDLE: usize = 32;
const HELD: usize = 400;
/// Bytes from which on a guest's start is worth a look, and how often it starts.
const LARGE: u64 = 1 << 20;
const STARTS: usize = 9;
/// Makes this program the child that measures idle plugins in the cache directory it names.
const CHILD: &str = "STEPWELL_BENCH_IDLE";

const CHARGE: &str =
    r#"{"order":"A-1","amount":{"minor":4990,"currency":"EUR"},"card":"tok_approved"}"#;
const HANG: &str = r#"{"order":"A-1","amount":{"minor":4990,"currency":"EUR"},"card":"tok_spin"}"#;

/// What is called, and how.
struct Subject {
    name: String,
    wasm: Vec<u8>,
    task: String,
    input: String,
    /// An input that keeps the call going, if it has one.
    hang: Option<String>,
}

impl Subject {
    fn from_args() -> Self {
        // Cargo adds `--bench`.
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        let payments = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/guests/payments.wasm");
        match args.next() {
            Some(path) => Self {
                wasm: fs::read(&path).unwrap(),
                name: path,
                task: args.next().unwrap_or_else(|| "main".to_owned()),
                input: args.next().unwrap_or_else(|| "null".to_owned()),
                hang: None,
            },
            None if Path::new(payments).exists() => Self {
                name: "payments/charge (Rust)".to_owned(),
                wasm: fs::read(payments).unwrap(),
                task: "charge".to_owned(),
                input: CHARGE.to_owned(),
                hang: Some(HANG.to_owned()),
            },
            None => Self {
                name: "echo (WebAssembly text)".to_owned(),
                wasm: Guest::running(ECHO),
                task: "main".to_owned(),
                input: CHARGE.to_owned(),
                hang: None,
            },
        }
    }
}

fn main() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return measure_idle(Path::new(&dir));
    }
    let subject = Subject::from_args();
    println!("sandbox, {} build", if cfg!(debug_assertions) { "dev" } else { "release" });
    println!("plugin: {}, {} bytes of input\n", subject.name, subject.input.len());

    let one = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = Sandbox::new(&Options::default()).unwrap();
    let started = Instant::now();
    let plugin = one.block_on(sandbox.admit(subject.wasm.clone())).unwrap();
    row("admit, compiling", &millis(started.elapsed()));
    let plain = Plain::new(sandbox.engine(), &subject.wasm, &subject.task, &subject.input);

    one.block_on(latency(&subject, &plugin, &plain));
    one.block_on(granted::measure());
    throughput(&subject, plugin, plain);
    idle(&subject);
    held(&subject, &one);
    second_starts(&one);
}

async fn invoke(
    plugin: &Plugin,
    task: &str,
    input: &str,
    limits: &Limits,
    grants: &Grants,
) -> Done {
    let call = CallInfo {
        tenant: "000000000000".to_owned(),
        idempotency_key: "key".to_owned(),
        ..CallInfo::default()
    };
    plugin
        .invoke(Invocation {
            task,
            input,
            call,
            limits,
            grants,
            heartbeat: None,
            stop: CancellationToken::new(),
        })
        .await
}

async fn latency(subject: &Subject, plugin: &Plugin, plain: &Plain) {
    let (limits, grants) = (Limits::default(), Grants::none());
    let done = invoke(plugin, &subject.task, &subject.input, &limits, &grants).await;
    let fuel = done.usage.fuel;
    assert_eq!(done.result.unwrap().is_empty(), plain.call().await.is_empty());
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..CALLS {
            plain.call().await;
        }
        let without = started.elapsed() / CALLS;
        let started = Instant::now();
        for _ in 0..CALLS {
            let done = invoke(plugin, &subject.task, &subject.input, &limits, &grants).await;
            done.result.unwrap();
        }
        times.push((without, started.elapsed() / CALLS));
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    row(
        "one call, plain Wasmtime",
        &format!("{:.1} us", median(times.iter().map(|(plain, _)| micros(*plain)).collect())),
    );
    row(
        "one call, sandbox",
        &format!(
            "{:.1} us, {fuel} of fuel",
            median(times.iter().map(|(_, sandbox)| micros(*sandbox)).collect())
        ),
    );
    let ratios = times.iter().map(|(plain, sandbox)| sandbox.as_secs_f64() / plain.as_secs_f64());
    row("ratio (goal: at most 1.5)", &format!("{:.2}", median(ratios.collect())));
}

fn throughput(subject: &Subject, plugin: Plugin, plain: Plain) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let all = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .unwrap();
    let plain = Arc::new(plain);
    let (task, input): (Arc<str>, Arc<str>) =
        (subject.task.as_str().into(), subject.input.as_str().into());
    let grants = Grants::none();
    let (mut without, mut with) = (0.0, 0.0);
    // In turns, so that what else the machine does hits both alike.
    for _ in 0..TURNS {
        let plain = Arc::clone(&plain);
        without += all.block_on(rate(threads, move || {
            let plain = Arc::clone(&plain);
            async move {
                plain.call().await;
            }
        }));
        let (plugin, task, input) = (plugin.clone(), Arc::clone(&task), Arc::clone(&input));
        let grants = grants.clone();
        with += all.block_on(rate(threads, move || {
            let (plugin, task, input) = (plugin.clone(), Arc::clone(&task), Arc::clone(&input));
            let grants = grants.clone();
            async move {
                let limits = Limits::default();
                invoke(&plugin, &task, &input, &limits, &grants).await.result.unwrap();
            }
        }));
    }
    let (without, with) = (without / f64::from(TURNS), with / f64::from(TURNS));
    row(&format!("{threads} threads, plain Wasmtime"), &format!("{without:.0} calls/s"));
    row(&format!("{threads} threads, sandbox"), &format!("{with:.0} calls/s"));
    row("ratio", &format!("{:.2}", without / with));
}

/// Calls a second with eight under way for each thread.
async fn rate<F>(threads: usize, call: impl Fn() -> F + Clone + Send + 'static) -> f64
where
    F: Future<Output = ()> + Send,
{
    let started = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..threads * 8 {
        let call = call.clone();
        workers.spawn(async move {
            let mut calls = 0_u64;
            while started.elapsed() < THROUGHPUT {
                call().await;
                calls += 1;
            }
            calls
        });
    }
    let calls: u64 = workers.join_all().await.iter().sum();
    calls as f64 / started.elapsed().as_secs_f64()
}

/// Admits many plugins in a process of its own, from the cache: as a host does that starts.
fn idle(subject: &Subject) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("plugin"), &subject.wasm).unwrap();
    for _ in ["fills the cache", "measures"] {
        let child =
            Command::new(std::env::current_exe().unwrap()).env(CHILD, dir.path()).output().unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        if fs::exists(dir.path().join("filled")).unwrap() {
            print!("{}", String::from_utf8_lossy(&child.stdout));
        }
        fs::write(dir.path().join("filled"), "").unwrap();
    }
}

fn measure_idle(dir: &Path) {
    let one = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let wasm = fs::read(dir.join("plugin")).unwrap();
    let options = Options { cache_dir: Some(dir.join("cache")), ..Options::default() };
    let sandbox = Sandbox::new(&options).unwrap();
    let admit = |n: usize| one.block_on(sandbox.admit(variant(&wasm, n))).unwrap();
    let mut plugins: Vec<_> = (0..WARM_UP).map(admit).collect();
    let (before, started) = (Held::now(), Instant::now());
    plugins.extend((WARM_UP..WARM_UP + IDLE).map(admit));
    let elapsed = started.elapsed() / u32::try_from(IDLE).unwrap();
    let held = Held::now().since(before, IDLE);
    row("admit, from the cache", &millis(elapsed));
    row("idle plugin", &held.to_string());
}

/// Admits the large guests that were built as a host does that starts for a second time.
fn second_starts(one: &tokio::runtime::Runtime) {
    let guests = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/guests");
    for entry in fs::read_dir(guests).into_iter().flatten().map(Result::unwrap) {
        let (path, size) = (entry.path(), entry.metadata().unwrap().len());
        if path.extension().is_none_or(|extension| extension != "wasm") || size < LARGE {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        let start = || {
            let options = Options { cache_dir: Some(dir.path().into()), ..Options::default() };
            let sandbox = Sandbox::new(&options).unwrap();
            let started = Instant::now();
            one.block_on(sandbox.admit_file(&path)).unwrap();
            started.elapsed()
        };
        let first = start();
        let mut again: Vec<_> = (0..STARTS).map(|_| start()).collect();
        again.sort();
        let name = path.file_stem().unwrap().to_string_lossy();
        row(&format!("first start of {name}, {} MB", size / 1_000_000), &millis(first));
        row(&format!("second start of {name} (goal: under 50 ms)"), &millis(again[STARTS / 2]));
    }
}

/// The same plugin with another digest: a custom section more.
fn variant(wasm: &[u8], n: usize) -> Vec<u8> {
    let name = format!("variant-{n:04}");
    let mut wasm = wasm.to_vec();
    wasm.extend([0, u8::try_from(name.len() + 1).unwrap(), u8::try_from(name.len()).unwrap()]);
    wasm.extend(name.as_bytes());
    wasm
}

/// Holds many calls under way at once.
fn held(subject: &Subject, one: &tokio::runtime::Runtime) {
    let sandbox = Sandbox::new(&Options::default()).unwrap();
    let cases = [
        ("echo", Some((Guest::running(SPIN), "main", "null".to_owned()))),
        (
            subject.name.as_str(),
            subject.hang.clone().map(|hang| (subject.wasm.clone(), subject.task.as_str(), hang)),
        ),
    ];
    for (name, case) in cases {
        let Some((wasm, task, input)) = case else { continue };
        one.block_on(async {
            let plugin = sandbox.admit(wasm).await.unwrap();
            let (limits, grants) = (Limits::default(), Grants::none());
            let mut calls: Vec<_> = (0..HELD)
                .map(|_| invoke(&plugin, task, &input, &limits, &grants))
                // Else Tokio would hold most of them back, for want of fairness.
                .map(|call| Box::pin(tokio::task::unconstrained(call)))
                .collect();
            let before = Held::now();
            let mut context = Context::from_waker(Waker::noop());
            for call in &mut calls {
                // Runs until the guest gives way for the first time.
                assert!(pin!(call).poll(&mut context).is_pending());
            }
            row(&format!("call under way, {name}"), &Held::now().since(before, HELD).to_string());
        });
    }
}

/// Memory of this process, in bytes.
#[derive(Clone, Copy)]
struct Held {
    private: u64,
    shared: u64,
}

impl Held {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| -> u64 {
            let line = status.lines().find(|line| line.starts_with(name));
            let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
            kib.unwrap_or(0_u64) << 10
        };
        Self { private: field("RssAnon:"), shared: field("RssFile:") + field("RssShmem:") }
    }

    fn since(self, before: Self, among: usize) -> Self {
        let among = among as u64;
        Self {
            private: self.private.saturating_sub(before.private) / among,
            shared: self.shared.saturating_sub(before.shared) / among,
        }
    }
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (private, shared) = (self.private / 1024, self.shared / 1024);
        write!(f, "{private} KiB, and {shared} KiB mapped from files")
    }
}

fn row(what: &str, value: &str) {
    println!("{what:<44} {value}");
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
