//! Bytes by key: pages as they were fetched, images as they are served.
//!
//! Keys are names of content (`pages/{hash}`), so a key is written once and never changes: a put of a key that exists
//! writes nothing. A put that returned is on the disk, file and directory entry both, because the store commits
//! documents that name the key with the same promise and a document must not outlive its bytes. `object_store` writes
//! local files without `fsync`, which survives a killed process and not a lost machine; therefore this crate writes the
//! folder itself and reads through `object_store`.
//!
//! Deliberately absent: overwriting, deletion, listing, and the object stores that are reached over the network. Their
//! locations are refused in words until they are built.

mod folder;
mod key;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::local::LocalFileSystem;
use sha2::{Digest, Sha256};

use folder::Folder;

/// A place for bytes by key. Cloning is cheap and shares the place.
#[derive(Clone, Debug)]
pub struct Blobs {
    files: LocalFileSystem,
    folder: Arc<Folder>,
}

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("the blob key {key:?} is not valid: {why}")]
    Key { key: String, why: &'static str },
    #[error("blobs cannot be kept at {location:?}: {why}")]
    Location { location: String, why: &'static str },
    #[error("cannot {deed} {}", path.display())]
    File { deed: &'static str, path: PathBuf, source: std::io::Error },
    #[error("cannot read the blob {key:?}")]
    Read { key: String, source: object_store::Error },
    #[error("the thread that wrote the blob {key:?} ended early")]
    Interrupted { key: String },
}

impl Blobs {
    /// Opens the folder of `file:///dir` or of a plain path, and makes it where it is missing.
    ///
    /// # Errors
    /// A location with any other scheme or with a host, and a folder that cannot be made or written.
    pub fn open(location: &str) -> Result<Self, BlobError> {
        let root = folder::path_of(location)?;
        let folder = Folder::open(&root)?;
        let files = LocalFileSystem::new_with_prefix(folder.root())
            .map_err(|source| BlobError::Read { key: String::new(), source })?;
        Ok(Self { files, folder: Arc::new(folder) })
    }

    /// Keeps `bytes` under `key`. A key that exists is left as it is; several puts of one key at once are safe.
    ///
    /// # Errors
    /// A key outside `[A-Za-z0-9._-]` segments joined by `/`, and whatever the disk says.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        let path = self.file_of(key)?;
        let folder = Arc::clone(&self.folder);
        tokio::task::spawn_blocking(move || folder.write_once(&path, &bytes))
            .await
            .map_err(|_| BlobError::Interrupted { key: key.to_owned() })?
    }

    /// The bytes under `key`, or `None` where there are none.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        let read = |source| BlobError::Read { key: key.to_owned(), source };
        match self.files.get(&key::place(key)?).await {
            Ok(found) => found.bytes().await.map(Some).map_err(read),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(read(source)),
        }
    }

    pub async fn exists(&self, key: &str) -> Result<bool, BlobError> {
        match self.files.head(&key::place(key)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(BlobError::Read { key: key.to_owned(), source }),
        }
    }

    fn file_of(&self, key: &str) -> Result<PathBuf, BlobError> {
        let place = key::place(key)?;
        self.files.path_to_filesystem(&place).map_err(|source| BlobError::Read { key: key.to_owned(), source })
    }
}

/// SHA-256 of `bytes` in lower-case hex, 64 characters.
pub fn content_hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String does not fail");
        hex
    })
}
