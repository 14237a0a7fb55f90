use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context;
use matching::{Comparison, Decision, SUSPECT, decide};
use model::{Block, Collection, EntityId, Identity};
use store::{Batch, Precondition, Store};
use tasks::Failure;

use super::features::Features;

/// The most members of a block. What shares a key with so many others is not found by it; it has other keys.
const MEMBERS_MAX: usize = 64;

/// How often one entity may have been merged into another, and that again.
const MERGES_MAX: usize = 8;

/// The identities of one kind that may be meant, with their blocks, as read; and what is to be written of them.
pub(super) struct Candidates<F> {
    blocks: HashMap<String, HeldBlock>,
    /// In the order of their ids, which decides between equals.
    identities: BTreeMap<EntityId, Held<F>>,
}

struct Held<F> {
    features: F,
    blocks: Vec<String>,
    merged_into: Option<EntityId>,
    /// `None` for one that this step creates.
    revision: Option<u64>,
    changed: bool,
}

#[derive(Default)]
struct HeldBlock {
    members: Vec<EntityId>,
    revision: Option<u64>,
    changed: bool,
}

/// What came of a description.
pub(super) struct Settled {
    pub(super) id: EntityId,
    pub(super) created: bool,
    /// Others that may be the same.
    pub(super) rivals: Vec<(EntityId, Comparison)>,
}

impl<F> Default for Candidates<F> {
    fn default() -> Self {
        Self { blocks: HashMap::new(), identities: BTreeMap::new() }
    }
}

impl<F: Features> Candidates<F> {
    /// Reads the blocks of these keys with their members, and the identities of these ids, as far as they are there.
    pub(super) async fn fetch(&mut self, store: &Store, keys: Vec<String>, ids: Vec<EntityId>) -> Result<(), Failure> {
        self.fetch_blocks(store, keys.clone()).await?;
        let members = keys.iter().filter_map(|key| self.blocks.get(key)).flat_map(|block| block.members.clone());
        let mut wanted: BTreeSet<EntityId> = members.chain(ids).collect();
        for _ in 0..=MERGES_MAX {
            let missing: Vec<EntityId> = wanted.into_iter().filter(|id| !self.identities.contains_key(id)).collect();
            let ids: Vec<&str> = missing.iter().map(EntityId::as_str).collect();
            if ids.is_empty() {
                break;
            }
            wanted = BTreeSet::new();
            let found = store.get_many::<Identity>(Collection::Identities, &ids).await?;
            for found in found.into_iter().flatten() {
                let identity = found.document;
                wanted.extend(identity.merged_into.clone());
                let features = serde_json::from_value(identity.features)
                    .with_context(|| format!("the features of {} cannot be read", identity.id))?;
                let held = Held {
                    features,
                    blocks: identity.blocks,
                    merged_into: identity.merged_into,
                    revision: Some(found.revision),
                    changed: false,
                };
                self.identities.insert(identity.id, held);
            }
        }
        Ok(())
    }

    async fn fetch_blocks(&mut self, store: &Store, keys: Vec<String>) -> Result<(), Failure> {
        let missing: BTreeSet<String> = keys.into_iter().filter(|key| !self.blocks.contains_key(key)).collect();
        let missing: Vec<String> = missing.into_iter().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let found = store.get_many::<Block>(Collection::Blocks, &missing).await?;
        for (key, found) in missing.into_iter().zip(found) {
            let held = found.map_or_else(HeldBlock::default, |found| HeldBlock {
                members: found.document.members,
                revision: Some(found.revision),
                changed: false,
            });
            self.blocks.insert(key, held);
        }
        Ok(())
    }

    /// The living entity that an id stands for now.
    pub(super) fn living(&self, id: &EntityId) -> Option<EntityId> {
        let mut id = id;
        for _ in 0..=MERGES_MAX {
            match &self.identities.get(id)?.merged_into {
                None => return Some(id.clone()),
                Some(survivor) => id = survivor,
            }
        }
        None
    }

    pub(super) fn features(&self, id: &EntityId) -> Option<&F> {
        self.identities.get(id).map(|held| &held.features)
    }

    /// The living entities that share a block with the description, in the order of their ids.
    pub(super) fn find(&self, features: &F) -> Vec<EntityId> {
        let keys = features.blocks();
        let members = keys.iter().filter_map(|key| self.blocks.get(key)).flat_map(|block| &block.members);
        let living: BTreeSet<EntityId> = members.filter_map(|id| self.living(id)).collect();
        living.into_iter().collect()
    }

