//! A sandbox, and the plugin that tries to get out of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stepwell_sandbox::{
    CallInfo, CancellationToken, Compiler, Done, Grants, Heartbeat, Invocation, Limits, Options,
    Plugin, Sandbox,
    grants::{Access, Directory, Spec},
};
use tempfile::TempDir;

/// Sandboxes as hosts have them: files are compiled in processes of their own.
pub(crate) fn options() -> Options {
    Options {
        concurrency: 8,
        compiler: Compiler::Process {
            program: env!("CARGO_BIN_EXE_stepwell-test-compiler").into(),
            arguments: Vec::new(),
        },
        ..Options::default()
    }
}

/// A plugin in a sandbox, and what its calls may do.
pub(crate) struct World {
    pub(crate) plugin: Plugin,
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    /// Where scratch directories are made.
    pub(crate) scratch: TempDir,
}

impl World {
    /// The plugin `escape` with these grants.
    pub(crate) async fn granting(spec: Spec) -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests/escape.wasm");
        assert!(
            Path::new(file).exists(),
            "the guest {file} is not built: run `cargo xtask guests`, or `cargo xtask test`, which \
             does"
        );
        let scratch = tempfile::tempdir().unwrap();
        let options = Options {
            // Shared by the processes of all tests.
            cache_dir: Some(concat!(env!("CARGO_TARGET_TMPDIR"), "/escape-cache").into()),
            scratch_dir: Some(scratch.path().to_owned()),
            ..options()
        };
        let plugin = Sandbox::new(&options).unwrap().admit_file(file).await.unwrap();
        let limits = Limits::default();
        Self { plugin, grants: Grants::open(spec).unwrap(), limits, scratch }
    }

    /// The plugin `escape` with nothing granted.
    pub(crate) async fn new() -> Self {
        Self::granting(Spec::default()).await
    }

    /// One call, and another one to see that the host goes on, with nothing left of the first.
    pub(crate) async fn run(&self, task: &str, input: Value) -> Done {
        let done = self.call(task, &input, None, CancellationToken::new()).await;
        let next = self.call("remember", &Value::Null, None, CancellationToken::new()).await;
        assert_eq!(next.result.unwrap(), "1");
        done
    }

    pub(crate) async fn call(
        &self,
        task: &str,
        input: &Value,
        heartbeat: Option<Heartbeat>,
        stop: CancellationToken,
    ) -> Done {
        let call = CallInfo {
            tenant: "000000000000".to_owned(),
            execution_arn: "arn:aws:states:eu-west-1:000000000000:execution:test:one".to_owned(),
            ..CallInfo::default()
        };
        self.plugin
            .invoke(Invocation {
                task,
                input: &input.to_string(),
                call,
                limits: &self.limits,
                grants: &self.grants,
                heartbeat,
                stop,
            })
            .await
    }

    /// The output of a task.
    pub(crate) async fn output(&self, task: &str, input: Value) -> Value {
        let done = self.run(task, input).await;
        serde_json::from_str(&done.result.unwrap()).unwrap()
    }

    /// The answers to steps with files.
    pub(crate) async fn steps(&self, steps: Value) -> Value {
        self.output("files", steps).await
    }

    /// The answer to one step with files, after those that `open` what it needs.
    pub(crate) async fn step(&self, step: Value) -> Value {
        self.steps(json!([step])).await[0].take()
    }

    /// Error and cause of a task that fails.
    pub(crate) async fn failure(&self, task: &str, input: Value) -> (String, String) {
        let failure = self.run(task, input).await.result.unwrap_err();
        (failure.error, failure.cause)
    }
}

/// A directory that is granted as `/data`, with something beside it that is not:
///
/// ```text
/// data/inside.txt        inside
/// data/folder/file.txt   in the folder
/// outside.txt            outside
/// elsewhere/inside.txt   outside
/// ```
pub(crate) struct Around(pub(crate) TempDir);

impl Around {
    pub(crate) fn new() -> Self {
        let around = Self(tempfile::tempdir().unwrap());
        for folder in ["data/folder", "elsewhere"] {
            std::fs::create_dir_all(around.path(folder)).unwrap();
        }
        for (file, text) in [
            ("data/inside.txt", "inside"),
            ("data/folder/file.txt", "in the folder"),
            ("outside.txt", "outside"),
            ("elsewhere/inside.txt", "outside"),
        ] {
            std::fs::write(around.path(file), text).unwrap();
        }
        around
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Places a symbolic link, as whoever owns the directory may have.
    pub(crate) fn link(&self, target: impl AsRef<Path>, link: &str) {
        std::os::unix::fs::symlink(target, self.path(link)).unwrap();
    }

    /// What is granted.
    pub(crate) fn spec(&self, access: Access) -> Spec {
        Spec { directories: vec![self.directory("data", "/data", access)], ..Spec::default() }
    }

    pub(crate) fn directory(&self, host: &str, guest: &str, access: Access) -> Directory {
        Directory { host: self.path(host), guest: guest.to_owned(), access }
    }

    pub(crate) async fn world(&self, access: Access) -> World {
        World::granting(self.spec(access)).await
    }

    /// Sees that what lies outside is as it was.
    pub(crate) fn check(&self) {
        let mut names: Vec<_> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["data", "elsewhere", "outside.txt"]);
        for file in ["outside.txt", "elsewhere/inside.txt"] {
            assert_eq!(std::fs::read_to_string(self.path(file)).unwrap(), "outside");
        }
        assert_eq!(std::fs::read_dir(self.path("elsewhere")).unwrap().count(), 1);
    }
}
