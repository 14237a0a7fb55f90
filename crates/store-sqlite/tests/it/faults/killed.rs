use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use testing::faults::{Account, Part, drain, orders};

use super::{check_folder, main_file, play_orders, random, runtime, start, store, writing};

const FOLDERS: usize = 3;
const KILLS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);
const LEASE: Duration = Duration::from_millis(500);
const WORK: Duration = Duration::from_millis(5);

/// The random moment, up to a fifth of a second.
fn moment() {
    std::thread::sleep(Duration::from_micros(random(200_000)));
}

/// Killed between any two instructions: while it opens the files, writes, or copies the log into the file.
#[test]
fn what_was_acknowledged_survives_kills_whole() {
    if let Some(orders) = orders() {
        let file = main_file(Path::new(&orders[0]));
        std::thread::spawn(move || checkpoint_for_ever(&file));
        return play_orders(&orders);
    }
    let mut kills_at_work = 0;
    for _ in 0..FOLDERS {
        let folder = tempfile::tempdir().unwrap();
        let account = Arc::new(Account::default());
        for kill in 0..KILLS {
            let before = account.lock().done.len();
            let test = "faults::killed::what_was_acknowledged_survives_kills_whole";
            let part = Part { listens: Some(account.token()), works: Some((LEASE, WORK)), ..writing(0..4) };
            let child = start(test, folder.path(), &part, &account);
            if kill % 3 > 0 {
                account.wait("the child writes", PATIENCE, |told| told.done.len() > before);
            }
            moment();
            child.kill();
            kills_at_work += usize::from(account.lock().done.len() > before);
            check_folder(folder.path(), &account);
        }
        work_off(folder.path(), &account);
        assert_eq!(account.lock().refused, [], "a kill is no reason to refuse anything");
        assert!(account.lock().unread.is_empty(), "{}", account.lock().summary());
    }
    assert!(kills_at_work >= FOLDERS * KILLS / 2, "{kills_at_work} kills hit a writer");
}

fn checkpoint_for_ever(file: &Path) {
    loop {
        // Fails before the file is there, and while others have it.
        let _ = Connection::open(file)
            .and_then(|file| file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)));
        std::thread::yield_now();
    }
}

/// Two processes on the same files: one is killed, the other goes on at once.
#[test]
fn the_other_process_goes_on() {
    if let Some(orders) = orders() {
        return play_orders(&orders);
    }
    let test = "faults::killed::the_other_process_goes_on";
    let folder = tempfile::tempdir().unwrap();
    let account = Arc::new(Account::default());
    let part = Part { listens: Some(None), works: Some((LEASE, WORK)), ..writing(0..2) };
    let survivor = start(test, folder.path(), &part, &account);
    for _ in 0..4 {
        let part = Part { works: Some((LEASE, WORK)), ..writing(2..4) };
        let victim = start(test, folder.path(), &part, &account);
        account.wait_for_steps(2..4, 1, PATIENCE);
        moment();
        victim.kill();
        account.wait_for_steps(0..2, 3, PATIENCE);
    }
    survivor.kill();
    let heads = check_folder(folder.path(), &account);
    assert_eq!(heads.len(), 4);
    work_off(folder.path(), &account);
}

/// The tasks of the dead are done by the next process, when their leases are over.
fn work_off(folder: &Path, account: &Account) {
    let store = store(folder);
    runtime().block_on(drain(&store, PATIENCE));
    drop(store);
    check_folder(folder, account);
}
