use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use testing::faults::{Account, Child, Told, orders};

use super::{check_folder, main_file, play_orders, start, start_under, writing};

const PATIENCE: Duration = Duration::from_secs(30);
/// More than the empty databases, in bytes.
const ROOM: u32 = 6 << 20;

/// How a process comes to have a small disk.
struct Confined {
    wrapper: Vec<String>,
    /// The databases as this process sees them.
    seen_at: fn(child: &Child, folder: &Path) -> PathBuf,
    make_room: fn(child: &Child, folder: &Path),
}

/// Files of this size at most: the system refuses as on a full disk, with another number of the error.
fn limit() -> Confined {
    let script = format!("trap '' XFSZ; exec prlimit --fsize={ROOM}: \"$@\"");
    Confined {
        wrapper: ["sh", "-c", &script, "sh"].map(str::to_owned).into(),
        seen_at: |_, folder| folder.to_owned(),
        make_room: |child, _| {
            let pid = child.id().to_string();
            assert!(Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status().unwrap().success());
        },
    }
}

/// A disk of the child's own, in memory, with something else on it. `None` where nobody may mount one.
fn disk(folder: &Path) -> Option<Confined> {
    let may = Command::new("unshare").args(["-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    let (size, other) = (11 * ROOM, 10 * ROOM);
    let script = format!(
        "mount -t tmpfs -o size={size} tmpfs \"$0\" && head -c {other} /dev/zero > \"$0/other\" && exec \"$@\""
    );
    may.is_ok_and(|tried| tried.status.success()).then(|| Confined {
        wrapper: ["unshare", "-Urm", "sh", "-c", &script, folder.to_str().unwrap()].map(str::to_owned).into(),
        seen_at: inside,
        make_room: |child, folder| std::fs::remove_file(inside(child, folder).join("other")).unwrap(),
    })
}

fn inside(child: &Child, folder: &Path) -> PathBuf {
    Path::new("/proc").join(child.id().to_string()).join("root").join(folder.strip_prefix("/").unwrap())
}

#[test]
fn a_file_that_may_not_grow_loses_nothing() {
    fills_up("faults::full::a_file_that_may_not_grow_loses_nothing", |_| limit());
}

/// Where no disk can be mounted, this is the same as above.
#[test]
fn a_full_disk_loses_nothing() {
    fills_up("faults::full::a_full_disk_loses_nothing", |folder| disk(folder).unwrap_or_else(limit));
}

fn fills_up(test: &str, confined: impl Fn(&Path) -> Confined) {
    if let Some(orders) = orders() {
        return play_orders(&orders);
    }
    let folder = tempfile::tempdir().unwrap();
    let confined = confined(folder.path());
    let account = Arc::new(Account::default());
    let wrapper: Vec<&str> = confined.wrapper.iter().map(String::as_str).collect();
    let child = start_under(&wrapper, test, folder.path(), &writing(0..4), &account);
    account.wait("the disk is full for everybody", PATIENCE, |told| (0..4).all(|writer| is_refused(told, writer)));
    let told_so = |told: &Told| told.refused.iter().all(|(_, why)| why.contains("full"));
    assert!(told_so(&account.lock()), "{}", account.lock().summary());
    assert!(account.lock().unread.is_empty(), "{}", account.lock().summary());

    let check = || check_stopped(&child, &(confined.seen_at)(&child, folder.path()), &account);
    check();
    (confined.make_room)(&child, folder.path());
    account.wait_for_steps(0..4, 10, PATIENCE);
    check();
}

/// Its last commits were refused, again and again, and it could still read.
fn is_refused(told: &Told, writer: u32) -> bool {
    let done = told.done.iter().filter(|(step, _)| step.writer == writer).count() as u64;
    told.refused.iter().filter(|(step, _)| step.writer == writer && step.number == done + 1).count() >= 3
}

/// Checks a copy of the files as they are at this moment.
fn check_stopped(child: &Child, from: &Path, account: &Account) {
    let copy = tempfile::tempdir().unwrap();
    child.signal("STOP");
    for name in ["main.db", "main.db-wal"] {
        std::fs::copy(from.join(name), copy.path().join(name)).unwrap();
    }
    assert_eq!(check_folder(copy.path(), account).len(), 4);
    child.signal("CONT");
}

/// A process that is started while there is no room can at least read.
#[test]
fn a_full_disk_can_be_opened() {
    let test = "faults::full::a_full_disk_can_be_opened";
    if let Some(orders) = orders() {
        return play_orders(&orders);
    }
    let folder = tempfile::tempdir().unwrap();
    let account = Arc::new(Account::default());
    let first = start(test, folder.path(), &writing(0..1), &account);
    account.wait_for_steps(0..1, 5, PATIENCE);
    first.signal("STOP");
    let size = std::fs::metadata(main_file(folder.path()).with_extension("db-wal")).unwrap().len();
    let script = format!("trap '' XFSZ; exec prlimit --fsize={size}: \"$@\"");
    first.kill();
    let second = start_under(&["sh", "-c", &script, "sh"], test, folder.path(), &writing(1..2), &account);
    account.wait("the second process is refused", PATIENCE, |told| is_refused(told, 1));
    second.kill();
    check_folder(folder.path(), &account);
}
