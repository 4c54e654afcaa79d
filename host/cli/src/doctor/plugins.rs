//! Installed plugins: that each can be loaded, and what it is granted is there.

use std::path::Path;

use stepwell_sandbox::grants::{self, Source};

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
            let mend = "see that it can be read";
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
    for ((tenant, name), found) in installed {
        let title = format!("`{name}` of {}", whom(tenant.as_ref()));
        let mut record = match found {
            Ok(record) => record,
            Err(error) => {
                let found = format!("{title} cannot be used: {error:#}");
                let mend = "restore that file from a backup, or remove it and install the plugin \
                            again";
                checks.push(Check::bad("plugins", found, mend));
                continue;
            }
        };
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
        // The host may have variables that are not here.
        let mut elsewhere = Vec::new();
        record.grants.secrets.retain(|secret| match &secret.from {
            Source::Env(variable) if std::env::var_os(variable).is_none() => {
                elsewhere.push(variable.clone());
                false
            }
            _ => true,
        });
        if !elsewhere.is_empty() {
            let found = format!(
                "{title} is granted secrets from variables that are not set here: {}",
                elsewhere.join(", ")
            );
            checks.push(Check::warn("plugins", found, "see that the host has them"));
        }
        let (_, failed) = store.open(&record, &sandbox).await;
        if failed.is_empty() {
            checks.push(Check::ok("plugins", format!("{title} can be loaded")));
        }
        checks.extend(failed.iter().map(|error| {
            let found = format!("{title} cannot be used: {error:#}");
            Check::bad("plugins", found, mend(error))
        }));
    }
    checks
}

/// What to do about a version that cannot be opened.
fn mend(error: &anyhow::Error) -> &'static str {
    match error.chain().any(<dyn std::error::Error>::is::<grants::Error>) {
        true => "mend what is named, or take the grant back with `stepwell plugin revoke`",
        false => {
            "install that version again: remove it with `stepwell plugin remove`, or all of it where \
             it is current, and add it with `stepwell plugin upgrade`, or `stepwell plugin add`"
        }
    }
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

#[cfg(test)]
mod tests {
    use stepwell_sandbox::{
        Grants,
        grants::{Exposure, Secret, Spec},
    };

    use super::*;

    #[test]
    fn what_is_granted_and_not_there_is_no_fault_of_the_file() {
        let secret = Secret {
            name: "KEY".to_owned(),
            from: Source::File("/nowhere".into()),
            expose: Exposure::Value,
            hosts: Vec::new(),
        };
        let error = Grants::open(Spec { secrets: vec![secret], ..Spec::default() }).unwrap_err();
        let error = anyhow::Error::from(error).context("version 1.0.0");
        assert_eq!(
            mend(&error),
            "mend what is named, or take the grant back with `stepwell plugin revoke`"
        );
        assert!(mend(&anyhow::anyhow!("damaged")).starts_with("install that version again: "));
    }
}
