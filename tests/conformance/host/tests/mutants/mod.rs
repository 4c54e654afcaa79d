//! Hosts that are wrong on purpose: Stepwell, with something between it and the suite that changes
//! what is asked or answered.

mod answered;
mod asked;
mod driven;

use std::time::Duration;

use stepwell_host_conformance::{
    Suite, Verdict, case,
    host::{Error, Host},
    protocol::{Answer, Ask, Claim, Done, Ended, Failure, Run},
};

use crate::{probes, stepwell};

/// A host with something between it and the suite.
struct Mutant<'a, A, B> {
    host: &'a dyn Host,
    /// Changes what is asked, or answers it.
    asks: A,
    /// Changes what is answered to that.
    answers: B,
}

impl<A, B> Host for Mutant<'_, A, B>
where
    A: Fn(&dyn Host, u64, &mut Ask) -> Option<Answer> + Sync,
    B: Fn(&Ask, &mut Answer) + Sync,
{
    fn ask(&self, id: u64, mut ask: Ask) -> Result<Answer, Error> {
        let asked = ask.clone();
        let mut answer = match (self.asks)(self.host, id, &mut ask) {
            Some(answer) => answer,
            None => self.host.ask(id, ask)?,
        };
        (self.answers)(&asked, &mut answer);
        Ok(answer)
    }
}

/// The host, claiming these alone.
pub(crate) fn claiming<'a>(host: &'a dyn Host, claims: &'static [Claim]) -> impl Host + 'a {
    Mutant {
        host,
        asks: |_: &dyn Host, _, _: &mut Ask| None,
        answers: move |_: &Ask, answer: &mut Answer| {
            if let Answer::Hello(hello) = answer {
                hello.claims = claims.iter().copied().collect();
            }
        },
    }
}

/// Runs the cases of some areas, or single ones, against a mutant, and gives the names of those that
/// fail.
fn failing(host: &dyn Host, areas: &[&str]) -> Vec<String> {
    // What is waited for in vain is not there: a mutant keeps connections open.
    let probes = probes();
    let suite = Suite::begin(host, &probes, Duration::from_secs(10)).unwrap();
    let cases = case::all().unwrap();
    let of_areas =
        |id: &str| areas.iter().any(|area| id == *area || id.starts_with(&format!("{area}/")));
    let cases = cases.iter().filter(|case| of_areas(&case.id));
    cases
        .filter(|case| match suite.run(case) {
            Verdict::Failed(why) => {
                assert!(!why.contains("the adapter could not"), "{}: {why}", case.id);
                true
            }
            _ => false,
        })
        .map(|case| case.id.clone())
        .collect()
}

/// What fails where each run is asked for otherwise.
fn asked_otherwise(areas: &[&str], change: impl Fn(&mut Run) + Sync) -> Vec<String> {
    let host = stepwell();
    let asks = |_: &dyn Host, _, ask: &mut Ask| {
        if let Ask::Run(run) = ask {
            change(run);
        }
        None
    };
    failing(&Mutant { host: &host, asks, answers: |_: &Ask, _: &mut Answer| {} }, areas)
}

/// What fails where each run is answered otherwise.
fn answered_otherwise(areas: &[&str], change: impl Fn(&Run, &mut Done) + Sync) -> Vec<String> {
    let host = stepwell();
    let answers = |ask: &Ask, answer: &mut Answer| {
        if let (Ask::Run(run), Answer::Done(done)) = (ask, answer) {
            change(run, done);
        }
    };
    failing(&Mutant { host: &host, asks: |_: &dyn Host, _, _: &mut Ask| None, answers }, areas)
}

fn failure(done: &mut Done) -> Option<&mut Failure> {
    match &mut done.ended {
        Ended::Failure(failure) => Some(failure),
        _ => None,
    }
}
