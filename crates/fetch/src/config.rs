use std::time::Duration;

use crate::FetchError;

/// How, how fast and whom a [`Fetcher`](crate::Fetcher) may ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Sent with every request. Its first word up to `/` is the product token that robots.txt is searched for.
    pub user_agent: String,
    /// For finding the address and opening the connection, TLS included.
    pub connect_timeout: Duration,
    /// For a silence while headers or body are awaited.
    pub idle_timeout: Duration,
    /// For one whole call with all its redirects, without the time spent waiting for the host's rate.
    pub timeout: Duration,
    /// Largest body, after decompression and also before.
    pub max_bytes: u64,
    pub max_redirects: usize,
    /// Hosts whose private or loopback addresses may be reached: `127.0.0.1:8123`, `[::1]`, `*.sample.localhost:8090`.
    /// Without a port every port is meant; a `*.` stands for one label or more.
    pub allow: Vec<String>,
    pub per_host: Rate,
    /// The rate of each host that `allow` names.
    pub allowed_rate: Rate,
    /// Requests under way at once, over all hosts.
    pub concurrency: usize,
    /// How long a call waits for a host that asked for a pause; longer pauses fail with the time to come back.
    pub patience: Duration,
    pub robots_ttl: Duration,
    /// How long a robots.txt that could not be had counts as forbidding everything.
    pub robots_retry: Duration,
}

/// So many requests a second, and how many may go at once after a rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            user_agent: "MyStageBot/0.1".to_owned(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
            timeout: Duration::from_secs(60),
            max_bytes: 20 * 1024 * 1024,
            max_redirects: 5,
            allow: Vec::new(),
            per_host: Rate { per_second: 1.0, burst: 2 },
            allowed_rate: Rate { per_second: 1000.0, burst: 100 },
            concurrency: 64,
            patience: Duration::from_secs(30),
            robots_ttl: Duration::from_secs(24 * 3600),
            robots_retry: Duration::from_secs(300),
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), FetchError> {
        let refuse = |why: &str| Err(FetchError::Config { why: why.to_owned() });
        for (name, rate) in [("per_host", self.per_host), ("allowed_rate", self.allowed_rate)] {
            if !(rate.per_second.is_finite() && rate.per_second >= 0.001) || rate.burst == 0 {
                return refuse(&format!("{name} needs at least 0.001 requests a second and a burst of at least 1"));
            }
        }
        if self.concurrency == 0 {
            return refuse("concurrency is 0");
        }
        if product_token(&self.user_agent).is_empty() {
            return refuse("user_agent does not begin with a product token such as ExampleBot/1.0");
        }
        Ok(())
    }
}

/// RFC 9309 section 2.2.1: letters, `_` and `-`; digits are taken as well.
pub(crate) fn product_token(agent: &str) -> &str {
    let end = agent.find(|letter: char| !(letter.is_ascii_alphanumeric() || "_-".contains(letter)));
    &agent[..end.unwrap_or(agent.len())]
}
