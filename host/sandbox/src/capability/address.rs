//! Which addresses are anybody's, and which are somebody's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether anybody on the internet may have that address, and nobody's own network does.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        // Carrier-grade NAT, IETF protocol assignments, benchmarking, reserved.
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, ..] = ip.segments();
    let embedded = match (a, b) {
        // NAT64 and 6to4 carry an IPv4 address, which counts.
        (0x64, 0xff9b) if ip.segments()[2..6] == [0; 4] => {
            let [.., w, x, y, z] = ip.octets();
            Some(Ipv4Addr::new(w, x, y, z))
        }
        (0x2002, _) => {
            let [.., w] = b.to_be_bytes();
            let [v, ..] = b.to_be_bytes();
            let [x, y] = c.to_be_bytes();
            Some(Ipv4Addr::new(v, w, x, y))
        }
        _ => None,
    };
    match embedded {
        Some(ip) => is_public_v4(ip),
        // Global unicast is 2000::/3; of it, 2001:db8::/32 is for documentation.
        None => (0x2000..0x4000).contains(&a) && (a, b) != (0x2001, 0xdb8),
    }
}
