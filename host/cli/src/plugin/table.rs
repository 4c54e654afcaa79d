//! What a plugin can use, for people.

use anstyle::AnsiColor;
use anyhow::Result;
use comfy_table::{Table, presets};
use stepwell_sandbox::{
    Grants,
    grants::{Access, Effective, Row, Spec},
};

use super::config::make_directories;
use crate::plain::plain;

/// All that is granted, wanted or imported, a line for each.
pub(super) fn show(effective: &Effective) {
    if effective.rows.is_empty() {
        anstream::println!("  nothing is granted, wanted or imported");
        return;
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["  capability", "what", "state", "reason"]);
    for Row { capability, what, state, reason } in &effective.rows {
        table.add_row([
            format!("  {}", capability.as_str()),
            plain(what).into_owned(),
            state.as_str().to_owned(),
            plain(reason).into_owned(),
        ]);
    }
    anstream::println!("{}", table.trim_fmt());
}

/// Tells on standard error of grants that have no effect.
pub(super) fn warn(name: &str, effective: &Effective) {
    let yellow = AnsiColor::Yellow.on_default().bold();
    for Row { capability, what, reason, .. } in effective.idle() {
        anstream::eprintln!(
            "{yellow}warning{yellow:#}: a grant of the plugin `{name}` has no effect: {} {}: {}",
            capability.as_str(),
            plain(what),
            plain(reason)
        );
    }
}

/// Makes the directories to write to that are granted anew, once it is seen that the plugin can use
/// the rest.
pub(super) fn prepare(effective: &Effective, new: &Spec) -> Result<()> {
    let mut there = effective.clone();
    there.spec.directories.retain(|granted| {
        !new.directories.contains(granted)
            || granted.host.is_dir()
            || granted.access == Access::ReadOnly
    });
    check(&there)?;
    make_directories(new)?;
    check(effective)
}

/// Sees that what a plugin can use is there for the host to open. Secrets are left out: they may be
/// in variables that the host alone has.
pub(super) fn check(effective: &Effective) -> Result<()> {
    let spec = Spec { secrets: Vec::new(), ..effective.spec.clone() };
    Grants::open(spec)?;
    Ok(())
}
