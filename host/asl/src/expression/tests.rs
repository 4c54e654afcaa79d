use std::{cell::Cell, collections::HashMap};

use serde_json::json;

use super::*;

/// An environment whose random bits count up from a seed.
pub(crate) struct Fixture {
    pub(crate) context: Value,
    pub(crate) variables: HashMap<String, Value>,
    pub(crate) random: Cell<u64>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self {
            context: json!({
                "Execution": {"Id": "arn:e", "Input": {}, "Name": "e"},
                "StateMachine": {"Id": "arn:m", "Name": "a-b-c"},
            }),
            variables: HashMap::from([
                ("x".to_owned(), json!({"y": [1, 2]})),
                ("name".to_owned(), json!("Ada")),
            ]),
            random: Cell::new(0x0123_4567_89ab_cdef),
        }
    }

    pub(crate) fn scope<'a>(&'a self, input: &'a Value) -> Scope<'a> {
        Scope { input, result: None, error_output: None, environment: self }
    }
}

impl Environment for Fixture {
    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn random(&self) -> u64 {
        let bits = self.random.get();
        self.random.set(bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        bits
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(1_700_000_000_123).unwrap()
    }
}

fn path(text: &str) -> Template {
    Template::Expression(Expression::Path(Path::parse(text).unwrap()))
}

fn intrinsic(text: &str) -> Template {
    Template::Expression(Expression::Intrinsic(Intrinsic::parse(text).unwrap()))
}

fn jsonata(text: &str) -> Template {
    Template::Expression(Expression::Jsonata(jsonata::Expression::parse(text).unwrap()))
}

fn object<const N: usize>(members: [(&str, Template); N]) -> Template {
    Template::Object(members.map(|(name, template)| (name.to_owned(), template)).into())
}

fn evaluate(template: &Template, input: &Value, field: &str) -> Result<Value, Error> {
    template.evaluate(&Fixture::new().scope(input), field)
}

#[test]
fn fills_in_a_template_of_paths_and_functions() {
    let template = object([
        ("literal", Template::Literal(json!({"a": [1]}))),
        ("path", path("$.a.b")),
        ("nested", object([("list", path("$.a[*]")), ("id", path("$$.Execution.Id"))])),
        ("variable", path("$x.y[0]")),
        ("call", intrinsic("States.Format('{}!', $.a.b)")),
    ]);
    assert_eq!(
        evaluate(&template, &json!({"a": {"b": 1}}), "Parameters").unwrap(),
        json!({
            "literal": {"a": [1]},
            "path": 1,
            "nested": {"list": [1], "id": "arn:e"},
            "variable": 1,
            "call": "1!",
        })
    );
}

#[test]
fn names_its_variables() {
    let template = object([
        ("a", path("$a.b")),
        (
            "b",
            Template::Array(vec![path("$.x"), intrinsic("States.Array($b, $c[0], $$.Execution)")]),
        ),
        ("d", jsonata("$d + $states.input")),
        ("e", Template::Literal(json!("$e"))),
    ]);
    let variables: Vec<_> =
        template.expressions().into_iter().flat_map(Expression::variables).collect();
    assert_eq!(variables, ["a", "b", "c", "d"]);
}

#[test]
fn an_indefinite_path_that_leads_nowhere_is_an_empty_list_in_a_payload() {
    for text in ["$[*]", "$.item.items[*]", "$.items[:1].itemValue", "$.a..b"] {
        let value = evaluate(&object([("item", path(text))]), &json!({}), "Parameters").unwrap();
        assert_eq!(value, json!({"item": []}), "{text}");
    }
}

#[test]
fn a_missing_path_is_told_by_its_key_in_a_payload() {
    let template = object([("outer", object([("value", path("$.missing.too"))]))]);
    let error = evaluate(&template, &json!({"a": 1}), "Parameters").unwrap_err();
    assert_eq!(
        error.to_string(),
        "The JSONPath '$.missing.too' specified for the field 'value.$' could not be found in the \
         input '{\"a\":1}'"
    );
    assert_eq!(error.name(), "States.Runtime");
    assert_eq!(error.location(), None);

    let error = evaluate(&path("$.b"), &json!({}), "Assign/result").unwrap_err();
    assert_eq!(
        error.to_string(),
        "The JSONPath '$.b' specified for the field 'result.$' could not be found in the input '{}'"
    );
}

#[test]
fn a_missing_path_is_told_by_its_field_where_it_is_a_field() {
    let fixture = Fixture::new();
    let input = json!({});
    let expression = Expression::Path(Path::parse("$.ErrorX").unwrap());
    let error = expression.evaluate_as_payload(&fixture.scope(&input), "ErrorPath").unwrap_err();
    assert_eq!(
        error.to_string(),
        "The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found in the \
         input '{}'"
    );
    let error = expression.evaluate(&fixture.scope(&input), "TimeoutSecondsPath").unwrap_err();
    assert_eq!(error.to_string(), "Invalid path '$.ErrorX' : No results for path: $['ErrorX']");
    assert_eq!(error.name(), "States.Runtime");
}

#[test]
fn fills_in_a_template_of_jsonata() {
    let template = object([
        ("sum", jsonata("$states.input.a + 1")),
        ("list", Template::Array(vec![Template::Literal(json!("x")), jsonata("$name")])),
    ]);
    assert_eq!(
        evaluate(&template, &json!({"a": 1}), "Output").unwrap(),
        json!({"sum": 2, "list": ["x", "Ada"]})
    );
}

#[test]
fn an_undefined_expression_is_told_by_its_place() {
    let undefined = || jsonata("$doesNotExist");
    for (template, place) in [
        (undefined(), "Output"),
        (object([("result", undefined())]), "Output/result"),
        (object([("a", Template::Array(vec![object([("b", undefined())])]))]), "Output/a[0]/b"),
    ] {
        let error = evaluate(&template, &json!({}), "Output").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "The JSONata expression '$doesNotExist' specified for the field '{place}' \
                 returned nothing (undefined)."
            )
        );
        assert_eq!(error.name(), "States.QueryEvaluationError");
        assert_eq!(error.location(), Some(place));
    }
}

