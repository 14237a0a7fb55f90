use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::broadcast::{self, error::RecvError};

use crate::live::commits::{self, Commits};
use crate::live::hub::{Backoff, Hub, Seat};
use crate::live::listing;
use crate::live::span::Span;
use crate::live::topic::{Detail, Item, Message};
use crate::live::window::{self, Shown};
use crate::live::{Change, Changes, Token, check};
use crate::{Plan, Query, Result, StoreError};

/// Items that are read ahead of who listens.
const AHEAD: usize = 64;

/// One who listens to a query.
pub(super) struct Listener {
    hub: Arc<Hub>,
    query: Query,
    plan: Plan,
    /// Up to where it has been told.
    token: Token,
    /// The window as it has been told.
    shown: Option<Shown>,
    phase: Phase,
    /// Told next.
    ahead: VecDeque<Arc<Changes>>,
    backoff: Backoff,
}

enum Phase {
    Beginning {
        resumed: bool,
    },
    /// Reads the feed by itself.
    Behind(Seat),
    Live(Seat, broadcast::Receiver<Message>),
    Ended,
}

impl Listener {
    pub(super) fn new(hub: Arc<Hub>, query: Query, resume: Option<&Token>) -> Result<Self> {
        check(&query)?;
        let plan = query.plan()?;
        let mut token = Token::of(&query);
        if let Some(resume) = resume {
            resume.check(&token)?;
            token = resume.clone();
        }
        let phase = Phase::Beginning { resumed: resume.is_some() };
        Ok(Self { hub, query, plan, token, shown: None, phase, ahead: VecDeque::new(), backoff: Backoff::new() })
    }

    /// The next item. Nothing comes after an error.
    pub(super) async fn next(&mut self) -> Option<Result<Arc<Changes>>> {
        loop {
            if let Some(changes) = self.ahead.pop_front() {
                return Some(Ok(changes));
            }
            match std::mem::replace(&mut self.phase, Phase::Ended) {
                Phase::Ended => return None,
                phase => match self.advance(phase).await {
                    Ok(phase) => self.phase = phase,
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }

    async fn advance(&mut self, phase: Phase) -> Result<Phase> {
        match phase {
            Phase::Ended => Ok(Phase::Ended),
            Phase::Beginning { resumed } => self.begin(resumed).await,
            Phase::Behind(seat) => match self.catch_up(&seat).await {
                Ok(Some(receiver)) => {
                    self.backoff = Backoff::new();
                    Ok(Phase::Live(seat, receiver))
                }
                Ok(None) => Ok(Phase::Behind(seat)),
                Err(error @ (StoreError::FeedTrimmed { .. } | StoreError::Closed)) => Err(error),
                Err(error) => {
                    tracing::debug!(%error, "a listener cannot read the feed; it waits");
                    self.backoff.pause().await;
                    Ok(Phase::Behind(seat))
                }
            },
            Phase::Live(seat, mut receiver) => match receiver.recv().await {
                Ok(Message::Item(item)) => {
                    self.take(&item);
                    Ok(Phase::Live(seat, receiver))
                }
                Ok(Message::Trimmed { after, first }) => Err(StoreError::FeedTrimmed { after, first }),
                Err(RecvError::Lagged(_)) => Ok(Phase::Behind(seat)),
                Err(RecvError::Closed) => Err(StoreError::Closed),
            },
        }
    }

    async fn begin(&mut self, resumed: bool) -> Result<Phase> {
        let backend = Arc::clone(&self.hub.backend);
        let head = backend.list(&Query::of(self.query.collection).limit(1)).await?.position;
        if self.token.sequence > head {
            return Err(self.token.refuse());
        }
        let seat = self.hub.join(&self.query, &self.plan, &self.token, head);
        let Some(limit) = self.query.limit else {
            if resumed {
                return Ok(Phase::Behind(seat));
            }
            // Before the result is read: what it does not have comes from here.
            let (receiver, _) = seat.subscribe()?;
            let listing = listing::list(&*backend, &self.query, &self.plan, usize::MAX).await?;
            self.tell(listing.position, listing.documents.into_iter().map(Change::Added).collect());
            return Ok(Phase::Live(seat, receiver));
        };
        let told = match resumed {
            true => window::told_at(&*backend, &self.query, &self.plan, limit, self.token.sequence).await?,
            false => window::Told::new(),
        };
        let (receiver, shown, at) = seat.shown(head).await?;
        let changes = window::changes(&told, &shown);
        self.shown = Some(shown);
        if !(resumed && changes.is_empty()) {
            self.tell(at, changes);
        }
        Ok(Phase::Live(seat, receiver))
    }

    /// Reads what it has missed. Returns what comes then, or nothing while there is more to read.
    async fn catch_up(&mut self, seat: &Seat) -> Result<Option<broadcast::Receiver<Message>>> {
        if let Some(before) = &self.shown {
            let (receiver, shown, at) = seat.shown(self.token.sequence).await?;
            let changes = window::changes(&window::told(before), &shown);
            self.shown = Some(shown);
            if !changes.is_empty() {
                self.tell(at, changes);
            }
            return Ok(Some(receiver));
        }
        let hub = Arc::clone(&self.hub);
        let _turn = hub.catching_up.acquire().await.map_err(|_| StoreError::Closed)?;
        let (receiver, until) = seat.subscribe()?;
        let mut feed = Commits::after(&*hub.backend, self.token.sequence);
        let mut span = Span::default();
        while self.token.sequence < until {
            let commit = feed.next().await?;
            let end = commits::end(&commit);
            commits::entries(commit, self.query.collection).for_each(|entry| span.take(&self.plan, &entry));
            if span.is_whole() {
                self.tell_if_any(end, std::mem::take(&mut span).changes_since(0));
            }
            if self.ahead.len() >= AHEAD {
                return Ok(None);
            }
        }
        Ok(Some(receiver))
    }

    /// What the topic tells, without what was in the first result already.
    fn take(&mut self, item: &Item) {
        match &item.detail {
            Detail::Shown(shown) => self.shown = Some(Arc::clone(shown)),
            Detail::Span(_) if item.to <= self.token.sequence => return,
            Detail::Span(span) if item.from < self.token.sequence => {
                return self.tell_if_any(item.to, span.changes_since(self.token.sequence));
            }
            Detail::Span(_) => {}
        }
        self.token = self.token.at(item.to);
        if item.is_quiet() || !item.told.changes.is_empty() {
            self.ahead.push_back(Arc::clone(&item.told));
        }
    }

    fn tell_if_any(&mut self, to: u64, changes: Vec<Change>) {
        if changes.is_empty() {
            self.token = self.token.at(to);
        } else {
            self.tell(to, changes);
        }
    }

    fn tell(&mut self, to: u64, changes: Vec<Change>) {
        self.token = self.token.at(to);
        self.ahead.push_back(Arc::new(Changes { changes, token: self.token.clone() }));
    }
}
