use std::sync::{Arc, OnceLock};

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::query::{AutomatonWeight, EnableScoring, Query, Weight};
use tantivy::schema::Field;
use tantivy_fst::Automaton;

/// Words of at least this many letters may have one, and two, letters wrong.
const ONE_EDIT_FROM: usize = 4;
const TWO_EDITS_FROM: usize = 8;
/// An unfinished word needs more letters before it may be mistyped as well.
const PREFIX_EDIT_FROM: usize = 5;

/// Words that start with the given one.
pub(crate) fn starting_with(field: Field, word: &str) -> Box<dyn Query> {
    spelled(field, Spelling { start: word.as_bytes().to_vec(), edits: None })
}

/// Words one letter away: inserted, left out, changed, or swapped with its neighbour. In short words the first letter
/// is right: people seldom mistype it, and half the dictionary is one letter away from a short word.
pub(crate) fn one_edit_from(field: Field, word: &str) -> Option<Box<dyn Query>> {
    let letters = word.chars().count();
    let start = if letters < TWO_EDITS_FROM { first_letter(word) } else { Vec::new() };
    (letters >= ONE_EDIT_FROM).then(|| spelled(field, Spelling { start, edits: Some(builders()[0].build_dfa(word)) }))
}

pub(crate) fn two_edits_from(field: Field, word: &str) -> Option<Box<dyn Query>> {
    (word.chars().count() >= TWO_EDITS_FROM)
        .then(|| spelled(field, Spelling { start: Vec::new(), edits: Some(builders()[1].build_dfa(word)) }))
}

/// Words whose beginning is one letter away.
pub(crate) fn starting_with_one_edit_from(field: Field, word: &str) -> Option<Box<dyn Query>> {
    (word.chars().count() >= PREFIX_EDIT_FROM).then(|| {
        spelled(field, Spelling { start: first_letter(word), edits: Some(builders()[0].build_prefix_dfa(word)) })
    })
}

fn first_letter(word: &str) -> Vec<u8> {
    let length = word.chars().next().map_or(0, char::len_utf8);
    word.as_bytes()[..length].to_vec()
}

/// Building the tables for two edits takes some milliseconds: once.
fn builders() -> &'static [LevenshteinAutomatonBuilder; 2] {
    static BUILDERS: OnceLock<[LevenshteinAutomatonBuilder; 2]> = OnceLock::new();
    BUILDERS.get_or_init(|| [LevenshteinAutomatonBuilder::new(1, true), LevenshteinAutomatonBuilder::new(2, true)])
}

fn spelled(field: Field, spelling: Spelling) -> Box<dyn Query> {
    Box::new(Spelled { field, spelling: Arc::new(spelling) })
}

/// Accepts what begins with `start` and, where `edits` is given, is as near as it asks.
struct Spelling {
    start: Vec<u8>,
    edits: Option<DFA>,
}

#[derive(Clone, Copy)]
struct State {
    /// Bytes of `start` seen; `None` once one was wrong.
    seen: Option<usize>,
    edits: u32,
}

impl Automaton for Spelling {
    type State = State;

    fn start(&self) -> State {
        State { seen: Some(0), edits: self.edits.as_ref().map_or(0, DFA::initial_state) }
    }

    fn is_match(&self, state: &State) -> bool {
        let near = self.edits.as_ref().is_none_or(|dfa| matches!(dfa.distance(state.edits), Distance::Exact(_)));
        near && state.seen == Some(self.start.len())
    }

    fn can_match(&self, state: &State) -> bool {
        state.seen.is_some() && (self.edits.is_none() || state.edits != SINK_STATE)
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        let seen = match state.seen {
            Some(seen) if seen < self.start.len() => (self.start[seen] == byte).then_some(seen + 1),
            seen => seen,
        };
        let edits = match &self.edits {
            Some(dfa) if seen.is_some() => dfa.transition(state.edits, byte),
            _ => state.edits,
        };
        State { seen, edits }
    }
}

#[derive(Clone)]
struct Spelled {
    field: Field,
    spelling: Arc<Spelling>,
}

impl std::fmt::Debug for Spelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spelled").field("field", &self.field).finish_non_exhaustive()
    }
}

impl Query for Spelled {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(AutomatonWeight::<Spelling>::new(self.field, Arc::clone(&self.spelling))))
    }
}
