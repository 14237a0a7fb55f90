use std::future::pending;
use std::io::Write as _;
use std::ops::Range;
use std::time::Duration;

use store::Store;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::faults::{Note, listen, work_off, write};

/// What one process does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub writers: Range<u32>,
    /// Whether it listens, and from which token on.
    pub listens: Option<Option<String>>,
    /// Whether it works off tasks: the lease, and how long each task takes.
    pub works: Option<(Duration, Duration)>,
}

impl Part {
    /// In words that [`Part::read`] reads.
    pub fn to_words(&self) -> String {
        let millis = |time: Duration| time.as_millis().to_string();
        let listens = match &self.listens {
            None => "-".to_owned(),
            Some(token) => format!("from:{}", token.as_deref().unwrap_or_default()),
        };
        let works = self.works.map_or("-".to_owned(), |(lease, work)| format!("{}:{}", millis(lease), millis(work)));
        format!("{} {} {listens} {works}", self.writers.start, self.writers.end)
    }

    /// `None` for what is no part.
    pub fn read(words: &str) -> Option<Self> {
        let [start, end, listens, works] = words.split(' ').collect::<Vec<_>>()[..] else { return None };
        let millis = |text: &str| text.parse().ok().map(Duration::from_millis);
        let token = |token: &str| Some(token.to_owned()).filter(|token| !token.is_empty());
        let works = works.split_once(':').and_then(|(lease, work)| Some((millis(lease)?, millis(work)?)));
        let writers = start.parse().ok()?..end.parse().ok()?;
        Some(Self { writers, listens: listens.strip_prefix("from:").map(token), works })
    }

    /// Does it, and prints every note to the standard output, until the process is killed. SIGTERM ends the work on
    /// tasks, and then the process.
    pub async fn play(&self, store: &Store) {
        // The test's name stands there, without an end of the line.
        println!();
        let writers = self.writers.clone().map(|writer| write(store, writer, || true, |note| print(&note)));
        let listener = async {
            if let Some(token) = &self.listens {
                listen(store, token.as_deref(), |note| print(&note)).await;
            }
        };
        let worker = async {
            if let Some((lease, work)) = self.works {
                let (stop, stopped) = watch::channel(false);
                let mut terminated = signal(SignalKind::terminate()).expect("signals can be heard");
                let name = format!("worker-{}", std::process::id());
                let ending = async {
                    terminated.recv().await;
                    stop.send_replace(true);
                };
                futures::future::join(work_off(store, &name, lease, work, stopped), ending).await;
                std::process::exit(0);
            }
        };
        futures::future::join3(futures::future::join_all(writers), listener, worker).await;
        pending::<()>().await;
    }
}

fn print(note: &Note) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{note}").and_then(|()| out.flush()).is_err() {
        // Nobody listens any more: the test has ended.
        std::process::exit(1);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Part;

    #[test]
    fn parts_survive_as_words() {
        let works = Some((Duration::from_millis(5), Duration::ZERO));
        for listens in [None, Some(None), Some(Some("main.abc.7".to_owned()))] {
            for works in [None, works] {
                let part = Part { writers: 2..5, listens: listens.clone(), works };
                assert_eq!(Part::read(&part.to_words()), Some(part));
            }
        }
        assert_eq!(Part::read("1 2"), None);
    }
}
