use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::faults::Account;
use crate::faults::note::Note;

const ORDERS: &str = "MYSTAGE_TESTING_ORDERS";

/// The test itself, run once more in a process of its own, to be killed.
pub struct Child {
    process: std::process::Child,
    reader: Option<JoinHandle<()>>,
}

/// What the process that started this one wants of it: a test that finds some is a child.
pub fn orders() -> Option<Vec<String>> {
    let orders = std::env::var_os(ORDERS)?;
    Some(orders.to_str()?.split('\n').map(str::to_owned).collect())
}

impl Child {
    /// Runs the test of this path in this test binary with orders. What it prints goes to the account.
    ///
    /// # Panics
    /// When no process can be started.
    pub fn start(test: &str, orders: &[&str], account: &Arc<Account>) -> Self {
        Self::start_under(&[], test, orders, account)
    }

    /// As [`Child::start`], by a command that ends in executing its last arguments.
    ///
    /// # Panics
    /// As [`Child::start`].
    pub fn start_under(wrapper: &[&str], test: &str, orders: &[&str], account: &Arc<Account>) -> Self {
        let program = std::env::current_exe().expect("this test's program");
        let mut words = wrapper.iter().map(Into::into).chain([program.into_os_string()]);
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).args(["--exact", test, "--nocapture", "--test-threads", "1"]);
        command.env(ORDERS, orders.join("\n")).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let out = process.stdout.take().expect("a pipe");
        let account = Arc::clone(account);
        let reader = std::thread::spawn(move || read(BufReader::new(out), &account));
        Self { process, reader: Some(reader) }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// SIGKILL. Everything that it had told is in the account then.
    pub fn kill(mut self) {
        self.end();
    }

    /// Sends a signal by name, such as `STOP`.
    ///
    /// # Panics
    /// When there is no such signal.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -\"$1\" \"$2\"", "sh", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{name} to {id}");
    }

    /// Waits for the process to end by itself.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn wait(mut self) -> ExitStatus {
        let status = self.process.wait().expect("a child that ends");
        self.end();
        status
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

fn read(mut out: BufReader<std::process::ChildStdout>, account: &Account) {
    let mut line = Vec::new();
    // A line without its end was cut off by the kill.
    while matches!(out.read_until(b'\n', &mut line), Ok(bytes) if bytes > 0) && line.ends_with(b"\n") {
        if let Some(note) = std::str::from_utf8(&line).ok().and_then(|line| Note::read(line.trim_end_matches('\n'))) {
            account.take(note);
        }
        line.clear();
    }
}
