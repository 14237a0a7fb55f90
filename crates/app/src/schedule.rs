use std::time::Duration;

use tasks::{InvalidSchedule, Schedule, Schedules};

pub(crate) const VISIT_DUE: &str = "visit-due";
pub(crate) const TRIM_FEEDS: &str = "trim-feeds";
pub(crate) const FORGET_SETTLED: &str = "forget-settled";

/// What happens by the clock: the one list of it. What each tick causes is said in `reactions`. Pages that are due are
/// looked for `every` so often; tasks that fall due together are `spacing` apart.
///
/// # Errors
/// An entry of the list is malformed.
pub fn schedules(every: Duration, spacing: Duration) -> Result<Schedules, InvalidSchedule> {
    let nightly = |name| Ok(Schedule::cron(name, "10 3 * * *", "UTC")?.with_jitter(Duration::from_secs(600)));
    let list = vec![Schedule::every(VISIT_DUE, every), nightly(TRIM_FEEDS)?, nightly(FORGET_SETTLED)?];
    Ok(Schedules::new(list).with_spacing(spacing))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Fact;

    use super::schedules;

    #[test]
    fn every_schedule_causes_a_task() {
        let minute = Duration::from_secs(60);
        let schedules = schedules(minute, minute).unwrap();
        for schedule in schedules.iter() {
            let fired = Fact::ScheduleFired { name: schedule.name.to_owned(), delay_ms: 7 };
            let tasks = crate::reactions(&fired);
            assert!(tasks.len() == 1 && tasks[0].delay_ms == 7, "{}", schedule.name);
        }
        assert_eq!(schedules.iter().count(), 3);
    }
}
