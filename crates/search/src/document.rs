use model::{EntityId, When};
use serde_json::Value;
use tantivy::{TantivyDocument, Term};

use crate::query::{kind_number, minutes};
use crate::schema::Fields;
use crate::words::{title_key, words};

/// One entity as the index knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchDoc {
    pub id: EntityId,
    /// The store's revision of the entity. A lower one never replaces a higher one.
    pub revision: u64,
    /// The name, or a performance's title.
    pub title: String,
    /// Further names that it is looked for by: artists and venue of a performance.
    pub names: Vec<String>,
    /// Running text: the description.
    pub text: String,
    pub city: Option<String>,
    pub genre: Option<String>,
    /// Degrees north and east, WGS 84. Ignored when not finite or out of range.
    pub point: Option<(f64, f64)>,
    pub start: Option<When>,
    /// The entities whose names this one shows: see [`crate::Index::referring_to`].
    pub refers_to: Vec<EntityId>,
    /// What a hit shows, given back as it is.
    pub stored: Value,
}

impl SearchDoc {
    pub(crate) fn id_term(fields: &Fields, id: &EntityId) -> Term {
        Term::from_field_text(fields.id, id.as_str())
    }

    pub(crate) fn into_indexed(self, fields: &Fields) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        let key = title_key(&self.title);
        document.add_text(fields.id, self.id.as_str());
        document.add_u64(fields.revision, self.revision);
        document.add_u64(fields.kind, kind_number(self.id.kind()) as u64);
        document.add_u64(fields.title_words, word_count(&self.title));
        document.add_u64(fields.alphabetical, first_letters(&key));
        document.add_u64(fields.tie, spread(self.id.as_str()));
        document.add_text(fields.title, &self.title);
        document.add_text(fields.title_key, key);
        for name in self.names.iter().chain(&self.city) {
            document.add_text(fields.names, name);
        }
        document.add_text(fields.text, &self.text);
        if let Some(genre) = &self.genre {
            document.add_text(fields.text, genre);
        }
        if let Some((lat, lon)) = self.point.filter(|&(lat, lon)| crate::near::is_place(lat, lon)) {
            document.add_f64(fields.lat, lat);
            document.add_f64(fields.lon, lon);
        }
        if let Some(start) = self.start {
            document.add_i64(fields.start, minutes(start));
        }
        for id in &self.refers_to {
            document.add_text(fields.refers_to, id.as_str());
        }
        document.add_text(fields.stored, self.stored.to_string());
        document
    }
}

/// Words of a title, a leading "the" not counted.
pub(crate) fn word_count(title: &str) -> u64 {
    let words = words(title);
    let article = words.len() > 1 && words[0].text == "the";
    (words.len() - usize::from(article)) as u64
}

/// The first eight bytes as a number that orders like them.
fn first_letters(key: &str) -> u64 {
    let mut letters = [0; 8];
    for (letter, byte) in letters.iter_mut().zip(key.bytes()) {
        *letter = byte;
    }
    u64::from_be_bytes(letters)
}

/// FNV-1a: the last tie is broken the same way in every segment and after every merge, so that pages never overlap.
fn spread(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
