use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use app::App;
use blobs::Blobs;
use catalogue::Catalogue;
use fetch::Fetcher;
use model::Time;
use pipeline::Pipeline;
use search::Index;
use store_sqlite::SqliteBackend;
use tasks::{Clock, Runner};

use crate::config::{self, Environment, Places};

/// Everything that is configured, opened.
pub(crate) struct Opened {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
}

impl Opened {
    /// Opens what the environment names, in `data` where it names nothing. `allow` are hosts whose loopback addresses
    /// may be reached besides those that are configured.
    pub(crate) fn open(data: &Path, allow: &[String]) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        let places = Places::from_env(&environment, data)?;
        let mut fetch = config::fetch(&environment)?;
        fetch.allow.extend_from_slice(allow);
        let store = SqliteBackend::store(&places.databases, app::reactions)
            .with_context(|| format!("the databases in {} cannot be opened", places.databases.display()))?;
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
        Ok(Self { app, clock: tasks::system_clock() })
    }

    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    /// The runner of this process, with the leases of dead processes given back. The caller holds the data lock.
    pub(crate) async fn runner(&self) -> anyhow::Result<Arc<Runner>> {
        let registry = app::registry(&self.app.pipeline);
        let worker = format!("{}-{}", std::process::id(), self.now().0);
        let runner = Arc::new(Runner::new(self.app.store.clone(), registry, Arc::clone(&self.clock), worker));
        let released = runner.release_all().await?;
        if released > 0 {
            eprintln!("Going on with {released} tasks that an earlier process left behind.");
        }
        if self.app.search.rebuilt() {
            let indexed = pipeline::sync::reindex(&self.app.pipeline).await?;
            if indexed > 0 {
                eprintln!("The search index was missing or damaged: made again from {indexed} stored entities.");
            }
        }
        Ok(runner)
    }
}
