//! Texts that a regular expression matches.

use fastrand::Rng;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Most times that what may be repeated without end is repeated more than it must be.
const MORE: u32 = 3;
/// Bytes of the longest text: repetitions multiply.
const LONGEST: usize = 4096;

/// A text that a pattern matches, or that at least fits all of it but what it looks around for;
/// none where the pattern cannot be read, as patterns of JSON Schema are those of ECMA-262.
pub(super) fn matching(pattern: &str, random: &mut Rng) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    write(&hir, random, &mut text)?;
    Some(text)
}

fn write(hir: &Hir, random: &mut Rng, text: &mut String) -> Option<()> {
    if text.len() > LONGEST {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(letter(class, random)?),
        HirKind::Capture(capture) => write(&capture.sub, random, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, random, text)?;
            }
        }
        HirKind::Alternation(parts) => {
            write(parts.get(random.usize(..parts.len()))?, random, text)?;
        }
        HirKind::Repetition(repetition) => {
            let more = repetition.min.saturating_add(MORE);
            let most = repetition.max.map_or(more, |max| max.min(more));
            for _ in 0..random.u32(repetition.min..=most.max(repetition.min)) {
                write(&repetition.sub, random, text)?;
            }
        }
    }
    Some(())
}

fn letter(class: &Class, random: &mut Rng) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
    };
    // What can be read, where the class has such letters.
    let plain = |(start, end): &(u32, u32)| {
        let plain = ((*start).max(0x20), (*end).min(0x7e));
        (plain.0 <= plain.1).then_some(plain)
    };
    let readable: Vec<_> = ranges.iter().filter_map(plain).collect();
    let ranges = if readable.is_empty() { &ranges } else { &readable };
    if ranges.is_empty() {
        return None;
    }
    let (start, end) = ranges[random.usize(..ranges.len())];
    char::from_u32(random.u32(start..=end))
}
