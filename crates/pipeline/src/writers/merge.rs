use std::collections::BTreeMap;

use model::{EntitySource, Provenance, Stated};
use serde_json::Value;

use super::Canonical;

/// Fields that mean something only together: all of them come from the source that wins the first.
const TOGETHER: [&[&str]; 2] = [&["lat", "lon"], &["price_min", "price_max", "currency"]];

/// A source's statement about a field.
struct Claim<'a> {
    source: &'a EntitySource,
    field: &'a Stated<Value>,
}

/// Chooses for every field that is not locked the statement that wins, and notes why. `live` is not empty.
pub(super) fn fields(names: &[&str], live: &[&EntitySource], after: &mut Canonical) {
    let mut from: BTreeMap<&str, &str> = BTreeMap::new();
    for name in names {
        if after.locks.contains_key(*name) {
            continue;
        }
        let mut claims: Vec<Claim<'_>> =
            live.iter().filter_map(|source| source.fields.get(*name).map(|field| Claim { source, field })).collect();
        let group = TOGETHER.into_iter().find(|group| group.contains(name));
        if let Some(first) = group.and_then(|group| from.get(group[0])) {
            claims.retain(|claim| claim.source.id == *first);
        }
        let Some(winner) = winner(name, &claims) else {
            after.fields.remove(*name);
            after.provenance.remove(*name);
            continue;
        };
        if let Some(group) = group {
            from.insert(group[0], &winner.source.id);
        }
        after.fields.insert((*name).to_owned(), winner.field.value.clone());
        after.provenance.insert((*name).to_owned(), provenance(winner, &claims));
    }
    let mut sources: Vec<&str> = live.iter().map(|source| source.source_id.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    after.sources = u32::try_from(sources.len()).unwrap_or(u32::MAX);
}

/// The statement that wins: of the most trusted source; then of a page about the one thing; then the one that most
/// sources share. The order of arrival does not matter.
fn winner<'a, 'b>(name: &str, claims: &'b [Claim<'a>]) -> Option<&'b Claim<'a>> {
    let agreeing = |claim: &Claim<'_>| count(claims, |other| agree(other, claim));
    let trust = |claim: &Claim<'_>| (claim.source.priority, claim.source.detail, agreeing(claim));
    let best = claims.iter().max_by(|a, b| {
        trust(a)
            .cmp(&trust(b))
            .then_with(|| b.field.value.to_string().cmp(&a.field.value.to_string()))
            .then_with(|| b.source.id.cmp(&a.source.id))
    })?;
    match name {
        // A trusted source that gives the day is no reason to lose the hour that another one gives for that day.
        "start" | "end" if !has_clock(best) => {
            let day = day(best)?;
            let same_day: Vec<&Claim<'_>> =
                claims.iter().filter(|claim| has_clock(claim) && self::day(claim) == Some(day)).collect();
            Some(same_day.into_iter().max_by_key(|claim| (trust(claim), claim.source.id.as_str())).unwrap_or(best))
        }
        // The longer bill of the same trust names the support acts.
        "artist_ids" => {
            let length = |claim: &Claim<'_>| claim.field.value.as_array().map_or(0, Vec::len);
            claims
                .iter()
                .filter(|claim| claim.source.priority == best.source.priority)
                .max_by(|a, b| length(a).cmp(&length(b)).then_with(|| b.source.id.cmp(&a.source.id)))
        }
        _ => Some(best),
    }
}

fn provenance(winner: &Claim<'_>, claims: &[Claim<'_>]) -> Provenance {
    let source = winner.source;
    let declared = winner.field.evidence.at.starts_with("source ");
    Provenance {
        source_id: source.source_id.clone(),
        url: if declared { String::new() } else { source.url.clone() },
        content_hash: if declared { String::new() } else { source.content_hash.clone() },
        at: winner.field.evidence.at.clone(),
        quote: winner.field.evidence.quote.clone(),
        since: source.changed_at,
        agreeing: count(claims, |other| agree(other, winner)),
        disagreeing: count(claims, |other| !agree(other, winner)),
    }
}

