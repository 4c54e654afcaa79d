#![no_main]

use libfuzzer_sys::fuzz_target;
use stepwell_task::http::Response;

// Two bytes choose an operation and one the status; what follows, with NUL between, is an input,
// and the headers and the body of the service's answer.
fuzz_target!(|data: &[u8]| {
    let Some((&[low, high, status], rest)) = data.split_first_chunk::<3>() else { return };
    let mut parts = rest.splitn(2, |byte| *byte == 0);
    let input = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let answer = parts.next().unwrap_or_default();
    let mut parts = answer.splitn(2, |byte| *byte == 0);
    let headers = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.as_bytes().to_vec()))
    };
    let response = Response {
        status: 200 + u16::from(status & 1) * 200 + u16::from(status >> 1),
        headers: headers.lines().filter_map(header).collect(),
        body: parts.next().unwrap_or_default().to_vec(),
    };
    let which = usize::from(u16::from_le_bytes([low, high]));
    match stepwell_aws::fuzz::call(which, &input, &response) {
        Ok(output) => {
            assert!((200..300).contains(&response.status));
            assert_eq!(output["SdkHttpMetadata"]["HttpStatusCode"], response.status);
        }
        Err(failure) => assert!(failure.error().contains('.'), "{failure}"),
    }
});
