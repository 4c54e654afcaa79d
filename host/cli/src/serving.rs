//! What `stepwell dev` and `stepwell serve` share: a listener, plugins, and a shutdown that loses
//! nothing.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use stepwell_api::{Authentication, Limits, Server};
use stepwell_engine::Host;
use tokio::net::TcpListener;

use crate::{plugin::installed::Installation, stop::Stop};

/// How long requests and tasks that have begun may take to end once the host is told to stop.
const GRACE: Duration = Duration::from_secs(30);

/// Listens before anything else is set up, so that an address that is taken is told at once.
/// Clients wait until [`serve`] answers them.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Serves until the process is told to stop, by SIGTERM or at the terminal. The one line on
/// standard output says where, once it is ready.
pub(crate) async fn serve(
    what: &str,
    listener: TcpListener,
    host: Host,
    authentication: Authentication,
    installation: Installation,
) -> Result<()> {
    let address = listener.local_addr().context("cannot tell the address")?;
    let service = Arc::new(stepwell_api::Host::new(host.clone()));
    let server = Server::new(service, authentication, Limits::default());
    let stop = Stop::new()?;
    anstream::println!("{what} is ready at http://{address}");
    let serving = async {
        let result = server.run(listener, stop.clone().told(), grace(stop.clone())).await;
        result.context("cannot go on to listen")
    };
    let running = async {
        stop.clone().told().await;
        host.stop(grace(stop.clone())).await;
        Ok(())
    };
    tokio::select! {
        result = async { tokio::try_join!(serving, running) } => result.map(drop),
        never = installation.keep_up() => match never {},
    }
}

/// Over after a while, or once the process is told to stop again.
async fn grace(stop: Stop) {
    tokio::select! {
        () = tokio::time::sleep(GRACE) => {}
        () = stop.told_again() => {}
    }
}
