//! Files: the imported `wasi:filesystem`.
//!
//! Wasmtime's own, which keeps a guest inside of the directories it finds open, with three things
//! more: what a call may write is limited, a refusal is noted, and nothing is opened but files and
//! directories.

mod budget;
#[cfg(unix)]
mod open;

use std::collections::HashSet;

use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::{
    FsPerms,
    filesystem::{Descriptor, Dir, OpenMode, WasiFilesystemCtxView},
    p2::{
        DynInputStream, DynOutputStream, FsError, FsResult, ReaddirIterator,
        bindings::filesystem::{
            preopens,
            types::{
                self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry,
                ErrorCode, HostDescriptor, HostDirectoryEntryStream, MetadataHashValue,
                NewTimestamp, OpenFlags, PathFlags,
            },
        },
    },
};

use self::budget::{Budget, Metered, Spent};
use super::{refusals::Refusals, scratch};

/// What an entry of a directory counts as, besides the bytes in the file.
const ENTRY: u64 = 4096;
/// Listings of directories that may be under way at once: the host holds each as a whole.
const LISTINGS: usize = 16;
/// Characters that are told of a path.
const PATH: usize = 200;

/// The files of one call.
pub(crate) struct Files {
    refusals: Refusals,
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
    pub(crate) fn new(limit: u64, refusals: Refusals) -> Self {
        let granted = Budget::of_call(limit, refusals.clone());
        Self { refusals, granted, scratch: None, listings: 0 }
    }

    /// Adds a directory of the call's own, in which it may write so many bytes.
    pub(crate) fn add_scratch(&mut self, directory: std::fs::File, limit: u64) {
        let mode = OpenMode::READ | OpenMode::WRITE;
        self.scratch = Some(Scratch {
            directory: Dir::new(directory, FsPerms::ReadWrite, mode, false),
            budget: Budget::of_scratch(limit, self.refusals.clone()),
            handles: HashSet::new(),
        });
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
        }
        Err(error.into())
    }

    fn refuse(&self, doing: &str, path: &str, why: &str) {
        self.files.refusals.note(format!("{doing} `{}` was refused: {why}.", shown(path)));
    }

    #[cfg(unix)]
    async fn open(
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
        match self.watch("Opening", &path, writable, opened)? {
            Some(opened) => Ok(self.inner.table.push(opened)?),
            None => {
                self.refuse("Opening", &path, "it is neither a file nor a directory");
                Err(ErrorCode::NotPermitted.into())
            }
        }
    }

    /// There are no FIFOs elsewhere.
    #[cfg(not(unix))]
    async fn open(
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
        self.watch("Opening", &path, writable, opened)
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

/// Functions that do what Wasmtime's do.
macro_rules! unwatched {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(async fn $name(&mut self, $($argument: $type),*) -> $result {
            self.inner.$name($($argument),*).await
        })*
    };
}

