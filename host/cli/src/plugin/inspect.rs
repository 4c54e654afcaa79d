//! `stepwell plugin inspect`.

use std::{path::PathBuf, str::FromStr as _};

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use clap::Args;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use stepwell_registry::{Access, reference::SCHEME};
use stepwell_sandbox::{
    Info, Kind, Plugin,
    grants::{Effective, Row, Spec},
};

use super::{
    from::From,
    grant_flags::GrantFlags,
    name::{Named, Tenant},
    place::Place,
    registry::{Believed, RegistryFlags},
    table,
};
use crate::{Verdict, plain::plain, project::Project, sandbox};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Show what a plugin is: its tasks and schemas, what it imports and wants, and what it can use of
/// what it is granted.
///
/// The file is admitted just as the host admits it, so a plugin that can be inspected can be run.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The component, or the WASI command; what a registry has, whoever has signed it; with --data
    /// what it is installed as.
    #[arg(value_name = "FILE|oci://REF|NAME[@VERSION]")]
    plugin: From,

    /// Show what it can use of the grants that the project in DIR gives to this file.
    #[arg(long, value_name = "DIR", conflicts_with = "data")]
    project: Option<PathBuf>,

    /// Show the plugin that is installed in a host's data directory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The tenant that it is installed for, by its account id.
    #[arg(long, value_name = "ID", requires = "data")]
    tenant: Option<Tenant>,

    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    grants: GrantFlags,

    #[command(flatten)]
    registry: RegistryFlags,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    info: &'a Info,
    /// By the name under which the plugin is installed.
    #[serde(serialize_with = "all_without_values")]
    grants: Vec<(String, Spec)>,
    /// What it can use, for each of these grants.
    effective: Vec<(String, Vec<Row>)>,
}

/// The grants, but of environment variables the names alone: the values may be secrets.
pub(super) fn without_values(spec: &Spec) -> Result<Value> {
    let mut document = serde_json::to_value(spec)?;
    document["environment"] = json!(spec.environment.keys().collect::<Vec<_>>());
    Ok(document)
}

fn all_without_values<S: Serializer>(
    grants: &[(String, Spec)],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    let shown = grants.iter().map(|(name, spec)| Ok((name, without_values(spec)?)));
    let shown = shown.collect::<Result<Vec<_>>>().map_err(serde::ser::Error::custom)?;
    serializer.collect_seq(shown)
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let (plugin, grants) = match &arguments.data {
        Some(data) => installed(&arguments, data.clone()).await?,
        None => file(&arguments).await?,
    };
    let info = plugin.info();
    let all: Vec<Effective> = grants.iter().map(|(_, spec)| spec.effective(info)).collect();
    if arguments.json {
        let rows = grants.iter().zip(all).map(|((name, _), all)| (name.clone(), all.rows));
        let effective = rows.collect();
        let report = Report { info, grants, effective };
        anstream::println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(Verdict::Good);
    }
    show(info);
    heading("can use");
    for ((name, _), effective) in grants.iter().zip(&all) {
        anstream::println!("  as {BOLD}{}{BOLD:#}:", plain(name));
        table::show(effective);
    }
    if grants.is_empty() {
        anstream::println!("  nothing: the project has no plugin from this file");
    }
    Ok(Verdict::Good)
}

/// The plugin in a file, and what is granted to it by name: by a project, or here.
async fn file(arguments: &Arguments) -> Result<(Plugin, Vec<(String, Spec)>)> {
    let from = &arguments.plugin;
    let bytes = match from {
        From::File(file) => sandbox::read(file)?,
        From::Registry(reference) => {
            let check = |_: &_| Ok(());
            let registry = &arguments.registry;
            let pulled = registry.pull(reference, &Believed::Unsigned, None, check).await?;
            if !arguments.json {
                let manifest = pulled.source.manifest;
                let remote = registry.open(reference.repository(), Access::Pull)?;
                let signed = match remote.signatures(&manifest).await {
                    Ok(none) if none.is_empty() => "unsigned".to_owned(),
                    Ok(_) => "signed: `stepwell plugin verify` says by whom".to_owned(),
                    Err(error) => error.to_string(),
                };
                anstream::println!("{SCHEME}{}, {signed}", reference.clone().with_digest(manifest));
            }
            pulled.bytes
        }
    };
    let plugin = sandbox::open()?
        .admit(bytes)
        .await
        .with_context(|| format!("{from} cannot be used as a plugin"))?;
    let mut grants = match &arguments.project {
        Some(directory) => Project::read(directory)?.granted(from),
        None => vec![(plugin.info().name.clone(), Spec::default())],
    };
    add(&mut grants, arguments.grants.clone())?;
    Ok((plugin, grants))
}

