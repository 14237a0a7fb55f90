//! An act's own dates: each row says when and where, and who plays besides.

use model::{ArtistClaims, EventClaims, Stated, VenueClaims};

use super::fields::{self, Candidate};
use super::groups::Item;
use super::hints;
use super::hits::Hit;
use super::outline::Outline;
use crate::page::{css_path, stated};
use crate::text::{lineup, status};

/// Whether a page with a subject lists the subject's dates, by one of its headings.
pub(super) fn is_tour(outline: &Outline<'_>) -> bool {
    const WORDS: [&str; 6] = ["tour dates", "tour", "live dates", "on tour", "tourdaten", "tourtermine"];
    (0..outline.elements.len()).filter(|at| matches!(outline.name(*at), "h1" | "h2" | "h3")).any(|at| {
        let element = &outline.elements[at];
        element.bytes < 40 && WORDS.contains(&outline.text(element.from, element.to).to_lowercase().as_str())
    })
}

/// Makes the subject the event's title and reads the row's texts as its place and its other acts. Leaves the event as it
/// is where the row shows no place.
pub(super) fn retitle(
    event: &mut EventClaims,
    outline: &Outline<'_>,
    hits: &[Hit],
    item: &Item,
    found: &[Candidate<'_>],
    subject: &Stated<String>,
) {
    let mut parts: Vec<(String, usize)> = Vec::new();
    let mut others: Vec<(String, usize)> = Vec::new();
    let mut place = None;
    for at in item.from..item.to {
        let owner = outline.pieces[at].owner;
        for line in fields::residue(outline, hits, at).lines() {
            let line = line.trim_matches(|letter: char| letter.is_whitespace() || ",–-[]()|".contains(letter));
            let (line, with) = line.split_once(" with ").map_or((line, None), |(line, with)| (line, Some(with)));
            others.extend(with.map(|with| (with.trim_end_matches([',', ' ']).to_owned(), owner)));
            if line.is_empty() || hints::is_label(line) || status::find(line).is_some() {
                continue;
            }
            let from = parts.len();
            parts.extend(line.split(", ").filter(|part| part.chars().count() > 1).map(|part| (part.to_owned(), owner)));
            if with.is_some() && from < parts.len() {
                place = Some(from);
            }
        }
    }
    let code = parts.iter().position(|(part, _)| part.len() == 2 && part.chars().all(char::is_uppercase));
    let one_line = parts.first().is_some_and(|(_, owner)| parts.iter().all(|(_, other)| other == owner));
    let (venue, city) = match (code, parts.len()) {
        _ if parts.len() < 2 || parts.len() > 4 || found.is_empty() => return,
        (Some(code), _) if code > 0 => ((0..parts.len()).find(|at| *at != code && *at != code - 1), code - 1),
        _ if one_line => (Some(0), 1),
        _ => (place.or(Some(1)), usize::from(place == Some(0))),
    };
    let Some(venue) = venue.filter(|venue| *venue != city) else { return };
    let element = |at: usize| outline.elements[at].element;
    let state = |(part, owner): &(String, usize)| stated(part.clone(), element(*owner), part);
    event.venue = Some(VenueClaims {
        name: Some(state(&parts[venue])),
        city: Some(state(&parts[city])),
        ..VenueClaims::default()
    });
    event.title = Some(subject.clone());
    event.artists = vec![ArtistClaims { name: Some(subject.clone()), ..ArtistClaims::default() }];
    for (line, owner) in &others {
        let names = lineup::split(line).into_iter();
        event.artists.extend(names.map(|name| ArtistClaims {
            name: Some(Stated::new(name.clone(), css_path(element(*owner)), &name)),
            ..ArtistClaims::default()
        }));
    }
}
