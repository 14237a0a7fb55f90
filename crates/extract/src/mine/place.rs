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
    let parts = head.title_parts();
    let titled = parts.iter().rev().find_map(|part| borne(part, &hosts));
    match (&head.site_name, titled, &head.title) {
        (Some((name, element)), _, _) if borne(name, &hosts) == Some(name.as_str()) => {
            Some((stated(name.clone(), *element, name), true))
        }
        (_, Some(part), Some((_, element))) => Some((stated(part.to_owned(), *element, part), true)),
        (Some((name, element)), None, _) => Some((stated(name.clone(), *element, name), false)),
        (None, None, Some((_, element))) => {
            let last = parts.last().filter(|_| parts.len() > 1)?;
            Some((stated((*last).to_owned(), *element, last), false))
        }
        _ => None,
    }
}

/// The first words of a name as far as a host bears them: "Blue Hall Bar & Kitchen" at bluehall.test is "Blue Hall".
fn borne<'n>(name: &'n str, hosts: &[String]) -> Option<&'n str> {
    let ends = name.char_indices().filter(|(_, letter)| letter.is_whitespace() || *letter == ',').map(|(at, _)| at);
    let mut ends: Vec<usize> = ends.chain([name.len()]).collect();
    ends.reverse();
    ends.into_iter().map(|end| name[..end].trim_end_matches([',', ' ', '&', '+'])).find(|name| {
        let squeezed = squeeze(name);
        let short = squeezed.strip_prefix("the").filter(|short| short.len() > 3).unwrap_or(&squeezed);
        short.len() > 3 && hosts.iter().any(|host| host.contains(short))
    })
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
    // What stands in an item is the item's.
    let mut taken = vec![false; outline.pieces.len()];
    for item in items.iter().filter(|item| item.whole) {
        taken[item.from..item.to].fill(true);
    }
    for (at, element) in outline.elements.iter().enumerate() {
        if element.to == element.from || taken[element.from] {
            continue;
        }
        let foot = || outline.chain(at).any(|at| matches!(outline.name(at), "footer" | "address"));
        for text in texts(outline, at).iter().filter(|text| text.bytes().any(|byte| byte.is_ascii_digit())) {
            let Some(place) = take_apart(text, at) else { continue };
            let score =
                4 + 2 * u32::from(foot()) + u32::from(place.city.is_some()) + u32::from(place.country.is_some());
            if best.as_ref().is_none_or(|(before, _)| score > *before) {
                best = Some((score, place));
            }
        }
    }
    best.map(|(_, place)| place)
}

/// The texts of an element that may be an address: all of it when it is short, or else the texts it holds itself.
fn texts(outline: &Outline<'_>, at: usize) -> Vec<String> {
    let element = &outline.elements[at];
    let pieces = &outline.pieces[element.from..element.to];
    if pieces.len() <= 8 && (12..=200).contains(&element.bytes) {
        return vec![pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join("\n")];
    }
    if pieces.len() > 40 {
        return Vec::new();
    }
    let own = pieces.iter().filter(|piece| piece.owner == at && (12..=400).contains(&piece.text.len()));
    own.map(|piece| piece.text.clone()).collect()
}

/// The address in a text that may also hold telephone numbers and notices.
fn take_apart(text: &str, element: usize) -> Option<Postal> {
    const OTHER: [&str; 14] = [
        "tel",
        "call",
        "phone",
        "copyright",
        "email",
        "contact us",
        "contact",
        "web design",
        "vat",
        "company",
        "open",
        "t:",
        "telephone",
        "fax",
    ];
    let other = |line: &str| {
        let lower = line.to_lowercase();
        line.contains(['@', '©'])
            || OTHER.iter().any(|word| lower.starts_with(word))
            || line.bytes().filter(u8::is_ascii_digit).count() > 6 && !line.contains(char::is_alphabetic)
            || line.split(|letter: char| !letter.is_ascii_digit()).any(|number| number.len() > 5)
    };
    let lines: Vec<&str> =
        text.split(['\n', '|', '•']).map(str::trim).filter(|line| !line.is_empty() && !other(line)).collect();
    let window = windows(&lines)?;
    let found = address::split(&window, true);
    let (street, code) = (found.street?, found.postal_code?);
    let plausible = street.len() <= 60
        && !street.contains([':', '\n'])
        && street.bytes().any(|byte| byte.is_ascii_digit())
        && street.chars().any(char::is_alphabetic)
        && code.len() <= 12;
    let own = |part: Option<&str>| {
        part.filter(|part| !part.contains('\n') && part.len() < 60 && !part.contains(':')).map(str::to_owned)
    };
    plausible.then(|| Postal {
        element,
        street: own(Some(street)),
        city: own(found.city),
        region: own(found.region),
        postal_code: own(Some(code)),
        country: own(found.country),
    })
}

/// The fewest lines in a row that hold street and postal code, and the country behind them.
fn windows(lines: &[&str]) -> Option<String> {
    let holds = |text: &str| {
        let found = address::split(text, true);
        found.street.is_some() && found.postal_code.is_some()
    };
    for length in 1..=lines.len().min(5) {
        for (at, window) in lines.windows(length).enumerate().take(12) {
            let text = window.join("\n");
            if holds(&text) {
                let longer = lines.get(at + length).map(|line| format!("{text}\n{line}"));
                let country = longer.filter(|text| address::split(text, true).country.is_some());
                return Some(country.unwrap_or(text));
            }
        }
    }
    None
}
