use std::fmt;

use model::EntityKind;
use serde::Serialize;

/// How the found things compare with the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub kinds: Vec<Counts>,
    pub fields: Vec<FieldAccuracy>,
}

/// One kind of thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counts {
    pub kind: EntityKind,
    /// Truths that some page publishes.
    pub published: usize,
    pub found: usize,
    /// Found things that are a truth's only match.
    pub matched: usize,
    /// Published truths that were matched.
    pub recalled: usize,
    /// Found things that resemble a truth another one matched already.
    pub duplicates: usize,
    /// Up to 20 of each, by name.
    pub missed_names: Vec<String>,
    pub extra_names: Vec<String>,
    pub duplicate_names: Vec<String>,
}

/// How often a field of matched things is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldAccuracy {
    pub kind: EntityKind,
    pub field: &'static str,
    /// Matched things whose truth has a value.
    pub of: usize,
    /// Those that state a value.
    pub stated: usize,
    pub right: usize,
}

impl Counts {
    /// Matched of found; 1 when there was nothing to find and nothing was found.
    pub fn precision(&self) -> f64 {
        share(self.matched, self.found, self.published)
    }

    /// Recalled of published.
    pub fn recall(&self) -> f64 {
        share(self.recalled, self.published, self.found)
    }

    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
    }
}

impl FieldAccuracy {
    /// Right ones of those stated.
    pub fn accuracy(&self) -> f64 {
        share(self.right, self.stated, 0)
    }
}

fn share(part: usize, whole: usize, other: usize) -> f64 {
    match (whole, other) {
        (0, 0) => 1.0,
        (0, _) => 0.0,
        _ => part as f64 / whole as f64,
    }
}

impl Report {
    pub fn of(&self, kind: EntityKind) -> Option<&Counts> {
        self.kinds.iter().find(|counts| counts.kind == kind)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<12} {:>9} {:>6} {:>7} {:>10} {:>9} {:>7} {:>7}",
            "kind", "published", "found", "matched", "duplicates", "precision", "recall", "F1"
        )?;
        for counts in &self.kinds {
            writeln!(
                f,
                "{:<12} {:>9} {:>6} {:>7} {:>10} {:>9.4} {:>7.4} {:>7.4}",
                counts.kind.name(),
                counts.published,
                counts.found,
                counts.matched,
                counts.duplicates,
                counts.precision(),
                counts.recall(),
                counts.f1()
            )?;
        }
        writeln!(f, "\n{:<24} {:>6} {:>7} {:>6} {:>9}", "field", "of", "stated", "right", "accuracy")?;
        for field in &self.fields {
            let name = format!("{}.{}", field.kind.name(), field.field);
            writeln!(f, "{name:<24} {:>6} {:>7} {:>6} {:>9.4}", field.of, field.stated, field.right, field.accuracy())?;
        }
        for counts in &self.kinds {
            for (what, names) in [
                ("missed", &counts.missed_names),
                ("extra", &counts.extra_names),
                ("duplicate", &counts.duplicate_names),
            ] {
                for name in names {
                    writeln!(f, "{what} {}: {name}", counts.kind.name())?;
                }
            }
        }
        Ok(())
    }
}
