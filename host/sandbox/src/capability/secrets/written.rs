//! Values of secrets in texts, however URLs and forms have them written.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// A text with `[NAME]` in the place of the values, by their names. Where values overlap, all that
/// belongs to any of them goes; where one is a part of another, that other is named.
pub(super) fn left_out(values: &BTreeMap<String, String>, text: String) -> String {
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        let starts = 0..text.len();
        found.extend(starts.filter_map(|start| {
            let end = end(text.as_bytes(), start, value.as_bytes())?;
            Some((start..end, name.as_str()))
        }));
    }
    if found.is_empty() {
        return text;
    }
    found.sort_by_key(|(at, _)| (at.start, Reverse(at.end)));
    let mut kept = String::with_capacity(text.len());
    let (mut done, mut last) = (0, "");
    for (at, name) in found {
        if at.end <= done {
            continue;
        }
        let overlaps = at.start < done;
        if !overlaps {
            kept.push_str(&text[done..at.start]);
        }
        // A value that overlaps itself is named once.
        if !overlaps || name != last {
            kept.extend(["[", name, "]"]);
        }
        (done, last) = (at.end, name);
    }
    kept.push_str(&text[done..]);
    kept
}

/// Where a value ends that is written from `start` on, as long as it can be; none where it is not
/// there. The value and the text are UTF-8, so both ends are ends of characters.
fn end(text: &[u8], start: usize, value: &[u8]) -> Option<usize> {
    // More than one at a time only where a `%` may be one or begin an escape.
    let mut ends = BTreeSet::from([start]);
    for byte in value {
        let next = ends.iter().flat_map(|&at| {
            let as_it_is = text.get(at) == Some(byte);
            let in_form = *byte == b' ' && text.get(at) == Some(&b'+');
            let escaped = escaped(text, at) == Some(*byte);
            let one = (as_it_is || in_form).then_some(at + 1);
            one.into_iter().chain(escaped.then_some(at + 3))
        });
        ends = next.collect();
        if ends.is_empty() {
            return None;
        }
    }
    ends.last().copied()
}

/// The byte that is escaped at a place: `%` and two hexadecimal digits.
fn escaped(text: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = *text.get(at..at + 3)? else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    fn left_out(values: &[(&str, &str)], text: &str) -> String {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        super::left_out(&values.collect(), text.to_owned())
    }

    #[test]
    fn nothing_is_left_of_a_value_of_which_another_is_a_part() {
        let values = [("A", "abc"), ("B", "abcdef"), ("C", "def")];
        assert_eq!(left_out(&values, "abcdef, abc, def"), "[B], [A], [C]");
        assert_eq!(left_out(&values, "abcabcdefdef"), "[A][B][C]");
        assert_eq!(left_out(&[("A", "xab"), ("B", "abcdef")], "(xabcdef)"), "([A][B])");
        assert_eq!(left_out(&[("A", "aa"), ("none", "")], "aaaaa b"), "[A] b");
        assert_eq!(left_out(&values, "ab de"), "ab de");
    }

    #[test]
    fn a_value_is_found_whatever_of_it_is_escaped() {
        let values = [("A", "a+b c/\u{e9}")];
        for written in [
            "a+b c/\u{e9}",
            "a+b%20c/%C3%A9",
            "a%2Bb%20c%2F%c3%A9",
            "a%2bb%20c%2f%C3%a9",
            "%61%2Bb+c/\u{e9}",
        ] {
            assert_eq!(left_out(&values, &format!("/{written}%2F")), "/[A]%2F", "{written}");
        }
        assert_eq!(left_out(&values, "a b c/\u{e9}"), "a b c/\u{e9}");
    }

    #[test]
    fn a_value_that_looks_escaped_is_found_too() {
        let values = [("A", "a%25 b%")];
        for written in ["a%25 b%", "a%25%20b%", "a%2525+b%25", "a%2525%20b%"] {
            assert_eq!(left_out(&values, &format!("<{written}>")), "<[A]>", "{written}");
        }
        assert_eq!(left_out(&values, "a%25"), "a%25");
    }
}
