/// Decisions that depend on nothing but the seed, a tag and numbers: asked twice, in any order, they are the same.
///
/// Stateless on purpose: a sequence would shift every later decision when one show is added on a later day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice {
    seed: u64,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 64 even bits: FNV-1a over the tag and the numbers, finished by splitmix64.
    pub(crate) fn roll(self, tag: &str, ids: &[u64]) -> u64 {
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        for byte in tag.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        state = splitmix(state ^ self.seed);
        for id in ids {
            state = splitmix(state ^ *id);
        }
        state
    }

    pub(crate) fn below(self, count: usize, tag: &str, ids: &[u64]) -> usize {
        debug_assert!(count > 0, "a choice among nothing: {tag}");
        usize::try_from(self.roll(tag, ids) % count.max(1) as u64).expect("below a usize")
    }

    /// An even number in 0..1.
    pub(crate) fn unit(self, tag: &str, ids: &[u64]) -> f64 {
        (self.roll(tag, ids) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn chance(self, probability: f64, tag: &str, ids: &[u64]) -> bool {
        self.unit(tag, ids) < probability
    }

    /// One of `items`, which has at least one.
    pub(crate) fn pick<'a, T: ?Sized>(self, items: &[&'a T], tag: &str, ids: &[u64]) -> &'a T {
        items[self.below(items.len(), tag, ids)]
    }
}

fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn decisions_depend_on_their_question_alone() {
        let dice = Dice::new(7);
        assert_eq!(dice.roll("a", &[1, 2]), dice.roll("a", &[1, 2]));
        assert_ne!(dice.roll("a", &[1, 2]), dice.roll("a", &[2, 1]));
        assert_ne!(dice.roll("a", &[1]), dice.roll("b", &[1]));
        assert_ne!(dice.roll("a", &[1]), Dice::new(8).roll("a", &[1]));
    }

    #[test]
    fn chances_come_true_as_often_as_they_say() {
        let hits = (0..10_000).filter(|i| Dice::new(1).chance(0.3, "x", &[*i])).count();
        assert!((2800..3200).contains(&hits), "{hits}");
    }
}
