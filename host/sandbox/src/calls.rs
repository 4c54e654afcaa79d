//! What a guest did that reaches outside, for whoever asks what an attempt has done.

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use crate::grants::{Capability, Grants};

/// Most calls that are kept of one attempt.
const MOST: usize = 64;
/// Most bytes of what was asked for.
const WHAT: usize = 256;
/// Most bytes of what came of it.
const RESULT: usize = 128;
/// Bytes of texts that are kept of one attempt: once there are as many, no further call is.
const ALL: usize = 8 << 10;

/// What is told of a call that has no result.
const UNFINISHED: &str = "unfinished when the attempt ended";

/// A call to the host that reaches outside, or that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCall {
    /// Since the attempt began.
    pub at: Duration,
    /// From the call to its result; of an HTTP request, to the head of the answer.
    pub took: Duration,
    /// What kind of thing was asked for.
    pub capability: Capability,
    /// What was asked for, such as `POST https://api.example.com/v1/charges`, at most 256 bytes of
    /// it. The values of secrets are left out, as they are or escaped as in URLs, and so are the
    /// queries of URLs; a value that is encoded in another way, such as base64, is not known for
    /// one.
    pub what: String,
    /// What came of it, such as `201` or `refused: it is not granted`, at most 128 bytes of it.
    pub result: String,
}

/// The calls of one attempt that reach outside: HTTP requests, TCP connections and look-ups of
/// names, key-value data, secrets and configuration values by their names, files that are opened,
/// and what was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// The first of them, at most 64 and some KiB, in the order in which they were made.
    pub first: Vec<HostCall>,
    /// How many came after those.
    pub more: u64,
}

/// Records the calls of one attempt. Cheap to clone: all clones are one record.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Record>);

#[derive(Default)]
struct Record {
    began: OnceLock<Instant>,
    grants: Grants,
    made: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    calls: Calls,
    bytes: usize,
}

/// A call that has no result yet.
#[must_use = "a call that is not ended counts as unfinished"]
pub(crate) struct Pending {
    recorder: Recorder,
    /// Its place among those that are kept, and when it began; none where it is only counted.
    kept: Option<(usize, Instant)>,
}

impl Recorder {
    pub(crate) fn new(grants: Grants) -> Self {
        Self(Arc::new(Record { grants, ..Record::default() }))
    }

    /// The attempt begins.
    pub(crate) fn start(&self, at: Instant) {
        // An attempt begins once.
        let _ = self.0.began.set(at);
    }

    /// A call begins. `what` is asked for only where it is kept.
    pub(crate) fn begin(&self, capability: Capability, what: impl FnOnce() -> String) -> Pending {
        let mut made = self.made();
        let place = made.calls.first.len();
        if place == MOST || made.bytes >= ALL {
            made.calls.more += 1;
            drop(made);
            return Pending { recorder: self.clone(), kept: None };
        }
        let began = Instant::now();
        let what = self.kept(what(), WHAT);
        made.bytes += what.len();
        let at = began.saturating_duration_since(*self.0.began.get_or_init(|| began));
        let (took, result) = (Duration::ZERO, String::new());
        made.calls.first.push(HostCall { at, took, capability, what, result });
        drop(made);
        Pending { recorder: self.clone(), kept: Some((place, began)) }
    }

    /// All calls so far.
    pub(crate) fn take(&self) -> Calls {
        let mut calls = std::mem::take(&mut *self.made()).calls;
        let began = self.0.began.get().copied();
        for call in calls.first.iter_mut().filter(|call| call.result.is_empty()) {
            let since = began.map_or(Duration::ZERO, |began| began.elapsed());
            call.took = since.saturating_sub(call.at);
            UNFINISHED.clone_into(&mut call.result);
        }
        calls
    }

