use std::time::Duration;

use super::Environment;

/// How pages are fetched. `FETCH_USER_AGENT`; `FETCH_ALLOW`: hosts whose private or loopback addresses may be reached,
/// between commas; `FETCH_RATE`: requests a second to one host; `FETCH_MAX_BYTES`; `FETCH_TIMEOUT`: seconds.
pub(crate) fn fetch(environment: &Environment) -> anyhow::Result<fetch::Config> {
    let mut config = fetch::Config { allow: environment.list("FETCH_ALLOW"), ..fetch::Config::default() };
    if let Some(user_agent) = environment.text("FETCH_USER_AGENT") {
        config.user_agent = user_agent;
    }
    if let Some(rate) = environment.parsed("FETCH_RATE")? {
        config.per_host.per_second = rate;
    }
    if let Some(bytes) = environment.parsed("FETCH_MAX_BYTES")? {
        config.max_bytes = bytes;
    }
    if let Some(seconds) = environment.parsed("FETCH_TIMEOUT")? {
        config.timeout = Duration::from_secs(seconds);
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::{Environment, fetch};

    #[test]
    fn a_malformed_number_names_its_variable() {
        let environment = Environment::given(|name| (name == "FETCH_RATE").then(|| "fast".to_owned()));
        assert!(format!("{:#}", fetch(&environment).unwrap_err()).contains("FETCH_RATE"));
    }
}
