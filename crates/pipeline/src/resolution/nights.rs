use std::collections::BTreeMap;

use matching::normalise::names::fold;
use model::{Billing, Collection, EventClaims, Record, hash_id};
use store::{Batch, Fields, Precondition, Result, Store};

/// Different acts that a name must stand before to be a night.
const TAILS_MIN: usize = 3;
/// What stands between a night and who plays: also between a headliner and the support, which is why one page alone
/// cannot tell.
const BETWEEN: [&str; 5] = [" with ", ": ", " mit ", " con ", " presents "];

/// Notes how the names of a page are billed, for all pages to come.
pub(crate) fn note(batch: &mut Batch, records: &[Record]) -> Result<()> {
    let mut billings: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for event in records.iter().filter_map(event) {
        let head = head(event);
        if let Some((name, tail)) = &head {
            let tail = format!("before_{}", &hash_id(&[tail])[..8]);
            *billings.entry(id_of(name)).or_default().entry(tail).or_default() += 1;
        }
        for name in names(event).filter(|name| head.as_ref().is_none_or(|(head, _)| head != name)) {
            *billings.entry(id_of(&name)).or_default().entry("act".to_owned()).or_default() += 1;
        }
    }
    billings.into_iter().try_for_each(|(id, amounts)| {
        let fields = amounts.iter().fold(Fields::default(), |fields, (name, by)| fields.increment(name, *by));
        batch.update::<Billing>(Collection::Billings, &id, fields, Precondition::Any)
    })
}

/// Takes the names of nights out of the bills.
pub(super) async fn strike(store: &Store, records: &mut [Record]) -> Result<()> {
    let heads: Vec<String> =
        records.iter().filter_map(event).filter_map(|event| head(event).map(|(name, _)| name)).collect();
    let ids: Vec<String> = heads.iter().map(|name| id_of(name)).collect();
    let known = store.get_many::<Billing>(Collection::Billings, &ids).await?;
    let nights: Vec<&String> = heads
        .iter()
        .zip(known)
        .filter(|(_, billing)| billing.as_ref().is_some_and(|billing| is_night(&billing.document)))
        .map(|(name, _)| name)
        .collect();
    for record in records {
        let Record::Event(event) = record else { continue };
        let Some((name, _)) = head(event) else { continue };
        if nights.contains(&&name) {
            event.artists.retain(|artist| artist.name.as_ref().is_none_or(|stated| fold(&stated.value) != name));
        }
    }
    Ok(())
}

/// A name that stands before many and is an act for hardly anybody.
fn is_night(billing: &Billing) -> bool {
    let tails = billing.counts.keys().filter(|name| name.starts_with("before_")).count();
    let act = billing.counts.get("act").copied().unwrap_or(0);
    tails >= TAILS_MIN && usize::try_from(act).is_ok_and(|act| act * 2 <= tails)
}

/// The folded name that stands at the head of a title, and the act that it stands before.
fn head(event: &EventClaims) -> Option<(String, String)> {
    let title = event.title.as_ref()?.value.as_str();
    let (at, between) = BETWEEN.iter().filter_map(|between| title.find(between).map(|at| (at, between.len()))).min()?;
    let tail = &title[at + between..];
    let first = tail.split([',', '+', '/', '&', '(']).next().unwrap_or(tail);
    let (name, first) = (fold(&title[..at]), fold(first));
    (!name.is_empty() && !first.is_empty()).then_some((name, first))
}

fn names(event: &EventClaims) -> impl Iterator<Item = String> {
    event.artists.iter().filter_map(|artist| artist.name.as_ref()).map(|name| fold(&name.value))
}

fn event(record: &Record) -> Option<&EventClaims> {
    match record {
        Record::Event(event) => Some(event),
        Record::Venue(_) | Record::Artist(_) => None,
    }
}

fn id_of(name: &str) -> String {
    hash_id(&["billing", name])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{Billing, EventClaims, Stated};

    use super::{head, is_night};

    #[test]
    fn the_head_of_a_title_stands_before_the_first_act() {
        for (title, expected) in [
            ("Late Lantern with Oak & Ash + Elm", Some(("late lantern", "oak"))),
            ("Late Lantern: Oak", Some(("late lantern", "oak"))),
            ("Oak", None),
            ("with Oak", None),
        ] {
            let title = Some(Stated::new(title.to_owned(), "h1", title));
            let event = EventClaims { title, ..EventClaims::default() };
            let found = head(&event);
            assert_eq!(found.as_ref().map(|(name, tail)| (name.as_str(), tail.as_str())), expected);
        }
    }

    #[test]
    fn a_headliner_with_changing_supports_is_no_night() {
        let billing = |tails: usize, act: i64| {
            let mut counts: BTreeMap<String, i64> = (0..tails).map(|n| (format!("before_{n}"), 1)).collect();
            counts.insert("act".to_owned(), act);
            Billing { id: String::new(), counts }
        };
        assert!(is_night(&billing(3, 0)) && is_night(&billing(6, 2)));
        assert!(!is_night(&billing(2, 0)) && !is_night(&billing(4, 3)));
    }
}