    /// A text without secrets, cut where it is long.
    fn kept(&self, text: String, most: usize) -> String {
        let mut text = self.0.grants.secrets().left_out(text);
        if text.len() > most {
            text.truncate(text.floor_char_boundary(most - "...".len()));
            text.push_str("...");
        }
        text
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        // Whole between any two of its operations, so a panic elsewhere does not spoil it.
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    /// The call has a result.
    pub(crate) fn end(self, result: impl Into<String>) {
        let Some((place, began)) = self.kept else { return };
        let result = self.recorder.kept(result.into(), RESULT);
        let mut made = self.recorder.made();
        made.bytes += result.len();
        // It is gone where the attempt ended before.
        if let Some(call) = made.calls.first.get_mut(place) {
            call.took = began.elapsed();
            call.result = result;
        }
    }

    /// The call was refused.
    pub(crate) fn refused(self, why: &str) {
        self.end(format!("refused: {why}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::{Exposure, Given, Secret, Source, Spec};

    fn recorder() -> Recorder {
        let secret = |name: &str, value: &str| Secret {
            name: name.to_owned(),
            from: Source::Given(Given(value.to_owned())),
            expose: Exposure::Value,
            hosts: Vec::new(),
        };
        let secrets = vec![secret("token", "hunter2 /x"), secret("none", "")];
        Recorder::new(Grants::open(Spec { secrets, ..Spec::default() }).unwrap())
    }

    fn note(recorder: &Recorder, what: &str, result: &str) {
        recorder.begin(Capability::Http, || what.to_owned()).end(result);
    }

    #[test]
    fn a_call_is_kept_with_its_result() {
        let recorder = recorder();
        recorder.start(Instant::now());
        note(&recorder, "GET https://a.com/", "200");
        recorder.begin(Capability::Secret, || "other".to_owned()).refused("it is not granted");
        let calls = recorder.take();
        let told = calls.first.iter().map(|it| (it.capability.as_str(), &*it.what, &*it.result));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("http", "GET https://a.com/", "200"),
                ("secret", "other", "refused: it is not granted")
            ]
        );
        assert_eq!(calls.more, 0);
    }

    #[test]
    fn a_call_without_a_result_is_told_so() {
        let recorder = recorder();
        recorder.start(Instant::now());
        let pending = recorder.begin(Capability::Connect, || "a.com:25".to_owned());
        let calls = recorder.take();
        assert_eq!(calls.first[0].result, "unfinished when the attempt ended");
        pending.end("too late");
        assert_eq!(recorder.take(), Calls::default());
    }

    #[test]
    fn no_more_calls_are_kept_than_there_may_be_and_the_others_are_counted() {
        let recorder = recorder();
        for number in 0..100 {
            note(&recorder, &number.to_string(), "done");
        }
        let calls = recorder.take();
        assert_eq!((calls.first.len(), calls.more), (64, 36));
        assert_eq!(calls.first[63].what, "63");
    }

    #[test]
    fn texts_are_cut_and_no_more_bytes_are_kept_than_there_may_be() {
        let recorder = recorder();
        for _ in 0..100 {
            note(&recorder, &"é".repeat(1000), &"x".repeat(1000));
        }
        let calls = recorder.take();
        assert_eq!(calls.first[0].what, "é".repeat(126) + "...");
        assert_eq!(calls.first[0].result, "x".repeat(125) + "...");
        // Each has 255 bytes and 128.
        assert_eq!((calls.first.len(), calls.more), (22, 78));
    }

    #[test]
    fn no_secret_is_kept_however_it_is_written() {
        let recorder = recorder();
        note(&recorder, "GET https://a.com/hunter2 /x/y", "hunter2 /x is wrong");
        note(&recorder, "GET https://a.com/hunter2%20%2fx", "200");
        let long = format!("GET https://a.com/{}hunter2%20%2Fx", "x".repeat(230));
        note(&recorder, &long, "200");
        let calls = recorder.take();
        assert_eq!(calls.first[0].what, "GET https://a.com/[token]/y");
        assert_eq!(calls.first[0].result, "[token] is wrong");
        assert_eq!(calls.first[1].what, "GET https://a.com/[token]");
        assert!(!format!("{calls:?}").contains("hunter"), "{calls:?}");
    }
}
