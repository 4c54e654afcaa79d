//! How the findings about a definition are shown.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use stepwell_asl::{
    Diagnostic,
    diagnostic::{Code, Severity},
};

/// The findings with the lines they are about, for people.
pub(crate) fn render(text: &str, file: &str, findings: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    findings
        .iter()
        .map(|finding| renderer.render(&[group(text, file, finding)]))
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn group<'a>(text: &'a str, file: &'a str, finding: &'a Diagnostic) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&*finding.message).id(code(finding.code));
    let label = finding.location.as_deref().unwrap_or_default();
    let mut group = match &finding.span {
        Some(span) => Group::with_title(title).element(
            Snippet::source(text)
                .path(file)
                .annotation(AnnotationKind::Primary.span(span.clone()).label(label)),
        ),
        None => Group::with_title(title).element(annotate_snippets::Origin::path(file)),
    };
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(&**help));
    }
    group
}

/// The code as AWS writes it.
pub(crate) fn code(code: Code) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|code| code.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// `2 errors and 1 warning`.
pub(crate) fn count(findings: &[Diagnostic]) -> String {
    let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let some = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let parts: Vec<_> =
        [some(errors, "error"), some(warnings, "warning")].into_iter().flatten().collect();
    if parts.is_empty() { "no problems".to_owned() } else { parts.join(" and ") }
}
