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

#[tokio::test]
async fn a_definition_is_told_all_its_problems_with_their_places() {
    let host = Host::keeping().await;
    let check = async |definition: &str, more: &str| {
        let request = json!({ "definition": definition, "type": more });
        let answer = host.call_own("CheckDefinition", &request).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["problems"].as_array().unwrap().clone()
    };
    let passes = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#;
    assert_eq!(check(passes, "STANDARD").await, [json!(null); 0]);
    // The state's name counts as one character, and as two of UTF-16.
    let text = "{\n \"StartAt\": \"😀\",\n \"States\": {\"😀\": {\"Type\": \"Pas\"}}\n}";
    let problems = check(text, "STANDARD").await;
    let problem = &problems[0];
    assert_eq!(
        (&problem["severity"], &problem["code"]),
        (&json!("ERROR"), &json!("SCHEMA_VALIDATION_FAILED"))
    );
    assert_eq!(problem["location"], "/States/😀/Type");
    let offset = text.encode_utf16().collect::<Vec<_>>();
    let part = |problem: &serde_json::Value| {
        let at = |end: &str| problem[end]["offset"].as_u64().unwrap() as usize;
        String::from_utf16(&offset[at("start")..at("end")]).unwrap()
    };
    assert!(part(problem).contains("\"Pas\""), "{problem}");
    assert_eq!(problem["start"]["line"], 3);
    // Tasks that an Express workflow cannot have are none of a Standard one.
    let waits = r#"{"StartAt":"T","States":{"T":{"Type":"Task","End":true,
        "Resource":"arn:aws:states:us-east-1:111111111111:activity:a"}}}"#;
    assert!(check(waits, "STANDARD").await.iter().all(|it| it["severity"] == "WARNING"));
    assert!(check(waits, "EXPRESS").await.iter().any(|it| it["severity"] == "ERROR"));
    // What is no JSON has a place, and no part.
    let problems = check("{\n\"a\": }", "STANDARD").await;
    assert_eq!((problems.len(), &problems[0]["location"]), (1, &json!("")));
    assert_eq!(problems[0]["start"]["line"], 2);
}
