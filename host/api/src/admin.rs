//! What an operator asks of a host, and the socket in the data directory where a host that is
//! running hears it.
//!
//! One process at a time has a data directory. So whoever manages it [asks](ask) the host that is
//! running there, and does it himself where there is none:
//!
//! ```no_run
//! # async fn example(data: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
//! use stepwell_api::admin::{self, Operation};
//!
//! let answer = admin::ask(data, &Operation::ListTenants).await?;
//! # Ok(()) }
//! ```

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
};

use crate::tenants::{self, NewKey, Tenant, Tenants};

/// The directory of the socket, into which nobody but its owner can look.
const DIRECTORY: &str = "admin";
const SOCKET: &str = "socket";
/// How long a host waits for what is asked, in bytes and time.
const MOST: u64 = 64 << 10;
const TIME: Duration = Duration::from_secs(10);

/// What can be asked of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Operation {
    /// Add a tenant.
    AddTenant {
        /// Its account id; one that nobody has where there is none.
        account: Option<String>,
        /// What people call it.
        name: String,
    },
    /// All tenants.
    ListTenants,
    /// One tenant.
    GetTenant {
        /// Its account id.
        account: String,
    },
    /// Let a tenant's keys be used, or not.
    SetTenantEnabled {
        /// Its account id.
        account: String,
        /// Whether they may.
        enabled: bool,
    },
    /// Make an access key.
    CreateKey {
        /// The account id of the tenant.
        account: String,
    },
    /// Let an access key be used, or not.
    SetKeyEnabled {
        /// The key's id.
        id: String,
        /// Whether it may.
        enabled: bool,
    },
    /// Delete an access key.
    DeleteKey {
        /// Its id.
        id: String,
    },
}

/// What a host answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// All tenants.
    Tenants(Vec<Tenant>),
    /// A tenant, as it is now.
    Tenant(Tenant),
    /// A new access key.
    Key(NewKey),
}

impl Operation {
    /// Carries it out.
    ///
    /// # Errors
    /// Where it cannot be done.
    pub async fn perform(&self, tenants: &Tenants) -> Result<Answer, tenants::Error> {
        Ok(match self {
            Self::AddTenant { account, name } => {
                Answer::Tenant(tenants.add(account.as_deref(), name).await?)
            }
            Self::ListTenants => Answer::Tenants(tenants.list().await?),
            Self::GetTenant { account } => Answer::Tenant(tenants.get(account).await?),
            Self::SetTenantEnabled { account, enabled } => {
                Answer::Tenant(tenants.set_enabled(account, *enabled).await?)
            }
            Self::CreateKey { account } => Answer::Key(tenants.create_key(account).await?),
            Self::SetKeyEnabled { id, enabled } => {
                Answer::Tenant(tenants.set_key_enabled(id, *enabled).await?)
            }
            Self::DeleteKey { id } => Answer::Tenant(tenants.delete_key(id).await?),
        })
    }
}

/// Why a host that is running does not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot.
    #[error("{0}")]
    Refused(String),
    /// It does not answer, or not so that it can be understood.
    #[error("the host does not answer at {path}", path = .path.display())]
    Unanswered {
        /// Its socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Asks the host that is running on a data directory; none where there is none.
///
/// # Errors
/// Where the host refuses, or cannot be understood.
pub async fn ask(data: &Path, operation: &Operation) -> Result<Option<Answer>, Error> {
    let path = socket(data);
    let exchange = async {
        let mut stream = match UnixStream::connect(&path).await {
            Ok(stream) => stream,
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => return Ok(None),
                _ => return Err(error),
            },
        };
        stream.write_all(&serde_json::to_vec(operation)?).await?;
        stream.shutdown().await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(Some(serde_json::from_slice::<Result<Answer, String>>(&answer)?))
    };
    match exchange.await {
        Ok(answer) => answer.transpose().map_err(Error::Refused),
        Err(source) => Err(Error::Unanswered { path, source }),
    }
}

