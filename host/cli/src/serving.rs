//! What `stepwell dev` and `stepwell serve` share: a listener, plugins, and a shutdown that loses
//! nothing.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use stepwell_api::{
    Authentication, Limits, Server, Tenants, Throttle, admin,
    console::{Operators, inputs::ProjectInputs},
};
use stepwell_engine::Host;
use tokio::net::TcpListener;

use crate::{plugin::installed::Installation, stop::Stop};

/// How long requests and tasks that have begun may take to end once the host is told to stop.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

/// Listens before anything else is set up, so that an address that is taken is told at once.
/// Clients wait until [`Serving::run`] answers them.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// What is served, and how.
pub(crate) struct Serving {
    /// The command, as it is told when it is ready.
    pub(crate) name: &'static str,
    pub(crate) listener: TcpListener,
    pub(crate) host: Host,
    pub(crate) authentication: Authentication,
    pub(crate) installation: Installation,
    pub(crate) limits: Limits,
    pub(crate) throttle: Throttle,
    /// How long what has begun may take to end, once the host is told to stop.
    pub(crate) grace: Duration,
    /// Whether the console is served.
    pub(crate) console: bool,
    /// Who may see the figures of all tenants.
    pub(crate) operators: Operators,
    /// What the project says of the inputs of its state machine.
    pub(crate) inputs: Option<ProjectInputs>,
    /// Where tenants are managed while the host runs.
    pub(crate) admin: Option<(admin::Listener, Arc<Tenants>)>,
}

impl Serving {
    /// Serves until the process is told to stop, by SIGTERM or at the terminal. The first line on
    /// standard output says where, once it is ready; the second, where the console is.
    pub(crate) async fn run(self) -> Result<()> {
        let address = self.listener.local_addr().context("cannot tell the address")?;
        let service = stepwell_api::Host::new(self.host.clone())
            .with_operators(self.operators)
            .with_plugins(self.installation.catalogue());
        let service = match self.inputs {
            Some(inputs) => service.with_inputs(inputs),
            None => service,
        };
        let service = match &self.admin {
            Some((_, tenants)) => service.with_tenants(tenants.clone()),
            None => service,
        };
        let service = Arc::new(service);
        let server = Server::throttled(service, self.authentication, self.limits, self.throttle);
        let server = if self.console { server } else { server.without_page() };
        let stop = Stop::new()?;
        anstream::println!("{} is ready at http://{address}", self.name);
        if self.console {
            match stepwell_console::LEFT_OUT {
                None => anstream::println!("the console is at http://{address}/console/"),
                Some(why) => anstream::println!("the console was left out of this build: {why}"),
            }
        }
        let over = || grace(self.grace, stop.clone());
        let serving = async {
            let result = server.run(self.listener, stop.clone().told(), over()).await;
            result.context("cannot go on to listen")
        };
        let running = async {
            stop.clone().told().await;
            tracing::info!("the host is told to stop");
            self.host.stop(over()).await;
            Ok(())
        };
        let managed = async {
            match &self.admin {
                Some((listener, tenants)) => listener.serve(tenants.clone()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = async { tokio::try_join!(serving, running) } => result.map(drop),
            never = self.installation.keep_up() => match never {},
            () = managed => Ok(()),
        }
    }
}

/// Over after a while, or once the process is told to stop again.
async fn grace(time: Duration, stop: Stop) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.told_again() => {}
    }
}
