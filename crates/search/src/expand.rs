use tantivy::query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use crate::schema::Fields;
use crate::{Result, typo};

/// How well a word matches, in steps that outweigh where all the words match. Every number here is whole and small
/// enough for the engine's 32-bit floats to add exactly, in any order.
const STEP: u32 = 64;
const EXACT: u32 = 6 * STEP;
const JOINED: u32 = 5 * STEP;
const ONE_EDIT: u32 = 4 * STEP;
const TWO_EDITS: u32 = 3 * STEP;
const PREFIX: u32 = 2 * STEP;
const PREFIX_EDIT: u32 = STEP;
/// Where it matches.
const IN_TITLE: u32 = 3;
const IN_NAMES: u32 = 2;
const IN_TEXT: u32 = 1;
/// More than any word can gain by matching well.
const BEST: u32 = EXACT + STEP;
/// Both imply that all words are in the title, so they never make it seem so: see [`all_in_title`].
const WHOLE_TITLE: u32 = 4;
const PHRASE_IN_TITLE: u32 = 2;
/// How much a performance that is over loses for each word: as much as lies between title and text.
pub(crate) const PAST: u32 = IN_TITLE - IN_TEXT;

/// The query that scores documents by the words they hold. `at_least` of the words must match in one way or another;
/// a document with more of them always outweighs one with fewer.
pub(crate) struct Words<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) searcher: &'a Searcher,
    pub(crate) words: &'a [String],
    pub(crate) title_key: &'a str,
}

impl Words<'_> {
    pub(crate) fn query(&self, at_least: usize) -> Result<Box<dyn Query>> {
        let mut clauses = Vec::new();
        for at in 0..self.words.len() {
            clauses.push((Occur::Should, self.word(at)?));
        }
        let core: Box<dyn Query> = if at_least >= self.words.len() {
            Box::new(BooleanQuery::intersection(clauses.into_iter().map(|(_, clause)| clause).collect()))
        } else {
            Box::new(BooleanQuery::with_minimum_required_clauses(clauses, at_least))
        };
        let mut whole =
            vec![(Occur::Must, core), (Occur::Should, term(self.fields.title_key, self.title_key, WHOLE_TITLE))];
        if self.words.len() > 1 {
            whole.push((Occur::Should, phrase(self.fields.title, self.words, PHRASE_IN_TITLE)));
        }
        Ok(Box::new(BooleanQuery::new(whole)))
    }

    /// All the ways in which one word may match; the best of them counts.
    fn word(&self, at: usize) -> Result<Box<dyn Query>> {
        let word = &self.words[at];
        let last = at + 1 == self.words.len();
        let base = self.base(word)?;
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        let places = [(self.fields.title, IN_TITLE), (self.fields.names, IN_NAMES), (self.fields.text, IN_TEXT)];
        for (field, place) in places {
            let worth = base + place;
            ways.push(term(field, word, worth + EXACT));
            if last {
                ways.push(worth_of(typo::starting_with(field, word), worth + PREFIX));
            }
            // Running text is not what people mistype towards, and its dictionary is the largest.
            if place == IN_TEXT {
                continue;
            }
            ways.extend(typo::one_edit_from(field, word).map(|query| worth_of(query, worth + ONE_EDIT)));
            ways.extend(typo::two_edits_from(field, word).map(|query| worth_of(query, worth + TWO_EDITS)));
            if last {
                let near = typo::starting_with_one_edit_from(field, word);
                ways.extend(near.map(|query| worth_of(query, worth + PREFIX_EDIT)));
            }
            for joined in self.joined(at) {
                ways.push(term(field, &joined, worth + JOINED));
            }
            if let Some(parts) = self.split(field, word)? {
                ways.push(phrase(field, &parts, worth + JOINED));
            }
        }
        Ok(Box::new(DisjunctionMaxQuery::new(ways)))
    }

    /// What matching at all is worth: more than all other words together can gain by matching well, and up to four
    /// times that for rare words, so that the words dropped first are those that say least.
    fn base(&self, word: &str) -> Result<u32> {
        let mut holding = 0;
        for field in [self.fields.title, self.fields.names] {
            holding = self.searcher.doc_freq(&Term::from_field_text(field, word))?.max(holding);
        }
        let rarity = match self.searcher.num_docs() / holding.max(1) {
            0..=9 => 1,
            10..=99 => 2,
            100..=999 => 3,
            _ => 4,
        };
        let words = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        Ok(BEST * words * rarity)
    }

    /// The word written together with either neighbour.
    fn joined(&self, at: usize) -> Vec<String> {
        let pair = |left: usize| Some(format!("{}{}", self.words.get(left)?, self.words.get(left + 1)?));
        at.checked_sub(1).and_then(pair).into_iter().chain(pair(at)).collect()
    }

    /// The word as two words that are both known, the cut where the rarer of them is most common.
    fn split(&self, field: Field, word: &str) -> Result<Option<[String; 2]>> {
        const SHORTEST: usize = 3;
        let mut best = None;
        for (cut, _) in word.char_indices().skip(SHORTEST) {
            let (left, right) = word.split_at(cut);
            if right.chars().count() < SHORTEST {
                break;
            }
            let known = self.searcher.doc_freq(&Term::from_field_text(field, left))?;
            if known == 0 {
                continue;
            }
            let known = known.min(self.searcher.doc_freq(&Term::from_field_text(field, right))?);
            if known > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((known, [left.to_owned(), right.to_owned()]));
            }
        }
        Ok(best.map(|(_, parts)| parts))
    }
}

/// Whether all of the words match in the title: what is left of the score below its steps is the sum of the places.
pub(crate) fn all_in_title(score: u32, words: u32) -> bool {
    score % STEP >= IN_TITLE * words
}

/// The title that has no words but is written exactly so ("!!!").
pub(crate) fn whole_title(fields: &Fields, title_key: &str) -> Box<dyn Query> {
    term(fields.title_key, title_key, WHOLE_TITLE)
}

fn term(field: Field, text: &str, worth: u32) -> Box<dyn Query> {
    worth_of(Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic)), worth)
}

fn phrase(field: Field, words: &[String], worth: u32) -> Box<dyn Query> {
    let terms = words.iter().map(|word| Term::from_field_text(field, word)).collect();
    worth_of(Box::new(PhraseQuery::new(terms)), worth)
}

#[expect(clippy::cast_precision_loss, reason = "at most 448 * 12 * 4 + 387, and twelve of them, exact in 24 bits")]
fn worth_of(query: Box<dyn Query>, worth: u32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, worth as f32))
}
