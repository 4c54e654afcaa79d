//! TCP: which endpoints a guest reaches, be it to speak SMTP or anything else there.
//!
//! A guest resolves a name and connects to an address. So that a grant for a name holds for what
//! it resolved to, and for nothing else, the lookup is watched: only granted names are looked up,
//! and their addresses are remembered for the call.

mod connections;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::{
    WasiCtxBuilder,
    p2::{
        DynPollable, IoError, Network as NetworkHandle, SocketError,
        bindings::sockets::{
            ip_name_lookup::{Host as LookupHost, HostResolveAddressStream, ResolveAddressStream},
            network::{self, ErrorCode, IpAddress},
        },
    },
    sockets::{SocketAddrUse, WasiSocketsCtxView},
};

pub(crate) use connections::watch as watch_connections;

use super::{
    address::is_public,
    endpoint::{Endpoint, Host},
    refusals::Refusals,
    watch::Use,
};
use crate::{
    calls::{Pending, Recorder},
    grants::{Capability, Grants},
};

/// The network as one call sees it.
#[derive(Clone)]
pub(crate) struct Network {
    grants: Grants,
    refusals: Refusals,
    calls: Recorder,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// The names that each address was resolved from.
    names: HashMap<IpAddr, Vec<String>>,
    /// The names that are being resolved, by the handle of the answer.
    lookups: HashMap<u32, Looked>,
    /// How many look-ups had no answer yet. One that the guest has given up counts on: a thread of
    /// the host waits for it all the same.
    unanswered: usize,
    /// The connections that are being made, by the handle of the socket.
    connecting: HashMap<u32, Pending>,
    /// The last address that was refused.
    refused: Option<SocketAddr>,
}

struct Looked {
    name: String,
    /// Until it is answered.
    call: Option<Pending>,
}

/// Most look-ups of a call that have no answer.
const MOST_UNANSWERED: usize = 8;

/// Bytes of the longest domain name, as in RFC 1035.
const MAX_NAME: usize = 253;

impl Network {
    pub(crate) fn new(grants: Grants, refusals: Refusals, calls: Recorder) -> Self {
        Self { grants, refusals, calls, seen: Arc::default() }
    }

    /// Lets the guest open what is granted.
    pub(crate) fn configure(&self, wasi: &mut WasiCtxBuilder) {
        let endpoints = self.endpoints();
        wasi.allow_tcp(true)
            .allow_udp(false)
            .allow_ip_name_lookup(endpoints.iter().any(|e| matches!(e.host, Host::Name(_))));
        let network = self.clone();
        wasi.socket_addr_check(move |address, usage| {
            let allowed = network.allows(address, usage);
            Box::pin(std::future::ready(allowed))
        });
    }

    fn allows(&self, address: SocketAddr, usage: SocketAddrUse) -> bool {
        match usage {
            // The system binds a socket to no address in particular before it connects.
            SocketAddrUse::TcpBind if address.ip().is_unspecified() && address.port() == 0 => true,
            SocketAddrUse::TcpConnect => {
                self.grants.used(|| Use::Connect(address.to_string()));
                let connects = self.connects(address);
                self.seen().refused = (!connects).then_some(address);
                connects
            }
            _ => {
                self.refusals.note(format!(
                    "Listening or sending at {address} was refused: only TCP connections to \
                     granted endpoints are allowed."
                ));
                false
            }
        }
    }

    fn connects(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        let names = self.seen().names.get(&ip).cloned().unwrap_or_default();
        let mut private = None;
        for Endpoint { host, port } in self.endpoints() {
            if *port != address.port() {
                continue;
            }
            match host {
                Host::Address(granted) if *granted == ip => return true,
                Host::Name(name) if names.contains(name) => {
                    if is_public(ip) || (name == "localhost" && ip.is_loopback()) {
                        return true;
                    }
                    private = Some(name);
                }
                _ => {}
            }
        }
        self.refusals.note(match private {
            Some(name) => format!(
                "Connecting to {address} was refused: `{name}` is granted, but resolves to an \
                 address that is not public. Grant `{address}` itself if that is meant."
            ),
            None => format!("Connecting to {address} was refused: it is not granted."),
        });
        false
    }

    fn looks_up(&self, name: &str) -> bool {
        if name.len() > MAX_NAME {
            self.refusals.note(format!(
                "Looking up a name of {} bytes was refused: none that can be granted is longer \
                 than {MAX_NAME}.",
                name.len()
            ));
            return false;
        }
        self.grants.used(|| Use::Connect(name.to_owned()));
        let granted = self.endpoints().iter().any(|endpoint| match &endpoint.host {
            Host::Name(granted) => granted == name,
            Host::Address(granted) => name.parse() == Ok(*granted),
        });
        if !granted {
            self.refusals.note(format!("Looking up `{name}` was refused: it is not granted."));
            return false;
        }
        if self.seen().unanswered >= MOST_UNANSWERED {
            self.refusals.note(format!(
                "Looking up `{name}` was refused: {MOST_UNANSWERED} look-ups of the call have had \
                 no answer."
            ));
            return false;
        }
        true
    }

