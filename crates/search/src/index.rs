use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::EntityId;
use tantivy::collector::DocSetCollector;
use tantivy::indexer::LogMergePolicy;
use tantivy::query::{AllQuery, ConstScoreQuery, TermQuery};
use tantivy::schema::{IndexRecordOption, Value as _};
use tantivy::{DocSet, IndexReader, IndexWriter, Searcher, TERMINATED, TantivyDocument, TantivyError, Term};

use crate::document::word_count;
use crate::error::is_locked;
use crate::expand::{Words, whole_title};
use crate::query::KINDS;
use crate::rank::{Found, Ranked, Ranking};
use crate::schema::{Fields, ID, REVISION, TOKENIZER, schema};
use crate::words::{WordTokenizer, title_key, words};
use crate::{Error, Hit, Hits, Query, Result, SearchDoc, folder};

/// What the writer may hold in memory before it writes a segment, in bytes.
const WRITER_HEAP: usize = 48 << 20;
/// So many hits with all the words are enough: below, those with some of the words follow.
const ENOUGH: u64 = 10;

/// The index of all entities. Share it in an `Arc`; every method takes `&self`, blocks, and may be called from any
/// thread. Many processes may read one folder, one of them may write: it is the writer from its first change on.
pub struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    dir: PathBuf,
    /// Exists until [`Index::confirm_filled`].
    mark: Option<PathBuf>,
    /// Opened by the first change, so that readers do not ask for the lock.
    writer: Mutex<Option<IndexWriter>>,
    waiting: Mutex<Waiting>,
}

/// Changes that wait for the next commit. Who finds the writer free carries everybody's.
#[derive(Default)]
struct Waiting {
    next: u64,
    changes: Vec<(u64, BTreeMap<EntityId, Option<SearchDoc>>)>,
    outcomes: BTreeMap<u64, Result<()>>,
}

impl Index {
    /// Opens the index in a folder, made if it is not there. A folder without an index, with an older version's or a
    /// damaged one gets an empty one: see [`Index::rebuilt`].
    ///
    /// A lock that a killed process has left does not matter: the operating system has released it.
    pub fn open(dir: &Path) -> Result<Self> {
        let (schema, fields) = schema();
        let folder = folder::open(dir, &schema, prepare)?;
        Ok(Self::new(folder.index, folder.reader, fields, dir.to_owned(), Some(folder.mark)))
    }

    /// An empty index that is forgotten with the process.
    pub fn in_memory() -> Result<Self> {
        let (schema, fields) = schema();
        let index = tantivy::Index::create_in_ram(schema);
        prepare(&index);
        let reader = index.reader()?;
        Ok(Self::new(index, reader, fields, PathBuf::from("memory"), None))
    }

    fn new(index: tantivy::Index, reader: IndexReader, fields: Fields, dir: PathBuf, mark: Option<PathBuf>) -> Self {
        Self { index, reader, fields, dir, mark, writer: Mutex::default(), waiting: Mutex::default() }
    }

    /// Whether the index was made anew (now, or by an earlier process that did not finish filling it) and the caller
    /// has to give it everything again. Stays so until [`Index::confirm_filled`].
    pub fn rebuilt(&self) -> bool {
        self.mark.as_ref().is_some_and(|mark| mark.exists())
    }

    /// The caller has applied every entity since the index was made anew.
    pub fn confirm_filled(&self) -> Result<()> {
        match &self.mark {
            Some(mark) if mark.exists() => std::fs::remove_file(mark).map_err(|error| Error::folder(mark, &error)),
            _ => Ok(()),
        }
    }

    /// Puts in, replaces and takes out, all of it or nothing, durable and visible to searches when this returns.
    /// Repeating it changes nothing; an upsert with a lower revision than the indexed one is passed over. What is both
    /// upserted and removed is removed. Concurrent calls share a commit.
    pub fn apply(&self, upserts: &[SearchDoc], removals: &[EntityId]) -> Result<()> {
        if upserts.is_empty() && removals.is_empty() {
            return Ok(());
        }
        let mut changes: BTreeMap<EntityId, Option<SearchDoc>> = BTreeMap::new();
        for upsert in upserts {
            follow(&mut changes, upsert.id.clone(), Some(upsert.clone()));
        }
        for removal in removals {
            follow(&mut changes, removal.clone(), None);
        }
        let mut waiting = locked(&self.waiting);
        waiting.next += 1;
        let ticket = waiting.next;
        waiting.changes.push((ticket, changes));
        drop(waiting);

        let mut writer = locked(&self.writer);
        let mut waiting = locked(&self.waiting);
        if let Some(outcome) = waiting.outcomes.remove(&ticket) {
            return outcome;
        }
        let together = std::mem::take(&mut waiting.changes);
        drop(waiting);
        if !together.iter().any(|(other, _)| *other == ticket) {
            return Err(Error::Interrupted);
        }
        let outcome = self.commit(&mut writer, &together);
        let others = together.iter().map(|(other, _)| *other).filter(|other| *other != ticket);
        locked(&self.waiting).outcomes.extend(others.map(|other| (other, outcome.clone())));
        outcome
    }

