use std::sync::Arc;

use tokio::sync::broadcast;

use crate::live::commits::Entry;
use crate::live::listing::Listing;
use crate::live::span::Span;
use crate::live::window::{self, Shown, Window};
use crate::live::{Change, Changes, Token};
use crate::{Plan, Query};

/// Items that a listener may be behind before it has to read the feed itself.
const BUFFER: usize = 128;
/// Sequences without a change after which listeners are given a newer token, so that trimming the feed does not cut
/// them off.
pub(super) const QUIET: u64 = 10_000;

/// One distinct query that somebody listens to. Evaluates what is committed, once for all who listen.
pub(super) struct Topic {
    /// Not the number of any other topic before or after.
    pub(super) number: u64,
    pub(super) query: Query,
    pub(super) plan: Plan,
    pub(super) listeners: usize,
    sender: broadcast::Sender<Message>,
    token: Token,
    /// Where its last item ends.
    told: u64,
    body: Body,
}

#[derive(Clone)]
pub(super) enum Message {
    Item(Arc<Item>),
    /// The feed was trimmed before it was read: nobody knows what happened since.
    Trimmed {
        after: u64,
        first: u64,
    },
}

pub(super) struct Item {
    /// The changes are those of commits after this sequence,
    pub(super) from: u64,
    /// up to this one.
    pub(super) to: u64,
    pub(super) told: Arc<Changes>,
    pub(super) detail: Detail,
}

pub(super) enum Detail {
    /// How it came about, for who has seen a part of it in their first result.
    Span(Span),
    /// What the window is now.
    Shown(Shown),
}

impl Item {
    /// Whether it is told for its token alone.
    pub(super) fn is_quiet(&self) -> bool {
        self.from == self.to
    }
}

enum Body {
    All(Span),
    Window(Windowed),
}

struct Windowed {
    limit: usize,
    /// Absent while it is read.
    window: Option<Window>,
    /// The moment of what was read: commits up to there are in it.
    floor: u64,
    /// Commits that came while it is read, with their ends.
    pending: Vec<(u64, Arc<[Entry]>)>,
    /// What was told last.
    shown: Option<Shown>,
}

impl Topic {
    pub(super) fn new(number: u64, query: Query, plan: Plan, token: Token) -> Self {
        let body = match query.limit {
            None => Body::All(Span::default()),
            Some(limit) => Body::Window(Windowed { limit, window: None, floor: 0, pending: Vec::new(), shown: None }),
        };
        let told = token.sequence;
        Self { number, query, plan, listeners: 0, sender: broadcast::channel(BUFFER).0, token, told, body }
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.sender.subscribe()
    }

    /// The window as it is after the commits up to `position`, and the moment of that, if it is known now.
    pub(super) fn shown(&self, position: u64) -> Option<(Shown, u64)> {
        let Body::Window(windowed) = &self.body else { return None };
        let whole = windowed.window.as_ref().is_some_and(Window::is_whole);
        windowed.shown.clone().filter(|_| whole).map(|shown| (shown, position.max(windowed.floor)))
    }

    /// What a commit that ends at `end` changed in the collection. Whether the window must be read after it.
    pub(super) fn take(&mut self, entries: &Arc<[Entry]>, end: u64) -> bool {
        match &mut self.body {
            Body::All(span) => {
                entries.iter().for_each(|entry| span.take(&self.plan, entry));
                self.tell_span(end);
                return false;
            }
            Body::Window(Windowed { window: None, pending, .. }) => {
                pending.push((end, Arc::clone(entries)));
                return false;
            }
            Body::Window(Windowed { floor, .. }) if end <= *floor => return false,
            Body::Window(Windowed { window: Some(window), .. }) => {
                entries.iter().for_each(|entry| window.take(&self.plan, entry));
            }
        }
        self.tell_window(end)
    }

    /// What was read of the window. Whether it must be read again.
    pub(super) fn install(&mut self, listing: Listing) -> bool {
        let Body::Window(windowed) = &mut self.body else { return false };
        let mut end = listing.position;
        windowed.floor = end;
        let mut window = Window::new(windowed.limit, &self.plan, listing);
        for (at, entries) in std::mem::take(&mut windowed.pending) {
            if at > windowed.floor {
                entries.iter().for_each(|entry| window.take(&self.plan, entry));
                end = at;
            }
        }
        windowed.window = Some(window);
        self.tell_window(end)
    }

