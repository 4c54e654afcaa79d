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
        // Carrier-grade NAT, IETF protocol assignments, 6to4 relays, benchmarking, reserved.
        || (a == 100 && (64..128).contains(&b))
        || matches!((a, b, c), (192, 0, 0) | (192, 88, 99))
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
        // Global unicast is 2000::/3. Of it, 2001::/23 is for protocols, some of which lead
        // elsewhere, and 2001:db8::/32 and 3fff::/20 are for documentation.
        None => {
            let special = a == 0x2001 && (b < 0x200 || b == 0xdb8);
            (0x2000..0x3fff).contains(&a) && !special || (a == 0x3fff && b >= 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_may_have_is_public() {
        for ip in [
            "9.9.9.9",
            "172.32.0.1",
            "100.128.0.1",
            "2620:fe::fe",
            "2001:4860:4860::8888",
            "64:ff9b::909:909",
            "2002:909:909::1",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn what_somebody_has_at_home_is_not_public() {
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:9.9.9.9",
            "::10.0.0.1",
            "64:ff9b::a01:203",
            "64:ff9b:1::909:909",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a01:203::1",
            "3fff::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }
}
