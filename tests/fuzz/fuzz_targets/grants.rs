#![no_main]

//! What operators write down as grants: read, shown and read again it is the same, and no rule
//! allows a request to a host that it does not name.

use std::{fmt::Display, str::FromStr};

use http::{Method, Uri};
use libfuzzer_sys::fuzz_target;
use stepwell_sandbox::{
    Asked,
    grants::{Endpoint, HostPattern, HttpRule},
};

fn read<T: FromStr + Display + PartialEq + std::fmt::Debug>(text: &str) -> Option<T> {
    let read: T = text.parse().ok()?;
    let again = read.to_string().parse().ok();
    assert_eq!(Some(&read), again.as_ref(), "{text:?} is shown as {read}");
    Some(read)
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, url) = text.split_once('\n').unwrap_or((text, ""));
    read::<Endpoint>(text);
    read::<Asked>(text);
    if let Some(pattern) = read::<HostPattern>(text) {
        assert!(pattern.covers(&pattern));
    }
    let Some(rule) = read::<HttpRule>(text) else { return };
    let Ok(url) = url.parse::<Uri>() else { return };
    for method in [Method::GET, Method::POST] {
        if rule.grants(&method, &url) {
            assert!(rule.host.matches(url.host().unwrap_or_default()));
            assert!(rule.methods.is_empty() || rule.methods.contains(&method));
            assert_eq!(url.port_u16().unwrap_or(if rule.tls { 443 } else { 80 }), rule.port);
        }
    }
});
