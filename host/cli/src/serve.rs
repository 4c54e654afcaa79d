//! `stepwell serve`.

mod config;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use clap::Args;
use stepwell_api::{Authentication, Clock, Tenants, admin};
use stepwell_engine::{TaskRunner, host::Settings};

pub(crate) use self::config::Config;
use crate::{
    Verdict,
    hosting::Stores,
    logging,
    plugin::installed::{Installation, Sources},
    serving::Serving,
};

/// Where a host listens unless somebody says otherwise: a proxy with TLS belongs in front.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// Run a host for tenants: executions that survive whatever kills it, behind the API of AWS Step
/// Functions.
///
/// Requests are signed with the access keys that `stepwell tenant` makes, and tasks run in the
/// plugins that `stepwell plugin add` installs; both are heeded while the host runs. It speaks
/// HTTP: put a proxy with TLS in front of it. The first line on standard output says where it
/// listens, once it is ready, and the second where a browser finds the console; what happens is
/// logged to standard error. SIGTERM or an interrupt stop it: what has begun may end, and with what
/// has not the next host goes on.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The configuration, whose keys examples/serve.toml explains; what is named here comes first.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Keep everything in a directory, which one host at a time can have.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The address and port; 127.0.0.1:8080 by default.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// The file of the host's key; by default it is beside the data directory, named DIR.key.
    #[arg(long, value_name = "FILE")]
    host_key: Option<PathBuf>,

    /// What is logged: error, warn, info, debug or trace, of some parts otherwise:
    /// `info,stepwell_engine=debug`.
    #[arg(long, value_name = "LEVELS")]
    log: Option<logging::Levels>,

    /// How it is logged.
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<logging::Format>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let config = match &arguments.config {
        Some(file) => Config::read(file)?,
        None => Config::default(),
    };
    let data = arguments.data.as_ref().or(config.data.as_ref());
    let data = data.context("a host needs a data directory: name it with --data")?;
    let host_key = arguments.host_key.as_deref().or(config.host_key.as_deref());
    logging::start(
        arguments.log.as_ref().unwrap_or(&config.log.level),
        arguments.log_format.unwrap_or(config.log.format),
    )?;
    let listen = arguments.listen.or(config.listen).unwrap_or(LISTEN);
    let listener = crate::serving::listen(listen).await?;

    let stores = Stores::open(&config.limits.journal(data), host_key).await?;
    let tenants = Arc::new(Tenants::new(stores.catalog.clone(), &stores.key, Clock::system()));
    let admin = admin::Listener::bind(data)
        .with_context(|| format!("cannot listen for `stepwell tenant` in {}", data.display()))?;
    let sources = Sources { data: Some(data), ..Sources::default() };
    let installation = Installation::open(sources, config.sandbox.open()?).await?;
    let buckets = config.buckets()?;
    let limits = &config.limits;
    let runner: Arc<dyn TaskRunner> = installation.plugins();
    let events = config.destinations(&runner)?;
    let settings = |settings: &mut Settings| {
        limits.apply(settings);
        settings.events = events;
    };
    let host = stores.host(runner, buckets, settings).await?;
    let authentication = Authentication::Signatures {
        keys: tenants.clone(),
        region: config.region.clone(),
        clock: Clock::system(),
    };
    let serving = Serving {
        name: "stepwell serve",
        listener,
        host,
        authentication,
        installation,
        limits: limits.of_server(),
        throttle: config.throttling.throttle(Clock::system()),
        grace: limits.grace(),
        console: config.console.enabled,
        operators: config.console.operators(),
        inputs: None,
        admin: Some((admin, tenants)),
    };
    serving.run().await?;
    Ok(Verdict::Good)
}
