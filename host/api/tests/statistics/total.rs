//! The figures of all rows of an answer together.

use serde_json::json;
use stepwell_interpreter::{AttemptEnd, EndedAttempt};

use crate::{A, B, World, attempt, day, identity};

#[tokio::test]
async fn all_rows_together_have_the_durations_of_all_calls() {
    let world = World::new().await;
    let count = |account: &str, calls: usize, took: u64| {
        let attempt = EndedAttempt { took_ms: Some(took), ..attempt(1) };
        world.engine.statistics().attempts(account, &identity(1), &vec![attempt; calls]);
    };
    count(A, 197, 10);
    count(B, 3, 1_000);
    let given_up = EndedAttempt { end: AttemptEnd::GivenUp { begun: true }, ..attempt(1) };
    world.engine.statistics().attempts(B, &identity(1), &[given_up]);
    let mut all = day("TENANT");
    all["allTenants"] = json!(true);
    all["period"] = json!(300);
    let seen = world.own(B, "GetStatistics", all).await;
    assert_eq!(seen["rows"].as_array().unwrap().len(), 2);
    let series = seen["total"]["series"].as_array().unwrap();
    assert_eq!(series.len(), 1);
    for figures in [&seen["total"]["figures"], &series[0]["figures"]] {
        let number = |name: &str| figures[name].as_f64().unwrap();
        assert_eq!((number("calls"), number("errors"), number("cancelled")), (201.0, 0.0, 1.0));
        assert!((number("durationP50") - 10.0).abs() < 0.2, "{figures}");
        assert!((number("durationP99") - 1_000.0).abs() < 20.0, "{figures}");
    }
}
