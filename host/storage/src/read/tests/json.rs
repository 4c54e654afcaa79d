use super::*;

async fn read(text: &str, pointer: Option<&str>) -> Result<Value, String> {
    of(Format::Json { pointer: pointer.map(str::to_owned) }, text.as_bytes()).await
}

#[tokio::test]
async fn elements_are_items() {
    for (text, items) in [
        ("[]", json!([])),
        ("\u{feff} [ ] \n", json!([])),
        ("[1, \"a\", [2], {\"b\": {}}, null]", json!([1, "a", [2], {"b": {}}, null])),
        ("[0.1, 1e2, \"\\ud83e\\udd80\"]", json!([0.1, 100.0, "\u{1f980}"])),
    ] {
        assert_eq!(read(text, None).await, Ok(items), "{text}");
    }
}

#[tokio::test]
async fn a_pointer_leads_to_the_items() {
    let text = r#"{"skip": {"a": [0, {"b": "]}"}]}, "a": [[1], {"b/c": [2, 3], "~": [4], "": [5]}],
        "o": {"x": 6, "y": [7]}, "a": [8], "n": null, "1": [9]}"#;
    for (pointer, items) in [
        ("/a/1/b~1c", json!([2, 3])),
        ("/a/1/~0", json!([4])),
        ("/a/1/", json!([5])),
        ("/a/0", json!([1])),
        ("/o/y", json!([7])),
        ("/1", json!([9])),
        ("/o", json!([6, [7]])),
    ] {
        assert_eq!(read(text, Some(pointer)).await, Ok(items), "{pointer}");
    }
    assert_eq!(read("[[1], [2]]", Some("/1")).await, Ok(json!([2])));
    assert_eq!(read("[1]", Some("")).await, Ok(json!([1])));
}

#[tokio::test]
async fn members_have_keys() {
    let buckets = bucket(&[("k", br#"{"o": {"x": 1, "y": 2}}"#)]).await;
    let reads = Reads::Object(Format::Json { pointer: Some("/o".to_owned()) });
    let items = buckets.read(&reads, &json!({"Bucket": "b", "Key": "k"}), None);
    let keys: Vec<_> = all(items).await.unwrap().into_iter().map(|item| item.key).collect();
    assert_eq!(keys, [Some("x".to_owned()), Some("y".to_owned())]);
}

#[tokio::test]
async fn what_is_no_list_is_refused() {
    for (text, pointer) in [
        ("{\"Hello\": \"world\"}", None),
        ("1", None),
        ("\"text\"", None),
        ("null", None),
        ("{\"a\": \"text\"}", Some("/a")),
        ("{\"a\": 1.5}", Some("/a")),
        ("{\"a\": -1}", Some("/a")),
        ("[true]", Some("/0")),
    ] {
        let error = read(text, pointer).await.unwrap_err();
        assert_eq!(error, "Attempting to map over non-iterable node.", "{text}");
    }
}

#[tokio::test]
async fn a_pointer_that_leads_to_nothing_is_named() {
    for (text, pointer) in
        [("{}", "/a"), ("[[1]]", "/1"), ("[[1]]", "/00"), ("[[1]]", "/-"), ("{\"a\": 1}", "/a/b")]
    {
        assert_eq!(
            read(text, Some(pointer)).await.unwrap_err(),
            format!("The ItemsPointer `{pointer}` leads to nothing in S3://b/k.")
        );
    }
    for (pointer, problem) in
        [("a", "it must start with a slash"), ("/a~2", "after `~` there must be 0 or 1")]
    {
        assert_eq!(
            read("[]", Some(pointer)).await.unwrap_err(),
            format!("The ItemsPointer `{pointer}` is no JSON Pointer: {problem}.")
        );
    }
}

#[tokio::test]
async fn text_that_is_no_json_is_named_with_its_place() {
    for (text, pointer, error) in [
        ("", None, "EOF while parsing a value at line 1 column 0"),
        ("[1,\n2", None, "EOF while parsing a list at line 2 column 1"),
        ("[1] 2", None, "trailing characters at line 1 column 5"),
        ("{\"a\": [1], \"b\"", Some("/a"), "EOF while parsing an object at line 1 column 14"),
        ("[1,]", None, "trailing comma at line 1 column 4"),
    ] {
        assert_eq!(
            read(text, pointer).await.unwrap_err(),
            format!("S3://b/k cannot be read as JSON: {error}")
        );
    }
    let deep = format!("[{}1{}]", "[".repeat(200), "]".repeat(200));
    let error = read(&deep, None).await.unwrap_err();
    assert!(error.contains("recursion limit exceeded"), "{error}");
}

#[tokio::test]
async fn what_is_passed_over_may_be_of_any_size() {
    let large = "x".repeat(5 << 20);
    let text = format!("{{\"large\": [\"{large}\", {{\"{large}\": 1}}], \"a\": [1]}}");
    assert_eq!(read(&text, Some("/a")).await, Ok(json!([1])));
    let text = format!("{{\"a\": \"{large}\"}}");
    assert!(read(&text, Some("/a")).await.unwrap_err().starts_with("Item 0 of S3://b/k is larger"));
}

#[tokio::test]
async fn items_go_over_the_ends_of_chunks() {
    let text = json!(
        (0..10_000).map(|n| json!({"n": n, "x": "x".repeat(900 + n % 97)})).collect::<Vec<_>>()
    )
    .to_string();
    assert!(text.len() > 2 * object::CHUNK);
    let items = read(&text, None).await.unwrap();
    assert_eq!(items.to_string(), text);
}
