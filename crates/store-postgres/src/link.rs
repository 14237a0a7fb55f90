use std::task::Poll;
use std::time::Duration;

use deadpool::managed::QueueMode;
use deadpool_postgres::{Hook, HookError, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use store::{Result, StoreError};
use tokio::time::Instant;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use crate::address::Address;

/// The most connections of one process that read, and that write.
const READERS_MAX: usize = 16;
const WRITERS_MAX: usize = 8;
/// How long a call goes on trying while the server is away.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longer than the server's own limit for a statement: only a peer that hangs is cut off here.
const ROUND_TRIP: Duration = Duration::from_secs(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Statements that a connection keeps; limits of pages stand in their text, so that there can be many.
const STATEMENTS_MAX: usize = 1000;

/// Every query has its declared index. Plans are made once for a statement, without looking at a table's size: else one
/// that was made for an empty table would go on scanning it when it has grown.
const SETTINGS: &str = "
    SET statement_timeout = '20s';
    SET lock_timeout = '8s';
    SET idle_in_transaction_session_timeout = '5s';
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_sort = off;
    SET jit = off;
    SELECT set_config('synchronous_commit', 'on', false)
      WHERE current_setting('synchronous_commit') IN ('off', 'local');";

/// The connections of a process to one server.
pub(crate) struct Link {
    pub(crate) address: Address,
    readers: Pool,
    writers: Pool,
}

/// How a conversation with the server can fail.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The server or the way to it: the same may succeed a moment later.
    Away(Source),
    /// The server understood and refused.
    Refused(Source),
    /// What was asked for cannot be.
    Store(StoreError),
}

type Source = Box<dyn std::error::Error + Send + Sync>;

impl Link {
    pub(crate) fn new(address: Address) -> Result<Self> {
        let pool = |max| {
            let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            let manager = address.manager(fast);
            let settings = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
                Box::pin(async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
            });
            let limit = Some(Duration::from_secs(10));
            // The connection that was used last: its server process is awake, and its memory in the caches.
            let builder = Pool::builder(manager).max_size(max).queue_mode(QueueMode::Lifo).runtime(Runtime::Tokio1);
            let builder = builder.post_create(settings);
            builder.wait_timeout(limit).create_timeout(limit).recycle_timeout(limit).build()
        };
        let failed =
            |source| StoreError::Backend { what: "cannot be connected to".to_owned(), source: Box::new(source) };
        let (readers, writers) = (pool(READERS_MAX).map_err(failed)?, pool(WRITERS_MAX).map_err(failed)?);
        Ok(Self { address, readers, writers })
    }

    pub(crate) async fn reader(&self) -> Result<Session, Fault> {
        Session::of(&self.readers).await
    }

    pub(crate) async fn writer(&self) -> Result<Session, Fault> {
        Session::of(&self.writers).await
    }
}

/// A connection for one conversation. If that is broken off, the connection is closed: it may be inside of a transaction.
pub(crate) struct Session(Option<Object>);

/// A statement with its parameters.
pub(crate) struct Request {
    statement: Statement,
    parameters: Vec<Parameter>,
}

pub(crate) type Parameter = Box<dyn ToSql + Sync + Send>;

