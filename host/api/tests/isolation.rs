//! Two tenants of a host: what one has, the other cannot see, change, or tell from what there is
//! not.

mod client;

use client::{Answer, Host};
use serde_json::{Value, json};
use stepwell_api::{Action, Authentication, Limits};

/// Who has something, and who is curious.
const A: &str = "111111111111";
const B: &str = "222222222222";
/// What everything of A is named after, and what nothing is.
const REAL: &str = "secret";
const ABSENT: &str = "absent";

const DEFINITION: &str =
    r#"{"Comment":"known to A","StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#;

struct World {
    host: Host,
    /// A token of A's second page of each list that has pages.
    pages: Vec<String>,
    /// The revision of A's state machine.
    revision: String,
}

/// Something, by its name and whose it is said to be.
#[derive(Clone, Copy)]
struct Named<'a> {
    name: &'a str,
    account: &'a str,
}

impl Named<'_> {
    fn arn(self, rest: &str) -> String {
        let Self { name, account } = self;
        format!("arn:aws:states:us-east-1:{account}:{}", rest.replace("NAME", name))
    }

    fn machine(self) -> String {
        self.arn("stateMachine:NAME")
    }

    fn version(self) -> String {
        self.arn("stateMachine:NAME:1")
    }

    fn alias(self) -> String {
        self.arn("stateMachine:NAME:NAME")
    }

    fn activity(self) -> String {
        self.arn("activity:NAME")
    }

    fn executions(self) -> [String; 2] {
        [self.arn("execution:NAME:NAME"), self.arn("express:NAME:NAME:NAME")]
    }

    fn map_run(self) -> String {
        self.arn("mapRun:NAME/NAME:01234567-89ab-cdef-0123-456789abcdef")
    }

    /// The requests of an action that name it.
    fn requests(self, action: Action) -> Vec<Value> {
        let (machine, version, alias) = (self.machine(), self.version(), self.alias());
        let startable = [machine.clone(), version.clone(), alias.clone()];
        let activity = self.activity();
        let taggable = [machine.clone(), activity.clone()];
        let route = json!([{ "stateMachineVersionArn": version, "weight": 100 }]);
        let each = |key: &str, arns: &[String], more: Value| -> Vec<Value> {
            let with = |arn: &String| {
                let mut request = more.clone();
                request[key] = json!(arn);
                request
            };
            arns.iter().map(with).collect()
        };
        let one = |key: &str, arn: &String, more: Value| each(key, std::slice::from_ref(arn), more);
        match action {
            // What they make is the caller's own, and what they look at they have been given.
            Action::CreateActivity
            | Action::CreateStateMachine
            | Action::ListActivities
            | Action::ListStateMachines
            | Action::TestState
            | Action::ValidateStateMachineDefinition => Vec::new(),
            // Their tokens have a test of their own.
            Action::SendTaskFailure | Action::SendTaskHeartbeat | Action::SendTaskSuccess => {
                Vec::new()
            }
            Action::CreateStateMachineAlias => {
                vec![json!({ "name": "curious", "routingConfiguration": route })]
            }
            Action::DeleteActivity | Action::DescribeActivity | Action::GetActivityTask => {
                one("activityArn", &activity, json!({}))
            }
            Action::DeleteStateMachine => one("stateMachineArn", &machine, json!({})),
            Action::DeleteStateMachineAlias | Action::DescribeStateMachineAlias => {
                one("stateMachineAliasArn", &alias, json!({}))
            }
            Action::DeleteStateMachineVersion => one("stateMachineVersionArn", &version, json!({})),
            Action::DescribeExecution
            | Action::DescribeStateMachineForExecution
            | Action::GetExecutionHistory
            | Action::ListMapRuns
            | Action::RedriveExecution
            | Action::StopExecution => each("executionArn", &self.executions(), json!({})),
            Action::DescribeMapRun => one("mapRunArn", &self.map_run(), json!({})),
            Action::UpdateMapRun => {
                one("mapRunArn", &self.map_run(), json!({ "maxConcurrency": 1 }))
            }
            Action::DescribeStateMachine => each("stateMachineArn", &startable[..2], json!({})),
            Action::ListExecutions => {
                let mut requests = each("stateMachineArn", &startable, json!({}));
                requests.extend(one("mapRunArn", &self.map_run(), json!({})));
                requests
            }
            Action::ListStateMachineAliases => each("stateMachineArn", &startable[..2], json!({})),
            Action::ListStateMachineVersions | Action::PublishStateMachineVersion => {
                one("stateMachineArn", &machine, json!({}))
            }
            Action::ListTagsForResource => each("resourceArn", &taggable, json!({})),
            Action::TagResource => {
                let tags = json!({ "tags": [{ "key": "k", "value": "v" }] });
                each("resourceArn", &taggable, tags)
            }
            Action::UntagResource => {
                each("resourceArn", &taggable, json!({ "tagKeys": ["owner"] }))
            }
            Action::StartExecution | Action::StartSyncExecution => {
                let named = json!({ "name": self.name });
                let mut requests = each("stateMachineArn", &startable, named);
                requests.extend(each("stateMachineArn", &startable, json!({})));
                requests
            }
            Action::UpdateStateMachine => {
                one("stateMachineArn", &machine, json!({ "definition": DEFINITION }))
            }
            Action::UpdateStateMachineAlias => {
                let mut requests =
                    one("stateMachineAliasArn", &alias, json!({ "description": "b" }));
                let routed = json!({ "routingConfiguration": route });
                requests.extend(one("stateMachineAliasArn", &alias, routed));
                requests
            }
        }
    }
}

