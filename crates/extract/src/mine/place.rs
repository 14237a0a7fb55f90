//! The page's own place: whose name the site bears and whose address the page states.

use model::VenueClaims;

use super::groups::Item;
use super::head::Head;
use super::outline::Outline;
use super::squeeze;
use crate::address;
use crate::page::{Page, stated};

/// The place whose page this is; `None` unless the page names it.
pub(super) fn find(outline: &Outline<'_>, head: &Head<'_>, page: &Page<'_>, items: &[Item]) -> Option<VenueClaims> {
    let address = postal(outline, items);
    let mut venue = VenueClaims::default();
    let (name, sure) = site_name(head, page)?;
    if !sure && address.is_none() {
        return None;
    }
    venue.name = Some(name);
    if let Some(found) = address {
        let element = outline.elements[found.element].element;
        let state = |part: &Option<String>| part.as_ref().map(|part| stated(part.clone(), element, part));
        venue.street = state(&found.street);
        venue.city = state(&found.city);
        venue.region = state(&found.region);
        venue.postal_code = state(&found.postal_code);
        venue.country = state(&found.country);
    }
    Some(venue)
}

/// The site's name, and whether its address on the web bears it too.
fn site_name(head: &Head<'_>, page: &Page<'_>) -> Option<(model::Stated<String>, bool)> {
    let hosts: Vec<String> = head
        .addresses
        .iter()
        .filter_map(|address| Some(squeeze(url::Url::parse(address).ok()?.host_str()?.trim_start_matches("www."))))
        .chain([squeeze(page.host())])
        .collect();
    let bears = |name: &str| {
        let squeezed = squeeze(name);
        let short = squeezed.strip_prefix("the").filter(|short| short.len() > 3).unwrap_or(&squeezed);
        short.len() > 3 && hosts.iter().any(|host| host.contains(short))
    };
    let parts = head.title_parts();
    let from_title = parts.iter().rev().find(|part| bears(part));
    match (&head.site_name, from_title, &head.title) {
        (Some((name, element)), _, _) if bears(name) => Some((stated(name.clone(), *element, name), true)),
        (_, Some(part), Some((_, element))) => Some((stated((*part).to_owned(), *element, part), true)),
        (Some((name, element)), None, _) => Some((stated(name.clone(), *element, name), false)),
        (None, None, Some((_, element))) => {
            let last = parts.last().filter(|_| parts.len() > 1)?;
            Some((stated((*last).to_owned(), *element, last), false))
        }
        _ => None,
    }
}

struct Postal {
    element: usize,
    street: Option<String>,
    city: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
}

/// The one street address that the page states outside its list; of several, that of the foot.
fn postal(outline: &Outline<'_>, items: &[Item]) -> Option<Postal> {
    let mut best: Option<(u32, Postal)> = None;
    let mut beside = 0;
    for at in 0..outline.elements.len() {
        let element = &outline.elements[at];
        let pieces = element.to - element.from;
        if pieces == 0 || pieces > 8 || !(12..=200).contains(&element.bytes) {
            continue;
        }
        while items.get(beside).is_some_and(|item| item.to <= element.from) {
            beside += 1;
        }
        if items.get(beside).is_some_and(|item| item.from <= element.from) {
            continue;
        }
        let digits = outline.pieces[element.from..element.to]
            .iter()
            .any(|piece| piece.text.bytes().any(|byte| byte.is_ascii_digit()));
        if !digits {
            continue;
        }
        let text = outline.pieces[element.from..element.to]
            .iter()
            .map(|piece| piece.text.as_str())
            .collect::<Vec<_>>()
            .join("\n");
        let found = address::split(&text, true);
        let (Some(street), Some(code)) = (found.street, found.postal_code) else { continue };
        let numbers = street.split(|letter: char| !letter.is_ascii_digit()).any(|number| number.len() > 5);
        if street.len() > 60
            || numbers
            || street.contains([':', '@', '©'])
            || !street.chars().any(char::is_alphabetic)
            || !street.bytes().any(|byte| byte.is_ascii_digit())
            || code.len() > 12
        {
            continue;
        }
        let own = |part: Option<&str>| part.filter(|part| !part.contains('\n') && part.len() < 60).map(str::to_owned);
        let foot = outline.chain(at).any(|at| outline.name(at) == "footer" || outline.name(at) == "address");
        let score = 4 + 2 * u32::from(foot) + u32::from(found.city.is_some()) - u32::from(pieces > 4);
        let place = Postal {
            element: at,
            street: own(Some(street)),
            city: own(found.city),
            region: own(found.region),
            postal_code: own(Some(code)),
            country: own(found.country),
        };
        if best.as_ref().is_none_or(|(before, _)| score > *before) {
            best = Some((score, place));
        }
    }
    best.map(|(_, place)| place)
}
