//! Opening without waiting.
//!
//! Wasmtime opens whatever there is, in a thread of the host's. Opening a FIFO waits until there is
//! somebody at its other end, perhaps for ever, and opening a device may do anything.

use std::{fs::File as StdFile, io};

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::fs::{Dir as CapDir, OpenOptions, OpenOptionsExt as _};
use rustix::{fs::OFlags, io::Errno};
use wasmtime_wasi::{
    filesystem::{Descriptor, Dir, File, OpenMode},
    p2::{
        FsError, FsResult,
        bindings::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags},
    },
};

use super::{Budget, ENTRY, How};

/// Opens a file or a directory below `directory`, or gives none where it is something else. A file
/// that is made counts.
pub(super) async fn open(
    directory: Dir,
    path: String,
    how: How,
    budget: Budget,
) -> FsResult<Option<Descriptor>> {
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
        let Some(opened) = find_or_make(&directory.dir, &path, how, &budget)? else {
            return Ok(None);
        };
        let found = opened.metadata()?.file_type();
        Ok::<_, FsError>(Some((opened, found)))
    });
    let Some((opened, found)) = opened.await.map_err(FsError::trap)?? else { return Ok(None) };
    if found.is_dir() {
        Ok(Some(Descriptor::Dir(Dir::new(opened, perms, mode, false))))
    } else if wants_directory {
        Err(ErrorCode::NotDirectory.into())
    } else if found.is_file() {
        Ok(Some(Descriptor::File(File::new(opened, perms, mode, false))))
    } else {
        Ok(None)
    }
}

fn options(how: How) -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(how.reads())
        .write(how.writes())
        .truncate(how.open.contains(OpenFlags::TRUNCATE))
        .follow(FollowSymlinks::follow(how.path.contains(PathFlags::SYMLINK_FOLLOW)))
        .custom_flags(OFlags::NONBLOCK.bits() as i32);
    options
}

fn find_or_make(
    directory: &StdFile,
    path: &str,
    how: How,
    budget: &Budget,
) -> FsResult<Option<StdFile>> {
    let directory = CapDir::from_std_file(directory.try_clone()?);
    let mut options = options(how);
    if !how.open.contains(OpenFlags::CREATE) {
        return Ok(find(&directory, path, &options)?);
    }
    if how.open.contains(OpenFlags::EXCLUSIVE) {
        budget.spend(ENTRY)?;
        return Ok(find(&directory, path, options.create_new(true))?);
    }
    match find(&directory, path, &options) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            budget.spend(ENTRY)?;
            Ok(find(&directory, path, options.create(true))?)
        }
        found => Ok(found?),
    }
}

fn find(directory: &CapDir, path: &str, options: &OpenOptions) -> io::Result<Option<StdFile>> {
    match directory.open_with(path, options) {
        Ok(found) => Ok(Some(found.into_std())),
        // What a FIFO without a reader, a socket or a device without a driver says.
        Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => Ok(None),
        Err(error) => Err(error),
    }
}