/// Whether an action changes nothing.
fn reads(action: Action) -> bool {
    let name = action.as_str();
    name.starts_with("List") || name.starts_with("Describe") || name == "GetExecutionHistory"
}

fn is_unknown(answer: &Answer) -> bool {
    answer.body.contains("UnknownOperationException")
}

impl World {
    /// A has one of each, and two of what has pages. B has a state machine.
    async fn new() -> Self {
        let authentication = Authentication::Development { region: "us-east-1".into() };
        let host = Host::of(client::keeping().await, authentication, Limits::default()).await;
        let mut world = Self { host, pages: Vec::new(), revision: String::new() };
        let tags = json!([{ "key": "owner", "value": "known to A" }]);
        let role = "arn:aws:iam::111111111111:role/r";
        for name in [REAL, "second"] {
            let machine = json!({
                "name": name, "definition": DEFINITION, "roleArn": role, "tags": tags,
                "publish": true,
            });
            let created = world.done(A, Action::CreateStateMachine, &machine).await;
            let version = &created["stateMachineVersionArn"];
            let route = json!([{ "stateMachineVersionArn": version, "weight": 100 }]);
            for alias in [name, "other"] {
                let alias = json!({ "name": alias, "routingConfiguration": route });
                world.done(A, Action::CreateStateMachineAlias, &alias).await;
            }
            let activity = json!({ "name": name, "tags": tags });
            world.done(A, Action::CreateActivity, &activity).await;
        }
        let machine = json!({ "stateMachineArn": Named { name: REAL, account: A }.machine() });
        for name in [REAL, "second"] {
            let mut start = machine.clone();
            start["name"] = json!(name);
            start["input"] = json!("\"known to A\"");
            world.done(A, Action::StartExecution, &start).await;
        }
        let mut update = machine.clone();
        update["definition"] = json!(DEFINITION.replace("known", "also known"));
        update["publish"] = json!(true);
        let updated = world.done(A, Action::UpdateStateMachine, &update).await;
        world.revision = updated["revisionId"].as_str().unwrap().to_owned();
        for (action, request) in [
            (Action::ListStateMachines, &json!({})),
            (Action::ListActivities, &json!({})),
            (Action::ListExecutions, &machine),
            (Action::ListStateMachineAliases, &machine),
            (Action::ListStateMachineVersions, &machine),
        ] {
            let mut request = request.clone();
            request["maxResults"] = json!(1);
            let page = world.done(A, action, &request).await;
            world.pages.push(page["nextToken"].as_str().unwrap().to_owned());
        }
        let own = json!({ "name": "own", "definition": DEFINITION, "roleArn": role });
        world.done(B, Action::CreateStateMachine, &own).await;
        world
    }

