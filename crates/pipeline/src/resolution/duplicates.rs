use std::collections::BTreeMap;

use matching::Comparison;
use model::{Collection, Duplicate, DuplicateStatus, EntityId};
use store::{Batch, Precondition, Store};
use tasks::Failure;

/// Pairs of entities that may be one, for a person to look at.
#[derive(Default)]
pub(super) struct Suspicions(BTreeMap<String, (EntityId, EntityId, Comparison)>);

impl Suspicions {
    pub(super) fn add(&mut self, id: &EntityId, rivals: Vec<(EntityId, Comparison)>) {
        for (rival, comparison) in rivals {
            if rival != *id {
                self.0.entry(Duplicate::id_of(id, &rival)).or_insert_with(|| (id.clone(), rival, comparison));
            }
        }
    }

    /// Suggests the pairs that nobody suggested before: what a person has decided of a pair stands. Returns how many.
    pub(super) async fn write(&self, store: &Store, batch: &mut Batch) -> Result<i64, Failure> {
        let mut by_collection: BTreeMap<Collection, Vec<Duplicate>> = BTreeMap::new();
        for (id, (a, b, comparison)) in &self.0 {
            let Some(collection) = a.kind().duplicates() else { continue };
            let (left, right) = if a < b { (a, b) } else { (b, a) };
            by_collection.entry(collection).or_default().push(Duplicate {
                id: id.clone(),
                left: left.clone(),
                right: right.clone(),
                status: DuplicateStatus::Suggested,
                confidence: comparison.probability,
                explanation: comparison.explain(),
                suggested_at: batch.now,
            });
        }
        let mut suggested = 0;
        for (collection, pairs) in by_collection {
            let ids: Vec<&str> = pairs.iter().map(|pair| pair.id.as_str()).collect();
            let known = store.get_many::<Duplicate>(collection, &ids).await?;
            for (pair, _) in pairs.iter().zip(known).filter(|(_, known)| known.is_none()) {
                batch.put(pair, Precondition::Absent)?;
                suggested += 1;
            }
        }
        Ok(suggested)
    }
}
