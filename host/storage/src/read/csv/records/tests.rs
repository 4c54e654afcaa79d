use std::io::{BufReader, Cursor};

use proptest::prelude::*;

use super::*;

fn parse(text: String, delimiter: u8, chunk: usize) -> Vec<Vec<String>> {
    let text = Box::new(BufReader::with_capacity(chunk, Cursor::new(text)));
    let mut records = Records::new(text, delimiter);
    let mut parsed = Vec::new();
    while records.advance().unwrap() {
        parsed.push(records.fields().map(|field| field.unwrap().to_owned()).collect());
    }
    parsed
}

proptest! {
    #[test]
    fn what_was_quoted_is_read_whatever_the_chunks(
        rows in prop::collection::vec(prop::collection::vec("[a,;\\\\\" \t\r\nä]{0,6}", 1..4), 0..6),
        delimiter in prop::sample::select(vec![b',', b';', b'|', b' ', b'\t']),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        chunk in 1_usize..9,
    ) {
        let quote = |field: &String| {
            format!("\"{}\"", field.replace('\\', "\\\\").replace('"', "\"\""))
        };
        let separator = char::from(delimiter).to_string();
        let line = |row: &Vec<String>| row.iter().map(quote).collect::<Vec<_>>().join(&separator);
        let text: String = rows.iter().map(|row| line(row) + end).collect();
        prop_assert_eq!(parse(text, delimiter, chunk), rows);
    }

    #[test]
    fn any_text_is_read_alike_whatever_the_chunks(
        text in "[ab,\\\\\" \r\n]{0,40}",
        chunk in 1_usize..9,
    ) {
        let closed = text.clone() + "\"";
        // One of the two has its quotation marks closed.
        for text in [text, closed] {
            let all = |chunk| {
                let text = Box::new(BufReader::with_capacity(chunk, Cursor::new(text.clone())));
                let mut records = Records::new(text, b',');
                let mut parsed = Vec::new();
                while records.advance().is_ok_and(|more| more) {
                    parsed.push((records.parser.bytes.clone(), records.parser.ends.clone()));
                }
                parsed
            };
            prop_assert_eq!(all(chunk), all(1 << 10));
        }
    }
}