    async fn call(&self, account: &str, action: Action, request: &Value) -> Answer {
        let target = format!("AWSStepFunctions.{}", action.as_str());
        let credential =
            format!("AWS4-HMAC-SHA256 Credential={account}/20261122/us-east-1/states/aws4_request");
        let headers = [
            ("x-amz-target", &*target),
            ("content-type", "application/x-amz-json-1.0"),
            ("authorization", &*credential),
        ];
        self.host.send("POST /", &headers, &request.to_string()).await
    }

    async fn done(&self, account: &str, action: Action, request: &Value) -> Value {
        let answer = self.call(account, action, request).await;
        assert_eq!(answer.status, 200, "{action:?} {request}: {}", answer.body);
        answer.json()
    }

    /// All that an account can see of its own.
    async fn seen(&self, account: &str) -> Vec<String> {
        let mut seen = Vec::new();
        for action in Action::ALL.iter().filter(|action| reads(**action)) {
            let own = Named { name: REAL, account };
            let mut requests = own.requests(*action);
            if requests.is_empty() {
                requests.push(json!({}));
            }
            for request in requests {
                let answer = self.call(account, *action, &request).await;
                seen.push(format!("{action:?} {request}: {} {}", answer.status, answer.body));
            }
        }
        seen
    }
}

/// B gets the same answer of what there is and of what there is not, and it is a refusal.
async fn tells_nothing(world: &World, account: &str) {
    for action in Action::ALL {
        let real = Named { name: REAL, account }.requests(*action);
        let absent = Named { name: ABSENT, account }.requests(*action);
        for (real, absent) in real.iter().zip(&absent) {
            let about_real = world.call(B, *action, real).await;
            let about_absent = world.call(B, *action, absent).await;
            assert_eq!(
                (about_real.status, about_real.body.replace(REAL, ABSENT)),
                (about_absent.status, about_absent.body),
                "{action:?} {real}"
            );
            // Deleting what there is not is no error, nor is asking for its tags' removal.
            let is_own = account == B;
            let deletes = action.as_str().starts_with("Delete");
            assert!(about_real.status == 400 || is_own && deletes, "{action:?} {real}");
            assert!(!about_real.body.contains("known to A"), "{action:?} {real}");
        }
    }
}

#[tokio::test]
async fn what_another_has_is_as_what_there_is_not() {
    let world = World::new().await;
    let before = world.seen(A).await;
    let told = before.iter().filter(|seen| seen.contains(": 200 ")).count();
    assert!(told > 0, "A sees what it has");
    // By A's own ARNs, and by what they would be if they were B's.
    tells_nothing(&world, A).await;
    tells_nothing(&world, B).await;
    assert_eq!(world.seen(A).await, before);
}

#[tokio::test]
async fn all_of_it_is_seen_by_whose_it_is() {
    let world = World::new().await;
    for action in Action::ALL.iter().filter(|action| reads(**action)) {
        for request in (Named { name: REAL, account: A }).requests(*action) {
            // Executions have tests of their own.
            let text = request.to_string();
            if text.contains("xecutionArn") || text.contains("mapRunArn") {
                continue;
            }
            let answer = world.call(A, *action, &request).await;
            assert!(answer.status == 200 || is_unknown(&answer), "{action:?} {request}");
        }
    }
}

#[tokio::test]
async fn lists_have_ones_own() {
    let world = World::new().await;
    let machines = world.done(B, Action::ListStateMachines, &json!({})).await;
    assert_eq!(machines["stateMachines"].as_array().map(Vec::len), Some(1));
    assert_eq!(machines["stateMachines"][0]["name"], "own");
    let activities = world.done(B, Action::ListActivities, &json!({})).await;
    assert_eq!(activities, json!({ "activities": [] }));
}

