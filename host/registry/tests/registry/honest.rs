//! What is pushed to a real registry is pulled from it, and nothing else.

use std::fs;

use stepwell_registry::{Access, Digest, Error, PrivateKey, Reference, trust::Untrusted};

use super::{labels, plugin, publisher, pull, remote, server::Server, signed};

fn at(server: &Server, rest: &str) -> Reference {
    format!("{}/{rest}", server.address()).parse().unwrap()
}

async fn push(reference: &Reference, file: &[u8]) -> Digest {
    let remote = remote(reference, Access::Push);
    remote.push(reference, file.to_vec(), &labels()).await.unwrap()
}

#[tokio::test]
async fn a_plugin_is_pushed_and_pulled_by_its_tag_and_by_its_digest() {
    let Some(server) = Server::start() else { return };
    let (tagged, file) = (at(&server, "acme/pay:1.4"), plugin("one"));
    let digest = push(&tagged, &file).await;
    assert_eq!(pull(&tagged).await.unwrap(), file);
    let by_digest = tagged.repository().at(digest);
    assert_eq!(pull(&by_digest).await.unwrap(), file);
    // Pushing it again changes nothing.
    assert_eq!(push(&tagged, &file).await, digest);
    let other = push(&tagged, &plugin("two")).await;
    assert_ne!(other, digest);
    assert_eq!(pull(&tagged).await.unwrap(), plugin("two"));
    assert_eq!(pull(&by_digest).await.unwrap(), file);

    let error = pull(&at(&server, "acme/pay:2")).await.unwrap_err().to_string();
    let expected = format!("the registry has no manifest of {}/acme/pay:2", server.address());
    assert_eq!(error, expected);
    let pushed = remote(&by_digest, Access::Push).push(&by_digest, file, &labels()).await;
    let error = pushed.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{by_digest} names no tag to push to: write :TAG behind the repository, and no digest"
        )
    );
}

#[tokio::test]
async fn a_signature_is_of_one_artifact_in_one_repository_by_one_key() {
    let Some(server) = Server::start() else { return };
    let (acme, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let pattern = format!("{}/acme/*", server.address());
    let trusted = [publisher("acme", &acme, &pattern)];
    let pay = at(&server, "acme/pay:1.4");
    let digest = push(&pay, &plugin("one")).await;
    assert_eq!(signed(&pay, &trusted).await, Err(Untrusted::Unsigned));

    let writing = remote(&pay, Access::Push);
    assert!(writing.sign(&digest, &other).await.unwrap());
    let found = signed(&pay, &trusted).await;
    assert!(matches!(found, Err(Untrusted::OtherKey { .. })), "{found:?}");
    // Beside the other one.
    assert!(writing.sign(&digest, &acme).await.unwrap());
    assert!(!writing.sign(&digest, &acme).await.unwrap(), "it is there already");
    assert_eq!(signed(&pay, &trusted).await, Ok("acme".to_owned()));
    assert_eq!(writing.signatures(&digest).await.unwrap().len(), 2);
    let elsewhere = format!("{}/other/*", server.address());
    let found = signed(&pay, &[publisher("acme", &acme, &elsewhere)]).await;
    assert!(matches!(found, Err(Untrusted::OtherRepositories { .. })), "{found:?}");

    // Another artifact is another matter, even under the same tag.
    push(&pay, &plugin("two")).await;
    assert_eq!(signed(&pay, &trusted).await, Err(Untrusted::Unsigned));
    // As is the same one in another repository.
    let mail = at(&server, "acme/mail:1");
    assert_eq!(push(&mail, &plugin("one")).await, digest);
    assert_eq!(signed(&mail, &trusted).await, Err(Untrusted::Unsigned));
}

#[tokio::test]
async fn a_byte_that_is_changed_in_the_registrys_storage_is_seen() {
    let Some(server) = Server::start() else { return };
    let (pay, file) = (at(&server, "acme/pay:1.4"), plugin("one"));
    let digest = push(&pay, &file).await;
    let change = |hex: &str| {
        let path = server.blob(hex);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 3;
        bytes[last] ^= 1;
        fs::write(&path, &bytes).unwrap();
        Digest::of(&bytes)
    };
    let expected = Digest::of(&file);
    let found = change(&expected.hex());
    let error = pull(&pay).await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        format!("{pay} was changed: its digest is {found}, and should be {expected}")
    );
    // Of a manifest the registry sees it itself, or does not know it any more.
    change(&digest.hex());
    let error = pull(&pay.repository().at(digest)).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. } | Error::Changed { .. }), "{error}");
}

#[tokio::test]
async fn no_more_bytes_are_pulled_than_there_may_be() {
    let Some(server) = Server::start() else { return };
    let (pay, file) = (at(&server, "acme/pay:1.4"), plugin("one"));
    push(&pay, &file).await;
    let reading = remote(&pay, Access::Pull);
    let found = reading.find(&pay).await.unwrap();
    let size = file.len() as u64;
    assert_eq!(reading.fetch(&found, size).await.unwrap(), file);
    let error = reading.fetch(&found, size - 1).await.unwrap_err().to_string();
    assert_eq!(error, format!("{pay} has more than the {} bytes that it may have", size - 1));
}
