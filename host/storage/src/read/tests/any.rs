//! Whatever an object holds, there are items or an error.

use ::parquet::basic::Compression;
use proptest::prelude::*;

use super::*;

/// Reads a text as everything. The parsers are our own or serde's, and do not panic.
fn read_text(text: &[u8]) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let delimited =
        |delimiter| Reads::Object(Format::Csv(Csv { headers: CsvHeaders::FirstRow, delimiter }));
    for reads in [
        Reads::Object(Format::Json { pointer: None }),
        Reads::Object(Format::Json { pointer: Some("/a/0".to_owned()) }),
        Reads::Object(Format::JsonLines),
        delimited(b','),
        delimited(b' '),
        Reads::AthenaManifest(Format::JsonLines),
        Reads::Inventory,
    ] {
        let result = runtime.block_on(async {
            let buckets = bucket(&[("k", text)]).await;
            all(buckets.read(&reads, &json!({"Bucket": "b", "Key": "k"}), None)).await
        });
        let panicked = result.as_ref().is_err_and(|error| error.contains("panic"));
        prop_assert!(!panicked, "{reads:?}: {result:?}");
        // What the whole parser takes for an array has the same elements.
        if reads == (Reads::Object(Format::Json { pointer: None }))
            && let Ok(Value::Array(elements)) = serde_json::from_slice(text)
        {
            let items: Vec<_> = result.unwrap().into_iter().map(|i| i.value.into_value()).collect();
            prop_assert_eq!(items, elements);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_gives_items_or_an_error(
        text in "([\\[\\]{},:\"\\\\ \nab0.e\u{feff}-]|null|\"a\":|s3://b/){0,30}",
    ) {
        read_text(text.as_bytes())?;
    }

    #[test]
    fn any_bytes_give_items_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        read_text(&bytes)?;
        read_text(&gzip(&bytes))?;
        let mut compressed = gzip(b"[1, 2]");
        compressed.extend(bytes);
        read_text(&compressed)?;
    }

    /// The decoder of Parquet is not ours: should it panic, the reader fails, and that is all.
    #[test]
    fn any_change_of_a_parquet_file_gives_items_or_an_error(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = parquet::file(20, Compression::SNAPPY);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        match runtime.block_on(of(Format::Parquet, &bytes)) {
            Ok(items) => prop_assert!(items.is_array()),
            Err(error) => prop_assert!(error.contains("S3://b/k"), "{}", error),
        }
    }
}
