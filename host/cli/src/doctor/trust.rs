//! Whom the host's operator trusts to publish plugins.

use std::path::Path;

use super::check::Check;
use crate::plugin::store::Store;

pub(super) fn check(data: &Path) -> Check {
    let what = "publishers";
    match Store::of(data).all_publishers() {
        Ok(all) if all.is_empty() => Check::ok(what, "nobody is trusted to publish plugins"),
        Ok(all) => {
            let names: Vec<_> = all.iter().map(|(_, publisher)| publisher.name.as_str()).collect();
            Check::ok(what, format!("{} may publish plugins", names.join(", ")))
        }
        Err(error) => {
            let mend = "restore that file from a backup, or remove it and trust them again with \
                        `stepwell plugin trust add`";
            Check::bad(what, format!("{error:#}"), mend)
        }
    }
}