/// A plugin that is installed, and what is granted to it.
async fn installed(arguments: &Arguments, data: PathBuf) -> Result<(Plugin, Vec<(String, Spec)>)> {
    let named = Named::from_str(&arguments.plugin.to_string()).map_err(anyhow::Error::msg)?;
    let place = Place { data, tenant: arguments.tenant.clone() };
    let record = place.installed(&named.name)?;
    let version = match &named.version {
        Some(selector) => record
            .find(selector)
            .with_context(|| format!("`{}` has no such version", named.name))?,
        None => record.current().context("nothing is current")?,
    };
    let plugin = place.store().admit(version, &sandbox::open()?).await?;
    let mut grants = vec![(named.name.as_str().to_owned(), record.grants)];
    add(&mut grants, arguments.grants.clone())?;
    Ok((plugin, grants))
}

/// Adds the grants that are tried out here.
fn add(grants: &mut [(String, Spec)], more: GrantFlags) -> Result<()> {
    let more = more.spec(&std::env::current_dir().context("cannot tell where we are")?)?;
    for (_, spec) in grants {
        spec.add(more.clone());
    }
    Ok(())
}

fn show(info: &Info) {
    let kind = match info.kind {
        Kind::Component => "component",
        Kind::Command => "WASI command",
    };
    anstream::println!("{BOLD}{}{BOLD:#} {}  {DIM}{kind}{DIM:#}", info.name, info.version);
    if !info.summary.is_empty() {
        anstream::println!("{}", plain(&info.summary));
    }
    anstream::println!("{DIM}{}{DIM:#}", info.digest);
    show_tasks(info);
    heading("imports");
    list(info.imports.iter().cloned(), "nothing");
    heading("wants");
    list(info.wants.lines(), "nothing");
}

fn show_tasks(info: &Info) {
    heading("tasks");
    let cyan = AnsiColor::Cyan.on_default();
    for task in &info.tasks {
        let effect = task.effect.as_str();
        anstream::println!(
            "  {cyan}{}{cyan:#}  {DIM}{effect}{DIM:#}  {}",
            task.name,
            plain(&task.summary)
        );
        for (side, schema) in [("input", &task.input_schema), ("output", &task.output_schema)] {
            let schema = match schema {
                Some(schema) => plain(&format!("{schema:#}")).replace('\n', "\n    "),
                None => "anything".to_owned(),
            };
            anstream::println!("    {DIM}{side}{DIM:#} {schema}");
        }
    }
}

/// The grants, one a line.
pub(super) fn granted(spec: &Spec) -> impl Iterator<Item = String> {
    let Spec {
        directories,
        scratch,
        connect,
        http,
        environment,
        config,
        secrets,
        key_value,
        random_seed,
        clock,
    } = spec;
    let http = http.iter().map(|rule| format!("http {rule}"));
    let connect = connect.iter().map(|endpoint| format!("connect {endpoint}"));
    let directories = directories.iter().map(|directory| format!("directory {directory}"));
    let scratch = scratch.iter().map(|size| format!("scratch {size}"));
    let environment = environment.keys().map(|name| format!("environment {name}"));
    let config = config.iter().map(|(name, value)| format!("config {name} = {value}"));
    let secrets = secrets.iter().map(|secret| format!("secret {secret}"));
    let key_value = key_value.iter().map(|store| format!("key-value {store}"));
    let random_seed = random_seed.iter().map(|seed| format!("random-seed {seed}"));
    let clock = clock.iter().map(|at| format!("clock {at}"));
    directories
        .chain(http)
        .chain(connect)
        .chain(scratch)
        .chain(environment)
        .chain(config)
        .chain(secrets)
        .chain(key_value)
        .chain(random_seed)
        .chain(clock)
}

fn heading(title: &str) {
    anstream::println!("\n{BOLD}{title}{BOLD:#}");
}

fn list(lines: impl Iterator<Item = String>, none: &str) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        anstream::println!("  {none}");
    }
    for line in lines {
        anstream::println!("  {}", plain(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_variables_are_not_shown() {
        let environment = [("TOKEN".to_owned(), "hush".to_owned())].into();
        let grants = vec![("one".to_owned(), Spec { environment, ..Spec::default() })];
        let shown = all_without_values(&grants, serde_json::value::Serializer).unwrap();
        assert_eq!(shown[0][1]["environment"], json!(["TOKEN"]));
        assert_eq!(granted(&grants[0].1).collect::<Vec<_>>(), ["environment TOKEN"]);
    }
}
