use std::path::PathBuf;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig};
use store::{Result, StoreError};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, Connection, Error, Socket};

use crate::encryption::{Encrypted, Encryption};

/// How long a server may take to take a connection, or to answer a sign of life.
const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(10);

/// How to reach the server, and for how long to wait for it.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    encryption: Encryption,
}

/// What is wrong with an address. Says nothing of what stands in it: there may be a password.
#[derive(Debug, thiserror::Error)]
enum AddressError {
    #[error("postgres://USER:PASSWORD@HOST:PORT/NAME is expected, with special characters as %XX")]
    Form,
    #[error("sslrootcert needs sslmode=require")]
    NotEncrypted,
    #[error("encrypted connections cannot be made")]
    Encryption { source: Box<dyn std::error::Error + Send + Sync> },
}

impl Address {
    /// `sslmode=require` asks for encrypted connections to a server whose certificate is valid; `sslrootcert` names a
    /// file (PEM) with the authorities to trust instead of the system's. Without, connections are not encrypted.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        Self::read(url).map_err(|source| StoreError::Backend {
            what: "cannot be found by its address".to_owned(),
            source: Box::new(source),
        })
    }

    fn read(url: &str) -> Result<Self, AddressError> {
        let (url, authorities) = split_authorities(url);
        let mut config: Config = url.parse().map_err(|_| AddressError::Form)?;
        if config.get_hosts().is_empty() || config.get_dbname().is_none() {
            return Err(AddressError::Form);
        }
        let encryption = match config.get_ssl_mode() {
            SslMode::Require => {
                Encryption::new(authorities.as_deref()).map_err(|source| AddressError::Encryption { source })?
            }
            _ if authorities.is_some() => return Err(AddressError::NotEncrypted),
            _ => {
                config.ssl_mode(SslMode::Disable);
                Encryption::default()
            }
        };
        config
            .application_name("mystage")
            .connect_timeout(CONNECT)
            .keepalives(true)
            .keepalives_idle(SILENCE)
            .keepalives_interval(Duration::from_secs(3))
            .keepalives_retries(3)
            .tcp_user_timeout(SILENCE);
        Ok(Self { config, encryption })
    }

    /// Where the server is, and the name of the database. Tells nothing of who asks.
    pub(crate) fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        format!("{host}:{port}/{}", self.config.get_dbname().unwrap_or_default())
    }

    /// Makes the connections of a pool.
    pub(crate) fn manager(&self, how: ManagerConfig) -> Manager {
        Manager::from_config(self.config.clone(), self.encryption.clone(), how)
    }

    /// A connection outside of any pool. The second part must be driven.
    pub(crate) async fn connect(&self) -> Result<(Client, Connection<Socket, Encrypted<Socket>>), Error> {
        self.config.connect(self.encryption.clone()).await
    }
}

/// The address without the parameter `sslrootcert`, and the file that it names: the client knows no such parameter.
fn split_authorities(url: &str) -> (String, Option<PathBuf>) {
    let Some((address, parameters)) = url.rsplit_once('?') else { return (url.to_owned(), None) };
    let (named, others): (Vec<&str>, Vec<&str>) =
        parameters.split('&').partition(|parameter| parameter.starts_with("sslrootcert="));
    let file = named.first().and_then(|parameter| parameter.split_once('='));
    let file = file.map(|(_, file)| PathBuf::from(file.replace("%2F", "/").replace("%2f", "/")));
    (format!("{address}?{}", others.join("&")), file)
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn a_wrong_address_does_not_tell_its_password() {
        for url in [
            "postgres://u:secret@h/db?secret=1",
            "postgres://u:secret@h:port/db",
            "postgres://u:secret@h/",
            "postgres://u:secret@h/db?sslmode=secret",
            "postgres://u:secret@h/db?sslrootcert=/x",
            "postgres://u:secret@h/db?sslmode=require&sslrootcert=/not/there",
        ] {
            let error = Address::parse(url).err().unwrap();
            let told = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
            assert!(!told.contains("secret"), "{told}");
        }
        assert!(Address::parse("postgres://u:secret@h:5433/db").is_ok());
        assert!(Address::parse("postgres://u@%2Frun%2Fpostgresql/db").is_ok());
    }
}
