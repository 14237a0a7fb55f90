use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

/// Why nothing was fetched. Addresses in messages are without query and credentials.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FetchError {
    #[error("the fetch configuration is not valid: {why}")]
    Config { why: String },
    #[error("the address {url:?} is not valid: {why}")]
    Url { url: String, why: String },
    #[error("only http and https are fetched, not {scheme}")]
    Scheme { scheme: String },
    #[error("the address at {host} carries a name or a password")]
    Credentials { host: String },
    #[error("{host} lies at {address}, which is not public and not allowed by the configuration")]
    PrivateAddress { host: String, address: IpAddr },
    #[error("the redirects come back to {url}")]
    RedirectLoop { url: String },
    #[error("more than {limit} redirects, the last to {url}")]
    TooManyRedirects { limit: usize, url: String },
    #[error("robots.txt of {origin} forbids {path} by the rule {rule:?}")]
    Robots { origin: String, path: String, rule: String },
    #[error("robots.txt of {origin} could not be had ({why}), which forbids everything for a while")]
    RobotsUnreachable { origin: String, why: String, retry_after: Duration },
    #[error("{host} asked for a pause of another {} s", retry_after.as_secs())]
    HostPaused { host: String, retry_after: Duration },
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the answer unpacks to more than {limit} times its size")]
    Bomb { limit: u64 },
    #[error("the answer cannot be decoded: {why}")]
    Decoding { why: String },
    #[error("the server answered with status {status}")]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("no answer in time: {why}")]
    Timeout { why: String },
    #[error("the name could not be resolved: {why}")]
    Dns { why: String },
    #[error("no connection: {why}")]
    Connect { why: String },
    #[error("no secure connection: {why}")]
    Tls { why: String },
    #[error("the connection broke: {why}")]
    Connection { why: String },
    #[error("the server does not speak HTTP as it should: {why}")]
    Protocol { why: String },
}

impl FetchError {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::RobotsUnreachable { .. } | Self::HostPaused { .. } | Self::Timeout { .. } | Self::Dns { .. } => true,
            Self::Connect { .. } | Self::Connection { .. } => true,
            _ => false,
        }
    }

    /// One word to count failures by.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Config { .. } => "config",
            Self::Url { .. } => "bad_url",
            Self::Scheme { .. } => "scheme",
            Self::Credentials { .. } => "credentials",
            Self::PrivateAddress { .. } => "private_address",
            Self::RedirectLoop { .. } => "redirect_loop",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::Robots { .. } => "robots",
            Self::RobotsUnreachable { .. } => "robots_unreachable",
            Self::HostPaused { .. } => "host_paused",
            Self::TooLarge { .. } => "too_large",
            Self::Bomb { .. } => "decompression_bomb",
            Self::Decoding { .. } => "decoding",
            Self::Status { status: 300..=399, .. } => "status_3xx",
            Self::Status { status: 400..=499, .. } => "status_4xx",
            Self::Status { status: 500..=599, .. } => "status_5xx",
            Self::Status { .. } => "status_other",
            Self::Timeout { .. } => "timeout",
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Connection { .. } => "connection",
            Self::Protocol { .. } => "protocol",
        }
    }

    /// How long the host, or the rule for its silence, asks to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::HostPaused { retry_after, .. } | Self::RobotsUnreachable { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// What went wrong on the wire. The client's errors name the address with its query, so that part is taken out.
    pub(crate) fn of_client(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut causes = Vec::new();
        let mut next: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(cause) = next {
            causes.push(cause);
            // `io::Error::source` skips the error it was made of.
            let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = match inner {
                Some(inner) => Some(inner as &(dyn Error + 'static)),
                None => cause.source(),
            };
        }
        if let Some(own) = causes.iter().find_map(|cause| cause.downcast_ref::<Self>()) {
            return own.clone();
        }
        let why = causes.last().map_or_else(String::new, ToString::to_string);
        let broken =
            |cause: &io::Error| !matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
        if error.is_timeout() {
            Self::Timeout { why: if error.is_connect() { "no connection".to_owned() } else { why } }
        } else if causes.iter().any(|cause| cause.is::<rustls::Error>()) {
            Self::Tls { why }
        } else if error.is_connect() {
            Self::Connect { why }
        } else if causes.iter().filter_map(|cause| cause.downcast_ref()).any(hyper::Error::is_incomplete_message)
            || causes.iter().filter_map(|cause| cause.downcast_ref()).any(broken)
        {
            Self::Connection { why }
        } else {
            Self::Protocol { why }
        }
    }
}
