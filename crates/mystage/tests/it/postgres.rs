use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use store::Store;
use store_postgres::PostgresBackend;
use testing::Postgres;

use crate::data::{differences, entities, entities_of, free_port, mystage, succeeds};

/// How long a crawl that is disturbed may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Processes that are killed with the test.
struct Fleet {
    url: String,
    port: String,
    running: Vec<Child>,
}

impl Fleet {
    fn command(&self, data: &Path, arguments: &[&str]) -> Command {
        let mut command = mystage(data, arguments);
        command.env("STORE_URL", &self.url).env("FETCH_ALLOW", format!("*.sample.localhost:{}", self.port));
        command.env("HTTP_ADDR", "127.0.0.1:0").stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn start(&mut self, data: &Path, arguments: &[&str]) {
        let child = self.command(data, arguments).spawn().unwrap();
        self.running.push(child);
    }

    /// Kills one (SIGKILL) and starts another in its place.
    fn replace(&mut self, data: &Path, number: usize, arguments: &[&str]) {
        let mut fallen = self.running.remove(number);
        fallen.kill().unwrap();
        fallen.wait().unwrap();
        let child = self.command(data, arguments).spawn().unwrap();
        self.running.insert(number, child);
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

async fn on_server(url: &str) -> Vec<String> {
    entities_of(&Store::new(PostgresBackend::open_all(url).await.unwrap(), |_| Vec::new())).await
}

/// The pipeline gives the same entities on both backends, and so do two workers and a server on one database, also when
/// each of them is killed again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_on_postgresql_end_in_the_entities_of_one_on_files() {
    let port = free_port().to_string();
    let sample = ["--scale", "small", "--sample-port", &port];
    let files = tempfile::tempdir().unwrap();
    succeeds(files.path(), &[&["run", "--once"], &sample[..]].concat());
    let expected = entities(files.path()).await;
    let server = Postgres::start();

    let alone = tempfile::tempdir().unwrap();
    let mut fleet = Fleet { url: server.create_database("alone"), port: port.clone(), running: Vec::new() };
    let status = fleet.command(alone.path(), &[&["run", "--once"], &sample[..]].concat()).status().unwrap();
    assert!(status.success());
    assert_eq!(differences(&expected, &on_server(&fleet.url).await), [] as [String; 0], "one process");

    let shared = tempfile::tempdir().unwrap();
    fleet.url = server.create_database("shared");
    fleet.start(shared.path(), &[&["sample", "serve"], &sample[..]].concat());
    fleet.start(shared.path(), &["work"]);
    fleet.start(shared.path(), &["work"]);
    fleet.start(shared.path(), &["serve"]);
    let mut crawl = fleet.command(shared.path(), &[&["crawl", "--wait"], &sample[..]].concat()).spawn().unwrap();
    let (began, mut kills) = (Instant::now(), 0);
    let ended = loop {
        if let Some(ended) = crawl.try_wait().unwrap() {
            break ended;
        }
        assert!(began.elapsed() < PATIENCE, "the crawl does not end after {kills} kills");
        tokio::time::sleep(Duration::from_millis(700)).await;
        if kills < 6 {
            let arguments: &[&str] = if kills % 3 == 2 { &["serve"] } else { &["work"] };
            fleet.replace(shared.path(), 1 + kills % 3, arguments);
            kills += 1;
        }
    };
    assert!(ended.success() && kills >= 3, "{ended} after {kills} kills");
    assert_eq!(differences(&expected, &on_server(&fleet.url).await), [] as [String; 0], "{kills} kills");
}
