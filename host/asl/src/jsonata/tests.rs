use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::expression::tests::Fixture;

/// So long that a slow machine runs into no limit but the one that a test is about.
const AMPLE: u64 = 600_000;

fn run(text: &str, input: &Value) -> Result<Option<Value>, Error> {
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    expression.evaluate_within(AMPLE, &Fixture::new().scope(input))
}

fn value(text: &str) -> Value {
    run(text, &json!({"a": {"b": [1, 2, 3]}, "s": "text"}))
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .unwrap_or_else(|| panic!("{text} is undefined"))
}

fn error(text: &str) -> Error {
    let list = vec![json!({"x": 1}); 1000];
    run(text, &json!({"l": list})).expect_err(text)
}

#[test]
fn sees_the_states_data_and_the_variables() {
    let fixture = Fixture::new();
    let input = json!({"a": [{"x": 1, "y": 2}, {"x": 3}]});
    let (result, error_output) = (json!([1]), json!({"Error": "E"}));
    let mut scope = fixture.scope(&input);
    scope.result = Some(&result);
    scope.error_output = Some(&error_output);
    for (text, value) in [
        ("$states.input.a.x", json!([1, 3])),
        ("$states.input.a[0].y", json!(2)),
        ("$states.input.a[-1].x", json!(3)),
        ("$states.input.a[0][0].y", json!(2)),
        ("$states.input.a[x = 3]", json!({"x": 3})),
        ("$states.result[0]", json!(1)),
        ("$states.errorOutput.Error", json!("E")),
        ("$states.context.Execution.Id", json!("arn:e")),
        ("$name & '!'", json!("Ada!")),
        ("$x.y[1]", json!(2)),
        ("$keys($states)", json!(["input", "result", "errorOutput", "context"])),
        ("$states.input", input.clone()),
        ("$states.input.a.y.%.x", json!(1)),
        ("$states.*[0].a.y", json!(2)),
        ("($s := $states; $s.input.a.x)", json!([1, 3])),
        ("$map($states.input.a, function($v) { $v.x })", json!([1, 3])),
        ("$states.input.a.{'z': x}", json!([{"z": 1}, {"z": 3}])),
    ] {
        let expression = Expression::parse(text).unwrap();
        assert_eq!(expression.evaluate(&scope).unwrap(), Some(value), "{text}");
    }
}

#[test]
fn has_no_value_where_nothing_is_found() {
    for text in ["$doesNotExist", "$states.input.nothing", "$states.result", "unqualified", "$map"]
    {
        assert_eq!(run(text, &json!({})), Ok(None), "{text}");
    }
    assert_eq!(value("[$nothing, {'a': $nothing}]"), json!([{}]));
}

#[test]
fn numbers_are_written_as_javascript_writes_them() {
    for (text, json) in [
        ("1 + 1", "2"),
        ("3 / 2", "1.5"),
        ("-0", "0"),
        ("1e3", "1000"),
        ("9007199254740993", "9007199254740992"),
        ("1e19", "10000000000000000000"),
        ("1e21", "1e+21"),
        ("123456789012345678", "123456789012345680"),
    ] {
        assert_eq!(value(text).to_string(), json, "{text}");
    }
}

#[test]
fn functions_of_aws() {
    for (text, result) in [
        ("$partition([1,2,3,4,5], 2)", json!([[1, 2], [3, 4], [5]])),
        ("$partition('x', 2)", json!([["x"]])),
        ("$range(0, 10, 5)", json!([0, 5, 10])),
        ("$range(10, 0, -4)", json!([10, 6, 2])),
        ("$range(1, 0, 1)", json!([])),
        ("$range(0, 1, 0.5)", json!([0, 0.5, 1])),
        ("$hash('input data', 'MD5')", json!("812f45842bc6d66ee14572ce20db8e86")),
        ("$hash('input data', 'SHA-1')", json!("aaff4a450a104cd177d28d18d74485e8cae074b7")),
        ("$parse('{\"a\": [1, 2]}')", json!({"a": [1, 2]})),
        ("$parse('-0')", json!(0)),
        ("$parse('\"x\"')", json!("x")),
        ("$random(42) = $random(42)", json!(true)),
        ("$random() = $random()", json!(false)),
        ("$random() < 1", json!(true)),
        ("$uuid() = $uuid()", json!(false)),
        ("$length($uuid())", json!(36)),
        ("$map(['1', '[]'], $parse)", json!([1, []])),
    ] {
        assert_eq!(value(text), result, "{text}");
    }
    for text in ["$partition($no, 1)", "$range($no, 1, 1)", "$hash($no, 'MD5')", "$parse($no)"] {
        assert_eq!(run(text, &json!({})), Ok(None), "{text}");
    }
}

