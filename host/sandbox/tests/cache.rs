//! Compiled plugins on disk.

#![cfg(unix)]

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use stepwell_sandbox::{Options, Sandbox};
use support::{CAT, ECHO, Guest, command, run};

fn sandbox(dir: &Path) -> Sandbox {
    Sandbox::new(&Options { cache_dir: Some(dir.to_owned()), concurrency: 2, ..Options::default() })
        .unwrap()
}

/// The files of that extension, sorted.
fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_plugin_is_compiled_once() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("deep/down");
    for file in [Guest::running(ECHO), command("", CAT)] {
        let first = sandbox(&dir).admit(file.clone()).await.unwrap();
        let artefacts = files(&dir, "cwasm");
        let written = fs::metadata(artefacts.last().unwrap()).unwrap().modified().unwrap();
        let second = sandbox(&dir).admit(file).await.unwrap();
        assert_eq!(files(&dir, "cwasm"), artefacts);
        let again = fs::metadata(artefacts.last().unwrap()).unwrap().modified().unwrap();
        assert_eq!(written, again);
        assert_eq!(first.info(), second.info());
        assert_eq!(run(&second, "1").await.result.unwrap(), "1");
    }
    assert_eq!(files(&dir, "cwasm").len(), 2);
    assert_eq!(files(&dir, "json").len(), 2);
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn damaged_and_foreign_files_are_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let file = Guest::running(ECHO);
    sandbox(dir.path()).admit(file.clone()).await.unwrap();
    let artefact = files(dir.path(), "cwasm").remove(0);
    let note = files(dir.path(), "json").remove(0);
    let good = fs::read(&artefact).unwrap();

    // Other code, that Wasmtime itself would take.
    let other = sandbox(dir.path()).admit(Guest::running("unreachable")).await;
    other.unwrap();
    let foreign = files(dir.path(), "cwasm");
    let foreign = fs::read(foreign.iter().find(|path| **path != artefact).unwrap()).unwrap();

    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for harm in [b"".to_vec(), b"junk".to_vec(), flipped, good[..100].to_vec(), foreign] {
        fs::remove_file(&artefact).unwrap();
        fs::write(&artefact, harm).unwrap();
        let plugin = sandbox(dir.path()).admit(file.clone()).await.unwrap();
        assert_eq!(run(&plugin, "1").await.result.unwrap(), "1");
        assert_eq!(fs::read(&artefact).unwrap(), good);
    }
    for harm in ["", "{}", "null"] {
        fs::write(&note, harm).unwrap();
        let plugin = sandbox(dir.path()).admit(file.clone()).await.unwrap();
        assert_eq!(run(&plugin, "1").await.result.unwrap(), "1");
        assert_ne!(fs::read(&note).unwrap(), harm.as_bytes());
    }
}

#[test]
fn a_directory_others_may_write_in_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let options =
        Options { cache_dir: Some(dir.path().to_owned()), concurrency: 2, ..Options::default() };
    assert_eq!(
        Sandbox::new(&options).unwrap_err().to_string(),
        format!(
            "cannot use {} to keep compiled plugins in: other users may write there. Take that \
             right away (chmod 700), or name another directory",
            dir.path().display()
        )
    );
}

#[test]
fn a_file_is_no_directory() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let options =
        Options { cache_dir: Some(file.path().to_owned()), concurrency: 2, ..Options::default() };
    assert_eq!(
        Sandbox::new(&options).unwrap_err().to_string(),
        format!(
            "cannot use {} to keep compiled plugins in: File exists (os error 17)",
            file.path().display()
        )
    );
}
