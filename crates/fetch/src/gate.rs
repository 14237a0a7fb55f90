use std::net::IpAddr;

use url::{Host, Url};

use crate::FetchError;
use crate::address::{Scope, scope};

/// Longer addresses are no pages.
const MAX_URL: usize = 8192;

/// Which addresses may be asked at all.
#[derive(Debug)]
pub(crate) struct Gate {
    allow: Vec<Pattern>,
}

/// What may lie behind a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Public,
    /// The configuration names the host: private and loopback addresses too.
    Named,
}

#[derive(Debug)]
struct Pattern {
    /// As the parser of addresses writes it; for a wildcard, what follows the `*`, with its dot.
    host: String,
    wildcard: bool,
    port: Option<u16>,
}

impl Reach {
    pub(crate) fn admits(self, address: IpAddr) -> bool {
        match scope(address) {
            Scope::Public => true,
            Scope::Local => self == Self::Named,
            Scope::Never => false,
        }
    }
}

impl Gate {
    pub(crate) fn new(allow: &[String]) -> Result<Self, FetchError> {
        let allow = allow.iter().map(|text| Pattern::parse(text)).collect::<Result<_, _>>()?;
        Ok(Self { allow })
    }

    /// Reads an address as it is asked for: without fragment, checked by [`Gate::check`].
    pub(crate) fn parse(&self, text: &str) -> Result<Url, FetchError> {
        let parsed = Url::parse(text);
        let mut url = parsed.map_err(|error| FetchError::Url { url: shown_text(text), why: error.to_string() })?;
        url.set_fragment(None);
        self.check(&url)?;
        Ok(url)
    }

    /// Checks scheme, length, credentials and literal addresses. Names are checked again when they are resolved.
    pub(crate) fn check(&self, url: &Url) -> Result<Reach, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme { scheme: url.scheme().to_owned() });
        }
        let refuse = |why: &str| FetchError::Url { url: shown_text(url.as_str()), why: why.to_owned() };
        if url.as_str().len() > MAX_URL {
            return Err(refuse("it is longer than 8192 bytes"));
        }
        let Some(host) = url.host() else { return Err(refuse("it has no host")) };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Credentials { host: host.to_string() });
        }
        let reach = self.reach(&host, url.port_or_known_default());
        let literal = match host {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(name) if is_localhost(name) => Some(IpAddr::from([127, 0, 0, 1])),
            Host::Domain(_) => None,
        };
        match literal {
            Some(address) if !reach.admits(address) => {
                Err(FetchError::PrivateAddress { host: host.to_string(), address })
            }
            _ => Ok(reach),
        }
    }

    fn reach(&self, host: &Host<&str>, port: Option<u16>) -> Reach {
        let host = host.to_string();
        let host = host.trim_end_matches('.');
        let names = |pattern: &Pattern| pattern.names(host, port);
        if self.allow.iter().any(names) { Reach::Named } else { Reach::Public }
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, FetchError> {
        let refuse = |why: &str| FetchError::Config { why: format!("the allowed host {text:?} is not valid: {why}") };
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse::<u16>().map_err(|_| refuse("its port is no number up to 65535"))?))
            }
            _ => (text, None),
        };
        let (wildcard, name) = match host.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, host),
        };
        let parsed = Host::parse(name).map_err(|_| refuse("write a host, host:port or *.host"))?;
        if name.contains('*') || wildcard && !matches!(parsed, Host::Domain(_)) {
            return Err(refuse("a * stands only for whole labels before a name"));
        }
        let host = parsed.to_string().trim_end_matches('.').to_owned();
        Ok(Self { host: if wildcard { format!(".{host}") } else { host }, wildcard, port })
    }

    fn names(&self, host: &str, port: Option<u16>) -> bool {
        let host_fits = if self.wildcard { host.ends_with(&self.host) } else { host == self.host };
        host_fits && (self.port.is_none() || self.port == port)
    }
}

/// RFC 6761 section 6.3: these names are loopback, whatever a resolver says.
pub(crate) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let top = name.rsplit('.').next().unwrap_or(name);
    top.eq_ignore_ascii_case("localhost")
}

