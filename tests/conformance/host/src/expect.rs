//! Whether what came of a run is what a case expects.

use serde_json::{Value, json};

use crate::{
    case::Expect,
    pattern,
    protocol::{Done, Ended},
    variables::Variables,
};

impl Expect {
    /// Says what is otherwise, if anything.
    pub(crate) fn check(&self, done: &Done, variables: &mut Variables) -> Result<(), String> {
        self.check_end(done, variables)?;
        self.check_log(done, variables)?;
        match (self.heartbeats, done.heartbeats) {
            (Some(true), 0) => Err("no heartbeat reached the host".to_owned()),
            (Some(false), 1..) => {
                Err("the host was told of heartbeats that nobody sent".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn check_end(&self, done: &Done, variables: &mut Variables) -> Result<(), String> {
        match &done.ended {
            Ended::Stopped if self.stopped => Ok(()),
            Ended::Output(text) if self.output.is_some() || self.output_text.is_some() => {
                let value: Value = serde_json::from_str(text)
                    .map_err(|error| format!("the output is not JSON ({error}): {text}"))?;
                if let Some(pattern) = &self.output {
                    pattern::check(pattern, &value, variables)
                        .map_err(|why| format!("the output: {why}"))?;
                }
                match &self.output_text {
                    Some(wanted) if wanted != text => {
                        Err(format!("the output should be the text {wanted}, and is {text}"))
                    }
                    _ => Ok(()),
                }
            }
            Ended::Failure(failure) => {
                let told = format!("{}: {}", failure.error, short(&failure.cause));
                let Some(error) = &self.error else { return Err(format!("it failed: {told}")) };
                let named = json!(failure.error);
                pattern::check(error, &named, variables)
                    .map_err(|why| format!("the error: {why} ({told})"))?;
                let cause = self.cause.iter().find(|part| {
                    let part = variables.text(part);
                    !failure.cause.contains(&part)
                });
                if let Some(part) = cause {
                    return Err(format!("the cause lacks `{part}`: {told}"));
                }
                if let Some(part) = self.lacks.iter().find(|part| failure.cause.contains(&**part)) {
                    return Err(format!("the cause has `{part}` in it"));
                }
                if let Some(pattern) = &self.cause_like {
                    pattern::check(pattern, &json!(failure.cause), variables)
                        .map_err(|why| format!("the cause: {why}"))?;
                }
                match (self.retry_after_ms, failure.retry_after_ms) {
                    (wanted @ Some(_), told) if wanted != told => {
                        Err(format!("`retry-after-ms` should be {wanted:?}, and is {told:?}"))
                    }
                    _ => Ok(()),
                }
            }
            Ended::Output(text) => Err(format!("it succeeded, with {}", short(text))),
            Ended::Stopped => Err("it was stopped".to_owned()),
        }
    }

    fn check_log(&self, done: &Done, variables: &Variables) -> Result<(), String> {
        let mut rest = &*done.log;
        for part in &self.log {
            let part = variables.text(part);
            let Some((_, after)) = rest.split_once(&part) else {
                return Err(format!(
                    "the log lacks `{part}`, or has it too early: {}",
                    short(&done.log)
                ));
            };
            rest = after;
        }
        if let Some(part) = self.lacks.iter().find(|part| done.log.contains(&**part)) {
            return Err(format!("the log has `{part}` in it: {}", short(&done.log)));
        }
        match self.log_at_most {
            Some(most) if done.log.len() > most => {
                Err(format!("the log should have {most} bytes at most, and has {}", done.log.len()))
            }
            _ => Ok(()),
        }
    }
}

/// Characters of a text that people see.
const SHOWN: usize = 400;

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
