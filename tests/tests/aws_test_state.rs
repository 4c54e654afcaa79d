//! Runs the recorded calls of TestState against the core.
//!
//! `aws-test-state-differences.toml` lists what is known to differ. A script in the list that agrees
//! fails the test, as does one that differs and is not in the list: the list can only shrink.
//! `STEPWELL_CASE=TEXT` runs the scripts whose names contain the text.

use std::{collections::BTreeMap, path::Path};

use stepwell_tests::aws::{Comparisons, Differences, Script, files};

#[derive(Default)]
struct Area {
    scripts: usize,
    outcomes: usize,
    strict: usize,
}

fn explain(comparisons: &anyhow::Result<Comparisons>) -> String {
    match comparisons {
        Err(error) => format!("\n    {error:#}"),
        Ok(comparisons) => comparisons
            .strict
            .iter()
            .take(4)
            .map(|it| {
                let cut = |text: &str| text.chars().take(300).collect::<String>();
                format!(
                    "\n    {}\n      AWS:  {}\n      here: {}",
                    it.path,
                    cut(&it.expected),
                    cut(&it.actual)
                )
            })
            .collect(),
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what one runs this for")]
fn recorded_tests_of_states() -> anyhow::Result<()> {
    let Some(paths) = files("scripts")? else {
        println!("skipped: the recordings are not in ../shared/conformance");
        return Ok(());
    };
    let filter = std::env::var("STEPWELL_CASE").unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let differences = Differences::read(&root.join("aws-test-state-differences.toml"))?;

    let mut areas: BTreeMap<String, Area> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut names = Vec::new();
    for path in paths {
        let script = Script::read(&path)?;
        if !script.tests_states() || !script.name.contains(&filter) {
            continue;
        }
        let comparisons = script.run();
        let (outcome, strict) = match &comparisons {
            Ok(comparisons) => (comparisons.outcome.is_empty(), comparisons.strict.is_empty()),
            Err(_) => (false, false),
        };
        let needs = match script.needs.first() {
            None => String::new(),
            Some(need) => format!(" (with {need})"),
        };
        for name in [script.query_language.as_str(), "~ all"] {
            let area = areas.entry(format!("test state, {name}{needs}")).or_default();
            area.scripts += 1;
            area.outcomes += usize::from(outcome);
            area.strict += usize::from(strict);
        }
        let listed = differences.cases.contains_key(&script.name);
        if strict && listed {
            wrong.push(format!("{}: agrees now; take it out of the list", script.name));
        } else if !strict && (!listed || !filter.is_empty()) {
            wrong.push(format!("{}: differs{}", script.name, explain(&comparisons)));
        }
        names.push(script.name);
    }

    println!("{:<40} {:>12} {:>14}", "area", "outcome", "strict");
    for (name, area) in &areas {
        println!(
            "{name:<40} {:>12} {:>14}",
            format!("{}/{}", area.outcomes, area.scripts),
            format!("{}/{}", area.strict, area.scripts)
        );
    }
    if filter.is_empty() {
        for name in differences.cases.keys().filter(|name| !names.contains(name)) {
            wrong.push(format!("{name}: is in the list, but there is no such script"));
        }
    }
    assert!(wrong.is_empty(), "{} scripts:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