impl HostDescriptor for View<'_> {
    unwatched! {
        advise(fd: Resource<Descriptor>, offset: u64, length: u64, advice: Advice) -> FsResult<()>;
        sync_data(fd: Resource<Descriptor>) -> FsResult<()>;
        sync(fd: Resource<Descriptor>) -> FsResult<()>;
        get_flags(fd: Resource<Descriptor>) -> FsResult<DescriptorFlags>;
        get_type(fd: Resource<Descriptor>) -> FsResult<DescriptorType>;
        stat(fd: Resource<Descriptor>) -> FsResult<DescriptorStat>;
        read(fd: Resource<Descriptor>, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)>;
        metadata_hash(fd: Resource<Descriptor>) -> FsResult<MetadataHashValue>;
        is_same_object(a: Resource<Descriptor>, b: Resource<Descriptor>) -> wasmtime::Result<bool>;
    }

    fn read_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: u64,
    ) -> FsResult<Resource<DynInputStream>> {
        self.inner.read_via_stream(fd, offset)
    }

    fn write_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: u64,
    ) -> FsResult<Resource<DynOutputStream>> {
        let file = fd.rep();
        self.count_write(file, offset, 0)?;
        let stream = self.inner.write_via_stream(fd, offset)?;
        self.metered(file, stream)
    }

    fn append_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let file = fd.rep();
        let stream = self.inner.append_via_stream(fd)?;
        self.metered(file, stream)
    }

    async fn write(
        &mut self,
        fd: Resource<Descriptor>,
        bytes: Vec<u8>,
        offset: u64,
    ) -> FsResult<u64> {
        self.count_write(fd.rep(), offset, bytes.len() as u64)?;
        self.inner.write(fd, bytes, offset).await
    }

    async fn set_size(&mut self, fd: Resource<Descriptor>, size: u64) -> FsResult<()> {
        self.count_write(fd.rep(), size, 0)?;
        self.inner.set_size(fd, size).await
    }

    async fn set_times(
        &mut self,
        fd: Resource<Descriptor>,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        self.inner.set_times(fd, accessed, modified).await
    }

    async fn read_directory(
        &mut self,
        fd: Resource<Descriptor>,
    ) -> FsResult<Resource<ReaddirIterator>> {
        if self.files.listings == LISTINGS {
            self.files.refusals.note(format!(
                "Listing another directory was refused: {LISTINGS} listings are open, and no more \
                 may be."
            ));
            return Err(ErrorCode::InsufficientMemory.into());
        }
        let listing = self.inner.read_directory(fd).await?;
        self.files.listings += 1;
        Ok(listing)
    }

    async fn create_directory_at(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
    ) -> FsResult<()> {
        let directory = fd.rep();
        let writable = self.may_write(directory)?;
        self.count_entry(directory)?;
        let made = self.inner.create_directory_at(fd, path.clone()).await;
        self.watch("Making the directory", &path, Some(writable), made)
    }

    async fn stat_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        let stat = self.inner.stat_at(fd, flags, path.clone()).await;
        self.watch("Looking at", &path, None, stat)
    }

    async fn set_times_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        let writable = self.may_write(fd.rep())?;
        let set = self.inner.set_times_at(fd, flags, path.clone(), accessed, modified).await;
        self.watch("Setting the times of", &path, Some(writable), set)
    }

    async fn link_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        new_fd: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        let (from, to) = (fd.rep(), new_fd.rep());
        self.check_same(from, to)?;
        let writable = self.may_write(from)? && self.may_write(to)?;
        self.count_entry(to)?;
        let linked = self.inner.link_at(fd, flags, path.clone(), new_fd, new_path).await;
        self.watch("Linking", &path, Some(writable), linked)
    }

    async fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let directory = fd.rep();
        let how = How { path: path_flags, open: open_flags, descriptor: flags };
        let opened = self.open(fd, path, how).await?;
        if let Some(scratch) = &mut self.files.scratch
            && scratch.handles.contains(&directory)
        {
            scratch.handles.insert(opened.rep());
        }
        Ok(opened)
    }

    async fn readlink_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<String> {
        let link = self.inner.readlink_at(fd, path.clone()).await;
        self.watch("Reading the link", &path, None, link)
    }

    async fn remove_directory_at(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
    ) -> FsResult<()> {
        let writable = self.may_write(fd.rep())?;
        let removed = self.inner.remove_directory_at(fd, path.clone()).await;
        self.watch("Removing the directory", &path, Some(writable), removed)
    }

    async fn rename_at(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
        new_fd: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        let (from, to) = (fd.rep(), new_fd.rep());
        self.check_same(from, to)?;
        let writable = self.may_write(from)? && self.may_write(to)?;
        let renamed = self.inner.rename_at(fd, path.clone(), new_fd, new_path).await;
        self.watch("Renaming", &path, Some(writable), renamed)
    }

    async fn symlink_at(
        &mut self,
        fd: Resource<Descriptor>,
        target: String,
        path: String,
    ) -> FsResult<()> {
        let directory = fd.rep();
        let writable = self.may_write(directory)?;
        self.count_entry(directory)?;
        let linked = self.inner.symlink_at(fd, target, path.clone()).await;
        self.watch("Making the link", &path, Some(writable), linked)
    }

    async fn unlink_file_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let writable = self.may_write(fd.rep())?;
        let removed = self.inner.unlink_file_at(fd, path.clone()).await;
        self.watch("Removing", &path, Some(writable), removed)
    }

    async fn metadata_hash_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        let hash = self.inner.metadata_hash_at(fd, flags, path.clone()).await;
        self.watch("Looking at", &path, None, hash)
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        if let Some(scratch) = &mut self.files.scratch {
            scratch.handles.remove(&fd.rep());
        }
        HostDescriptor::drop(&mut self.inner, fd)
    }
}

impl HostDirectoryEntryStream for View<'_> {
    async fn read_directory_entry(
        &mut self,
        listing: Resource<ReaddirIterator>,
    ) -> FsResult<Option<DirectoryEntry>> {
        self.inner.read_directory_entry(listing).await
    }

    fn drop(&mut self, listing: Resource<ReaddirIterator>) -> wasmtime::Result<()> {
        HostDirectoryEntryStream::drop(&mut self.inner, listing)?;
        self.files.listings -= 1;
        Ok(())
    }
}
