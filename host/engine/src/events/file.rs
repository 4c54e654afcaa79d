//! A file of events.

use std::{
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use stepwell_journal::Pending;

use super::{Delivered, Destination, Failure};

/// A file to which each event is appended as one line of JSON. It is opened anew each time, so that
/// it can be moved away.
#[derive(Debug, Clone)]
pub struct File {
    path: PathBuf,
}

impl File {
    /// The file at this path. It is made where it is not there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[async_trait]
impl Destination for File {
    fn name(&self) -> String {
        format!("file:{}", self.path.display())
    }

    async fn deliver(&self, events: &[Pending]) -> Delivered {
        let lines: String = events.iter().flat_map(|event| [event.body.text(), "\n"]).collect();
        let path = self.path.clone();
        let written = tokio::task::spawn_blocking(move || append(&path, &lines)).await;
        let failure = match written {
            Ok(Ok(())) => None,
            Ok(Err(cause)) => Some(cause),
            Err(panic) => Some(std::io::Error::other(panic)),
        };
        match failure {
            None => {
                Delivered { notices: events.iter().map(|event| event.id).collect(), failure: None }
            }
            Some(cause) => Delivered {
                notices: Vec::new(),
                failure: Some(Failure::File { path: self.path.clone(), cause }),
            },
        }
    }
}

fn append(path: &Path, lines: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().read(true).append(true).create(true).open(path)?;
    // A line that was cut off when the host or the disk went down stays by itself.
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let begin = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{begin}{lines}").as_bytes())?;
    file.sync_all()
}
