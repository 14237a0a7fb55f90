use std::collections::BTreeMap;

use jiff::civil::Date;
use model::When;

use super::assign::{Assignment, Candidate};
use super::similarity::{fold, similarity};
use super::{Found, FoundPerformance, SAME_ARTIST, venue_likeness};
use crate::web::Web;
use crate::world::World;

/// Pairs at the same venue on the same date whose bills or titles meet.
pub(super) fn candidates(world: &World, found: &Found, venues: &Assignment) -> Vec<Candidate> {
    let mut by_date: BTreeMap<Date, Vec<usize>> = BTreeMap::new();
    for (truth, show) in world.performances.iter().enumerate() {
        by_date.entry(show.start.date).or_default().push(truth);
    }
    let names: Vec<String> = world.artists.iter().map(|artist| fold(&artist.name)).collect();
    let mut candidates = Vec::new();
    for (index, performance) in found.performances.iter().enumerate() {
        let Some(start) = start(performance) else { continue };
        let bill: Vec<String> = performance.artists.iter().map(|name| fold(name)).collect();
        let title = performance.title.as_deref().map(fold).unwrap_or_default();
        for truth in by_date.get(&start.date).into_iter().flatten() {
            let show = &world.performances[*truth];
            if !same_venue(world, found, venues, performance, show.venue) {
                continue;
            }
            let expected: Vec<&str> = show.artists.iter().map(|artist| names[*artist].as_str()).collect();
            let meet = meeting(&expected, &bill, &title, &fold(&world.title(show)));
            if meet > 0.0 {
                let timely = if start.time == show.start.time { 0.5 } else { 0.0 };
                candidates.push(Candidate { score: meet + timely, found: index, truth: *truth });
            }
        }
    }
    candidates
}

pub(super) fn start(performance: &FoundPerformance) -> Option<When> {
    performance.start.as_deref()?.parse().ok()
}

/// A found venue that lost its truth to a better one still stands for it here: that fault is counted with the venues.
fn same_venue(world: &World, found: &Found, venues: &Assignment, performance: &FoundPerformance, truth: usize) -> bool {
    if let Some(venue) = performance.venue {
        let matched = venues.truth_of.get(&venue).or_else(|| venues.nearest.get(&venue));
        return venue < found.venues.len() && matched == Some(&truth);
    }
    let Some(name) = &performance.venue_name else { return false };
    let city = performance.venue_city.as_deref().map(fold);
    venue_likeness(world, truth, &fold(name), city.as_deref()).is_some()
}

/// The share of acts in common, 1 at most; a title that names the night or the headliner counts 0.1.
fn meeting(expected: &[&str], bill: &[String], title: &str, night: &str) -> f64 {
    let common =
        expected.iter().filter(|name| bill.iter().any(|other| similarity(name, other, SAME_ARTIST) > 0.0)).count();
    if common > 0 {
        return common as f64 / expected.len().max(bill.len()) as f64;
    }
    let padded = format!(" {title} ");
    let named = |name: &str| !name.is_empty() && padded.contains(&format!(" {name} "));
    let titled = !title.is_empty() && (similarity(title, night, 0.85) > 0.0 || named(night));
    if titled || expected.first().is_some_and(|headliner| named(headliner)) { 0.1 } else { 0.0 }
}

pub(super) fn truth_name(world: &World, web: &Web, show: usize) -> String {
    let performance = &world.performances[show];
    let bill: Vec<&str> = world.bill(performance).collect();
    let publishers: Vec<&str> = web.publishers(show).collect();
    let venue = &world.venues[performance.venue].name;
    let city = &world.city_of(performance.venue).name;
    format!("{} {venue}, {city}: {} [{}]", performance.start, bill.join(" + "), publishers.join(" "))
}

pub(super) fn found_name(found: &Found, index: usize) -> String {
    let performance = &found.performances[index];
    let venue = performance.venue.and_then(|venue| found.venues.get(venue)).map(|venue| venue.name.as_str());
    let venue = venue.or(performance.venue_name.as_deref()).unwrap_or("?");
    let bill = performance.artists.join(" + ");
    let title = performance.title.as_deref().unwrap_or("?");
    format!("{} {venue}: {bill} ({title})", performance.start.as_deref().unwrap_or("?"))
}
