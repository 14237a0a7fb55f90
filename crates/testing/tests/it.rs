//! The server for tests, by itself.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testing::Postgres;

#[test]
fn a_server_starts_stops_is_killed_and_keeps_what_was_committed() {
    let mut postgres = Postgres::start();
    postgres.create_database("kept");
    postgres.execute("kept", "CREATE TABLE t(n int); INSERT INTO t VALUES (1)");
    postgres.stop();
    assert!(postgres.pid().is_none());
    postgres.restart();
    postgres.execute("kept", "INSERT INTO t VALUES (2)");
    postgres.kill();
    postgres.restart();
    assert_eq!(postgres.execute("kept", "SELECT n FROM t ORDER BY n"), "1\n2");
    assert_ne!(postgres.fresh(), postgres.fresh());
    let folder = postgres.data();
    drop(postgres);
    assert!(!folder.exists(), "nothing is left behind");
}

/// The test runs itself once more as another process, which starts a server and is killed.
#[test]
fn a_server_ends_with_a_test_that_is_killed() {
    const INNER: &str = "MYSTAGE_TESTING_INNER";
    if std::env::var_os(INNER).is_some() {
        let postgres = Postgres::quick();
        println!("\nserver {} {}", postgres.pid().expect("it runs"), postgres.data().display());
        loop {
            std::thread::park();
        }
    }
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args(["--exact", "a_server_ends_with_a_test_that_is_killed", "--nocapture"]).env(INNER, "1");
    let mut inner = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a process");
    let lines = std::io::BufRead::lines(std::io::BufReader::new(inner.stdout.take().expect("a pipe")));
    let line = lines.map_while(Result::ok).find(|line| line.starts_with("server ")).expect("a server");
    let mut words = line.split(' ').skip(1);
    let (pid, folder) = (words.next().expect("a process id"), words.next().expect("a folder"));
    inner.kill().expect("to be killed");
    inner.wait().expect("to end");
    let since = Instant::now();
    while std::path::Path::new(folder).exists() {
        assert!(since.elapsed() < Duration::from_secs(20), "{folder} is still there");
        std::thread::yield_now();
    }
    // An orphan that ended may stand in the process table until somebody looks after it.
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    assert!(status.is_empty() || status.contains("State:\tZ"), "the server is still there: {status}");
}
