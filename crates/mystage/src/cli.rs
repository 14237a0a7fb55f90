mod db;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use db::{Db, Export, Import, Migrate};

/// Live music data: from web pages to a search hit.
///
/// Without configuration everything is kept in one folder and runs in this process. `mystage run` shows the whole
/// pipeline on a sample web; docs/OPERATIONS.md lists the environment variables.
#[derive(Parser)]
#[command(name = "mystage", version)]
pub(crate) struct Cli {
    /// The folder that holds databases, pages, images and the search index.
    #[arg(long, global = true, env = "MYSTAGE_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Crawl the sources, print what became of every page, and serve the API.
    Run(Run),
    /// Serve the API and visit pages when they are due.
    Serve(Serve),
    /// Work on tasks without serving anything. On PostgreSQL any number of workers share the work.
    Work,
    /// Begin a run over the sources and leave it to the workers.
    Crawl(Crawl),
    /// Find venues, artists, performances and festivals.
    Search(Search),
    /// Read recorded pages and write what they state, without storing anything.
    Extract(Extract),
    /// Work on the pipeline by hand.
    #[command(subcommand)]
    Pipeline(Pipeline),
    /// Tasks that were given up.
    #[command(subcommand)]
    Failed(Failed),
    /// The fictional region: its web, and how well the pipeline read it.
    #[command(subcommand)]
    Sample(SampleCommand),
    /// Look after the databases: back up, restore, verify, move, index.
    #[command(subcommand)]
    Db(Db),
    /// Measure.
    #[command(subcommand)]
    Bench(Bench),
    /// Make the search index anew from the stored entities.
    Reindex,
}

#[derive(Args)]
pub(crate) struct Run {
    /// A TOML file of sources to crawl instead of the sample web (see docs/adding-a-source.md).
    #[arg(long)]
    pub(crate) sources: Option<PathBuf>,
    /// Where the API listens.
    #[arg(long, env = "HTTP_ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) addr: SocketAddr,
    /// End after the run instead of serving.
    #[arg(long)]
    pub(crate) once: bool,
    #[command(flatten)]
    pub(crate) sample: Sample,
}

#[derive(Args, Clone)]
pub(crate) struct Sample {
    /// The day of the sample web: a later day has changes.
    #[arg(long, default_value_t = 1)]
    pub(crate) day: u32,
    /// The seed that the sample web is made from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How large the sample region is.
    #[arg(long, value_enum, default_value_t = Scale::Region)]
    pub(crate) scale: Scale,
    /// The loopback port of the sample web. Part of every address on it: keep it for one data folder.
    #[arg(long, default_value_t = 8090)]
    pub(crate) sample_port: u16,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Scale {
    /// 40 venues, 300 artists, 1,500 performances.
    Region,
    /// 8 venues, 40 artists, 120 performances.
    Small,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Where the API listens.
    #[arg(long, env = "HTTP_ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) addr: SocketAddr,
    /// Minutes between two looks for pages that are due.
    #[arg(long, default_value_t = 5)]
    pub(crate) every: u64,
    /// On PostgreSQL: work on all tasks too, not only on those of the search index.
    #[arg(long)]
    pub(crate) work: bool,
}

#[derive(Args)]
pub(crate) struct Crawl {
    /// A TOML file of sources instead of the sample web's (see docs/adding-a-source.md).
    #[arg(long)]
    pub(crate) sources: Option<PathBuf>,
    /// Wait until the workers are done, and print what became of every page.
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) sample: Sample,
}

#[derive(Args)]
pub(crate) struct Search {
    /// What to look for; typing mistakes are forgiven.
    #[arg(required = true)]
    pub(crate) words: Vec<String>,
    /// Only this kind: venue, artist, performance or festival. May be given several times.
    #[arg(long = "type", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// Performances from this day on, YYYY-MM-DD.
    #[arg(long)]
    pub(crate) from: Option<jiff::civil::Date>,
    /// Performances up to this day, YYYY-MM-DD.
    #[arg(long)]
    pub(crate) to: Option<jiff::civil::Date>,
    /// The most hits.
    #[arg(long, default_value_t = 10)]
    pub(crate) limit: usize,
}

#[derive(Args)]
pub(crate) struct Extract {
    /// A JSON Lines file that lists recorded pages.
    #[arg(long)]
    pub(crate) manifest: PathBuf,
    /// Where the records go, one JSON object a page.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum Pipeline {
    /// Take recorded pages through all stages instead of the network.
    Ingest(Ingest),
    /// Print what became of everything that a run took in.
    Funnel {
        /// The run; the latest one without.
        #[arg(long)]
        run: Option<String>,
    },
    /// Check that every published field has its evidence in a stored page.
    Verify,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Ingest {
    /// A JSON Lines file that lists recorded pages.
    #[arg(long)]
    pub(crate) manifest: Option<PathBuf>,
    /// A WARC file, plain or gzipped.
    #[arg(long)]
    pub(crate) warc: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Failed {
    /// List the tasks that were given up.
    List,
    /// Try one again, or all of them.
    Retry {
        /// The id that `failed list` shows.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Mark one as settled without trying it again.
    Resolve { id: String },
}

#[derive(Subcommand)]
pub(crate) enum SampleCommand {
    /// Serve the sample web on loopback until interrupted.
    Serve(Sample),
    /// Compare what is stored with the truth of the sample region.
    Score {
        #[command(flatten)]
        sample: Sample,
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Pages per second from recorded bytes to committed and indexed entities, by stage, with peak memory.
    Pipeline(BenchPipeline),
    /// Commits, reads, queries and listeners of the store, beside the same work by hand-written SQL.
    Store(BenchStore),
}

#[derive(Args, Clone)]
pub(crate) struct BenchStore {
    /// An empty PostgreSQL database, to measure it too. The benchmark's documents are left in it.
    #[arg(long, env = "BENCH_POSTGRES_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) postgres: Option<String>,
    /// Seconds that each figure is measured for.
    #[arg(long, default_value_t = 3)]
    pub(crate) seconds: u64,
    /// Documents that are there before reads are measured.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) documents: usize,
    /// Numbers of listeners, between commas.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    pub(crate) listeners: Vec<usize>,
}

#[derive(Args, Clone)]
pub(crate) struct BenchPipeline {
    #[arg(long, default_value_t = 10_000)]
    pub(crate) pages: usize,
    /// Recorded pages to repeat under different addresses, instead of pages of a generated region.
    #[arg(long)]
    pub(crate) manifest: Option<PathBuf>,
}
