use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    Artist, Billing, Block, Chat, Collection, Database, Document, Duplicate, EntitySource, Extraction, FailedTask,
    Festival, Funnel, Identity, Message, Performance, QueueLease, RateState, Run, ScheduleState, ScheduledTask, Scrape,
    Source, TaskDoc, Url, UrlImage, Venue,
};

/// One change of a stored shape, listed beside the document's type.
#[derive(Debug)]
pub struct Change {
    /// The day, `YYYY-MM-DD`.
    pub on: &'static str,
    pub what: &'static str,
    /// Makes a document of the version before one of the version after. Absent where documents of before fit as they
    /// are; then the version stays.
    pub upcast: Option<fn(&mut Map<String, Value>)>,
}

pub(crate) const fn version_after(history: &[Change]) -> u32 {
    let (mut version, mut at) = (1, 0);
    while at < history.len() {
        version += history[at].upcast.is_some() as u32;
        at += 1;
    }
    version
}

/// What a collection knows of its documents' type.
struct Shape {
    version: u32,
    history: &'static [Change],
    schema: fn() -> Schema,
    restate: fn(Value) -> serde_json::Result<Value>,
}

impl Shape {
    fn of<D: Document + JsonSchema>() -> Self {
        Self {
            version: D::VERSION,
            history: D::HISTORY,
            schema: || SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<D>(),
            restate: |stored| serde_json::to_value(serde_json::from_value::<D>(stored)?),
        }
    }
}

impl Collection {
    fn shape(self) -> Shape {
        match self {
            Self::Sources => Shape::of::<Source>(),
            Self::Urls => Shape::of::<Url>(),
            Self::Scrapes => Shape::of::<Scrape>(),
            Self::Extractions => Shape::of::<Extraction>(),
            Self::EntitySources => Shape::of::<EntitySource>(),
            Self::Identities => Shape::of::<Identity>(),
            Self::Blocks => Shape::of::<Block>(),
            Self::Billings => Shape::of::<Billing>(),
            Self::Runs => Shape::of::<Run>(),
            Self::ScheduledTasks => Shape::of::<ScheduledTask>(),
            Self::Schedules => Shape::of::<ScheduleState>(),
            Self::FailedTasks => Shape::of::<FailedTask>(),
            Self::UrlImages => Shape::of::<UrlImage>(),
            Self::VenueDuplicates | Self::ArtistDuplicates | Self::PerformanceDuplicates => Shape::of::<Duplicate>(),
            Self::EvtVenues => Shape::of::<Venue>(),
            Self::EvtArtists => Shape::of::<Artist>(),
            Self::EvtPerformances => Shape::of::<Performance>(),
            Self::EvtFestivals => Shape::of::<Festival>(),
            Self::Chats => Shape::of::<Chat>(),
            Self::Messages => Shape::of::<Message>(),
            Self::Tasks(_) => Shape::of::<TaskDoc>(),
            Self::Leases(_) => Shape::of::<QueueLease>(),
            Self::Rates(_) => Shape::of::<RateState>(),
            Self::Funnels(_) => Shape::of::<Funnel>(),
        }
    }

    /// The version of the documents that are written today.
    pub fn version(self) -> u32 {
        self.shape().version
    }

