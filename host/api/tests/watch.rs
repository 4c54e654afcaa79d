//! What is told of changes, as server-sent events.

mod client;
#[path = "watch/map_runs.rs"]
mod map_runs;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use client::{Host, keeping_in, keeping_with};
use futures::{FutureExt as _, StreamExt as _};
use serde_json::{Value, json};
use stepwell_api::{
    Authentication, Caller, Limits, Server, Service as _, action,
    action::executions::{RedriveExecution, StartExecution, StopExecution},
    action::state_machines::CreateStateMachine,
    console::{
        Console as _,
        watch::{LONGEST, PACE, SHARE, Updates, Watch},
    },
};
use stepwell_journal::{Around, Counts, Delta, Error, Memory, Seq, Store};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::Instant,
};

const PASSES: &str = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#;
const WAITS: &str = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}}"#;

fn caller(account: &str) -> Caller {
    Caller {
        account: account.to_owned(),
        region: "us-east-1".to_owned(),
        request_id: String::new(),
    }
}

/// A host of one account's machine.
struct World {
    host: stepwell_api::Host,
    caller: Caller,
    machine: String,
}

impl World {
    async fn new(definition: &str) -> Self {
        Self::keeping_in(Arc::new(Memory::default()), definition).await
    }

    async fn keeping_in(store: Arc<dyn Store>, definition: &str) -> Self {
        let host = keeping_in(store, |settings| settings.watchers = 2).await;
        let caller = caller("111111111111");
        let request = json!({ "name": "m", "definition": definition, "roleArn": "arn:aws:iam::111111111111:role/r" });
        let request: CreateStateMachine = parse("CreateStateMachine", &request);
        let machine = host.create_state_machine(&caller, request).await.unwrap();
        Self { host, caller, machine: machine.state_machine_arn.to_string() }
    }

    async fn start(&self, name: &str) -> String {
        self.start_with(name, &json!({})).await
    }

    async fn start_with(&self, name: &str, input: &Value) -> String {
        let request = json!({
            "stateMachineArn": self.machine, "name": name, "input": input.to_string(),
        });
        let request: StartExecution = parse("StartExecution", &request);
        let started = self.host.start_execution(&self.caller, request).await.unwrap();
        started.execution_arn.to_string()
    }

    async fn stop(&self, arn: &str) {
        let request: StopExecution = parse("StopExecution", &json!({ "executionArn": arn }));
        self.host.stop_execution(&self.caller, request).await.unwrap();
    }

    async fn redrive(&self, arn: &str) {
        let request: RedriveExecution = parse("RedriveExecution", &json!({ "executionArn": arn }));
        self.host.redrive_execution(&self.caller, request).await.unwrap();
    }

    async fn watch(&self, request: Value) -> Updates {
        let request: Watch = parse("Watch", &request);
        self.host.watch(&self.caller, request).await.unwrap()
    }
}

fn parse<R: action::Request>(action: &str, request: &Value) -> R {
    action::parse(action, request.to_string().as_bytes()).unwrap()
}

