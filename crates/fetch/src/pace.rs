use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::{FetchError, Rate};

/// Above this many hosts those at rest are forgotten.
const HOSTS: usize = 10_000;

/// Spreads requests to each host over time: the generic cell rate algorithm, with `Crawl-delay` and pauses.
///
/// Written here because one reservation has to weigh rate, delay and pause together, and because it keeps to the
/// runtime's clock, which tests can turn.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    hosts: Mutex<HashMap<String, Host>>,
}

#[derive(Clone, Copy, Debug)]
struct Host {
    /// When the requests let through so far are paid for by the rate.
    paid: Instant,
    paused_until: Instant,
}

/// How fast one host may be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tempo {
    interval: Duration,
    /// How far ahead of the rate requests may run.
    credit: Duration,
}

impl Tempo {
    pub(crate) fn new(rate: Rate, crawl_delay: Option<Duration>) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rate.per_second);
        match crawl_delay {
            // A stated delay lies between any two requests.
            Some(delay) if delay > Duration::ZERO => Self { interval: interval.max(delay), credit: Duration::ZERO },
            _ => Self { interval, credit: interval * (rate.burst - 1) },
        }
    }
}

impl Pace {
    /// Waits for the host's next turn.
    ///
    /// # Errors
    /// [`FetchError::HostPaused`] where the host asked for a pause longer than `patience`.
    pub(crate) async fn turn(&self, host: &str, tempo: Tempo, patience: Duration) -> Result<(), FetchError> {
        loop {
            let turn = self.reserve(host, tempo, patience)?;
            sleep_until(turn).await;
            // The host may have asked for a pause while this one waited.
            let paused_until = self.locked().get(host).map(|state| state.paused_until);
            if paused_until.is_none_or(|until| until <= Instant::now()) {
                return Ok(());
            }
        }
    }

    /// Lets the host alone for `pause` from now.
    pub(crate) fn pause(&self, host: &str, pause: Duration) {
        let now = Instant::now();
        let mut hosts = self.locked();
        let state = hosts.entry(host.to_owned()).or_insert(Host { paid: now, paused_until: now });
        state.paused_until = state.paused_until.max(now + pause);
    }

    fn reserve(&self, host: &str, tempo: Tempo, patience: Duration) -> Result<Instant, FetchError> {
        let now = Instant::now();
        let mut hosts = self.locked();
        if hosts.len() >= HOSTS && !hosts.contains_key(host) {
            hosts.retain(|_, state| state.paid > now || state.paused_until > now);
        }
        let state = hosts.entry(host.to_owned()).or_insert(Host { paid: now, paused_until: now });
        let pause = state.paused_until.saturating_duration_since(now);
        if pause > patience {
            return Err(FetchError::HostPaused { host: host.to_owned(), retry_after: pause });
        }
        // After a pause the requests come one by one: what was saved up is spent.
        let floor = if pause.is_zero() { now } else { state.paused_until + tempo.credit };
        let paid = state.paid.max(floor);
        state.paid = paid + tempo.interval;
        Ok(paid.checked_sub(tempo.credit).map_or(now, |turn| turn.max(now)))
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::join_all;
    use tokio::time::Instant;

    use super::{Pace, Tempo};
    use crate::Rate;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// When each of `count` requests to one host goes, in milliseconds.
    async fn turns(pace: &Pace, tempo: Tempo, count: usize) -> Vec<u128> {
        let start = Instant::now();
        let one = || async {
            pace.turn("host", tempo, PATIENCE).await.unwrap();
            start.elapsed().as_millis()
        };
        join_all((0..count).map(|_| one())).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_then_the_rate() {
        let tempo = Tempo::new(Rate { per_second: 2.0, burst: 3 }, None);
        let pace = Pace::default();
        // The timer is as coarse as a millisecond.
        assert_eq!(turns(&pace, tempo, 6).await, [0, 0, 0, 500, 1000, 1500]);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(turns(&pace, tempo, 4).await, [0, 0, 0, 500], "a rest saves up one burst and no more");
    }

    #[tokio::test(start_paused = true)]
    async fn crawl_delay_lies_between_any_two_requests() {
        let rate = Rate { per_second: 10.0, burst: 5 };
        let slow = Tempo::new(rate, Some(Duration::from_secs(2)));
        assert_eq!(turns(&Pace::default(), slow, 3).await, [0, 2000, 4000]);
        let faster_than_the_rate = Tempo::new(rate, Some(Duration::from_millis(1)));
        assert_eq!(turns(&Pace::default(), faster_than_the_rate, 3).await, [0, 100, 200]);
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_do_not_wait_for_each_other() {
        let (pace, tempo) = (Pace::default(), Tempo::new(Rate { per_second: 0.1, burst: 1 }, None));
        let start = Instant::now();
        for host in ["a", "b", "c"] {
            pace.turn(host, tempo, PATIENCE).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everyone_and_ends_without_a_burst() {
        let (pace, tempo) = (Pace::default(), Tempo::new(Rate { per_second: 1.0, burst: 3 }, None));
        pace.pause("host", Duration::from_secs(5));
        assert_eq!(turns(&pace, tempo, 3).await, [5000, 6000, 7000]);

        // The first side is polled first, and waits for its turn when the pause is asked for.
        let (waited, ()) = tokio::join!(turns(&pace, tempo, 1), async { pace.pause("host", Duration::from_secs(20)) });
        assert_eq!(waited, [20_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_pause_is_told_and_not_waited_for() {
        let (pace, tempo) = (Pace::default(), Tempo::new(Rate { per_second: 1.0, burst: 1 }, None));
        pace.pause("host", Duration::from_secs(90));
        let error = pace.turn("host", tempo, PATIENCE).await.unwrap_err();
        assert_eq!((error.class(), error.retry_after()), ("host_paused", Some(Duration::from_secs(90))));
        assert!(error.is_transient());
        tokio::time::advance(Duration::from_secs(90)).await;
        pace.turn("host", tempo, PATIENCE).await.unwrap();
    }
}
