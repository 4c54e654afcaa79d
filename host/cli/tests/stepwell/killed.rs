//! Commands that change what is installed, killed with SIGKILL at random moments.

use std::{
    process::{Child, Stdio},
    time::Duration,
};

use super::*;

/// How many commands are killed.
const KILLS: usize = 100;

struct World {
    directory: tempfile::TempDir,
    random: fastrand::Rng,
}

/// What is installed: what `plugin list` says.
type Listed = Value;

impl World {
    fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let one = wat::parse_str(COPY).unwrap();
        // Sections that nobody looks at make other files of it.
        let other = |tag: u8| [&*one, &[0, 2, 1, tag]].concat();
        let more = COPY.replace(
            "(module",
            "(module (import \"wasi_snapshot_preview1\" \"random_get\"
                (func $random (param i32 i32) (result i32))) (export \"random\" (func $random))",
        );
        fs::write(directory.path().join("one.wasm"), &one).unwrap();
        fs::write(directory.path().join("two.wasm"), other(b'x')).unwrap();
        fs::write(directory.path().join("more.wasm"), wat::parse_str(more).unwrap()).unwrap();
        Self { directory, random: fastrand::Rng::with_seed(seed) }
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    /// A command by its words; `FILE` stands for one of the files.
    fn command(&mut self) -> Vec<String> {
        let file = ["one", "two", "more"][self.random.usize(..3)];
        let file = self.path(&format!("{file}.wasm"));
        let words: &[&str] = match self.random.usize(..10) {
            0 | 1 => &["add", "FILE", "--name", "pay"],
            2..5 => &["upgrade", "FILE", "--name", "pay"],
            5 => &["approve", "pay"],
            6 => &["grant", "pay", "--env", "A=b", "--scratch", "1MiB"],
            7 => &["revoke", "pay", "--all"],
            8 => &["remove", "pay"],
            _ => &["grant", "pay", "--limits", "{ fuel = 7 }"],
        };
        let words =
            words.iter().map(|&word| if word == "FILE" { file.clone() } else { word.into() });
        ["plugin".to_owned()].into_iter().chain(words).collect()
    }

    fn start(&self, data: &str, words: &[String]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_stepwell"))
            .args(words)
            .args(["--data", &self.path(data)])
            .env("NO_COLOR", "1")
            .env("STEPWELL_CACHE_DIR", root().join("target/stepwell-cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn listed(&self, data: &str) -> Listed {
        let output = stepwell(&["plugin", "list", "--json", "--data", &self.path(data)]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let mut listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        for plugin in listed["plugins"].as_array_mut().unwrap() {
            for version in plugin["versions"].as_array_mut().unwrap() {
                // A command that was killed may have taken a number all the same.
                version["since"].take();
            }
        }
        listed
    }

    /// Copies what is installed.
    fn copy(&self, from: &str, to: &str) {
        let (from, to) = (self.path(from), self.path(to));
        let _ = fs::remove_dir_all(&to);
        if Path::new(&from).exists() {
            assert!(Command::new("cp").args(["-r", &from, &to]).status().unwrap().success());
        }
    }

    /// Every version that is there is whole.
    fn check(&self, data: &str, listed: &Listed) {
        for plugin in listed["plugins"].as_array().unwrap() {
            for version in plugin["versions"].as_array().unwrap() {
                let digest = version["digest"].as_str().unwrap();
                let hex = digest.strip_prefix("sha256:").unwrap();
                let named = format!("pay@{}", &hex[..12]);
                let inspect = ["plugin", "inspect", &*named, "--data", &self.path(data), "--json"];
                let output = stepwell(&inspect);
                assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
                let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
                assert_eq!(shown["digest"], digest);
            }
        }
    }
}

/// Kills commands at moments that follow from a seed, as far as the machine lets them.
#[test]
fn a_command_is_carried_out_or_not_whenever_it_is_killed() {
    let seed = 5;
    let mut world = World::new(seed);
    let (mut killed, mut carried_out) = (0, 0);
    let mut usual = Duration::from_millis(20);
    while killed < KILLS {
        let words = world.command();
        let before = world.listed("data");
        world.copy("data", "undisturbed");
        let begun = std::time::Instant::now();
        world.start("undisturbed", &words).wait().unwrap();
        usual = begun.elapsed().max(Duration::from_millis(5)).min(usual * 2);
        let after = world.listed("undisturbed");

        let mut command = world.start("data", &words);
        // What it changes it changes near its end.
        let moment = usual.mul_f64(0.4 + world.random.f64() * 0.8);
        std::thread::sleep(moment);
        command.kill().unwrap();
        let was_killed = command.wait().unwrap().code().is_none();
        killed += usize::from(was_killed);

        let listed = world.listed("data");
        assert!(
            listed == before || listed == after,
            "seed {seed}, {words:?}: {listed:#} is neither {before:#} nor {after:#}"
        );
        carried_out += usize::from(was_killed && listed == after && after != before);
        world.check("data", &listed);
    }
    eprintln!("seed {seed}: {killed} commands were killed, {carried_out} of them carried out");
}