#[test]
fn an_expression_that_throws_says_what() {
    let error = evaluate(&jsonata("1 + 'a'"), &json!({}), "Output").unwrap_err();
    assert_eq!(
        error.to_string(),
        "The JSONata expression '1 + 'a'' specified for the field 'Output' threw an error during \
         evaluation. T2002: The right side of the + operator must evaluate to a number"
    );
    assert_eq!(error.location(), Some("Output"));
}

#[test]
fn a_wrong_type_shows_the_value() {
    let expression = jsonata::Expression::parse(" $ItemsVar ").unwrap();
    let error = Error::unexpected_type(&expression, "Items", "array", &json!({"foo": "bar"}));
    assert_eq!(
        error.to_string(),
        "The JSONata expression '$ItemsVar' specified for the field 'Items' returned an unexpected \
         result type. Expected 'array', but was 'object' for value: {\"foo\":\"bar\"}"
    );
}

#[test]
fn a_template_collects_no_more_than_memory_allows() {
    let input = json!({"a": "x".repeat(1 << 20)});
    let template = Template::Array(vec![path("$"); 100]);
    let error = evaluate(&template, &input, "Parameters").unwrap_err();
    assert_eq!(error.to_string(), "The values are larger than 67108864 bytes in all");
    assert_eq!(error.name(), "States.DataLimitExceeded");
}

#[test]
fn a_template_collects_nothing_that_nests_too_deep() {
    let nested = |depth: usize| {
        serde_json::from_str::<Value>(&format!("{}1{}", "[".repeat(depth), "]".repeat(depth)))
    };
    let template = object([("a", path("$"))]);
    assert!(evaluate(&template, &nested(99).unwrap(), "Parameters").is_ok());
    let error = evaluate(&template, &nested(100).unwrap(), "Parameters").unwrap_err();
    assert_eq!(error.to_string(), "A value is nested more than 100 levels deep");
    assert_eq!(error.name(), "States.DataLimitExceeded");
    let literal = Template::Literal(nested(101).unwrap());
    assert!(evaluate(&literal, &json!({}), "Parameters").is_err());
    let template = (0..101).fold(path("$"), |template, _| Template::Array(vec![template]));
    assert!(evaluate(&template, &json!({}), "Parameters").is_err());
}
