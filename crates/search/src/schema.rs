use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

/// The tokenizer's name stands in the stored schema: a change of how words are cut or folded raises the number, and
/// indexes cut the old way are rebuilt.
pub(crate) const TOKENIZER: &str = "words-1";

pub(crate) const KIND: &str = "kind";
pub(crate) const ID: &str = "id";
pub(crate) const REVISION: &str = "revision";
pub(crate) const TITLE_WORDS: &str = "title_words";
pub(crate) const ALPHABETICAL: &str = "alphabetical";
pub(crate) const TIE: &str = "tie";
pub(crate) const LAT: &str = "lat";
pub(crate) const LON: &str = "lon";
pub(crate) const START: &str = "start";

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) revision: Field,
    pub(crate) kind: Field,
    pub(crate) title: Field,
    pub(crate) title_key: Field,
    pub(crate) title_words: Field,
    pub(crate) alphabetical: Field,
    pub(crate) tie: Field,
    pub(crate) names: Field,
    pub(crate) text: Field,
    pub(crate) lat: Field,
    pub(crate) lon: Field,
    /// Minutes since 1970-01-01T00:00, local.
    pub(crate) start: Field,
    pub(crate) refers_to: Field,
    pub(crate) stored: Field,
}

pub(crate) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let named = cut_into_words(IndexRecordOption::WithFreqsAndPositions);
    let number = || NumericOptions::default() | FAST;
    let fields = Fields {
        id: schema.add_text_field(ID, STRING | STORED | FAST),
        revision: schema.add_u64_field(REVISION, number() | STORED),
        kind: schema.add_u64_field(KIND, number() | INDEXED),
        title: schema.add_text_field("title", named.clone()),
        title_key: schema.add_text_field("title_key", STRING),
        title_words: schema.add_u64_field(TITLE_WORDS, number()),
        alphabetical: schema.add_u64_field(ALPHABETICAL, number()),
        tie: schema.add_u64_field(TIE, number()),
        names: schema.add_text_field("names", named),
        text: schema.add_text_field("text", cut_into_words(IndexRecordOption::Basic)),
        lat: schema.add_f64_field(LAT, number()),
        lon: schema.add_f64_field(LON, number()),
        start: schema.add_i64_field(START, number()),
        refers_to: schema.add_text_field("refers_to", STRING),
        stored: schema.add_text_field("stored", STORED),
    };
    (schema.build(), fields)
}

fn cut_into_words(record: IndexRecordOption) -> TextOptions {
    let indexing = TextFieldIndexing::default().set_tokenizer(TOKENIZER).set_index_option(record).set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}
