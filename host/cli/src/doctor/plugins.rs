//! Installed plugins: that each can be loaded, and what it is granted is there.

use std::path::Path;

use super::check::Check;
use crate::{
    plugin::{name::whom, store::Store},
    sandbox,
};

pub(super) async fn check(data: &Path) -> Vec<Check> {
    let store = Store::of(data);
    let installed = match store.list() {
        Ok(installed) => installed,
        Err(error) => {
            let mend = "install it again with `stepwell plugin add`";
            return vec![Check::bad("plugins", format!("{error:#}"), mend)];
        }
    };
    if installed.is_empty() {
        return vec![Check::ok("plugins", "none is installed")];
    }
    let sandbox = match sandbox::open() {
        Ok(sandbox) => sandbox,
        Err(error) => {
            let mend = "name another cache directory with $STEPWELL_CACHE_DIR";
            return vec![Check::bad("plugins", format!("{error:#}"), mend)];
        }
    };
    let mut checks = Vec::new();
    for ((tenant, name), record) in &installed {
        let title = format!("`{name}` of {}", whom(tenant.as_ref()));
        let missing: Vec<_> = record
            .grants
            .directories
            .iter()
            .filter(|granted| !granted.host.is_dir())
            .map(|granted| granted.host.display().to_string())
            .collect();
        if !missing.is_empty() {
            let found = format!("{title} is granted what is not there: {}", missing.join(", "));
            let mend = "make it, or take the grant back with `stepwell plugin revoke`";
            checks.push(Check::bad("plugins", found, mend));
            continue;
        }
        checks.push(match store.open(record, &sandbox).await {
            Ok(_) => Check::ok("plugins", format!("{title} can be loaded")),
            Err(error) => Check::bad(
                "plugins",
                format!("{title} cannot be used: {error:#}"),
                "install it again with `stepwell plugin add`",
            ),
        });
    }
    checks
}

/// Where compiled plugins are kept.
pub(super) fn check_cache() -> Check {
    check_sandbox(sandbox::open().map(drop))
}

fn check_sandbox(opened: anyhow::Result<()>) -> Check {
    match opened {
        Ok(()) => Check::ok("compile cache", "compiled plugins can be kept"),
        Err(error) => Check::bad(
            "compile cache",
            format!("{error:#}"),
            "chmod 700 the directory, or name another with $STEPWELL_CACHE_DIR",
        ),
    }
}
