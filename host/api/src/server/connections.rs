//! Connections: taken up to a number, served, and ended in good order.

use std::{future::Future, io, pin::pin, time::Duration};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_io_timeout::TimeoutStream;

use super::Server;

/// What hyper needs at least.
const LEAST_HEAD: usize = 8192;

impl Server {
    /// Serves a listener until `shutdown` is ready. Then no connection is taken any more, and
    /// requests that have begun are answered, for as long as `grace` is not ready.
    ///
    /// Connections over [`Limits::connections`](super::Limits::connections) wait in the system's
    /// queue until one is free.
    ///
    /// # Errors
    /// Where the listener is of no use any more.
    pub async fn run(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
        grace: impl Future<Output = ()>,
    ) -> io::Result<()> {
        // Those that are left when it is dropped are cut off.
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => {}
                stream = accept(&listener), if connections.len() < self.shared.limits.connections => {
                    let (server, stream) = (self.clone(), stream?);
                    connections.spawn(async move { server.connection(stream).await });
                }
            }
        }
        drop(listener);
        self.shared.closing.send_replace(true);
        let rest = async { while connections.join_next().await.is_some() {} };
        tokio::select! {
            () = rest => {}
            () = grace => {}
        }
        Ok(())
    }

    /// Serves one connection: a socket, a TLS stream, a pipe. It ends when the client, a time limit
    /// or the end of [`run`](Self::run) says so.
    pub async fn connection(&self, io: impl AsyncRead + AsyncWrite + Send + 'static) {
        let limits = &self.shared.limits;
        let mut io = Box::pin(TimeoutStream::new(io));
        io.as_mut().set_write_timeout_pinned(Some(limits.write_time));
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.head_time)
                .max_buf_size(limits.head.max(LEAST_HEAD))
                .serve_connection(TokioIo::new(io), TowerToHyperService::new(self.router()))
        );
        let mut closing = self.shared.closing.subscribe();
        tokio::select! {
            // Whatever was wrong, the client has been told, or is not there to be told.
            _ = connection.as_mut() => return,
            // The sender lives as long as this server does.
            _ = closing.wait_for(|closing| *closing) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// The next connection. What is wrong with one is not the listener's fault, and when there are too
/// many open files, there may be fewer in a second.
async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    loop {
        let error = match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are written in one piece, so there is nothing to be collected.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => error,
        };
        match error.kind() {
            io::ErrorKind::InvalidInput => return Err(error),
            io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset => {}
            _ => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}
