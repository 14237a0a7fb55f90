use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use app::App;
use blobs::Blobs;
use catalogue::Catalogue;
use fetch::Fetcher;
use model::Time;
use pipeline::Pipeline;
use search::Index;
use store::{Backend, Store};
use store_postgres::PostgresBackend;
use store_sqlite::SqliteBackend;
use tasks::{Clock, Runner, Schedules};

use crate::config::{self, Databases, Environment, Places};

/// Everything that is configured, opened.
pub(crate) struct Opened {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    /// Whether other processes may work on the same databases at the same time.
    pub(crate) shared: bool,
}

/// What a process does of the pipeline's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// All of it.
    Alone,
    /// All but the search index, which belongs to the process that serves it.
    Worker,
    /// The search index.
    Server,
}

impl Role {
    fn works(self, queue: &tasks::Queue) -> bool {
        match self {
            Self::Alone => true,
            Self::Worker => queue.name != pipeline::sync::QUEUE,
            Self::Server => queue.name == pipeline::sync::QUEUE,
        }
    }
}

impl Opened {
    /// Opens what the environment names, in `data` where it names nothing. `allow` are hosts whose loopback addresses
    /// may be reached besides those that are configured.
    pub(crate) async fn open(data: &Path, allow: &[String]) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        let places = Places::from_env(&environment, data)?;
        let mut fetch = config::fetch(&environment)?;
        fetch.allow.extend_from_slice(allow);
        let shared = places.databases.are_shared();
        let store = Store::new(backends(&places.databases).await?, app::reactions);
        let blobs = Arc::new(Blobs::open(&places.blobs).context("the folder of pages and images cannot be opened")?);
        let search = Arc::new(
            Index::open(&places.search)
                .with_context(|| format!("the search index in {} cannot be opened", places.search.display()))?,
        );
        let pipeline = Arc::new(Pipeline {
            store: store.clone(),
            fetcher: Fetcher::new(fetch)?,
            blobs: Arc::clone(&blobs),
            index: Arc::clone(&search),
            language_model: config::language_model(&environment)?,
            settings: config::settings(&environment)?,
        });
        let catalogue = Arc::new(Catalogue::new(store.clone(), Arc::clone(&search)));
        let app = Arc::new(App { store, blobs, search, catalogue, pipeline });
        Ok(Self { app, clock: tasks::system_clock(), shared })
    }

    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    /// A runner that nobody starts: it tells whether there is work.
    pub(crate) fn watcher(&self, role: Role) -> Arc<Runner> {
        Arc::new(self.plain_runner(role))
    }

    fn plain_runner(&self, role: Role) -> Runner {
        let mut registry = app::registry(&self.app.pipeline);
        registry.retain(|queue| role.works(queue));
        let worker = format!("{}-{}", std::process::id(), self.now().0);
        Runner::new(self.app.store.clone(), registry, Arc::clone(&self.clock), worker)
    }

    /// The runner of this process, which also fires the schedules if pages are to be visited when they are due. Where no other process can be there, the leases of dead ones are given back at once;
    /// the caller holds the data lock.
    pub(crate) async fn runner(&self, role: Role, due_every: Option<Duration>) -> anyhow::Result<Arc<Runner>> {
        let schedules = match due_every {
            Some(every) => app::schedules(every, self.app.pipeline.settings.stagger)?,
            None => Schedules::default(),
        };
        let runner = Arc::new(self.plain_runner(role).with_schedules(schedules));
        if !self.shared {
            let released = runner.release_all().await?;
            if released > 0 {
                eprintln!("Going on with {released} tasks that an earlier process left behind.");
            }
        }
        if role != Role::Worker && self.app.search.rebuilt() {
            let indexed = pipeline::sync::reindex(&self.app.pipeline).await?;
            if indexed > 0 {
                eprintln!("The search index was missing or damaged: made again from {indexed} stored entities.");
            }
        }
        Ok(runner)
    }
}

/// The three databases.
pub(crate) async fn backends(databases: &Databases) -> anyhow::Result<[Arc<dyn Backend>; 3]> {
    match databases {
        Databases::Sqlite(folder) => SqliteBackend::open_all(folder)
            .with_context(|| format!("the databases in {} cannot be opened", folder.display())),
        Databases::Postgres(url) => {
            PostgresBackend::open_all(url).await.context("the databases on PostgreSQL cannot be opened")
        }
    }
}
