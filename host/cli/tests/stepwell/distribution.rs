//! Plugins that are distributed by a registry: pushed, signed, trusted, locked, installed, upgraded.

mod by_hand;
mod installed;
mod project;
mod replaced;
mod reported;
mod story;

use super::{host::Host, registry_server::Server, *};

/// Copies its input to its output and into `receipt.json` in a directory that is granted.
const KEEPER: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $open
        (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\00\10\00\00")
    (data (i32.const 8192) "receipt.json")
    (func (export "_start")
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (if (call $open (i32.const 3) (i32.const 0) (i32.const 8192) (i32.const 12) (i32.const 9)
                (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8300))
            (then (unreachable)))
        (drop (call $write (i32.load (i32.const 8300)) (i32.const 0) (i32.const 1) (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// A folder in which commands run that have a registry, and shows them as a terminal would.
struct Desk {
    folder: tempfile::TempDir,
    server: Server,
}

/// What a command printed, one after the other.
struct Printed {
    stdout: String,
    stderr: String,
}

impl Desk {
    fn new(server: Option<Server>) -> Option<Self> {
        let desk = Self { folder: tempfile::tempdir().unwrap(), server: server? };
        desk.plugin("keeper-1.wasm", KEEPER);
        // It imports more.
        let more = KEEPER.replacen(
            "(memory",
            "(import \"wasi_snapshot_preview1\" \"random_get\" (func (param i32 i32) (result i32)))
             (memory",
            1,
        );
        desk.plugin("keeper-2.wasm", &more);
        fs::create_dir(desk.path("host")).unwrap();
        desk.run(0, "plugin key generate --output acme", &[]);
        desk.run(0, "plugin key generate --output other", &[]);
        Some(desk)
    }

    fn plugin(&self, name: &str, text: &str) {
        fs::write(self.path(name), wat::parse_str(text).unwrap()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An artifact of the registry.
    fn at(&self, rest: &str) -> String {
        format!("oci://{}/{rest}", self.server.address())
    }

    fn command(&self, line: &str) -> Command {
        let quoted = |word: &str| match word.contains(['{', '*']) {
            true => format!("'{word}'"),
            false => word.to_owned(),
        };
        let shown: Vec<_> = line.split(' ').map(quoted).collect();
        eprintln!("$ stepwell {}", shown.join(" "));
        let mut command = Command::new(env!("CARGO_BIN_EXE_stepwell"));
        command
            .args(line.split(' '))
            .current_dir(&self.folder)
            .env("NO_COLOR", "1")
            .env("HOME", self.folder.path())
            .env_remove("DOCKER_CONFIG")
            .env_remove("SOURCE_DATE_EPOCH")
            .env("COSIGN_PASSWORD", "open sesame")
            .env("STEPWELL_CACHE_DIR", root().join("target/stepwell-cache"));
        command
    }

    /// Runs a command that is to end with that code.
    fn run(&self, code: i32, line: &str, environment: &[(&str, &str)]) -> Printed {
        let output = self.command(line).envs(environment.iter().copied()).output().unwrap();
        let printed = Printed { stdout: stdout(&output), stderr: stderr(&output) };
        eprintln!("{}{}", printed.stdout, printed.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}");
        printed
    }

    fn done(&self, line: &str) -> String {
        self.run(0, line, &[]).stdout
    }

    fn refused(&self, line: &str) -> String {
        self.run(2, line, &[]).stderr
    }

    /// Pushes a file that `acme` signs; the artifact with its digest.
    fn push(&self, file: &str, rest: &str) -> String {
        let pushed = self.done(&format!("plugin push {file} {} --sign acme.key", self.at(rest)));
        pushed.lines().last().unwrap().to_owned()
    }

    /// A project whose one task keeps receipts with a plugin from the registry.
    fn project(&self, oci: &str, has_publisher: bool) {
        let mut text = format!(
            "name = \"keep\"\ndefinition = \"keep.asl.json\"\n\n[plugins.keeper]\noci = \"{}\"\n\n\
             [plugins.keeper.grants]\n\
             directories = [{{ host = \"out\", guest = \"/out\", access = \"read-write\" }}]\n",
            &oci["oci://".len()..]
        );
        if has_publisher {
            text.push_str(&format!(
                "\n[[publishers]]\nname = \"acme\"\nkey = \"../acme.pub\"\n\
                 repositories = [\"{}/acme/*\"]\n",
                self.server.address()
            ));
        }
        fs::create_dir_all(self.path("project")).unwrap();
        fs::write(self.path("project/stepwell.toml"), text).unwrap();
        let definition = r#"{"StartAt":"K","States":{
            "K":{"Type":"Task","Resource":"wasm:keeper/main","End":true}}}"#;
        fs::write(self.path("project/keep.asl.json"), definition).unwrap();
    }

    /// What is said where a tag has moved, and the lock has not.
    fn moved(&self, plugin: &str, now: &str, then: &str) -> String {
        let digest = |pushed: &str| pushed.split_once('@').unwrap().1.to_owned();
        format!(
            "the tag 1 of {}/acme/{plugin} is now {}, and the lock says {}: where that is meant, run \
             `stepwell plugin lock --update {plugin}`",
            self.server.address(),
            digest(now),
            digest(then)
        )
    }

    /// Drives a host.
    fn drive(&self, host: &Host, code: i32, line: &str) -> Printed {
        let endpoint = format!("http://{}", host.address);
        self.run(code, line, &[("STEPWELL_ENDPOINT", &*endpoint)])
    }

    fn trust(&self, more: &str) -> String {
        let address = self.server.address();
        self.done(&format!(
            "plugin trust add acme --key acme.pub --repository {address}/acme/* {more}"
        ))
    }
}
