//! Each kind of state, parsed into its type.

use stepwell_asl::{
    StateMachine,
    definition::{
        CatchOutput, ChoiceRule, Condition, Field, Io, Is, Items, Jitter, Kind, Operand,
        OperandType, Operator, Order, QueryLanguage, State, Transition, WaitUntil,
    },
    expression::{Expression, Template},
    resource::Resource,
};

/// The state `A` of a machine that has it and `Z`, which ends.
#[track_caller]
fn state(fields: &str) -> State {
    machine(fields, "JSONPath").states["A"].clone()
}

#[track_caller]
fn jsonata_state(fields: &str) -> State {
    machine(fields, "JSONata").states["A"].clone()
}

#[track_caller]
fn machine(fields: &str, language: &str) -> StateMachine {
    let reached = if fields.contains("\"Z\"") { r#", "Z": {"Type": "Succeed"}"# } else { "" };
    let text = format!(
        r#"{{"QueryLanguage": "{language}", "StartAt": "A", "States": {{"A": {{{fields}}}{reached}}}}}"#
    );
    StateMachine::parse(&text).unwrap().machine
}

macro_rules! kind {
    ($state:expr, $kind:ident) => {
        match $state.kind {
            Kind::$kind(kind) => kind,
            other => panic!("{other:?}"),
        }
    };
}

fn literal(value: serde_json::Value) -> Template {
    Template::Literal(value)
}

#[test]
fn the_machine() {
    let parsed = StateMachine::parse(
        r#"{"Comment": "c", "Version": "1.0", "TimeoutSeconds": 7, "StartAt": "P", "States": {
            "P": {"Type": "Parallel", "Comment": "p", "Next": "Z", "Branches": [
                {"StartAt": "B", "States": {"B": {"Type": "Pass", "QueryLanguage": "JSONata", "End": true}}}
            ]},
            "Z": {"Type": "Succeed"}}}"#,
    )
    .unwrap();
    assert!(parsed.warnings.is_empty());
    let machine = parsed.machine;
    assert_eq!(machine.comment.as_deref(), Some("c"));
    assert_eq!(machine.timeout_seconds, Some(7));
    assert_eq!(machine.query_language, QueryLanguage::JsonPath);
    assert_eq!(&*machine.workflow.start_at, "P");
    assert_eq!(machine.workflow.states, ["P".into(), "Z".into()]);
    assert_eq!(machine.states.len(), 3);
    assert_eq!(machine.states["B"].query_language, QueryLanguage::Jsonata);
    assert_eq!(machine.states["P"].comment.as_deref(), Some("p"));
    let parallel = kind!(machine.states["P"].clone(), Parallel);
    assert_eq!(&*parallel.branches[0].start_at, "B");
    assert_eq!(parallel.branches[0].states, ["B".into()]);
}

