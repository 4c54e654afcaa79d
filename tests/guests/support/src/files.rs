//! Files, through the functions of `wasi:filesystem` themselves: libraries would tidy up paths.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use wasip2::{
    filesystem::{
        preopens,
        types::{
            Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
            filesystem_error_code,
        },
    },
    io::streams::{OutputStream, StreamError},
};

/// What to do, one after the other.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Steps(Vec<Step>);

/// One thing to do. `at` is a directory, and `file` a file: by the path at which it was found open,
/// or by the name it got from `Open`.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
enum Step {
    Open {
        at: String,
        path: String,
        #[serde(default)]
        write: bool,
        #[serde(default)]
        create: bool,
        #[serde(default)]
        truncate: bool,
        #[serde(default)]
        no_follow: bool,
        #[serde(default, rename = "as")]
        name: String,
    },
    Close {
        file: String,
    },
    Read {
        file: String,
    },
    Write {
        file: String,
        bytes: usize,
        #[serde(default)]
        offset: u64,
    },
    Stream {
        file: String,
        bytes: usize,
        #[serde(default)]
        append: bool,
    },
    SetSize {
        file: String,
        size: u64,
    },
    Stat {
        at: String,
        path: String,
    },
    SetTimes {
        at: String,
        path: String,
    },
    MakeDirectory {
        at: String,
        path: String,
    },
    RemoveDirectory {
        at: String,
        path: String,
    },
    Unlink {
        at: String,
        path: String,
    },
    Symlink {
        at: String,
        target: String,
        path: String,
    },
    Readlink {
        at: String,
        path: String,
    },
    Link {
        at: String,
        path: String,
        to: String,
        new_path: String,
    },
    Rename {
        at: String,
        path: String,
        to: String,
        new_path: String,
    },
    List {
        at: String,
        /// How often, holding on to all listings.
        #[serde(default)]
        more: usize,
    },
    /// Makes a directory in a directory in a directory, so many of them.
    Descend {
        at: String,
        levels: usize,
    },
    /// Swaps a directory and a link to and fro, so many times.
    Swap {
        at: String,
        path: String,
        other: String,
        times: usize,
    },
    /// Opens and reads the file so many times, and tells the different answers.
    Hammer {
        at: String,
        path: String,
        times: usize,
    },
    /// Panics.
    Panic,
}

/// Paths of the directories that are open at the beginning.
pub fn directories() -> Vec<String> {
    preopens::get_directories().into_iter().map(|(_, path)| path).collect()
}

/// Takes the steps, and lists what came of each: `ok`, the answer, or the name of an error.
///
/// # Panics
///
/// Where a step names what is not open, or asks for it.
pub fn run(Steps(steps): Steps) -> Value {
    let mut files = Files(BTreeMap::new());
    for (descriptor, path) in preopens::get_directories() {
        files.0.insert(path, descriptor);
    }
    steps
        .into_iter()
        .map(|step| match files.take(step) {
            Ok(answer) => answer,
            Err(code) => json!(code.name()),
        })
        .collect()
}

struct Files(BTreeMap<String, Descriptor>);

impl Files {
    fn get(&self, name: &str) -> &Descriptor {
        self.0.get(name).unwrap_or_else(|| panic!("nothing is open as {name}"))
    }

