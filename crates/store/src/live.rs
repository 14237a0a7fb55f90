//! Listening to queries: the result first, then every change of it, commit by commit.
//!
//! One task a database, which runs while anybody listens, reads the feed and evaluates each commit once for each
//! distinct query. Who falls behind catches up from the feed by itself, so that nobody waits for the slowest and nothing
//! is buffered without bound.
//!
//! Deliberately absent: states that nobody can read any more. The feed keeps which documents a commit touched, not what
//! they were. When a document was changed again before the feed was read, the commits from the one to the other are told
//! as one, so that what a listener has seen is always the whole result of one moment.

mod changes;
mod commits;
mod hub;
mod listener;
mod listing;
mod span;
mod token;
mod topic;
mod window;

use std::sync::Arc;

use futures::StreamExt;
use model::{Collection, Database, Document};

use crate::{BoxStream, Query, Result, Store, StoreError, Versioned};

pub use changes::{Change, Changes, Snapshot};
pub(crate) use hub::Hub;
pub use token::Token;

use listener::Listener;

impl Store {
    /// The query's result, and then every change of it for as long as the stream is kept. A limit makes it a window: the
    /// first documents of the order, into which others follow when some leave.
    ///
    /// Without a token the first item is the whole result, also when it is empty. With one, nothing comes that was told
    /// up to the token's item; of a window, what has changed since then comes as one item. Each item is what one commit
    /// changed, in the order of the commits; an item without changes carries a newer token. While the database is away,
    /// nothing comes, unless that is at the beginning.
    ///
    /// # Errors
    /// As the last item: [`StoreError::NoIndex`] and [`StoreError::InvalidQuery`]; [`StoreError::InvalidToken`] for a
    /// token of another query or database; [`StoreError::FeedTrimmed`] when the feed no longer reaches back to the
    /// token: begin anew without one.
    pub fn listen_raw(&self, query: Query, resume: Option<&Token>) -> BoxStream<'static, Result<Arc<Changes>>> {
        let hub = Arc::clone(self.hub(query.collection.database()));
        match Listener::new(hub, query, resume) {
            Ok(listener) => Box::pin(futures::stream::unfold(listener, |mut listener| async move {
                let next = listener.next().await?;
                Some((next, listener))
            })),
            Err(refused) => Box::pin(futures::stream::once(std::future::ready(Err(refused)))),
        }
    }

    /// As [`Store::listen_raw`], with documents that are parsed once for all who listen.
    ///
    /// # Errors
    /// As [`Store::listen_raw`], and an item for each that cannot be read as `D`.
    pub fn listen<D: Document>(
        &self,
        query: Query,
        resume: Option<&Token>,
    ) -> BoxStream<'static, Result<Changes<Arc<Versioned<D>>>>> {
        Box::pin(self.listen_raw(query, resume).map(|item| item.and_then(|changes| changes.read())))
    }

    /// Forgets the feed of a database but for this many of its latest entries. Returns the sequence up to which it is
    /// forgotten: tokens older than that are answered with [`StoreError::FeedTrimmed`].
    ///
    /// # Errors
    /// The database fails.
    pub async fn trim_before(&self, database: Database, keep: u64) -> Result<u64> {
        let probe = Query::of(Collection::Funnels(database)).limit(1);
        let until = self.backend(database).list(&probe).await?.position.saturating_sub(keep);
        if until > 0 {
            self.trim(database, until).await?;
        }
        Ok(until)
    }
}

/// # Errors
/// Nobody can listen to the query.
fn check(query: &Query) -> Result<()> {
    let why = match () {
        () if !query.collection.is_recorded() => "the feed does not record its collection: nobody can listen to it",
        () if query.after.is_some() || query.before.is_some() => "who listens to a page listens from the beginning",
        () => return Ok(()),
    };
    Err(StoreError::InvalidQuery { collection: query.collection, why: why.to_owned() })
}
