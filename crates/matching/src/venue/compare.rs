use std::borrow::Cow;

use super::VenueFeatures;
use crate::{
    comparison::{Comparison, Tally, both},
    normalise::{
        addresses::{Address, StreetAgreement},
        geo::distance,
        names::NameParts,
        words::{MAIN_ROOM, ROOM, VENUE_COMMON},
    },
    similarity::{NameLevel, NameMatch, edits, match_names},
};

/// About one in 130 pairs that share a block is one venue.
const PRIOR: f64 = -7.0;

/// From here on a constraint leaves no doubt: it is another one.
const OTHER: f64 = -6.0;

/// Where a constraint leaves a doubt: a person looks.
const DOUBT: f64 = 0.0;

/// An act that plays at both on one day: 30 times likelier for one venue than for two that share a block.
const SHARED_SHOW: f64 = 5.0;

pub(super) fn compare(a: &VenueFeatures, b: &VenueFeatures) -> Comparison {
    compare_with_shows(a, b, 0)
}

pub(super) fn compare_with_shows(a: &VenueFeatures, b: &VenueFeatures, shared: usize) -> Comparison {
    let mut tally = Tally::from_prior(PRIOR);
    // "Blue Note Milton" names its town.
    let (a, b) = (&with_named_town(a, b), &with_named_town(b, a));
    let name = compare_names(a, b, &mut tally);
    let place = compare_places(a, b, &mut tally);
    compare_cities(a, b, place, &mut tally);
    if let Some(same) = agreement(&a.phones, &b.phones) {
        // Whoever shares an address may share a switchboard.
        let weight = if place >= 7.0 { 3.0 } else { 6.0 };
        tally.add("phone", if same { "same telephone" } else { "other telephone" }, if same { weight } else { -0.5 });
    }
    if let Some(same) = agreement(&a.hosts, &b.hosts) {
        // A site bears the venue's name, so it adds little to a name that agrees; a chain has one site for all.
        let weight = if name >= NameLevel::Extended { 2.0 } else { 4.0 };
        tally.add("website", if same { "same site" } else { "other site" }, if same { weight } else { -0.5 });
    }
    match shared {
        0 => {}
        1 => tally.add("shows", "one show is stated of both", SHARED_SHOW),
        // More of them come from the same two sources: they add less than the first.
        _ => tally.add("shows", format!("{shared} shows are stated of both"), SHARED_SHOW + 3.5),
    }
    tally.finish()
}

/// The features, with those towns of `other` that end a name here where no town is stated.
fn with_named_town<'a>(features: &'a VenueFeatures, other: &VenueFeatures) -> Cow<'a, VenueFeatures> {
    let named = |city: &&String| {
        let ends = |name: &String| name.strip_suffix(city.as_str()).is_some_and(|rest| rest.ends_with(' '));
        features.names.iter().any(ends)
    };
    let towns: Vec<String> = other.cities.iter().filter(named).cloned().collect();
    if !features.cities.is_empty() || towns.is_empty() {
        return Cow::Borrowed(features);
    }
    let without = |name: &String| {
        let rest = towns.iter().find_map(|town| name.strip_suffix(town.as_str()));
        rest.map_or_else(|| name.clone(), |rest| rest.trim().to_owned())
    };
    let names = features.names.iter().map(without).collect();
    Cow::Owned(VenueFeatures { names, cities: towns, ..features.clone() })
}

fn agreement(a: &[String], b: &[String]) -> Option<bool> {
    (!a.is_empty() && !b.is_empty()).then(|| a.iter().any(|value| b.contains(value)))
}

