//! What `stepwell dev` and `stepwell serve` share: a listener, plugins, and a shutdown that loses
//! nothing.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use stepwell_api::{Authentication, Limits, Server, Service};
use tokio::net::TcpListener;

use crate::{plugin::installed::Installation, stop::Stop};

/// How long requests that have begun may take to be answered once the host is told to stop.
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
    service: Arc<dyn Service>,
    authentication: Authentication,
    installation: Installation,
) -> Result<()> {
    let address = listener.local_addr().context("cannot tell the address")?;
    let server = Server::new(service, authentication, Limits::default());
    let stop = Stop::new()?;
    let again = stop.clone();
    anstream::println!("{what} is ready at http://{address}");
    let serving = server.run(listener, stop.told(), async {
        tokio::select! {
            () = tokio::time::sleep(GRACE) => {}
            () = again.told_again() => {}
        }
    });
    tokio::select! {
        result = serving => result.context("cannot go on to listen"),
        never = installation.keep_up() => match never {},
    }
}
