//! What a host shows in its console, and has it start with.

mod machine;
mod plugins;

use super::{host::Host, *};

/// What a host says of its console, on the second line.
fn says(address: &str) -> String {
    match stepwell_console::LEFT_OUT {
        None => format!("the console is at http://{address}/console/\n"),
        Some(why) => format!("the console was left out of this build: {why}\n"),
    }
}

#[test]
fn a_host_says_where_its_console_is_unless_it_serves_none() {
    let directory = tempfile::tempdir().unwrap();
    let dev = Host::dev(directory.path(), &[]);
    let said = says(&dev.address);
    assert_eq!(dev.stop_as_printed(), (Some(0), said));

    let data = directory.path().join("data");
    let data = data.to_str().unwrap();
    let add = ["tenant", "add", "payments", "--data", data];
    assert_eq!(stepwell(&add).status.code(), Some(0));
    let serve = ["--listen", "127.0.0.1:0", "--data", data];
    let host = Host::serve(directory.path(), &serve);
    let said = says(&host.address);
    assert_eq!(host.stop_as_printed(), (Some(0), said));

    fs::write(directory.path().join("serve.toml"), "[console]\nenabled = false\n").unwrap();
    let without = [&serve[..], &["--config", "serve.toml"]].concat();
    let host = Host::serve(directory.path(), &without);
    assert_eq!(host.stop_as_printed(), (Some(0), String::new()));
}
