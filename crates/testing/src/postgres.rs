use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start, or to take leave.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Waits until the pipe from the test closes, however the test ends, and then stops the server whose folder is `$1` and
/// clears up.
const GUARD: &str = r#"
cat >/dev/null
if pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null); then
  tries=0
  while [ $tries -lt 200 ] && kill -QUIT "$pid" 2>/dev/null; do
    tries=$((tries + 1))
    sleep 0.05
  done
fi
rm -rf "$1"
"#;

/// A PostgreSQL server of Debian's package, in a folder of its own, on a free loopback port. It is stopped with the
/// drop, and also when the test process is killed.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    options: Options,
    server: Option<Child>,
    /// Holds the pipe that the guard waits on.
    guard: Child,
    databases: AtomicU32,
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Whether commits reach the disk. Without, a test of logic is quick, and one of durability worthless.
    pub fsync: bool,
    /// Lines of postgresql.conf.
    pub settings: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { fsync: true, settings: Vec::new() }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TestingError {
    #[error("there is no PostgreSQL server under /usr/lib/postgresql: run `make setup`")]
    NotInstalled,
    #[error("PostgreSQL did not {what}:\n{output}")]
    Failed { what: &'static str, output: String },
    #[error("PostgreSQL could not be asked to {what}")]
    Io { what: &'static str, source: std::io::Error },
}

type Result<T> = std::result::Result<T, TestingError>;

impl Postgres {
    /// A durable server.
    ///
    /// # Panics
    /// When it cannot be started: a test cannot go on then.
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    /// A server that does not wait for the disk: for tests of logic.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn quick() -> Self {
        Self::with(Options { fsync: false, ..Options::default() })
    }

    /// # Panics
    /// As [`Postgres::start`].
    pub fn with(options: Options) -> Self {
        Self::try_with(options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// # Errors
    /// The package is missing, or the server does not start.
    pub fn try_with(options: Options) -> Result<Self> {
        let programs = programs().ok_or(TestingError::NotInstalled)?;
        let folder = tempfile::Builder::new().prefix("mystage-pg-").tempdir().map_err(io("have a folder"))?;
        if is_root() {
            run("give the folder away", Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "sh"]).arg(folder.path()).stdin(Stdio::piped());
        let guard = guard.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(io("be guarded"))?;
        let mut postgres =
            Self { programs, folder, port: 0, options, server: None, guard, databases: AtomicU32::new(0) };
        let mut initdb = postgres.program("initdb");
        initdb.args(["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        run("make its data folder", &mut initdb)?;
        postgres.restart_checked()?;
        Ok(postgres)
    }

    /// The address of one of its databases, for the superuser, over TCP.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The same through the socket in the server's folder.
    pub fn socket_url(&self, database: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}:{}/{database}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the postmaster, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Where the server keeps what it has.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Makes an empty database and returns its address.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create_database(&self, name: &str) -> String {
        self.execute("postgres", &format!("CREATE DATABASE \"{name}\""));
        self.url(name)
    }

    /// As [`Postgres::create_database`], under a name that nobody else has.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn fresh(&self) -> String {
        self.create_database(&format!("fresh_{}", self.databases.fetch_add(1, Ordering::Relaxed)))
    }

    /// Runs SQL in a database and returns what it prints: rows as lines, columns with `|` in between.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn execute(&self, database: &str, sql: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql]);
        run("do what was asked", &mut psql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Ends every session and stops the server, as an administrator does.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            signal(&server, "INT");
            assert!(ends(&mut server), "PostgreSQL did not stop: {}", self.log());
        }
    }

    /// Kills the postmaster (SIGKILL). Its children notice and end by themselves, without writing anything.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap_or_else(|error| panic!("PostgreSQL cannot be killed: {error}"));
            assert!(ends(&mut server), "PostgreSQL survived SIGKILL");
        }
    }

    /// Starts the server again on the same port and data, after stopping it if it runs.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.stop();
        self.restart_checked().unwrap_or_else(|error| panic!("{error}"));
    }

    fn restart_checked(&mut self) -> Result<()> {
        let since = Instant::now();
        loop {
            // The first start looks for a port. Somebody else may take it in between: then another one.
            let port = if self.port == 0 { free_port()? } else { self.port };
            let mut server = self.server_command(port)?.spawn().map_err(io("start"))?;
            if self.is_ready(&mut server, port)? {
                (self.port, self.server) = (port, Some(server));
                return Ok(());
            }
            // After a kill, the old children hold the shared memory for a moment.
            if since.elapsed() > PATIENCE {
                return Err(TestingError::Failed { what: "start", output: self.log() });
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn server_command(&self, port: u16) -> Result<Command> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log_path()).map_err(io("have a log"))?;
        let mut command = self.program("postgres");
        let on = |on: bool| if on { "on" } else { "off" };
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", self.folder.path().display()),
            "max_connections=200".to_owned(),
            format!("fsync={}", on(self.options.fsync)),
            format!("full_page_writes={}", on(self.options.fsync)),
        ];
        settings.extend(self.options.settings.iter().cloned());
        command.args(["-D", "data", "-p", &port.to_string()]);
        for setting in settings {
            command.args(["-c", &setting]);
        }
        command.stdout(log.try_clone().map_err(io("have a log"))?).stderr(log).stdin(Stdio::null());
        Ok(command)
    }

    /// Whether it takes sessions; `false` when it ended instead.
    fn is_ready(&self, server: &mut Child, port: u16) -> Result<bool> {
        let since = Instant::now();
        while server.try_wait().map_err(io("be watched"))?.is_none() {
            let mut ask = Command::new(self.programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            if ask.status().map_err(io("be asked"))?.success() {
                return Ok(true);
            }
            if since.elapsed() > PATIENCE {
                return Err(TestingError::Failed { what: "start", output: self.log() });
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(false)
    }

    /// A program of the package, in the server's folder; as the user `postgres` where this one is root, whom
    /// PostgreSQL refuses.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path()).env("LC_ALL", "C");
        command
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What the server has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            signal(server, "QUIT");
            if !ends(server) {
                let _ = server.kill();
            }
        }
        // The guard clears up what is left.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// The newest installed server.
fn programs() -> Option<PathBuf> {
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let folders = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let installed = folders.filter(|folder| folder.join("bin/postgres").exists());
    Some(installed.max_by_key(|folder| version(folder))?.join("bin"))
}

fn is_root() -> bool {
    // The owner of this process, without unsafe code.
    fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0)
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(io("find a free port"))?;
    Ok(listener.local_addr().map_err(io("find a free port"))?.port())
}

fn signal(server: &Child, name: &str) {
    let _ = Command::new("sh").args(["-c", "kill -\"$1\" \"$2\"", "sh", name, &server.id().to_string()]).status();
}

fn ends(server: &mut Child) -> bool {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if !matches!(server.try_wait(), Ok(None)) {
            return true;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    false
}

fn run(what: &'static str, command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().map_err(io(what))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    if status.success() {
        Ok(text(&stdout))
    } else {
        Err(TestingError::Failed { what, output: text(&stderr) + &text(&stdout) })
    }
}

fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> TestingError {
    move |source| TestingError::Io { what, source }
}
