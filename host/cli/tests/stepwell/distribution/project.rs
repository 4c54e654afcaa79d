//! A project whose plugins a registry has.

use super::*;

#[test]
fn a_project_runs_what_is_locked() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    let cache = desk.path("cache").to_str().unwrap().to_owned();
    let cache = [("STEPWELL_CACHE_DIR", &*cache)];
    let tagged = desk.at("acme/keeper:1");
    let pushed = desk.push("keeper-1.wasm", "acme/keeper:1");
    desk.project(&tagged, true);
    let validate = "validate project/keep.asl.json";
    let lock = desk.path("project/stepwell.lock");
    let error = desk.run(2, validate, &cache).stderr;
    let why = format!(
        "{}/acme/keeper:1 is not locked in project/stepwell.lock: run `stepwell plugin lock`\n",
        desk.server.address()
    );
    let from_here = error.replace(&desk.folder.path().display().to_string(), "");
    assert!(from_here.replace("/project/", "project/").contains(&why), "{error}");
    desk.run(0, "plugin lock --project project", &[]);
    let written = fs::read_to_string(&lock).unwrap();
    let again = desk.done("plugin lock --project project");
    assert!(again.trim_end().ends_with(", signed by acme, as before"), "{again}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), written);

    // On loopback an authority is a reason for TLS, which this registry has not.
    let authority = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(desk.path("ca.pem"), authority.cert.pem()).unwrap();
    let error = desk.run(2, validate, &[cache[0], ("STEPWELL_REGISTRY_CA_FILE", "ca.pem")]).stderr;
    assert!(error.contains("does not answer: "), "{error}");
    // Pulled into the cache by what first needs it.
    desk.run(0, validate, &cache);
    let kept = fs::read_dir(desk.path("cache/pulled")).unwrap().next().unwrap().unwrap().path();
    let run = "run project --input {\"paid\":true}";
    let printed = desk.run(0, run, &cache);
    assert_eq!(printed.stdout, "{\n  \"paid\": true\n}\n");

    // Once the tag has moved what is there is what was locked, and is pulled from nowhere else.
    let moved = desk.push("keeper-2.wasm", "acme/keeper:1");
    desk.run(0, run, &cache);
    fs::write(&kept, "something else").unwrap();
    let error = desk.run(2, run, &cache).stderr;
    assert!(error.contains(&desk.moved("keeper", &moved, &pushed)), "{error}");
    desk.done("plugin lock --update keeper --project project");
    desk.run(0, run, &cache);
    let error = desk.refused("plugin lock other --project project");
    assert!(error.contains("the project has no plugin `other` with `oci`"), "{error}");

    // The signer is locked, too.
    let text = fs::read_to_string(&lock).unwrap();
    let (before, after) = text.split_once("key = \"sha256:").unwrap();
    let other = format!("{before}key = \"sha256:{}{}", "0".repeat(64), &after[64..]);
    fs::write(&lock, other).unwrap();
    fs::remove_dir_all(desk.path("cache")).unwrap();
    let error = desk.run(2, run, &cache).stderr;
    assert!(error.contains("the lock says that `keeper` is signed with the key sha256:0000"));
    fs::write(&lock, &text).unwrap();
    desk.run(0, run, &cache);
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(desk.path("cache/pulled")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // A project without publishers takes nothing, unless it says so: not even what was kept.
    desk.project(&tagged, false);
    let error = desk.run(2, run, &cache).stderr;
    assert!(error.contains("no publisher is trusted for "), "{error}");
    let error = desk.refused("plugin lock --update --project project");
    assert!(error.contains("no publisher is trusted for "), "{error}");
    let toml = desk.path("project/stepwell.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, text.replace("[plugins.keeper]", "[plugins.keeper]\nunsigned = true"))
        .unwrap();
    let locked = desk.done("plugin lock --update --project project");
    assert!(locked.trim_end().ends_with(", unsigned"), "{locked}");
    desk.run(0, run, &cache);
}

#[test]
fn who_has_signed_it_too_changes_no_lock() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    let tagged = desk.at("acme/keeper:1");
    desk.push("keeper-1.wasm", "acme/keeper:1");
    desk.project(&tagged, true);
    desk.done("plugin lock --project project");
    let lock = desk.path("project/stepwell.lock");
    let written = fs::read_to_string(&lock).unwrap();

    // Somebody comes first who may publish there as well, and has signed the same artifact.
    desk.done(&format!("plugin sign {tagged} --key other.key"));
    let toml = desk.path("project/stepwell.toml");
    let text = fs::read_to_string(&toml).unwrap();
    let publisher = text[text.find("[[publishers]]").unwrap()..].to_owned();
    let other = publisher.replace("acme.pub", "other.pub").replace("\"acme\"", "\"other\"");
    fs::write(&toml, text.replace(&publisher, &format!("{other}\n{publisher}"))).unwrap();
    let again = desk.done("plugin lock --project project");
    assert!(again.trim_end().ends_with(", signed by acme, as before"), "{again}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), written);
    let cache = desk.path("cache").to_str().unwrap().to_owned();
    desk.run(0, "run project --input {}", &[("STEPWELL_CACHE_DIR", &*cache)]);

    // Where the locked key is believed no more another one takes --update.
    fs::write(&toml, text.replace(&publisher, &other)).unwrap();
    let error = desk.refused("plugin lock --project project");
    assert!(
        error.contains("the lock says that `keeper` is signed with the key sha256:"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&lock).unwrap(), written);
    let updated = desk.done("plugin lock --update --project project");
    assert!(updated.trim_end().ends_with(", signed by other"), "{updated}");
}

#[test]
fn a_lock_that_says_something_else_than_the_registry_is_told() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    let tagged = desk.at("acme/keeper:1");
    let pushed = desk.push("keeper-1.wasm", "acme/keeper:1");
    let lock = desk.path("project/stepwell.lock");
    let with = |key: &str| {
        let text = fs::read_to_string(&lock).unwrap();
        let (before, after) = text.split_once(&format!("{key} = \"sha256:")).unwrap();
        let zeros = "0".repeat(64);
        fs::write(&lock, format!("{before}{key} = \"sha256:{zeros}{}", &after[64..])).unwrap();
        format!("sha256:{zeros}")
    };
    desk.project(&tagged, true);
    desk.done("plugin lock --project project");
    with("file");
    let pull = format!("plugin pull {tagged} -o x --key acme.pub --lock project/stepwell.lock");
    let error = desk.refused(&pull);
    assert!(error.contains("the lock says that the file of `keeper` is sha256:0000"), "{error}");
    assert!(!desk.path("x").exists());

    // A digest stands for one thing alone, whatever a lock says.
    let (_, digest) = pushed.split_once('@').unwrap();
    let pinned = desk.at(&format!("acme/keeper@{digest}"));
    desk.project(&pinned, true);
    desk.done("plugin lock --project project");
    let other = with("manifest");
    let error = desk.refused("plugin lock --project project");
    let why = format!("{} is not what the lock says {other}", &pinned["oci://".len()..]);
    assert!(error.contains(&why), "{error}");
}
