//! `stepwell plugin list`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use comfy_table::{Table, presets};
use serde_json::{Value, json};

use super::{
    inspect::{granted, without_values},
    name::Tenant,
    store::{Key, Record, Store},
};
use crate::{Verdict, plain::plain};

/// Show the plugins that are installed for the host that keeps its data in DIR.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The host's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,

    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let installed = Store::of(&arguments.data).list()?;
    if arguments.json {
        let all = installed.iter().map(document).collect::<Result<Vec<_>>>()?;
        anstream::println!("{}", serde_json::to_string_pretty(&json!({ "plugins": all }))?);
    } else if installed.is_empty() {
        anstream::println!("no plugins are installed in {}", arguments.data.display());
    } else {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["plugin", "version", "tenant", "digest", "grants"]);
        for ((tenant, name), record) in &installed {
            let grants: Vec<_> = granted(&record.grants).collect();
            table.add_row([
                name.as_str().to_owned(),
                plain(&record.version).into_owned(),
                tenant.as_ref().map_or("all", Tenant::as_str).to_owned(),
                record.digest.hex()[..12].to_owned(),
                plain(&grants.join("\n")).into_owned(),
            ]);
        }
        anstream::println!("{}", table.trim_fmt());
    }
    Ok(Verdict::Good)
}

fn document(((tenant, name), record): &(Key, Record)) -> Result<Value> {
    Ok(json!({
        "name": name.as_str(),
        "version": record.version,
        "tenant": tenant.as_ref().map(Tenant::as_str),
        "digest": record.digest,
        "limits": record.limits,
        "grants": without_values(&record.grants)?,
    }))
}
