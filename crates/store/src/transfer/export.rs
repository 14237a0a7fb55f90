use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use model::Collection;
use sha2::{Digest, Sha256};

use super::canonical::canonical;
use super::line::{self, End, Exported, Line, bad};
use crate::maintenance::Told;
use crate::{Backend, Cursor, Key, Query, Result, StoreError};

/// The most documents of a page, and about as many bytes as one may have.
const PAGE_MAX: usize = 1_000;
const PAGE_BYTES: usize = 4 << 20;

/// What has been written so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Documents by `{database}/{collection}`.
    pub counts: BTreeMap<String, u64>,
    pub documents: u64,
    pub bytes: u64,
    digest: Sha256,
}

/// Where an export that was broken off goes on.
#[derive(Clone, Debug, Default)]
pub struct Resumed {
    pub tally: Tally,
    /// The last whole document.
    pub after: Option<Key>,
    /// Whether nothing is missing.
    pub is_whole: bool,
}

/// The collections in the order of an export.
pub fn in_order(mut collections: Vec<Collection>) -> Vec<Collection> {
    collections.sort_by_key(|collection| (collection.database().name(), collection.name()));
    collections
}

/// Writes the documents of these collections, all of them without, and returns what has been written. Page after page:
/// each is of one moment, and documents that are written meanwhile may be in or not.
///
/// # Errors
/// A database or the file fails; a document's JSON is damaged.
pub async fn export(
    backends: &[Arc<dyn Backend>; 3],
    only: Option<&[Collection]>,
    resumed: Resumed,
    out: &mut (dyn Write + Send),
    told: &Told,
) -> Result<Tally> {
    let Resumed { mut tally, after, is_whole } = resumed;
    if is_whole {
        return Ok(tally);
    }
    if tally.bytes == 0 {
        tally.write(&line::head(names(only).as_deref()), out)?;
    }
    let from = after.map(|key| (key.collection, key.id));
    let collections = in_order(only.map_or_else(|| Collection::ALL.to_vec(), <[_]>::to_vec));
    let skip = collections.iter().position(|it| from.as_ref().is_some_and(|(last, _)| last == it)).unwrap_or_default();
    for collection in &collections[skip..] {
        let first = from.as_ref().filter(|(last, _)| last == collection).map(|(_, id)| id.clone());
        export_collection(backends, *collection, first, &mut tally, out, told).await?;
    }
    let end = End { documents: tally.documents, counts: tally.counts.clone(), sha256: tally.sha256() };
    tally.write(&end.to_line(), out)?;
    out.flush().map_err(|error| unwritable(&error))?;
    Ok(tally)
}

async fn export_collection(
    backends: &[Arc<dyn Backend>; 3],
    collection: Collection,
    after: Option<String>,
    tally: &mut Tally,
    out: &mut (dyn Write + Send),
    told: &Told,
) -> Result<()> {
    let backend = super::backend(backends, collection.database());
    let mut query = Query::of(collection).after(after.map(|id| Cursor { values: Vec::new(), id })).limit(100);
    loop {
        let page = backend.list(&query).await?;
        let mut bytes = 0;
        for stored in &page.documents {
            let damaged = |source| StoreError::Unreadable { key: stored.key.clone(), type_name: "JSON", source };
            let data = canonical(&stored.data).map_err(damaged)?;
            bytes += data.len();
            let exported = Exported { key: stored.key.clone(), version: stored.version, data };
            tally.write(&exported.to_line(), out)?;
            tally.count(collection);
        }
        told(&format!("exporting {collection}"), tally.documents, None);
        let Some(next) = page.next else { return Ok(()) };
        query.after = Some(next);
        let average = (bytes / page.documents.len().max(1)).max(1);
        query.limit = Some((PAGE_BYTES / average).clamp(4, PAGE_MAX));
    }
}

impl Tally {
    fn write(&mut self, line: &str, out: &mut (dyn Write + Send)) -> Result<()> {
        out.write_all(line.as_bytes()).map_err(|error| unwritable(&error))?;
        self.add(line.as_bytes());
        Ok(())
    }

    pub(super) fn add(&mut self, line: &[u8]) {
        self.digest.update(line);
        self.bytes += line.len() as u64;
    }

    pub(super) fn count(&mut self, collection: Collection) {
        self.documents += 1;
        *self.counts.entry(collection.to_string()).or_default() += 1;
    }

    /// Of the lines so far.
    pub(super) fn sha256(&self) -> String {
        format!("{:x}", self.digest.clone().finalize())
    }
}

impl Resumed {
    /// Reads what a broken export of these collections has: its whole lines count, `tally.bytes` of them. What follows
    /// is to be cut off.
    ///
    /// # Errors
    /// It is the export of something else, or its lines are not in order.
    pub fn read(reader: &mut dyn BufRead, only: Option<&[Collection]>) -> Result<Self> {
        let mut resumed = Self::default();
        let (mut text, mut number) = (Vec::new(), 0);
        while line::next(reader, &mut text, number + 1)? && text.last() == Some(&b'\n') {
            number += 1;
            match line::parse(&text, number)? {
                Line::Head(collections) if number == 1 && collections == names(only) => {}
                Line::Head(_) => return Err(bad(number, "this is the export of other collections".to_owned())),
                Line::Document(_) if number == 1 => return Err(bad(number, "no export begins like this".to_owned())),
                Line::Document(document) => {
                    resumed.tally.count(document.key.collection);
                    resumed.after = Some(document.key);
                }
                Line::End(end) if end.sha256 == resumed.tally.sha256() => resumed.is_whole = true,
                Line::End(_) => return Err(bad(number, "the lines before are not as they were written".to_owned())),
            }
            resumed.tally.add(&text);
        }
        Ok(resumed)
    }
}

fn names(only: Option<&[Collection]>) -> Option<Vec<String>> {
    only.map(|only| in_order(only.to_vec()).iter().map(ToString::to_string).collect())
}

fn unwritable(source: &std::io::Error) -> StoreError {
    StoreError::Refused { why: format!("the export cannot be written: {source}") }
}
