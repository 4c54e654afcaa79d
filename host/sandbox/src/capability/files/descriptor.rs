//! `wasi:filesystem/types`, function by function.

use wasmtime::component::Resource;
use wasmtime_wasi::{
    filesystem::Descriptor,
    p2::{
        DynInputStream, DynOutputStream, FsResult, ReaddirIterator,
        bindings::filesystem::types::{
            Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode,
            HostDescriptor, HostDirectoryEntryStream, MetadataHashValue, NewTimestamp, OpenFlags,
            PathFlags,
        },
    },
};

use super::{How, LISTINGS, View};

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
        self.files.paths.remove(&fd.rep());
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