async fn next(updates: &mut Updates) -> (&'static str, Value) {
    let update = updates.next().await.unwrap();
    (update.event, serde_json::from_str(&update.data).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_account_is_told_of_counts_and_of_executions_that_start_and_end() {
    let world = World::new(PASSES).await;
    let mut updates = world.watch(json!({})).await;
    let nothing = json!({ "counts": {}, "stateMachines": [] });
    assert_eq!(next(&mut updates).await, ("counts", nothing));
    let arn = world.start("one").await;
    let (event, item) = next(&mut updates).await;
    assert_eq!((event, &item["executionArn"]), ("execution", &json!(arn)));
    assert_eq!((&item["status"], &item["name"]), (&json!("SUCCEEDED"), &json!("one")));
    assert_eq!(item["stateMachineArn"], world.machine);
    let before = Instant::now();
    let (event, counted) = next(&mut updates).await;
    assert_eq!((event, &counted["counts"]), ("counts", &json!({ "SUCCEEDED": 1 })));
    assert!(before.elapsed() <= PACE);
}

#[tokio::test(start_paused = true)]
async fn counts_are_told_twice_a_second_at_most() {
    let world = World::new(PASSES).await;
    let mut updates = world.watch(json!({ "stateMachineArn": world.machine })).await;
    next(&mut updates).await;
    let begun = Instant::now();
    let mut told = Vec::new();
    for number in 0..20 {
        world.start(&number.to_string()).await;
        while told.iter().filter(|event| **event == "execution").count() <= number {
            told.push(next(&mut updates).await.0);
        }
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    let (event, counted) = next(&mut updates).await;
    assert_eq!((event, &counted["counts"]), ("counts", &json!({ "SUCCEEDED": 20 })));
    told.push(event);
    let counts = told.iter().filter(|event| **event == "counts").count();
    let most = begun.elapsed().as_millis() / PACE.as_millis() + 1;
    assert!((2..=most).contains(&(counts as u128)), "{counts} in {:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn of_one_execution_it_is_told_how_far_it_is() {
    let world = World::new(WAITS).await;
    let (one, other) = (world.start("one").await, world.start("other").await);
    let mut updates = world.watch(json!({ "executionArn": one })).await;
    let at = |last: u64, status: &str| {
        ("history", json!({ "executionArn": one, "lastEventId": last, "status": status }))
    };
    assert_eq!(next(&mut updates).await, at(2, "RUNNING"));
    world.stop(&other).await;
    world.stop(&one).await;
    let (event, item) = next(&mut updates).await;
    assert_eq!((event, &item["status"]), ("execution", &json!("ABORTED")));
    assert_eq!(next(&mut updates).await, at(3, "ABORTED"));
    world.redrive(&one).await;
    let (event, item) = next(&mut updates).await;
    assert_eq!((event, &item["status"]), ("execution", &json!("RUNNING")));
    assert_eq!(item["redriveCount"], 1);
    let (event, progress) = next(&mut updates).await;
    assert_eq!((event, &progress["status"]), ("history", &json!("RUNNING")));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_too_slow_is_told_so_and_then_how_things_are() {
    let world = World::new(PASSES).await;
    let mut updates = world.watch(json!({})).await;
    next(&mut updates).await;
    for number in 0..1_100 {
        world.start(&number.to_string()).await;
    }
    assert_eq!(next(&mut updates).await, ("lagged", json!({})));
    loop {
        let (event, counted) = next(&mut updates).await;
        if event == "counts" {
            assert_eq!(counted["counts"], json!({ "SUCCEEDED": 1_100 }));
            break;
        }
        assert_eq!(event, "execution");
    }
}

#[tokio::test(start_paused = true)]
async fn a_watcher_has_to_ask_again_after_a_while() {
    let world = World::new(PASSES).await;
    let begun = Instant::now();
    let mut updates = world.watch(json!({})).await;
    next(&mut updates).await;
    assert_eq!(updates.next().await, None);
    assert_eq!(begun.elapsed().as_secs(), LONGEST.as_secs());
}

#[tokio::test(start_paused = true)]
async fn an_account_has_so_many_watchers_and_is_told_of_its_own_alone() {
    let world = World::new(PASSES).await;
    let mut one = world.watch(json!({})).await;
    let two = world.watch(json!({})).await;
    let refused = world.host.watch(&world.caller, parse("Watch", &json!({}))).await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        "ThrottlingException: As many watch the account's executions as may: close some, or try \
         again later"
    );
    let other = caller("222222222222");
    let mut others = world.host.watch(&other, parse("Watch", &json!({}))).await.unwrap();
    assert_eq!(next(&mut others).await.0, "counts");
    drop(two);
    drop(world.watch(json!({})).await);
    next(&mut one).await;
    let arn = world.start("one").await;
    assert_eq!(next(&mut one).await.0, "execution");
    assert!(others.next().now_or_never().is_none(), "it is not theirs");
    for watch in [json!({ "executionArn": arn }), json!({ "stateMachineArn": world.machine })] {
        let refused = world.host.watch(&other, parse("Watch", &watch)).await.err().unwrap();
        assert!(refused.to_string().contains("is not authorized to perform: states:Watch"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_cannot_be_watched() {
    let world = World::new(PASSES).await;
    for (request, refusal) in [
        (json!({ "stateMachineArn": format!("{}x", world.machine) }), "StateMachineDoesNotExist"),
        (
            json!({ "executionArn": "arn:aws:states:us-east-1:111111111111:execution:m:x" }),
            "ExecutionDoesNotExist",
        ),
    ] {
        let request: Watch = parse("Watch", &request);
        let error = world.host.watch(&world.caller, request).await.err().unwrap();
        assert_eq!(error.code.as_str(), refusal);
    }
    let both = json!({
        "executionArn": "arn:aws:states:us-east-1:111111111111:execution:m:x",
        "stateMachineArn": world.machine,
    });
    let error = action::parse::<Watch>("Watch", both.to_string().as_bytes()).unwrap_err();
    let refusal = "ValidationException: Must specify at most one of executionArn, \
        stateMachineArn and mapRunArn";
    assert_eq!(error.to_string(), refusal);
    let both = json!({
        "stateMachineArn": world.machine,
        "mapRunArn": "arn:aws:states:us-east-1:111111111111:mapRun:m/L:x",
    });
    let error = action::parse::<Watch>("Watch", both.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), refusal);
}

/// A store that takes a while to count.
#[derive(Default)]
struct Slow(Memory);

impl Slow {
    const COUNTS: Duration = Duration::from_millis(700);
}

#[async_trait]
impl Around for Slow {
    type Inner = Memory;

    fn inner(&self) -> Result<&Memory, Error> {
        Ok(&self.0)
    }

    async fn commit_around(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
        self.0.commit(batch).await
    }

    async fn counts_around(
        &self,
        tenant: &str,
        machine: Option<&str>,
    ) -> Result<BTreeMap<String, Counts>, Error> {
        tokio::time::sleep(Self::COUNTS).await;
        self.0.counts(tenant, machine).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_long_to_count_is_counted_a_tenth_of_the_time_at_most() {
    let world = World::keeping_in(Arc::new(Slow::default()), PASSES).await;
    let mut updates = world.watch(json!({})).await;
    let mut last = Instant::now();
    assert_eq!(next(&mut updates).await.0, "counts");
    assert!(last.elapsed() < Slow::COUNTS * 2, "at first at once");
    last = Instant::now();
    for number in 1..5 {
        world.start(&number.to_string()).await;
        assert_eq!(next(&mut updates).await.0, "execution");
        assert!(last.elapsed() < Slow::COUNTS, "what happens is told without counting");
        let (event, counted) = next(&mut updates).await;
        assert_eq!((event, &counted["counts"]), ("counts", &json!({ "SUCCEEDED": number })));
        let after = last.elapsed();
        assert!((Slow::COUNTS * SHARE..Slow::COUNTS * (SHARE + 1)).contains(&after), "{after:?}");
        last = Instant::now();
    }
}

fn development() -> Authentication {
    Authentication::Development { region: "us-east-1".into() }
}

const REQUEST: &str = "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: Stepwell.Watch\r\n\
    content-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn updates_come_as_server_sent_events_until_the_server_is_shut_down() {
    let service = Arc::new(keeping_with(|_| {}).await);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host { address: listener.local_addr().unwrap().to_string() };
    let server = Server::new(service, development(), Limits::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        server.run(listener, stopped, std::future::pending()).await
    });
    let mut stream = BufReader::new(TcpStream::connect(&host.address).await.unwrap());
    stream.write_all(REQUEST.as_bytes()).await.unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        stream.read_line(&mut head).await.unwrap();
    }
    let head = head.to_lowercase();
    for line in [
        "http/1.1 200 ok\r\n",
        "content-type: text/event-stream\r\n",
        "cache-control: no-store\r\n",
        "x-accel-buffering: no\r\n",
        "x-amzn-requestid: ",
    ] {
        assert!(head.contains(line), "{line}: {head}");
    }
    let mut first = String::new();
    while !first.contains("data: ") {
        first.clear();
        stream.read_line(&mut first).await.unwrap();
    }
    assert_eq!(first, "data: {\"counts\":{},\"stateMachines\":[]}\n");
    stop.send(()).unwrap();
    // Without anybody's grace being over.
    running.await.unwrap().unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "{rest:?}");
}

#[tokio::test]
async fn a_watcher_that_takes_nothing_is_not_waited_for() {
    let limits = Limits { write_time: Duration::from_millis(20), ..Limits::default() };
    let service = Arc::new(keeping_with(|_| {}).await);
    let server = Server::new(service, development(), limits);
    let (mut client, io) = tokio::io::duplex(64);
    let serving = tokio::spawn(async move { server.connection(io).await });
    client.write_all(REQUEST.as_bytes()).await.unwrap();
    serving.await.unwrap();
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_comment_keeps_the_connection_where_nothing_happens() {
    let service = Arc::new(keeping_with(|_| {}).await);
    let server = Server::new(service, development(), Limits::default());
    let (client, io) = tokio::io::duplex(4096);
    let serving = tokio::spawn(async move { server.connection(io).await });
    let mut client = BufReader::new(client);
    client.write_all(REQUEST.as_bytes()).await.unwrap();
    let begun = Instant::now();
    let mut line = String::new();
    while !line.starts_with(':') {
        line.clear();
        assert!(client.read_line(&mut line).await.unwrap() > 0);
    }
    assert_eq!(begun.elapsed().as_secs(), 15);
    serving.abort();
}
