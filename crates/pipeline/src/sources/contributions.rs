use std::collections::BTreeMap;

use model::{
    ArtistClaims, EntityId, EntitySource, EventClaims, Evidence, Extraction, Record, RecordResolution, Source, Stated,
    Time, Url,
};
use serde::Serialize;
use serde_json::Value;

use crate::resolution::resolvable;

/// A source that states its own venue in its declaration is believed less than a page.
const DECLARED_PRIORITY: u8 = 10;

type Fields = BTreeMap<String, Stated<Value>>;

/// What one part of an extraction states of every entity that it was resolved to.
pub(super) fn of(extraction: &Extraction, url: &Url, source: &Source, now: Time) -> Vec<EntitySource> {
    let mut stated: BTreeMap<EntityId, Fields> = BTreeMap::new();
    for (record, resolution) in extraction.records.iter().zip(&extraction.resolutions) {
        match record {
            Record::Event(event) => add_event(&mut stated, event, resolution, source),
            Record::Venue(venue) => add_opt(&mut stated, resolution.venue.as_ref(), fields(venue.as_ref())),
            Record::Artist(artist) => add_opt(&mut stated, resolution.artists.first(), fields(artist.as_ref())),
        }
    }
    stated
        .into_iter()
        .map(|(entity_id, fields)| {
            let declared = fields.values().all(|field| field.evidence.at.starts_with("source "));
            EntitySource {
                id: EntitySource::id_of(&entity_id, &url.id),
                entity_id,
                source_id: source.id.clone(),
                url_id: url.id.clone(),
                url: url.url.clone(),
                extraction_id: extraction.id.clone(),
                content_hash: extraction.content_hash.clone(),
                priority: if declared { DECLARED_PRIORITY } else { source.priority() },
                detail: extraction.detail,
                fields,
                first_seen_at: now,
                changed_at: now,
                withdrawn_at: None,
            }
        })
        .collect()
}

/// Whether two states of a contribution would give the same canonical fields: a new scrape of the same words does.
pub(super) fn states_the_same(one: &EntitySource, other: &EntitySource) -> bool {
    let values = |source: &EntitySource| -> Vec<(String, Value)> {
        source.fields.iter().map(|(name, field)| (name.clone(), field.value.clone())).collect()
    };
    one.is_live() == other.is_live()
        && one.priority == other.priority
        && one.detail == other.detail
        && values(one) == values(other)
}

/// What an earlier part of the same extraction stated of the entity, where this part is silent.
pub(super) fn add_missing(contribution: &mut EntitySource, earlier: &EntitySource) {
    for (name, field) in &earlier.fields {
        contribution.fields.entry(name.clone()).or_insert_with(|| field.clone());
    }
}

