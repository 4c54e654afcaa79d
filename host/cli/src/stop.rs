//! How a process is told to stop.

use std::io;

use anyhow::{Context as _, Result};
use tokio::sync::watch;

/// Counts how often the process was told to stop: by SIGTERM, or by an interrupt at the terminal.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<u32>);

impl Stop {
    /// From now on the process no longer ends by itself where it is told to stop.
    pub(crate) fn new() -> Result<Self> {
        let mut signals = Signals::new().context("cannot wait for signals")?;
        let (told, stop) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                signals.next().await;
                told.send_modify(|times| *times += 1);
            }
        });
        Ok(Self(stop))
    }

    /// Waits until it was told to.
    pub(crate) async fn told(mut self) {
        self.times(1).await;
    }

    /// Waits until it was told to more than once: somebody is in a hurry.
    pub(crate) async fn told_again(mut self) {
        self.times(2).await;
    }

    async fn times(&mut self, least: u32) {
        // The sender lives as long as the process.
        let _ = self.0.wait_for(|times| *times >= least).await;
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