/// Weighs the two most alike names and sets the constraints that follow from them.
fn compare_names(a: &VenueFeatures, b: &VenueFeatures, tally: &mut Tally) -> NameLevel {
    let towns: Vec<&str> = a.cities.iter().chain(&b.cities).flat_map(|city| city.split(' ')).collect();
    let weigh = |word: &str| if VENUE_COMMON.contains(&word) || towns.contains(&word) { 0.25 } else { 1.0 };
    let mut best: Option<(f64, String, NameMatch, [NameParts; 2])> = None;
    for x in &a.names {
        for y in &b.names {
            let parts = [NameParts::of(x), NameParts::of(y)];
            let matched = match_names(&parts[0], &parts[1], weigh);
            let (weight, words) = (name_weight(&matched), both(x, y));
            if best.as_ref().is_none_or(|(most, said, ..)| (weight, said) > (*most, &words)) {
                best = Some((weight, words, matched, parts));
            }
        }
    }
    let Some((weight, names, matched, [x, y])) = best else {
        return NameLevel::Unlike;
    };
    tally.add("name", format!("names {names} {}", describe(matched.level)), weight);
    if !x.numerals.is_empty() && !y.numerals.is_empty() && x.numerals != y.numerals {
        tally.cap("name", "the names bear different numbers", OTHER);
    }
    if x.tribute != y.tribute {
        tally.cap("name", "only one is named as a tribute", OTHER);
    }
    constrain_rooms(&matched, tally);
    constrain_units(a, b, matched.level, tally);
    matched.level
}

/// log2(m/u) by level: equal telling names are 1,000 times likelier in one venue than in two that share a block.
fn name_weight(matched: &NameMatch) -> f64 {
    let weight = match matched.level {
        NameLevel::Equal => 10.0,
        NameLevel::Typo => 8.0,
        NameLevel::Extended => 7.5,
        NameLevel::ShortTypo => 5.0,
        NameLevel::Contained => 1.5,
        NameLevel::Overlap => 0.0,
        NameLevel::Unlike => -7.0,
    };
    // "Town Hall" tells less.
    if matched.telling || weight <= 0.0 { weight } else { weight * 0.75 }
}

pub(crate) fn describe(level: NameLevel) -> &'static str {
    match level {
        NameLevel::Equal => "are equal",
        NameLevel::Typo => "differ by a slip",
        NameLevel::ShortTypo => "may differ by a slip",
        NameLevel::Extended => "differ by common words",
        NameLevel::Contained => "hold one another",
        NameLevel::Overlap => "share words",
        NameLevel::Unlike => "differ",
    }
}