impl Session {
    async fn of(pool: &Pool) -> Result<Self, Fault> {
        let object = pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => Fault::from(error),
            error => Fault::Away(Box::new(error)),
        })?;
        if object.statement_cache.size() > STATEMENTS_MAX {
            object.statement_cache.clear();
        }
        Ok(Self(Some(object)))
    }

    fn client(&self) -> Result<&Object, Fault> {
        self.0.as_ref().ok_or(Fault::Store(StoreError::Closed))
    }

    /// A request, its statement prepared if this connection has not seen it yet.
    pub(crate) async fn request(&self, text: &str, parameters: Vec<Parameter>) -> Result<Request, Fault> {
        let statement = within(self.client()?.prepare_cached(text)).await??;
        Ok(Request { statement, parameters })
    }

    /// Sends all requests at once, in their order. The rows of each up to the first that fails, and its fault.
    pub(crate) async fn send(&self, requests: &[Request]) -> (Vec<Vec<Row>>, Option<Fault>) {
        let client = match self.client() {
            Ok(client) => client,
            Err(fault) => return (Vec::new(), Some(fault)),
        };
        let asked = requests.iter().map(|Request { statement, parameters }| async move {
            let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|one| &**one as _).collect();
            client.query(statement, &parameters).await
        });
        let mut answers = Vec::with_capacity(requests.len());
        let answered = match within(in_order(asked)).await {
            Ok(answered) => answered,
            Err(fault) => return (answers, Some(fault)),
        };
        for answer in answered {
            match answer {
                Ok(rows) => answers.push(rows),
                Err(error) => return (answers, Some(error.into())),
            }
        }
        (answers, None)
    }

    /// As [`Session::send`], where an answer to a part is of no use.
    pub(crate) async fn ask(&self, requests: &[Request]) -> Result<Vec<Vec<Row>>, Fault> {
        match self.send(requests).await {
            (answers, None) => Ok(answers),
            (_, Some(fault)) => Err(fault),
        }
    }

    /// One request without transaction.
    pub(crate) async fn ask_one(&self, text: &str, parameters: Vec<Parameter>) -> Result<Vec<Row>, Fault> {
        let request = self.request(text, parameters).await?;
        Ok(self.ask(&[request]).await?.pop().unwrap_or_default())
    }

    /// Gives the connection back: there is no open transaction, and no answer is outstanding.
    pub(crate) fn finish(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

/// All of them, each polled for the first time in this order: that is when a request is sent.
async fn in_order<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = futures.into_iter().map(|future| Box::pin(futures::future::maybe_done(future))).collect();
    std::future::poll_fn(|context| {
        let pending = all.iter_mut().map(|one| one.as_mut().poll(context)).filter(Poll::is_pending).count();
        if pending == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    all.iter_mut().filter_map(|one| one.as_mut().take_output()).collect()
}

async fn within<T>(work: impl Future<Output = T>) -> Result<T, Fault> {
    tokio::time::timeout(ROUND_TRIP, work).await.map_err(|elapsed| Fault::Away(Box::new(elapsed)))
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) if !passes(code) => Self::Refused(Box::new(error)),
            _ => Self::Away(Box::new(error)),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Whether what the server complains about is over in a moment: classes of "Appendix A. PostgreSQL Error Codes".
fn passes(code: &SqlState) -> bool {
    if *code == SqlState::DISK_FULL {
        return false;
    }
    let broken_or_short_of_something = ["08", "53", "57"].iter().any(|class| code.code().starts_with(class));
    let meanwhile = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    broken_or_short_of_something || meanwhile.contains(code)
}

/// How long a call still tries.
pub(crate) struct Patience {
    until: Instant,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self { until: Instant::now() + PATIENCE, pause: Duration::ZERO }
    }

    /// From when on somebody waits; there is time for one try at least.
    pub(crate) fn since(since: Instant) -> Self {
        Self { until: since + PATIENCE, pause: Duration::ZERO }
    }

    /// Waits a moment before the next try, longer each time.
    ///
    /// # Errors
    /// Trying again is of no use, or there is no time left.
    pub(crate) async fn wait(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Away(source) if Instant::now() + self.pause < self.until => {
                tracing::debug!(%source, pause = ?self.pause, "postgres is away");
                tokio::time::sleep(self.pause).await;
                self.pause = (self.pause * 2).clamp(Duration::from_millis(5), LONGEST_PAUSE);
                Ok(())
            }
            fault => Err(fault.into()),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        let (what, source) = match fault {
            Fault::Away(source) => ("cannot be reached", source),
            Fault::Refused(source) if is_full(&source) => ("could not be written: the server's disk is full", source),
            Fault::Refused(source) => ("refused what was asked", source),
            Fault::Store(error) => return error,
        };
        Self::Backend { what: what.to_owned(), source }
    }
}

fn is_full(source: &Source) -> bool {
    let error = source.downcast_ref::<tokio_postgres::Error>();
    error.and_then(tokio_postgres::Error::code) == Some(&SqlState::DISK_FULL)
}