/// How many different sources have a claim of this sort.
fn count(claims: &[Claim<'_>], sort: impl Fn(&Claim<'_>) -> bool) -> u32 {
    let mut sources: Vec<&str> =
        claims.iter().filter(|claim| sort(claim)).map(|claim| claim.source.source_id.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    u32::try_from(sources.len()).unwrap_or(u32::MAX)
}

/// The same value, up to letter case and spacing.
fn agree(one: &Claim<'_>, other: &Claim<'_>) -> bool {
    match (&one.field.value, &other.field.value) {
        (Value::String(one), Value::String(other)) => {
            let folded = |text: &str| text.split_whitespace().flat_map(str::chars).collect::<String>().to_lowercase();
            one == other || folded(one) == folded(other)
        }
        (one, other) => one == other,
    }
}

fn has_clock(claim: &Claim<'_>) -> bool {
    claim.field.value.as_str().is_some_and(|when| when.contains('T'))
}

fn day<'a>(claim: &Claim<'a>) -> Option<&'a str> {
    claim.field.value.as_str()?.get(..10)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{EntityId, EntityKind, EntitySource, Lock, Stated, Time};
    use serde_json::{Map, Value, json};

    use super::{Canonical, fields};

    fn source(name: &str, priority: u8, stated: &[(&str, Value)]) -> EntitySource {
        let entity_id = EntityId::mint(EntityKind::Performance, &["x"]);
        EntitySource {
            id: name.to_owned(),
            entity_id,
            source_id: name.to_owned(),
            url_id: name.to_owned(),
            url: format!("https://{name}.test/"),
            extraction_id: String::new(),
            content_hash: "h".to_owned(),
            priority,
            detail: false,
            fields: stated
                .iter()
                .map(|(field, value)| ((*field).to_owned(), Stated::new(value.clone(), "h1", &value.to_string())))
                .collect(),
            first_seen_at: Time(1),
            changed_at: Time(1),
            withdrawn_at: None,
        }
    }

    fn merged(sources: &[EntitySource], locked: &[(&str, Value)]) -> Canonical {
        let mut after = Canonical {
            id: EntityId::mint(EntityKind::Performance, &["x"]),
            picture: None,
            provenance: BTreeMap::new(),
            locks: locked
                .iter()
                .map(|(f, _)| ((*f).to_owned(), Lock { by: "owner".to_owned(), at: Time(1) }))
                .collect(),
            sources: 0,
            created_at: Time(1),
            updated_at: Time(1),
            deleted: None,
            fields: locked.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect::<Map<_, _>>(),
        };
        let live: Vec<&EntitySource> = sources.iter().collect();
        fields(model::Performance::FIELDS, &live, &mut after);
        after
    }

    #[test]
    fn the_trusted_source_wins_and_disagreement_is_counted() {
        let sources = [
            source("press", 30, &[("title", json!("Larks Live")), ("start", json!("2026-12-04T19:00"))]),
            source("blog", 30, &[("title", json!("larks  live"))]),
            source("venue", 90, &[("title", json!("The Larks")), ("start", json!("2026-12-04"))]),
        ];
        let after = merged(&sources, &[]);
        assert_eq!(after.fields["title"], "The Larks");
        assert_eq!((after.provenance["title"].agreeing, after.provenance["title"].disagreeing), (1, 2));
        assert_eq!(after.fields["start"], "2026-12-04T19:00", "the hour of the same day is kept");
        assert_eq!(after.provenance["start"].source_id, "press");
        assert_eq!(after.sources, 3);
        let mut turned = sources.to_vec();
        turned.reverse();
        assert_eq!(merged(&turned, &[]), after, "the order of arrival does not matter");
    }

    #[test]
    fn a_locked_field_is_not_touched() {
        let after = merged(
            &[source("venue", 90, &[("title", json!("New")), ("status", json!("cancelled"))])],
            &[("title", json!("Fixed by its owner"))],
        );
        assert_eq!(after.fields["title"], "Fixed by its owner");
        assert_eq!(after.fields["status"], "cancelled");
    }

    #[test]
    fn a_price_and_its_currency_come_from_one_source() {
        let sources = [
            source("a", 90, &[("price_min", json!(12.0))]),
            source("b", 40, &[("price_min", json!(15.0)), ("price_max", json!(20.0)), ("currency", json!("EUR"))]),
        ];
        let after = merged(&sources, &[]);
        assert_eq!(after.fields["price_min"], 12.0);
        assert!(!after.fields.contains_key("currency"));
    }

    #[test]
    fn a_field_that_nobody_states_any_more_goes() {
        let mut after = merged(&[source("a", 90, &[("title", json!("A")), ("doors", json!("19:00"))])], &[]);
        let left = [source("a", 90, &[("title", json!("A"))])];
        let live: Vec<&EntitySource> = left.iter().collect();
        fields(model::Performance::FIELDS, &live, &mut after);
        assert!(!after.fields.contains_key("doors") && !after.provenance.contains_key("doors"));
    }
}
