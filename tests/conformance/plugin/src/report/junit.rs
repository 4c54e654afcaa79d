//! For systems that show what tests have found.

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use crate::trial::Outcome;

/// A document of JUnit's kind: a suite for the plugin, and a test for each check. A warning is a
/// test that passes, and says so in its output.
///
/// # Errors
///
/// Where what was seen cannot be written as XML.
pub fn junit(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let name = match &report.about {
        Some(about) => format!("{} {}", about.name, about.version),
        None => report.file.display().to_string(),
    };
    let mut suite = TestSuite::new(name);
    for finding in &report.findings {
        let statement = finding.check.statement;
        let saw = finding.saw.join("\n");
        let status = match finding.outcome {
            Outcome::Passed | Outcome::Warned => TestCaseStatus::success(),
            Outcome::Failed => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type(finding.check.place.file());
                status.set_message(statement);
                status.set_description(format!("tried {}\nsaw {saw}", finding.tried));
                status
            }
            Outcome::Skipped => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(&saw);
                status
            }
        };
        let mut case = TestCase::new(finding.check.id, status);
        case.set_classname(format!("conform.{}", finding.check.level));
        if finding.outcome == Outcome::Warned {
            case.set_system_out(format!(
                "warning: {statement}\ntried {}\nsaw {saw}",
                finding.tried
            ));
        }
        suite.add_test_case(case);
    }
    let mut document = Document::new("stepwell plugin conform");
    document.set_time(report.duration);
    document.add_test_suite(suite);
    document.to_string()
}
