use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::live::commits::{self, After, Commits, Entry};
use crate::live::listing::{self, Listing};
use crate::live::{Change, Snapshot};
use crate::{Backend, Cursor, Plan, Query, Result};

/// The documents of a window, in the query's order.
pub(super) type Shown = Arc<[Arc<Snapshot>]>;

/// What somebody has been told of a window: the id of each document, and the first revision that is new.
pub(super) type Told = HashMap<String, u64>;

/// The first documents of a query with a limit, and some behind them that follow when others leave.
pub(super) struct Window {
    limit: usize,
    documents: Vec<(Cursor, Arc<Snapshot>)>,
    /// Where what is known ends; `None` if nothing follows.
    bound: Option<Cursor>,
    /// Documents whose present state cannot be read yet.
    held: HashSet<String>,
    /// Whether anything came or went since it was shown.
    changed: bool,
}

/// How many documents are read for a window of this many.
pub(super) fn reach(limit: usize) -> usize {
    limit + limit.clamp(8, 128)
}

impl Window {
    pub(super) fn new(limit: usize, plan: &Plan, listing: Listing) -> Self {
        let place = |document: Arc<Snapshot>| (listing::place(plan, &document), document);
        let documents = listing.documents.into_iter().map(place).collect();
        Self { limit, documents, bound: listing.bound, held: HashSet::new(), changed: true }
    }