#[test]
fn pass() {
    let pass = kind!(
        state(
            r#""Type": "Pass", "Result": {"a": 1.50}, "InputPath": null, "ResultPath": "$.r",
               "Parameters": {"x.$": "$.y", "z": {"deep": [1]}},
               "Assign": {"v.$": "States.UUID()", "w": 2}, "Next": "Z""#
        ),
        Pass
    );
    assert_eq!(pass.transition, Transition::Next("Z".into()));
    assert_eq!(pass.result.unwrap().text(), r#"{"a":1.5}"#);
    let Io::JsonPath(io) = pass.io else { panic!() };
    assert!(io.input_path.is_none());
    assert_eq!(io.output_path.unwrap().text(), "$");
    assert_eq!(io.result_path.unwrap().text(), "$.r");
    let Some(Template::Object(fields)) = io.parameters else { panic!() };
    assert!(matches!(
        &fields[0],
        (key, Template::Expression(Expression::Path(path))) if key == "x" && path.text() == "$.y"
    ));
    assert_eq!(fields[1], ("z".to_owned(), literal(serde_json::json!({ "deep": [1] }))));
    assert!(matches!(
        &pass.assign[0],
        (name, Template::Expression(Expression::Intrinsic(_))) if name == "v"
    ));
    assert_eq!(pass.assign[1], ("w".to_owned(), literal(2.into())));
}

#[test]
fn pass_in_jsonata() {
    let pass = kind!(
        jsonata_state(r#""Type": "Pass", "Output": ["{% 1 %}", "$.a", {}], "End": true"#),
        Pass
    );
    assert_eq!(pass.transition, Transition::End);
    let Io::Jsonata(io) = pass.io else { panic!() };
    assert!(io.arguments.is_none());
    let Some(Template::Array(items)) = io.output else { panic!() };
    assert!(matches!(
        &items[0],
        Template::Expression(Expression::Jsonata(expression)) if expression.text() == "1"
    ));
    assert_eq!(items[1..], [literal("$.a".into()), literal(serde_json::json!({}))]);
}

#[test]
fn task() {
    let task = kind!(
        state(
            r#""Type": "Task", "Resource": "wasm:payments/charge", "TimeoutSeconds": 9,
               "HeartbeatSecondsPath": "$.h", "Credentials": {"RoleArn.$": "$.role"},
               "Retry": [{"ErrorEquals": ["X"]}, {"ErrorEquals": ["States.ALL"],
                   "IntervalSeconds": 2, "MaxAttempts": 0, "BackoffRate": 1, "MaxDelaySeconds": 3,
                   "JitterStrategy": "FULL"}],
               "Catch": [{"ErrorEquals": ["Y"], "Next": "Z", "ResultPath": null, "Comment": "c"},
                   {"ErrorEquals": ["States.ALL"], "Next": "Z"}],
               "End": true"#
        ),
        Task
    );
    assert!(matches!(task.resource, Resource::Wasm(wasm) if &*wasm.task == "charge"));
    assert_eq!(task.timeout_seconds, Some(Field::Fixed(9)));
    assert!(matches!(task.heartbeat_seconds, Some(Field::Computed(Expression::Path(_)))));
    assert!(matches!(task.credentials, Some(Template::Object(_))));
    let [first, second] = task.retry.as_slice() else { panic!() };
    assert_eq!(first.error_equals, ["X"]);
    assert_eq!((first.interval_seconds, first.max_attempts, first.backoff_rate), (1, 3, 2.0));
    assert_eq!((first.max_delay_seconds, first.jitter), (None, Jitter::None));
    assert_eq!((second.interval_seconds, second.max_attempts, second.backoff_rate), (2, 0, 1.0));
    assert_eq!((second.max_delay_seconds, second.jitter), (Some(3), Jitter::Full));
    let [first, second] = task.catch.as_slice() else { panic!() };
    assert_eq!((&first.error_equals[..], &*first.next), (&["Y".to_owned()][..], "Z"));
    assert!(matches!(first.output, CatchOutput::ResultPath(None)));
    assert!(matches!(&second.output, CatchOutput::ResultPath(Some(path)) if path.text() == "$"));
}

#[test]
fn task_in_jsonata() {
    let task = kind!(
        jsonata_state(
            r#""Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"a": 1},
               "TimeoutSeconds": "{% $t %}", "HeartbeatSeconds": 3,
               "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z", "Output": 1,
                   "Assign": {"e": "{% $states.errorOutput %}"}}],
               "End": true"#
        ),
        Task
    );
    assert!(matches!(task.timeout_seconds, Some(Field::Computed(Expression::Jsonata(_)))));
    assert_eq!(task.heartbeat_seconds, Some(Field::Fixed(3)));
    let Io::Jsonata(io) = task.io else { panic!() };
    assert_eq!(io.arguments, Some(literal(serde_json::json!({ "a": 1 }))));
    assert!(matches!(&task.catch[0].output, CatchOutput::Output(Some(Template::Literal(_)))));
    assert_eq!(task.catch[0].assign[0].0, "e");
}