    fn begun(&self, answer: u32, name: String, call: Pending) {
        let mut seen = self.seen();
        seen.lookups.insert(answer, Looked { name, call: Some(call) });
        seen.unanswered += 1;
    }

    fn answered(&self, answer: u32, with: impl FnOnce() -> String) {
        let mut seen = self.seen();
        let Seen { lookups, unanswered, .. } = &mut *seen;
        if let Some(call) = lookups.get_mut(&answer).and_then(|looked| looked.call.take()) {
            *unanswered -= 1;
            call.end(with());
        }
    }

    fn endpoints(&self) -> &[Endpoint] {
        &self.grants.spec().connect
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Whole between any two of its operations, so a panic elsewhere does not spoil it.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error in the words of WASI, such as `connection-refused`.
fn said(code: ErrorCode) -> String {
    code.name().replace('-', " ")
}

/// Marks the host's side of `wasi:sockets/ip-name-lookup` in the linker.
pub(crate) struct HasLookup;

impl HasData for HasLookup {
    type Data<'a> = Lookup<'a>;
}

/// Wasmtime's own lookup, watched.
pub(crate) struct Lookup<'a> {
    pub(crate) inner: WasiSocketsCtxView<'a>,
    pub(crate) network: Network,
}

impl network::Host for Lookup<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        self.inner.convert_error_code(error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<IoError>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.inner.network_error_code(error)
    }
}

impl network::HostNetwork for Lookup<'_> {
    fn drop(&mut self, handle: Resource<NetworkHandle>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.inner, handle)
    }
}

impl LookupHost for Lookup<'_> {
    fn resolve_addresses(
        &mut self,
        handle: Resource<NetworkHandle>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let shown = || format!("look up {}", &name[..name.floor_char_boundary(MAX_NAME)]);
        let call = self.network.calls.begin(Capability::Connect, shown);
        if !self.network.looks_up(&name) {
            call.refused("it is not granted");
            return Err(ErrorCode::AccessDenied.into());
        }
        match self.inner.resolve_addresses(handle, name.clone()) {
            Ok(answer) => {
                self.network.begun(answer.rep(), name, call);
                Ok(answer)
            }
            Err(error) => {
                call.end("it is no name");
                Err(error)
            }
        }
    }
}

