//! Listeners that check what they are told.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;

use crate::live::{Change, Changes, Token};
use crate::{BoxStream, Cursor, Query, Result, Store};

/// Ids and revisions of a query's result.
pub(super) type Found = BTreeMap<String, u64>;

/// One who listens, with what was shown so far.
pub(super) struct Watcher {
    pub(super) query: Query,
    stream: Option<BoxStream<'static, Result<Arc<Changes>>>>,
    pub(super) token: Option<Token>,
    pub(super) shown: Found,
    told: HashSet<(String, u64)>,
}

impl Watcher {
    pub(super) fn new(store: &Store, query: Query) -> Self {
        let stream = Some(store.listen_raw(query.clone(), None));
        Self { query, stream, token: None, shown: Found::new(), told: HashSet::new() }
    }

    pub(super) fn leave(&mut self) {
        self.stream = None;
    }

    /// Goes on in a store, which may be another, from the token as a client would hand it back.
    pub(super) fn resume(&mut self, store: &Store) {
        let token = self.token.as_ref().map(|token| Token::from_text(&token.to_text()).unwrap());
        self.stream = Some(store.listen_raw(self.query.clone(), token.as_ref()));
    }

    pub(super) fn is_away(&self) -> bool {
        self.stream.is_none()
    }

    /// The next item.
    pub(super) async fn next(&mut self) -> Result<Arc<Changes>> {
        let next = self.stream.as_mut().unwrap().next();
        let next = tokio::time::timeout(Duration::from_secs(30), next).await;
        next.unwrap_or_else(|_| panic!("nothing more is told of {:?} after {:?}", self.query, self.shown)).unwrap()
    }

    /// Takes the next item in. Returns what it said, in its order: `+` added, `~` modified, `-` removed.
    pub(super) async fn see(&mut self) -> String {
        let item = self.next().await.unwrap();
        let is_first = self.token.replace(item.token.clone()).is_none();
        assert!(is_first || !item.changes.is_empty(), "only the first item may be empty: {:?}", self.query);
        item.changes.iter().map(|change| self.apply(change)).collect::<Vec<_>>().join(" ")
    }

    fn apply(&mut self, change: &Change) -> String {
        let said = match change {
            Change::Added(document) => {
                let before = self.shown.insert(document.key.id.clone(), document.revision);
                assert_eq!(before, None, "{change:?} is there already");
                format!("+{}", document.key.id)
            }
            Change::Modified(document) => {
                let before = self.shown.insert(document.key.id.clone(), document.revision);
                assert!(before.is_some_and(|before| before < document.revision), "{change:?} was {before:?}");
                format!("~{}", document.key.id)
            }
            Change::Removed(id) => {
                assert!(self.shown.remove(id).is_some(), "{change:?} is not there");
                format!("-{id}")
            }
        };
        if let Change::Added(document) | Change::Modified(document) = change
            && self.query.limit.is_none()
        {
            let new = self.told.insert((document.key.id.clone(), document.revision));
            assert!(new, "{change:?} is told twice");
        }
        said
    }
}

/// What a listener of the query should have been shown by now.
pub(super) async fn found(store: &Store, query: &Query) -> Found {
    let mut found = Found::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = super::given::page(store, &query.clone().after(after)).await;
        found.extend(page.documents.into_iter().map(|stored| (stored.key.id, stored.revision)));
        match page.next {
            Some(next) if query.limit.is_none() => after = Some(next),
            _ => return found,
        }
    }
}

/// Another process, as far as listeners know.
pub(super) fn another(store: &Store) -> Store {
    Store::new(model::Database::ALL.map(|database| Arc::clone(store.backend(database))), |_| Vec::new())
}
