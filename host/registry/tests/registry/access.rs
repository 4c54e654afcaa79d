//! Who one is to a registry, and who is told.

use serde_json::json;
use stepwell_registry::{Access, Credentials, Error, Options, Reference, Remote};

use super::{
    labels,
    liar::{Liar, Request, answer, ok},
    plugin,
    server::{Server, USER},
};

fn user(password: &str) -> Credentials {
    Credentials::Password { username: USER.0.to_owned(), password: password.to_owned().into() }
}

fn remote(reference: &Reference, access: Access, credentials: Credentials) -> Remote {
    let options = Options { credentials, ..Options::default() };
    Remote::new(reference.repository(), access, &options).unwrap()
}

#[tokio::test]
async fn a_registry_that_wants_credentials_gets_those_there_are() {
    let Some(server) = Server::start_with_user() else { return };
    let address = server.address();
    let pay: Reference = format!("{address}/acme/pay:1").parse().unwrap();
    let push = async |credentials| {
        remote(&pay, Access::Push, credentials).push(&pay, plugin("one"), &labels()).await
    };
    let digest = push(user(USER.1)).await.unwrap();
    let found = remote(&pay, Access::Pull, user(USER.1)).find(&pay).await.unwrap();
    assert_eq!(found.manifest, digest);

    let error = push(user("wrong")).await.unwrap_err().to_string();
    let refused =
        format!("the registry {address} does not take the credentials of `ada` for blob sha256:");
    assert!(error.starts_with(&refused), "{error}");
    let error = push(Credentials::Anonymous).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("the registry {address} wants credentials for blob")));
    let error = remote(&pay, Access::Pull, Credentials::Anonymous).find(&pay).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the registry {address} wants credentials for manifest of {pay}: log in with `docker \
             login`, or give --username, and the password in $STEPWELL_REGISTRY_PASSWORD"
        )
    );
}

/// A registry whose tokens come from another host.
async fn with_tokens(realm: String, token: &'static str) -> Liar {
    Liar::new(move |request: &Request| match &request.authorization {
        Some(given) if *given == format!("Bearer {token}") => ok(b"{}"),
        _ => {
            let challenge = format!("Bearer realm=\"{realm}\",service=\"here\"");
            answer("401 Unauthorized", &[("WWW-Authenticate", &challenge)], b"")
        }
    })
    .await
}

