use std::sync::Arc;

use model::{Collection, Database, Fact, ScheduleState, Time, Trace};
use store::{Precondition, Result, Store, StoreError, Transaction};

use super::{Schedule, Schedules};

/// Fires what is due, each tick by one of all the processes that look; what was missed meanwhile is made up once.
/// Returns how many, and when to look again.
pub(crate) async fn fire_due(store: &Store, schedules: &Schedules, now: Time) -> Result<(usize, Time)> {
    let names: Vec<&str> = schedules.iter().map(|schedule| schedule.name).collect();
    let known = store.get_many::<ScheduleState>(Collection::Schedules, &names).await?;
    let asleep = |(schedule, known): (&Schedule, _)| waits(schedule, known, now);
    let known = known.into_iter().map(|known| known.map(|known| known.document));
    if let Some(next) =
        schedules.iter().zip(known).map(asleep).try_fold(Time(i64::MAX), |first, next| Some(first.min(next?)))
    {
        return Ok((0, next));
    }
    let shared = Arc::new(schedules.clone());
    store
        .transact(Database::Pipeline, now, move |transaction| {
            let schedules = Arc::clone(&shared);
            Box::pin(async move { fire(transaction, &schedules, now).await })
        })
        .await
}

/// The stored tick, if it is in the future and no later than the schedule's own next one.
fn waits(schedule: &Schedule, known: Option<ScheduleState>, now: Time) -> Option<Time> {
    let own = schedule.next(now).unwrap_or(Time(i64::MAX));
    known.map(|known| known.next_at).filter(|next| *next > now && *next <= own)
}

async fn fire(
    transaction: &mut Transaction<'_>,
    schedules: &Schedules,
    now: Time,
) -> Result<(usize, Time), StoreError> {
    let (mut due, mut states) = (Vec::new(), Vec::new());
    let mut first = Time(i64::MAX);
    for schedule in schedules.iter() {
        let known = transaction.get::<ScheduleState>(Collection::Schedules, schedule.name).await?;
        let known = known.map(|known| known.document);
        if let Some(next) = waits(schedule, known.clone(), now) {
            first = first.min(next);
            continue;
        }
        // A new schedule begins with its next tick, and so does one that now comes more often. Processes that keep
        // different times of one schedule fire at both.
        let tick = known.map(|known| known.next_at).filter(|tick| *tick <= now);
        let timing = schedule.timing();
        let next_at = schedule.next(now).unwrap_or(Time(i64::MAX));
        first = first.min(next_at);
        states.push(ScheduleState { id: schedule.name.to_owned(), timing, next_at, fired: tick });
        due.extend(tick.map(|tick| (tick, schedule)));
    }
    due.sort_by_key(|(tick, schedule)| (*tick, schedule.name));
    for (place, (tick, schedule)) in (0_u32..).zip(&due) {
        let delay = schedules.spacing * place + schedule.delay(*tick);
        let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        let trace = Trace::begin("", &["schedule", schedule.name, &tick.0.to_string()]);
        transaction.batch.fact_on(trace, Fact::ScheduleFired { name: schedule.name.to_owned(), delay_ms });
    }
    states.iter().try_for_each(|state| transaction.batch.put(state, Precondition::Any))?;
    Ok((due.len(), first))
}
