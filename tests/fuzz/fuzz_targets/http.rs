#![no_main]

use std::{cell::RefCell, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{FutureExt as _, future::BoxFuture};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use stepwell_api::{
    Authentication, Clock, Error, Host, Limits, Server, Target,
    authentication::{AccessKey, AccessKeys},
};
use stepwell_engine::{
    Attempt, Reporter, TaskEnd, TaskRunner,
    host::{Parts, Settings},
};
use stepwell_interpreter::token::Key;
use stepwell_journal::Memory;
use stepwell_storage::Buckets;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    runtime::Runtime,
};

struct Keys;

#[async_trait]
impl AccessKeys for Keys {
    async fn find(&self, _: &str) -> Result<Option<AccessKey>, Error> {
        Ok(Some(AccessKey { account: "111111111111".into(), secret: "secret".into() }))
    }
}

struct NoTasks;

impl TaskRunner for NoTasks {
    fn run(&self, _: Attempt, _: Reporter) -> BoxFuture<'static, TaskEnd> {
        async { TaskEnd::refused("Fuzz.NoTasks", "No tasks are run.") }.boxed()
    }
}

/// Whose [`things`] are.
const ACCOUNT: &str = "111111111111";

/// What is asked first, so that what reads finds something to read: a state machine with a version
/// and an alias, an execution that fails after a Map Run and, through the alias, one that waits in
/// its Map Run.
fn things() -> [(&'static str, Value); 4] {
    let definition = json!({
        "StartAt": "M",
        "States": {
            "M": {
                "Type": "Map",
                "ItemProcessor": {
                    "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                    "StartAt": "W",
                    "States": { "W": { "Type": "Wait", "SecondsPath": "$", "End": true } },
                },
                "Next": "T",
            },
            "T": {
                "Type": "Task",
                "Resource": "wasm:a/b",
                "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 1 }],
                "End": true,
            },
        },
    });
    let machine = |rest: &str| format!("arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m{rest}");
    let start = |name: &str, rest: &str, seconds: u64| {
        let input = format!("[{seconds}]");
        let request = json!({ "stateMachineArn": machine(rest), "name": name, "input": input });
        ("StartExecution", request)
    };
    let version = json!([{ "stateMachineVersionArn": machine(":1"), "weight": 100 }]);
    [
        (
            "CreateStateMachine",
            json!({
                "name": "m", "definition": definition.to_string(), "publish": true,
                "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/r"),
            }),
        ),
        ("CreateStateMachineAlias", json!({ "name": "a", "routingConfiguration": version })),
        start("e", "", 0),
        start("f", ":a", 99_999_999),
    ]
}

/// A host that keeps what it is given, behind two servers: one takes any credentials, the other none
/// but those that nobody guesses.
struct World {
    runtime: Runtime,
    servers: [Server; 2],
    /// How many inputs it may yet be given: what it keeps is to stay small.
    left: u32,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            // What waits does so at once.
            .start_paused(true)
            .build()
            .unwrap();
        let service = runtime.block_on(async {
            let store = Arc::new(Memory::default());
            let parts = Parts {
                store: store.clone(),
                catalog: store,
                runner: Arc::new(NoTasks),
                clock: stepwell_engine::Clock::starting_at("2026-11-22T12:00:00Z".parse().unwrap()),
                buckets: Buckets::default(),
                settings: Settings::new(Key::new([7; 32])),
            };
            Arc::new(Host::new(stepwell_engine::Host::open(parts).await.unwrap()))
        });
        let clock = Clock::new(|| jiff::Timestamp::from_second(1_795_348_800).unwrap());
        let region = String::from("us-east-1");
        let limits = Limits { body: 65_536, ..Limits::default() };
        let servers = [
            Authentication::Development { region: region.clone() },
            Authentication::Signatures { keys: Arc::new(Keys), region, clock },
        ]
        .map(|authentication| Server::new(service.clone(), authentication, limits));
        let world = Self { runtime, servers, left: 500 };
        for (action, body) in things() {
            let authorization = format!(
                "authorization: AWS4-HMAC-SHA256 Credential={ACCOUNT}/20261122/us-east-1/states"
            );
            let target = Target::parse(&format!("AWSStepFunctions.{action}")).unwrap();
            let request = request(target, authorization.as_bytes(), body.to_string().as_bytes());
            let answer = world.answer(0, &request);
            assert!(answer.starts_with(OK), "{}", String::from_utf8_lossy(&answer));
        }
        // Time that is paused passes at once where nothing else is to be done.
        world.runtime.block_on(async { tokio::time::sleep(Duration::from_secs(60)).await });
        world
    }

    /// What a connection answers to these bytes, of which it has all from the start. It is not
    /// closed on this side: that would give up what takes time.
    fn answer(&self, server: usize, bytes: &[u8]) -> Vec<u8> {
        self.runtime.block_on(async {
            let (mut client, io) = tokio::io::duplex(1 << 20);
            let talk = async {
                client.write_all(bytes).await.unwrap();
                let mut answer = Vec::new();
                client.read_to_end(&mut answer).await.unwrap();
                answer
            };
            let (answer, ()) = tokio::join!(talk, self.servers[server].connection(io));
            answer
        })
    }
}

const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200";

/// A request of an action, with some headers, each on a line.
fn request(target: Target, headers: &[u8], body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-amz-target: {target}\r\n\
         content-type: application/x-amz-json-1.0\r\n\
         content-length: {}\r\n",
        body.len()
    );
    let mut request = head.into_bytes();
    for line in headers.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        request.extend_from_slice(line);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    request
}

// What follows its first byte is sent as it is, or as headers and, behind an empty line, the body
// of a request of an action, to one of the servers.
fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else { return };
    let server = usize::from(how & 1);
    let request = match how >> 1 {
        0 => rest.to_vec(),
        how => {
            let targets: Vec<_> = Target::all().collect();
            let target = targets[usize::from(how) % targets.len()];
            let end = rest.windows(2).position(|two| two == b"\n\n");
            let (headers, body) = match end {
                Some(end) => (&rest[..end], &rest[end + 2..]),
                None => (&[][..], rest),
            };
            request(target, headers, body)
        }
    };
    WORLD.with_borrow_mut(|world| {
        let answer = world.answer(server, &request);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."));
        // Whatever is asked, the fault is never the host's.
        assert!(!answer.starts_with(b"HTTP/1.1 5"), "{}", String::from_utf8_lossy(&answer));
        let shown = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        let head = shown.split("\r\n\r\n").next().unwrap_or_default();
        assert!(!head.contains("access-control"));
        // It stays up.
        let health = world.answer(server, HEALTH);
        assert!(health.starts_with(OK));
        world.left -= 1;
        if world.left == 0 {
            *world = World::new();
        }
    });
});
