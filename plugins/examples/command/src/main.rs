//! Counts the words of a text: a program like any other, which reads JSON and writes JSON.

use std::{collections::BTreeMap, error::Error, io, process::ExitCode};

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Input {
    text: String,
}

#[derive(Serialize)]
struct Statistics {
    lines: usize,
    words: usize,
    characters: usize,
    /// The words that occur most often, at most three.
    frequent: Vec<Word>,
}

#[derive(Serialize)]
struct Word {
    word: String,
    count: usize,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Input { text } = serde_json::from_reader(io::stdin().lock())?;
    serde_json::to_writer(io::stdout().lock(), &statistics(&text))?;
    Ok(())
}

fn statistics(text: &str) -> Statistics {
    let mut counts = BTreeMap::<String, usize>::new();
    for word in text.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    let words = counts.values().sum();
    let mut frequent: Vec<_> =
        counts.into_iter().map(|(word, count)| Word { word, count }).collect();
    // Stable: of words that occur equally often the first in the alphabet comes first.
    frequent.sort_by_key(|word| std::cmp::Reverse(word.count));
    frequent.truncate(3);
    Statistics { lines: text.lines().count(), words, characters: text.chars().count(), frequent }
}
