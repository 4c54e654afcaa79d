//! Files: the imported `wasi:filesystem`.
//!
//! Wasmtime's own, which keeps a guest inside of the directories it finds open, with three things
//! more: what a call may write is limited, a refusal is noted, and nothing is opened but files and
//! directories.

mod budget;
mod descriptor;
#[cfg(unix)]
mod open;

use std::collections::{HashMap, HashSet};

use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::{
    FsPerms,
    filesystem::{Descriptor, Dir, OpenMode, WasiFilesystemCtxView},
    p2::{
        DynOutputStream, FsError, FsResult,
        bindings::filesystem::{
            preopens,
            types::{self, DescriptorFlags, ErrorCode, OpenFlags, PathFlags},
        },
    },
};

pub(crate) use self::budget::Budget;
use self::budget::{Metered, Spent};
use super::{refusals::Refusals, scratch};
use crate::{calls::Recorder, grants::Capability};

/// What an entry of a directory counts as, besides the bytes in the file.
const ENTRY: u64 = 4096;
/// Listings of directories that may be under way at once: the host holds each as a whole.
const LISTINGS: usize = 16;
/// Characters that are told of a path.
const PATH: usize = 200;
/// Bytes that are kept of the path of a directory that is open.
const DEEPEST: usize = 512;
/// What is done to what is opened, as a refusal tells it.
const OPENING: &str = "Opening";

/// The files of one call.
pub(crate) struct Files {
    refusals: Refusals,
    calls: Recorder,
    /// What the guest calls the directories that it holds, by their handles.
    paths: HashMap<u32, String>,
    /// For the directories that are granted.
    granted: Budget,
    scratch: Option<Scratch>,
    listings: usize,
}

/// The call's own directory.
struct Scratch {
    directory: Dir,
    budget: Budget,
    /// The handles that lead there.
    handles: HashSet<u32>,
}

impl Files {
    /// Those of a call that may write so many bytes.
    pub(crate) fn new(limit: u64, refusals: Refusals, calls: Recorder) -> Self {
        let granted = Budget::of_call(limit, refusals.clone());
        let paths = HashMap::new();
        Self { refusals, calls, paths, granted, scratch: None, listings: 0 }
    }

    /// A path below a directory as the guest would write it from the root.
    fn path(&self, directory: u32, path: &str) -> String {
        let directory = self.paths.get(&directory).map_or("", |path| path.trim_end_matches('/'));
        let mut path = format!("{directory}/{}", shown(path));
        // A guest can go down, or stay where it is, as often as it likes.
        path.truncate(path.floor_char_boundary(DEEPEST));
        path
    }

    /// Adds a directory of the call's own, in which it may write as much as the budget has.
    pub(crate) fn add_scratch(&mut self, directory: std::fs::File, limit: u64) -> Budget {
        let mode = OpenMode::READ | OpenMode::WRITE;
        let budget = Budget::of_scratch(limit, self.refusals.clone());
        self.scratch = Some(Scratch {
            directory: Dir::new(directory, FsPerms::ReadWrite, mode, false),
            budget: budget.clone(),
            handles: HashSet::new(),
        });
        budget
    }

    fn is_scratch(&self, handle: u32) -> bool {
        self.scratch.as_ref().is_some_and(|scratch| scratch.handles.contains(&handle))
    }

    /// What writing through a handle counts against.
    fn budget(&self, handle: u32) -> &Budget {
        match &self.scratch {
            Some(scratch) if scratch.handles.contains(&handle) => &scratch.budget,
            _ => &self.granted,
        }
    }
}

/// Marks the host's side of `wasi:filesystem` in the linker.
pub(crate) struct HasFiles;

impl HasData for HasFiles {
    type Data<'a> = View<'a>;
}

/// Wasmtime's own files, watched.
pub(crate) struct View<'a> {
    pub(crate) inner: WasiFilesystemCtxView<'a>,
    pub(crate) files: &'a mut Files,
}

