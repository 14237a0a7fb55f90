use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::{Collection, RateState, TaskDoc, Time};
use store::{Precondition, Result, StoreError};

use super::held::Claimed;
use super::lease::{free, update};
use crate::{PerKey, Queue, Runner};

/// How late a kept start may be taken. Later, as after a standstill, all that were missed would begin at once.
const LATE: Duration = Duration::from_secs(1);

impl Runner {
    /// Lets begin what the rates of their keys allow now. The others get a start of their own each, and wait for it.
    pub(super) async fn pace(&self, queue: &Queue, claimed: Vec<Claimed>) -> Result<Vec<Claimed>> {
        let Some(per_key) = queue.policy.per_key else { return Ok(claimed) };
        let now = (self.clock)();
        let late = LATE.max(interval(per_key));
        let (mut begin, mut asking) = (Vec::with_capacity(claimed.len()), BTreeMap::<String, Vec<Claimed>>::new());
        for lease in claimed {
            let kept = lease.document.slot.is_some_and(|slot| now.since(slot) <= late);
            match &lease.document.rate_key {
                Some(key) if !kept => asking.entry(id_of(queue.name, key)).or_default().push(lease),
                _ => begin.push(lease),
            }
        }
        if asking.is_empty() {
            return Ok(begin);
        }
        let starts = asking.iter().map(|(id, leases)| (id.clone(), leases.len())).collect();
        let slots = self.keep_slots(queue, per_key, starts, now).await?;
        let mut waiting = Vec::new();
        let mut due = BTreeMap::new();
        for (lease, slot) in asking.into_values().flatten().zip(slots) {
            match slot <= now {
                true => begin.push(lease),
                false => {
                    due.insert(lease.id().to_owned(), slot);
                    waiting.push(lease);
                }
            }
        }
        self.change_ours(waiting, |batch, lease| {
            let slot = due[lease.id()].0;
            update(batch, lease, free().set("worker", TaskDoc::PACED).set("due_at", slot).set("slot", slot))
        })
        .await?;
        Ok(begin)
    }

    /// The next starts of some keys, kept for the caller: nobody else gets the same. In the order of the keys.
    async fn keep_slots(
        &self,
        queue: &Queue,
        per_key: PerKey,
        starts: Vec<(String, usize)>,
        now: Time,
    ) -> Result<Vec<Time>> {
        let (database, starts) = (queue.database, Arc::new(starts));
        self.store
            .transact(database, now, move |transaction| {
                let starts = Arc::clone(&starts);
                Box::pin(async move {
                    let (mut kept, mut states) = (Vec::new(), Vec::new());
                    for (id, count) in starts.iter() {
                        let known = transaction.get::<RateState>(Collection::Rates(database), id).await?;
                        let paid_until = known.map_or(now, |known| known.document.paid_until);
                        let (slots, paid_until) = slots(per_key, paid_until, now, *count);
                        kept.extend(slots);
                        states.push(RateState { id: id.clone(), paid_until, database: Some(database) });
                    }
                    states.iter().try_for_each(|state| transaction.batch.put(state, Precondition::Any))?;
                    Ok::<_, StoreError>(kept)
                })
            })
            .await
    }
}

/// The next starts, and until when they are paid for: the generic cell rate algorithm.
fn slots(per_key: PerKey, paid_until: Time, now: Time, count: usize) -> (Vec<Time>, Time) {
    let interval = interval(per_key);
    let credit = i64::try_from((interval * per_key.burst.saturating_sub(1)).as_millis()).unwrap_or(i64::MAX);
    let mut paid = paid_until.max(now);
    let slots = (0..count)
        .map(|_| {
            let slot = Time(paid.0.saturating_sub(credit)).max(now);
            paid = paid + interval;
            slot
        })
        .collect();
    (slots, paid)
}

/// In whole milliseconds, rounded up.
fn interval(per_key: PerKey) -> Duration {
    Duration::from_millis((1_000.0 / per_key.rate.0.max(0.000_1)).ceil() as u64)
}

fn id_of(queue: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.len() <= 120 && !key.chars().any(|c| c == '/' || c.is_control());
    if plain { format!("{queue}:{key}") } else { format!("{queue}:#{}", model::hash_id(&["rate", key])) }
}

#[cfg(test)]
mod tests {
    use model::Time;

    use super::{id_of, slots};
    use crate::{PerKey, Rate};

    #[test]
    fn a_burst_then_the_rate_and_a_rest_saves_up_one_burst() {
        let per_key = PerKey { rate: Rate(2.0), burst: 3 };
        let (given, paid) = slots(per_key, Time(0), Time(10_000), 5);
        assert_eq!(given.iter().map(|slot| slot.0).collect::<Vec<_>>(), [10_000, 10_000, 10_000, 10_500, 11_000]);
        let (given, paid) = slots(per_key, paid, Time(10_600), 1);
        assert_eq!(given, [Time(11_500)], "those that were given before are paid for");
        let (given, _) = slots(per_key, paid, Time(60_000), 4);
        assert_eq!(given.iter().map(|slot| slot.0).collect::<Vec<_>>(), [60_000, 60_000, 60_000, 60_500]);
    }

    #[test]
    fn any_key_has_an_id() {
        assert_eq!(id_of("scraping", "a.test"), "scraping:a.test");
        for key in ["", "a/b", "a\nb", &"x".repeat(500)] {
            let id = id_of("scraping", key);
            assert!(id.len() < 200 && !id.contains('/') && id.starts_with("scraping:#"), "{id}");
        }
    }
}
