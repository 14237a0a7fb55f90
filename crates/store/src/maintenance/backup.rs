use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Maintenance, State, Told};
use crate::{Result, StoreError};

const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";

/// What makes a folder a backup: written last, it tells of every file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub engine: String,
    pub layout: u32,
    /// The version of the program that made it.
    pub program: String,
    /// RFC 3339.
    pub made_at: String,
    pub databases: Vec<State>,
    pub files: Vec<FileEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Copies the databases into a new folder. It gets its name only when it is whole and on the disk: what a killed backup
/// leaves ends in `.partial`, and is cleared by the next one to the same place.
///
/// # Errors
/// The folder is there already and not empty, or cannot be written; a database fails.
pub async fn back_up(
    maintenance: &dyn Maintenance,
    folder: &Path,
    program: &str,
    made_at: String,
    told: &Told,
) -> Result<Manifest> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(refused(format!("{} is there already: choose a new folder", folder.display())));
    }
    let partial = partial(folder)?;
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(file(&partial, "cleared"))?;
    }
    fs::create_dir_all(&partial).map_err(file(&partial, "made"))?;
    let databases = maintenance.copy(&partial, Told::clone(told)).await?;
    let manifest = Manifest {
        format: FORMAT,
        engine: maintenance.engine().to_owned(),
        layout: maintenance.layout(),
        program: program.to_owned(),
        made_at,
        databases,
        files: files(&partial, told)?,
    };
    let path = partial.join(MANIFEST);
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|error| refused(format!("the manifest cannot be written: {error}")))?;
    fs::write(&path, text + "\n").map_err(file(&path, "written"))?;
    sync(&path)?;
    sync(&partial)?;
    fs::rename(&partial, folder).map_err(file(folder, "put in place"))?;
    sync(parent(folder))?;
    Ok(manifest)
}

/// Reads the manifest of a backup and every byte that it tells of.
///
/// # Errors
/// It is no backup, or a file is not as it was written.
pub fn check_backup(folder: &Path, told: &Told) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(refused(format!("{} is no backup: it has no {MANIFEST}", folder.display())));
        }
        other => other.map_err(file(&path, "read"))?,
    };
    let manifest: Manifest = serde_json::from_str(&text)
        .map_err(|error| refused(format!("{} is no manifest of a backup: {error}", path.display())))?;
    if manifest.format > FORMAT {
        return Err(refused(format!("{} was made by a newer program: update this one", folder.display())));
    }
    for entry in &manifest.files {
        let plain = Path::new(&entry.name).file_name().is_some_and(|name| name == entry.name.as_str());
        if !plain {
            return Err(refused(format!("{} names {:?}, which is no file's name", path.display(), entry.name)));
        }
        let found = entry_of(folder, &entry.name, told)?;
        if found != *entry {
            let path = folder.join(&entry.name);
            return Err(refused(format!("{} is damaged: it is not as it was written", path.display())));
        }
    }
    Ok(manifest)
}

/// Puts a backup in the place of the databases, after reading all of it.
///
/// # Errors
/// The backup is damaged, of another engine or newer; databases are there that hold something, and `replace` does not
/// say that they may go; others use them.
pub async fn restore(maintenance: &dyn Maintenance, folder: &Path, replace: bool, told: &Told) -> Result<Manifest> {
    let manifest = check_backup(folder, told)?;
    let engine = maintenance.engine();
    if manifest.engine != engine {
        let why = format!(
            "{} is a backup of {}, but STORE_URL names {engine}: data goes from one engine to another by \
             `mystage db export` and `mystage db import`",
            folder.display(),
            manifest.engine
        );
        return Err(refused(why));
    }
    if manifest.layout > maintenance.layout() {
        return Err(refused(format!("{} was made by a newer program: update this one", folder.display())));
    }
    if !replace {
        for database in model::Database::ALL {
            let held = match maintenance.state(database).await? {
                Some(state) => state.documents.values().sum::<u64>(),
                None => 0,
            };
            if held > 0 {
                let why = format!(
                    "{} already holds {held} documents in {}: --replace gives them up for the backup",
                    maintenance.place(),
                    database.name()
                );
                return Err(refused(why));
            }
        }
    }
    maintenance.replace(folder, Told::clone(told)).await?;
    Ok(manifest)
}

fn files(folder: &Path, told: &Told) -> Result<Vec<FileEntry>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(file(folder, "read"))? {
        let name = entry.map_err(file(folder, "read"))?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    let entries = names.iter().map(|name| {
        sync(&folder.join(name))?;
        entry_of(folder, name, told)
    });
    entries.collect()
}

fn entry_of(folder: &Path, name: &str, told: &Told) -> Result<FileEntry> {
    let path = folder.join(name);
    let mut opened = File::open(&path).map_err(file(&path, "read"))?;
    let length = opened.metadata().map_err(file(&path, "read"))?.len();
    let (mut digest, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        let read = opened.read(&mut buffer).map_err(file(&path, "read"))?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        bytes += read as u64;
        told(&format!("checking {name}"), bytes, Some(length));
    }
    Ok(FileEntry { name: name.to_owned(), bytes, sha256: format!("{:x}", digest.finalize()) })
}

/// Makes sure that a file, or the names in a folder, are on the disk.
fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|opened| opened.sync_all()).map_err(file(path, "written to the disk"))
}

fn partial(folder: &Path) -> Result<PathBuf> {
    let name = folder.file_name().ok_or_else(|| refused(format!("{} is no folder's name", folder.display())))?;
    let mut partial = name.to_owned();
    partial.push(".partial");
    Ok(folder.with_file_name(partial))
}

fn parent(folder: &Path) -> &Path {
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn refused(why: String) -> StoreError {
    StoreError::Refused { why }
}

fn file(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { path, what, source }
}
