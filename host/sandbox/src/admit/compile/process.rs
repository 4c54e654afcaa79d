//! The compiling process, seen from the host.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::Arc,
};

use super::{Candidate, Error, Limits, Time, Verdict, child::Request};

/// Most bytes of an answer; all it has is names.
const ANSWER: u64 = 16 << 20;
/// Most threads that compile a file.
const THREADS: usize = 8;
/// Bytes that are told of what the process said at its end.
const LAST_WORDS: i64 = 2 << 10;

/// Has a process examine `file`, and compile it into the file at `artefact`.
pub(super) async fn compile(
    program: &Path,
    arguments: &[String],
    limits: &Limits,
    file: Arc<Vec<u8>>,
    artefact: &Path,
) -> Result<Candidate, Error> {
    let failed = |how: String| Error::Compiler { program: program.to_owned(), how };
    let not_run = |error: io::Error| failed(format!("cannot be run: {error}"));
    let request = Request { artefact: artefact.to_owned(), limits: limits.clone() };
    let request = serde_json::to_string(&request).map_err(|error| not_run(error.into()))?;
    let said = tempfile::tempfile().map_err(not_run)?;
    let child = Command::new(program)
        .args(arguments)
        // Nothing of the host's is its business.
        .env_clear()
        .env("RAYON_NUM_THREADS", threads().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(said.try_clone().map_err(not_run)?)
        .spawn();
    let mut child = Running(child.map_err(not_run)?);
    let (stdin, stdout) = (child.0.stdin.take(), child.0.stdout.take());
    let talk = tokio::task::spawn_blocking(move || talk(stdin, stdout, &request, &file));
    let Ok(answer) = tokio::time::timeout(limits.compile_time, talk).await else {
        return Err(Error::CompileTime { limit: limits.compile_time, spent: Time::WallClock });
    };
    let answer = answer.map_err(|error| Error::Host(error.to_string()))?;
    let status = child.end().map_err(not_run)?;
    let words = last_words(said);
    match serde_json::from_slice::<Verdict>(&answer) {
        Ok(verdict) => verdict.accept(),
        Err(_) => Err(limit_crossed(status, &words, limits)
            .unwrap_or_else(|| failed(format!("died over it ({status}): {words}")))),
    }
}

/// Threads that compile. Each takes memory, of which a machine with many processors has no more for
/// a file than others have.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(THREADS)
}

/// Hands the file over, and hears the answer, or what there is of it.
fn talk(
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    request: &str,
    file: &[u8],
) -> Vec<u8> {
    if let Some(mut stdin) = stdin {
        // A process that dies before it has read all is told of by its missing answer.
        let _ = writeln!(stdin, "{request}").and_then(|()| stdin.write_all(file));
    }
    let mut answer = Vec::new();
    if let Some(stdout) = stdout {
        let _ = stdout.take(ANSWER).read_to_end(&mut answer);
    }
    answer
}

/// A process that does not outlive this handle.
struct Running(Child);

impl Running {
    /// Ends the process, if it has not ended by itself, and tells how it did.
    fn end(&mut self) -> io::Result<ExitStatus> {
        self.0.kill()?;
        self.0.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It fails where the process has ended.
        let _ = self.end();
    }
}

/// The end of what the process said on standard error.
fn last_words(mut said: File) -> String {
    let mut words = Vec::new();
    let read = said
        .seek(SeekFrom::End(-LAST_WORDS))
        // It is shorter than that.
        .or_else(|_| said.rewind().map(|()| 0))
        .and_then(|_| said.read_to_end(&mut words));
    match read {
        Ok(_) => String::from_utf8_lossy(&words).trim().to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Which limit a process crossed that gave no answer, if any.
fn limit_crossed(status: ExitStatus, words: &str, limits: &Limits) -> Option<Error> {
    if is_out_of_time(status) {
        let (limit, spent) = (limits.compile_cpu, Time::Processor);
        return Some(Error::CompileTime { limit, spent });
    }
    // What Rust says when it gets no memory, and what the system does.
    let no_memory = ["memory allocation of", "Cannot allocate memory"];
    no_memory
        .iter()
        .any(|text| words.contains(text))
        .then_some(Error::CompileMemory { limit: limits.compile_memory })
}

#[cfg(unix)]
fn is_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn is_out_of_time(_: ExitStatus) -> bool {
    false
}
