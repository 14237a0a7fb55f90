use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address lies, by the IANA special-purpose registries (RFC 6890 and its updates).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Global unicast, and no known metadata service.
    Public,
    /// Loopback, private and shared addresses: reachable where the configuration names the host.
    Local,
    /// Link-local, multicast, reserved, documentation, metadata services: never reachable.
    Never,
}

/// Platform services that lie outside the link-local range: Azure, Alibaba.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(100, 100, 100, 200)];
/// Amazon.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

pub(crate) fn scope(address: IpAddr) -> Scope {
    match address {
        IpAddr::V4(address) => scope_v4(address),
        IpAddr::V6(address) => scope_v6(address),
    }
}

fn scope_v4(address: Ipv4Addr) -> Scope {
    if METADATA_V4.contains(&address) {
        return Scope::Never;
    }
    match address.octets() {
        [10 | 127, ..] | [192, 168, ..] | [172, 16..=31, ..] | [100, 64..=127, ..] => Scope::Local,
        // This network, link-local, IETF protocols, documentation, 6to4 relays, benchmarking.
        [0, ..] | [169, 254, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18..=19, ..] => Scope::Never,
        // Documentation, multicast, reserved, broadcast.
        [198, 51, 100, _] | [203, 0, 113, _] | [224..=255, ..] => Scope::Never,
        _ => Scope::Public,
    }
}

fn scope_v6(address: Ipv6Addr) -> Scope {
    if address == METADATA_V6 {
        return Scope::Never;
    }
    if address == Ipv6Addr::LOCALHOST {
        return Scope::Local;
    }
    let segments = address.segments();
    if let Some(inner) = embedded(segments) {
        // A private address in disguise is never asked for honestly.
        return if scope_v4(inner) == Scope::Public { Scope::Public } else { Scope::Never };
    }
    match segments {
        // Protocol assignments with Teredo, and documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Scope::Never,
        [0x2000..=0x3fff, ..] => Scope::Public,
        [0xfc00..=0xfdff, ..] => Scope::Local,
        _ => Scope::Never,
    }
}

/// The IPv4 address inside a mapped, compatible, 6to4 (RFC 3056) or NAT64 (RFC 6052) address.
fn embedded(segments: [u16; 8]) -> Option<Ipv4Addr> {
    let (high, low) = match segments {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => (high, low),
        [0x2002, high, low, ..] => (high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => (high, low),
        _ => return None,
    };
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Some(Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests {
    use super::{Scope, scope};

    #[test]
    fn scopes() {
        let public = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.0.0.1 128.0.0.1 169.253.1.1 \
            172.15.255.255 172.32.0.0 192.0.1.1 192.167.1.1 192.169.0.1 198.17.0.1 198.20.0.1 223.255.255.255 \
            2606:4700::1111 2a00:1450:4001::1 2001:200::1 2001:4860:4860::8888 3fff:1000::1 ::ffff:8.8.8.8 \
            2002:808:808::1 64:ff9b::808:808";
        let local = "10.0.0.1 10.255.255.255 127.0.0.1 127.255.255.254 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 \
            100.127.255.255 ::1 fc00::1 fdff::1";
        let never = "0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 \
            198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 \
            100.100.100.200 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 ::127.0.0.1 \
            ::10.0.0.1 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 \
            fe80::1 febf::1 fec0::1 ff02::1 100::1 2001::1 2001:1ff::1 2001:db8::1 3fff:fff::1 5f00::1 4000::1 \
            fd00:ec2::254";
        for (expected, addresses) in [(Scope::Public, public), (Scope::Local, local), (Scope::Never, never)] {
            for address in addresses.split_whitespace() {
                assert_eq!(scope(address.parse().unwrap()), expected, "{address}");
            }
        }
    }
}
