use model::EntityKind;

use super::assign::Assignment;
use super::performances::start;
use super::similarity::{fold, fold_street};
use super::{FieldAccuracy, Found};
use crate::world::World;

/// How far off a place may be, in metres.
const NEAR: f64 = 250.0;

/// The fields of matched venues, artists, performances and festivals, given in this order.
pub(super) fn accuracies(world: &World, found: &Found, matches: [&Assignment; 4]) -> Vec<FieldAccuracy> {
    let [venues, artists, performances, festivals] = matches;
    let mut all = venue_fields(world, found, venues);
    all.push(tally(EntityKind::Artist, "name", artists, |index, truth| {
        Some(Some(fold(&found.artists[index].name) == fold(&world.artists[truth].name)))
    }));
    all.extend(performance_fields(world, found, performances));
    all.push(tally(EntityKind::Festival, "start", festivals, |index, truth| {
        let first = world.festivals[truth].first.to_string();
        Some(found.festivals[index].start.as_ref().map(|start| start.get(..10) == Some(&first)))
    }));
    all
}

/// Counts what `judge` says of each match: nothing to judge, not stated, or right or wrong.
fn tally(
    kind: EntityKind,
    field: &'static str,
    matches: &Assignment,
    judge: impl Fn(usize, usize) -> Option<Option<bool>>,
) -> FieldAccuracy {
    let mut accuracy = FieldAccuracy { kind, field, of: 0, stated: 0, right: 0 };
    for (index, truth) in &matches.truth_of {
        if let Some(verdict) = judge(*index, *truth) {
            accuracy.of += 1;
            accuracy.stated += usize::from(verdict.is_some());
            accuracy.right += usize::from(verdict == Some(true));
        }
    }
    accuracy
}

fn venue_fields(world: &World, found: &Found, matches: &Assignment) -> Vec<FieldAccuracy> {
    let tally = |field, judge: &dyn Fn(usize, usize) -> Option<bool>| {
        tally(EntityKind::Venue, field, matches, |index, truth| Some(judge(index, truth)))
    };
    let bare = |code: &str| code.replace(' ', "").to_lowercase();
    vec![
        tally("name", &|index, truth| Some(fold(&found.venues[index].name) == fold(&world.venues[truth].name))),
        tally("street", &|index, truth| {
            let street = found.venues[index].street.as_ref()?;
            Some(fold_street(street) == fold_street(&world.venues[truth].street))
        }),
        tally("city", &|index, truth| {
            Some(fold(found.venues[index].city.as_ref()?) == fold(&world.city_of(truth).name))
        }),
        tally("postal_code", &|index, truth| {
            Some(bare(found.venues[index].postal_code.as_ref()?) == bare(&world.venues[truth].postal_code))
        }),
        tally("place", &|index, truth| {
            let (venue, right) = (&found.venues[index], &world.venues[truth]);
            Some(metres((venue.lat?, venue.lon?), (right.lat, right.lon)) <= NEAR)
        }),
    ]
}

fn performance_fields(world: &World, found: &Found, matches: &Assignment) -> Vec<FieldAccuracy> {
    let kind = EntityKind::Performance;
    vec![
        tally(kind, "start", matches, |index, truth| {
            let right = world.performances[truth].start.time?;
            Some(start(&found.performances[index]).and_then(|start| start.time).map(|time| time == right))
        }),
        tally(kind, "status", matches, |index, truth| {
            Some(found.performances[index].status.map(|status| status == world.performances[truth].status))
        }),
        tally(kind, "artists", matches, |index, truth| {
            let mut right: Vec<String> = world.bill(&world.performances[truth]).map(fold).collect();
            let mut stated: Vec<String> = found.performances[index].artists.iter().map(|name| fold(name)).collect();
            right.sort_unstable();
            stated.sort_unstable();
            Some((!stated.is_empty()).then_some(stated == right))
        }),
        tally(kind, "price_min", matches, |index, truth| {
            let (low, _) = world.performances[truth].price?;
            Some(found.performances[index].price_min.map(|price| (price - low).abs() < 0.005))
        }),
    ]
}

/// The distance on a sphere for short ways (equirectangular).
fn metres(one: (f64, f64), other: (f64, f64)) -> f64 {
    let degree = 111_195.0;
    let across = (one.1 - other.1) * degree * one.0.to_radians().cos();
    (across.powi(2) + ((one.0 - other.0) * degree).powi(2)).sqrt()
}
