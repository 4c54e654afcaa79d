//! What a guest wrote for people.

use std::collections::VecDeque;

/// What is kept of the end of a log that is over its limit.
const TAIL: usize = 4 << 10;

/// The log of one call: everything a component wrote to stdout and stderr, or a command to stderr.
///
/// Of a log over its limit the beginning and the last 4 KiB are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    limit: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    cut: u64,
}

impl Log {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), ..Self::default() }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let room = self.limit - self.head.len();
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        // What is cut is never taken: a message may be as large as a memory.
        let (skipped, last) = rest.split_at(rest.len().saturating_sub(TAIL));
        let over = (self.tail.len() + last.len()).saturating_sub(TAIL);
        self.tail.drain(..over);
        self.tail.extend(last);
        self.cut += (skipped.len() + over) as u64;
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    /// How many bytes were left out of the middle; 0 for a whole log.
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// The log as text, with a line that says so where something was cut, and the replacement
    /// character where it is no UTF-8.
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.cut > 0 {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&format!(
                "[{} bytes cut here: the log is over its limit of {} bytes]\n",
                self.cut, self.limit
            ));
        }
        let (first, second) = self.tail.as_slices();
        text.push_str(&String::from_utf8_lossy(&[first, second].concat()));
        text
    }

    /// The last lines, at most 4 KiB of them: what a command's failure gives as its cause.
    pub(crate) fn tail(&self) -> String {
        let from_head = TAIL - self.tail.len().min(TAIL);
        let head = &self.head[self.head.len().saturating_sub(from_head)..];
        let (first, second) = self.tail.as_slices();
        let bytes = [head, first, second].concat();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_within_its_limit_is_whole() {
        let mut log = Log::new(10);
        log.write(b"one\n");
        log.write(b"two\n");
        assert_eq!(log.text(), "one\ntwo\n");
        assert_eq!(log.tail(), "one\ntwo");
        assert_eq!(log.cut(), 0);
    }

    #[test]
    fn a_log_over_its_limit_keeps_both_ends_and_says_what_was_cut() {
        let mut log = Log::new(5);
        log.write(b"first");
        log.write(&[b'x'; 5000]);
        log.write(b"last");
        assert_eq!(log.cut(), 5004 - TAIL as u64);
        let text = log.text();
        assert!(
            text.starts_with(
                "first\n[908 bytes cut here: the log is over its limit of 5 bytes]\nx"
            ),
            "{text}"
        );
        assert!(text.ends_with("xlast"));
        assert!(log.tail().ends_with("xlast"));
        assert_eq!(log.tail().len(), TAIL);
    }

    #[test]
    fn a_message_that_is_cut_takes_no_memory() {
        let mut log = Log::new(5);
        log.write(b"first, ");
        log.write(&vec![b'x'; 1 << 20]);
        assert_eq!(log.cut(), 2 + (1 << 20) - TAIL as u64);
        assert_eq!(log.tail(), "x".repeat(TAIL));
        assert!(log.tail.capacity() <= 2 * TAIL, "{}", log.tail.capacity());
    }
}
