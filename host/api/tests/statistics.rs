//! Counts, searches, figures and findings, over a loopback port.

mod client;
#[path = "statistics/total.rs"]
mod total;

use std::{sync::Arc, time::Duration};

use client::{Answer, Host};
use futures::{FutureExt as _, future::BoxFuture};
use serde_json::{Value, json};
use stepwell_api::{Authentication, Limits, console::Operators};
use stepwell_asl::{Json, resource::Resource};
use stepwell_engine::{
    Attempt, Clock, Reporter, TaskEnd, TaskRunner,
    host::{Parts, Settings},
};
use stepwell_interpreter::{AttemptEnd, EndedAttempt, Identity, Outcome, TaskId, token};
use stepwell_journal::Memory;
use stepwell_storage::Buckets;

const A: &str = "111111111111";
const B: &str = "222222222222";
/// What the clock shows, in seconds since 1970.
const NOW: u64 = 1_795_348_800;

struct Fails;

impl TaskRunner for Fails {
    fn run(&self, _: Attempt, _: Reporter) -> BoxFuture<'static, TaskEnd> {
        async { TaskEnd::refused("Test.Busy", "It is busy.") }.boxed()
    }
}

struct World {
    host: Host,
    engine: stepwell_engine::Host,
}

impl World {
    /// B is an operator's account.
    async fn new() -> Self {
        let store = Arc::new(Memory::default());
        let engine = stepwell_engine::Host::open(Parts {
            store: store.clone(),
            catalog: store,
            runner: Arc::new(Fails),
            clock: Clock::starting_at("2026-11-22T12:00:00Z".parse().unwrap()),
            buckets: Buckets::default(),
            settings: Settings::new(token::Key::new([7; 32])),
        });
        let engine = engine.await.unwrap();
        let operators = Operators::Accounts([B.to_owned()].into());
        let service = stepwell_api::Host::new(engine.clone()).with_operators(operators);
        let authentication = Authentication::Development { region: "us-east-1".into() };
        let host = Host::of(Arc::new(service), authentication, Limits::default()).await;
        Self { host, engine }
    }

    async fn call(&self, account: &str, target: &str, request: &Value) -> Answer {
        let credential = format!("AWS4-HMAC-SHA256 Credential={account}/20261122/us-east-1/states");
        let headers = [
            ("x-amz-target", target),
            ("content-type", "application/x-amz-json-1.0"),
            ("authorization", &*credential),
        ];
        self.host.send("POST /", &headers, &request.to_string()).await
    }

    async fn own(&self, account: &str, action: &str, request: Value) -> Value {
        let answer = self.call(account, &format!("Stepwell.{action}"), &request).await;
        assert_eq!(answer.status, 200, "{action} {request}: {}", answer.body);
        answer.json()
    }

    async fn refused(&self, account: &str, action: &str, request: Value) -> (String, String) {
        let answer = self.call(account, &format!("Stepwell.{action}"), &request).await;
        assert_eq!(answer.status, 400, "{action} {request}: {}", answer.body);
        let body = answer.json();
        let type_ = body["__type"].as_str().unwrap().split('#').next_back().unwrap().to_owned();
        (type_, body["message"].as_str().unwrap().to_owned())
    }

    async fn create(&self, account: &str, name: &str, definition: &Value) {
        let request = json!({
            "name": name, "definition": definition.to_string(),
            "roleArn": format!("arn:aws:iam::{account}:role/r"),
        });
        let answer = self.call(account, "AWSStepFunctions.CreateStateMachine", &request).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Starts an execution and waits for its end.
    async fn run(&self, account: &str, machine: &str, name: &str) {
        let request = json!({ "stateMachineArn": arn(account, machine), "name": name });
        let answer = self.call(account, "AWSStepFunctions.StartExecution", &request).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let execution = answer.json()["executionArn"].as_str().unwrap().to_owned();
        let id = stepwell_engine::arn::execution_id(&execution).unwrap();
        self.engine.ended(id).await.unwrap().unwrap();
    }
}

fn arn(account: &str, machine: &str) -> String {
    format!("arn:aws:states:us-east-1:{account}:stateMachine:{machine}")
}

fn pass() -> Value {
    json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } })
}

