//! Why a version from a registry waits for approval, whatever it asks for.

use std::cmp::Ordering;

use super::store::{Source, Version};
use crate::plain::plain;

/// What is to be approved of in a version that comes from there, after the one that is current.
///
/// A publisher who is trusted for some repositories is not thereby trusted to replace what others
/// have published; nor may whoever moves a tag bring back an old version, which is signed, too.
pub(crate) fn reasons(current: &Version, version: &str, source: Option<&Source>) -> Vec<String> {
    let Some(source) = source else { return Vec::new() };
    let before = &current.version;
    let mut reasons = Vec::new();
    match &current.source {
        None => reasons.push(format!("it is {}, and {before} was a file", source.title())),
        Some(was) if was.oci.repository() != source.oci.repository() => {
            let (is, was) = (source.oci.repository(), was.oci.repository());
            reasons.push(format!("it is from {is}, and {before} from {was}"));
        }
        Some(_) => {}
    }
    let signer = current.source.as_ref().and_then(|was| was.signed.as_ref());
    match (signer, &source.signed) {
        (Some(was), None) => {
            reasons.push(format!("it is unsigned, and {before} signed by {}", was.publisher));
        }
        (Some(was), Some(is)) if was.key != is.key => reasons.push(format!(
            "it is signed by {} with the key {}, and {before} by {} with {}",
            is.publisher, is.key, was.publisher, was.key
        )),
        _ => {}
    }
    let number = |text: &str| semver::Version::parse(text).ok();
    let is_older = match (number(version), number(before)) {
        (Some(is), Some(was)) => is.cmp_precedence(&was) == Ordering::Less,
        _ => false,
    };
    // Whoever writes a digest has chosen that version.
    if let Some(tag) = source.oci.tag().filter(|_| is_older && source.oci.digest().is_none()) {
        reasons.push(format!("the tag {tag} stands for a version before {before}"));
    }
    reasons
}

/// Tells why what is noted of where the current version came from stays as it is, if it does.
pub(crate) fn tell_kept(reasons: &[String]) {
    if reasons.is_empty() {
        return;
    }
    anstream::println!(
        "what is noted of where it came from stays, unless by `stepwell plugin upgrade --approve`:"
    );
    for reason in reasons {
        anstream::println!("  {}", plain(reason));
    }
}

#[cfg(test)]
mod tests {
    use stepwell_registry::{Digest, lock::Signer};
    use stepwell_sandbox::Digest as File;

    use super::*;

    fn source(oci: &str, signer: Option<&str>) -> Option<Source> {
        let signed = signer.map(|publisher| Signer {
            publisher: publisher.to_owned(),
            key: Digest::of(publisher.as_bytes()),
        });
        Some(Source { oci: oci.parse().unwrap(), manifest: Digest::of(b"manifest"), signed })
    }

    fn waits(was: Option<Source>, version: &str, is: Option<Source>) -> Vec<String> {
        let digest = File::of(b"file");
        let current = Version { version: "1.10.0".to_owned(), digest, approved: None, source: was };
        reasons(&current, version, is.as_ref())
    }

    #[test]
    fn who_published_the_current_version_may_publish_the_next() {
        let acme = || source("a.com/acme/pay:1", Some("acme"));
        let none: [&str; 0] = [];
        assert_eq!(waits(acme(), "1.11.0", source("a.com/acme/pay:2", Some("acme"))), none);
        assert_eq!(waits(acme(), "1.10.0", acme()), none);
        assert_eq!(waits(acme(), "none", acme()), none);
        assert_eq!(waits(acme(), "1.9.0", None), none);
        let unsigned = || source("a.com/acme/pay:1", None);
        assert_eq!(waits(unsigned(), "1.11.0", unsigned()), none);
        assert_eq!(waits(unsigned(), "1.11.0", acme()), none);
    }

    #[test]
    fn others_and_older_versions_wait() {
        let acme = || source("a.com/acme/pay:1", Some("acme"));
        assert_eq!(
            waits(acme(), "1.11.0", source("a.com/bob/pay:1", Some("bob"))),
            [
                "it is from a.com/bob/pay, and 1.10.0 from a.com/acme/pay".to_owned(),
                format!(
                    "it is signed by bob with the key {}, and 1.10.0 by acme with {}",
                    Digest::of(b"bob"),
                    Digest::of(b"acme")
                )
            ]
        );
        assert_eq!(
            waits(acme(), "1.11.0", source("a.com/acme/pay:1", None)),
            ["it is unsigned, and 1.10.0 signed by acme"]
        );
        assert_eq!(
            waits(None, "1.11.0", acme()),
            ["it is a.com/acme/pay:1, signed by acme, and 1.10.0 was a file"]
        );
        // As numbers are in order, and not as their texts are.
        let older = ["the tag 1 stands for a version before 1.10.0"];
        assert_eq!(waits(acme(), "1.9.0", acme()), older);
        let by_digest = format!("a.com/acme/pay@{}", Digest::of(b"old"));
        let none: [&str; 0] = [];
        assert_eq!(waits(acme(), "1.9.0", source(&by_digest, Some("acme"))), none);
    }
}