/// Where a host hears its operator: nobody but the owner of the data directory can connect.
#[derive(Debug)]
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Listens in a data directory that this process has the lock of: the socket of a host that was
    /// there before is removed.
    ///
    /// # Errors
    /// Where the socket cannot be made; its path may be too long for the system, which takes about
    /// 100 bytes.
    pub fn bind(data: &Path) -> io::Result<Self> {
        let path = socket(data);
        let directory = data.join(DIRECTORY);
        match fs::DirBuilder::new().mode(0o700).create(&directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::set_permissions(&directory, fs::Permissions::from_mode(0o700))?;
            }
            result => result?,
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result?,
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Carries out what is asked, one after the other, for as long as it is polled.
    pub async fn serve(&self, tenants: Arc<Tenants>) {
        loop {
            match self.listener.accept().await {
                // Whoever has gone away, or says nothing, needs no answer.
                Ok((stream, _)) => {
                    let _ = tokio::time::timeout(TIME, answer(stream, &tenants)).await;
                }
                // Too many open files: there may be fewer in a second.
                Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // One that is left behind is not mistaken for a host: nobody answers.
        let _ = fs::remove_file(&self.path);
    }
}

fn socket(data: &Path) -> PathBuf {
    data.join(DIRECTORY).join(SOCKET)
}

async fn answer(mut stream: UnixStream, tenants: &Arc<Tenants>) -> io::Result<()> {
    let mut asked = Vec::new();
    (&mut stream).take(MOST).read_to_end(&mut asked).await?;
    let answer = match serde_json::from_slice::<Operation>(&asked) {
        Ok(operation) => {
            // To its end, even where nobody waits for it any more.
            let tenants = Arc::clone(tenants);
            let performed = tokio::spawn(async move { operation.perform(&tenants).await });
            performed.await?.map_err(|error| explain(&error))
        }
        Err(error) => Err(format!("the host does not understand what it was asked: {error}")),
    };
    stream.write_all(&serde_json::to_vec(&answer)?).await?;
    stream.shutdown().await
}

/// An error with its causes, in one line.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use stepwell_journal::Memory;

    use super::*;
    use crate::{Clock, HostKey};

    const ACCOUNT: &str = "111111111111";

    fn tenants() -> Arc<Tenants> {
        let key = HostKey::random().unwrap();
        Arc::new(Tenants::new(Arc::new(Memory::default()), &key, Clock::system()))
    }

    #[tokio::test]
    async fn a_host_that_runs_is_asked() {
        let data = tempfile::tempdir().unwrap();
        let ask = async |operation| ask(data.path(), &operation).await;
        assert!(ask(Operation::ListTenants).await.unwrap().is_none());
        let listener = Listener::bind(data.path()).unwrap();
        let tenants = tenants();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(socket(data.path())), 0o600);
        assert_eq!(mode(data.path().join(DIRECTORY)), 0o700);
        let account = ACCOUNT.to_owned();
        let asking = async {
            let add =
                Operation::AddTenant { account: Some(account.clone()), name: "payments".into() };
            let added = ask(add.clone()).await.unwrap().unwrap();
            assert_eq!(added, Answer::Tenant(tenants.get(ACCOUNT).await.unwrap()));
            let refused = ask(add).await.unwrap_err().to_string();
            assert_eq!(refused, "there is a tenant 111111111111 already");
            let create = Operation::CreateKey { account: account.clone() };
            let Answer::Key(NewKey { id, .. }) = ask(create).await.unwrap().unwrap() else {
                panic!("no key");
            };
            let set = Operation::SetKeyEnabled { id: id.clone(), enabled: false };
            let Answer::Tenant(tenant) = ask(set).await.unwrap().unwrap() else {
                panic!("no tenant");
            };
            assert!(!tenant.keys[0].enabled);
            ask(Operation::DeleteKey { id }).await.unwrap();
            let set = Operation::SetTenantEnabled { account: account.clone(), enabled: false };
            ask(set).await.unwrap();
            let get = Operation::GetTenant { account };
            let Answer::Tenant(tenant) = ask(get).await.unwrap().unwrap() else {
                panic!("no tenant");
            };
            assert!(!tenant.enabled && tenant.keys.is_empty());
            let listed = ask(Operation::ListTenants).await.unwrap().unwrap();
            assert_eq!(listed, Answer::Tenants(vec![tenant]));
            // What is no question is answered, and what comes after it, too.
            let mut stream = UnixStream::connect(socket(data.path())).await.unwrap();
            stream.write_all(b"nonsense").await.unwrap();
            stream.shutdown().await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains("does not understand"), "{answer}");
            assert!(ask(Operation::ListTenants).await.unwrap().is_some());
        };
        tokio::select! {
            () = listener.serve(Arc::clone(&tenants)) => {}
            () = asking => {}
        }
        drop(listener);
        assert!(ask(Operation::ListTenants).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_a_killed_host_left_is_no_host() {
        let data = tempfile::tempdir().unwrap();
        let listener = Listener::bind(data.path()).unwrap();
        let path = listener.path.clone();
        // A socket without a process.
        let left = data.path().join("left");
        fs::hard_link(&path, &left).unwrap();
        drop(listener);
        fs::rename(&left, &path).unwrap();
        assert!(ask(data.path(), &Operation::ListTenants).await.unwrap().is_none());
        Listener::bind(data.path()).unwrap();
    }

    #[tokio::test]
    async fn a_host_that_does_not_answer() {
        let data = tempfile::tempdir().unwrap();
        let listener = Listener::bind(data.path()).unwrap();
        let hang_up = async {
            let (stream, _) = listener.listener.accept().await.unwrap();
            drop(stream);
            std::future::pending::<()>().await;
        };
        let error = tokio::select! {
            () = hang_up => return,
            result = ask(data.path(), &Operation::ListTenants) => result.unwrap_err(),
        };
        let path = socket(data.path());
        assert_eq!(error.to_string(), format!("the host does not answer at {}", path.display()));
    }
}