fn add_event(
    stated: &mut BTreeMap<EntityId, Fields>,
    event: &EventClaims,
    resolution: &RecordResolution,
    source: &Source,
) {
    let venue_fields = event.venue.as_ref().map(fields).unwrap_or_default();
    let named = venue_fields.contains_key("name");
    let venue_evidence = event.venue.as_ref().and_then(|venue| venue.name.as_ref()).map(|name| name.evidence.clone());
    let venue_fields =
        if named { venue_fields } else { declared_venue(source).into_iter().chain(venue_fields).collect() };
    add_opt(stated, resolution.venue.as_ref(), venue_fields);
    for (artist, id) in resolved_artists(event, resolution) {
        add_opt(stated, Some(id), fields(artist));
    }
    if let (Some(festival), Some(name)) = (&resolution.festival, &event.festival) {
        let mut fields = Fields::new();
        fields.insert("name".to_owned(), json(name));
        if name.value == event.title.as_ref().map(|title| title.value.clone()).unwrap_or_default() {
            insert(&mut fields, "start", event.start.as_ref());
            insert(&mut fields, "end", event.end.as_ref());
            insert(&mut fields, "url", event.url.as_ref());
            insert(&mut fields, "image", event.image.as_ref());
            insert(&mut fields, "description", event.description.as_ref());
        }
        add_opt(stated, Some(festival), fields);
    }
    let Some(performance) = &resolution.performance else { return };
    let mut fields = fields(event);
    for other in ["key", "venue", "artists", "festival", "music"] {
        fields.remove(other);
    }
    let spoken = event
        .title
        .as_ref()
        .map(|title| title.evidence.clone())
        .or_else(|| event.artists.iter().find_map(|artist| artist.name.as_ref()).map(|name| name.evidence.clone()));
    if let (Some(venue), Some(evidence)) = (&resolution.venue, venue_evidence.or_else(|| spoken.clone())) {
        fields.insert("venue_id".to_owned(), Stated { value: venue.as_str().into(), evidence });
    }
    let first = event.artists.iter().find_map(|artist| artist.name.as_ref()).map(|name| name.evidence.clone());
    if let (false, Some(evidence)) = (resolution.artists.is_empty(), first) {
        let mut ids: Vec<Value> = Vec::new();
        for id in &resolution.artists {
            // Two spellings on one bill may be one act.
            if !ids.iter().any(|known| known.as_str() == Some(id.as_str())) {
                ids.push(id.as_str().into());
            }
        }
        fields.insert("artist_ids".to_owned(), Stated { value: ids.into(), evidence });
    }
    if let (Some(festival), Some(name)) = (&resolution.festival, &event.festival) {
        let value = festival.as_str().into();
        fields.insert("festival_id".to_owned(), Stated { value, evidence: name.evidence.clone() });
    }
    add_opt(stated, Some(performance), fields);
}

/// The artists of a record beside their ids.
fn resolved_artists<'a>(
    event: &'a EventClaims,
    resolution: &'a RecordResolution,
) -> impl Iterator<Item = (&'a ArtistClaims, &'a EntityId)> {
    resolvable(event).zip(&resolution.artists)
}

/// The place that a source declares as its own: stated by whoever declared the source, not by a page.
fn declared_venue(source: &Source) -> Fields {
    let Some(venue) = &source.venue else { return Fields::new() };
    let claims = [
        ("name", Some(&venue.name)),
        ("street", venue.street.as_ref()),
        ("city", venue.city.as_ref()),
        ("postal_code", venue.postal_code.as_ref()),
    ];
    let evidence = |value: &str| Evidence { at: format!("source {}", source.id), quote: value.to_owned() };
    claims
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)))
        .map(|(field, value)| (field.to_owned(), Stated { value: value.as_str().into(), evidence: evidence(value) }))
        .collect()
}

/// The stated fields of a claim by name. Nested records (a venue, artists) are no fields.
fn fields(claims: &impl Serialize) -> Fields {
    let Ok(Value::Object(object)) = serde_json::to_value(claims) else { return Fields::new() };
    object
        .into_iter()
        .filter_map(|(name, field)| Some((name, serde_json::from_value::<Stated<Value>>(field).ok()?)))
        .collect()
}

fn json<T: Serialize + Clone>(field: &Stated<T>) -> Stated<Value> {
    field.clone().map(|value| serde_json::to_value(value).unwrap_or_default())
}

fn insert<T: Serialize + Clone>(fields: &mut Fields, name: &str, field: Option<&Stated<T>>) {
    if let Some(field) = field {
        fields.insert(name.to_owned(), json(field));
    }
}

/// The first mention on a page wins; later ones fill what it left open.
fn add_opt(stated: &mut BTreeMap<EntityId, Fields>, id: Option<&EntityId>, fields: Fields) {
    let Some(id) = id else { return };
    let known = stated.entry(id.clone()).or_default();
    for (name, field) in fields {
        known.entry(name).or_insert(field);
    }
}

#[cfg(test)]
mod tests {
    use model::{Stated, VenueClaims};

    use super::fields;

    #[test]
    fn fields_are_named_like_those_of_the_entity() {
        let claims =
            VenueClaims { name: Some(Stated::new("The Mill".to_owned(), "h1", "The Mill")), ..VenueClaims::default() };
        let fields = fields(&claims);
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["name"]);
        assert!(fields.keys().all(|name| model::Venue::FIELDS.contains(&name.as_str())));
    }
}