/// Two rooms of one building are two venues; a room and its building may be, unless it is the main room.
fn constrain_rooms(matched: &NameMatch, tally: &mut Tally) {
    let room = |words: &[String]| {
        let named = words.iter().any(|word| ROOM.contains(&word.as_str()));
        named && !words.iter().all(|word| MAIN_ROOM.contains(&word.as_str()))
    };
    let numbered = |words: &[String]| words.iter().any(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let [less, more] = &matched.residues;
    match (room(less), room(more)) {
        (true, true) => tally.cap("room", "two rooms", OTHER),
        (true, false) | (false, true) if less.is_empty() || more.is_empty() => {
            tally.cap("room", "one names a room that the other does not", DOUBT);
        }
        (false, false) if less.is_empty() && numbered(more) => {
            tally.cap("room", "one bears a number that the other does not", DOUBT);
        }
        _ => {}
    }
}

fn constrain_units(a: &VenueFeatures, b: &VenueFeatures, name: NameLevel, tally: &mut Tally) {
    let units = |features: &VenueFeatures| -> Vec<Address> {
        features.streets.iter().map(|street| Address::of(street)).filter(|address| !address.units.is_empty()).collect()
    };
    let (x, y) = (units(a), units(b));
    let other = !x.is_empty() && !y.is_empty() && x.iter().all(|x| y.iter().all(|y| x.other_unit(y)));
    if other {
        let bits = if name == NameLevel::Equal { DOUBT } else { OTHER };
        tally.cap("room", "different units of a building", bits);
    }
}

/// Street, postal code and point say one thing, the place: the strongest counts, a second one adds a little. Returns
/// the weight of what speaks for one place.
fn compare_places(a: &VenueFeatures, b: &VenueFeatures, tally: &mut Tally) -> f64 {
    let mut levels: Vec<(f64, &'static str, String)> = Vec::new();
    levels.extend(street_level(a, b));
    if let Some(same) = agreement(&a.postal_codes, &b.postal_codes) {
        let (weight, words) = if same { (3.5, "same postal code") } else { (-2.0, "other postal code") };
        levels.push((weight, "postal_code", words.to_owned()));
    }
    levels.extend(point_level(a, b));
    levels.sort_by(|x, y| y.0.total_cmp(&x.0));
    let supporting = levels.iter().filter(|(weight, ..)| *weight > 0.0).count();
    let (strongest, weakest) = (levels.first().cloned(), levels.last().cloned());
    let mut support = 0.0;
    if let Some((weight, field, words)) = strongest.filter(|(weight, ..)| *weight > 0.0) {
        support = if supporting > 1 { weight + 1.0 } else { weight };
        tally.add(field, words, support);
    }
    if let Some((weight, field, words)) = weakest.filter(|(weight, ..)| *weight < 0.0) {
        tally.add(field, words, if support > 0.0 { weight / 2.0 } else { weight });
    }
    support
}

fn street_level(a: &VenueFeatures, b: &VenueFeatures) -> Option<(f64, &'static str, String)> {
    let mut best: Option<(f64, &'static str, String)> = None;
    for x in &a.streets {
        for y in &b.streets {
            let Some(agreement) = Address::of(x).agreement(&Address::of(y)) else { continue };
            let (weight, says) = match agreement {
                StreetAgreement::Same => (8.0, "same address"),
                StreetAgreement::SameStreet => (3.0, "same street"),
                StreetAgreement::OtherNumber => (-2.5, "other house number"),
                StreetAgreement::Different { numbered: false } => (-2.0, "other street"),
                StreetAgreement::Different { numbered: true } => (-4.0, "other address"),
            };
            let words = format!("{says}: {}", both(x, y));
            if best.as_ref().is_none_or(|(most, _, said)| (weight, said) > (*most, &words)) {
                best = Some((weight, "street", words));
            }
        }
    }
    best
}

fn point_level(a: &VenueFeatures, b: &VenueFeatures) -> Option<(f64, &'static str, String)> {
    let metres = a.points.iter().flat_map(|p| b.points.iter().map(|q| distance(*p, *q))).min_by(f64::total_cmp)?;
    let weight = match metres {
        ..=75.0 => 7.0,
        ..=300.0 => 4.5,
        ..=1_000.0 => 1.0,
        ..=3_000.0 => -2.0,
        ..=20_000.0 => -5.0,
        _ => -10.0,
    };
    Some((weight, "point", format!("{metres:.0} m apart")))
}

fn compare_cities(a: &VenueFeatures, b: &VenueFeatures, place: f64, tally: &mut Tally) {
    let alike = |x: &str, y: &str| {
        let within = |inner: &str, outer: &str| outer.split(' ').any(|word| word == inner);
        x == y || within(x, y) || within(y, x) || (x.len().min(y.len()) >= 6 && edits(x, y) <= 1)
    };
    if a.cities.is_empty() || b.cities.is_empty() {
        return;
    }
    let cities = both(&a.cities.join(", "), &b.cities.join(", "));
    if a.cities.iter().any(|x| b.cities.iter().any(|y| alike(x, y))) {
        // One place is in one town anyway.
        tally.add("city", format!("same town {cities}"), if place > 0.0 { 0.5 } else { 2.5 });
    } else {
        // A suburb may go by its own name or by the city's.
        tally.add("city", format!("other town: {cities}"), if place >= 4.0 { -1.0 } else { -8.0 });
    }
}

#[cfg(test)]
mod tests {
    use super::super::VenueFeatures;
    use crate::decide::{Decision, decide};

    fn venue(text: &str) -> VenueFeatures {
        let fields: Vec<&str> = text.split('|').map(str::trim).collect();
        let field = |i: usize| fields.get(i).copied().filter(|field| !field.is_empty());
        let mut features = VenueFeatures::default();
        features.add_name(field(0));
        features.add_place(field(1), field(2), field(3));
        if let Some((lat, lon)) = field(4).and_then(|point| point.split_once(' ')) {
            features.points.push((lat.parse().unwrap(), lon.parse().unwrap()));
        }
        features.phones.extend(field(5).map(str::to_owned));
        features.hosts.extend(field(6).map(str::to_owned));
        features
    }

    fn check(expected: &str, pairs: &[(&str, &str)]) {
        for (a, b) in pairs {
            let (a, b) = (venue(a), venue(b));
            let comparison = a.compare(&b);
            let decided = match decide(std::slice::from_ref(&comparison)) {
                Decision::Same { .. } => "same",
                Decision::Suspect { .. } => "suspect",
                Decision::New => "new",
            };
            assert_eq!(decided, expected, "{a:?}\n{b:?}\n{comparison:#?}");
            assert_eq!(comparison, b.compare(&a));
        }
    }

    #[test]
    fn one_venue() {
        check(
            "same",
            &[
                ("The Blue Note | | Milton", "Blue Note | | Milton"),
                ("The Blue Note", "Blue Note | 12 High St | Milton"),
                ("Blue Note Jazz Club | | Milton", "The Blue Note | | Milton"),
                ("Blue Note Milton | | Milton", "The Blue Note | | Milton"),
                ("Blue Note Milton", "The Blue Note | | Milton"),
                ("Harbour Warehouse | | Milton", "Harbour Warehuose | | Milton"),
                ("Marina | 3 Dock Rd | Milton", "Marian | 3 Dock Road | Milton"),
                ("Town Hall | | Milton", "Town Hall | | Milton, UK"),
                ("Town Hall Milton", "Town Hall | | Milton"),
                ("Blue Note | 12 High St | Milton | AB1 2CD", "Blue Note | 12 High Street | Greater Milton"),
                ("Blue Note | 12 High St | Milton | AB1 2CD", "Blue Note | 21 High Street | Milton"),
                ("Blue Note | 12 High St | Milton", "Blue Note | behind the station | Milton"),
                ("Blue Note | | Milton | | 50.1 1.1", "Blue Note | | Oldbury | | 50.1002 1.1003"),
                ("Fleet Hall | 1 Dock Rd | Milton", "Fleet Hall (Main Room) | 1 Dock Rd | Milton"),
                ("Café Zürich | | Bern", "Cafe Zurich | | Bern"),
                ("St. John's Church | 4 Mill Rd | Milton", "Saint Johns Church | 4 Mill Road | Milton"),
                (
                    "Fleet Theatre | 1 Dock Rd | Milton | | | 123456789",
                    "Fleet Arena | 1 Dock Rd | Milton | | | 123456789",
                ),
            ],
        );
    }

    #[test]
    fn two_venues() {
        check(
            "new",
            &[
                ("Blue Note | | Milton", "Blue Note | | Oldbury"),
                ("Town Hall | | Milton", "Town Hall | | Oldbury"),
                ("Town Hall Milton", "Town Hall | | Oldbury"),
                ("Studio 2 | 1 Dock Rd | Milton", "Studio 3 | 1 Dock Rd | Milton"),
                ("Fleet Hall Upstairs | 1 Dock Rd | Milton", "Fleet Hall Downstairs | 1 Dock Rd | Milton"),
                ("Fleet Hall Small Room | 1 Dock Rd | Milton", "Fleet Hall Big Room | 1 Dock Rd | Milton"),
                ("Fleet Hall | | Milton", "Market Hall | | Milton"),
                ("Blue Note | 12 High St | Milton", "Red Lion | 14 High St | Milton"),
                ("Kino | 5 Dock Rd Unit 3 | Milton", "Bakery | 5 Dock Rd Unit 4 | Milton"),
                ("Abba Tribute Bar | | Milton", "Abba Bar | | Milton"),
                ("Blue Note | | | | 50.1 1.1", "Blue Note | | | | 51.1 1.1"),
            ],
        );
    }

    #[test]
    fn a_person_should_look() {
        check(
            "suspect",
            &[
                ("Town Hall", "Town Hall | | Milton"),
                ("Fleet Hall | 1 Dock Rd | Milton", "Fleet Hall Upstairs | 1 Dock Rd | Milton"),
                ("Fleet Theatre | 1 Dock Rd | Milton", "Fleet Arena | 1 Dock Rd | Milton"),
                ("Blue Note | 12 High St | Milton", "Blue Note | 99 Mill Rd | Milton"),
                ("Tavern | | Milton", "Cavern | | Milton"),
                ("Studio | 1 Dock Rd | Milton", "Studio 3 | 1 Dock Rd | Milton"),
            ],
        );
    }
}