    /// Takes everything out.
    pub fn clear(&self) -> Result<()> {
        self.write(&mut locked(&self.writer), |writer, _| writer.delete_all_documents().map(|_| ()))
    }

    fn commit(
        &self,
        writer: &mut Option<IndexWriter>,
        together: &[(u64, BTreeMap<EntityId, Option<SearchDoc>>)],
    ) -> Result<()> {
        let mut changes = BTreeMap::new();
        for (id, change) in together.iter().flat_map(|(_, changes)| changes) {
            follow(&mut changes, id.clone(), change.clone());
        }
        self.write(writer, |writer, searcher| {
            for (id, change) in changes {
                let indexed = self.revision(searcher, &id)?;
                match change {
                    Some(document) if indexed.is_none_or(|indexed| document.revision >= indexed) => {
                        writer.delete_term(SearchDoc::id_term(&self.fields, &id));
                        writer.add_document(document.into_indexed(&self.fields))?;
                    }
                    None if indexed.is_some() => {
                        writer.delete_term(SearchDoc::id_term(&self.fields, &id));
                    }
                    _ => {}
                }
            }
            Ok(())
        })
    }

    /// Makes changes and commits them. After a failure the writer is dropped with whatever it had not committed.
    fn write(
        &self,
        slot: &mut Option<IndexWriter>,
        changes: impl FnOnce(&mut IndexWriter, &Searcher) -> tantivy::Result<()>,
    ) -> Result<()> {
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => self.open_writer()?,
        };
        changes(&mut writer, &self.reader.searcher())?;
        writer.commit()?;
        *slot = Some(writer);
        Ok(self.reader.reload()?)
    }

    fn open_writer(&self) -> Result<IndexWriter> {
        let writer: IndexWriter = self
            .index
            .writer_with_num_threads(1, WRITER_HEAP)
            .map_err(|error| if is_locked(&error) { Error::Locked(self.dir.clone()) } else { error.into() })?;
        let mut merging = LogMergePolicy::default();
        merging.set_del_docs_ratio_before_merge(0.3);
        writer.set_merge_policy(Box::new(merging));
        // Another process may have written since this one began to read.
        self.reader.reload()?;
        Ok(writer)
    }

    fn revision(&self, searcher: &Searcher, id: &EntityId) -> tantivy::Result<Option<u64>> {
        let term = SearchDoc::id_term(&self.fields, id);
        for segment in searcher.segment_readers() {
            let Some(mut found) =
                segment.inverted_index(self.fields.id)?.read_postings(&term, IndexRecordOption::Basic)?
            else {
                continue;
            };
            while found.doc() != TERMINATED {
                if !segment.is_deleted(found.doc()) {
                    return Ok(segment.fast_fields().u64(REVISION)?.first(found.doc()));
                }
                found.advance();
            }
        }
        Ok(None)
    }

    /// What matches, best first. See the crate's tests for the order.
    pub fn search(&self, query: &Query) -> Result<Hits> {
        query.check()?;
        let searcher = self.reader.searcher();
        let typed: Vec<String> =
            words(&query.words).into_iter().map(|word| word.text).take(Query::MOST_WORDS).collect();
        let ranking = Ranking::new(query, typed.len(), word_count(&query.words));
        let ranked = self.rank(&searcher, query, &typed, &ranking)?;
        let total = ranked.total(&ranking);
        let kinds = KINDS.into_iter().zip(ranked.counts).collect();
        let page = ranked.page(query.offset, query.limit);
        let hits = page.into_iter().map(|found| self.hit(&searcher, &found)).collect::<Result<_>>()?;
        Ok(Hits { hits, total, kinds })
    }

    fn rank(&self, searcher: &Searcher, query: &Query, typed: &[String], ranking: &Ranking) -> Result<Ranked> {
        let key = title_key(&query.words);
        if key.is_empty() {
            return Ok(searcher.search(&ConstScoreQuery::new(Box::new(AllQuery), 0.0), ranking)?);
        }
        if typed.is_empty() {
            return Ok(searcher.search(&whole_title(&self.fields, &key), ranking)?);
        }
        let words = Words { fields: &self.fields, searcher, words: typed, title_key: &key };
        let all = searcher.search(&words.query(typed.len())?, ranking)?;
        if typed.len() == 1 || all.total(ranking) >= ENOUGH {
            return Ok(all);
        }
        Ok(searcher.search(&words.query(typed.len().div_ceil(2))?, ranking)?)
    }

    fn hit(&self, searcher: &Searcher, found: &Found) -> Result<Hit> {
        let document: TantivyDocument = searcher.doc(found.address)?;
        let text = |field| document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default();
        let id = text(self.fields.id).parse().map_err(|error| Error::Document(format!("{error}")))?;
        let stored =
            serde_json::from_str(text(self.fields.stored)).map_err(|error| Error::Document(error.to_string()))?;
        let revision = document.get_first(self.fields.revision).and_then(|value| value.as_u64()).unwrap_or_default();
        Ok(Hit { id, revision, distance_m: found.distance_m, stored })
    }

    /// The indexed entities that show the name of `id`: what has to be indexed again when it is renamed.
    pub fn referring_to(&self, id: &EntityId) -> Result<Vec<EntityId>> {
        let searcher = self.reader.searcher();
        let term = Term::from_field_text(self.fields.refers_to, id.as_str());
        let found = searcher.search(&TermQuery::new(term, IndexRecordOption::Basic), &DocSetCollector)?;
        found
            .into_iter()
            .map(|address| {
                let document: TantivyDocument = searcher.doc(address)?;
                let text = document.get_first(self.fields.id).and_then(|value| value.as_str()).unwrap_or_default();
                text.parse().map_err(|error| Error::Document(format!("{error}")))
            })
            .collect()
    }

    /// Every indexed entity and its revision, in no order, as of now: to be compared with the store.
    pub fn revisions(&self) -> impl Iterator<Item = Result<(EntityId, u64)>> + use<> {
        let searcher = self.reader.searcher();
        (0..searcher.segment_readers().len()).flat_map(move |segment| match segment_revisions(&searcher, segment) {
            Ok(revisions) => revisions,
            Err(error) => vec![Err(error)],
        })
    }

    /// How many entities are indexed.
    pub fn documents(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Whether the index can be read as it stands on the disk now.
    pub fn check(&self) -> Result<()> {
        Ok(self.index.load_metas().map(|_| ())?)
    }

    /// Whether the disk takes what is written into the index's folder: a byte is written and taken away again.
    pub fn check_disk(&self) -> Result<()> {
        // Two checks at once must not take away each other's file.
        static CHECKS: AtomicU64 = AtomicU64::new(0);
        if self.mark.is_none() {
            return Ok(());
        }
        let check = CHECKS.fetch_add(1, Ordering::Relaxed);
        let file = self.dir.join(format!("check-{}-{check}", std::process::id()));
        let written = std::fs::write(&file, b"1").and_then(|()| std::fs::remove_file(&file));
        written.map_err(|error| Error::folder(&self.dir, &error))
    }
}

