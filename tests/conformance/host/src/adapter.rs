//! An adapter: a program that stands between the suite and a host.

use std::{
    collections::HashMap,
    ffi::OsString,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use crate::{
    host::{Error, Host},
    protocol::{Answer, Ask, Reply, Request},
};

/// A line is shown as far as this where it is no reply, in characters.
const SHOWN: usize = 200;

/// An adapter that runs as a process of its own, until this is dropped.
#[derive(Debug)]
pub struct Adapter {
    child: Child,
    /// None once the adapter is to end.
    input: Mutex<Option<ChildStdin>>,
    waiting: Arc<Mutex<Waiting>>,
    patience: Duration,
}

/// Who waits for which reply.
#[derive(Debug, Default)]
struct Waiting {
    /// Whether there are no more replies.
    ended: bool,
    by_id: HashMap<u64, SyncSender<Result<Answer, Error>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Adapter {
    /// Starts a program with arguments. It has `patience` for each answer; what it writes to
    /// standard error goes to the suite's.
    ///
    /// # Errors
    ///
    /// Where it cannot be started.
    pub fn start(
        program: OsString,
        arguments: &[OsString],
        patience: Duration,
    ) -> Result<Self, Error> {
        let start = |cause| Error::Start { program: program.clone().into(), cause };
        let mut child = Command::new(&program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(start)?;
        let input = Mutex::new(child.stdin.take());
        let waiting: Arc<Mutex<Waiting>> = Arc::default();
        if let Some(output) = child.stdout.take() {
            let waiting = Arc::clone(&waiting);
            thread::spawn(move || hand_out(output, &waiting));
        }
        Ok(Self { child, input, waiting, patience })
    }
}

/// Hands the replies to those who wait for them, until there are no more.
fn hand_out(output: ChildStdout, waiting: &Mutex<Waiting>) {
    for line in BufReader::new(output).split(b'\n') {
        let Ok(line) = line else { break };
        match serde_json::from_slice::<Reply>(&line) {
            Ok(Reply { id, answer }) => {
                if let Some(who) = lock(waiting).by_id.remove(&id) {
                    // Whoever has given up waiting does not mind.
                    let _ = who.send(Ok(answer));
                }
            }
            // Whose answer it was to be nobody knows.
            Err(error) => {
                let line: String = String::from_utf8_lossy(&line).chars().take(SHOWN).collect();
                for (_, who) in lock(waiting).by_id.drain() {
                    let (line, cause) = (line.clone(), error.to_string());
                    let _ = who.send(Err(Error::NoReply { line, cause }));
                }
            }
        }
    }
    let mut waiting = lock(waiting);
    waiting.ended = true;
    // Who waits learns of it as their senders go.
    waiting.by_id.clear();
}

impl Host for Adapter {
    fn ask(&self, id: u64, ask: Ask) -> Result<Answer, Error> {
        let (answer, answered) = sync_channel(1);
        {
            let mut waiting = lock(&self.waiting);
            if waiting.ended {
                return Err(Error::Gone);
            }
            waiting.by_id.insert(id, answer);
        }
        let mut line = serde_json::to_string(&Request { id, ask })
            .map_err(|error| Error::Failed(error.to_string()))?;
        line.push('\n');
        let written = match lock(&self.input).as_mut() {
            Some(input) => input.write_all(line.as_bytes()).and_then(|()| input.flush()).is_ok(),
            None => false,
        };
        if !written {
            return Err(Error::Gone);
        }
        match answered.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                lock(&self.waiting).by_id.remove(&id);
                Err(Error::Silent(self.patience))
            }
            Err(RecvTimeoutError::Disconnected) => Err(Error::Gone),
        }
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        // Its input ends, so it should; one that does not is not waited for.
        drop(lock(&self.input).take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
