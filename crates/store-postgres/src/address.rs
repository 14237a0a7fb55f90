use std::time::Duration;

use store::{Result, StoreError};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// How long a server may take to take a connection, or to answer a sign of life.
const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(10);

/// What is wrong with an address. Says nothing of what stands in it: there may be a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("postgres://USER:PASSWORD@HOST:PORT/NAME is expected, with special characters as %XX")]
    Form,
    #[error("encrypted connections (sslmode=require) are not offered yet: leave sslmode out on a trusted network")]
    Encrypted,
}

/// How to reach the server, and for how long to wait for it.
pub(crate) fn parse(url: &str) -> Result<Config> {
    let wrong = |source: AddressError| StoreError::Backend {
        what: "cannot be found by its address".to_owned(),
        source: Box::new(source),
    };
    let mut config: Config = url.parse().map_err(|_| wrong(AddressError::Form))?;
    if config.get_hosts().is_empty() || config.get_dbname().is_none() {
        return Err(wrong(AddressError::Form));
    }
    if config.get_ssl_mode() == SslMode::Require {
        return Err(wrong(AddressError::Encrypted));
    }
    config
        .ssl_mode(SslMode::Disable)
        .application_name("mystage")
        .connect_timeout(CONNECT)
        .keepalives(true)
        .keepalives_idle(SILENCE)
        .keepalives_interval(Duration::from_secs(3))
        .keepalives_retries(3)
        .tcp_user_timeout(SILENCE);
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_wrong_address_does_not_tell_its_password() {
        for url in [
            "postgres://u:secret@h/db?secret=1",
            "postgres://u:secret@h:port/db",
            "postgres://u:secret@h/",
            "postgres://u:secret@h/db?sslmode=require",
        ] {
            let error = parse(url).unwrap_err();
            let told = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
            assert!(!told.contains("secret"), "{told}");
        }
        assert!(parse("postgres://u:secret@h:5433/db").is_ok());
        assert!(parse("postgres://u@%2Frun%2Fpostgresql/db").is_ok());
    }
}
