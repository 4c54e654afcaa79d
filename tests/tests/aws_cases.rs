//! Runs the recorded executions against the core.
//!
//! `aws-differences.toml` lists what is known to differ. A case in the list that agrees fails the
//! test, as does one that differs and is not in the list: the list can only shrink.
//! `STEPWELL_CASE=TEXT` runs the cases whose names contain the text and prints where they differ.

use std::{collections::BTreeMap, path::Path};

use stepwell_tests::aws::{Case, Differences, Mismatch, Verdict, files};

#[derive(Default)]
struct Area {
    cases: usize,
    outcomes: usize,
    histories: usize,
    exact: usize,
}

impl Area {
    fn count(&mut self, verdict: &anyhow::Result<Verdict>, has_history: bool) {
        self.cases += 1;
        self.histories += usize::from(has_history);
        if let Ok(verdict) = verdict {
            self.outcomes += usize::from(verdict.outcome.is_empty());
            let exact = verdict.history.as_ref().is_some_and(Vec::is_empty);
            self.exact += usize::from(exact);
        }
    }
}

fn explain(verdict: &anyhow::Result<Verdict>) -> String {
    let list = |what: &str, mismatches: &[Mismatch]| {
        mismatches
            .iter()
            .take(4)
            .map(|it| {
                let cut = |text: &str| text.chars().take(300).collect::<String>();
                format!(
                    "\n    {what} {}\n      AWS:  {}\n      here: {}",
                    it.path,
                    cut(&it.expected),
                    cut(&it.actual)
                )
            })
            .collect::<String>()
    };
    match verdict {
        Err(error) => format!("\n    {error:#}"),
        Ok(verdict) => {
            list("outcome", &verdict.outcome)
                + &list("history", verdict.history.as_deref().unwrap_or_default())
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what one runs this for")]
fn recorded_executions() -> anyhow::Result<()> {
    let Some(paths) = files("cases")? else {
        println!("skipped: the recordings are not in ../shared/conformance");
        return Ok(());
    };
    let filter = std::env::var("STEPWELL_CASE").unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let differences = Differences::read(&root.join("aws-differences.toml"))?;

    let mut areas: BTreeMap<String, Area> = BTreeMap::new();
    let mut skipped = 0;
    let mut wrong = Vec::new();
    let mut names = Vec::new();
    for path in paths {
        let case = Case::read(&path)?;
        if case.needs.iter().any(|need| need != "lambda" && need != "s3") {
            skipped += 1;
            continue;
        }
        if !case.name.contains(&filter) {
            continue;
        }
        let verdict = case.run();
        let agrees = verdict.as_ref().is_ok_and(|verdict| {
            verdict.outcome.is_empty() && verdict.history.as_ref().is_none_or(Vec::is_empty)
        });
        let area = match case.needs.first() {
            None => case.tags[0].clone(),
            Some(need) => format!("{} (with {need})", case.tags[0]),
        };
        areas.entry(area).or_default().count(&verdict, case.has_history());
        let total = match case.needs.first() {
            None => "~ all".to_owned(),
            Some(need) => format!("~ all (with {need})"),
        };
        areas.entry(total).or_default().count(&verdict, case.has_history());
        let listed = differences.cases.contains_key(&case.name);
        if agrees && listed {
            wrong.push(format!("{}: agrees now; take it out of the list", case.name));
        } else if !agrees && (!listed || !filter.is_empty()) {
            wrong.push(format!("{}: differs{}", case.name, explain(&verdict)));
        }
        names.push(case.name);
    }

    println!("{:<40} {:>12} {:>14}", "area", "outcome", "exact history");
    for (name, area) in &areas {
        println!(
            "{name:<40} {:>12} {:>14}",
            format!("{}/{}", area.outcomes, area.cases),
            format!("{}/{}", area.exact, area.histories)
        );
    }
    println!("skipped, as they need other services: {skipped}");
    if filter.is_empty() {
        for name in differences.cases.keys().filter(|name| !names.contains(name)) {
            wrong.push(format!("{name}: is in the list, but there is no such case"));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
