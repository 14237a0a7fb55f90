use std::time::Duration;

/// How a queue treats its tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Failed attempts after which a task becomes a dead letter.
    pub max_attempts: u32,
    pub min_backoff: Duration,
    pub max_backoff: Duration,
    /// How often the backoff doubles before it grows by equal steps.
    pub max_doublings: u32,
    /// Steps of the queue at one time in this process.
    pub max_concurrent: usize,
    /// Starts per second in this process; `None` for as many as there are.
    pub rate: Option<Rate>,
    /// Starts of the tasks that share a [`rate_key`](crate::Task::rate_key), over all processes.
    pub per_key: Option<PerKey>,
    /// How long a step may take. One that takes longer is stopped and counts as failed.
    pub timeout: Duration,
    /// The most tasks that a bulk step takes at once.
    pub bulk: usize,
    /// Tasks that are leased beyond those that can run at once, so that a short step does not wait for its lease.
    pub ahead: usize,
    /// Queues of the same database that are worked off first: while they have due or running tasks, this one waits.
    pub after: &'static [&'static str],
    /// The longest that this queue waits for those; then it works off what has gathered, and waits again.
    pub patience: Duration,
    /// Whether one process at a time works the queue, because the order of its tasks matters. When that process ends or
    /// dies, another takes over.
    pub exclusive: bool,
}

/// Starts per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(pub f64);

/// How fast the tasks of one key may begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerKey {
    pub rate: Rate,
    /// Those that may begin at once after a rest.
    pub burst: u32,
}

impl Default for Policy {
    /// The platform's defaults: 5 attempts, 10 s to 300 s, 3 doublings, 10 at once, 5 a second.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            min_backoff: Duration::from_secs(10),
            max_backoff: Duration::from_secs(300),
            max_doublings: 3,
            max_concurrent: 10,
            rate: Some(Rate(5.0)),
            per_key: None,
            timeout: Duration::from_secs(120),
            bulk: 1,
            ahead: 0,
            after: &[],
            patience: Duration::from_secs(120),
            exclusive: false,
        }
    }
}

impl Policy {
    /// The wait after the `failures`-th failed attempt (1 for the first): doubled `max_doublings` times, then growing
    /// by the last step, at most `max_backoff`. This is how Google Cloud Tasks counts.
    pub fn backoff(&self, failures: u32) -> Duration {
        let retry = failures.saturating_sub(1);
        let doubled = retry.min(self.max_doublings).min(31);
        let largest_step = self.min_backoff.saturating_mul(1 << doubled);
        let steps = retry.saturating_sub(self.max_doublings) + 1;
        largest_step.saturating_mul(steps).min(self.max_backoff)
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn backoff_doubles_three_times_and_then_grows_by_equal_steps() {
        let policy = Policy::default();
        let seconds: Vec<u64> = (1..=9).map(|failures| policy.backoff(failures).as_secs()).collect();
        assert_eq!(seconds, [10, 20, 40, 80, 160, 240, 300, 300, 300]);
        assert_eq!(policy.backoff(u32::MAX).as_secs(), 300);
        let flat = Policy { max_doublings: 0, ..policy };
        assert_eq!((1..=4).map(|n| flat.backoff(n).as_secs()).collect::<Vec<_>>(), [10, 20, 30, 40]);
    }
}