fn task() -> Value {
    json!({ "StartAt": "Charge", "States": { "Charge": {
        "Type": "Task", "Resource": "wasm:payments/charge", "End": true,
    } } })
}

fn day(by: &str) -> Value {
    json!({ "by": by, "startTime": NOW - 3600, "endTime": NOW + 3600 })
}

#[tokio::test]
async fn executions_are_counted_and_found() {
    let world = World::new().await;
    world.create(A, "good", &pass()).await;
    world.create(A, "bad", &task()).await;
    world.create(B, "good", &pass()).await;
    for name in ["one", "only", "two"] {
        world.run(A, "good", name).await;
    }
    world.run(A, "bad", "one").await;
    world.run(B, "good", "foreign").await;

    let counts = world.own(A, "CountExecutions", json!({})).await;
    assert_eq!(
        counts,
        json!({
            "counts": { "SUCCEEDED": 3, "FAILED": 1 },
            "stateMachines": [
                { "stateMachineArn": arn(A, "bad"), "counts": { "FAILED": 1 } },
                { "stateMachineArn": arn(A, "good"), "counts": { "SUCCEEDED": 3 } },
            ],
        })
    );
    let of_one = world.own(A, "CountExecutions", json!({ "stateMachineArn": arn(A, "bad") })).await;
    assert_eq!(of_one["counts"], json!({ "FAILED": 1 }));

    let names = async |request: Value| {
        let found = world.own(A, "SearchExecutions", request).await;
        let items = found["executions"].as_array().unwrap().clone();
        let name = |item: &Value| {
            let arn = item["stateMachineArn"].as_str().unwrap();
            format!("{}/{}", arn.rsplit(':').next().unwrap(), item["name"].as_str().unwrap())
        };
        items.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(json!({})).await.len(), 4);
    assert_eq!(names(json!({ "namePrefix": "on", "statusFilter": ["FAILED"] })).await, ["bad/one"]);
    let good = arn(A, "good");
    let of_good = json!({ "stateMachineArn": good, "namePrefix": "on", "statusFilter": [] });
    let mut found = names(of_good).await;
    found.sort();
    assert_eq!(found, ["good/one", "good/only"]);
    assert!(names(json!({ "statusFilter": ["PENDING_REDRIVE"] })).await.is_empty());
    assert!(names(json!({ "startedBefore": NOW - 5 })).await.is_empty());
    assert_eq!(
        names(json!({ "startedAfter": NOW - 5, "startedBefore": NOW + 900 })).await.len(),
        4
    );

    let mut paged = Vec::new();
    let mut request = json!({ "maxResults": 1 });
    loop {
        let page = world.own(A, "SearchExecutions", request.clone()).await;
        paged.extend(page["executions"].as_array().unwrap().iter().cloned());
        let Some(token) = page["nextToken"].as_str() else { break };
        request["nextToken"] = json!(token);
    }
    let whole = world.own(A, "SearchExecutions", json!({})).await;
    assert_eq!(whole["executions"], Value::Array(paged));

    let other = json!({ "nextToken": request["nextToken"], "namePrefix": "o" });
    let (type_, _) = world.refused(A, "SearchExecutions", other).await;
    assert_eq!(type_, "InvalidToken");
    for action in ["CountExecutions", "SearchExecutions"] {
        let foreign = json!({ "stateMachineArn": arn(B, "good") });
        assert_eq!(world.refused(A, action, foreign).await.0, "AccessDeniedException");
        let absent = json!({ "stateMachineArn": arn(A, "absent") });
        assert_eq!(world.refused(A, action, absent).await.0, "StateMachineDoesNotExist");
    }
}

