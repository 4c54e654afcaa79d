use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::expression::tests::Fixture;

fn evaluate(text: &str, input: &Value) -> Result<Value, Error> {
    let call = Intrinsic::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    call.evaluate(&Fixture::new().scope(input))
}

/// The value of a call of which the arguments are in `$.a`, `$.b`, `$.c`.
fn call(function: &str, arguments: &[Value]) -> Result<Value, Error> {
    let names = ["a", "b", "c"];
    let paths: Vec<_> = names[..arguments.len()].iter().map(|name| format!("$.{name}")).collect();
    let input = names.iter().map(|&name| name.to_owned()).zip(arguments.iter().cloned());
    evaluate(&format!("States.{function}({})", paths.join(", ")), &Value::Object(input.collect()))
}

fn refusal(function: &str, arguments: &[Value]) -> String {
    let error = call(function, arguments).unwrap_err();
    assert_eq!(error.name(), "States.IntrinsicFailure");
    error.cause.to_string()
}

#[test]
fn array_functions() {
    assert_eq!(evaluate("States.Array()", &json!({})).unwrap(), json!([]));
    assert_eq!(
        evaluate("States.Array('a', 1, -2.5, true, null, $.x)", &json!({"x": [1]})).unwrap(),
        json!(["a", 1, -2.5, true, null, [1]])
    );
    for (array, value, found) in [
        (json!([]), json!(null), false),
        (json!([[1, 2, 3], 2]), json!([1, 2, 3]), true),
        (json!([{"1": 2, "2": []}]), json!({"2": [], "1": 2}), true),
        (json!([true]), json!(false), false),
    ] {
        assert_eq!(call("ArrayContains", &[array, value]).unwrap(), json!(found));
    }
    assert_eq!(call("ArrayGetItem", &[json!([1, 2, 3]), json!(2)]).unwrap(), json!(3));
    assert_eq!(call("ArrayLength", &[json!([1, [2, 3]])]).unwrap(), json!(2));
    assert_eq!(
        call(
            "ArrayUnique",
            &[json!([1, 1, "1", [null], [null], {"a": 1, "b": 2}, {"b": 2, "a": 1}])]
        )
        .unwrap(),
        json!([1, "1", [null], {"a": 1, "b": 2}])
    );
    for (size, parts) in [
        (json!(2), json!([[0, 1], [2]])),
        (json!(1), json!([[0], [1], [2]])),
        (json!(5), json!([[0, 1, 2]])),
        (json!(1.6), json!([[0, 1], [2]])),
    ] {
        assert_eq!(call("ArrayPartition", &[json!([0, 1, 2]), size]).unwrap(), parts);
    }
    assert_eq!(call("ArrayPartition", &[json!([]), json!(3)]).unwrap(), json!([]));
    for (first, last, step, range) in [
        (0, 9, 3, json!([0, 3, 6, 9])),
        (0, 10, 3, json!([0, 3, 6, 9])),
        (1, 9, 9, json!([1])),
        (5, 1, -2, json!([5, 3, 1])),
        (3, 3, 1, json!([3])),
        (3, 3, -1, json!([3])),
        (1, 3, -1, json!([])),
        (i64::MAX - 1, i64::MAX, 1, json!([i64::MAX - 1, i64::MAX])),
    ] {
        let arguments = [json!(first), json!(last), json!(step)];
        assert_eq!(call("ArrayRange", &arguments).unwrap(), range);
    }
    assert_eq!(
        call("ArrayRange", &[json!(1), json!(1000), json!(1)]).unwrap().as_array().unwrap().len(),
        1000
    );
}

#[test]
fn array_functions_refuse() {
    for (function, arguments, message) in [
        ("ArrayLength", vec![json!("x")], "Argument 1 must be an array but was of type string"),
        (
            "ArrayContains",
            vec![json!({}), json!(1)],
            "Argument 1 must be an array but was of type object",
        ),
        (
            "ArrayGetItem",
            vec![json!([1]), json!(1)],
            "The index 1 is out of bounds for an array of length 1",
        ),
        (
            "ArrayGetItem",
            vec![json!([1]), json!(-1)],
            "The index -1 is out of bounds for an array of length 1",
        ),
        (
            "ArrayGetItem",
            vec![json!([1]), json!("0")],
            "Argument 2 must be an integer but was of type string",
        ),
        (
            "ArrayPartition",
            vec![json!([1]), json!(0)],
            "The chunk size must be a positive integer but was 0",
        ),
        (
            "ArrayPartition",
            vec![json!([1]), json!(1e300)],
            "Argument 2 must be an integer but was 1e+300",
        ),
        ("ArrayRange", vec![json!(1), json!(2), json!(0)], "The step must not be 0"),
        (
            "ArrayRange",
            vec![json!(0), json!(1000), json!(1)],
            "The range has 1001 items; the maximum is 1000",
        ),
        (
            "ArrayRange",
            vec![json!(i64::MIN), json!(i64::MAX), json!(1)],
            "The range has 18446744073709551616 items; the maximum is 1000",
        ),
    ] {
        assert_eq!(refusal(function, &arguments), message);
    }
}

