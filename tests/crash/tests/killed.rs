//! Hosts that are killed with SIGKILL, at every commit and at random.

use std::time::Duration;

use stepwell_crash::{
    claims,
    observed::Moment,
    plan::{self, Planned},
    process::{self, Death, Story},
};
use tempfile::TempDir;

const HOST: &str = env!("CARGO_BIN_EXE_stepwell-crash");

/// Kills a host before each commit that it wants to make, and after each that it has made.
fn at_every_commit(executions: Vec<Planned>) {
    let undisturbed = process::undisturbed(HOST, &executions).unwrap();
    let directory = TempDir::new().unwrap();
    let mut story = Story::new(HOST, directory.path(), executions);
    while story.go_on(Duration::from_secs(1), Death::AtCommit).unwrap() {}
    claims::check(&story.record, &story.journal().unwrap(), &undisturbed).unwrap();
    let mut commits = story.record.commits.clone();
    commits.retain(Moment::is_deadly);
    assert_eq!(story.passed(), &commits, "it died on both sides of every commit");
    eprintln!("{} hosts were killed", story.killed);
}

#[test]
fn at_every_commit_of_tasks() {
    at_every_commit(plan::mix(&["tasks", "at-most-once", "fails", "loop"], 4));
}

#[test]
fn at_every_commit_of_branches_and_items() {
    at_every_commit(plan::mix(&["parallel", "map", "distributed"], 4));
}

#[test]
fn at_every_commit_of_what_waits_and_is_answered() {
    at_every_commit(plan::mix(&["waits", "token", "activity", "stopped"], 4));
}

#[test]
fn at_every_commit_of_parents_and_children() {
    at_every_commit(plan::mix(&["children", "abandons", "redriven"], 4));
}

/// Kills a number of hosts at moments that follow from a seed, as far as the machine lets them.
fn at_random(seed: u64, kills: usize) {
    eprintln!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let executions = plan::everything(3);
    let undisturbed = process::undisturbed(HOST, &executions).unwrap();
    let mut killed = 0;
    let mut again = 0;
    while killed < kills {
        let directory = TempDir::new().unwrap();
        let mut story = Story::new(HOST, directory.path(), executions.clone());
        loop {
            let death = match killed + story.killed < kills {
                true => Death::AfterLines(random.usize(1..50)),
                false => Death::Natural,
            };
            let later = Duration::from_secs(random.u64(0..90));
            if !story.go_on(later, death).unwrap() {
                break;
            }
        }
        claims::check(&story.record, &story.journal().unwrap(), &undisturbed).unwrap();
        killed += story.killed;
        again += claims::run_again(&story.record);
    }
    assert!(again > 0, "tasks were cut off and run again");
    eprintln!("{killed} hosts were killed, {again} tasks were run again");
}

#[test]
fn at_random_1() {
    at_random(1, 130);
}

#[test]
fn at_random_2() {
    at_random(2, 130);
}

#[test]
fn at_random_3() {
    at_random(3, 130);
}

#[test]
fn at_random_4() {
    at_random(4, 130);
}