#[tokio::test]
async fn figures_are_ones_own() {
    let world = World::new().await;
    world.create(A, "bad", &task()).await;
    world.create(B, "bad", &task()).await;
    for name in ["one", "two"] {
        world.run(A, "bad", name).await;
    }
    world.run(B, "bad", "one").await;

    let states = world.own(A, "GetStatistics", day("STATE")).await;
    let row = &states["rows"][0];
    assert_eq!(row["key"], json!({ "stateMachineArn": arn(A, "bad"), "state": "Charge" }));
    assert_eq!((&row["figures"]["calls"], &row["figures"]["errors"]), (&json!(2), &json!(2)));
    let errors = json!([{ "name": "Test.Busy", "count": 2 }]);
    assert_eq!(row["figures"]["errorNames"], errors);
    assert_eq!(states["rows"].as_array().unwrap().len(), 1);

    let mut request = day("STATE_MACHINE");
    request["period"] = json!(300);
    let machines = world.own(A, "GetStatistics", request).await;
    let row = &machines["rows"][0];
    let executions = &row["figures"]["executions"];
    assert_eq!((&executions["started"], &executions["failed"]), (&json!(2), &json!(2)));
    let of = |row: &Value| -> u64 {
        let series = row["series"].as_array().unwrap();
        series.iter().map(|step| step["figures"]["calls"].as_u64().unwrap()).sum()
    };
    assert_eq!(of(row), 2);
    for (by, key) in [
        ("TASK", json!({ "plugin": "payments", "task": "payments/charge" })),
        ("PLUGIN", json!({ "plugin": "payments" })),
        ("TENANT", json!({})),
    ] {
        let answer = world.own(A, "GetStatistics", day(by)).await;
        assert_eq!((&answer["rows"][0]["key"], of_calls(&answer)), (&key, 2), "{by}");
    }
    let mut other = day("STATE");
    other["of"] = json!({ "plugin": "mail" });
    let none = world.own(A, "GetStatistics", other.clone()).await;
    assert_eq!((&none["rows"], &none["total"]["figures"]["calls"]), (&json!([]), &json!(0)));
    other["of"] = json!({ "account": B });
    assert_eq!(world.own(A, "GetStatistics", other.clone()).await["rows"], json!([]));
    other["of"] = json!({ "stateMachineArn": arn(B, "bad") });
    assert_eq!(world.refused(A, "GetStatistics", other).await.0, "AccessDeniedException");
}

