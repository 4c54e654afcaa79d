//! Hosts as processes, and their deaths.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use stepwell_journal::{Sqlite, sqlite::Options};

use crate::{
    claims::{self, Journal},
    news::{News, Record, What},
    observed::Moment,
    plan::{Orders, Planned},
};

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// By itself, when all is done.
    Natural,
    /// At the first side of a commit at which none of the story has died yet. It stays there until
    /// it is killed.
    AtCommit,
    /// When the test has read so many lines from it. It goes on meanwhile.
    AfterLines(usize),
}

/// What one host after the other makes of the same executions.
pub struct Story {
    /// The file of the host.
    program: &'static str,
    directory: PathBuf,
    executions: Vec<Planned>,
    processes: u32,
    passed: BTreeSet<Moment>,
    /// What is known.
    pub record: Record,
    /// How many were killed.
    pub killed: usize,
}

impl Story {
    /// One that begins in an empty data directory.
    pub fn new(program: &'static str, directory: &Path, executions: Vec<Planned>) -> Self {
        let now = Timestamp::from_second(1_795_348_800).unwrap_or_default();
        Self {
            program,
            directory: directory.into(),
            executions,
            processes: 0,
            passed: BTreeSet::new(),
            record: Record { now, ..Record::default() },
            killed: 0,
        }
    }

    /// The same story, which goes on in another directory.
    #[must_use]
    pub fn fork(&self, directory: &Path) -> Self {
        let (executions, record) = (self.executions.clone(), self.record.clone());
        let passed = self.passed.clone();
        Self { directory: directory.into(), executions, record, passed, ..*self }
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The sides of commits at which a process has died.
    pub fn passed(&self) -> &BTreeSet<Moment> {
        &self.passed
    }

    /// Runs one more process, some time after the last one. Returns whether it was killed.
    ///
    /// # Errors
    /// Where it fails by itself.
    pub fn go_on(&mut self, later: Duration, death: Death) -> anyhow::Result<bool> {
        let mut lines = 0;
        self.watch(later, death, |_| {
            lines += 1;
            death == Death::AfterLines(lines)
        })
    }

    /// Does the same, and shows what it says. It is killed where `dies` says so.
    ///
    /// # Errors
    /// Where it fails by itself.
    pub fn watch(
        &mut self,
        later: Duration,
        death: Death,
        mut dies: impl FnMut(&News) -> bool,
    ) -> anyhow::Result<bool> {
        let mut host = self.start(later, death)?;
        let mut killed = false;
        while let Some(news) = host.news()? {
            let mut dies = dies(&news);
            if let What::Commit { moment, stays: true } = &news.what {
                self.passed.insert(moment.clone());
                dies = true;
            }
            self.record.take(news);
            if dies && !killed {
                host.kill()?;
                killed = true;
            }
        }
        host.end(killed)?;
        self.killed += usize::from(killed);
        Ok(killed)
    }

    /// Starts one more process.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(&mut self, later: Duration, death: Death) -> anyhow::Result<Host> {
        self.processes += 1;
        let orders = Orders {
            directory: self.directory.clone(),
            now: self.record.now.checked_add(later).unwrap_or(Timestamp::MAX),
            process: self.processes,
            executions: self.executions.clone(),
            created: self.record.created,
            started: self.record.started.keys().cloned().collect(),
            stopped: self.record.stopped.clone(),
            redriven: self.record.redriven.clone(),
            asked: self.record.asked(),
            passed: (death == Death::AtCommit).then(|| self.passed.clone()),
        };
        Host::start(self.program, &orders)
    }

    /// What the journal has in the end.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn journal(&self) -> anyhow::Result<Journal> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let store = Sqlite::open(&Options::new(&self.directory))?;
        runtime.block_on(claims::read(&store))
    }
}

/// What a host makes of these executions that nobody disturbs.
///
/// # Errors
/// Where it fails.
pub fn undisturbed(program: &'static str, executions: &[Planned]) -> anyhow::Result<Journal> {
    let directory = tempfile::tempdir()?;
    let mut story = Story::new(program, directory.path(), executions.to_vec());
    story.go_on(Duration::ZERO, Death::Natural)?;
    ensure!(story.record.refused.is_empty(), "it refuses {:?}", story.record.refused);
    let journal = story.journal()?;
    claims::check(&story.record, &journal, &journal)?;
    Ok(journal)
}

/// A process.
pub struct Host {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Host {
    /// Starts a host with its orders.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(program: &str, orders: &Orders) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let mut input = child.stdin.take().context("it has a standard input")?;
        input.write_all(&serde_json::to_vec(orders)?)?;
        drop(input);
        let output = child.stdout.take().context("it has a standard output")?;
        Ok(Self { child, lines: BufReader::new(output).lines() })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it says next; none where it is gone.
    ///
    /// # Errors
    /// Where it says something else.
    pub fn news(&mut self) -> anyhow::Result<Option<News>> {
        let Some(line) = self.lines.next().transpose()? else { return Ok(None) };
        serde_json::from_str(&line).map(Some).with_context(|| line)
    }

    /// Kills it with SIGKILL.
    ///
    /// # Errors
    /// Where it is not ours to kill.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().context("cannot kill the host")
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Where it ended otherwise than it was to.
    pub fn end(self, killed: bool) -> anyhow::Result<()> {
        let output = self.child.wait_with_output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        // One that was killed may have been done.
        ensure!(killed || output.status.success(), "the host failed: {}: {errors}", output.status);
        Ok(())
    }
}
