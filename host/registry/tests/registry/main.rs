//! A registry as it is, Debian's `docker-registry`, and one that lies.

mod access;
mod honest;
mod liar;
mod lies;
mod server;

use stepwell_registry::{
    Access, Error, Options, PrivateKey, Reference, Remote,
    artifact::Labels,
    trust::{self, Publisher, Untrusted},
};

/// More than any of the plugins has.
const AT_MOST: u64 = 1 << 20;

fn labels() -> Labels {
    Labels {
        title: "pay".to_owned(),
        version: "1.4.0".to_owned(),
        description: "Charges cards".to_owned(),
        created: "2026-11-30T17:00:00Z".to_owned(),
        conformance: None,
    }
}

/// A plugin that differs from others by its text.
fn plugin(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(module (func (export \"_start\")) (@custom \"text\" \"{text}\"))"))
        .unwrap()
}

fn remote(reference: &Reference, access: Access) -> Remote {
    Remote::new(reference.repository(), access, &Options::default()).unwrap()
}

async fn pull(reference: &Reference) -> Result<Vec<u8>, Error> {
    let remote = remote(reference, Access::Pull);
    let found = remote.find(reference).await?;
    remote.fetch(&found, AT_MOST).await
}

/// Who of these has signed it, as it is in the registry.
async fn signed(reference: &Reference, publishers: &[Publisher]) -> Result<String, Untrusted> {
    let remote = remote(reference, Access::Pull);
    let manifest = remote.find(reference).await.unwrap().manifest;
    let signatures = remote.signatures(&manifest).await.unwrap();
    let found = trust::find(publishers, reference.repository(), &manifest, &signatures);
    found.map(|publisher| publisher.name.clone())
}

fn publisher(name: &str, key: &PrivateKey, repositories: &str) -> Publisher {
    let repositories = vec![repositories.parse().unwrap()];
    Publisher { name: name.to_owned(), key: key.public(), repositories }
}
