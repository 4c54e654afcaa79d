//! The process that compiles a plugin for a host.

use crate::{stderr, stdout, stepwell};

#[test]
fn it_is_for_hosts_alone() {
    assert!(!stdout(&stepwell(&["--help"])).contains("compile-plugin"));
    let alone = stepwell(&["compile-plugin"]);
    assert_eq!(alone.status.code(), Some(2));
    let said = stderr(&alone);
    assert!(said.contains("cannot compile the plugin"), "{said}");
    assert!(said.contains("EOF while parsing"), "{said}");
}
