use std::fs;
use std::path::{Path, PathBuf};

use tantivy::directory::{Directory, INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::schema::Schema;
use tantivy::{Index, IndexReader, TantivyError};

use crate::error::{is_damage, is_locked};
use crate::{Error, Result};

/// Stands in the folder from the moment an index is made anew until its caller has filled it.
const EMPTY_MARK: &str = "to-be-filled";
const NO_INDEX: &str = "the folder holds no index";

/// An index in a folder, sound as far as its checksums tell, and the mark that it has yet to be filled.
pub(crate) struct Folder {
    pub(crate) index: Index,
    pub(crate) reader: IndexReader,
    pub(crate) mark: PathBuf,
}

/// Opens what the folder holds, or puts an empty index there when it holds none that this version can read.
pub(crate) fn open(dir: &Path, schema: &Schema, prepare: impl Fn(&Index)) -> Result<Folder> {
    fs::create_dir_all(dir).map_err(|error| Error::folder(dir, &error))?;
    let mark = dir.join(EMPTY_MARK);
    let reason = match sound(dir, schema, &prepare) {
        Ok(Ok((index, reader))) => return Ok(Folder { index, reader, mark }),
        Ok(Err(reason)) => reason,
        Err(error) if is_damage(&error) => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    if reason == NO_INDEX {
        tracing::info!("the search index is made");
    } else {
        tracing::warn!(reason, "the search index is made anew");
    }
    fs::write(&mark, reason).map_err(|error| Error::folder(&mark, &error))?;
    let index = make_anew(dir, schema)?;
    prepare(&index);
    let reader = index.reader()?;
    Ok(Folder { index, reader, mark })
}

/// The index in the folder, or why it is none of ours.
fn sound(
    dir: &Path,
    schema: &Schema,
    prepare: impl Fn(&Index),
) -> tantivy::Result<Result<(Index, IndexReader), String>> {
    if !Index::exists(&MmapDirectory::open(dir)?)? {
        return Ok(Err(NO_INDEX.to_owned()));
    }
    let index = Index::open_in_dir(dir)?;
    if index.schema() != *schema {
        return Ok(Err("the index has another version's fields".to_owned()));
    }
    let damaged = index.validate_checksum()?;
    if !damaged.is_empty() {
        return Ok(Err(format!("{} of its files are damaged", damaged.len())));
    }
    prepare(&index);
    let reader = index.reader()?;
    Ok(Ok((index, reader)))
}

fn make_anew(dir: &Path, schema: &Schema) -> Result<Index> {
    let directory = MmapDirectory::open(dir).map_err(TantivyError::from)?;
    let lock = directory.acquire_lock(&INDEX_WRITER_LOCK).map_err(|error| {
        let error = TantivyError::LockFailure(error, None);
        if is_locked(&error) { Error::Locked(dir.to_owned()) } else { error.into() }
    })?;
    wipe(dir)?;
    let index = Index::create_in_dir(dir, schema.clone())?;
    drop(lock);
    Ok(index)
}

/// Deletes the engine's files and nothing else. `meta.json` goes first: without it the rest is no index, so a kill in
/// the middle ends here again.
fn wipe(dir: &Path) -> Result<()> {
    let meta = dir.join("meta.json");
    if meta.exists() {
        fs::remove_file(&meta).map_err(|error| Error::folder(&meta, &error))?;
    }
    for entry in fs::read_dir(dir).map_err(|error| Error::folder(dir, &error))? {
        let path = entry.map_err(|error| Error::folder(dir, &error))?.path();
        if is_engines(&path) {
            fs::remove_file(&path).map_err(|error| Error::folder(&path, &error))?;
        }
    }
    Ok(())
}

fn is_engines(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let segment = name.split('.').next().unwrap_or_default();
    name == ".managed.json" || (segment.len() == 32 && segment.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
