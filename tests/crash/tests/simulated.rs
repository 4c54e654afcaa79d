//! Hosts in this process, over a store in which things go wrong by a seed: refused commits, lost
//! answers, crashes of the store, and clocks that jump. A host that dies loses all it had.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use stepwell_crash::{
    claims::{self, Journal},
    client,
    news::{News, Record, Tell},
    plan::{self, Orders},
};
use stepwell_engine::Clock;
use stepwell_journal::{Faults, Simulated};
use tokio::runtime::{Builder, Runtime};

/// One thread, on which time passes only while nothing is to do. What runs on it dies with it.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// Runs everything over a store with these faults, by as many hosts as that takes.
fn simulate(seed: u64, faults: Faults) -> (Record, Journal) {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let store = Arc::new(Simulated::new(seed, faults, now));
    let record = Arc::new(Mutex::new(Record { now, ..Record::default() }));
    let mut random = fastrand::Rng::with_seed(seed);
    for process in 1.. {
        let known = record.lock().unwrap().clone();
        if known.ended {
            store.restart();
            let journal = runtime().block_on(claims::read(&*store)).unwrap();
            return (known, journal);
        }
        assert!(process < 1_000, "seed {seed}: it does not end");
        let clock_is_at = store.now();
        let orders = Orders {
            directory: PathBuf::new(),
            now: clock_is_at,
            process,
            executions: plan::everything(1),
            created: known.created,
            started: known.started.keys().cloned().collect(),
            stopped: known.stopped.clone(),
            redriven: known.redriven.clone(),
            asked: known.asked(),
            passed: None,
        };
        let lived = runtime().block_on(async {
            let clock = Clock::starting_at(clock_is_at);
            let tell: Tell = {
                let (record, clock) = (record.clone(), clock.clone());
                Arc::new(move |what| record.lock().unwrap().take(News { at: clock.now(), what }))
            };
            let crash = async {
                loop {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    if store.is_crashed() {
                        if random.bool() {
                            return;
                        }
                        // The host survives it.
                        store.restart();
                    }
                }
            };
            tokio::select! {
                _ = client::run(store.clone(), clock.clone(), orders, tell) => {}
                () = crash => {}
            }
            clock.now().duration_since(clock_is_at).unsigned_abs()
        });
        store.restart();
        store.pass(lived);
    }
    unreachable!("it ends, or it does not")
}

#[test]
fn whatever_goes_wrong_nothing_is_lost() {
    let (record, undisturbed) = simulate(0, Faults::default());
    assert_eq!(record.refused, Vec::<String>::new());
    let faults = Faults { conflicts: 20, lost_answers: 20, crashes: 20, clock_jumps: 300 };
    let mut refused = BTreeSet::new();
    let mut again = 0;
    for seed in 1..=100 {
        let (record, journal) = simulate(seed, faults);
        if let Err(error) = claims::check(&record, &journal, &undisturbed) {
            panic!("seed {seed}: {error:?}");
        }
        again += claims::run_again(&record);
        refused.extend(record.refused);
    }
    assert!(again > 0, "tasks were cut off and run again");
    assert!(refused.iter().any(|error| error.contains("is at commit")), "{refused:?}");
}