    /// The changes of the stored shape since its first version, oldest first.
    pub fn history(self) -> &'static [Change] {
        self.shape().history
    }

    /// A document of version `from` as one of today's version, by the single steps between.
    pub fn upcast(self, from: u32, mut value: Value) -> Value {
        let steps = self.history().iter().filter_map(|change| change.upcast);
        if let Some(document) = value.as_object_mut() {
            steps.skip(from.saturating_sub(1) as usize).for_each(|step| step(document));
        }
        value
    }

    /// A document of version `from` as it would be written today.
    ///
    /// # Errors
    /// It is no document of the collection.
    pub fn restate(self, from: u32, value: Value) -> serde_json::Result<Value> {
        (self.shape().restate)(self.upcast(from, value))
    }

    /// What a stored document may be: JSON Schema, draft 2020-12. Beside the standard's words it has `x-collection`,
    /// `x-database` (`every` for collections that each database has), `x-parent`, `x-version` and `x-history`; on a field
    /// `x-references`, the collections that its ids are of; on an enumeration `x-open`, where readers take values that
    /// they do not know.
    pub fn schema(self) -> Value {
        let shape = self.shape();
        let mut generated = (shape.schema)().to_value();
        drop_nulls(&mut generated);
        plain_words(&mut generated);
        let mut schema = Map::new();
        for word in ["$schema", "title", "description"] {
            schema.extend(generated.get(word).map(|value| (word.to_owned(), value.clone())));
        }
        let database = match self {
            _ if self.is_everywhere() => "every",
            _ => self.database().name(),
        };
        schema.insert("x-database".to_owned(), json!(database));
        schema.insert("x-collection".to_owned(), json!(self.name()));
        schema.extend(self.parent().map(|parent| ("x-parent".to_owned(), json!(parent.schema_name()))));
        schema.insert("x-version".to_owned(), json!(shape.version));
        schema.insert("x-history".to_owned(), histories(shape.history));
        if let Some(id) = generated.pointer_mut("/properties/id").and_then(Value::as_object_mut)
            && !id.contains_key("$ref")
        {
            id.insert("pattern".to_owned(), json!(format!("^[^/]+{}$", "/[^/]+".repeat(self.depth() - 1))));
            id.insert("maxLength".to_owned(), json!(200));
        }
        for (word, value) in generated.as_object().into_iter().flatten() {
            schema.entry(word.as_str()).or_insert_with(|| value.clone());
        }
        Value::Object(schema)
    }

    /// The collection as schemas name it: `{database}.{collection}`.
    pub fn schema_name(self) -> String {
        match self {
            _ if self.is_everywhere() => format!("every.{}", self.name()),
            _ => format!("{}.{}", self.database().name(), self.name()),
        }
    }

    /// The collections that differ in more than their database.
    pub fn distinct() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|it| !it.is_everywhere() || it.database() == Database::Pipeline)
    }

    /// Whether each database has one.
    fn is_everywhere(self) -> bool {
        matches!(self, Self::Tasks(_) | Self::Leases(_) | Self::Rates(_) | Self::Funnels(_))
    }
}

fn histories(history: &[Change]) -> Value {
    let mut version = 1;
    let entries = history.iter().map(|change| {
        version += u32::from(change.upcast.is_some());
        json!({ "on": change.on, "version": version, "what": change.what, "upcast": change.upcast.is_some() })
    });
    entries.collect()
}

/// An absent value is left out and never stored as null, so null need not be allowed.
fn drop_nulls(schema: &mut Value) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, field) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if let Some(field) = field.as_object_mut().filter(|_| !required.contains(&json!(name))) {
            drop_null(field);
        }
    }
    each_part(schema, drop_nulls);
}

fn drop_null(field: &mut Map<String, Value>) {
    if field.get("default") == Some(&Value::Null) {
        field.remove("default");
    }
    if let Some(types) = field.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            field.insert("type".to_owned(), only);
        }
    }
    if let Some([value, null]) = field.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
        && *null == json!({ "type": "null" })
    {
        let value = value.clone();
        field.remove("anyOf");
        field.extend(value.as_object().cloned().unwrap_or_default());
    }
}

/// Descriptions in one line, without the brackets of links between Rust items.
fn plain_words(schema: &mut Value) {
    if let Some(Value::String(words)) = schema.get_mut("description") {
        let mut plain = words.replace("\n\n", "\u{b6}").replace('\n', " ").replace('\u{b6}', "\n\n").replace("[`", "`");
        while let Some(at) = plain.find("`](") {
            let end = plain[at..].find(')').map_or(plain.len(), |end| at + end + 1);
            plain.replace_range(at..end, "`");
        }
        *words = plain.replace("`]", "`");
    }
    each_part(schema, plain_words);
}

fn each_part(schema: &mut Value, apply: fn(&mut Value)) {
    match schema {
        Value::Object(parts) => parts.values_mut().for_each(apply),
        Value::Array(parts) => parts.iter_mut().for_each(apply),
        _ => {}
    }
}