fn prepare(index: &tantivy::Index) {
    index.tokenizers().register(TOKENIZER, WordTokenizer);
}

/// Lets a change follow those before it: the later one counts, unless it is an older state.
fn follow(changes: &mut BTreeMap<EntityId, Option<SearchDoc>>, id: EntityId, change: Option<SearchDoc>) {
    let stale = match (changes.get(&id), &change) {
        (Some(Some(before)), Some(after)) => after.revision < before.revision,
        _ => false,
    };
    if !stale {
        changes.insert(id, change);
    }
}

fn segment_revisions(searcher: &Searcher, segment: usize) -> Result<Vec<Result<(EntityId, u64)>>> {
    let segment = &searcher.segment_readers()[segment];
    let revisions = segment.fast_fields().u64(REVISION)?;
    let Some(ids) = segment.fast_fields().str(ID)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let mut id = String::new();
    for doc in segment.doc_ids_alive() {
        let Some(ordinal) = ids.term_ords(doc).next() else { continue };
        ids.ord_to_str(ordinal, &mut id).map_err(TantivyError::from)?;
        let entity = id.parse().map_err(|error| Error::Document(format!("{error}")));
        found.push(entity.map(|entity| (entity, revisions.first(doc).unwrap_or_default())));
    }
    Ok(found)
}

/// A panic in another thread leaves nothing half done behind these locks: the writer is out of its slot while it is
/// used, and the waiting changes are moved in one step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
