use std::sync::Arc;
use std::time::Duration;

use model::{Collection, ScheduleState, Time};
use tasks::{Runner, Schedule, Schedules};

use crate::bench::{Bench, Working, quick, until};

const HOUR: Duration = Duration::from_secs(3_600);

fn hourly(names: &[&'static str]) -> Schedules {
    Schedules::new(names.iter().map(|name| Schedule::cron(name, "0 * * * *", "UTC").unwrap()).collect())
}

fn runners(bench: &Bench, schedules: &Schedules) -> [Arc<Runner>; 3] {
    ["a", "b", "c"].map(|name| Arc::new(bench.plain_runner(name).with_schedules(schedules.clone())))
}

async fn state(bench: &Bench, name: &str) -> Option<ScheduleState> {
    bench.store.get::<ScheduleState>(Collection::Schedules, name).await.unwrap().map(|found| found.document)
}

/// The times at which visits are due, in milliseconds from now, by name.
async fn due(bench: &Bench) -> Vec<(String, i64)> {
    let tasks = bench.tasks().await;
    tasks.into_iter().map(|task| (task.id.replace("visit:", ""), task.due_at.0 - bench.now().0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_processes_fires_each_tick() {
    let bench = Bench::new(quick()).noting();
    let runners = runners(&bench, &hourly(&["hourly"]));
    let working = runners.each_ref().map(Working::begin);
    until(async || state(&bench, "hourly").await.is_some()).await;
    assert_eq!(state(&bench, "hourly").await.unwrap().fired, None, "it begins with the next tick");
    for tick in 1..=5 {
        bench.now.store(tick * 3_600_000 + 7, std::sync::atomic::Ordering::SeqCst);
        until(async || state(&bench, "hourly").await.unwrap().fired == Some(Time(tick * 3_600_000))).await;
        until(async || runners[0].is_idle().await.unwrap()).await;
    }
    for one in working {
        one.end().await;
    }
    let done: u64 = runners.iter().map(|runner| runner.state().done.load(std::sync::atomic::Ordering::SeqCst)).sum();
    assert_eq!(done, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missed_ticks_are_made_up_once() {
    let bench = Bench::new(quick());
    let [runner, ..] = runners(&bench, &hourly(&["hourly"]));
    let working = Working::begin(&runner);
    until(async || state(&bench, "hourly").await.is_some()).await;
    working.end().await;
    bench.advance(HOUR * 50);
    let working = Working::begin(&runner);
    until(async || state(&bench, "hourly").await.unwrap().fired.is_some()).await;
    let after = state(&bench, "hourly").await.unwrap();
    working.end().await;
    assert_eq!(after.fired, Some(Time(3_600_000)));
    assert!(after.next_at > bench.now() && after.next_at <= bench.now() + HOUR, "{after:?}");
    assert_eq!(bench.tasks().await.len() + bench.letters().await.len(), 1, "fifty ticks, one task");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_falls_due_together_is_spaced_by_a_minute() {
    let mut bench = Bench::new(quick());
    bench.registry.retain(|_| false);
    let schedules = hourly(&["e", "d", "c", "b", "a"]);
    let runners = runners(&bench, &schedules);
    let working = runners.each_ref().map(Working::begin);
    until(async || state(&bench, "e").await.is_some()).await;
    bench.now.store(3_600_000, std::sync::atomic::Ordering::SeqCst);
    until(async || state(&bench, "e").await.unwrap().fired.is_some()).await;
    for one in working {
        one.end().await;
    }
    let expected = [("a", 0), ("b", 60_000), ("c", 120_000), ("d", 180_000), ("e", 240_000)];
    assert_eq!(due(&bench).await, expected.map(|(name, at)| (name.to_owned(), at)));

    let closer = schedules.with_spacing(Duration::from_secs(5));
    let runner = Arc::new(bench.plain_runner("d").with_schedules(closer));
    bench.now.store(7_200_000, std::sync::atomic::Ordering::SeqCst);
    let working = Working::begin(&runner);
    until(async || state(&bench, "e").await.unwrap().fired == Some(Time(7_200_000))).await;
    working.end().await;
    assert_eq!(due(&bench).await[4], ("e".to_owned(), 20_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_earlier_timing_counts_and_jitter_puts_off_the_task() {
    let mut bench = Bench::new(quick());
    bench.registry.retain(|_| false);
    let fire = async |schedule: Schedule, at: i64| {
        bench.now.store(at, std::sync::atomic::Ordering::SeqCst);
        let before = state(&bench, "it").await;
        let runner = Arc::new(bench.plain_runner("a").with_schedules(Schedules::new(vec![schedule])));
        let working = Working::begin(&runner);
        until(async || state(&bench, "it").await != before).await;
        working.end().await;
        state(&bench, "it").await.unwrap()
    };
    let hourly = Schedule::cron("it", "0 * * * *", "UTC").unwrap();
    let minutely = Schedule::every("it", Duration::from_secs(60)).with_jitter(Duration::from_secs(30));
    fire(hourly.clone(), 0).await;
    let begun = fire(minutely.clone(), 1_000).await;
    assert_eq!((begun.fired, begun.next_at), (None, Time(60_000)), "it comes more often now");
    assert!(bench.tasks().await.is_empty());
    fire(minutely.clone(), 60_000).await;
    let due = due(&bench).await;
    assert!(due.len() == 1 && (1..=30_000).contains(&due[0].1), "{due:?}");

    // Another process that knows the old timing neither puts the tick off nor loses it.
    let fired = fire(hourly, 120_000).await;
    assert_eq!((fired.fired, fired.next_at), (Some(Time(120_000)), Time(3_600_000)));
    assert_eq!(fire(minutely, 130_000).await.next_at, Time(180_000));
}
