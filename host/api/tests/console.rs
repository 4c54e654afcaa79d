//! Stepwell's own actions, over a loopback port.

mod client;

use client::Host;
use serde_json::json;

#[tokio::test]
async fn the_host_says_what_it_is() {
    let host = Host::keeping().await;
    let answer = host.call_own("DescribeHost", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.headers.contains("content-type: application/x-amz-json-1.0"));
    let mut said = answer.json();
    let started = said.as_object_mut().unwrap().remove("startedAt").unwrap().as_f64().unwrap();
    // A host's clock runs from there.
    assert!((1_795_348_800.0..1_795_348_860.0).contains(&started), "{started}");
    assert_eq!(
        said,
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "account": "111111111111",
            "region": "us-east-1",
            "operator": false,
        })
    );
}

#[tokio::test]
async fn a_service_without_a_console_has_no_such_actions() {
    let host = Host::development().await;
    let unknown = "com.amazon.coral.service#UnknownOperationException";
    for action in ["DescribeHost", "Nonsense", "StartExecution"] {
        let answer = host.call_own(action, &json!({})).await;
        assert_eq!((answer.status, answer.json()["__type"].as_str()), (400, Some(unknown)));
    }
}