/// An address for messages: without query, fragment and credentials, which may hold secrets.
pub(crate) fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn shown_text(text: &str) -> String {
    let plain = text.split(['?', '#']).next().unwrap_or_default();
    let plain = match (plain.split_once("://"), plain.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        _ => plain.to_owned(),
    };
    plain.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Gate, Reach};
    use crate::FetchError;

    fn gate(allow: &[&str]) -> Gate {
        Gate::new(&allow.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn private_literals_are_refused_in_every_spelling() {
        let hosts = [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "0xa.0.0.1",
            "012.1",
            "167772161",
            "192.168.1.1",
            "3232235777",
            "172.16.0.1",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "100.64.0.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[fe80::1]",
            "[fc00::1]",
            "[2002:7f00:1::]",
            "[64:ff9b::127.0.0.1]",
            "[2001:db8::1]",
            "[ff02::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.b.localhost",
            "x.LocalHost.",
        ];
        for host in hosts {
            for port in ["", ":80", ":8080"] {
                let error = gate(&["10.9.9.9", "*.example.org"]).parse(&format!("http://{host}{port}/")).unwrap_err();
                assert_eq!(error.class(), "private_address", "{host}{port}: {error}");
            }
        }
    }

    #[test]
    fn addresses_that_are_no_pages_are_refused() {
        let long = format!("http://example.org/{}", "a".repeat(9000));
        let cases = [
            ("ftp://example.org/", "scheme"),
            ("file:///etc/passwd", "scheme"),
            ("gopher://example.org/", "scheme"),
            ("javascript:alert(1)", "scheme"),
            ("data:text/html,x", "scheme"),
            ("http://u:p@example.org/", "credentials"),
            ("http://u@example.org/", "credentials"),
            ("/relative", "bad_url"),
            ("", "bad_url"),
            ("http://", "bad_url"),
            ("http://[::1", "bad_url"),
            ("http://1.2.3.4.5/", "bad_url"),
            ("http://exa mple.org/", "bad_url"),
            ("http://example.org:99999/", "bad_url"),
            (&long, "bad_url"),
        ];
        for (url, class) in cases {
            let error = gate(&[]).parse(url).unwrap_err();
            assert_eq!(error.class(), class, "{url:?}: {error}");
        }
        let error = gate(&[]).parse("http://name:secret@exa mple.org/?key=secret").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn only_named_hosts_reach_local_addresses() {
        let gate = gate(&["127.0.0.1:8123", "*.sample.localhost:8090", "[::1]", "10.1.2.3", "Intranet.Example.ORG"]);
        let cases = [
            ("http://127.0.0.1:8123/", Some(Reach::Named)),
            ("http://127.1:8123/", Some(Reach::Named)),
            ("http://127.0.0.1:8124/", None),
            ("http://127.0.0.1/", None),
            ("http://127.0.0.2:8123/", None),
            ("http://[::1]:5/", Some(Reach::Named)),
            ("http://10.1.2.3:81/x", Some(Reach::Named)),
            ("http://10.1.2.4/", None),
            ("http://a.sample.localhost:8090/", Some(Reach::Named)),
            ("http://a.b.sample.localhost:8090/", Some(Reach::Named)),
            ("http://a.sample.localhost.:8090/", Some(Reach::Named)),
            ("http://sample.localhost:8090/", None),
            ("http://asample.localhost:8090/", None),
            ("http://a.sample.localhost/", None),
            ("http://intranet.example.org/", Some(Reach::Named)),
            ("http://x.intranet.example.org/", Some(Reach::Public)),
            ("https://example.org/", Some(Reach::Public)),
            ("http://8.8.8.8:9999/", Some(Reach::Public)),
        ];
        for (url, expected) in cases {
            assert_eq!(gate.check(&Url::parse(url).unwrap()).ok(), expected, "{url}");
        }
    }

    #[test]
    fn patterns_that_name_everything_or_nothing_are_refused() {
        for pattern in
            ["", "*", "*.", "a.*.b", "*x.org", "*.10.0.0.1", "host:port", "host:70000", "http://x", "a b", "*.*"]
        {
            let result = Gate::new(&[pattern.to_owned()]);
            assert!(matches!(result, Err(FetchError::Config { .. })), "{pattern:?}: {result:?}");
        }
    }

    #[test]
    fn metadata_services_stay_closed_to_named_hosts() {
        let gate = gate(&["169.254.169.254", "[fd00:ec2::254]", "[::ffff:10.0.0.1]"]);
        for url in ["http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "http://[::ffff:10.0.0.1]/"] {
            assert_eq!(gate.parse(url).unwrap_err().class(), "private_address", "{url}");
        }
    }
}
