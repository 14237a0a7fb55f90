mod bench;
mod crawl;
mod db;
mod extract;
mod failed;
mod ingest;
mod progress;
mod run;
mod sample;
mod search;
mod serve;
mod verify;

use anyhow::Context;

use crate::cli::{Bench, Cli, Command, Pipeline, SampleCommand};
use crate::lock;
use crate::open::Opened;
use crate::report;

pub(crate) async fn run(cli: Cli) -> anyhow::Result<()> {
    let data = cli.data;
    match cli.command {
        Command::Run(args) => run::run(&data, args).await,
        Command::Serve(args) => serve::serve(&data, args).await,
        Command::Work => serve::work(&data).await,
        Command::Crawl(args) => crawl::crawl(&data, args).await,
        Command::Search(args) => search::search(&Opened::open(&data, &[]).await?, args).await,
        Command::Extract(args) => extract::extract(&args),
        Command::Pipeline(Pipeline::Ingest(args)) => ingest::ingest(&data, args).await,
        Command::Pipeline(Pipeline::Funnel { run }) => {
            let opened = Opened::open(&data, &[]).await?;
            let found = pipeline::funnel::of(&opened.app.store, run.as_deref()).await?;
            print!("{}", report::funnel(&found.context("there is no such run; `mystage run` makes the first")?));
            Ok(())
        }
        Command::Pipeline(Pipeline::Verify) => verify::verify(&Opened::open(&data, &[]).await?).await,
        Command::Failed(args) => failed::failed(&Opened::open(&data, &[]).await?, args).await,
        Command::Sample(SampleCommand::Serve(args)) => sample::serve(args).await,
        Command::Sample(SampleCommand::Score { sample, json }) => {
            sample::score(&Opened::open(&data, &[]).await?, &sample, json).await
        }
        Command::Bench(Bench::Pipeline(args)) => bench::pipeline::pipeline(args).await,
        Command::Bench(Bench::Store(args)) => bench::store::store(args).await,
        Command::Db(args) => db::db(&data, args).await,
        Command::Reindex => {
            let _lock = lock::unless_shared(&data)?;
            let opened = Opened::open(&data, &[]).await?;
            let indexed = pipeline::sync::reindex(&opened.app.pipeline).await?;
            println!("{indexed} entities are in the index.");
            Ok(())
        }
    }
}
