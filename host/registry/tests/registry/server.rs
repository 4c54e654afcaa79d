//! Debian's `docker-registry`, on loopback, with its data in a temporary directory.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

/// Where Debian's package has it.
const PROGRAM: &str = "/usr/bin/docker-registry";

/// A user of registries that want to know who one is, and the password.
pub(crate) const USER: (&str, &str) = ("ada", "hush");

/// The same in bcrypt.
const HTPASSWD: &str = "ada:$2b$05$abcdefghijklmnopqrstuulzd.YqjLDl8lvpSmVj3De/fioSBHnUa\n";

/// Ports that are free when they are looked for may be taken when they are used.
const TRIES: usize = 20;

/// A registry that runs as long as it lives.
pub(crate) struct Server {
    child: Child,
    address: String,
    directory: tempfile::TempDir,
}

impl Server {
    /// Starts one that anybody may write to; none where the program is not installed. It must be
    /// where `$STEPWELL_REQUIRE_TOOLS` is set.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// The same, for [`USER`] alone.
    #[allow(dead_code, reason = "not all tests that share this file need it")]
    pub(crate) fn start_with_user() -> Option<Self> {
        Self::start_with("auth:\n  htpasswd: { realm: here, path: HTPASSWD }\n")
    }

    fn start_with(more: &str) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            let required = std::env::var_os("STEPWELL_REQUIRE_TOOLS").is_some();
            assert!(!required, "{PROGRAM} is missing: `apt-get install docker-registry`");
            eprintln!("skipped: {PROGRAM} is missing: `apt-get install docker-registry`");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let htpasswd = directory.path().join("htpasswd");
        fs::write(&htpasswd, HTPASSWD).unwrap();
        let more = more.replace("HTPASSWD", htpasswd.to_str().unwrap());
        for _ in 0..TRIES {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let config = directory.path().join("config.yml");
            let data = directory.path().join("data");
            let text = format!(
                "version: 0.1\nlog: {{ level: info }}\nhttp: {{ addr: \"{free}\" }}\n\
                 storage:\n  filesystem: {{ rootdirectory: {} }}\n  delete: {{ enabled: true }}\n\
                 {more}",
                data.display()
            );
            fs::write(&config, text).unwrap();
            if let Some(child) = serve(&config) {
                return Some(Self { child, address: free.to_string(), directory });
            }
        }
        panic!("{PROGRAM} does not start");
    }

    /// Its host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The file in which it keeps a blob, by its 64 digits.
    pub(crate) fn blob(&self, hex: &str) -> PathBuf {
        let blobs = self.directory.path().join("data/docker/registry/v2/blobs/sha256");
        blobs.join(&hex[..2]).join(hex).join("data")
    }
}

/// Starts it, and waits until it says that it listens; none where it does not.
fn serve(config: &Path) -> Option<Child> {
    let mut child = Command::new(PROGRAM)
        .arg("serve")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    if lines.any(|line| line.unwrap().contains("listening on ")) {
        // It stops where nobody reads what it says.
        thread::spawn(move || lines.for_each(drop));
        return Some(child);
    }
    child.wait().unwrap();
    None
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
