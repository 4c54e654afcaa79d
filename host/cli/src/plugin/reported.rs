//! Reports of the conformance kit that are kept with a plugin: a publisher's, or an operator's own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use stepwell_conformance::report::Summary;
use stepwell_registry::Found;
use stepwell_sandbox::Info;

/// The largest report, in bytes. It is part of a manifest, of which registries take 4 MiB.
const REPORT_AT_MOST: usize = 1 << 20;

/// A report about a plugin that is to be installed.
#[derive(Debug)]
pub(crate) enum Report {
    /// Its publisher's, which is about it.
    Published(String),
    /// In a file, which is to be looked at.
    File(PathBuf),
}

impl Report {
    /// The report about that plugin, as one line of JSON.
    pub(crate) fn about(&self, info: &Info) -> Result<String> {
        match self {
            Self::Published(text) => Ok(text.clone()),
            Self::File(file) => read(file, info),
        }
    }
}

/// Reads the report about a plugin that is to be kept with it, as one line of JSON.
pub(crate) fn read(file: &Path, info: &Info) -> Result<String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
    if text.len() > REPORT_AT_MOST {
        bail!("{shown} has more than {REPORT_AT_MOST} bytes, and is no report");
    }
    let no_report = || format!("{shown} is no report of `stepwell plugin conform --report json`");
    let summary = Summary::read(&text).with_context(no_report)?;
    if summary.digest != Some(info.digest) {
        let about = summary.digest.map_or("no plugin".to_owned(), |it| it.to_string());
        bail!("{shown} is about {about}, and the plugin is {}", info.digest);
    }
    let document: serde_json::Value = serde_json::from_str(&text).with_context(no_report)?;
    Ok(document.to_string())
}

/// What a publisher reports of a plugin, in a line; none where that is nothing.
pub(crate) fn line(found: &Found) -> Option<String> {
    let summary = match Summary::read(found.conformance.as_deref()?) {
        Ok(summary) => summary,
        Err(_) => return Some("its publisher's report on conformance cannot be read".to_owned()),
    };
    let is_about_it = summary.digest.is_some_and(|it| it.hex() == found.layer.digest.hex());
    Some(match is_about_it {
        true => format!("its publisher reports that it {summary}"),
        false => "its publisher's report on conformance is about another file".to_owned(),
    })
}

/// What a publisher reports of a plugin, where it is a report about it.
pub(crate) fn published(found: &Found) -> Option<Report> {
    let text = found.conformance.as_deref()?;
    let summary = Summary::read(text).ok()?;
    let is_about_it = summary.digest.is_some_and(|it| it.hex() == found.layer.digest.hex());
    is_about_it.then(|| Report::Published(text.to_owned()))
}

/// The whole report, as JSON for people.
pub(crate) fn whole(found: &Found) -> Result<String> {
    let report = found.conformance.as_deref().context("its publisher has pushed no report")?;
    let document: serde_json::Value = serde_json::from_str(report)
        .context("its publisher's report on conformance cannot be read")?;
    Ok(serde_json::to_string_pretty(&document)?)
}
