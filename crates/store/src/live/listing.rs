use std::sync::Arc;

use crate::live::Snapshot;
use crate::live::commits::{self, Commits};
use crate::live::span::Span;
use crate::{Backend, Cursor, Plan, Query, Result};

/// Documents of one page.
const PAGE: usize = 500;

/// The first documents of a query at one moment, in its order.
pub(super) struct Listing {
    pub(super) documents: Vec<Arc<Snapshot>>,
    /// Where what is known ends; `None` if nothing follows.
    pub(super) bound: Option<Cursor>,
    /// The feed's sequence at the moment.
    pub(super) position: u64,
}

/// About `most` of the query's documents. The pages are of different moments; the feed tells what happened between them.
pub(super) async fn list(backend: &dyn Backend, query: &Query, plan: &Plan, most: usize) -> Result<Listing> {
    let mut page_query = query.clone();
    let mut documents = Vec::new();
    let (mut first, mut position) = (None, 0);
    let bound = loop {
        page_query.limit = Some((most - documents.len()).min(PAGE));
        let page = backend.list(&page_query).await?;
        first.get_or_insert(page.position);
        position = page.position.max(position);
        documents.extend(page.documents.into_iter().map(Snapshot::new));
        if page.next.is_none() || documents.len() >= most {
            break page.next;
        }
        page_query.after = page.next;
    };
    let mut listing = Listing { documents, bound, position };
    if let Some(first) = first.filter(|first| *first < position) {
        listing.bring_up(backend, query, plan, first).await?;
    }
    Ok(listing)
}

impl Listing {
    /// Makes documents of different moments, the first of which was `first`, those of one moment.
    ///
    /// A document that no commit has touched since then is on the one page where it always stood. What the others are is
    /// told by the commits.
    async fn bring_up(&mut self, backend: &dyn Backend, query: &Query, plan: &Plan, first: u64) -> Result<()> {
        let mut feed = Commits::after(backend, first);
        let mut span = Span::default();
        let mut read = first;
        while read < self.position || !span.is_whole() {
            let commit = feed.next().await?;
            read = commits::end(&commit);
            commits::entries(commit, query.collection).for_each(|entry| span.take(plan, &entry));
        }
        self.position = read;
        let untouched = self.documents.drain(..).filter(|document| !span.has_touched(&document.key.id));
        let touched = span.touched().iter().filter_map(|touched| touched.now.clone());
        let mut placed: Vec<(Cursor, Arc<Snapshot>)> =
            untouched.chain(touched).map(|document| (place(plan, &document), document)).collect();
        if let Some(bound) = &self.bound {
            placed.retain(|(at, _)| plan.compare(at, bound).is_le());
        }
        placed.sort_by(|(one, _), (other, _)| plan.compare(one, other));
        self.documents = placed.into_iter().map(|(_, document)| document).collect();
        Ok(())
    }
}

/// Where a document stands in the query's order.
pub(super) fn place(plan: &Plan, document: &Snapshot) -> Cursor {
    plan.position(&document.key.id, &serde_json::from_str(&document.data).unwrap_or_default())
}
