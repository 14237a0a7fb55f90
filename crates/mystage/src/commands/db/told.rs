use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use store::maintenance::Told;

/// Between two lines where nobody watches a terminal.
const QUIET: Duration = Duration::from_secs(5);

/// Shows how far long work has come: on a terminal as a bar, else as a line now and then.
pub(super) fn told() -> Told {
    if !std::io::stderr().is_terminal() {
        let last = Mutex::new(Instant::now());
        return Arc::new(move |what, done, of| {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.elapsed() >= QUIET {
                *last = Instant::now();
                eprintln!("{}", line(what, done, of));
            }
        });
    }
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(100));
    let bar = Cleared(bar);
    Arc::new(move |what, done, of| bar.0.set_message(line(what, done, of)))
}

/// Goes when the work is done, before its result is printed.
struct Cleared(ProgressBar);

impl Drop for Cleared {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn line(what: &str, done: u64, of: Option<u64>) -> String {
    match of {
        Some(of) if of > 0 => format!("{what}: {done} of {of} ({} %)", done * 100 / of),
        _ if done > 0 => format!("{what}: {done}"),
        _ => what.to_owned(),
    }
}
