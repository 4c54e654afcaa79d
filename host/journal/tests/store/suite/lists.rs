//! Lists, and Map Runs.

use std::{collections::BTreeSet, sync::Arc};

use stepwell_journal::{
    After, CommitId, Error, Filter, Key, Listing, MapRunRecord, MapRunStatus, Of, Seq, Start,
    Status, Store, Token,
};

use crate::sample::{Subject, at, key, one, start_of};

fn filter(of: Of) -> Filter {
    Filter::all("000000000000", of)
}

pub(crate) fn of_machine() -> Filter {
    filter(Of::Machine("machine".into()))
}

pub(crate) async fn names<S: Store>(store: &S, filter: Filter) -> Vec<String> {
    let page = store.list(filter, 100, None).await.unwrap();
    page.items.into_iter().map(|listing| listing.key.name).collect()
}

pub(crate) async fn lists_the_newest_first_in_stable_pages<S: Store>(store: &S) {
    for number in 0..9 {
        let start = start_of(key(&format!("run-{number}")));
        // Some at the same time.
        let mut subject = Subject::new(store, start, at(number / 2)).await;
        subject.begin(store).await;
        if number % 3 == 0 {
            subject.wake(store).await;
            subject.succeed(store, at(100)).await;
        }
    }
    let whole = store.list(of_machine(), 100, None).await.unwrap();
    assert_eq!((whole.items.len(), &whole.next), (9, &None));
    let order = |listing: &Listing| std::cmp::Reverse((listing.started_at, listing.id));
    assert!(whole.items.is_sorted_by_key(order));

    let mut items = Vec::new();
    let mut token: Option<Token> = None;
    for page in 0.. {
        let found = store.list(of_machine(), 2, token.clone()).await.unwrap();
        items.extend(found.items);
        let start = start_of(key(&format!("later-{page}")));
        Subject::new(store, start, at(50)).await.begin(store).await;
        let Some(next) = found.next else { break };
        token = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(items, whole.items, "what is started meanwhile is on no later page");

    let other = Filter { statuses: [Status::Running].into(), ..of_machine() };
    let error = store.list(other, 2, token).await.unwrap_err();
    assert_eq!(error.to_string(), "The token is not one of this listing.");
    assert_eq!("no token".parse::<Token>(), Err(Error::Token));
}

pub(crate) async fn lists_by_status_version_alias_redrive_and_map_run<S: Store>(store: &S) {
    let start = |name: &str| start_of(key(name));
    let arn = "arn:aws:states:eu-west-1:1:mapRun:machine/map:1";
    let versioned = Start { version: Some("1".into()), ..start("versioned") };
    let aliased =
        Start { version: Some("1".into()), alias: Some("live".into()), ..start("aliased") };
    let child = Start {
        map_run: Some(arn.into()),
        item_count: Some(3),
        ..start_of(Key { machine: "machine/map".into(), ..key("child") })
    };
    for start in [versioned, aliased, child] {
        Subject::new(store, start, at(0)).await.begin(store).await;
    }
    let foreign = Key { tenant: "1".into(), ..key("foreign") };
    Subject::new(store, start_of(foreign), at(0)).await.begin(store).await;
    let mut failed = Subject::new(store, start("failed"), at(1)).await;
    failed.begin(store).await;
    failed.wake(store).await;
    failed.fail(store, at(70)).await;

    let machine = || "machine".to_owned();
    assert_eq!(names(store, of_machine()).await.len(), 3, "neither foreign ones nor children");
    let version = |version: &str| filter(Of::Version(machine(), version.into()));
    let found = names(store, version("1")).await;
    assert_eq!(BTreeSet::from_iter(found), ["aliased".into(), "versioned".into()].into());
    assert!(names(store, version("2")).await.is_empty());
    let alias = filter(Of::Alias(machine(), "live".into()));
    assert_eq!(names(store, alias).await, ["aliased"]);
    assert_eq!(names(store, filter(Of::MapRun(arn.into()))).await, ["child"]);
    let foreign = Filter { tenant: "1".into(), ..filter(Of::MapRun(arn.into())) };
    assert!(names(store, foreign).await.is_empty(), "an ARN opens no other tenant's list");
    let with = |status| Filter { statuses: [status].into(), ..of_machine() };
    assert_eq!(names(store, with(Status::Failed)).await, ["failed"]);
    assert_eq!(names(store, with(Status::Running)).await.len(), 2);
    assert!(names(store, with(Status::TimedOut)).await.is_empty());
    let redriven = |redriven| Filter { redriven: Some(redriven), ..of_machine() };
    assert!(names(store, redriven(true)).await.is_empty());
    assert_eq!(names(store, redriven(false)).await.len(), 3);
}

pub(crate) async fn searches_all_machines<S: Store>(store: &S) {
    let arn = "arn:aws:states:eu-west-1:1:mapRun:machine/map:1";
    let of = |machine: &str, name: &str| start_of(Key { machine: machine.into(), ..key(name) });
    let child = Start { map_run: Some(arn.into()), ..of("machine/map", "order-child") };
    let foreign = start_of(Key { tenant: "1".into(), ..key("order-foreign") });
    let starts = [
        of("a", "order-1"),
        of("b", "order-2"),
        of("a", "Order-3"),
        of("c", "order"),
        of("b", "orders"),
        of("c", "orde\u{10ffff}"),
        of("a", "other"),
        child,
        foreign,
    ];
    for (number, start) in (0..).zip(starts) {
        let mut subject = Subject::new(store, start, at(10 * number)).await;
        subject.begin(store).await;
        if number % 2 == 0 {
            subject.wake(store).await;
            subject.fail(store, at(1000)).await;
        }
    }
    let all = filter(Of::Account);
    let found = names(store, all.clone()).await;
    let expected = ["other", "orde\u{10ffff}", "orders", "order", "Order-3", "order-2", "order-1"];
    assert_eq!(found, expected, "of all machines, and neither foreign ones nor children");

    let begins = |prefix: &str| Filter { name_prefix: prefix.into(), ..all.clone() };
    assert_eq!(names(store, begins("order")).await, ["orders", "order", "order-2", "order-1"]);
    assert_eq!(names(store, begins("order-")).await, ["order-2", "order-1"]);
    assert_eq!(names(store, begins("Order")).await, ["Order-3"], "case is told apart");
    assert_eq!(names(store, begins("orde\u{10ffff}")).await, ["orde\u{10ffff}"]);
    assert_eq!(names(store, begins("%")).await, [""; 0], "nothing stands for anything");
    assert_eq!(names(store, begins("\u{10ffff}")).await, [""; 0]);
    let of_a = Filter { of: Of::Machine("a".into()), ..begins("order") };
    assert_eq!(names(store, of_a).await, ["order-1"]);

    let within = |from, before| Filter {
        started_from: Some(at(from)),
        started_before: Some(at(before)),
        ..all.clone()
    };
    assert_eq!(names(store, within(10, 30)).await, ["Order-3", "order-2"]);
    assert_eq!(names(store, within(30, 30)).await, [""; 0]);
    let failed = Filter { statuses: [Status::Failed, Status::Aborted].into(), ..within(0, 50) };
    assert_eq!(names(store, failed.clone()).await, ["orders", "Order-3", "order-1"]);
    let both = [Status::Failed, Status::Running].into();
    let page = Filter { statuses: both, name_prefix: "order".into(), ..all };
    let mut paged = Vec::new();
    let mut token = None;
    loop {
        let found = store.list(page.clone(), 1, token).await.unwrap();
        paged.extend(found.items.into_iter().map(|listing| listing.key.name));
        token = found.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(paged, names(store, page.clone()).await);
    let token = store.list(page.clone(), 1, None).await.unwrap().next;
    let other = Filter { name_prefix: "orde".into(), ..page };
    assert_eq!(store.list(other, 1, token).await, Err(Error::Token), "of another prefix");
}

pub(crate) async fn counts_executions_as_they_change<S: Store>(store: &S) {
    const TENANT: &str = "000000000000";
    let of = |counts: &[(Status, u64)]| {
        [("machine".to_owned(), counts.iter().copied().collect())].into()
    };
    assert_eq!(store.counts(TENANT, None).await, Ok([].into()));
    let mut one = Subject::started(store, "one").await;
    let mut two = Subject::started(store, "two").await;
    assert_eq!(store.counts(TENANT, None).await, Ok(of(&[(Status::Running, 2)])));
    // What is refused counts for nothing, and nor does what is committed again.
    let again = two.starting();
    assert!(crate::sample::one(store, again).await.is_err());
    one.wake(store).await;
    one.fail(store, at(61)).await;
    two.wake(store).await;
    two.succeed(store, at(62)).await;
    let ended = of(&[(Status::Failed, 1), (Status::Succeeded, 1)]);
    assert_eq!(store.counts(TENANT, None).await, Ok(ended));

    let step = one.execution.redrive(&one.machine, None, at(70)).unwrap();
    let after = After::Redrive(one.seq);
    let delta =
        stepwell_journal::Delta::new(one.lease, one.id, after, &step, one.execution.clone());
    crate::sample::one(store, delta).await.unwrap();
    let redriven = of(&[(Status::Running, 1), (Status::Succeeded, 1)]);
    assert_eq!(store.counts(TENANT, None).await, Ok(redriven));

    let arn = "arn:aws:states:eu-west-1:1:mapRun:machine/map:1";
    let child = Key { machine: "machine/map".into(), ..key("child") };
    let child = Start { map_run: Some(arn.into()), ..start_of(child) };
    Subject::new(store, child, at(0)).await.begin(store).await;
    let foreign = start_of(Key { tenant: "1".into(), ..key("foreign") });
    Subject::new(store, foreign, at(0)).await.begin(store).await;
    assert_eq!(store.retain(at(1000), 10).await, Ok(1));
    let left = of(&[(Status::Running, 1)]);
    assert_eq!(
        store.counts(TENANT, None).await,
        Ok(left.clone()),
        "what is deleted is not counted"
    );
    assert_eq!(store.counts("1", None).await, Ok(left.clone()));
    assert_eq!(store.counts(TENANT, Some("machine")).await, Ok(left));
    assert_eq!(store.counts(TENANT, Some("other")).await, Ok([].into()));
}

/// A Map Run whose state is that of a distributed Map over three items.
pub(crate) fn map_run(id: u64, arn: &str) -> MapRunRecord {
    let state = crate::sample::map_run();
    let id = stepwell_interpreter::map_run::MapRunId(id);
    MapRunRecord { id, arn: arn.into(), started_at: at(0), ended: None, state }
}

pub(crate) async fn keeps_map_runs<S: Store>(store: &S) {
    let arn = |number| format!("arn:aws:states:eu-west-1:1:mapRun:machine/map:{number}");
    let subject = Subject::new(store, start_of(key("run")), at(0)).await;
    let mut delta = subject.starting();
    delta.map_runs = vec![map_run(3, &arn(3)), map_run(12, &arn(12))];
    one(store, delta.clone()).await.unwrap();

    let (whose, record) = store.map_run(&arn(12)).await.unwrap().unwrap();
    assert_eq!((whose, record.id.0, record.ended), (subject.id, 12, None));
    assert!(store.map_run("arn").await.unwrap().is_none());

    delta.commit = CommitId::random();
    delta.after = After::Commit(Seq(1));
    Arc::make_mut(&mut delta.events).clear();
    delta.state = None;
    delta.set.clear();
    delta.map_runs.truncate(1);
    delta.map_runs[0].ended = Some((at(9), MapRunStatus::Failed));
    one(store, delta).await.unwrap();
    let records = store.map_runs(subject.id).await.unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].arn, arn(3));
    assert_eq!(records[0].started_at, at(0));
    assert_eq!(records[0].ended, Some((at(9), MapRunStatus::Failed)));
    let form = |record: &MapRunRecord| serde_json::to_value(&record.state).unwrap();
    assert_eq!(form(&records[0]), form(&map_run(3, "")));
    assert_eq!(records[1].ended, None);
}
