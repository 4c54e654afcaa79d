use super::*;

async fn first_row(text: &str) -> Result<Value, String> {
    of(comma(CsvHeaders::FirstRow), text.as_bytes()).await
}

#[tokio::test]
async fn fields_are_strings_under_their_headers() {
    for (text, items) in [
        ("", json!([])),
        ("a,b\n", json!([])),
        ("a,b\n1,2", json!([{"a": "1", "b": "2"}])),
        ("\u{feff}a,b\r\n1,2\r\n3,4\r\n", json!([{"a": "1", "b": "2"}, {"a": "3", "b": "4"}])),
        ("a,b\r1,2\r3,4", json!([{"a": "1", "b": "2"}, {"a": "3", "b": "4"}])),
        ("a,b\n\n1,2\n\n\n", json!([{"a": "1", "b": "2"}])),
        ("a,b\n1\n1,2,3\n", json!([{"a": "1", "b": ""}, {"a": "1", "b": "2"}])),
        ("a,b\n , x \n", json!([{"a": " ", "b": " x "}])),
        ("a,b\n\"\"\n", json!([{"a": "", "b": ""}])),
        ("a,b\n\"x,\ny\",\"say \"\"hi\"\"\"\n", json!([{"a": "x,\ny", "b": "say \"hi\""}])),
        ("a,b\n\"x\r\n\r\ny\",2\n", json!([{"a": "x\r\n\r\ny", "b": "2"}])),
        ("a,b\n  \"x, y\",2\n", json!([{"a": "x, y", "b": "2"}])),
        ("a,b\n\"x\"y,5\" tube\n", json!([{"a": "xy", "b": "5\" tube"}])),
        ("ä,日本\nö,\u{1f980}\n", json!([{"ä": "ö", "日本": "\u{1f980}"}])),
        ("a,a\n1,2\n", json!([{"a": "2"}])),
    ] {
        assert_eq!(first_row(text).await, Ok(items), "{text:?}");
    }
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>
#[tokio::test]
async fn backslashes_escape_backslashes_quotes_and_delimiters() {
    for (text, item) in [
        (r"C:\\Files\\a.exe,1", json!({"a": r"C:\Files\a.exe", "b": "1"})),
        (r"x\,y,1", json!({"a": "x,y", "b": "1"})),
        (r#""x\"y",1"#, json!({"a": "x\"y", "b": "1"})),
        (r"x\ny,1", json!({"a": "xny", "b": "1"})),
        (r"\x,1\", json!({"a": "x", "b": "1"})),
        ("x\\\ny", json!({"a": "x", "b": ""})),
    ] {
        let items = first_row(&format!("a,b\n{text}")).await.unwrap();
        assert_eq!(items[0], item, "{text:?}");
    }
}

#[tokio::test]
async fn the_delimiter_is_chosen() {
    for delimiter in [b',', b'|', b';', b' ', b'\t'] {
        let format = Format::Csv(Csv { headers: CsvHeaders::FirstRow, delimiter });
        let delimiter = delimiter as char;
        let text = format!("a{delimiter}b\n\"x{delimiter}y\"{delimiter}\\{delimiter}\n");
        let item = json!([{"a": format!("x{delimiter}y"), "b": delimiter.to_string()}]);
        assert_eq!(of(format, text.as_bytes()).await, Ok(item));
    }
}

#[tokio::test]
async fn headers_are_given() {
    let format = comma(CsvHeaders::Given(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(of(format, b"1,2\n3").await, Ok(json!([{"x": "1", "y": "2"}, {"x": "3", "y": ""}])));
}

#[tokio::test]
async fn members_are_in_the_order_of_a_java_hash_map() {
    let order = async |headers: String| {
        let items = first_row(&format!("{headers}\n1\n")).await.unwrap();
        items[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(",")
    };
    assert_eq!(order("rating,name,year,id".to_owned()).await, "year,rating,name,id");
    assert_eq!(order("H1,".to_owned()).await, ",H1");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    for (text, error) in [
        (&b"a\n1\n\"x\ny"[..], "the quotation mark that opens in line 3 is not closed"),
        (b"a\n1\n\xff\n", "the record in line 3 is not UTF-8"),
    ] {
        assert_eq!(
            of(comma(CsvHeaders::FirstRow), text).await.unwrap_err(),
            format!("S3://b/k cannot be read as CSV: {error}")
        );
    }
    let headers = |size: usize| format!("{},b\n", "x".repeat(size));
    assert_eq!(first_row(&headers(10_239)).await, Ok(json!([])));
    assert_eq!(
        first_row(&headers(10_240)).await.unwrap_err(),
        "S3://b/k cannot be read as CSV: its headers have more than 10240 bytes"
    );
}
