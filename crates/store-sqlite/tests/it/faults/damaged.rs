use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::{Collection, Database};
use rusqlite::Connection;
use store::{Backend, Query, Stored};
use store_sqlite::SqliteBackend;
use tempfile::TempDir;
use testing::faults::{Account, Note, Step, orders, write};

use super::{check_folder, integrity, main_file, play_orders, random, runtime, start, store, writing};

const PATIENCE: Duration = Duration::from_secs(30);
const DAMAGES: usize = 40;
/// "WAL File Format" in SQLite's documentation: sizes of the file's header and of a frame's.
const WAL_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

fn log_file(folder: &Path) -> PathBuf {
    folder.join("main.db-wal")
}

/// The files of a process that was killed at work, of one writer. What was there before it began is in the main file,
/// all else in the log.
fn killed(test: &str) -> (TempDir, Arc<Account>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let account = Arc::new(Account::default());
    let mut before = 0;
    for _ in 0..2 {
        let child = start(test, folder.path(), &writing(0..1), &account);
        account.wait_for_steps(0..1, 15, PATIENCE);
        child.kill();
        if before == 0 {
            before = check_folder(folder.path(), &account)[0].number;
            checkpoint(folder.path());
        }
    }
    (folder, account, before)
}

/// Copies the log into the main file.
fn checkpoint(folder: &Path) {
    let file = Connection::open(main_file(folder)).unwrap();
    file.busy_timeout(PATIENCE).unwrap();
    let busy: i64 = file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0);
}

fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in [main_file(folder), log_file(folder)].iter().filter(|file| file.exists()) {
        fs::copy(file, copy.path().join(file.file_name().unwrap())).unwrap();
    }
    copy
}

/// Where each transaction of the log ends.
fn ends(log: &[u8]) -> Vec<usize> {
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap()) as usize;
    let frame = FRAME_HEADER + number(8);
    let salts = &log[16..24];
    let frames = (WAL_HEADER..).step_by(frame).take_while(|at| at + frame <= log.len());
    // What the log was before it began anew has other salts.
    let frames = frames.take_while(|at| log[at + 8..at + 16] == *salts);
    frames.filter(|at| number(at + 4) > 0).map(|at| at + frame).collect()
}

#[test]
fn a_torn_log_ends_with_its_last_whole_commit() {
    let test = "faults::damaged::a_torn_log_ends_with_its_last_whole_commit";
    if let Some(orders) = orders() {
        return play_orders(&orders);
    }
    let (folder, account, before) = killed(test);
    let log = fs::read(log_file(folder.path())).unwrap();
    let ends = ends(&log);
    let whole = check_folder(copy_of(folder.path()).path(), &account)[0].number;
    // Opening may have written something too.
    let others = ends.len() as u64 - (whole - before);
    assert!(whole > before && others <= 1, "{before} {whole} {}", ends.len());

    for n in 0..DAMAGES {
        let at = match n {
            // The edges of the last frames.
            0..10 => ends[ends.len() - 1 - n / 5] - [1, 2_000, 4_096, 4_100, 4_120][n % 5],
            10 => 5,
            _ => usize::try_from(random(ends[ends.len() - 1] as u64)).unwrap(),
        };
        let whole_before = if at < WAL_HEADER { 0 } else { ends.iter().filter(|end| **end <= at).count() as u64 };
        let expected = before + whole_before.saturating_sub(others);
        let copy = copy_of(folder.path());
        fs::write(log_file(copy.path()), damaged(&log, at, n % 4)).unwrap();
        // What was acknowledged behind the damage is gone, and cannot be asked for.
        let told = Arc::new(Account::default());
        let done = account.lock().done.clone();
        for (step, revision) in done.into_iter().filter(|(step, _)| step.number <= expected) {
            told.take(Note::Done(step, revision));
        }
        let head = Step { writer: 0, number: expected };
        assert_eq!(check_folder(copy.path(), &told), [head], "damaged at {at}, by {}", n % 4);
        go_on(copy.path(), &told);
    }
}

fn damaged(log: &[u8], at: usize, how: usize) -> Vec<u8> {
    let mut log = log.to_vec();
    match how {
        // The end never reached the disk.
        0 => log.truncate(at),
        1 => log[at..].fill(0),
        // One bit.
        2 => log[at] ^= 0x10,
        // A sector of something else.
        _ => log.iter_mut().skip(at).take(512).for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(7)),
    }
    log
}

/// Writing goes on behind what was left.
fn go_on(folder: &Path, account: &Account) {
    let (store, left) = (store(folder), AtomicU64::new(3));
    let tell = |note| {
        account.take(note);
        left.fetch_sub(1, Ordering::Relaxed);
    };
    runtime().block_on(write(&store, 0, || left.load(Ordering::Relaxed) > 0, tell));
    drop(store);
    assert_eq!(account.lock().refused, []);
    check_folder(folder, account);
}

/// Pages of the main file that hold something else. SQLite keeps no checksums of them: what is found is found by the
/// shape of the page, by an index that disagrees, or by a document that is no JSON.
#[test]
fn a_garbled_file_is_found_out() {
    let test = "faults::damaged::a_garbled_file_is_found_out";
    if let Some(orders) = orders() {
        return play_orders(&orders);
    }
    let (folder, account, _) = killed(test);
    check_folder(folder.path(), &account);
    checkpoint(folder.path());
    let file = fs::read(main_file(folder.path())).unwrap();
    let expected = contents(folder.path()).unwrap();
    let page = 4096;
    let pages = file.len() / page;
    let mut found = 0;
    for n in 0..DAMAGES {
        let at = if n == 0 { 0 } else { usize::try_from(random(pages as u64)).unwrap() * page };
        let mut garbled = file.clone();
        let content = &mut garbled[at..at + page];
        match n % 2 {
            0 => content.iter_mut().for_each(|byte| *byte = u8::try_from(random(256)).unwrap()),
            _ => content.fill(0),
        }
        let copy = tempfile::tempdir().unwrap();
        fs::write(main_file(copy.path()), &garbled).unwrap();
        let is_found = integrity(&main_file(copy.path())).map_or(true, |said| said != "ok");
        let served = contents(copy.path());
        assert!(is_found || served.is_err() || served.as_ref() == Ok(&expected), "page {} is served", at / page);
        found += usize::from(is_found);
    }
    assert!(found > DAMAGES / 2, "only {found} of {DAMAGES} were found by the integrity check");
}

/// Every document of the database, as far as they can be read.
fn contents(folder: &Path) -> Result<Vec<Stored>, String> {
    let words = |error: store::StoreError| format!("{error:?}");
    let backend = SqliteBackend::open(folder, Database::Main).map_err(words)?;
    let of_main = Collection::ALL.into_iter().filter(|collection| collection.database() == Database::Main);
    let mut all = Vec::new();
    for collection in of_main {
        let page = runtime().block_on(backend.list(&Query::of(collection).limit(Query::LIMIT_MAX))).map_err(words)?;
        for stored in &page.documents {
            serde_json::from_str::<serde_json::Value>(&stored.data).map_err(|error| error.to_string())?;
        }
        all.extend(page.documents);
    }
    Ok(all)
}