    /// Finds or creates what is described.
    pub(super) fn settle(&mut self, features: &F, seed: EntityId) -> Settled {
        let candidates = self.find(features);
        let comparisons = self.compare(features, &candidates, F::compare);
        self.settle_among(features, seed, &candidates, &comparisons)
    }

    /// Compares a description with each of these.
    pub(super) fn compare(
        &self,
        features: &F,
        candidates: &[EntityId],
        compare: impl Fn(&F, &F) -> Comparison,
    ) -> Vec<Comparison> {
        candidates.iter().map(|id| compare(&self.identities[id].features, features)).collect()
    }

    /// Finds what is described among candidates that were compared with it, or creates it.
    pub(super) fn settle_among(
        &mut self,
        features: &F,
        seed: EntityId,
        candidates: &[EntityId],
        comparisons: &[Comparison],
    ) -> Settled {
        // Said before in the same words: no doubt about details that the words leave open.
        if let Some(id) = self.living(&seed) {
            self.absorb(&id, features);
            return Settled { id, created: false, rivals: Vec::new() };
        }
        match decide(comparisons) {
            Decision::Same { best, rivals } => {
                let id = candidates[best].clone();
                self.absorb(&id, features);
                let rivals = rivals.into_iter().filter_map(|rival| self.rival(&id, &candidates[rival])).collect();
                Settled { id, created: false, rivals }
            }
            Decision::Suspect { best, rivals } => {
                let suspected = std::iter::once(best).chain(rivals);
                let rivals = suspected.map(|i| (candidates[i].clone(), comparisons[i].clone())).collect();
                self.create(&seed, features);
                Settled { id: seed, created: true, rivals }
            }
            Decision::New => {
                self.create(&seed, features);
                Settled { id: seed, created: true, rivals: Vec::new() }
            }
        }
    }

    /// Two entities that one description is like are suspected only if they are like each other, now that the one has
    /// taken the description over: it may have been the missing link between them.
    fn rival(&self, id: &EntityId, rival: &EntityId) -> Option<(EntityId, Comparison)> {
        let comparison = self.features(id)?.compare(self.features(rival)?);
        (comparison.probability >= SUSPECT).then(|| (rival.clone(), comparison))
    }

    fn absorb(&mut self, id: &EntityId, features: &F) {
        if let Some(held) = self.identities.get_mut(id)
            && held.features.absorb(features)
        {
            held.changed = true;
            self.enlist(id);
        }
    }

    fn create(&mut self, id: &EntityId, features: &F) {
        let held =
            Held { features: features.clone(), blocks: Vec::new(), merged_into: None, revision: None, changed: true };
        self.identities.insert(id.clone(), held);
        self.enlist(id);
    }

    /// Enters an entity into the blocks that are at hand, so that the next record of the page finds it.
    fn enlist(&mut self, id: &EntityId) {
        let Some(held) = self.identities.get_mut(id) else { return };
        for key in held.features.blocks() {
            if held.blocks.contains(&key) {
                continue;
            }
            if let Some(block) = self.blocks.get_mut(&key) {
                if !block.members.contains(id) && block.members.len() < MEMBERS_MAX {
                    block.members.push(id.clone());
                    block.members.sort();
                    block.changed = true;
                }
                held.blocks.push(key);
            }
        }
    }

    /// Puts what changed into the batch, each document on the condition that it is as it was read.
    pub(super) async fn write(&mut self, store: &Store, batch: &mut Batch) -> Result<(), Failure> {
        let changed: Vec<EntityId> =
            self.identities.iter().filter(|(_, held)| held.changed).map(|(id, _)| id.clone()).collect();
        // An entity that learnt has keys that no record of this page has.
        let keys = changed.iter().flat_map(|id| self.identities[id].features.blocks()).collect();
        self.fetch_blocks(store, keys).await?;
        for id in &changed {
            self.enlist(id);
            let held = &self.identities[id];
            let identity = Identity {
                id: id.clone(),
                kind: F::KIND,
                features: serde_json::to_value(&held.features)?,
                blocks: held.blocks.clone(),
                merged_into: None,
            };
            batch.put(&identity, as_read(held.revision))?;
        }
        let mut blocks: Vec<(&String, &HeldBlock)> = self.blocks.iter().filter(|(_, block)| block.changed).collect();
        blocks.sort_by_key(|(key, _)| *key);
        for (key, held) in blocks {
            let block = Block { id: key.clone(), members: held.members.clone() };
            batch.put(&block, as_read(held.revision))?;
        }
        Ok(())
    }
}

fn as_read(revision: Option<u64>) -> Precondition {
    revision.map_or(Precondition::Absent, Precondition::AtRevision)
}