async fn pass_time(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

fn of_calls(answer: &Value) -> u64 {
    answer["rows"][0]["figures"]["calls"].as_u64().unwrap()
}

#[tokio::test]
async fn an_operator_sees_the_figures_of_all_and_nobody_else() {
    let world = World::new().await;
    for account in [A, B] {
        world.create(account, "bad", &task()).await;
        world.run(account, "bad", "one").await;
    }
    let mut all = day("TENANT");
    all["allTenants"] = json!(true);
    let seen = world.own(B, "GetStatistics", all.clone()).await;
    let mut accounts: Vec<_> =
        seen["rows"].as_array().unwrap().iter().map(|row| row["key"]["account"].clone()).collect();
    accounts.sort_by_key(Value::to_string);
    assert_eq!(accounts, [A, B]);
    all["of"] = json!({ "account": A });
    let of_one = world.own(B, "GetStatistics", all.clone()).await;
    assert_eq!(of_one["rows"].as_array().unwrap().len(), 1);

    for (action, request) in
        [("GetStatistics", all), ("ListFindings", json!({ "allTenants": true }))]
    {
        let (type_, message) = world.refused(A, action, request).await;
        assert_eq!(type_, "AccessDeniedException");
        assert_eq!(
            message,
            format!(
                "The account {A} may not ask {action} about all tenants: it is none of the \
                 operators in the host's configuration."
            )
        );
    }
}

#[tokio::test]
async fn what_is_asked_for_figures_has_bounds() {
    let world = World::new().await;
    let refused = async |change: Value| {
        let mut request = day("STATE");
        for (name, value) in change.as_object().unwrap() {
            request[name] = value.clone();
        }
        let (type_, message) = world.refused(A, "GetStatistics", request).await;
        assert_eq!(type_, "ValidationException");
        message
    };
    assert_eq!(refused(json!({ "endTime": NOW - 3600 })).await, "endTime must be after startTime.");
    assert_eq!(
        refused(json!({ "period": 450 })).await,
        "period must be a multiple of 300 seconds, which is how long the steps are that figures \
         are kept in."
    );
    assert_eq!(
        refused(json!({ "startTime": NOW - 300 * 2501, "endTime": NOW, "period": 300 })).await,
        "The time has more than 2500 steps of 300 seconds: ask for a shorter time, or for longer \
         steps."
    );
    let mut most = day("STATE");
    most["startTime"] = json!(NOW - 300 * 2500);
    most["endTime"] = json!(NOW);
    most["period"] = json!(300);
    world.own(A, "GetStatistics", most).await;
}

#[tokio::test]
async fn what_should_be_looked_at_is_found() {
    let world = World::new().await;
    world.create(A, "bad", &task()).await;
    assert_eq!(world.own(A, "ListFindings", json!({})).await, json!({ "findings": [] }));
    for number in 0..10 {
        world.run(A, "bad", &number.to_string()).await;
    }
    // For so long at most what was found before is told again.
    pass_time(30).await;
    let found = world.own(A, "ListFindings", json!({})).await;
    assert_eq!(
        found,
        json!({ "findings": [{
            "kind": "STATE_FAILS_MUCH",
            "severity": "CRITICAL",
            "title": "Charge fails in all visits",
            "detail": "In the last day executions came to it 10 times and it failed for good 10 \
                       times, in 10 calls. The most frequent error is Test.Busy (10 times). Look \
                       at one of these executions; what passes by itself is a case for Retry, what \
                       does not is one for Catch or for the input.",
            "subject": { "stateMachineArn": arn(A, "bad"), "state": "Charge" },
        }] })
    );
    assert_eq!(world.own(B, "ListFindings", json!({})).await, json!({ "findings": [] }));
}

/// An execution of the state machine of this number.
fn identity(machine: usize) -> Identity {
    Identity {
        execution_arn: String::new(),
        execution_name: "e".into(),
        state_machine_arn: String::new(),
        state_machine_name: format!("m{machine}"),
        role_arn: String::new(),
    }
}

/// A call of the state of this number.
fn attempt(state: usize) -> EndedAttempt {
    EndedAttempt {
        task: TaskId(1),
        state: serde_json::from_value(format!("S{state}").into()).unwrap(),
        resource: Resource::parse("wasm:a/b").unwrap(),
        callee: None,
        attempt: 0,
        end: AttemptEnd::Returned,
        usage: None,
        took_ms: None,
    }
}

/// Counts a call of each of so many states of each of so many state machines.
fn count_calls(world: &World, machines: usize, states: usize) {
    for machine in 0..machines {
        let ended: Vec<_> = (0..states).map(attempt).collect();
        world.engine.statistics().attempts(A, &identity(machine), &ended);
    }
}

#[tokio::test]
async fn an_answer_has_the_rows_with_the_most() {
    let world = World::new().await;
    count_calls(&world, 5, 200);
    let answer = async || world.own(A, "GetStatistics", day("STATE")).await;
    assert_eq!(answer().await["rows"].as_array().unwrap().len(), 1_000);
    count_calls(&world, 6, 200);
    let answer = answer().await;
    assert_eq!(
        answer["total"]["figures"]["calls"],
        json!(2_200),
        "also of those that are left out"
    );
    let rows = &answer["rows"];
    let calls: Vec<_> = rows.as_array().unwrap().iter().map(|it| &it["figures"]["calls"]).collect();
    assert_eq!((calls.len(), calls.iter().all(|calls| **calls == json!(2))), (1_000, true));
}

#[tokio::test]
async fn too_many_rows_are_refused() {
    let world = World::new().await;
    count_calls(&world, 250, 200);
    world.own(A, "GetStatistics", day("STATE")).await;
    count_calls(&world, 251, 1);
    let (type_, message) = world.refused(A, "GetStatistics", day("STATE")).await;
    assert_eq!(type_, "ValidationException");
    assert_eq!(
        message,
        "The figures that are asked for have more than 50000 rows and steps of rows: ask for a \
         shorter time, for longer steps, or for those of one state machine or plugin."
    );
    let mut of_one = day("STATE");
    of_one["of"] = json!({ "stateMachineArn": arn(A, "m0") });
    world.own(A, "GetStatistics", of_one).await;
}

#[tokio::test]
async fn figures_of_a_deleted_machine_can_be_asked_for() {
    let world = World::new().await;
    world.engine.statistics().started(A, "gone");
    let mut request = day("STATE_MACHINE");
    request["of"] = json!({ "stateMachineArn": arn(A, "gone") });
    let answer = world.own(A, "GetStatistics", request).await;
    assert_eq!(answer["rows"][0]["key"], json!({ "stateMachineArn": arn(A, "gone") }));
    assert_eq!(answer["rows"][0]["figures"]["executions"]["started"], 1);
}

#[tokio::test]
async fn steps_of_what_is_longer_ago_are_whole_hours() {
    let world = World::new().await;
    pass_time(600).await;
    world.engine.statistics().started(A, "m");
    let time = async |start: u64| {
        let request = json!({
            "by": "TENANT", "startTime": start, "endTime": NOW + 3600, "period": 300,
        });
        let answer = world.own(A, "GetStatistics", request).await;
        answer["rows"][0]["series"][0]["time"].as_f64().unwrap()
    };
    // Two days before the clock's time, and a little more.
    assert_eq!(time(NOW - 2 * 86_400 + 900).await, (NOW + 600) as f64);
    assert_eq!(time(NOW - 2 * 86_400).await, NOW as f64);
}

#[tokio::test]
async fn the_longest_running_are_stuck_and_operators_are_told_how_many() {
    let world = World::new().await;
    let wait = json!({ "StartAt": "W", "States": { "W": {
        "Type": "Wait", "Seconds": 864_000, "End": true,
    } } });
    world.create(A, "slow", &wait).await;
    let aws = async |action: &str, request: Value| {
        let answer = world.call(A, &format!("AWSStepFunctions.{action}"), &request).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    };
    let mut first = Value::Null;
    for name in ["redriven", "e0", "e1", "e2", "e3", "e4"] {
        let request = json!({ "stateMachineArn": arn(A, "slow"), "name": name });
        // The last has run for less than an hour in the end.
        pass_time(7_200).await;
        let started = aws("StartExecution", request).await;
        if first.is_null() {
            first = json!({ "executionArn": started["executionArn"] });
        }
    }
    aws("StopExecution", first.clone()).await;
    let id = stepwell_engine::arn::execution_id(first["executionArn"].as_str().unwrap()).unwrap();
    world.engine.ended(id).await.unwrap().unwrap();
    aws("RedriveExecution", first).await;
    let succeeded = Outcome::Succeeded { output: Json::empty() };
    for _ in 0..200 {
        let ago = world.engine.clock().now() - Duration::from_secs(10);
        world.engine.statistics().ended(A, "slow", ago, &succeeded);
    }
    pass_time(3_000).await;
    let found = world.own(A, "ListFindings", json!({})).await;
    let found = found["findings"].as_array().unwrap();
    let title = |finding: &Value| finding["title"].as_str().unwrap().to_owned();
    let titles: Vec<_> = found.iter().map(title).collect();
    assert_eq!(
        titles,
        [
            "e0 has been running for 8.8 hours",
            "e1 has been running for 6.8 hours",
            "e2 has been running for 4.8 hours",
        ]
    );
    assert!(found[0]["subject"]["executionArn"].as_str().unwrap().ends_with(":slow:e0"));

    let all = world.own(B, "ListFindings", json!({ "allTenants": true })).await;
    let found = all["findings"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{all}");
    assert_eq!(found[0]["title"], "4 executions of slow run for far too long");
    let subject = json!({ "account": A, "stateMachineArn": arn(A, "slow") });
    assert_eq!(found[0]["subject"], subject);
}