    pub(super) fn take(&mut self, plan: &Plan, entry: &Entry) {
        if matches!(entry.now, After::Superseded) {
            self.held.insert(entry.id.clone());
            return;
        }
        self.held.remove(&entry.id);
        if let Some(at) = self.documents.iter().position(|(place, _)| place.id == entry.id) {
            self.documents.remove(at);
            self.changed = true;
        }
        let After::Document(document, value) = &entry.now else { return };
        let place = plan.position(&entry.id, value);
        let known = self.bound.as_ref().is_none_or(|bound| plan.compare(&place, bound).is_le());
        if known && plan.matches(&entry.id, value) {
            let at = self.documents.partition_point(|(before, _)| plan.compare(before, &place).is_lt());
            self.documents.insert(at, (place, Arc::clone(document)));
            self.changed = true;
        }
        let reach = reach(self.limit);
        if self.documents.len() > 2 * reach {
            self.documents.truncate(reach);
            self.bound = self.documents.last().map(|(place, _)| place.clone());
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether too many have left: what follows must be read.
    pub(super) fn is_short(&self) -> bool {
        self.bound.is_some() && self.documents.len() < self.limit
    }

    /// Whether anything came or went since the last call.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    pub(super) fn shown(&self) -> Shown {
        self.documents.iter().take(self.limit).map(|(_, document)| Arc::clone(document)).collect()
    }
}

pub(super) fn told(shown: &Shown) -> Told {
    shown.iter().map(|document| (document.key.id.clone(), document.revision + 1)).collect()
}

/// What is new to somebody: what left first, then the others in the query's order.
pub(super) fn changes(told: &Told, shown: &Shown) -> Vec<Change> {
    let present: HashSet<&str> = shown.iter().map(|document| document.key.id.as_str()).collect();
    let mut left: Vec<&String> = told.keys().filter(|id| !present.contains(id.as_str())).collect();
    left.sort();
    let left = left.into_iter().map(|id| Change::Removed(id.clone()));
    let rest = shown.iter().filter_map(|document| match told.get(&document.key.id) {
        None => Some(Change::Added(Arc::clone(document))),
        Some(new) if document.revision >= *new => Some(Change::Modified(Arc::clone(document))),
        Some(_) => None,
    });
    left.chain(rest).collect()
}

/// What the window was at a sequence of the past.
///
/// A document that was not changed since stands where it stood. Where the others stood is told by what the feed says
/// they were before their first change.
pub(super) async fn told_at(
    backend: &dyn Backend,
    query: &Query,
    plan: &Plan,
    limit: usize,
    sequence: u64,
) -> Result<Told> {
    let mut changed: HashMap<String, (u64, Option<Cursor>)> = HashMap::new();
    let (mut read, mut most) = (sequence, reach(limit));
    loop {
        let listing = listing::list(backend, query, plan, most).await?;
        let mut feed = Commits::after(backend, read);
        while read < listing.position {
            let commit = feed.next().await?;
            read = commits::end(&commit);
            for entry in commits::entries(commit, query.collection) {
                let was = entry.was.filter(|was| plan.matches(&entry.id, was));
                let place = was.map(|was| plan.position(&entry.id, &was));
                changed.entry(entry.id).or_insert((entry.revision, place));
            }
        }
        let known = |place: &Cursor| listing.bound.as_ref().is_none_or(|bound| plan.compare(place, bound).is_le());
        let unchanged = listing.documents.iter().filter(|document| !changed.contains_key(&document.key.id));
        let unchanged = unchanged.map(|document| (listing::place(plan, document), document.revision + 1));
        let places = changed.values().filter_map(|(revision, place)| Some((place.clone()?, *revision)));
        let mut stood: Vec<(Cursor, u64)> = unchanged.chain(places.filter(|(place, _)| known(place))).collect();
        if listing.bound.is_none() || stood.len() >= limit {
            stood.sort_by(|(one, _), (other, _)| plan.compare(one, other));
            return Ok(stood.into_iter().take(limit).map(|(place, new)| (place.id, new)).collect());
        }
        most = 2 * most + changed.len();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::Collection;

    use super::{Window, reach};
    use crate::live::commits::tests::{entry, snapshot, stored};
    use crate::live::listing::{Listing, place};
    use crate::{Direction, Now, Plan, Query};

    const LIMIT: usize = 2;

    /// Times and revisions by id.
    type Chats = BTreeMap<String, (i64, u64)>;

    fn in_order(chats: &Chats) -> Vec<(String, u64)> {
        let mut order: Vec<_> = chats.iter().map(|(id, (at, revision))| (*at, id.clone(), *revision)).collect();
        order.sort();
        order.into_iter().map(|(_, id, revision)| (id, revision)).collect()
    }

    fn read(plan: &Plan, chats: &Chats) -> Window {
        let order = in_order(chats);
        let documents: Vec<_> = order.iter().take(reach(LIMIT)).map(|(id, n)| snapshot(id, *n, chats[id].0)).collect();
        let bound = documents.last().filter(|_| order.len() > documents.len()).map(|last| place(plan, last));
        Window::new(LIMIT, plan, Listing { documents, bound, position: 0 })
    }

    #[test]
    fn a_window_is_the_first_of_all_documents() {
        let plan = Query::of(Collection::Chats).order("last_message_at", Direction::Ascending).plan().unwrap();
        let mut random = 7_u64;
        let mut draw = |of: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % of
        };
        let (mut chats, mut held) = (Chats::new(), None::<String>);
        let (mut window, mut reads) = (read(&plan, &chats), 0);
        for revision in 1..20_000 {
            let id = format!("c{:02}", draw(60));
            let at = draw(30).cast_signed();
            // Times of growth and of decline.
            let now = match draw(4) < if revision / 300 % 2 == 0 { 3 } else { 1 } {
                true => Now::Document(stored(&id, revision, at)),
                false => Now::Deleted,
            };
            match &now {
                Now::Document(_) => drop(chats.insert(id.clone(), (at, revision))),
                _ => drop(chats.remove(&id)),
            }
            if held.as_ref().is_none_or(|held| *held == id) && draw(5) == 0 {
                window.take(&plan, &entry(&id, revision, Now::Superseded));
                held = Some(id);
            } else {
                held = held.filter(|held| *held != id);
                window.take(&plan, &entry(&id, revision, now));
            }
            assert_eq!(window.is_whole(), held.is_none());
            if window.is_whole() && window.is_short() {
                (window, reads) = (read(&plan, &chats), reads + 1);
            }
            if window.is_whole() {
                let shown = window.shown().iter().map(|chat| (chat.key.id.clone(), chat.revision)).collect::<Vec<_>>();
                let expected: Vec<_> = in_order(&chats).into_iter().take(LIMIT).collect();
                assert_eq!(shown, expected, "after {revision}");
            }
        }
        assert!((10..2_000).contains(&reads), "{reads} reads");
    }
}
