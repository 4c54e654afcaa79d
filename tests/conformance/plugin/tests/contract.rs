//! Whether the checks and the contract say the same.

use std::{fmt::Write as _, path::Path};

use stepwell_conformance::{CHECKS, Level, Place};

fn read(file: &str) -> String {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."));
    std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The text of a file of the contract, on one line; of the interfaces their comments alone.
fn contract(place: Place) -> String {
    let text = read(place.file());
    let lines = text.lines().map(|line| match (place, line.trim().strip_prefix("///")) {
        (Place::Guide, _) => line,
        // What is code ends the sentence before it.
        (Place::Wit, None) => "\u{0}",
        (Place::Wit, Some(comment)) => comment,
    });
    on_one_line(&lines.collect::<Vec<_>>().join(" "))
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentences that say what somebody must, or must not, do.
fn obligations(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    for block in text.split(['\u{0}', '|']) {
        let mut from = 0;
        let ends = block.match_indices(". ").map(|(at, _)| at + 1).chain([block.len()]);
        for end in ends {
            // A sentence begins with a capital: `e.g. ` and `2.0.0, ` end none.
            let rest = block[end..].trim_start();
            let begins = |c: char| c.is_uppercase() || matches!(c, '`' | '*' | '-' | '[');
            if rest.is_empty() || rest.starts_with(begins) {
                sentences.push(block[from..end].trim().to_owned());
                from = end;
            }
        }
    }
    let says_must = |sentence: &String| {
        sentence.split(|c: char| !c.is_alphabetic()).any(|word| word.eq_ignore_ascii_case("must"))
    };
    sentences.retain(says_must);
    sentences
}

/// Sentences with a "must" that oblige nobody, or the host.
const OTHERS: &[(Place, &str, &str)] = &[
    (
        Place::Guide,
        "that says *must*, or *should*",
        "says how obligations are written down, and is none",
    ),
    (Place::Guide, "must not be repeated by itself", "is the host's, which repeats attempts"),
    (
        Place::Wit,
        "Must not be repeated by itself: an attempt that was cut off fails with \
         `Stepwell.HostLost`, and the state machine's Retry decides.",
        "is the host's, which repeats attempts",
    ),
];

#[test]
fn every_check_quotes_the_contract() {
    for check in CHECKS {
        let text = contract(check.place);
        let file = check.place.file();
        assert!(text.contains(check.statement), "{}: not in {file}: {}", check.id, check.statement);
    }
}

#[test]
fn every_obligation_has_a_check() {
    for place in [Place::Wit, Place::Guide] {
        for sentence in obligations(&contract(place)) {
            let is_checked = CHECKS.iter().any(|check| {
                check.place == place
                    && (sentence.contains(check.statement) || check.statement.contains(&sentence))
            });
            let is_none =
                OTHERS.iter().any(|(at, part, _)| *at == place && sentence.contains(part));
            assert!(is_checked || is_none, "{}: no check quotes: {sentence}", place.file());
        }
    }
}

#[test]
fn what_obliges_no_plugin_stands_in_the_contract() {
    for (place, part, why) in OTHERS {
        let file = place.file();
        assert!(contract(*place).contains(part), "{file} does not say: {part} ({why})");
    }
}

#[test]
fn obligations_are_told_from_other_sentences() {
    let found = obligations("It runs. It must run. Where it must not, it stops. \u{0} Mustard.");
    assert_eq!(found, ["It must run.", "Where it must not, it stops."]);
}

/// The table of the kit's own README.
fn table() -> String {
    let mut table = String::new();
    for level in Level::ALL {
        let _ = write!(
            table,
            "\n### {level}\n\n| check | the contract says | duty | where |\n|---|---|---|---|\n"
        );
        for check in CHECKS.iter().filter(|check| check.level == level) {
            let place = check.place.file();
            let _ = writeln!(
                table,
                "| `{}` | {} | {} | [{place}](../../{place}) |",
                check.id,
                check.statement,
                check.duty.as_str()
            );
        }
    }
    table
}

#[test]
fn the_readme_shows_every_check() {
    let file = "tests/conformance/README.md";
    let text = read(file);
    let table = table();
    assert!(
        text.contains(table.trim()),
        "the table of {file} is out of date; put this in its place:\n{table}"
    );
}
