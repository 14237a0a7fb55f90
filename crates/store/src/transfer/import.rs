use std::io::BufRead;
use std::sync::Arc;

use model::{Collection, Database};

use super::canonical::canonical;
use super::export::Tally;
use super::line::{self, Exported, Line, bad};
use crate::maintenance::Told;
use crate::{Backend, Change, Commit, Precondition, Query, Result, StoreError, Stored, Write};

/// The most documents of a commit, and about as many bytes as one may have.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 1 << 20;
/// How often a document is looked at again that others change at the same moment.
const TRIES: usize = 8;

/// A file of an export, to be read as often as needed.
pub type Source<'a> = dyn Fn() -> std::io::Result<Box<dyn BufRead + Send>> + Send + Sync + 'a;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: u64,
    pub changed: u64,
    /// There already, with this content.
    pub unchanged: u64,
}

/// Reads a whole export without storing anything, and returns what it has.
///
/// # Errors
/// A line is not one of an export, out of order, or nothing that this program can store; or the end is missing, unless
/// `broken` says that this may be.
pub fn check(source: &Source<'_>, broken: bool, told: &Told) -> Result<Tally> {
    let mut lines = Lines::open(source, broken)?;
    while lines.next()?.is_some() {
        if lines.tally.documents.is_multiple_of(1_000) {
            told("checking the file", lines.tally.documents, None);
        }
    }
    Ok(lines.tally)
}

/// Stores the documents of an export that has been checked. Into empty databases; into such as an earlier, killed import
/// of the same file has begun to fill; or, if `merge` says so, into any: then the file's documents win. Doing it again
/// changes nothing.
///
/// # Errors
/// The databases hold other documents; a database or the file fails.
pub async fn import(
    backends: &[Arc<dyn Backend>; 3],
    source: &Source<'_>,
    merge: bool,
    told: &Told,
) -> Result<Imported> {
    let held = if merge { 0 } else { held(backends).await? };
    let mut imported = Imported::default();
    let mut lines = Lines::open(source, true)?;
    let mut batch: Vec<Exported> = Vec::new();
    let mut bytes = 0;
    loop {
        let next = lines.next()?;
        let apart = |next: &Exported| batch.first().is_some_and(|first| database(first) != database(next));
        if next.as_ref().is_none_or(apart) || batch.len() == BATCH || bytes > BATCH_BYTES {
            store(backends, &batch, merge, held, &mut imported).await?;
            told("importing", lines.tally.documents, None);
            batch.clear();
            bytes = 0;
        }
        let Some(document) = next else { break };
        bytes += document.data.len();
        batch.push(document);
    }
    if imported.unchanged < held {
        return Err(foreign(held, None));
    }
    Ok(imported)
}

fn database(document: &Exported) -> Database {
    document.key.collection.database()
}

/// How many documents there are.
async fn held(backends: &[Arc<dyn Backend>; 3]) -> Result<u64> {
    let mut held = 0;
    for collection in Collection::ALL {
        let backend = super::backend(backends, collection.database());
        held += backend.measure(&Query::of(collection), &[]).await?.count;
    }
    Ok(held)
}

fn foreign(held: u64, key: Option<&crate::Key>) -> StoreError {
    let such = key.map(|key| format!(", such as {key}")).unwrap_or_default();
    let why = format!(
        "the databases hold {held} documents, and not only what this file has{such}: import into empty databases, or \
         with --merge, by which the file's documents win"
    );
    StoreError::Refused { why }
}

