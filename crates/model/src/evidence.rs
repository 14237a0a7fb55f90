use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where in a page a value was read, and the words that were read.
///
/// `quote` is the text as a reader of the page sees it: entities, JSON escapes and calendar line folds are undone, white
/// space is folded. `extract::quote_holds` checks it against the stored bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// A locator inside the page: a CSS path, a JSON pointer behind the script it is in, or a calendar property.
    pub at: String,
    /// The verbatim text.
    #[schemars(length(max = 300))]
    pub quote: String,
}

/// A value that a page states, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Stated_{T}")]
pub struct Stated<T> {
    pub value: T,
    #[serde(flatten)]
    pub evidence: Evidence,
}

impl<T> Stated<T> {
    /// The longest quote that is kept, in characters.
    pub const QUOTE_MAX: usize = 300;

    /// States `value`, read at `at` from the words `quote` (cut to [`Self::QUOTE_MAX`] characters).
    pub fn new(value: T, at: impl Into<String>, quote: &str) -> Self {
        let quote = match quote.char_indices().nth(Self::QUOTE_MAX) {
            Some((end, _)) => &quote[..end],
            None => quote,
        };
        Self { value, evidence: Evidence { at: at.into(), quote: quote.to_owned() } }
    }

    /// The same evidence for a value derived from this one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Stated<U> {
        Stated { value: f(self.value), evidence: self.evidence }
    }
}
