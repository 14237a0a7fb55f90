//! Writers, workers and a listener on one database while something happens to it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join_all};
use store_postgres::PostgresBackend;
use testing::faults::{Account, Part, check, drain, listen, reactions, work_off, write};
use tokio::sync::watch;

/// For whatever a fault may hold up.
const PATIENCE: Duration = Duration::from_secs(40);
pub(super) const LEASE: Duration = Duration::from_secs(2);

/// Ends the load also when the test fails.
struct Stop(watch::Sender<bool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

/// Runs the parts, each on an address of its own, until `disturb` is over.
pub(super) fn under_load(parts: &[(String, Part)], account: &Arc<Account>, disturb: impl FnOnce()) {
    let (sender, stopped) = watch::channel(false);
    std::thread::scope(|scope| {
        let stop = Stop(sender);
        scope.spawn(|| runtime().block_on(run(parts, account, stopped)));
        disturb();
        drop(stop);
    });
}

async fn run(parts: &[(String, Part)], account: &Account, stopped: watch::Receiver<bool>) {
    let processes = parts.iter().enumerate().map(|(n, (url, part))| {
        let stopped = stopped.clone();
        async move {
            let store = PostgresBackend::store(url, reactions).await.unwrap();
            let goes_on = || !*stopped.borrow();
            let writers = part.writers.clone().map(|writer| write(&store, writer, goes_on, |note| account.take(note)));
            let worker = async {
                if let Some((lease, work)) = part.works {
                    work_off(&store, &format!("worker-{n}"), lease, work, stopped.clone()).await;
                }
            };
            let listener = async {
                let Some(token) = &part.listens else { return };
                tokio::select! {
                    () = listen(&store, token.as_deref(), |note| account.take(note)) => {}
                    () = until(stopped.clone()) => {}
                }
            };
            join(join(join_all(writers), worker), listener).await;
        }
    });
    let ended = async {
        until(stopped.clone()).await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        _ = join_all(processes) => {}
        () = ended => panic!("a call hangs"),
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error is an end too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Blocks until the writers of two processes have committed more.
pub(super) fn both_go_on(account: &Account) {
    account.wait_for_steps(0..2, 4, PATIENCE);
    account.wait_for_steps(2..4, 4, PATIENCE);
}

/// Everything that was acknowledged is there and nothing in part; the tasks of the dead are done after their leases.
pub(super) fn all_is_there(url: &str, account: &Account) {
    runtime().block_on(async {
        let backends = PostgresBackend::open_all(url).await.unwrap();
        check(&backends, account).await;
        drain(&store::Store::new(backends.clone(), reactions), PATIENCE).await;
        check(&backends, account).await;
    });
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The random moment.
pub(super) fn moment() {
    use std::hash::BuildHasher;
    let micros = std::hash::RandomState::new().hash_one(0) % 150_000;
    std::thread::sleep(Duration::from_micros(micros));
}