impl HostResolveAddressStream for Lookup<'_> {
    fn resolve_next_address(
        &mut self,
        answer: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        let rep = answer.rep();
        let address = match self.inner.resolve_next_address(answer).map_err(SocketError::downcast) {
            Err(Ok(ErrorCode::WouldBlock)) => return Err(ErrorCode::WouldBlock.into()),
            Err(Ok(error)) => {
                self.network.answered(rep, || said(error));
                return Err(error.into());
            }
            Err(Err(trap)) => return Err(SocketError::trap(trap)),
            Ok(address) => address,
        };
        self.network.answered(rep, || match address {
            Some(address) => ip_of(address).to_string(),
            None => "no address".to_owned(),
        });
        if let Some(address) = address {
            let mut seen = self.network.seen();
            if let Some(name) = seen.lookups.get(&rep).map(|looked| looked.name.clone()) {
                let names = seen.names.entry(ip_of(address)).or_default();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Ok(address)
    }

    fn subscribe(
        &mut self,
        answer: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        self.inner.subscribe(answer)
    }

    fn drop(&mut self, answer: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        self.network.seen().lookups.remove(&answer.rep());
        HostResolveAddressStream::drop(&mut self.inner, answer)
    }
}

fn ip_of(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
            IpAddr::from(Ipv6Addr::new(a, b, c, d, e, f, g, h)).to_canonical()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{capability::refusals::MOST, grants::Spec};

    fn network(connect: &[&str]) -> Network {
        let connect = connect.iter().map(|endpoint| endpoint.parse().unwrap()).collect();
        Network::new(
            Grants::open(Spec { connect, ..Spec::default() }).unwrap(),
            Refusals::default(),
            Recorder::default(),
        )
    }

    fn begun(network: &Network, answer: u32) {
        let call = network.calls.begin(Capability::Connect, String::new);
        network.begun(answer, "mail.example".to_owned(), call);
    }

    /// As if `name` had been looked up.
    fn resolve(network: &Network, name: &str, address: &str) {
        assert!(network.looks_up(name));
        let address = address.parse().unwrap();
        network.seen().names.entry(address).or_default().push(name.to_owned());
    }

    fn connects(network: &Network, address: &str) -> bool {
        network.allows(address.parse().unwrap(), SocketAddrUse::TcpConnect)
    }

    #[test]
    fn nothing_is_reached_by_default() {
        let network = network(&[]);
        assert!(!connects(&network, "203.0.114.9:25"));
        assert!(!network.looks_up("mail.example"));
        assert_eq!(
            network.refusals.all(),
            [
                "Connecting to 203.0.114.9:25 was refused: it is not granted.",
                "Looking up `mail.example` was refused: it is not granted.",
            ]
        );
    }

    #[test]
    fn a_name_that_is_too_long_is_not_remembered() {
        let network = network(&["mail.example:25"]);
        assert!(!network.looks_up(&"a".repeat(1 << 20)));
        assert_eq!(
            network.refusals.all(),
            ["Looking up a name of 1048576 bytes was refused: none that can be granted is longer \
              than 253."]
        );
    }

    #[test]
    fn few_lookups_may_be_without_an_answer() {
        let network = network(&["mail.example:25"]);
        for answer in 0..8 {
            assert!(network.looks_up("mail.example"));
            begun(&network, answer);
        }
        assert!(!network.looks_up("mail.example"));
        assert_eq!(
            network.refusals.all(),
            ["Looking up `mail.example` was refused: 8 look-ups of the call have had no answer."]
        );
        network.answered(3, String::new);
        network.answered(3, String::new);
        assert!(network.looks_up("mail.example"));
        begun(&network, 8);
        assert!(!network.looks_up("mail.example"));
    }

    #[test]
    fn an_address_is_reached_at_its_port_alone() {
        let network = network(&["127.0.0.1:25", "[::1]:25"]);
        assert!(connects(&network, "127.0.0.1:25"));
        assert!(connects(&network, "[::ffff:127.0.0.1]:25"));
        assert!(connects(&network, "[::1]:25"));
        assert!(!connects(&network, "127.0.0.1:26"));
        assert!(!connects(&network, "127.0.0.2:25"));
    }

    #[test]
    fn a_name_stands_for_what_it_resolved_to() {
        let network = network(&["mail.example:25"]);
        assert!(!connects(&network, "9.9.9.9:25"));
        resolve(&network, "mail.example", "9.9.9.9");
        assert!(connects(&network, "9.9.9.9:25"));
        assert!(!connects(&network, "9.9.9.9:80"));
    }

    #[test]
    fn a_name_does_not_stand_for_a_private_address() {
        let network = network(&["mail.example:25", "localhost:25"]);
        for address in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "0.0.0.0"] {
            resolve(&network, "mail.example", address);
            assert!(!connects(&network, &format!("{address}:25")), "{address}");
        }
        for address in [
            "::1",
            "fd00::1",
            "fe80::1",
            "64:ff9b::a01:203",
            "64:ff9b:1::909:909",
            "2002:a01:203::1",
            "ff02::1",
        ] {
            resolve(&network, "mail.example", address);
            assert!(!connects(&network, &format!("[{address}]:25")), "{address}");
        }
        assert_eq!(
            network.refusals.all()[1],
            "Connecting to 10.1.2.3:25 was refused: `mail.example` is granted, but resolves to an \
             address that is not public. Grant `10.1.2.3:25` itself if that is meant."
        );
        resolve(&network, "localhost", "127.0.0.1");
        assert!(connects(&network, "127.0.0.1:25"));
        resolve(&network, "mail.example", "2620:fe::fe");
        assert!(connects(&network, "[2620:fe::fe]:25"));
    }

    #[test]
    fn nobody_listens() {
        let network = network(&["127.0.0.1:25"]);
        let allows = |address: &str, usage| network.allows(address.parse().unwrap(), usage);
        assert!(allows("0.0.0.0:0", SocketAddrUse::TcpBind));
        assert!(!allows("127.0.0.1:25", SocketAddrUse::TcpBind));
        assert!(!allows("127.0.0.1:25", SocketAddrUse::TcpListen));
        assert_eq!(
            network.refusals.all(),
            ["Listening or sending at 127.0.0.1:25 was refused: only TCP connections to granted \
              endpoints are allowed."]
        );
    }

    #[test]
    fn a_guest_that_scans_is_not_remembered_without_end() {
        let network = network(&[]);
        for port in 1..1000 {
            assert!(!connects(&network, &format!("127.0.0.1:{port}")));
        }
        assert_eq!(network.refusals.all().len(), MOST);
    }
}
