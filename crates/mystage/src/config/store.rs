use std::path::{Path, PathBuf};

use anyhow::bail;

use super::Environment;

/// Where everything is kept.
pub(crate) struct Places {
    /// `STORE_URL`: `sqlite:FOLDER`; the folder of the three databases. Default: the data folder.
    pub(crate) databases: PathBuf,
    /// `BLOBS_URL`: a folder for pages and images. Default: `blobs` in the data folder.
    pub(crate) blobs: String,
    /// `SEARCH_DIR`: a folder for the search index. Default: `search` in the data folder.
    pub(crate) search: PathBuf,
}

impl Places {
    pub(crate) fn from_env(environment: &Environment, data: &Path) -> anyhow::Result<Self> {
        let databases = match environment.text("STORE_URL") {
            None => data.to_owned(),
            Some(url) => match url.strip_prefix("sqlite:") {
                Some(folder) => PathBuf::from(folder.strip_prefix("//").unwrap_or(folder)),
                None => bail!("STORE_URL: only sqlite:FOLDER is understood, not {:?}", url.split(':').next()),
            },
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

    use super::{Environment, Places};

    #[test]
    fn another_database_is_refused_without_telling_its_password() {
        let environment = Environment::given(|name| {
            (name == "STORE_URL").then(|| "postgres://user:secret@db.test/mystage".to_owned())
        });
        let error = Places::from_env(&environment, Path::new("data")).err().unwrap().to_string();
        assert!(error.contains("STORE_URL") && !error.contains("secret"), "{error}");
        let environment = Environment::given(|name| (name == "STORE_URL").then(|| "sqlite:./elsewhere".to_owned()));
        assert_eq!(Places::from_env(&environment, Path::new("data")).unwrap().databases, Path::new("./elsewhere"));
    }
}