#[test]
fn functions_of_aws_refuse() {
    for (text, message) in [
        ("$partition([1], 0)", "The partition size must be a positive integer but was 0"),
        (
            "$partition([1], 'x')",
            "T0410: Argument 2 of function \"partition\" does not match function signature",
        ),
        ("$range(0, 1, 0)", "The step of a range must not be 0"),
        (
            "$hash('x', 'MD4')",
            "The hashing algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512 but was 'MD4'",
        ),
        (
            "$parse('{')",
            "The argument of function \"parse\" is not JSON: EOF while parsing an object at line 1 \
             column 1",
        ),
        (
            "$random('x')",
            "T0410: Argument 1 of function \"random\" does not match function signature",
        ),
        ("$eval('1')", "T1006: Attempted to invoke a non-function: $eval"),
        ("$nope()", "T1006: Attempted to invoke a non-function: $nope"),
        ("$error('mine')", "D3137: mine"),
        ("$states.input + 1", "T2001: The left side of the + operator must evaluate to a number"),
    ] {
        assert_eq!(error(text).to_string(), message, "{text}");
    }
    assert_eq!(
        error("$error('mine')"),
        Error::Thrown { code: Some("D3137".to_owned()), message: "D3137: mine".to_owned() }
    );
}

#[test]
fn the_same_scope_gives_the_same_values() {
    for text in ["$uuid()", "$random()", "$shuffle([1..100])", "$now()", "$millis()"] {
        assert_eq!(value(text), value(text), "{text}");
    }
    assert_eq!(value("$now()"), json!("2023-11-14T22:13:20.123Z"));
    assert_eq!(value("$millis()"), json!(1_700_000_000_123_i64));
    assert_eq!(value("$now('[Y]-[M01]')"), json!("2023-11"));
    assert_eq!(value("$sort($shuffle([1..5]))"), json!([1, 2, 3, 4, 5]));
}

