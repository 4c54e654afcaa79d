//! JSON that is valid, and yet not what one thinks of.

use std::iter;

/// Odd documents, each with what is odd about it.
pub(crate) fn documents() -> Vec<(&'static str, String)> {
    let long = |digit: &str, times| digit.repeat(times);
    let mut odd: Vec<(&'static str, String)> = [
        ("null", "null"),
        ("true", "true"),
        ("zero", "0"),
        ("minus zero", "-0"),
        ("an empty text", r#""""#),
        ("an empty array", "[]"),
        ("an empty object", "{}"),
        ("white space around it", " \t\r\n{ } \n"),
        ("a number of 65 bits", "18446744073709551616"),
        ("the least number of 64 bits less one", "-9223372036854775809"),
        ("a number that no double has", "9007199254740993"),
        ("a number beyond all doubles", "1e400"),
        ("a number that rounds to nothing", "-1e-400"),
        ("a number with a large exponent", "1E+2147483648"),
        ("the same name twice", r#"{"a":1,"a":2}"#),
        ("an empty name", r#"{"":0}"#),
        ("names that objects of JavaScript have", r#"{"__proto__":{"a":1},"constructor":null}"#),
        ("a NUL", r#""\u0000""#),
        ("a NUL in a name", r#"{"a\u0000b":1}"#),
        ("half a surrogate pair", r#""\ud800""#),
        ("the other half of one", r#""\udc00x""#),
        ("half a surrogate pair in a name", r#"{"\udfff":1}"#),
        ("a surrogate pair", r#""\ud83e\udd80""#),
        ("letters of all lengths", "\"a\u{e9}\u{20ac}\u{1f980}\""),
        ("names of all lengths", "{\"\u{e9}\u{20ac}\u{1f980}\":1}"),
        ("marks that combine", "\"e\u{301}\u{301}\u{301}\""),
        ("text from right to left", "\"\u{202e}\u{5d0}\u{5d1}\u{200f}\""),
        ("no characters", "\"\u{fffe}\u{ffff}\u{10ffff}\""),
        ("a mark of byte order", "\"\u{feff}\""),
        ("line separators", "\"\u{2028}\u{2029}\u{85}\""),
        ("all escapes", r#""\"\\\/\b\f\n\r\t\u001f\u007f""#),
        ("arrays of all kinds", r#"[null,true,-1.5e3,"",[],{}]"#),
    ]
    .map(|(what, text)| (what, text.to_owned()))
    .into();
    odd.push(("a whole number of 400 digits", long("9", 400)));
    odd.push(("a fraction of 1,000 digits", format!("0.{}", long("3", 1000))));
    odd
}

/// What is put in the places of values: what more than one language stumbles over.
pub(crate) fn values() -> Vec<(&'static str, String)> {
    let kept = [
        "null",
        "zero",
        "an empty text",
        "an empty array",
        "an empty object",
        "a number of 65 bits",
        "a number beyond all doubles",
        "a NUL",
        "half a surrogate pair",
        "letters of all lengths",
        "a whole number of 400 digits",
    ];
    let mut values = documents();
    values.retain(|(what, _)| kept.contains(what));
    values.push(("arrays 400 deep", arrays(400)));
    values
}

/// Arrays in one another.
pub(crate) fn arrays(depth: usize) -> String {
    let open = "[".repeat(depth);
    let close = "]".repeat(depth);
    open + &close
}

/// Objects in one another.
pub(crate) fn objects(depth: usize) -> String {
    let open: String = iter::repeat_n(r#"{"a":"#, depth).collect();
    format!("{open}null{}", "}".repeat(depth))
}

/// Documents of nearly so many bytes, each with what is large about it.
pub(crate) fn large(bytes: usize) -> Vec<(&'static str, String)> {
    let list = |item: &str| {
        let times = (bytes - 2) / (item.len() + 1);
        format!("[{}]", vec![item; times].join(","))
    };
    let members: Vec<_> = (0..(bytes - 2) / 12).map(|n| format!("\"{n:07}\":0")).collect();
    vec![
        ("one text", format!("\"{}\"", "x".repeat(bytes - 2))),
        ("one text, all of it escaped", format!("\"{}\"", r"\u00e9".repeat((bytes - 2) / 6))),
        ("a list of numbers", list("1")),
        ("a list of lists", list("[]")),
        ("a list of objects", list("{}")),
        ("an object of many members", format!("{{{}}}", members.join(","))),
        ("white space", format!("{}null", " ".repeat(bytes - 4))),
    ]
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;

    #[test]
    fn all_of_it_is_json() {
        let deep = [("arrays", arrays(100)), ("objects", objects(100))];
        for (what, text) in documents().into_iter().chain(large(1000)).chain(deep) {
            let read = serde_json::from_str::<IgnoredAny>(&text);
            assert!(read.is_ok(), "{what}: {read:?}");
        }
    }

    #[test]
    fn large_documents_are_no_larger_than_they_may_be() {
        for (what, text) in large(256 << 10) {
            assert!((200 << 10..=256 << 10).contains(&text.len()), "{what}: {}", text.len());
        }
    }
}
