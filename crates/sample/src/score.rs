use model::{EntityKind, EventStatus};
use serde::{Deserialize, Serialize};

use crate::score::assign::{Assignment, Candidate, assign};
pub use crate::score::report::{Counts, FieldAccuracy, Report};
use crate::score::similarity::{fold, similarity};
use crate::web::Web;
use crate::world::World;

mod assign;
mod fields;
mod performances;
mod report;
mod similarity;

/// What somebody made of the web.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    pub venues: Vec<FoundVenue>,
    pub artists: Vec<FoundArtist>,
    pub performances: Vec<FoundPerformance>,
    pub festivals: Vec<FoundFestival>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundVenue {
    pub name: String,
    pub street: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundArtist {
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundPerformance {
    /// Position in [`Found::venues`]; or the next two.
    pub venue: Option<usize>,
    pub venue_name: Option<String>,
    pub venue_city: Option<String>,
    /// As [`model::When`] writes it; an offset is ignored.
    pub start: Option<String>,
    /// Names in billing order.
    pub artists: Vec<String>,
    pub title: Option<String>,
    pub status: Option<EventStatus>,
    /// Major units.
    pub price_min: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundFestival {
    pub name: String,
    pub start: Option<String>,
}

/// Names less alike than this are two names.
const SAME_ARTIST: f64 = 0.88;
const SAME_VENUE: f64 = 0.8;
const SAME_FESTIVAL: f64 = 0.85;

/// Compares `found` with the truth. A found thing matches one truth at most, and a truth one found thing: the second
/// that was found for it is a duplicate and wrong. Recall counts the truths that the web publishes.
pub fn score(world: &World, web: &Web, found: &Found) -> Report {
    let venues = assign(venue_candidates(world, found));
    let artists = assign(artist_candidates(world, found));
    let performances = assign(performances::candidates(world, found, &venues));
    let festivals = assign(festival_candidates(world, found));
    let on_show = |show: usize| web.publishers(show).next().is_some();
    let published: Vec<usize> = (0..world.performances.len()).filter(|show| on_show(*show)).collect();
    let mut billed = vec![false; world.artists.len()];
    for artist in published.iter().flat_map(|show| &world.performances[*show].artists) {
        billed[*artist] = true;
    }
    let billed: Vec<usize> = (0..billed.len()).filter(|artist| billed[*artist]).collect();
    let all_venues: Vec<usize> = (0..world.venues.len()).collect();
    let all_festivals: Vec<usize> = (0..world.festivals.len()).collect();
    let venue_name = |venue: usize| format!("{}, {}", world.venues[venue].name, world.city_of(venue).name);
    Report {
        kinds: vec![
            count(EntityKind::Venue, &venues, &all_venues, found.venues.len(), venue_name, |index| {
                let venue = &found.venues[index];
                format!("{}, {}", venue.name, venue.city.as_deref().unwrap_or("?"))
            }),
            count(
                EntityKind::Artist,
                &artists,
                &billed,
                found.artists.len(),
                |artist| world.artists[artist].name.clone(),
                |index| found.artists[index].name.clone(),
            ),
            count(
                EntityKind::Performance,
                &performances,
                &published,
                found.performances.len(),
                |show| performances::truth_name(world, web, show),
                |index| performances::found_name(found, index),
            ),
            count(
                EntityKind::Festival,
                &festivals,
                &all_festivals,
                found.festivals.len(),
                |festival| world.festivals[festival].name.clone(),
                |index| found.festivals[index].name.clone(),
            ),
        ],
        fields: fields::accuracies(world, found, [&venues, &artists, &performances, &festivals]),
    }
}

fn count(
    kind: EntityKind,
    assignment: &Assignment,
    published: &[usize],
    found: usize,
    truth_name: impl Fn(usize) -> String,
    found_name: impl Fn(usize) -> String,
) -> Counts {
    let mut taken: Vec<usize> = assignment.truth_of.values().copied().collect();
    taken.sort_unstable();
    let missed: Vec<usize> = published.iter().copied().filter(|truth| taken.binary_search(truth).is_err()).collect();
    let (doubles, extras): (Vec<usize>, Vec<usize>) = (0..found)
        .filter(|index| !assignment.truth_of.contains_key(index))
        .partition(|index| assignment.nearest.contains_key(index));
    Counts {
        kind,
        published: published.len(),
        found,
        matched: assignment.truth_of.len(),
        recalled: published.len() - missed.len(),
        duplicates: doubles.len(),
        missed_names: missed.into_iter().take(20).map(truth_name).collect(),
        extra_names: extras.into_iter().take(20).map(&found_name).collect(),
        duplicate_names: doubles.into_iter().take(20).map(&found_name).collect(),
    }
}

fn venue_candidates(world: &World, found: &Found) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (index, venue) in found.venues.iter().enumerate() {
        let (name, city) = (fold(&venue.name), venue.city.as_deref().map(fold));
        for truth in 0..world.venues.len() {
            if let Some(mut score) = venue_likeness(world, truth, &name, city.as_deref()) {
                let street = venue.street.as_deref().map(similarity::fold_street);
                if street == Some(similarity::fold_street(&world.venues[truth].street)) {
                    score += 0.1;
                }
                candidates.push(Candidate { score, found: index, truth });
            }
        }
    }
    candidates
}

/// How alike a folded name and town are to a venue; a former name counts a little less. `None` for another venue.
fn venue_likeness(world: &World, truth: usize, name: &str, city: Option<&str>) -> Option<f64> {
    let venue = &world.venues[truth];
    let near = match city {
        Some(city) if city == fold(&world.city_of(truth).name) => 1.0,
        Some(_) => return None,
        None => 0.5,
    };
    let old = venue.old_name.as_ref().is_some_and(|old| fold(old) == name);
    let alike = if old { SAME_VENUE } else { similarity(name, &fold(&venue.name), SAME_VENUE) };
    (alike >= SAME_VENUE).then_some(alike + near)
}

fn artist_candidates(world: &World, found: &Found) -> Vec<Candidate> {
    let names: Vec<String> = world.artists.iter().map(|artist| fold(&artist.name)).collect();
    let mut candidates = Vec::new();
    for (index, artist) in found.artists.iter().enumerate() {
        let name = fold(&artist.name);
        for (truth, other) in names.iter().enumerate() {
            let score = similarity(&name, other, SAME_ARTIST);
            if score >= SAME_ARTIST {
                candidates.push(Candidate { score, found: index, truth });
            }
        }
    }
    candidates
}

fn festival_candidates(world: &World, found: &Found) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (index, festival) in found.festivals.iter().enumerate() {
        let name = fold(&festival.name);
        for (truth, other) in world.festivals.iter().enumerate() {
            let score = similarity(&name, &fold(&other.name), SAME_FESTIVAL);
            if score >= SAME_FESTIVAL {
                candidates.push(Candidate { score, found: index, truth });
            }
        }
    }
    candidates
}

/// The truth in the shape of something found; it scores 1.
pub fn truth(world: &World) -> Found {
    Found {
        venues: world
            .venues
            .iter()
            .map(|venue| FoundVenue {
                name: venue.name.clone(),
                street: Some(venue.street.clone()),
                city: Some(world.cities[venue.city].name.clone()),
                postal_code: Some(venue.postal_code.clone()),
                lat: Some(venue.lat),
                lon: Some(venue.lon),
            })
            .collect(),
        artists: world.artists.iter().map(|artist| FoundArtist { name: artist.name.clone() }).collect(),
        performances: world
            .performances
            .iter()
            .map(|show| FoundPerformance {
                venue: Some(show.venue),
                start: Some(show.start.to_string()),
                artists: world.bill(show).map(str::to_owned).collect(),
                title: Some(world.title(show)),
                status: Some(show.status),
                price_min: show.price.map(|(low, _)| low),
                ..FoundPerformance::default()
            })
            .collect(),
        festivals: world
            .festivals
            .iter()
            .map(|festival| FoundFestival { name: festival.name.clone(), start: Some(festival.first.to_string()) })
            .collect(),
    }
}
