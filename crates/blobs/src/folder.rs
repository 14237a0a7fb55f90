use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::BlobError;

/// Files are written here and moved to their place when they are whole. No key starts with a dot.
const STAGING: &str = ".staging";
/// A staged file this old was left by a killed process.
const ABANDONED: Duration = Duration::from_secs(3600);
/// How many directories are remembered; a forgotten one costs a few syncs more.
const REMEMBERED: usize = 10_000;

/// A folder whose files appear whole or not at all, and are on the disk when the write returned.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    staged: AtomicU64,
    /// Directories whose own entries up to the root this process has seen reach the disk.
    durable: Mutex<HashSet<PathBuf>>,
}

/// The path of `file:///dir`, or of a plain path; both are taken literally, without percent-decoding.
pub(crate) fn path_of(location: &str) -> Result<PathBuf, BlobError> {
    let refuse = |why| Err(BlobError::Location { location: location.to_owned(), why });
    let path = match location.split_once("://") {
        None => location,
        Some(("file", path)) if path.starts_with('/') => path,
        Some(("file", _)) => return refuse("a file location names no host: write file:///dir"),
        Some(_) => return refuse("only folders are supported so far: a path, or file:///dir"),
    };
    if path.is_empty() {
        return refuse("it names no folder");
    }
    Ok(PathBuf::from(path))
}

impl Folder {
    pub(crate) fn open(root: &Path) -> Result<Self, BlobError> {
        let staging = root.join(STAGING);
        fs::create_dir_all(&staging).map_err(failed("make the folder", &staging))?;
        let root = root.canonicalize().map_err(failed("find the folder", root))?;
        let folder = Self { root, staged: AtomicU64::new(0), durable: Mutex::default() };
        folder.sweep_abandoned()?;
        Ok(folder)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file that does not exist yet; one that exists is left alone.
    pub(crate) fn write_once(&self, path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
        let directory = path.parent().unwrap_or(&self.root);
        self.make_durable(directory)?;
        if !path.try_exists().map_err(failed("look for", path))? {
            let staged = self.stage(bytes)?;
            // A rename replaces: of two writers of one key the later wins with the same content.
            fs::rename(&staged, path).map_err(|source| {
                // The first error is the one worth telling.
                let _ = fs::remove_file(&staged);
                failed("write", path)(source)
            })?;
        }
        // Also where the file was there: another writer may have moved it a moment ago and not synced yet.
        sync_directory(directory)
    }

    /// Writes a new file beside the content and waits until it is on the disk.
    fn stage(&self, bytes: &[u8]) -> Result<PathBuf, BlobError> {
        let (mut file, path) = self.create_staged()?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        written.map_err(|source| {
            // As above: the write's error is the one worth telling.
            let _ = fs::remove_file(&path);
            failed("write", &path)(source)
        })?;
        Ok(path)
    }

    fn create_staged(&self) -> Result<(File, PathBuf), BlobError> {
        loop {
            let number = self.staged.fetch_add(1, Ordering::Relaxed);
            let path = self.root.join(STAGING).join(format!("{}-{number}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, path)),
                // Left by a killed process of the same number, or held by one in another container.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed("make", &path)(error)),
            }
        }
    }

    /// Makes `directory` and waits, once while it is remembered, until the entries that lead to it are on the disk.
    fn make_durable(&self, directory: &Path) -> Result<(), BlobError> {
        if self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(directory) {
            return Ok(());
        }
        fs::create_dir_all(directory).map_err(failed("make the folder", directory))?;
        for above in directory.ancestors().skip(1).take_while(|above| above.starts_with(&self.root)) {
            sync_directory(above)?;
        }
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        if durable.len() >= REMEMBERED {
            durable.clear();
        }
        durable.insert(directory.to_owned());
        Ok(())
    }

    /// Removes what killed processes left. Ages are taken against a file made now, so the clock is the file system's.
    fn sweep_abandoned(&self) -> Result<(), BlobError> {
        let staging = self.root.join(STAGING);
        let (file, marker) = self.create_staged()?;
        let now = file.metadata().and_then(|metadata| metadata.modified()).map_err(failed("look at", &marker))?;
        for entry in fs::read_dir(&staging).map_err(failed("list", &staging))? {
            let entry = entry.map_err(failed("list", &staging))?;
            let Ok(changed) = entry.metadata().and_then(|metadata| metadata.modified()) else {
                continue; // moved to its place by another process
            };
            if now.duration_since(changed).is_ok_and(|age| age > ABANDONED) {
                remove_if_there(&entry.path())?;
            }
        }
        remove_if_there(&marker)
    }
}

fn remove_if_there(path: &Path) -> Result<(), BlobError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

fn sync_directory(directory: &Path) -> Result<(), BlobError> {
    File::open(directory).and_then(|open| open.sync_all()).map_err(failed("sync the folder", directory))
}

fn failed(deed: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BlobError + use<> {
    let path = path.to_owned();
    move |source| BlobError::File { deed, path, source }
}
