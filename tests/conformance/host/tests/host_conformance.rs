//! Stepwell keeps the contract, and the suite sees where a host does not.

mod mutants;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use stepwell_host_conformance::{
    Suite, Verdict, adapter::Adapter, case, contract, probes::Probes, report::Report,
};

/// How long the suite waits for anything.
const PATIENCE: Duration = Duration::from_secs(120);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Stepwell, which is built with all else of the workspace.
fn stepwell() -> Adapter {
    let program = root().join("target/debug/stepwell");
    assert!(
        program.exists(),
        "{} is not built: run `cargo build --workspace --bins`, or `cargo xtask test`, which does",
        program.display()
    );
    // What it has compiled is kept for the next test.
    let cache = root().join("target/stepwell-cache");
    let cache = format!("STEPWELL_CACHE_DIR={}", cache.display());
    let arguments = [cache.into(), program.into(), "conformance-adapter".into()];
    Adapter::start("env".into(), &arguments, PATIENCE).unwrap()
}

fn probes() -> Probes {
    Probes::new(root().join("target/guests")).unwrap()
}

#[test]
fn stepwell_passes_all_of_it() {
    let (host, probes) = (stepwell(), probes());
    let suite = Suite::begin(&host, &probes, PATIENCE).unwrap();
    let cases = case::all().unwrap();
    let mut report = Report::new(suite.hello());
    for case in &cases {
        report.add(case, suite.run(case));
    }
    // `cargo xtask conform host` shows it.
    anstream::println!("{}", report.text());
    assert!(
        report.cases().iter().all(|(_, verdict)| *verdict == Verdict::Passed),
        "{}",
        report.text()
    );
    assert_eq!(report.junit().unwrap().matches("<testcase ").count(), cases.len());
    let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(json["counts"]["passed"], cases.len());
}

/// What is said in the contract is in a case, or in a list that says why it is in none. Whoever
/// changes the contract says here which of it is.
#[test]
fn every_sentence_of_the_contract_is_accounted_for() {
    let (cases, unseen) = (case::all().unwrap(), case::unseen().unwrap());
    let asides = case::asides().unwrap();
    let of_cases = cases.iter().flat_map(|case| &case.contract);
    let known = of_cases.chain(unseen.iter().map(|unseen| &unseen.contract)).chain(&asides);
    let known: Vec<_> = known.map(String::as_str).collect();
    for words in &known {
        assert!(contract::source(words).is_some(), "the contract does not say: {words}");
    }
    let left = contract::unclassified(known.iter().copied());
    assert_eq!(left, [""; 0], "put each into a case, or into cases/unseen.toml or asides.toml");
    // It would see one that is new.
    let fewer = known.into_iter().filter(|words| !words.starts_with("Redirects are not followed"));
    assert_eq!(contract::unclassified(fewer).len(), 1);
}

/// The README's tables are made from the cases: `UPDATE=1 cargo nextest run ...` writes them anew.
#[test]
fn the_readme_has_the_tables_of_the_cases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let old = std::fs::read_to_string(&path).unwrap();
    let mut new = old.clone();
    let cases = case::all().unwrap();
    let unseen = contract::unseen_table(&case::unseen().unwrap());
    for (name, table) in [("cases", contract::table(&cases)), ("unseen", unseen)] {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
        let (before, rest) = new.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        new = format!("{before}{begin}{table}{end}{after}");
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, new).unwrap();
    } else {
        assert!(old == new, "the tables of {} are out of date: run with UPDATE=1", path.display());
    }
}

#[test]
fn a_host_is_asked_for_no_more_than_it_claims() {
    let (host, probes) = (stepwell(), probes());
    let host = mutants::claiming(&host, &[]);
    let suite = Suite::begin(&host, &probes, PATIENCE).unwrap();
    for case in case::all().unwrap().iter().filter(|case| !case.needs.is_empty()) {
        assert_eq!(suite.run(case), Verdict::NotClaimed(case.needs.clone()), "{}", case.id);
    }
}

#[test]
fn an_adapter_that_is_none_is_told_from_a_host() {
    let probes = probes();
    let begin = |program: &str, arguments: &[&str], patience| {
        let arguments: Vec<_> = arguments.iter().map(Into::into).collect();
        let adapter = Adapter::start(program.into(), &arguments, patience)?;
        Suite::begin(&adapter, &probes, patience).map(|_| ())
    };
    let error = |program, arguments: &[&str], patience| {
        begin(program, arguments, patience).unwrap_err().to_string()
    };
    assert_eq!(
        error("/nowhere/adapter", &[], PATIENCE),
        "the adapter /nowhere/adapter cannot be started: No such file or directory (os error 2)"
    );
    assert_eq!(
        error("true", &[], PATIENCE),
        "the adapter has ended: see what it wrote to standard error"
    );
    // It gives back what it reads.
    let text = error("cat", &[], PATIENCE);
    assert!(text.starts_with("the adapter wrote a line that is no reply ("), "{text}");
    let text =
        error("sh", &["-c", "read line; echo '{\"id\":0,\"stopping\":null}'; read line"], PATIENCE);
    assert_eq!(
        text,
        "the adapter gave an answer to another question than what the host is: Stopping"
    );
    let text = error("sh", &["-c", "read line; read line"], Duration::from_millis(50));
    assert!(text.starts_with("the adapter has not answered for 50ms: "), "{text}");
}