/// Stores documents of one database. Without `merge`, the first `held` documents of the file are those that are there.
async fn store(
    backends: &[Arc<dyn Backend>; 3],
    documents: &[Exported],
    merge: bool,
    held: u64,
    imported: &mut Imported,
) -> Result<()> {
    let Some(first) = documents.first() else { return Ok(()) };
    let backend = super::backend(backends, database(first));
    for _ in 0..TRIES {
        let keys: Vec<_> = documents.iter().map(|document| document.key.clone()).collect();
        let mut writes = Vec::new();
        let mut now = Imported::default();
        for (document, found) in documents.iter().zip(backend.get(&keys).await?) {
            let precondition = match &found {
                Some(found) if is_same(found, document) => {
                    now.unchanged += 1;
                    continue;
                }
                Some(found) if merge => {
                    now.changed += 1;
                    Precondition::AtRevision(found.revision)
                }
                Some(_) => return Err(foreign(held, Some(&document.key))),
                None if !merge && imported.unchanged + now.unchanged < held => return Err(foreign(held, None)),
                None => {
                    now.added += 1;
                    Precondition::Absent
                }
            };
            let change = Change::Put { version: document.version, data: document.data.clone() };
            writes.push(Write { key: document.key.clone(), change, precondition });
        }
        let committed = match writes.is_empty() {
            true => Ok(0),
            false => backend.commit(Commit { writes, reads: Vec::new() }).await,
        };
        match committed {
            Err(error) if merge && error.is_conflict() => {}
            other => {
                other?;
                imported.add(now);
                return Ok(());
            }
        }
    }
    Err(StoreError::Conflict { key: first.key.clone() })
}

fn is_same(found: &Stored, document: &Exported) -> bool {
    found.version == document.version && canonical(&found.data).is_ok_and(|data| data == document.data)
}

impl Imported {
    fn add(&mut self, more: Self) {
        self.added += more.added;
        self.changed += more.changed;
        self.unchanged += more.unchanged;
    }
}

/// The documents of a file, checked line by line.
struct Lines {
    reader: Box<dyn BufRead + Send>,
    text: Vec<u8>,
    number: u64,
    last: Option<crate::Key>,
    tally: Tally,
    /// Whether the end may be missing.
    broken: bool,
    ended: bool,
}

impl Lines {
    fn open(source: &Source<'_>, broken: bool) -> Result<Self> {
        let reader = source().map_err(|error| bad(1, format!("the file cannot be read: {error}")))?;
        let tally = Tally::default();
        Ok(Self { reader, text: Vec::new(), number: 0, last: None, tally, broken, ended: false })
    }

    fn next(&mut self) -> Result<Option<Exported>> {
        loop {
            let found = line::next(&mut *self.reader, &mut self.text, self.number + 1)?;
            let is_whole = self.text.last() == Some(&b'\n');
            if !found || !is_whole {
                return if self.ended || self.broken { Ok(None) } else { Err(bad(self.number + 1, BROKEN.to_owned())) };
            }
            self.number += 1;
            if self.ended {
                return Err(bad(self.number, "something follows behind the end".to_owned()));
            }
            let parsed = line::parse(&self.text, self.number)?;
            match (&parsed, self.number) {
                (Line::Head(_), 1) => {}
                (Line::Head(_), _) | (_, 1) => return Err(bad(self.number, "no export begins like this".to_owned())),
                (Line::End(end), _) => self.end(end)?,
                (Line::Document(document), _) => self.in_order(document)?,
            }
            self.tally.add(&self.text);
            if let Line::Document(document) = parsed {
                return Ok(Some(document));
            }
        }
    }

    fn end(&mut self, end: &line::End) -> Result<()> {
        self.ended = true;
        if end.sha256 != self.tally.sha256() || end.documents != self.tally.documents || end.counts != self.tally.counts
        {
            return Err(bad(self.number, "the lines before are not as they were written".to_owned()));
        }
        Ok(())
    }

    fn in_order(&mut self, document: &Exported) -> Result<()> {
        if self.last.as_ref().is_some_and(|last| line::place(last) >= line::place(&document.key)) {
            let why = format!("{} is out of order: by database, collection and id, each once", document.key);
            return Err(bad(self.number, why));
        }
        self.last = Some(document.key.clone());
        self.tally.count(document.key.collection);
        Ok(())
    }
}

const BROKEN: &str = "the end is missing: the export was broken off (`mystage db export --resume` completes it)";
