use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use testing::faults::{Account, Child, orders};

use super::{check_folder, main_file, play_orders, random};

const FOLDERS: usize = 3;
const KILLS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);

/// The random moment, up to a fifth of a second.
fn moment() {
    std::thread::sleep(Duration::from_micros(random(200_000)));
}

fn start(test: &str, folder: &Path, writers: [&str; 2], listens: &str, account: &Arc<Account>) -> Child {
    let token = account.token().unwrap_or_default();
    Child::start(test, &[folder.to_str().unwrap(), writers[0], writers[1], listens, &token], account)
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
            let child = start(test, folder.path(), ["0", "4"], "listens", &account);
            if kill % 3 > 0 {
                account.wait("the child writes", PATIENCE, |told| told.done.len() > before);
            }
            moment();
            child.kill();
            kills_at_work += usize::from(account.lock().done.len() > before);
            check_folder(folder.path(), &account);
        }
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
    let survivor = start(test, folder.path(), ["0", "2"], "listens", &account);
    for _ in 0..4 {
        let victim = start(test, folder.path(), ["2", "2"], "", &account);
        account.wait_for_steps(0..4, 1, PATIENCE);
        moment();
        victim.kill();
        account.wait_for_steps(0..2, 3, PATIENCE);
    }
    survivor.kill();
    let heads = check_folder(folder.path(), &account);
    assert_eq!(heads.len(), 4);
}
