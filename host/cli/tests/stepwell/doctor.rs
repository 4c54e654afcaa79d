//! `stepwell doctor`.

use super::{host::Host, *};

/// The command, with a host that is nowhere unless it is told where.
fn doctor(arguments: &[&str]) -> Output {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    host::client(&format!("http://{free}"), &[], &[&["doctor"], arguments].concat())
}

#[test]
fn all_is_well_with_a_host_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let host = Host::serve(folder.path(), &["--listen", "127.0.0.1:0", "--data", data]);
    let endpoint = format!("http://{}", host.address);
    let output = doctor(&["--data", data, "--endpoint", &endpoint]);
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    for line in [
        format!("ok    data directory: {data} can be written to\n"),
        format!("ok    lock: the process {} has the data directory\n", host.id()),
        "ok    integrity: the journal is whole\n".to_owned(),
        format!("ok    host key: {data}.key is the right one\n"),
        "ok    plugins: none is installed\n".to_owned(),
        "ok    compile cache: compiled plugins can be kept\n".to_owned(),
        format!("ok    endpoint: the host at {endpoint} takes requests\n"),
    ] {
        assert!(shown.contains(&line), "{line}{shown}");
    }
    let output = doctor(&["--data", data, "--endpoint", &endpoint, "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = document["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["level"] != "bad"), "{document}");
}

#[test]
fn what_is_bad_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let plugin = folder.path().join("copy.wasm");
    fs::write(&plugin, wat::parse_str(COPY).unwrap()).unwrap();
    let granted = folder.path().join("granted");
    fs::create_dir(&granted).unwrap();
    let grants =
        format!("{{ directories = [{{ host = \"{}\", guest = \"/g\" }}] }}", granted.display());
    let add = ["plugin", "add", plugin.to_str().unwrap(), "--data", data, "--name"];
    for more in [&["copy"][..], &["other", "--grants", &grants]] {
        assert_eq!(stepwell(&[&add, more].concat()).status.code(), Some(0));
    }
    fs::remove_dir(&granted).unwrap();
    let output = doctor(&["--data", data]);
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    let missing = format!(
        "bad   plugins: `other` of all tenants is granted what is not there: {}\n      make it, or \
         take the grant back with `stepwell plugin revoke`\n",
        granted.display()
    );
    assert!(shown.contains(&missing), "{shown}");
    assert!(shown.contains("ok    plugins: `copy` of all tenants can be loaded\n"), "{shown}");
    // A file that somebody has changed.
    let files = folder.path().join("data/plugins/files");
    let file = fs::read_dir(files).unwrap().next().unwrap().unwrap().path();
    fs::write(file, "text").unwrap();
    let shown = stdout(&doctor(&["--data", data]));
    assert!(shown.contains("bad   plugins: `copy` of all tenants cannot be used: "), "{shown}");
    let output = doctor(&["--data", "/nowhere", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let first = &document["checks"][0];
    assert_eq!((&first["what"], &first["level"]), (&"data directory".into(), &"bad".into()));
}

#[test]
fn a_cache_that_others_may_write_to_is_bad() {
    use std::os::unix::fs::PermissionsExt as _;
    let cache = tempfile::tempdir().unwrap();
    fs::set_permissions(cache.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stepwell"))
        .arg("doctor")
        .env("NO_COLOR", "1")
        .env("STEPWELL_CACHE_DIR", cache.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    let bad = shown.lines().position(|line| line.starts_with("bad   compile cache: ")).unwrap();
    let mend = "      chmod 700 the directory, or name another with $STEPWELL_CACHE_DIR";
    assert_eq!(shown.lines().nth(bad + 1), Some(mend), "{shown}");
}
