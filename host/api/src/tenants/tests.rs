use stepwell_journal::Memory;

use super::*;

const A: &str = "111111111111";
const B: &str = "222222222222";

fn clock() -> Clock {
    Clock::new(|| Timestamp::from_second(1_795_348_800).unwrap())
}

fn tenants() -> (Arc<Memory>, Tenants) {
    let catalog = Arc::new(Memory::default());
    let key = HostKey::random().unwrap();
    (Arc::clone(&catalog), Tenants::new(catalog, &key, clock()))
}

async fn signs(tenants: &Tenants, id: &str) -> Option<String> {
    tenants.find(id).await.unwrap().map(|key| key.secret)
}

#[tokio::test]
async fn a_key_signs_for_its_tenant() {
    let (_, tenants) = tenants();
    tenants.add(Some(A), "payments").await.unwrap();
    tenants.add(Some(B), "orders").await.unwrap();
    let key = tenants.create_key(A).await.unwrap();
    assert_eq!((key.id.len(), key.secret.len()), (20, 40));
    for _ in 0..2 {
        let found = tenants.find(&key.id).await.unwrap().unwrap();
        assert_eq!((found.account.as_str(), found.secret), (A, key.secret.clone()));
    }
    let other = tenants.create_key(A).await.unwrap();
    assert_eq!(signs(&tenants, &other.id).await, Some(other.secret));
    assert_eq!(signs(&tenants, &key.id).await, Some(key.secret));
    // Nobody else's id, and no id at all.
    for id in [KeyId::new(B, [0; 5]), KeyId::new("333333333333", [0; 5])] {
        assert_eq!(signs(&tenants, &id.unwrap().to_string()).await, None);
    }
    assert_eq!(signs(&tenants, "AKID").await, None);
}

#[tokio::test]
async fn what_is_disabled_or_deleted_does_not_sign_from_then_on() {
    let (_, tenants) = tenants();
    tenants.add(Some(A), "payments").await.unwrap();
    let key = tenants.create_key(A).await.unwrap();
    let secret = Some(key.secret);
    assert_eq!(signs(&tenants, &key.id).await, secret);
    assert!(!tenants.set_enabled(A, false).await.unwrap().enabled);
    assert_eq!(signs(&tenants, &key.id).await, None);
    tenants.set_enabled(A, true).await.unwrap();
    assert_eq!(signs(&tenants, &key.id).await, secret);
    assert!(!tenants.set_key_enabled(&key.id, false).await.unwrap().keys[0].enabled);
    assert_eq!(signs(&tenants, &key.id).await, None);
    tenants.set_key_enabled(&key.id, true).await.unwrap();
    assert_eq!(signs(&tenants, &key.id).await, secret);
    assert!(tenants.delete_key(&key.id).await.unwrap().keys.is_empty());
    assert_eq!(signs(&tenants, &key.id).await, None);
}

#[tokio::test]
async fn tenants_are_listed_by_account() {
    let (_, tenants) = tenants();
    let accounts: Vec<_> = (0..=PAGE).map(|number| format!("{number:012}")).collect();
    for account in accounts.iter().rev() {
        tenants.add(Some(account), "name").await.unwrap();
    }
    let listed = tenants.list().await.unwrap();
    assert!(listed.iter().map(|tenant| &tenant.account).eq(&accounts));
    let expected = Tenant {
        account: accounts[1].clone(),
        name: "name".into(),
        enabled: true,
        created: clock().now(),
        keys: Vec::new(),
    };
    assert_eq!(listed[1], expected);
    assert_eq!(tenants.get(&accounts[1]).await.unwrap(), expected);
}

#[tokio::test]
async fn one_that_is_damaged_is_left_out_and_refused() {
    let (catalog, tenants) = tenants();
    tenants.add(Some(A), "payments").await.unwrap();
    let write = Write::Put { key: place(B).unwrap(), replaces: None, body: true.into() };
    catalog.apply(vec![write]).await.unwrap();
    let listed = tenants.list().await.unwrap();
    assert_eq!(listed.iter().map(|tenant| &*tenant.account).collect::<Vec<_>>(), [A]);
    assert_eq!(
        tenants.get(B).await.unwrap_err().to_string(),
        "what is kept of tenant 222222222222 is damaged: invalid type: boolean `true`, expected \
         struct Record"
    );
    let taken = tenants.add(Some(B), "orders").await.unwrap_err().to_string();
    assert_eq!(taken, "there is a tenant 222222222222 already");
}

#[tokio::test]
async fn a_copy_does_not_reveal_secrets() {
    let (catalog, tenants) = tenants();
    tenants.add(Some(A), "payments").await.unwrap();
    let key = tenants.create_key(A).await.unwrap();
    let document = catalog.get(&place(A).unwrap()).await.unwrap().unwrap();
    assert!(document.body.as_ref().unwrap().to_string().contains(&key.id));
    assert!(!document.body.as_ref().unwrap().to_string().contains(&key.secret));
    assert!(!format!("{key:?}").contains(&key.secret));
    // Nor does it with another host's key, or where the secret was given to another key.
    let other = Tenants::new(catalog, &HostKey::random().unwrap(), clock());
    let error = other.find(&key.id).await.unwrap_err();
    assert_eq!(error.code, Code::InternalFailure);
    assert_eq!(
        error.message,
        "what is kept of tenant 111111111111 is damaged: an access key cannot be decrypted"
    );
}

#[tokio::test]
async fn a_tenant_has_a_handful_of_keys() {
    let (_, tenants) = tenants();
    tenants.add(Some(A), "payments").await.unwrap();
    for _ in 0..MOST_KEYS {
        tenants.create_key(A).await.unwrap();
    }
    let refused = tenants.create_key(A).await.unwrap_err().to_string();
    assert_eq!(
        refused,
        "tenant 111111111111 has 5 access keys, and cannot have more: delete one first"
    );
    let oldest = tenants.get(A).await.unwrap().keys[0].id.clone();
    tenants.delete_key(&oldest).await.unwrap();
    tenants.create_key(A).await.unwrap();
}

#[tokio::test]
async fn what_there_is_not_is_told() {
    let (_, tenants) = tenants();
    tenants.add(Some(A), "payments").await.unwrap();
    let told = async |what: &str| match what {
        "add" => tenants.add(Some(A), "again").await.map(drop),
        "account" => tenants.add(Some("1"), "short").await.map(drop),
        "name" => tenants.add(None, " ").await.map(drop),
        "tenant" => tenants.create_key(B).await.map(drop),
        "key" => tenants.delete_key("AKID").await.map(drop),
        _ => tenants.delete_key(&KeyId::new(B, [0; 5]).unwrap().to_string()).await.map(drop),
    };
    for (what, text) in [
        ("add", "there is a tenant 111111111111 already"),
        ("account", "\"1\" is no account id, which has 12 digits"),
        ("name", "\" \" is no name of a tenant: 1 to 64 characters that can be shown"),
        (
            "tenant",
            "there is no tenant 222222222222; `stepwell tenant list` shows those that there are",
        ),
        (
            "key",
            "there is no access key AKID; `stepwell tenant keys list` shows those that there are",
        ),
        (
            "key of nobody",
            "there is no access key AKIAGO6XUA4OAAAAAAAA; `stepwell tenant keys list` shows those \
             that there are",
        ),
    ] {
        assert_eq!(told(what).await.unwrap_err().to_string(), text);
    }
    let added = tenants.add(None, "some account").await.unwrap();
    assert!(is_account(&added.account));
}
