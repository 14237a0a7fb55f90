use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use pipeline::funnel::{self, RunFunnel};
use tasks::Runner;

use crate::open::Opened;

const TICK: Duration = Duration::from_millis(250);
/// Ticks between two lines where nobody watches a terminal.
const QUIET_TICKS: u32 = 20;

/// Shows what a run does until nothing is left to do, and returns its funnel.
pub(crate) async fn until_idle(opened: &Opened, runner: &Arc<Runner>, run_id: &str) -> anyhow::Result<RunFunnel> {
    let bar = ProgressBar::new_spinner();
    bar.set_style(
        ProgressStyle::with_template("{spinner} {elapsed} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    let watched = std::io::stderr().is_terminal();
    let mut tick = 0;
    loop {
        let idle = runner.is_idle().await?;
        let Some(found) = funnel::of(&opened.app.store, Some(run_id)).await? else {
            anyhow::bail!("the run {run_id} is not there");
        };
        if idle {
            bar.finish_and_clear();
            return Ok(found);
        }
        if watched {
            bar.set_message(line(&found, runner));
            bar.tick();
        } else if tick % QUIET_TICKS == QUIET_TICKS - 1 {
            eprintln!("{}", line(&found, runner));
        }
        tick += 1;
        tokio::time::sleep(TICK).await;
    }
}

fn line(funnel: &RunFunnel, runner: &Runner) -> String {
    format!(
        "visited {}/{} · extracted {} records of {} pages · created {} entities · indexed {} · at work {} · tried again {}",
        funnel.count("scrape.visited"),
        funnel.count("schedule.urls"),
        funnel.count("extract.records"),
        funnel.count("extract.pages"),
        funnel.count("write.created"),
        funnel.count("index.upserted"),
        runner.state().running(),
        runner.state().retried.load(Ordering::Relaxed),
    )
}
