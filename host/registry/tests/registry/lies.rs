//! Whatever a registry says, what is taken from it is what was asked for, and has an end.

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_registry::{
    Access, Digest, Error, Options, PrivateKey, Reference, Remote, trust::Untrusted,
};

use super::{
    AT_MOST, labels,
    liar::{Liar, Request, answer, ok},
    plugin, publisher, pull, remote, signed,
};

fn at(liar: &Liar) -> Reference {
    format!("{}/acme/pay:1", liar.address).parse().unwrap()
}

/// The manifest of a plugin whose file has that digest and size.
fn manifest(file: &Digest, size: usize) -> Value {
    json!({
        "schemaVersion": 2,
        "config": {
            "mediaType": "application/vnd.wasm.config.v0+json",
            "digest": Digest::of(b"{}"),
            "size": 2,
        },
        "layers": [{ "mediaType": "application/wasm", "digest": file, "size": size }],
    })
}

/// A registry that has one manifest, and this for any blob.
async fn with(manifest: Value, blob: Vec<u8>) -> Liar {
    let manifest = manifest.to_string();
    Liar::new(move |request: &Request| match request.line.contains("/manifests/") {
        true => ok(manifest.as_bytes()),
        false => blob.clone(),
    })
    .await
}

async fn refused(manifest: Value, blob: Vec<u8>) -> Error {
    pull(&at(&with(manifest, blob).await)).await.unwrap_err()
}

#[tokio::test]
async fn other_bytes_than_those_that_were_asked_for_are_refused() {
    let file = plugin("one");
    let honest = manifest(&Digest::of(&file), file.len());
    let liar = with(honest.clone(), ok(&file)).await;
    assert_eq!(pull(&at(&liar)).await.unwrap(), file);
    // Of the same length.
    let error = refused(honest.clone(), ok(&plugin("two"))).await;
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    // Another manifest than the one that was asked for by its digest.
    let other = Digest::of(b"other");
    let error = pull(&at(&liar).repository().at(other)).await.unwrap_err();
    let found = Digest::of(honest.to_string().as_bytes());
    assert_eq!(
        error.to_string(),
        format!(
            "manifest of {}/acme/pay@{other} was changed: its digest is {found}, and should be \
             {other}",
            liar.address
        )
    );
}

