use std::collections::BTreeMap;

use model::{Collection, Database, Document, Fact, Funnel, Time, Trace};

use crate::limits;
use crate::{Change, FieldChange, Fields, Key, Precondition, Read, Result, StoreError, Write};

/// What one step commits: documents of one database, the facts that they announce, and counts for the run's funnel.
#[derive(Clone, Debug)]
pub struct Batch {
    pub database: Database,
    /// When the step began; tasks that its facts cause are due from here on.
    pub now: Time,
    pub trace: Trace,
    /// Whether each task that this causes begins a trace of its own instead of continuing this one.
    pub begins_traces: bool,
    pub writes: Vec<Write>,
    /// What must still be so when it is committed.
    pub reads: Vec<Read>,
    /// What it announces, with the trace that the fact's tasks go on where that is not the batch's own.
    pub facts: Vec<(Fact, Option<Trace>)>,
    pub counts: BTreeMap<String, i64>,
}

impl Batch {
    /// The largest document, in bytes of JSON.
    pub const DOCUMENT_MAX: usize = 1 << 20;
    /// The longest text in an index, in bytes: two of them and an id are what PostgreSQL takes as one entry of an index,
    /// 2,704 bytes.
    pub const INDEXED_TEXT_MAX: usize = 1_000;

    pub fn new(database: Database, now: Time) -> Self {
        Self {
            database,
            now,
            trace: Trace::default(),
            begins_traces: false,
            writes: Vec::new(),
            reads: Vec::new(),
            facts: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Writes the whole document.
    ///
    /// # Errors
    /// The document belongs to another database, has no valid id, or is larger than [`Batch::DOCUMENT_MAX`], or an
    /// indexed text of it is longer than [`Batch::INDEXED_TEXT_MAX`].
    pub fn put<D: Document>(&mut self, document: &D, precondition: Precondition) -> Result<()> {
        let key = self.key(document.collection(), document.id())?;
        let data =
            serde_json::to_string(document).map_err(|source| StoreError::Unwritable { key: key.clone(), source })?;
        limits::check_json(&key, &data)?;
        self.writes.push(Write { key, change: Change::Put { version: D::VERSION, data }, precondition });
        Ok(())
    }

    /// # Errors
    /// The key belongs to another database.
    pub fn delete(&mut self, collection: Collection, id: &str, precondition: Precondition) -> Result<()> {
        let key = self.key(collection, id)?;
        self.writes.push(Write { key, change: Change::Delete, precondition });
        Ok(())
    }

    /// Changes single fields of a document, whoever else changes it at the same moment. Without a precondition that says
    /// otherwise, a document that is absent comes into being with its id and these fields.
    ///
    /// # Errors
    /// The collection belongs to another database, or the id is not valid.
    pub fn update<D: Document>(
        &mut self,
        collection: Collection,
        id: &str,
        fields: Fields,
        precondition: Precondition,
    ) -> Result<()> {
        let key = self.key(collection, id)?;
        self.writes.push(Write { key, change: Change::Update { version: D::VERSION, fields }, precondition });
        Ok(())
    }

    /// Announces a fact. The tasks that it causes are written with the batch.
    pub fn fact(&mut self, fact: Fact) {
        self.facts.push((fact, None));
    }

    /// Announces a fact whose tasks go on a trace of their own: for steps that work on many tasks at once.
    pub fn fact_on(&mut self, trace: Trace, fact: Fact) {
        self.facts.push((fact, Some(trace)));
    }

    /// Adds to a count of the run's funnel, named `stage.outcome`. Letters, digits, `_` and `.` are kept of the name;
    /// everything else becomes `_`.
    pub fn count(&mut self, name: impl AsRef<str>, by: i64) {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') { c } else { '_' };
        if by != 0 {
            *self.counts.entry(name.as_ref().chars().map(plain).collect()).or_default() += by;
        }
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.reads.is_empty() && self.facts.is_empty() && self.counts.is_empty()
    }

    /// The write that adds the counts, if there are any and they belong to a run.
    pub(crate) fn counts_write(&self) -> Option<Write> {
        if self.counts.is_empty() || self.trace.run_id.is_empty() {
            return None;
        }
        let key = Key::new(Collection::Funnels(self.database), self.trace.run_id.clone());
        let counts = self.counts.iter().map(|(name, by)| (name.clone(), FieldChange::Increment((*by).into())));
        let change = Change::Update { version: Funnel::VERSION, fields: Fields(counts.collect()) };
        Some(Write { key, change, precondition: Precondition::Any })
    }

    fn key(&self, collection: Collection, id: &str) -> Result<Key> {
        check_id(collection, id)?;
        let key = Key::new(collection, id);
        if collection.database() == self.database {
            Ok(key)
        } else {
            Err(StoreError::WrongDatabase { key, database: self.database })
        }
    }
}

/// Whether the text is an id of the collection.
pub(crate) fn check_id(collection: Collection, id: &str) -> Result<()> {
    let depth = collection.depth();
    let parts = id.split('/').filter(|part| !part.is_empty()).count();
    if id.len() > 200 || id.chars().any(char::is_control) || parts != depth || id.split('/').count() != depth {
        return Err(StoreError::InvalidId { id: id.chars().take(200).collect(), collection, depth });
    }
    Ok(())
}
