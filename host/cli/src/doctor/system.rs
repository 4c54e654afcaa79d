//! What the system allows the host.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use rustix::process::{Resource, getrlimit};

use super::check::Check;

/// What a host needs beside its connections: the journal, plugins, what tasks connect to.
const BESIDE: u64 = 512;

/// How many files this process may open.
pub(super) fn open_files() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

pub(super) fn check_open_files(limit: Option<u64>, connections: usize) -> Check {
    let what = "open files";
    let needed = connections as u64 + BESIDE;
    let mend = format!(
        "raise it to {needed}: `ulimit -n`, or LimitNOFILE= of the service; or lower \
         `limits.connections`"
    );
    match limit {
        None => Check::ok(what, "as many as one likes"),
        Some(limit) if limit >= needed => Check::ok(what, format!("{limit} at most")),
        Some(limit) if limit < BESIDE => {
            Check::bad(what, format!("{limit} at most, which is too few for any host"), mend)
        }
        Some(limit) => {
            Check::warn(what, format!("{limit} at most, for up to {connections} connections"), mend)
        }
    }
}

/// Whether the host could listen where its configuration says.
pub(super) fn check_port(address: SocketAddr) -> Check {
    let what = "port";
    match TcpListener::bind(address) {
        Ok(_) => Check::ok(what, format!("{address} is free")),
        Err(error) => {
            let mend = match error.kind() {
                io::ErrorKind::AddrInUse => "stop what listens there, or change `listen`",
                io::ErrorKind::PermissionDenied => {
                    "choose a port from 1024 on, and put a proxy in front"
                }
                _ => "change `listen` to an address of this machine",
            };
            Check::bad(what, format!("cannot listen on {address}: {error}"), mend)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_open_files_are_told() {
        let mend = "raise it to 10512: `ulimit -n`, or LimitNOFILE= of the service; or lower \
                    `limits.connections`";
        assert_eq!(
            check_open_files(Some(1_024), 10_000).line(),
            format!("Warn open files: 1024 at most, for up to 10000 connections -- {mend}")
        );
        assert_eq!(
            check_open_files(Some(64), 10_000).line(),
            format!("Bad open files: 64 at most, which is too few for any host -- {mend}")
        );
        assert_eq!(check_open_files(Some(20_000), 10_000).line(), "Ok open files: 20000 at most");
        assert_eq!(check_open_files(None, 1).line(), "Ok open files: as many as one likes");
    }

    #[test]
    fn a_port_that_is_taken_is_bad() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let line = check_port(address).line();
        assert!(line.starts_with(&format!("Bad port: cannot listen on {address}: ")), "{line}");
        assert!(line.ends_with("-- stop what listens there, or change `listen`"), "{line}");
        drop(taken);
        assert_eq!(check_port(address).line(), format!("Ok port: {address} is free"));
        let line = check_port("192.0.2.1:8080".parse().unwrap()).line();
        assert!(line.ends_with("-- change `listen` to an address of this machine"), "{line}");
    }
}
