use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use model::Collection;
use store::{Key, Result, Stored};

use super::copy::name;
use super::{file, refused};
use crate::jsonb::{unescape, unescape_text};

/// Reads a copy's documents page after page.
#[derive(Default)]
pub(super) struct Copied {
    /// Which file was read how far, and the id before.
    last: Mutex<Option<(PathBuf, String, u64)>>,
}

impl Copied {
    pub(super) fn read(&self, folder: &Path, collection: Collection, after: &str, limit: usize) -> Result<Vec<Stored>> {
        let path = folder.join(name(collection));
        if !path.exists() {
            return Ok(Vec::new());
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.take().filter(|(known, id, _)| *known == path && id == after);
        let mut at = known.map_or(0, |(_, _, at)| at);
        let mut rows = BufReader::with_capacity(1 << 18, File::open(&path).map_err(file(&path, "read"))?);
        rows.seek(SeekFrom::Start(at)).map_err(file(&path, "read"))?;
        let mut found: Vec<Stored> = Vec::new();
        let mut line = String::new();
        while found.len() < limit {
            line.clear();
            let read = rows.read_line(&mut line).map_err(file(&path, "read"))?;
            if read == 0 {
                break;
            }
            at += read as u64;
            let stored = parse(line.trim_end_matches('\n'), collection).ok_or_else(|| {
                refused(format!("{} has a line before byte {at} that is none of COPY", path.display()))
            })?;
            if stored.key.id.as_str() > after {
                found.push(stored);
            }
        }
        if let Some(stored) = found.last() {
            *last = Some((path, stored.key.id.clone(), at));
        }
        Ok(found)
    }
}

fn parse(line: &str, collection: Collection) -> Option<Stored> {
    let mut columns = line.split('\t').map(plain);
    let (id, revision, version, data) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    Some(Stored {
        key: Key::new(collection, unescape_text(&id).into_owned()),
        revision: revision.parse().ok()?,
        version: version.parse().ok()?,
        data: unescape(&data).into_owned(),
    })
}

/// A column without the escapes of COPY.
fn plain(column: &str) -> String {
    let mut plain = String::with_capacity(column.len());
    let mut characters = column.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, false) => plain.push(character),
            _ => match characters.next() {
                Some('b') => plain.push('\u{8}'),
                Some('f') => plain.push('\u{c}'),
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some('t') => plain.push('\t'),
                Some('v') => plain.push('\u{b}'),
                Some(other) => plain.push(other),
                None => {}
            },
        }
    }
    plain
}
