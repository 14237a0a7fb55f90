use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::Environment;

/// Where everything is kept.
pub(crate) struct Places {
    pub(crate) databases: Databases,
    /// `BLOBS_URL`: a folder for pages and images. Default: `blobs` in the data folder.
    pub(crate) blobs: String,
    /// `SEARCH_DIR`: a folder for the search index. Default: `search` in the data folder.
    pub(crate) search: PathBuf,
}

/// `STORE_URL`: which databases, and where. Default: `sqlite:` in the data folder.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Databases {
    /// `sqlite:FOLDER`: three files, for the processes of one machine; one of them works.
    Sqlite(PathBuf),
    /// `postgres://USER:PASSWORD@HOST:PORT/NAME`: three schemas of one database, for any number of processes.
    Postgres(String),
}

impl Databases {
    /// A URL with the password left out of what is shown of it.
    pub(crate) fn parse(url: &str) -> anyhow::Result<Self> {
        if let Some(folder) = url.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(PathBuf::from(folder.strip_prefix("//").unwrap_or(folder))));
        }
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            _ => bail!(
                "sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/NAME is expected, not {:?}",
                url.split(':').next().unwrap_or_default()
            ),
        }
    }

    /// Whether other processes may work on the same databases.
    pub(crate) fn are_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl Places {
    pub(crate) fn from_env(environment: &Environment, data: &Path) -> anyhow::Result<Self> {
        let databases = match environment.text("STORE_URL") {
            None => Databases::Sqlite(data.to_owned()),
            Some(url) => Databases::parse(url.trim()).context("STORE_URL is not usable")?,
        };
        Ok(Self {
            databases,
            blobs: environment.text("BLOBS_URL").unwrap_or_else(|| data.join("blobs").to_string_lossy().into_owned()),
            search: environment.text("SEARCH_DIR").map_or_else(|| data.join("search"), PathBuf::from),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Databases, Environment, Places};

    #[test]
    fn another_database_is_refused_without_telling_its_password() {
        let environment =
            Environment::given(|name| (name == "STORE_URL").then(|| "mysql://user:secret@db.test/mystage".to_owned()));
        let error = format!("{:#}", Places::from_env(&environment, Path::new("data")).err().unwrap());
        assert!(error.contains("STORE_URL") && error.contains("mysql") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn a_url_names_the_engine_and_the_place() {
        let given = |url: fn(&str) -> Option<String>| {
            Places::from_env(&Environment::given(url), Path::new("data")).unwrap().databases
        };
        assert!(given(|_| None) == Databases::Sqlite("data".into()));
        assert!(
            given(|name| (name == "STORE_URL").then(|| "sqlite:./a".to_owned())) == Databases::Sqlite("./a".into())
        );
        let shared = given(|name| (name == "STORE_URL").then(|| "postgres://u@h/db".to_owned()));
        assert!(shared == Databases::Postgres("postgres://u@h/db".to_owned()) && shared.are_shared());
    }
}