    /// Tells of the end of a time without changes.
    pub(super) fn tell_quiet(&mut self, end: u64) {
        let detail = match &self.body {
            _ if self.told + QUIET > end => return,
            Body::All(span) if span.touched().is_empty() => Detail::Span(Span::default()),
            Body::All(_) => return,
            Body::Window(_) => match self.shown(end) {
                Some((shown, at)) if at == end => Detail::Shown(shown),
                _ => return,
            },
        };
        self.send(end, end, Vec::new(), detail);
    }

    pub(super) fn tell_trimmed(&self, after: u64, first: u64) {
        // Fails when nobody listens at this moment.
        let _ = self.sender.send(Message::Trimmed { after, first });
    }

    fn tell_span(&mut self, end: u64) {
        let Body::All(span) = &mut self.body else { return };
        if span.touched().is_empty() || !span.is_whole() {
            return;
        }
        let span = std::mem::take(span);
        if span.was_or_is_in() {
            // Perhaps without changes: who has seen a part of the commits in the first result may still have some.
            self.send(span.begin(), end, span.changes_since(0), Detail::Span(span));
        }
    }

    fn tell_window(&mut self, end: u64) -> bool {
        let Body::Window(windowed) = &mut self.body else { return false };
        let Some(window) = windowed.window.as_mut().filter(|window| window.is_whole()) else { return false };
        if window.is_short() {
            windowed.window = None;
            return true;
        }
        if window.take_changed() || windowed.shown.is_none() {
            let shown = window.shown();
            let before = windowed.shown.replace(Arc::clone(&shown));
            let changes = before.map(|before| window::changes(&window::told(&before), &shown)).unwrap_or_default();
            if !changes.is_empty() {
                self.send(self.told, end, changes, Detail::Shown(shown));
            }
        }
        false
    }

    fn send(&mut self, from: u64, to: u64, changes: Vec<Change>, detail: Detail) {
        self.told = to;
        let told = Arc::new(Changes { changes, token: self.token.at(to) });
        let _ = self.sender.send(Message::Item(Arc::new(Item { from, to, told, detail })));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::Collection;

    use super::Topic;
    use crate::live::Token;
    use crate::live::commits::tests::{entry, snapshot, stored};
    use crate::live::listing::Listing;
    use crate::{Direction, Now, Query};

    #[test]
    fn commits_that_come_while_a_window_is_read_count_once() {
        let query = Query::of(Collection::Chats).order("last_message_at", Direction::Ascending).limit(3);
        let (plan, token) = (query.plan().unwrap(), Token::of(&query));
        let mut topic = Topic::new(1, query, plan, token);
        let mut receiver = topic.subscribe();
        let put = |id: &str, revision: u64| entry(id, revision, Now::Document(stored(id, revision, 0)));
        let shown = |topic: &Topic, position| {
            topic.shown(position).map(|(shown, at)| {
                (shown.iter().map(|chat| (chat.key.id.clone(), chat.revision)).collect::<Vec<_>>(), at)
            })
        };
        // Deleted before the window is read at 4.
        topic.take(&Arc::from([put("gone", 2)]), 2);
        topic.take(&Arc::from([put("new", 5)]), 5);
        assert_eq!(shown(&topic, 5), None, "it is being read");
        assert!(!topic.install(Listing { documents: vec![snapshot("old", 1, 0)], bound: None, position: 4 }));
        let known = vec![("new".to_owned(), 5), ("old".to_owned(), 1)];
        assert_eq!(shown(&topic, 5), Some((known.clone(), 5)));
        assert!(receiver.try_recv().is_err(), "nobody had been shown anything");
        topic.take(&Arc::from([put("gone", 3)]), 3);
        assert_eq!(shown(&topic, 3), Some((known, 4)), "what is in it already");
        topic.take(&Arc::from([entry("old", 6, Now::Superseded)]), 6);
        assert_eq!(shown(&topic, 6), None, "a later commit tells of it");
        topic.take(&Arc::from([put("old", 7)]), 7);
        assert_eq!(shown(&topic, 7), Some((vec![("new".to_owned(), 5), ("old".to_owned(), 7)], 7)));
        assert!(receiver.try_recv().is_ok() && receiver.try_recv().is_err());
    }
}