#[test]
fn refuses_what_aws_refuses() {
    for (text, message) in [
        ("$a ?? 1", "S0204: Unknown operator: ??"),
        ("{'a': [$a ?: 1]}", "S0204: Unknown operator: ?:"),
        ("$$.a", "The root context variable '$$' cannot be used in a state machine; use '$states'"),
        (
            "$states.input.a[$$.b]",
            "The root context variable '$$' cannot be used in a state machine; use '$states'",
        ),
        (
            "$",
            "The context variable '$' cannot be used at the top level of an expression; use \
             '$states'",
        ),
        (
            "function($x) { $.a }",
            "The context variable '$' cannot be used at the top level of an expression; use \
             '$states'",
        ),
        ("", "S0207: Unexpected end of expression"),
        ("1 +", "S0207: Unexpected end of expression"),
        ("(1", "S0203: Expected RightParen before end of expression"),
        ("'a", "S0101: String literal must be terminated by a matching quote"),
        ("/* a", "S0106: Comment has no closing tag"),
        ("$a.b := 1", "S0212: The left side of := must be a variable name (start with $)"),
        ("(a := 1; a)", "S0212: The left side of := must be a variable name (start with $)"),
        ("$match('a', //)", "S0301: Empty regular expressions are not allowed"),
        ("$match('a', /a(/i)", "Invalid regular expression /a(/: unclosed group"),
    ] {
        assert_eq!(Expression::parse(text).unwrap_err().message, message, "{text}");
    }
    for text in ["$states.input.a[$ > 1]", "$states.input.($)", "$x^($)", "$x{$: 1}", "$x.y.($.a)"]
    {
        assert!(Expression::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn names_its_variables() {
    for (text, variables) in [
        ("$states.input", vec![]),
        ("$a + $b.c * $a", vec!["a", "b"]),
        ("($a := 1; $a + $b)", vec!["b"]),
        ("($a := $a + 1; $a)", vec!["a"]),
        ("($f := function($n) { $n = 0 ? $z : $f($n - 1) }; $f(3))", vec!["z"]),
        ("$map($list, function($v, $i) { $v + $i + $k })", vec!["list", "k"]),
        ("$map($list, $uppercase)", vec!["list"]),
        ("(($in := 1); $in)", vec!["in"]),
        ("$books@$b#$i[$b.x = $y].{'n': $i}", vec!["books", "y"]),
        ("$a[$b]^($c){$d: $e}", vec!["a", "b", "c", "d", "e"]),
    ] {
        let expression = Expression::parse(text).unwrap();
        assert_eq!(expression.variables().collect::<Vec<_>>(), variables, "{text}");
    }
}

#[test]
fn bounds_sequences() {
    assert_eq!(value("$count([1..873782])"), json!(873_782));
    assert_eq!(value("$count($range(1, 873782, 1))"), json!(873_782));
    for text in [
        "[1..873783]",
        "[1..10000001]",
        "[-1e300..1e300]",
        "($n := 1e300; [-$n..$n])",
        "$range(1, 873783, 1)",
        "$range(-1e308, 1e308, 1e-308)",
    ] {
        assert_eq!(error(text), Error::Memory, "{text}");
    }
    assert_eq!(Error::Memory.to_string(), "Expression evaluation memory limit exceeded");
}

#[test]
fn bounds_strings() {
    let double =
        "($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $length($f('a', N)))";
    assert_eq!(value(&double.replace('N', "22")), json!(1 << 22));
    for text in [
        double.replace('N', "23").as_str(),
        double.replace('N', "1000").as_str(),
        "$pad('', 1e9)",
        "$pad('', -1e300, 'ab')",
        "$map([1e9], function($w) { $pad('x', $w) })",
        "$join([1..800000].('xxxxxxxxxx'))",
        "$join([1..800000].('x'), '----------------------------------------------------------')",
        "[1..800000].('x') ~> $join($pad('', 4000000))",
        "$replace($pad('', 4000000, 'a'), 'a', $pad('', 1000))",
        "$replace($pad('', 4000000, 'a'), /a/, $pad('', 1000))",
        "($j := $join; $j([1..800000].('x'), $pad('', 4000000)))",
        "$reduce([1..100], function($a, $i) { {'a': $a, 'b': $a} }) ~> $string()",
        "$reduce([1..100], function($a, $i) { {'a': $a, 'b': $a} }) & ''",
        "$reduce([1..100], function($a, $i) { {'a': $a, 'b': $a} })",
        "$reduce([1..100], function($a, $i) { [$a, $a] })",
        "[1..800000].($pad('', 4000000, 'a') & $)",
        "$map([1..800000], function() { $pad('', 4000000) })",
        "$map([1..800000], function($i) { [$i..800000] })",
        "[1..800000].$states.input.l.x",
        "[1..800000].[$states.input.l]",
        "[1..800000].{'a': $states.input.l}.a.x",
        "$map([1..800000], function() { $states.input }).l.x",
        "[1..800000].(function() { 1 })",
        "$formatNumber(1, $pad('', 2000, '0'))",
        "$fromMillis(0, $pad('', 3000, '[Y]'))",
    ] {
        assert_eq!(error(text), Error::Memory, "{text}");
    }
}

#[test]
fn metering_changes_no_result() {
    for (text, result) in [
        ("$join(['a', 'b'], ', ')", json!("a, b")),
        ("$join('a')", json!("a")),
        ("['a', 'b'] ~> $join('-')", json!("a-b")),
        ("$map(['a', 'b'], $string)", json!(["a", "b"])),
        ("[1, 2] ~> $string", json!("[1,2]")),
        ("[1, 2].$string()", json!(["1", "2"])),
        ("$replace('banana', 'a', 'o', 2)", json!("bonona")),
        ("'banana' ~> $replace(/a(n)/, '$1')", json!("bnna")),
        ("$replace('banana', /an/, function($m) { $uppercase($m.match) })", json!("bANANa")),
        ("($r := $replace(?, 'a', ?); $r('banana', 'o'))", json!("bonono")),
        ("($j := $join(?, '-'); $j(['a', 'b']))", json!("a-b")),
        ("$pad('a', 3)", json!("a  ")),
        ("$pad('a', -3, 'xy')", json!("xya")),
        ("$pad('a', -4, 'xy')", json!("xyxa")),
        ("($string := function($x) { 'mine' }; $string(1))", json!("mine")),
        ("[1..3, 7..8]", json!([1, 2, 3, 7, 8])),
        ("[$states.input.a.b, [4]]", json!([1, 2, 3, [4]])),
        ("($trim ~> $uppercase)(' a ')", json!("A")),
    ] {
        assert_eq!(value(text), result, "{text}");
    }
}

#[test]
fn bounds_what_is_shared() {
    let double = "($f := function($a, $n) { $n = 0 ? $a : $f({'x': $a, 'y': $a}, $n - 1) }; \
                  $v := $f(1, 60); BODY)";
    for body in ["$v = $v", "$v.**", "$distinct([$v, $v])", "$v ~> |**|{'z': 1}|", "$string($v)"] {
        assert_eq!(error(&double.replace("BODY", body)), Error::Memory, "{body}");
    }
}

#[test]
fn bounds_depth() {
    let recursive = "($f := function($n) { $n <= 0 ? 0 : 1 + $f($n - 1) }; $f(N))";
    assert_eq!(value(&recursive.replace('N', "95")), json!(95));
    assert_eq!(error(&recursive.replace('N', "125")), Error::Depth);
    assert_eq!(error("($f := function() { 1 + $f() }; $f())"), Error::Depth);
    assert_eq!(
        Error::Depth.to_string(),
        "Stack overflow error: Check for non-terminating recursive function. Consider rewriting \
         as tail-recursive."
    );
    // A tail call is no deeper than its caller.
    let tail = "($f := function($n, $s) { $n = 0 ? $s : $f($n - 1, $s + $n) }; $f(10000, 0))";
    assert_eq!(value(tail), json!(50_005_000));
    assert_eq!(error("$reduce([1..1000], function($a, $i) { {'a': $a} })"), Error::Depth);
}

#[test]
fn bounds_time() {
    let endless = Expression::parse("($f := function() { $f() }; $f())").unwrap();
    let evaluated = endless.evaluate_within(10, &Fixture::new().scope(&json!({})));
    assert_eq!(evaluated, Err(Error::Time));
    assert_eq!(Error::Time.to_string(), "Expression evaluation timeout: Check for infinite loop");
}

#[test]
fn contains_panics_of_the_evaluator() {
    let picture = "$fromMillis(0, '[,/Y0001]')";
    assert_eq!(error(picture).to_string(), "The expression cannot be evaluated");
}

#[test]
fn is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Expression>();
}

proptest! {
    #[test]
    fn parses_and_runs_any_text_without_panic(
        text in "[$a-c0-9 .\\[\\](){}'\":,;?&*/%^@#<>=!~|+-]{0,24}"
    ) {
        if let Ok(expression) = Expression::parse(&text) {
            let input = json!({"a": [1, {"b": "x"}]});
            let _ = expression.evaluate(&Fixture::new().scope(&input));
            let _ = expression.variables().count();
        }
    }
}