impl View<'_> {
    fn descriptor(&self, handle: u32) -> FsResult<&Descriptor> {
        Ok(self.inner.table.get(&Resource::<Descriptor>::new_borrow(handle))?)
    }

    /// Whether Wasmtime lets the guest write through the handle.
    fn may_write(&self, handle: u32) -> FsResult<bool> {
        let perms = match self.descriptor(handle)? {
            Descriptor::File(file) => file.perms,
            Descriptor::Dir(directory) => directory.perms,
        };
        Ok(!perms.write_not_permitted())
    }

    /// Counts what the guest is about to write to a file: `bytes` at `offset`. A gap that is left
    /// before them counts, too.
    fn count_write(&self, handle: u32, offset: u64, bytes: u64) -> FsResult<()> {
        if let Descriptor::File(file) = self.descriptor(handle)?
            && !file.perms.write_not_permitted()
        {
            let gap = offset.saturating_sub(file.file.metadata()?.len());
            self.files.budget(handle).spend(gap.saturating_add(bytes))?;
        }
        Ok(())
    }

    /// Counts an entry that the guest is about to make in a directory.
    fn count_entry(&self, directory: u32) -> FsResult<()> {
        if self.may_write(directory)? {
            self.files.budget(directory).spend(ENTRY)?;
        }
        Ok(())
    }

    /// Notes what was not permitted. `writable` is none where it only reads, and else whether it
    /// may write.
    fn watch<T>(
        &self,
        doing: &str,
        path: &str,
        writable: Option<bool>,
        done: FsResult<T>,
    ) -> FsResult<T> {
        let error = match done.map_err(FsError::downcast) {
            Ok(done) => return Ok(done),
            Err(error) => error.map_err(FsError::trap)?,
        };
        if matches!(error, ErrorCode::NotPermitted) {
            let why = match writable {
                Some(false) => "its directory is granted read-only",
                _ => "it leads out of the directory that is granted",
            };
            self.refuse(doing, path, why);
            // Of what is opened it is told anyway.
            if doing != OPENING {
                let what = || format!("{} {}", doing.to_lowercase(), shown(path));
                self.files.calls.begin(Capability::Directory, what).refused(why);
            }
        }
        Err(error.into())
    }

    /// Opens a file or a directory, and tells what became of it.
    async fn open(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
        how: How,
    ) -> FsResult<Resource<Descriptor>> {
        let (directory, files) = (fd.rep(), &*self.files);
        let what = || format!("{} {}", how.shown(), files.path(directory, &path));
        let call = files.calls.begin(Capability::Directory, what);
        match self.open_watched(fd, path.clone(), how).await.map_err(FsError::downcast) {
            Ok(opened) => {
                if matches!(self.descriptor(opened.rep())?, Descriptor::Dir(_)) {
                    let path = self.files.path(directory, &path);
                    self.files.paths.insert(opened.rep(), path);
                }
                call.end("opened");
                Ok(opened)
            }
            Err(Ok(ErrorCode::NotPermitted)) => {
                call.refused("it is not permitted");
                Err(ErrorCode::NotPermitted.into())
            }
            Err(Ok(code)) => {
                call.end(code.name().replace('-', " "));
                Err(code.into())
            }
            Err(Err(trap)) => Err(FsError::trap(trap)),
        }
    }

    fn refuse(&self, doing: &str, path: &str, why: &str) {
        self.files.refusals.note(format!("{doing} `{}` was refused: {why}.", shown(path)));
    }

    #[cfg(unix)]
    async fn open_watched(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
        how: How,
    ) -> FsResult<Resource<Descriptor>> {
        let Descriptor::Dir(directory) = self.descriptor(fd.rep())?.clone() else {
            return Err(ErrorCode::NotDirectory.into());
        };
        let writable = how.writes().then_some(!directory.perms.write_not_permitted());
        let budget = self.files.budget(fd.rep()).clone();
        let opened = open::open(directory, path.clone(), how, budget).await;
        match self.watch(OPENING, &path, writable, opened)? {
            Some(opened) => Ok(self.inner.table.push(opened)?),
            None => {
                self.refuse(OPENING, &path, "it is neither a file nor a directory");
                Err(ErrorCode::NotPermitted.into())
            }
        }
    }

    /// There are no FIFOs elsewhere.
    #[cfg(not(unix))]
    async fn open_watched(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
        how: How,
    ) -> FsResult<Resource<Descriptor>> {
        if how.open.contains(OpenFlags::CREATE) {
            self.count_entry(fd.rep())?;
        }
        let writable = how.writes().then_some(self.may_write(fd.rep())?);
        let opened = self.inner.open_at(fd, how.path, path.clone(), how.open, how.descriptor).await;
        self.watch(OPENING, &path, writable, opened)
    }

    /// Wraps the stream so that what is written to it counts.
    fn metered(
        &mut self,
        file: u32,
        stream: Resource<DynOutputStream>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let inner = self.inner.table.delete(stream)?;
        let metered = Metered::new(inner, self.files.budget(file).clone());
        Ok(self.inner.table.push(Box::new(metered) as DynOutputStream)?)
    }

    /// A file is moved or linked within its file system, as ever: the scratch directory is one.
    fn check_same(&self, one: u32, other: u32) -> FsResult<()> {
        match self.files.is_scratch(one) == self.files.is_scratch(other) {
            true => Ok(()),
            false => Err(ErrorCode::CrossDevice.into()),
        }
    }
}

/// How something is to be opened.
#[derive(Debug, Clone, Copy)]
struct How {
    path: PathFlags,
    open: OpenFlags,
    descriptor: DescriptorFlags,
}

impl How {
    fn reads(self) -> bool {
        self.descriptor.contains(DescriptorFlags::READ)
            || !self.descriptor.contains(DescriptorFlags::WRITE)
    }

    fn writes(self) -> bool {
        self.descriptor.contains(DescriptorFlags::WRITE)
            || self.open.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE)
    }

    fn shown(self) -> &'static str {
        match (self.descriptor.contains(DescriptorFlags::READ), self.writes()) {
            (true, true) => "read and write",
            (false, true) => "write",
            (_, false) if self.open.contains(OpenFlags::DIRECTORY) => "list",
            (_, false) => "read",
        }
    }
}

/// A path as far as one would read it.
fn shown(path: &str) -> String {
    let shown: String = path.escape_debug().take(PATH).collect();
    match shown.len() < path.len() {
        true => shown + "...",
        false => shown,
    }
}

impl preopens::Host for View<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let mut all = preopens::Host::get_directories(&mut self.inner)?;
        if let Some(scratch) = &mut self.files.scratch {
            let handle = self.inner.table.push(Descriptor::Dir(scratch.directory.clone()))?;
            scratch.handles.insert(handle.rep());
            all.push((handle, scratch::GUEST.to_owned()));
        }
        let paths = all.iter().map(|(handle, path)| (handle.rep(), path.clone()));
        self.files.paths.extend(paths);
        Ok(all)
    }
}

impl types::Host for View<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.inner.convert_error_code(error)
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        if self.inner.table.get(&error)?.is::<Spent>() {
            return Ok(Some(ErrorCode::Quota));
        }
        self.inner.filesystem_error_code(error)
    }
}