fn rules(choices: &str) -> Vec<ChoiceRule> {
    kind!(state(&format!(r#""Type": "Choice", "Default": "Z", "Choices": {choices}"#)), Choice)
        .choices
}

#[test]
fn choice() {
    let rules = rules(
        r#"[{"Variable": "$.a", "NumericLessThanEquals": 1.5, "Next": "Z", "Assign": {"v": 1}},
            {"Variable": "$.a", "StringGreaterThanPath": "$.b", "Next": "Z"},
            {"Variable": "$.a", "StringMatches": "a*", "Next": "Z"},
            {"Or": [{"Variable": "$.a", "IsTimestamp": false},
                {"And": [{"Not": {"Variable": "$.a", "BooleanEquals": true}}]}], "Next": "Z"}]"#,
    );
    let operator = |condition: &Condition| match condition {
        Condition::Comparison(comparison) => comparison.operator.clone(),
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        operator(&rules[0].condition),
        Operator::Compare {
            type_: OperandType::Numeric,
            order: Order::LessThanEquals,
            operand: Operand::Constant(value)
        } if value == 1.5
    ));
    assert_eq!(rules[0].assign.len(), 1);
    assert!(matches!(
        operator(&rules[1].condition),
        Operator::Compare {
            type_: OperandType::String,
            order: Order::GreaterThan,
            operand: Operand::Path(path)
        } if path.text() == "$.b"
    ));
    assert!(matches!(operator(&rules[2].condition), Operator::StringMatches(it) if it == "a*"));
    let Condition::Or(either) = &rules[3].condition else { panic!() };
    assert!(matches!(operator(&either[0]), Operator::Is(Is::Timestamp, false)));
    let Condition::And(all) = &either[1] else { panic!() };
    let Condition::Not(inner) = &all[0] else { panic!() };
    assert!(matches!(
        operator(inner),
        Operator::Compare { type_: OperandType::Boolean, order: Order::Equals, .. }
    ));
}

#[test]
fn every_operator_has_its_meaning() {
    let names = ["String", "Numeric", "Timestamp", "Boolean"];
    let types =
        [OperandType::String, OperandType::Numeric, OperandType::Timestamp, OperandType::Boolean];
    let constants = [r#""a""#, "1", r#""2026-01-01T00:00:00Z""#, "true"];
    let orders = [
        ("Equals", Order::Equals),
        ("LessThan", Order::LessThan),
        ("GreaterThan", Order::GreaterThan),
        ("LessThanEquals", Order::LessThanEquals),
        ("GreaterThanEquals", Order::GreaterThanEquals),
    ];
    for ((name, expected_type), constant) in names.iter().zip(types).zip(constants) {
        let orders = if expected_type == OperandType::Boolean { &orders[..1] } else { &orders };
        for (order_name, expected_order) in orders {
            for (suffix, operand) in [("", constant), ("Path", r#""$.b""#)] {
                let rule = format!(
                    r#"[{{"Variable": "$.a", "{name}{order_name}{suffix}": {operand}, "Next": "Z"}}]"#
                );
                let rules = rules(&rule);
                let Condition::Comparison(comparison) = &rules[0].condition else { panic!() };
                let Operator::Compare { type_, order, operand } = &comparison.operator else {
                    panic!()
                };
                assert_eq!((*type_, order), (expected_type, expected_order), "{rule}");
                assert_eq!(matches!(operand, Operand::Path(_)), suffix == "Path", "{rule}");
            }
        }
    }
    let tests = [
        ("Null", Is::Null),
        ("Present", Is::Present),
        ("Numeric", Is::Numeric),
        ("String", Is::String),
        ("Boolean", Is::Boolean),
        ("Timestamp", Is::Timestamp),
    ];
    for (name, expected) in tests {
        let rules = rules(&format!(r#"[{{"Variable": "$.a", "Is{name}": true, "Next": "Z"}}]"#));
        let Condition::Comparison(comparison) = &rules[0].condition else { panic!() };
        assert!(matches!(comparison.operator, Operator::Is(is, true) if is == expected), "{name}");
    }
}

#[test]
fn choice_in_jsonata() {
    let choice = kind!(
        jsonata_state(
            r#""Type": "Choice", "Default": "Z", "Choices": [
                {"Condition": "{% $a = 1 %}", "Next": "Z", "Output": 1}, {"Condition": true, "Next": "Z"}]"#
        ),
        Choice
    );
    let text = |rule: &ChoiceRule| match &rule.condition {
        Condition::Jsonata(Expression::Jsonata(expression)) => expression.text().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text(&choice.choices[0]), "$a = 1");
    assert_eq!(choice.choices[0].output, Some(literal(1.into())));
    assert_eq!(text(&choice.choices[1]), "true");
    assert_eq!(choice.default.as_deref(), Some("Z"));
}

#[test]
fn wait() {
    let until = |fields: &str| {
        kind!(state(&format!(r#""Type": "Wait", {fields}, "End": true"#)), Wait).until
    };
    assert!(matches!(until(r#""Seconds": 0"#), WaitUntil::Seconds(Field::Fixed(0))));
    assert!(matches!(until(r#""SecondsPath": "$.s""#), WaitUntil::Seconds(Field::Computed(_))));
    assert!(matches!(
        until(r#""Timestamp": "1970-01-01T00:00:01Z""#),
        WaitUntil::Timestamp(Field::Fixed(timestamp)) if timestamp.as_second() == 1
    ));
    assert!(matches!(
        until(r#""TimestampPath": "$.s""#),
        WaitUntil::Timestamp(Field::Computed(Expression::Path(_)))
    ));
    let wait =
        kind!(jsonata_state(r#""Type": "Wait", "Timestamp": "{% $t %}", "End": true"#), Wait);
    assert!(matches!(wait.until, WaitUntil::Timestamp(Field::Computed(Expression::Jsonata(_)))));
}

#[test]
fn succeed_and_fail() {
    let succeed = kind!(state(r#""Type": "Succeed", "OutputPath": "$.a""#), Succeed);
    let Io::JsonPath(io) = succeed.io else { panic!() };
    assert_eq!(io.output_path.unwrap().text(), "$.a");
    let fail = kind!(
        state(r#""Type": "Fail", "Error": "E", "CausePath": "States.Format('{}', $.c)""#),
        Fail
    );
    assert_eq!(fail.error, Some(Field::Fixed("E".to_owned())));
    assert!(matches!(fail.cause, Some(Field::Computed(Expression::Intrinsic(_)))));
    let fail = kind!(jsonata_state(r#""Type": "Fail", "Cause": "{% $c %}""#), Fail);
    assert_eq!(fail.error, None);
    assert!(matches!(fail.cause, Some(Field::Computed(Expression::Jsonata(_)))));
}

#[test]
fn map() {
    for (processor, selector) in [("ItemProcessor", "ItemSelector"), ("Iterator", "Parameters")] {
        let map = kind!(
            state(&format!(
                r#""Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2,
                   "{selector}": {{"v.$": "$$.Map.Item.Value"}},
                   "ToleratedFailureCountPath": "$.t", "ToleratedFailurePercentage": 12.5,
                   "{processor}": {{"StartAt": "B", "States": {{"B": {{"Type": "Succeed"}}}}}},
                   "End": true"#
            )),
            Map
        );
        assert_eq!(&*map.processor.start_at, "B");
        assert!(matches!(map.items, Some(Items::Path(path)) if path.text() == "$.items"));
        assert!(matches!(map.item_selector, Some(Template::Object(_))));
        assert_eq!(map.max_concurrency, Some(Field::Fixed(2)));
        assert!(matches!(map.tolerated_failure_count, Some(Field::Computed(_))));
        assert_eq!(map.tolerated_failure_percentage, Some(Field::Fixed(12.5)));
    }
}

#[test]
fn map_in_jsonata() {
    let items = |items: &str| {
        let map = kind!(
            jsonata_state(&format!(
                r#""Type": "Map", "Items": {items}, "MaxConcurrency": "{{% 1 %}}",
                   "ItemProcessor": {{"StartAt": "B", "States": {{"B": {{"Type": "Succeed"}}}}}},
                   "End": true"#
            )),
            Map
        );
        assert!(matches!(map.max_concurrency, Some(Field::Computed(_))));
        map.items
    };
    let template = |it: Option<Items>| match it {
        Some(Items::Template(template)) => template,
        other => panic!("{other:?}"),
    };
    assert!(matches!(template(items("[1, 2]")), Template::Literal(_)));
    assert!(matches!(template(items(r#"{"a": "{% 1 %}"}"#)), Template::Object(_)));
    assert!(matches!(template(items(r#""{% $x %}""#)), Template::Expression(_)));
}

/// The variables that a state `A` with these fields reads.
#[track_caller]
fn variables(fields: &str, language: &str) -> Vec<String> {
    let machine = machine(fields, language);
    let references = machine.variable_references();
    references.get("A").into_iter().flatten().map(|name| (*name).to_owned()).collect()
}

#[test]
fn every_field_may_refer_to_variables() {
    let jsonpath = [
        (
            r#""Type": "Pass", "InputPath": "$a", "OutputPath": "$b.x", "Parameters": {"p": [{"q.$": "$c"}]}"#,
            "abc",
        ),
        (
            r#""Type": "Pass", "Assign": {"z.$": "States.Format('{}{}', $a, States.JsonToString($b[0]))", "y": "$c"}"#,
            "ab",
        ),
        (
            r#""Type": "Task", "Resource": "wasm:a/b", "TimeoutSecondsPath": "$a", "HeartbeatSecondsPath": "$b",
               "Credentials": {"RoleArn.$": "$c"}, "ResultSelector": {"d.$": "$d"},
               "Catch": [{"ErrorEquals": ["X"], "Next": "Z", "Assign": {"e.$": "$e"}}]"#,
            "abcde",
        ),
        (r#""Type": "Wait", "SecondsPath": "$a", "Assign": {"a.$": "$.a"}"#, "a"),
        (r#""Type": "Wait", "TimestampPath": "$b""#, "b"),
        (
            r#""Type": "Map", "ItemsPath": "$a", "ItemSelector": {"b.$": "$b"}, "MaxConcurrencyPath": "$c",
               "ToleratedFailureCountPath": "$d", "ToleratedFailurePercentagePath": "$e",
               "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed", "InputPath": "$f"}}}"#,
            "abcde",
        ),
        (
            r#""Type": "Map", "Label": "l", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$a"}, "Parameters": {"Bucket.$": "$b", "Key": "k"}},
               "ItemBatcher": {"MaxItemsPerBatchPath": "$c", "MaxInputBytesPerBatchPath": "$d", "BatchInput": {"e.$": "$e"}},
               "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket.$": "$f", "Prefix": "p"}},
               "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "B", "States": {"B": {"Type": "Succeed"}}}"#,
            "abcdef",
        ),
        (
            r#""Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Fail", "ErrorPath": "$z"}}}],
               "Parameters": {"a.$": "$a"}"#,
            "a",
        ),
    ];
    for (fields, expected) in jsonpath {
        assert_eq!(variables(&format!(r#"{fields}, "End": true"#), "JSONPath").concat(), expected);
    }
    let jsonata = [
        (
            r#""Type": "Pass", "Output": ["{% $a + $sum($states.input.x) + $map($b, function($v) {$v}) %}"], "Assign": {"c": "{% $uuid() %}"}"#,
            "ab",
        ),
        (
            r#""Type": "Task", "Resource": "wasm:a/b", "Arguments": {"a": "{% $a %}"}, "TimeoutSeconds": "{% $b %}",
               "Catch": [{"ErrorEquals": ["X"], "Next": "Z", "Output": "{% $c %}"}]"#,
            "abc",
        ),
        (r#""Type": "Wait", "Seconds": "{% $a %}""#, "a"),
    ];
    for (fields, expected) in jsonata {
        assert_eq!(variables(&format!(r#"{fields}, "End": true"#), "JSONata").concat(), expected);
    }
    let choice = r#""Type": "Choice", "Default": "Z", "InputPath": "$a", "Assign": {"x.$": "$b"}, "Choices": [
        {"And": [{"Variable": "$c", "IsNull": true}, {"Not": {"Variable": "$.a", "StringEqualsPath": "$d"}}], "Next": "Z",
         "Assign": {"y.$": "$e"}}]"#;
    assert_eq!(variables(choice, "JSONPath").concat(), "abcde");
    let choice = r#""Type": "Choice", "Choices": [{"Condition": "{% $a %}", "Output": "{% $b %}", "Next": "Z"}]"#;
    assert_eq!(variables(choice, "JSONata").concat(), "ab");
    let fail = r#""Type": "Fail", "ErrorPath": "$a", "CausePath": "States.Format('{}', $b)""#;
    assert_eq!(variables(fail, "JSONPath").concat(), "ab");
}
