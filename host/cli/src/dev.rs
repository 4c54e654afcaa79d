//! `stepwell dev`.

mod machine;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::bail;
use clap::Args;
use stepwell_api::{Authentication, Limits, Throttle, console::Operators};
use stepwell_journal::sqlite;

use crate::{
    Verdict,
    hosting::Stores,
    logging,
    plugin::installed::{Installation, Sources},
    project::{self, Project},
    sandbox,
    serving::{self, Serving},
};

/// The region of what a request with no region creates.
const REGION: &str = "us-east-1";

/// Serve the API of AWS Step Functions on this machine, for development.
///
/// Any credentials do, and an access key of 12 digits is the account id; so nobody but this machine
/// may reach it. In a directory with a stepwell.toml tasks run in its plugins, with its grants and
/// buckets, and its state machine is created, or updated to what its definition says. The first
/// line on standard output says where it listens, once it is ready, and the second where a browser
/// finds the console. SIGTERM or an interrupt stop it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The port; 0 takes any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,

    /// The address, which must be a loopback address.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,

    /// Keep state machines and executions in a directory; by default they are gone with the
    /// process.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Run tasks in the plugins of a directory: each NAME.wasm in it is the plugin NAME, and those
    /// in a subdirectory ACCOUNT are for that account alone. They get the default limits, and
    /// nothing granted.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,

    /// The directory with the stepwell.toml; the current one by default, if it has any.
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Verdict> {
    let address = arguments.address;
    if !address.is_loopback() {
        bail!(
            "`stepwell dev` takes any credentials and so listens on loopback only, which {address} \
             is not; others can be served by `stepwell serve`"
        );
    }
    logging::start_plain()?;
    let project = project(&arguments)?;
    let listener = serving::listen(SocketAddr::new(address, arguments.port)).await?;
    let sources = Sources {
        directory: arguments.plugins.as_deref(),
        data: arguments.data.as_deref(),
        project: project.as_ref(),
    };
    let installation = Installation::open(sources, sandbox::open()?).await?;
    let stores = match &arguments.data {
        Some(data) => Stores::open(&sqlite::Options::new(data), None).await?,
        None => Stores::in_memory()?,
    };
    let buckets = project.as_ref().map(Project::buckets).transpose()?.unwrap_or_default();
    let host = stores.host(installation.plugins(), buckets, |_| {}).await?;
    let inputs = project.as_ref().map(|project| project.inputs(machine::ACCOUNT)).transpose()?;
    if let Some(project) = &project {
        machine::offer(&stepwell_api::Host::new(host.clone()), project, REGION).await;
    }
    let authentication = Authentication::Development { region: REGION.to_owned() };
    let serving = Serving {
        name: "stepwell dev",
        listener,
        host,
        authentication,
        installation,
        limits: Limits::default(),
        throttle: Throttle::off(),
        inputs,
        grace: serving::GRACE,
        console: true,
        operators: Operators::Everybody,
        admin: None,
    };
    serving.run().await?;
    Ok(Verdict::Good)
}

/// The project that was named, or that is here.
fn project(arguments: &Arguments) -> anyhow::Result<Option<Project>> {
    if let Some(directory) = &arguments.project {
        return Project::read(directory).map(Some);
    }
    let here = std::path::Path::new(".");
    here.join(project::FILE).is_file().then(|| Project::read(here)).transpose()
}
