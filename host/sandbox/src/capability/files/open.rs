//! Opening without waiting.
//!
//! Wasmtime opens whatever there is, in a thread of the host's. Opening a FIFO waits until there is
//! somebody at its other end, perhaps for ever, and opening a device may do anything.

use std::{fs::File as StdFile, io};

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::fs::{Dir as CapDir, OpenOptions, OpenOptionsExt as _};
use rustix::fs::OFlags;
use wasmtime_wasi::{
    filesystem::{Descriptor, Dir, File, OpenMode},
    p2::{
        FsResult,
        bindings::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags},
    },
};

use super::{Budget, ENTRY};

/// How something is to be opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    pub(super) path: PathFlags,
    pub(super) open: OpenFlags,
    pub(super) descriptor: DescriptorFlags,
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

    fn options(self) -> OpenOptions {
        let mut options = OpenOptions::new();
        let follow = self.path.contains(PathFlags::SYMLINK_FOLLOW);
        options
            .read(self.reads())
            .write(self.writes())
            .truncate(self.open.contains(OpenFlags::TRUNCATE))
            .follow(FollowSymlinks::follow(follow))
            .custom_flags(OFlags::NONBLOCK.bits() as i32);
        options
    }
}

/// Opens a file or a directory below `directory`. A file that is made counts.
pub(super) async fn open(
    directory: Dir,
    path: String,
    how: How,
    budget: Budget,
) -> FsResult<Descriptor> {
    let synchronous = DescriptorFlags::FILE_INTEGRITY_SYNC
        | DescriptorFlags::DATA_INTEGRITY_SYNC
        | DescriptorFlags::REQUESTED_WRITE_SYNC;
    if how.descriptor.intersects(synchronous) {
        return Err(ErrorCode::Unsupported.into());
    }
    if how.writes() && directory.perms.write_not_permitted() {
        return Err(ErrorCode::NotPermitted.into());
    }
    let wants_directory = how.open.contains(OpenFlags::DIRECTORY);
    if wants_directory && how.open != OpenFlags::DIRECTORY {
        return Err(ErrorCode::Invalid.into());
    }
    let mut mode = OpenMode::empty();
    mode.set(OpenMode::READ, how.reads());
    mode.set(OpenMode::WRITE, how.writes());
    let perms = directory.perms;
    let opened = tokio::task::spawn_blocking(move || {
        let opened = find_or_make(&directory.dir, &path, how, &budget)?;
        let found = opened.metadata()?.file_type();
        Ok::<_, wasmtime_wasi::p2::FsError>((opened, found))
    });
    let (opened, found) = opened.await.map_err(wasmtime_wasi::p2::FsError::trap)??;
    if found.is_dir() {
        Ok(Descriptor::Dir(Dir::new(opened, perms, mode, false)))
    } else if wants_directory {
        Err(ErrorCode::NotDirectory.into())
    } else if found.is_file() {
        Ok(Descriptor::File(File::new(opened, perms, mode, false)))
    } else {
        Err(ErrorCode::NotPermitted.into())
    }
}

fn find_or_make(directory: &StdFile, path: &str, how: How, budget: &Budget) -> FsResult<StdFile> {
    let directory = CapDir::from_std_file(directory.try_clone()?);
    let mut options = how.options();
    if !how.open.contains(OpenFlags::CREATE) {
        return Ok(open_in(&directory, path, &options)?);
    }
    if how.open.contains(OpenFlags::EXCLUSIVE) {
        budget.spend(ENTRY)?;
        return Ok(open_in(&directory, path, options.create_new(true))?);
    }
    match open_in(&directory, path, &options) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            budget.spend(ENTRY)?;
            Ok(open_in(&directory, path, options.create(true))?)
        }
        opened => Ok(opened?),
    }
}

fn open_in(directory: &CapDir, path: &str, options: &OpenOptions) -> io::Result<StdFile> {
    match directory.open_with(path, options) {
        // What a FIFO without a reader, a socket or a device without a driver says.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
            Err(rustix::io::Errno::PERM.into())
        }
        opened => opened.map(cap_std::fs::File::into_std),
    }
}
