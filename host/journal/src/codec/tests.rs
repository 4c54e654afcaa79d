use proptest::prelude::*;

use super::*;

fn encoded(value: &Value) -> (Vec<u8>, Payloads) {
    let mut payloads = Payloads::new();
    (encode(value, &mut payloads).unwrap(), payloads)
}

fn decoded(bytes: &[u8], payloads: &Payloads) -> Result<Value, Error> {
    decode(bytes, |hash| payloads.get(hash).cloned())
}

#[test]
fn takes_out_what_is_long_and_stores_it_once() {
    let long = "a".repeat(MAX_INLINE + 1);
    let value = serde_json::json!([{ "input": long }, { "output": long }]);
    let (bytes, payloads) = encoded(&value);
    assert_eq!(payloads.len(), 1);
    assert_eq!(decoded(&bytes, &payloads).unwrap(), value);

    let (_, payloads) = encoded(&serde_json::json!([&long[1..], &long[1..]]));
    assert!(payloads.is_empty(), "what is not longer than the limit stays");
}

#[test]
fn a_text_that_looks_like_a_payload_s_place_is_not_one() {
    let value = serde_json::json!([format!("\0{}", "0".repeat(64)), "\0", "a\0"]);
    let (bytes, payloads) = encoded(&value);
    assert_eq!(payloads.len(), 2);
    assert_eq!(decoded(&bytes, &payloads).unwrap(), value);
}

#[test]
fn says_what_is_wrong() {
    let text = |bytes: &[u8]| decoded(bytes, &Payloads::new()).unwrap_err().to_string();
    let (bytes, _) = encoded(&serde_json::json!("abc"));
    assert_eq!(text(&[]), "it is empty");
    assert_eq!(text(&bytes[..1]), "it is cut off");
    let mut later = bytes.clone();
    later[0] = 2;
    assert_eq!(
        text(&later),
        "it has version 2 of the encoding, and this version of Stepwell knows 1"
    );
    let (bytes, _) = encoded(&serde_json::json!("\0"));
    assert_eq!(
        text(&bytes),
        "the payload 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d is missing"
    );
    let mut bomb = vec![VERSION, WHOLE];
    // A frame that says it has 1 TiB.
    bomb.extend([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(text(&bomb), "its frame has no length, or too great a one");
}

#[test]
fn a_payload_that_was_changed_is_noticed() {
    let long = "a".repeat(MAX_INLINE + 1);
    let (bytes, mut payloads) = encoded(&long.clone().into());
    for payload in payloads.values_mut() {
        *payload = seal(WHOLE, b"b").unwrap();
    }
    let error = decoded(&bytes, &payloads).unwrap_err().to_string();
    assert!(error.starts_with("the payload ") && error.ends_with(" was changed"), "{error}");
}

proptest! {
    #[test]
    fn a_bit_that_is_flipped_is_noticed(
        text in "[a-z]{0,200}",
        at in any::<prop::sample::Index>(),
        bit in 0..8u8,
    ) {
        let value = Value::from(text);
        let (mut bytes, payloads) = encoded(&value);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // A flipped bit that changes nothing, like one that is reserved, may pass.
        if let Ok(read) = decoded(&bytes, &payloads) {
            prop_assert_eq!(read, value);
        }
    }

    #[test]
    fn whatever_the_bytes_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let framed = [&[VERSION, WHOLE, 0x28, 0xb5, 0x2f, 0xfd][..], &bytes].concat();
        prop_assert!(decoded(&bytes, &Payloads::new()).is_err() || !bytes.is_empty());
        prop_assert!(decoded(&framed, &Payloads::new()).is_err());
    }
}
