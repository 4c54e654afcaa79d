//! What a host logs, on standard error.

use std::{fmt, str::FromStr};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::{
    filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// What is logged: a level, and others for some parts: `info,stepwell_engine=debug`.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Levels(Targets);

impl Default for Levels {
    fn default() -> Self {
        Self(Targets::new().with_default(tracing::Level::INFO))
    }
}

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Levels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // One word that is no level would be taken for the name of a part.
        let is_level = |word: &str| {
            !word.is_empty() && word.parse::<tracing_subscriber::filter::LevelFilter>().is_ok()
        };
        let good = text.split(',').all(|part| match part.split_once('=') {
            Some((_, level)) => is_level(level),
            None => is_level(part),
        });
        let targets = text.parse().ok().filter(|_| good).map(Self);
        targets.ok_or_else(|| {
            format!(
                "`{text}` are no levels, which look like `info` or `info,stepwell_engine=debug`"
            )
        })
    }
}

impl TryFrom<String> for Levels {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// How it is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts to log.
pub(crate) fn start(levels: &Levels, format: Format) -> Result<()> {
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(levels.0.clone());
    match format {
        Format::Text => registry.with(lines.with_ansi(colour)).try_init(),
        Format::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    }
    .context("cannot log")
}

/// Starts to log as a command does that somebody watches: without times and parts.
pub(crate) fn start_plain() -> Result<()> {
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let lines = tracing_subscriber::fmt::layer().without_time().with_target(false);
    let lines = lines.with_ansi(colour).with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(Levels::default().0);
    registry.with(lines).try_init().context("cannot log")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_of_all_or_of_parts() {
        for good in ["info", "WARN", "off", "info,stepwell_engine=debug", "stepwell_api=trace"] {
            assert!(good.parse::<Levels>().is_ok(), "{good}");
        }
        for bad in ["loud", "", "info,stepwell_engine", "stepwell_api=loud"] {
            let error = bad.parse::<Levels>().unwrap_err();
            assert_eq!(
                error,
                format!(
                    "`{bad}` are no levels, which look like `info` or `info,stepwell_engine=debug`"
                )
            );
        }
    }
}
