//! Checking one plugin.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use stepwell_sandbox::{Limits, Sandbox, admit, grants::Spec};

use crate::{
    bench::Bench,
    check::Check,
    checks::{CHECKS, admission},
    error::Error,
    example::Example,
    level::Level,
    report::{About, Report},
    trial::Trial,
};

/// What is to be checked, and with what.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How far to go.
    pub level: Level,
    /// What generated inputs follow from.
    pub seed: u64,
    /// Only checks whose ids begin with one of these; all where there are none.
    pub only: Vec<String>,
    /// Examples that come with the plugin.
    pub examples: Vec<Example>,
    /// What every call is granted besides what its example says.
    pub grants: Spec,
    /// What a call may use where its example does not say so.
    pub limits: Limits,
}

impl Default for Plan {
    /// Level strict, with no examples and no grants, and half a minute for each call.
    fn default() -> Self {
        Self {
            level: Level::default(),
            seed: 1,
            only: Vec::new(),
            examples: Vec::new(),
            grants: Spec::default(),
            limits: Limits { time: Duration::from_secs(30), ..Limits::default() },
        }
    }
}

impl Plan {
    /// The checks that are planned, in order.
    ///
    /// # Errors
    ///
    /// Where one is asked for that there is not.
    pub fn checks(&self) -> Result<Vec<&'static Check>, Error> {
        let is_meant = |check: &Check, only: &String| check.id.starts_with(only.as_str());
        for only in &self.only {
            if !CHECKS.iter().any(|check| is_meant(check, only)) {
                return Err(Error::NoSuchCheck(only.clone()));
            }
        }
        // Who names a check wants it, whatever its level.
        let planned = |check: &&Check| match self.only.is_empty() {
            true => check.level <= self.level,
            false => self.only.iter().any(|only| is_meant(check, only)),
        };
        Ok(CHECKS.iter().filter(planned).collect())
    }
}

/// Checks the plugin in a file.
///
/// # Errors
///
/// Where it cannot be checked, which says nothing about the plugin.
///
/// # Panics
///
/// Outside of a Tokio runtime with timers.
pub async fn conform(sandbox: &Sandbox, file: &Path, plan: &Plan) -> Result<Report, Error> {
    let start = Instant::now();
    let checks = plan.checks()?;
    let (about, findings) = match sandbox.admit_file(file).await {
        Ok(plugin) => {
            let about = About::of(plugin.info());
            let bench = Bench::new(plugin, plan).await?;
            let mut findings = Vec::new();
            for check in checks {
                let mut trial = Trial::default();
                (check.run)(&bench, &mut trial).await?;
                findings.push(trial.end(check));
            }
            (Some(about), findings)
        }
        Err(admit::Error::Read { path, cause }) => return Err(Error::Read { path, cause }),
        Err(error) => (None, admission::refused(&checks, &error)?),
    };
    Ok(Report {
        file: file.to_owned(),
        about,
        level: plan.level,
        seed: plan.seed,
        findings,
        duration: start.elapsed(),
    })
}
