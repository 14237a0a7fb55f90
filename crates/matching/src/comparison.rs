use serde::Serialize;

/// How likely two descriptions mean one thing, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// 0 to 1.
    pub probability: f64,
    /// The sum of the prior and all weights: `log2` of the odds.
    pub bits: f64,
    pub reasons: Vec<Reason>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    pub field: &'static str,
    /// For a person who reviews the pair.
    pub words: String,
    /// Bits: positive speaks for one thing, negative for two.
    pub weight: f64,
}

impl Comparison {
    /// The reasons in words, strongest first.
    pub fn explain(&self) -> Vec<String> {
        let mut reasons: Vec<&Reason> = self.reasons.iter().collect();
        reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        reasons.iter().map(|reason| format!("{} ({:+.1} bits)", reason.words, reason.weight)).collect()
    }
}

/// Adds up the evidence of one comparison.
pub(crate) struct Tally {
    bits: f64,
    reasons: Vec<Reason>,
    /// The lowest ceiling that a constraint sets, and which it is.
    ceiling: Option<(f64, &'static str, String)>,
}

impl Tally {
    /// Starts from `prior`: `log2` of the odds that two descriptions which share a block are one thing.
    pub(crate) fn from_prior(prior: f64) -> Self {
        Self { bits: prior, reasons: Vec::new(), ceiling: None }
    }

    pub(crate) fn add(&mut self, field: &'static str, words: impl Into<String>, weight: f64) {
        self.bits += weight;
        self.reasons.push(Reason { field, words: words.into(), weight });
    }

    /// A constraint: whatever else agrees, the sum does not exceed `bits`.
    pub(crate) fn cap(&mut self, field: &'static str, words: impl Into<String>, bits: f64) {
        if self.ceiling.as_ref().is_none_or(|(lowest, ..)| bits < *lowest) {
            self.ceiling = Some((bits, field, words.into()));
        }
    }

    pub(crate) fn finish(mut self) -> Comparison {
        if let Some((ceiling, field, words)) = self.ceiling.take() {
            let weight = (ceiling - self.bits).min(0.0);
            self.add(field, words, weight);
        }
        let odds = self.bits.clamp(-60.0, 60.0).exp2();
        Comparison { probability: odds / (1.0 + odds), bits: self.bits, reasons: self.reasons }
    }
}

/// Two texts in one order, whichever side they came from: reasons read the same both ways.
pub(crate) fn both(a: &str, b: &str) -> String {
    if a == b {
        format!("{a:?}")
    } else {
        let (first, second) = if a < b { (a, b) } else { (b, a) };
        format!("{first:?} and {second:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn weights_add_up_and_a_constraint_bounds_them() {
        let mut tally = Tally::from_prior(-7.0);
        tally.add("name", "equal", 10.0);
        tally.add("city", "equal", 2.5);
        tally.cap("room", "other rooms", -6.0);
        tally.cap("unit", "other units", 0.0);
        let comparison = tally.finish();
        assert!((comparison.bits + 6.0).abs() < 1e-9);
        assert!(comparison.probability < 0.02);
        assert_eq!(comparison.explain()[0], "other rooms (-11.5 bits)");
        let sum: f64 = comparison.reasons.iter().map(|reason| reason.weight).sum();
        assert!((sum - 7.0 - comparison.bits).abs() < 1e-9);
    }

    #[test]
    fn extremes_stay_probabilities() {
        for bits in [-1e9, 1e9] {
            let mut tally = Tally::from_prior(0.0);
            tally.add("x", "x", bits);
            assert!((0.0..=1.0).contains(&tally.finish().probability));
        }
    }
}