#[tokio::test]
async fn a_token_is_asked_for_where_the_registry_says() {
    let tokens = Liar::new(|_: &Request| ok(br#"{"token":"the-token"}"#)).await;
    let registry = with_tokens(format!("http://{}/token", tokens.address), "the-token").await;
    let pay: Reference = format!("{}/acme/pay:1", registry.address).parse().unwrap();
    let error = remote(&pay, Access::Pull, user(USER.1)).find(&pay).await.unwrap_err();
    assert!(matches!(error, Error::NoPlugin { .. }), "{error}");
    let [asked] = &tokens.seen()[..] else { panic!("{:?}", tokens.seen()) };
    let scope = "GET /token?scope=repository%3Aacme%2Fpay%3Apull&service=here";
    // `ada:hush`.
    assert_eq!((&*asked.line, asked.authorization.as_deref()), (scope, Some("Basic YWRhOmh1c2g=")));
    let seen = registry.seen();
    assert!(seen.iter().all(|it| !it.authorization.as_deref().unwrap_or("").contains("Basic")));

    // Writing needs more, and a token that does not do is not asked for again and again.
    let error = remote(&pay, Access::Push, Credentials::Anonymous).sign(&digest(), &key()).await;
    assert!(error.is_err());
    let asked = tokens.seen().pop().unwrap();
    assert!(asked.line.contains("%3Apull%2Cpush") && asked.authorization.is_none(), "{asked:?}");
    let other = with_tokens(format!("http://{}/token", tokens.address), "another").await;
    let pay: Reference = format!("{}/acme/pay:1", other.address).parse().unwrap();
    let error = remote(&pay, Access::Pull, user("hush")).find(&pay).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
    assert_eq!(other.seen().len(), 2);
}

#[tokio::test]
async fn an_identity_token_is_exchanged_for_another_and_goes_nowhere_else() {
    let tokens = Liar::new(|_: &Request| ok(br#"{"access_token":"the-token"}"#)).await;
    let registry = with_tokens(format!("http://{}/token", tokens.address), "the-token").await;
    let pay: Reference = format!("{}/acme/pay:1", registry.address).parse().unwrap();
    let identity = Credentials::IdentityToken("hush & more".to_owned().into());
    let error = remote(&pay, Access::Pull, identity.clone()).find(&pay).await.unwrap_err();
    assert!(matches!(error, Error::NoPlugin { .. }), "{error}");
    let [asked] = &tokens.seen()[..] else { panic!("{:?}", tokens.seen()) };
    let form = "scope=repository%3Aacme%2Fpay%3Apull&service=here&grant_type=refresh_token&\
                client_id=stepwell&refresh_token=hush+%26+more";
    assert_eq!((&*asked.line, str::from_utf8(&asked.body).unwrap()), ("POST /token", form));
    // A registry that wants a password gets none.
    let basic = [("WWW-Authenticate", "Basic realm=\"a\"")];
    let registry = Liar::new(move |_: &Request| answer("401 Unauthorized", &basic, b"")).await;
    let pay: Reference = format!("{}/acme/pay:1", registry.address).parse().unwrap();
    let error = remote(&pay, Access::Pull, identity).find(&pay).await.unwrap_err().to_string();
    assert!(error.contains("does not take the credentials of `an identity token` for "), "{error}");
    assert_eq!(registry.seen().len(), 1);
}

fn digest() -> stepwell_registry::Digest {
    stepwell_registry::Digest::of(b"")
}

fn key() -> stepwell_registry::PrivateKey {
    stepwell_registry::PrivateKey::generate().unwrap()
}

#[tokio::test]
async fn a_challenge_that_cannot_be_met_is_told() {
    let told = async |realm: &str, why: &str| {
        let registry = with_tokens(realm.to_owned(), "never").await;
        let pay: Reference = format!("{}/acme/pay:1", registry.address).parse().unwrap();
        let error = remote(&pay, Access::Pull, user(USER.1)).find(&pay).await.unwrap_err();
        let address = &registry.address;
        let expected = format!(
            "the registry {address} asks for credentials in a way that is not known: {why}"
        );
        assert_eq!(error.to_string(), expected);
    };
    told("nowhere", "its realm is no URL of HTTP").await;
    told("ftp://127.0.0.1/", "its realm leads out of TLS").await;
    let without = Liar::new(|_: &Request| ok(b"{}")).await;
    told(&format!("http://{}", without.address), "its realm answers with no token").await;
    let broken = Liar::new(|_: &Request| answer("500 Oh", &[], b"")).await;
    told(&format!("http://{}", broken.address), "its realm answers 500 Internal Server Error")
        .await;
    let refusing = Liar::new(|_: &Request| answer("401 Unauthorized", &[], b"")).await;
    let registry = with_tokens(format!("http://{}", refusing.address), "never").await;
    let pay: Reference = format!("{}/acme/pay:1", registry.address).parse().unwrap();
    let error = remote(&pay, Access::Pull, user(USER.1)).find(&pay).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
    let endless = Liar::new(|_: &Request| ok(&vec![b' '; 65 << 10])).await;
    let registry = with_tokens(format!("http://{}", endless.address), "never").await;
    let pay: Reference = format!("{}/acme/pay:1", registry.address).parse().unwrap();
    let error = remote(&pay, Access::Pull, user(USER.1)).find(&pay).await.unwrap_err();
    assert_eq!(error.to_string(), "the token has more than the 65536 bytes that it may have");
}

#[tokio::test]
async fn credentials_go_to_the_registry_and_to_no_other_host() {
    let other = Liar::new(|_: &Request| ok(b"{}")).await;
    let away = format!("http://{}/away", other.address);
    let registry = Liar::new(move |request: &Request| match &request.authorization {
        None => answer("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=\"a\"")], b""),
        Some(_) if request.line.starts_with("HEAD") => answer("404 Not Found", &[], b""),
        Some(_) if request.line.starts_with("POST") => {
            answer("202 Accepted", &[("Location", &away)], b"")
        }
        Some(_) => answer("307 Temporary Redirect", &[("Location", &away)], b""),
    })
    .await;
    let pay: Reference = format!("{}/acme/pay:1", registry.address).parse().unwrap();
    let pulled = remote(&pay, Access::Pull, user(USER.1)).find(&pay).await;
    assert!(matches!(pulled, Err(Error::NoPlugin { .. })), "{pulled:?}");
    let pushed = remote(&pay, Access::Push, user(USER.1));
    let pushed = pushed.push(&pay, plugin("one"), &labels()).await;
    assert!(matches!(pushed, Err(Error::Refused { status: 200, .. })), "{pushed:?}");
    let seen = other.seen();
    let lines: Vec<_> = seen.iter().map(|it| it.line.split('?').next().unwrap()).collect();
    assert_eq!(lines, ["GET /away", "PUT /away"]);
    assert!(seen.iter().all(|it| it.authorization.is_none()), "{seen:?}");
    assert!(registry.seen().iter().any(|it| it.authorization.is_some()));
}

#[tokio::test]
async fn a_registry_that_has_tls_is_believed_by_its_authority() {
    let manifest = json!({ "schemaVersion": 2, "manifests": [] }).to_string();
    let registry = Liar::with_tls(move |_: &Request| ok(manifest.as_bytes())).await;
    let pay: Reference = format!("{}/acme/pay:1", registry.address).parse().unwrap();
    let find = async |authorities: Option<Vec<u8>>| {
        let options = Options { authorities, ..Options::default() };
        Remote::new(pay.repository(), Access::Pull, &options)?.find(&pay).await
    };
    let error = find(registry.authority.clone()).await.unwrap_err();
    assert!(matches!(error, Error::NoPlugin { .. }), "{error}");
    // The certificate of another authority vouches for nobody here.
    let other = Liar::with_tls(|_: &Request| ok(b"")).await;
    let error = find(other.authority.clone()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    let error = find(Some(b"text".to_vec())).await.unwrap_err().to_string();
    assert_eq!(error, "cannot set up the HTTP client: the file has no certificates in PEM");
}

#[tokio::test]
async fn nothing_leads_out_of_tls() {
    let plain = Liar::new(|_: &Request| ok(b"{}")).await;
    let realm = format!("Bearer realm=\"http://{}/token\"", plain.address);
    let away = format!("http://{}/away", plain.address);
    let registry =
        Liar::with_tls(move |request: &Request| match request.line.contains("challenge") {
            true => answer("401 Unauthorized", &[("WWW-Authenticate", &realm)], b""),
            false => answer("302 Found", &[("Location", &away)], b""),
        })
        .await;
    let find = async |rest: &str| {
        let pay: Reference = format!("{}/{rest}", registry.address).parse().unwrap();
        let authorities = registry.authority.clone();
        let options = Options { authorities, credentials: user(USER.1), ..Options::default() };
        let remote = Remote::new(pay.repository(), Access::Pull, &options).unwrap();
        remote.find(&pay).await.unwrap_err().to_string()
    };
    assert!(find("challenge:1").await.ends_with("its realm leads out of TLS"));
    let error = find("pay:1").await;
    let refused =
        format!("to http://{}/away, which is not followed: it leads out of TLS", plain.address);
    assert!(error.ends_with(&refused), "{error}");
    assert_eq!(plain.seen(), []);
}
