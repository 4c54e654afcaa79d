//! Which rule is broken: a test writes it into the file.

use std::hint;

/// The rule's name behind a mark, up to the first blank: 64 bytes, so that any name fits.
static RULE: [u8; 64] = *b"@@stepwell-broken-rule@@none                                    ";

/// Bytes of the mark.
const MARK: usize = 24;

/// Whether that is the rule that is broken.
pub(crate) fn breaks(rule: &str) -> bool {
    // What is in the file, and not what the compiler knows to have been built.
    let written: &[u8; 64] = hint::black_box(&RULE);
    let name = written[MARK..].split(|byte| *byte == b' ').next().unwrap_or_default();
    name == rule.as_bytes()
}
