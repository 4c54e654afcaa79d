use ::parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, Int64Type},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};

use super::*;

/// A file with rows of a number and a text that may be missing.
pub(super) fn file(rows: i64, compression: Compression) -> Vec<u8> {
    let schema = "message m { REQUIRED INT64 n; OPTIONAL BYTE_ARRAY t (UTF8); }";
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_data_page_size_limit(64 << 10)
        .build();
    let mut bytes = Vec::new();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    for start in (0..rows).step_by(50_000) {
        let numbers: Vec<i64> = (start..rows.min(start + 50_000)).collect();
        let texts: Vec<_> = numbers.iter().filter(|n| *n % 2 == 0).map(|n| text(*n)).collect();
        let texts: Vec<_> = texts.iter().map(|text| ByteArray::from(text.as_str())).collect();
        let levels: Vec<_> = numbers.iter().map(|n| i16::from(n % 2 == 0)).collect();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&numbers, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn text(n: i64) -> String {
    format!("the text of row {n}, so that a file has several blocks: {:x}", n.wrapping_mul(n))
}

#[tokio::test]
async fn rows_are_items() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let items = of(Format::Parquet, &file(3, compression)).await;
        let expected = json!([
            {"n": 0, "t": text(0)}, {"n": 1, "t": null}, {"n": 2, "t": text(2)}
        ]);
        assert_eq!(items, Ok(expected), "{compression}");
    }
}

#[tokio::test]
async fn rows_go_over_blocks_and_row_groups() {
    let bytes = file(120_000, Compression::UNCOMPRESSED);
    assert!(bytes.len() > 4 << 20);
    let items = of(Format::Parquet, &bytes).await.unwrap();
    let items = items.as_array().unwrap();
    assert_eq!(items.len(), 120_000);
    for (n, item) in items.iter().enumerate() {
        let n = n as i64;
        let t = if n % 2 == 0 { Value::from(text(n)) } else { Value::Null };
        assert_eq!(*item, json!({"n": n, "t": t}));
    }
}

#[tokio::test]
async fn a_file_that_is_cut_or_none_is_refused() {
    let bytes = file(10, Compression::SNAPPY);
    for broken in [&b""[..], b"PAR1", b"not a parquet file", &bytes[..bytes.len() / 2]] {
        let error = of(Format::Parquet, broken).await.unwrap_err();
        assert!(error.starts_with("S3://b/k cannot be read as Parquet: "), "{error}");
    }
}