    fn take(&mut self, step: Step) -> Result<Value, ErrorCode> {
        match step {
            Step::Open { at, path, write, create, truncate, no_follow, name } => {
                let follow = if no_follow { PathFlags::empty() } else { PathFlags::SYMLINK_FOLLOW };
                let mut open = OpenFlags::empty();
                open.set(OpenFlags::CREATE, create);
                open.set(OpenFlags::TRUNCATE, truncate);
                let mut flags = DescriptorFlags::READ;
                flags.set(DescriptorFlags::WRITE, write);
                let file = self.get(&at).open_at(follow, &path, open, flags)?;
                self.0.insert(name, file);
            }
            Step::Close { file } => drop(self.0.remove(&file)),
            Step::Read { file } => return read(self.get(&file)),
            Step::Write { file, bytes, offset } => {
                self.get(&file).write(&vec![b'x'; bytes], offset)?;
            }
            Step::Stream { file, bytes, append: false } => {
                stream(&self.get(&file).write_via_stream(0)?, bytes)?;
            }
            Step::Stream { file, bytes, append: true } => {
                stream(&self.get(&file).append_via_stream()?, bytes)?;
            }
            Step::SetSize { file, size } => self.get(&file).set_size(size)?,
            Step::Stat { at, path } => {
                let stat = self.get(&at).stat_at(PathFlags::SYMLINK_FOLLOW, &path)?;
                return Ok(json!(stat.size));
            }
            Step::SetTimes { at, path } => {
                let (follow, now) = (PathFlags::SYMLINK_FOLLOW, NewTimestamp::Now);
                self.get(&at).set_times_at(follow, &path, now, now)?;
            }
            Step::MakeDirectory { at, path } => self.get(&at).create_directory_at(&path)?,
            Step::RemoveDirectory { at, path } => self.get(&at).remove_directory_at(&path)?,
            Step::Unlink { at, path } => self.get(&at).unlink_file_at(&path)?,
            Step::Symlink { at, target, path } => self.get(&at).symlink_at(&target, &path)?,
            Step::Readlink { at, path } => return Ok(json!(self.get(&at).readlink_at(&path)?)),
            Step::Link { at, path, to, new_path } => {
                let flags = PathFlags::empty();
                self.get(&at).link_at(flags, &path, self.get(&to), &new_path)?;
            }
            Step::Rename { at, path, to, new_path } => {
                self.get(&at).rename_at(&path, self.get(&to), &new_path)?;
            }
            Step::List { at, more } => return self.list(&at, more),
            Step::Descend { at, levels } => self.descend(&at, levels)?,
            Step::Swap { at, path, other, times } => self.swap(&at, &path, &other, times)?,
            Step::Hammer { at, path, times } => return Ok(self.hammer(&at, &path, times)),
            Step::Panic => panic!("as it was asked to"),
        }
        Ok(json!("ok"))
    }

    fn list(&self, at: &str, more: usize) -> Result<Value, ErrorCode> {
        let mut listings = Vec::new();
        for _ in 0..more {
            listings.push(self.get(at).read_directory()?);
        }
        let listing = self.get(at).read_directory()?;
        let mut names = Vec::new();
        while let Some(entry) = listing.read_directory_entry()? {
            names.push(entry.name);
        }
        names.sort();
        Ok(json!(names))
    }

    fn descend(&self, at: &str, levels: usize) -> Result<(), ErrorCode> {
        let down = |from: &Descriptor| {
            from.create_directory_at("down")?;
            let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
            from.open_at(PathFlags::empty(), "down", OpenFlags::DIRECTORY, flags)
        };
        let mut inner = down(self.get(at))?;
        for _ in 1..levels {
            inner = down(&inner)?;
        }
        Ok(())
    }

    fn swap(&self, at: &str, path: &str, other: &str, times: usize) -> Result<(), ErrorCode> {
        let at = self.get(at);
        for _ in 0..times {
            at.rename_at(path, at, "swapped")?;
            at.rename_at(other, at, path)?;
            at.rename_at(path, at, other)?;
            at.rename_at("swapped", at, path)?;
        }
        Ok(())
    }

    fn hammer(&self, at: &str, path: &str, times: usize) -> Value {
        let mut answers = BTreeMap::new();
        for _ in 0..times {
            let (open, flags) = (OpenFlags::empty(), DescriptorFlags::READ);
            let opened = self.get(at).open_at(PathFlags::SYMLINK_FOLLOW, path, open, flags);
            let answer = match opened.and_then(|file| read(&file)) {
                Ok(text) => text.as_str().unwrap_or_default().to_owned(),
                Err(code) => code.name().to_owned(),
            };
            *answers.entry(answer).or_insert(0) += 1;
        }
        json!(answers)
    }
}

fn read(file: &Descriptor) -> Result<Value, ErrorCode> {
    let (bytes, _) = file.read(4096, 0)?;
    Ok(json!(String::from_utf8_lossy(&bytes)))
}

fn stream(stream: &OutputStream, bytes: usize) -> Result<(), ErrorCode> {
    for chunk in vec![b'x'; bytes].chunks(4096) {
        match stream.blocking_write_and_flush(chunk) {
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(filesystem_error_code(&error).unwrap_or(ErrorCode::Io));
            }
            Err(StreamError::Closed) => return Err(ErrorCode::Pipe),
            Ok(()) => {}
        }
    }
    Ok(())
}
