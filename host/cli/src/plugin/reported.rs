//! The report of the conformance kit that a publisher has pushed with a plugin.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use stepwell_conformance::report::Summary;
use stepwell_registry::Found;
use stepwell_sandbox::Info;

/// The largest report, in bytes. It is part of a manifest, of which registries take 4 MiB.
const REPORT_AT_MOST: usize = 1 << 20;

/// Reads the report about a plugin that is to be pushed with it, as one line of JSON.
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
        bail!("{shown} is about {about}, and the file to push is {}", info.digest);
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

/// The whole report, as JSON for people.
pub(crate) fn whole(found: &Found) -> Result<String> {
    let report = found.conformance.as_deref().context("its publisher has pushed no report")?;
    let document: serde_json::Value = serde_json::from_str(report)
        .context("its publisher's report on conformance cannot be read")?;
    Ok(serde_json::to_string_pretty(&document)?)
}
