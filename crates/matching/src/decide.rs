use crate::Comparison;

/// From this probability on, two descriptions are one thing: a wrong merge hides a show from everybody, so it is high.
pub const SAME: f64 = 0.85;

/// From this probability on, a person should look.
pub const SUSPECT: f64 = 0.25;

/// What follows from comparing one description with each candidate. Numbers are positions in the list of comparisons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is the `best` one. `rivals`, best first, are too alike to ignore: perhaps they are the same as `best`.
    Same { best: usize, rivals: Vec<usize> },
    /// It is taken for something new, though `best` (and after it `rivals`) may be the same.
    Suspect { best: usize, rivals: Vec<usize> },
    /// Nothing is like it.
    New,
}

/// Decides by the thresholds [`SAME`] and [`SUSPECT`]. The greatest wins, even narrowly; between equals the first, so
/// candidates come in an order that does not change, such as that of their ids.
pub fn decide(comparisons: &[Comparison]) -> Decision {
    let mut ranked: Vec<usize> = (0..comparisons.len()).filter(|&i| comparisons[i].probability >= SUSPECT).collect();
    ranked.sort_by(|&a, &b| comparisons[b].bits.total_cmp(&comparisons[a].bits).then(a.cmp(&b)));
    let Some((&best, rivals)) = ranked.split_first() else {
        return Decision::New;
    };
    let rivals = rivals.to_vec();
    if comparisons[best].probability >= SAME {
        Decision::Same { best, rivals }
    } else {
        Decision::Suspect { best, rivals }
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, decide};
    use crate::comparison::Tally;

    fn decided(bits: &[f64]) -> Decision {
        let comparisons: Vec<_> = bits.iter().map(|bits| Tally::from_prior(*bits).finish()).collect();
        decide(&comparisons)
    }

    #[test]
    fn the_greatest_wins_and_the_others_are_remembered() {
        for (bits, expected) in [
            (&[][..], Decision::New),
            (&[-9.0, -4.0], Decision::New),
            (&[-9.0, 5.0], Decision::Same { best: 1, rivals: vec![] }),
            (&[4.0, -9.0, 5.0, 0.5], Decision::Same { best: 2, rivals: vec![0, 3] }),
            (&[5.0, 5.0], Decision::Same { best: 0, rivals: vec![1] }),
            (&[0.0, 1.0, -5.0], Decision::Suspect { best: 1, rivals: vec![0] }),
        ] {
            assert_eq!(decided(bits), expected, "{bits:?}");
        }
    }
}