#[tokio::test]
async fn pages_of_another_are_no_pages() {
    let world = World::new().await;
    let own = Named { name: "own", account: B };
    for action in Action::ALL.iter().filter(|action| action.as_str().starts_with("List")) {
        if *action == Action::ListTagsForResource {
            continue;
        }
        let request = own.requests(*action).into_iter().next().unwrap_or_else(|| json!({}));
        let with = |token: &str| {
            let mut request = request.clone();
            request["nextToken"] = json!(token);
            request
        };
        let made_up = world.call(B, *action, &with("bWFkZSB1cA")).await;
        assert_eq!(made_up.status, 400, "{action:?}");
        for page in &world.pages {
            let answer = world.call(B, *action, &with(page)).await;
            assert_eq!((answer.status, answer.body), (made_up.status, made_up.body.clone()));
        }
    }
}

#[tokio::test]
async fn revisions_of_another_are_none() {
    let world = World::new().await;
    let own = Named { name: "own", account: B }.machine();
    let publish = async |revision: &str| {
        let request = json!({ "stateMachineArn": own, "revisionId": revision });
        let answer = world.call(B, Action::PublishStateMachineVersion, &request).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        answer.body.replace(revision, "REVISION")
    };
    let made_up = "01234567-89ab-cdef-0123-456789abcdef";
    assert_eq!(publish(&world.revision).await, publish(made_up).await);
}

#[tokio::test]
async fn tokens_of_tasks_that_are_made_up_are_refused_alike() {
    let world = World::new().await;
    for (action, more) in [
        (Action::SendTaskSuccess, json!({ "output": "{}" })),
        (Action::SendTaskFailure, json!({})),
        (Action::SendTaskHeartbeat, json!({})),
    ] {
        let mut answers = Vec::new();
        for account in [A, B] {
            let mut request = more.clone();
            request["taskToken"] = json!("AQCEAAAAKgAAAAMAAAAAAAAAAQ");
            let answer = world.call(account, action, &request).await;
            assert_eq!(answer.status, 400, "{action:?}");
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1]);
    }
}

#[tokio::test]
async fn the_same_names_are_others_things() {
    let world = World::new().await;
    let before = world.seen(A).await;
    let role = "arn:aws:iam::222222222222:role/r";
    let definition = DEFINITION.replace("known to A", "of B");
    let machine = json!({
        "name": REAL, "definition": definition, "roleArn": role, "publish": true,
    });
    let created = world.done(B, Action::CreateStateMachine, &machine).await;
    let own = Named { name: REAL, account: B };
    assert_eq!(created["stateMachineArn"], own.machine());
    let route = json!([{ "stateMachineVersionArn": own.version(), "weight": 100 }]);
    let alias = json!({ "name": REAL, "routingConfiguration": route });
    world.done(B, Action::CreateStateMachineAlias, &alias).await;
    world.done(B, Action::CreateActivity, &json!({ "name": REAL })).await;
    let described = world
        .done(B, Action::DescribeStateMachine, &json!({ "stateMachineArn": own.machine() }))
        .await;
    assert_eq!(described["definition"], definition);
    let tags =
        world.done(B, Action::ListTagsForResource, &json!({ "resourceArn": own.activity() })).await;
    assert_eq!(tags, json!({ "tags": [] }));
    // An alias of one's own cannot lead to another's version.
    let theirs = Named { name: REAL, account: A };
    let route = json!([{ "stateMachineVersionArn": theirs.version(), "weight": 100 }]);
    let update = json!({ "stateMachineAliasArn": own.alias(), "routingConfiguration": route });
    assert_eq!(world.call(B, Action::UpdateStateMachineAlias, &update).await.status, 400);
    for (action, key, arn) in [
        (Action::DeleteStateMachineAlias, "stateMachineAliasArn", own.alias()),
        (Action::DeleteStateMachineVersion, "stateMachineVersionArn", own.version()),
        (Action::DeleteStateMachine, "stateMachineArn", own.machine()),
        (Action::DeleteActivity, "activityArn", own.activity()),
    ] {
        world.done(B, action, &json!({ key: arn })).await;
    }
    assert_eq!(world.seen(A).await, before);
}
