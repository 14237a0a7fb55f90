use std::collections::BTreeMap;

/// Who was matched with whom, each at most once.
pub(super) struct Assignment {
    /// Found → truth.
    pub(super) truth_of: BTreeMap<usize, usize>,
    /// Found → the truth it resembles most, whether or not it won it.
    pub(super) nearest: BTreeMap<usize, usize>,
}

/// A possible match: how good, and between which.
pub(super) struct Candidate {
    pub(super) score: f64,
    pub(super) found: usize,
    pub(super) truth: usize,
}

/// The best matches first; of equal ones the earlier found, then the earlier truth.
pub(super) fn assign(mut candidates: Vec<Candidate>) -> Assignment {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.found.cmp(&b.found)).then(a.truth.cmp(&b.truth)));
    let (mut truth_of, mut found_of, mut nearest) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for Candidate { found, truth, .. } in candidates {
        nearest.entry(found).or_insert(truth);
        if !truth_of.contains_key(&found) && !found_of.contains_key(&truth) {
            truth_of.insert(found, truth);
            found_of.insert(truth, found);
        }
    }
    Assignment { truth_of, nearest }
}

#[cfg(test)]
mod tests {
    use super::{Candidate, assign};

    #[test]
    fn each_is_matched_once_and_the_best_first() {
        let candidate = |score, found, truth| Candidate { score, found, truth };
        let result =
            assign(vec![candidate(0.9, 0, 0), candidate(1.0, 1, 0), candidate(0.8, 0, 1), candidate(0.7, 2, 1)]);
        assert_eq!(result.truth_of.into_iter().collect::<Vec<_>>(), [(0, 1), (1, 0)]);
        assert_eq!(result.nearest.into_iter().collect::<Vec<_>>(), [(0, 0), (1, 0), (2, 1)]);
    }
}