#[test]
fn base64() {
    assert_eq!(
        call("Base64Encode", &[json!("Data to encode")]).unwrap(),
        json!("RGF0YSB0byBlbmNvZGU=")
    );
    assert_eq!(call("Base64Encode", &[json!("")]).unwrap(), json!(""));
    for text in ["RGF0YSB0byBlbmNvZGU=", "RGF0YSB0byBlbmNvZGU"] {
        assert_eq!(call("Base64Decode", &[json!(text)]).unwrap(), json!("Data to encode"));
    }
    assert!(call("Base64Encode", &[json!("é".repeat(10_000))]).is_ok());
    for function in ["Base64Encode", "Base64Decode"] {
        assert_eq!(
            refusal(function, &[json!("a".repeat(10_001))]),
            "The argument has 10001 characters; the maximum is 10000"
        );
    }
    assert_eq!(
        refusal("Base64Decode", &[json!("!")]),
        "The argument is not Base64: Invalid symbol 33, offset 0."
    );
    assert_eq!(refusal("Base64Encode", &[json!(1)]), "Argument 1 must be a string but was 1");
}

#[test]
fn hashes() {
    for (algorithm, digest) in [
        ("MD5", "812f45842bc6d66ee14572ce20db8e86"),
        ("SHA-1", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("SHA-256", "b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"),
        (
            "SHA-384",
            "d28a7d5cf25a74f11a50a18452b75e04bb3d70c9dd0510d6123aa008c756511b87525bdc835ebb27e1f\
             b9e9374a15562",
        ),
        (
            "SHA-512",
            "6ce4adb348546d4f449c4d25aad9a7c9cb711d9e91982d3f0b29ca2f3f47d4ce2deba23bf2954f0f1d5\
             93fc50283731a533d30d425402d4f91316d871303aac4",
        ),
    ] {
        assert_eq!(call("Hash", &[json!("input data"), json!(algorithm)]).unwrap(), json!(digest));
    }
    assert_eq!(
        call("Hash", &[json!({"a": 1}), json!("MD5")]).unwrap(),
        call("Hash", &[json!("{\"a\":1}"), json!("MD5")]).unwrap()
    );
    assert_eq!(
        refusal("Hash", &[json!("x"), json!("sha-1")]),
        "The hashing algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512 but was 'sha-1'"
    );
    assert_eq!(
        refusal("Hash", &[json!("x".repeat(10_001)), json!("MD5")]),
        "The argument has 10001 characters; the maximum is 10000"
    );
}

#[test]
fn json() {
    assert_eq!(
        evaluate(
            "States.JsonMerge($.a, $.b, false)",
            &json!({
                "a": {"a": {"a1": 1, "a2": 2}, "b": 2, "d": 3},
                "b": {"a": {"a3": 1, "a4": 2}, "c": 3, "d": 4}
            })
        )
        .unwrap()
        .to_string(),
        r#"{"a":{"a3":1,"a4":2},"b":2,"d":4,"c":3}"#
    );
    assert_eq!(
        refusal("JsonMerge", &[json!({}), json!({}), json!(true)]),
        "Only shallow merging is supported: the third argument must be false"
    );
    assert_eq!(
        refusal("JsonMerge", &[json!({}), json!([]), json!(false)]),
        "Argument 2 must be an object but was of type array"
    );
    for (value, text) in [
        (json!(null), "null"),
        (json!(1.1), "1.1"),
        (json!("HelloWorld"), "\"HelloWorld\""),
        (json!({"Arg1": 1, "Arg2": []}), "{\"Arg1\":1,\"Arg2\":[]}"),
    ] {
        assert_eq!(call("JsonToString", std::slice::from_ref(&value)).unwrap(), json!(text));
        assert_eq!(call("StringToJson", &[json!(text)]).unwrap(), value);
    }
    assert_eq!(
        refusal("StringToJson", &[json!("{")]),
        "The argument is not JSON: EOF while parsing an object at line 1 column 1"
    );
}

#[test]
fn math() {
    assert_eq!(call("MathAdd", &[json!(1), json!(-3)]).unwrap(), json!(-2));
    assert_eq!(call("MathAdd", &[json!(1.5), json!(-1.5)]).unwrap(), json!(1));
    assert_eq!(
        call("MathAdd", &[json!(i32::MAX), json!(i32::MAX)]).unwrap(),
        json!(4_294_967_294_i64)
    );
    assert_eq!(
        refusal("MathAdd", &[json!(2_147_483_648_i64), json!(1)]),
        "Argument 1 must be an integer between -2147483648 and 2147483647 but was 2147483648"
    );
    assert_eq!(call("MathRandom", &[json!(5), json!(6)]).unwrap(), json!(5));
    assert_eq!(call("MathRandom", &[json!(0), json!(100), json!(42)]).unwrap(), json!(30));
    assert_eq!(
        refusal("MathRandom", &[json!(6), json!(6)]),
        "The start number must be less than the end number but they were 6 and 6"
    );
}

#[test]
fn the_same_random_bits_give_the_same_values() {
    let text = "States.Array(States.UUID(), States.UUID(), States.MathRandom(0, 1000000))";
    let first = evaluate(text, &json!({})).unwrap();
    assert_eq!(first, evaluate(text, &json!({})).unwrap());
    assert_ne!(first[0], first[1]);
    let uuid = uuid::Uuid::parse_str(first[0].as_str().unwrap()).unwrap();
    assert_eq!(uuid.get_version_num(), 4);
}

#[test]
fn strings() {
    for (text, delimiters, parts) in [
        (" ", ",", json!([" "])),
        (", , ,", ",", json!([" ", " "])),
        (",,,,", ",", json!([])),
        ("This.is+a,test=string", ".+,=", json!(["This", "is", "a", "test", "string"])),
        ("split on T and \nnew line", "T\n", json!(["split on ", " and ", "new line"])),
        ("whole", "", json!(["whole"])),
        ("", ",", json!([])),
    ] {
        assert_eq!(call("StringSplit", &[json!(text), json!(delimiters)]).unwrap(), parts);
    }
    assert_eq!(
        evaluate("States.StringSplit('Hello\nWorld', '\n')", &json!({})).unwrap(),
        json!(["Hello", "World"])
    );
}

#[test]
fn format() {
    for (value, text) in [
        (json!(""), ""),
        (json!("HelloWorld"), "HelloWorld"),
        (json!(null), "null"),
        (json!(1), "1"),
        (json!(1.1), "1.1"),
        (json!("{\"Arg1\": 1}"), "{\"Arg1\": 1}"),
        (json!({"Arg1": 1, "Arg2": []}), "{Arg1=1, Arg2=[]}"),
        (json!([1, "a"]), "[1, a]"),
    ] {
        assert_eq!(
            evaluate("States.Format('Formatting argument {}.', $.x)", &json!({"x": value}))
                .unwrap(),
            json!(format!("Formatting argument {text}."))
        );
    }
    for (text, result) in [
        (r"States.Format('no places')", "no places"),
        (r"States.Format('{}{}', 1, 'a')", "1a"),
        (r"States.Format('it\'s \{\} {} \\', 1)", r"it's {} 1 \"),
        (r"States.Format('{a} {} \n', 1)", r"{a} 1 \n"),
        (r"States.Format($name)", "Ada"),
        (r"States.Format( 'é{}é' , States.Format('{}', 'ü') )", "éüé"),
    ] {
        assert_eq!(evaluate(text, &json!({})).unwrap(), json!(result), "{text}");
    }
    let error = evaluate("States.Format('{} {}', 1)", &json!({})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The function 'States.Format('{} {}', 1)' had the following error: The template has 2 \
         occurrences of {} but 1 arguments were given"
    );
}

#[test]
fn nested_calls_and_paths_of_all_kinds() {
    assert_eq!(
        evaluate(
            "States.ArrayGetItem(States.StringSplit($$.StateMachine.Name, '-'), \
             States.MathAdd(States.ArrayLength(States.StringSplit($$.StateMachine.Name, '-')), -1))",
            &json!({})
        )
        .unwrap(),
        json!("c")
    );
    assert_eq!(
        evaluate(
            "States.Array($['a,)b'], $.l[?(@.x == ')')].y, $x.y.length() )",
            &json!({"a,)b": 1, "l": [{"x": ")", "y": 2}]})
        )
        .unwrap(),
        json!([1, [2], 2])
    );
    assert_eq!(evaluate("States.Array($.none[*])", &json!({})).unwrap(), json!([[]]));
    let call = Intrinsic::parse("States.Array($.a, States.Format('{}', $b.c))").unwrap();
    let paths: Vec<_> = call.paths().into_iter().map(Path::text).collect();
    assert_eq!(paths, ["$.a", "$b.c"]);
}

#[test]
fn a_missing_path_is_told_with_its_call() {
    let error = evaluate("States.Format('{}', $.x)", &json!({"a": 1})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The function 'States.Format('{}', $.x)' had the following error: The JsonPath argument \
         for the field '$.x' could not be found in the input '{\"a\":1}'"
    );
    assert_eq!(error.name(), "States.Runtime");
}

#[test]
fn string_literals_resolve_escapes() {
    for (literal, value) in [
        (r"'it\'s'", "it's"),
        (r"'a\\b'", r"a\b"),
        (r"'\{\}'", "{}"),
        (r#"'\"'"#, r#"\""#),
        (r"'\n'", r"\n"),
        ("''", ""),
    ] {
        let array = evaluate(&format!("States.Array({literal})"), &json!({})).unwrap();
        assert_eq!(array, json!([value]), "{literal}");
    }
    assert_eq!(
        evaluate(r#"States.StringToJson('{"text":"An \"escaped\" one"}')"#, &json!({})).unwrap(),
        json!({"text": "An \"escaped\" one"})
    );
}

#[test]
fn refuses_what_is_no_call() {
    for (text, message, offset) in [
        ("", "'' is not an intrinsic function", 0),
        ("States.Nope()", "'States.Nope' is not an intrinsic function", 0),
        ("States.Format", "Expected '(' after States.Format", 13),
        ("States.Array(1", "Expected ',' or ')' after an argument", 14),
        (
            "States.Array(1,)",
            "Expected a path, a string in single quotes, a number, true, false, \
          null or a function call",
            15,
        ),
        ("States.Array(1) x", "Nothing may follow the function call", 16),
        ("States.Array('x)", "The string is not closed", 13),
        ("States.Array(1-)", "'1-' is not a number", 13),
        ("States.Array($.)", "Path must not end with a '.' or '..'", 15),
        ("States.UUID(1)", "States.UUID takes 0 arguments but 1 are given", 0),
        ("States.MathRandom(1)", "States.MathRandom takes 2 to 3 arguments but 1 are given", 0),
        ("States.Format()", "States.Format takes at least 1 arguments but 0 are given", 0),
    ] {
        let error = Intrinsic::parse(text).unwrap_err();
        assert_eq!((error.message.as_str(), error.offset), (message, Some(offset)), "{text}");
    }
    let nested = |depth: usize| format!("{}1{}", "States.Array(".repeat(depth), ")".repeat(depth));
    assert!(Intrinsic::parse(&nested(10)).is_ok());
    assert_eq!(
        Intrinsic::parse(&nested(11)).unwrap_err().message,
        "Function calls nest more than 10 levels deep"
    );
}

#[test]
fn takes_no_more_arguments_than_memory_allows() {
    let input = json!("x".repeat(1 << 20));
    let text = format!("States.Array({})", ["$"; 100].join(","));
    let error = evaluate(&text, &input).unwrap_err();
    assert_eq!(error.cause.to_string(), "The values are larger than 67108864 bytes in all");
}

proptest! {
    #[test]
    fn parses_any_text_without_panic(
        text in "States\\.(Array|Format|MathAdd|UUID|Hash)\\([ $.a'{}\\\\,()\\[\\]0-9-]{0,24}\\)?"
    ) {
        if let Ok(call) = Intrinsic::parse(&text) {
            let _ = call.evaluate(&Fixture::new().scope(&json!({"a": 1})));
        }
    }

    #[test]
    fn numbers_never_overflow(a in any::<f64>(), b in any::<i64>(), c in any::<i64>()) {
        for function in ["ArrayRange", "MathRandom"] {
            let _ = call(function, &[json!(a), json!(b), json!(c)]);
            let _ = call(function, &[json!(b), json!(c), json!(a)]);
        }
        let _ = call("MathAdd", &[json!(a), json!(b)]);
        let _ = call("ArrayPartition", &[json!([1]), json!(c)]);
    }
}
