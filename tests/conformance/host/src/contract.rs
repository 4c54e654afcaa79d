//! The contract's own words, and which cases rest on them.

use crate::case::{Case, Unseen};

/// The contract, in the two files that it stands in.
pub const FILES: [(&str, &str); 2] = [
    ("wit/README.md", include_str!("../../../../wit/README.md")),
    ("wit/task.wit", include_str!("../../../../wit/task.wit")),
];

/// Which file has these words, however its lines are broken.
pub fn source(words: &str) -> Option<&'static str> {
    let words = flat(words);
    let found = FILES.iter().find(|(_, text)| flat(text).contains(&words));
    found.map(|(file, _)| *file)
}

/// A text without the signs that comments and quotes begin lines with, and with one space where it
/// has several, or ends of lines.
fn flat(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches("///"));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// What of the contract stands in none of these words: the sentences, or parts of them, that
/// somebody has yet to look at.
pub fn unclassified<'a>(known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut known: Vec<_> = known.into_iter().map(flat).collect();
    // What is a part of another is looked for after it.
    known.sort_by_key(|words| std::cmp::Reverse(words.len()));
    let mut left = Vec::new();
    for (file, text) in FILES {
        let mut rest = match file.ends_with(".wit") {
            // The rest is code.
            true => flat(&documentation(text)),
            false => flat(text),
        };
        for words in &known {
            rest = rest.replace(words, "\n");
        }
        let parts = rest.split('\n').map(str::trim);
        let says = |part: &&str| {
            let words = part.split(|c: char| !c.is_alphabetic());
            words.into_iter().any(|word| word.len() > JOINING)
        };
        left.extend(parts.filter(says).map(str::to_owned));
    }
    left
}

/// Letters of words that may stand between others and say nothing by themselves.
const JOINING: usize = 3;

fn documentation(text: &str) -> String {
    let lines = text.lines().filter(|line| line.trim_start().starts_with("///"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The table of what is checked by which case, in Markdown: by the words of the contract, in the
/// order in which they stand there.
pub fn table(cases: &[Case]) -> String {
    let mut rows: Vec<(usize, &str, Vec<&str>)> = Vec::new();
    for case in cases {
        for words in &case.contract {
            match rows.iter_mut().find(|(_, known, _)| known == words) {
                Some((_, _, ids)) => ids.push(&case.id),
                None => rows.push((place(words), words, vec![&case.id])),
            }
        }
    }
    rows.sort_by_key(|(place, ..)| *place);
    let mut table = "| the contract | cases |\n|---|---|\n".to_owned();
    for (_, words, ids) in rows {
        let ids: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
        table += &format!("| {} | {} |\n", cell(words), ids.join(", "));
    }
    table
}

/// The table of what no case can see, in Markdown.
pub fn unseen_table(unseen: &[Unseen]) -> String {
    let mut table = "| the contract | why not |\n|---|---|\n".to_owned();
    for Unseen { contract, because } in unseen {
        table += &format!("| {} | {} |\n", cell(contract), cell(because));
    }
    table
}

/// Where the words begin in all of the contract.
fn place(words: &str) -> usize {
    let all: String = FILES.iter().map(|(_, text)| flat(text) + " ").collect();
    all.find(&flat(words)).unwrap_or(usize::MAX)
}

/// Words that may stand in a table.
fn cell(words: &str) -> String {
    flat(words).trim_matches('|').trim().replace('|', "\\|")
}
