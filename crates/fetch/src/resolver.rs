use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::FetchError;
use crate::gate::{Reach, is_localhost};

/// Resolves names to addresses that may be reached. The client connects to these and resolves no second time, so an
/// answer that changes between check and use changes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vetted {
    pub(crate) reach: Reach,
}

impl Resolve for Vetted {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found = look_up(name.as_str()).await?;
            let admitted = vet(name.as_str(), found, reach)?;
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

async fn look_up(name: &str) -> Result<Vec<SocketAddr>, FetchError> {
    if is_localhost(name) {
        let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        return Ok(loopback.map(|address| SocketAddr::new(address, 0)).to_vec());
    }
    let found = tokio::net::lookup_host((name, 0)).await.map_err(|error| FetchError::Dns { why: error.to_string() })?;
    Ok(found.collect())
}

/// What may be reached of `found`. A name with one public and one private address keeps the public one.
fn vet(name: &str, found: Vec<SocketAddr>, reach: Reach) -> Result<Vec<SocketAddr>, FetchError> {
    let Some(first) = found.first().map(SocketAddr::ip) else {
        return Err(FetchError::Dns { why: "the name has no address".to_owned() });
    };
    let admitted: Vec<SocketAddr> = found.into_iter().filter(|address| reach.admits(address.ip())).collect();
    if admitted.is_empty() {
        return Err(FetchError::PrivateAddress { host: name.to_owned(), address: first });
    }
    Ok(admitted)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use super::{look_up, vet};
    use crate::gate::Reach;

    fn vetted(found: &[&str], reach: Reach) -> Result<Vec<String>, &'static str> {
        let found = found.iter().map(|address| SocketAddr::new(address.parse::<IpAddr>().unwrap(), 0)).collect();
        let admitted = vet("name", found, reach).map_err(|error| error.class())?;
        Ok(admitted.iter().map(|address| address.ip().to_string()).collect())
    }

    #[test]
    fn names_keep_only_what_may_be_reached() {
        let mixed = ["10.0.0.1", "1.1.1.1", "::1", "169.254.169.254", "2606:4700::1111"];
        assert_eq!(vetted(&mixed, Reach::Public).unwrap(), ["1.1.1.1", "2606:4700::1111"]);
        assert_eq!(vetted(&mixed, Reach::Named).unwrap(), ["10.0.0.1", "1.1.1.1", "::1", "2606:4700::1111"]);
        assert_eq!(vetted(&["127.0.0.1", "::ffff:10.0.0.1"], Reach::Public), Err("private_address"));
        assert_eq!(vetted(&["169.254.169.254"], Reach::Named), Err("private_address"));
        assert_eq!(vetted(&[], Reach::Public), Err("dns"));
    }

    #[tokio::test]
    async fn localhost_names_are_loopback_without_asking() {
        for name in ["localhost", "venue.sample.localhost", "x.localhost."] {
            let found = look_up(name).await.unwrap();
            assert!(found.iter().all(|address| address.ip().is_loopback()) && found.len() == 2, "{name}: {found:?}");
        }
    }
}