#[tokio::test]
async fn what_has_more_or_fewer_bytes_than_it_should_is_refused() {
    let file = plugin("one");
    let (digest, size) = (Digest::of(&file), file.len());
    let error = refused(manifest(&digest, size - 1), ok(&file)).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let error = refused(manifest(&digest, size + 1), ok(&file)).await;
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    // The connection breaks off, with a length or without one.
    let length = size.to_string();
    let cut = answer("200 OK", &[("Content-Length", &length)], &file[..size - 4]);
    let error = refused(manifest(&digest, size), cut).await.to_string();
    assert!(error.ends_with(&format!("breaks off after {} of {size} bytes", size - 4)), "{error}");
    let cut = [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", &file[..size - 4]].concat();
    let error = refused(manifest(&digest, size), cut).await;
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    // One that says it is small, and does not end.
    let endless = [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", &*vec![0; 1 << 20]].concat();
    let error = refused(manifest(&digest, size), endless).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let error = refused(manifest(&digest, AT_MOST as usize + 1), ok(&file)).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    // A manifest has an end, too.
    let huge = [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", &*vec![b' '; 5 << 20]].concat();
    let liar = Liar::new(move |_: &Request| huge.clone()).await;
    let error = pull(&at(&liar)).await.unwrap_err().to_string();
    assert!(error.ends_with("has more than the 4194304 bytes that it may have"), "{error}");
}

#[tokio::test]
async fn what_is_no_plugin_is_not_pulled() {
    let file = plugin("one");
    let honest = manifest(&Digest::of(&file), file.len());
    let mut two = honest.clone();
    two["layers"] = json!([honest["layers"][0], honest["layers"][0]]);
    let index = json!({ "schemaVersion": 2, "manifests": [{}] });
    let mut image = honest.clone();
    image["config"]["mediaType"] = json!("application/vnd.oci.image.config.v1+json");
    let mut tar = honest;
    tar["layers"][0]["mediaType"] = json!("application/vnd.oci.image.layer.v1.tar");
    for (manifest, why) in [
        (two, "is no plugin: it has 2 layers, and a plugin has one"),
        (index, "is no plugin: it is an index of 1 artifacts, such as one for each platform"),
        (image, "it is an artifact of another kind: its config is `application/vnd.oci.image.conf"),
        (tar, "its layer is `application/vnd.oci.image.layer.v1.tar`, and that of a plugin is"),
    ] {
        let error = refused(manifest, ok(&file)).await.to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[tokio::test]
async fn what_a_registry_says_when_it_refuses_is_shown() {
    let error = async |bytes: Vec<u8>| {
        let liar = Liar::new(move |_: &Request| bytes.clone()).await;
        let error = pull(&at(&liar)).await.unwrap_err().to_string();
        error.replace(&liar.address, "HOST")
    };
    let body =
        br#"{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"},{"code":"DENIED"}]}"#;
    assert_eq!(
        error(answer("429 Too Many Requests", &[], body)).await,
        "the registry answers 429 to the request for manifest of HOST/acme/pay:1: slow down; DENIED"
    );
    assert_eq!(
        error(answer("500 Oh", &[], &vec![b' '; 1 << 20])).await,
        "the registry answers 500 to the request for manifest of HOST/acme/pay:1"
    );
    let body = "{\"errors\":[{\"message\":\"your plan\\nhas \u{202e}ended\"}]}".as_bytes();
    assert_eq!(
        error(answer("403 Forbidden", &[], body)).await,
        "the registry HOST wants credentials for manifest of HOST/acme/pay:1 (it says: your \
         plan\u{fffd}has \u{fffd}ended): log in with `docker login`, or give --username, and the \
         password in $STEPWELL_REGISTRY_PASSWORD"
    );
    let round = answer("307 Temporary Redirect", &[("Location", "/v2/acme/pay/manifests/1")], b"");
    assert!(error(round).await.ends_with("which is not followed: there were too many before"));
    let nowhere = answer("307 Temporary Redirect", &[], b"");
    assert!(error(nowhere).await.ends_with("which is not followed: it is no URL"));
    let signed = "http://ada:hush@127.0.0.1:1/blob?signature=hush#hush";
    let elsewhere = answer("307 Temporary Redirect", &[("Location", signed)], b"");
    let told = error(elsewhere.clone()).await;
    let leads =
        "the registry HOST does not answer: 127.0.0.1:1, where the request leads, does not: ";
    assert!(told.starts_with(leads) && !told.contains("hush"), "{told}");
    // Nothing is written where a registry says.
    let liar = Liar::new(move |request: &Request| match request.line.starts_with("HEAD") {
        true => answer("404 Not Found", &[], b""),
        false => elsewhere.clone(),
    })
    .await;
    let pushed = remote(&at(&liar), Access::Push).push(&at(&liar), plugin("one"), &labels()).await;
    let told = pushed.unwrap_err().to_string();
    let why = "to http://127.0.0.1:1/blob, which is not followed: it would write there";
    assert!(told.ends_with(why), "{told}");
    let nobody: Reference = "127.0.0.1:1/acme/pay:1".parse().unwrap();
    let error = pull(&nobody).await.unwrap_err().to_string();
    assert!(error.starts_with("the registry 127.0.0.1:1 does not answer: "), "{error}");
}

#[tokio::test]
async fn a_registry_that_falls_silent_is_not_waited_for_for_ever() {
    // It takes connections, and says nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let pay: Reference = format!("{address}/acme/pay:1").parse().unwrap();
    let options = Options { silence: Duration::from_millis(50), ..Options::default() };
    let silent = Remote::new(pay.repository(), Access::Pull, &options).unwrap();
    let error = silent.find(&pay).await.unwrap_err().to_string();
    assert_eq!(error, format!("the registry {address} does not answer: operation timed out"));
    // Nor is one that says a little from time to time.
    let options = Options { patience: Duration::from_millis(50), ..Options::default() };
    let slow = Remote::new(pay.repository(), Access::Pull, &options).unwrap();
    let manifest = Digest::of(b"manifest");
    let error = slow.signatures(&manifest).await.unwrap_err().to_string();
    let slow = format!(
        "signatures of {address}/acme/pay@{manifest} are not read within 50ms: the registry is too \
         slow, or has too many"
    );
    assert_eq!(error, slow);
}

#[tokio::test]
async fn what_is_put_beside_a_signature_is_in_nobodys_way() {
    let key = PrivateKey::generate().unwrap();
    let file = plugin("one");
    let honest = manifest(&Digest::of(&file), file.len()).to_string();
    let digest = Digest::of(honest.as_bytes());
    // What the address is shows only when it is there: it signs itself.
    let signatures = std::sync::Arc::new(std::sync::Mutex::new((String::new(), Vec::new())));
    let shared = signatures.clone();
    let liar = Liar::new(move |request: &Request| {
        let (manifest, payload) = shared.lock().unwrap().clone();
        match () {
            () if request.line.ends_with(".sig") => ok(manifest.as_bytes()),
            () if request.line.contains("/manifests/") => ok(honest.as_bytes()),
            () if request.line.contains(&Digest::of(&payload).hex()) => ok(&payload),
            () if request.line.contains(&Digest::of(b"refused").hex()) => {
                answer("500 Oh", &[], b"")
            }
            () => answer("404 Not Found", &[], b""),
        }
    })
    .await;
    let pay = at(&liar);
    let signature = stepwell_registry::signature::Signature::new(pay.repository(), &digest, &key);
    let layer = |media_type: &str, size: usize, digest: Digest, annotation: &str| {
        json!({
            "mediaType": media_type, "size": size, "digest": digest,
            "annotations": { "dev.cosignproject.cosign/signature": annotation },
        })
    };
    let kind = "application/vnd.dev.cosign.simplesigning.v1+json";
    let (payload, annotation) = (signature.payload().to_vec(), signature.annotation());
    let good = layer(kind, payload.len(), Digest::of(&payload), &annotation);
    let mut layers = vec![
        layer("text/plain", payload.len(), Digest::of(&payload), &annotation),
        layer(kind, usize::MAX / 2, Digest::of(&payload), &annotation),
        layer(kind, 5, Digest::of(b"other"), &annotation),
        layer(kind, payload.len(), Digest::of(&payload), "no base64"),
        json!({ "mediaType": kind, "size": 1, "digest": Digest::of(b"") }),
        layer(kind, payload.len() - 1, Digest::of(&payload), &annotation),
        layer(kind, 5, Digest::of(b"refused"), &annotation),
    ];
    // However much there is, unless it looks like signatures.
    layers.extend((0..64).map(|_| layer("text/plain", 1, Digest::of(b""), &annotation)));
    layers.push(good.clone());
    let config = json!({ "mediaType": "a/b", "size": 2, "digest": Digest::of(b"{}") });
    let put = |layers: &[Value], payload: &[u8]| {
        let text = json!({ "schemaVersion": 2, "config": config, "layers": layers }).to_string();
        *signatures.lock().unwrap() = (text, payload.to_vec());
    };
    put(&layers, &payload);
    let trusted = [publisher("acme", &key, &format!("{}/*", liar.address))];
    assert_eq!(signed(&pay, &trusted).await, Ok("acme".to_owned()));
    // So many are looked at, and no more.
    layers.splice(0..0, vec![layer(kind, 1, Digest::of(b""), ""); 64]);
    put(&layers, &payload);
    assert_eq!(signed(&pay, &trusted).await, Err(Untrusted::Unsigned));
    // One that was copied with the artifact is of the repository that it was made for.
    let elsewhere = "a.com/acme/pay".parse().unwrap();
    let copied = stepwell_registry::signature::Signature::new(&elsewhere, &digest, &key);
    let payload = copied.payload();
    put(&[layer(kind, payload.len(), Digest::of(payload), &copied.annotation())], payload);
    let found = signed(&pay, &trusted).await;
    assert!(matches!(found, Err(Untrusted::Copied { .. })), "{found:?}");
    // What is no manifest where signatures are said to be does not pass for there being none.
    signatures.lock().unwrap().0 = "text".to_owned();
    let error = remote(&pay, Access::Pull).signatures(&digest).await.unwrap_err().to_string();
    let kept = format!(
        "signatures are kept at {}/acme/pay:sha256-{}.sig, and what is there holds none: its \
         manifest is none of the OCI image format: ",
        liar.address,
        digest.hex()
    );
    assert!(error.starts_with(&kept), "{error}");
}

#[tokio::test]
async fn a_signature_that_does_not_stay_is_put_there_again_but_not_for_ever() {
    // It takes whatever it is given, and forgets it.
    let forgetful = Liar::new(|request: &Request| match request.line.split(' ').next() {
        Some("PUT") => answer("201 Created", &[], b""),
        Some("HEAD") => ok(b""),
        _ => answer("404 Not Found", &[], b""),
    })
    .await;
    let (pay, digest) = (at(&forgetful), Digest::of(b"manifest"));
    let signed = remote(&pay, Access::Push).sign(&digest, &PrivateKey::generate().unwrap()).await;
    let error = signed.unwrap_err().to_string();
    let put = format!(
        "the signature was put at {}/acme/pay:sha256-{}.sig, and was gone again each time: ",
        forgetful.address,
        digest.hex()
    );
    assert!(error.starts_with(&put), "{error}");
    let seen = forgetful.seen();
    assert_eq!(seen.iter().filter(|it| it.line.starts_with("PUT")).count(), 3, "{seen:?}");
}
