use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use model::RunScope;
use pipeline::ingest::{Ingest, Manifest, RecordedPage};
use tasks::Runner;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::Folder;
use crate::cli::BenchPipeline;
use crate::commands::ingest::AT_ONCE;
use crate::open::{Opened, Role};

/// How often memory is looked at, in pages.
const MEMORY_EVERY: usize = 500;
/// Pages that extraction alone is measured on.
const ALONE_MAX: usize = 2_000;

/// Measures the pipeline from recorded bytes to committed and indexed entities, in a folder of its own that is removed
/// afterwards, beside extraction alone on the same pages.
pub(crate) async fn pipeline(args: BenchPipeline) -> anyhow::Result<()> {
    let folder = Folder::make()?;
    let alone = alone(args.clone()).await?;
    let opened = Opened::open(&folder.0, &[]).await?;
    let runner = opened.runner(Role::Alone, None).await?;
    let (run, _) = pipeline::scheduling::begin_run(&opened.app.store, RunScope::Recorded, opened.now()).await?;
    let (stop, stopped) = watch::channel(false);
    let (began, cpu) = (Instant::now(), cpu_time());
    #[expect(clippy::disallowed_methods, reason = "the executable starts what runs beside it")]
    let working = tokio::spawn(Arc::clone(&runner).run(stopped));
    let ingest = Arc::new(Ingest::new(Arc::clone(&opened.app.pipeline), run.id.clone()));
    let mut taking = JoinSet::new();
    let (mut pages, mut bytes, mut memory) = (0_usize, 0_usize, Vec::new());
    let mut recorded = recorded(args);
    while let Some(page) = recorded.recv().await {
        let page = page?;
        bytes += page.body.len();
        let (ingest, now) = (Arc::clone(&ingest), opened.now());
        taking.spawn(async move { ingest.page(page, now).await });
        if taking.len() >= AT_ONCE
            && let Some(taken) = taking.join_next().await
        {
            taken??;
        }
        pages += 1;
        if pages.is_multiple_of(MEMORY_EVERY) {
            settle(&runner, 1_000).await;
            memory.push((pages, status_kib("VmRSS:") / 1024));
        }
    }
    while let Some(taken) = taking.join_next().await {
        taken??;
    }
    while !runner.is_idle().await? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_time() - cpu);
    stop.send_replace(true);
    working.await.context("the task runner stopped")?;
    pipeline::scheduling::finish_run(&opened.app.store, &run.id, opened.now()).await?;

    let (count, size) = (pages as f64, bytes as f64 / 1024.0 / (pages.max(1) as f64));
    println!("{pages} pages of {size:.1} KiB on average, from recorded bytes to committed and indexed entities");
    println!(
        "  whole pipeline      {:>9.1} pages/s  {:>8.1} pages per CPU-second  ({wall:.1} s, {cpu:.1} CPU-s)",
        count / wall,
        count / cpu
    );
    println!("  extraction alone    {alone:>9.1} pages/s on one core, the same pages in the same run");
    for (kind, spent) in runner.state().spent() {
        let each = spent.time.as_secs_f64() * 1_000.0 / (spent.tasks.max(1) as f64);
        println!(
            "  {kind:<18} {:>9} tasks  {:>9.2} s in steps  {each:>8.2} ms each",
            spent.tasks,
            spent.time.as_secs_f64()
        );
    }
    println!("  peak memory         {:>9} MiB", status_kib("VmHWM:") / 1024);
    let steps: Vec<String> =
        memory.iter().step_by((memory.len() / 8).max(1)).map(|(at, mib)| format!("{at}: {mib}")).collect();
    println!("  memory by pages     {} (MiB)", steps.join(" · "));
    if let Some(found) = pipeline::funnel::of(&opened.app.store, Some(&run.id)).await? {
        print!("{}", crate::report::funnel(&found));
    }
    Ok(())
}

/// Waits until the runner is not too far behind, so that what is measured is the pipeline and not a backlog.
async fn settle(runner: &Runner, running: usize) {
    while runner.state().running() > running {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Pages a second of extraction alone, on one core.
async fn alone(args: BenchPipeline) -> anyhow::Result<f64> {
    let mut recorded = recorded(BenchPipeline { pages: args.pages.min(ALONE_MAX), ..args });
    let (mut pages, mut spent) = (0_u32, Duration::ZERO);
    while let Some(page) = recorded.recv().await {
        let page = page?;
        let input = extract::Input {
            body: &page.body,
            content_type: page.content_type.as_deref(),
            url: &page.url,
            today: page.today.parse()?,
            currency: None,
            zone: None,
        };
        let began = Instant::now();
        // A hostile page that is refused has been looked at as well.
        let _ = std::hint::black_box(extract::extract(&input));
        spent += began.elapsed();
        pages += 1;
    }
    Ok(f64::from(pages) / spent.as_secs_f64().max(f64::EPSILON))
}

/// The pages of the benchmark, a few ahead of who takes them: of a region that is large enough, or recorded ones
/// repeated under other addresses.
fn recorded(args: BenchPipeline) -> mpsc::Receiver<anyhow::Result<RecordedPage>> {
    let (sender, receiver) = mpsc::channel(32);
    tokio::task::spawn_blocking(move || {
        // A receiver that is gone wants no more pages.
        let send = |page| sender.blocking_send(page).is_ok();
        match &args.manifest {
            Some(manifest) => {
                let rounds = (0..args.pages).flat_map(|round| round_of(manifest, round));
                rounds.take(args.pages).all(send);
            }
            None => {
                let config = sample::Config { scale: sample::Scale::pages(args.pages), ..sample::Config::region(1, 1) };
                let web = sample::Web::new(&config);
                web.pages(80).take(args.pages).map(generated).all(send);
            }
        }
    });
    receiver
}

fn generated((url, response): (String, sample::Response)) -> anyhow::Result<RecordedPage> {
    let host = url.split('/').nth(2).unwrap_or_default();
    let content_type = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    Ok(RecordedPage {
        site: host.split('.').next().unwrap_or(host).to_owned(),
        content_type: content_type.map(|(_, value)| value.clone()),
        today: sample::BASE_DATE.to_string(),
        body: response.body,
        url,
    })
}

fn round_of(manifest: &Path, round: usize) -> Vec<anyhow::Result<RecordedPage>> {
    let pages = match Manifest::open(manifest) {
        Ok(pages) => pages,
        Err(error) => return vec![Err(error.into())],
    };
    pages
        .map(|page| {
            let (_, mut page) = page?;
            let mark = format!("{}round={round}", if page.url.contains('?') { '&' } else { '?' });
            page.url.push_str(&mark);
            page.body.extend_from_slice(format!("<!-- {round} -->").as_bytes());
            Ok(page)
        })
        .collect()
}

/// CPU seconds of this process, user and system.
fn cpu_time() -> f64 {
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS_A_SECOND
}

/// A line of /proc/self/status in KiB.
fn status_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
