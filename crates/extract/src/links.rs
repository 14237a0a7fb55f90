use std::collections::HashSet;

use scraper::ElementRef;
use serde_json::Value;

use model::Record;

use crate::page::{Page, text_of};
use crate::{Link, LinkRel};

/// The most links of one page.
const LINKS_MAX: usize = 1_000;

/// The addresses on a page that are worth a visit. The next page is worth one only where this page has events:
/// calendars run on empty for years.
pub(crate) fn links(page: &Page<'_>, records: &[Record], json: Option<&Value>) -> Vec<Link> {
    let mut found = Found { page, links: Vec::new(), seen: HashSet::new(), own: page.absolute(page.input.url) };
    let events = records.iter().filter_map(|record| match record {
        Record::Event(event) => Some(event),
        _ => None,
    });
    let mut any = false;
    for event in events {
        any = true;
        if let Some(url) = &event.url {
            found.add_absolute(url.value.clone(), LinkRel::Event);
        }
    }
    if let Some(root) = page.root() {
        for element in root.descendent_elements() {
            match element.value().name() {
                "a" | "area" => found.anchor(element, any),
                "link" => found.head_link(element, any),
                _ => {}
            }
        }
    }
    if let (Some(json), true) = (json, any) {
        for path in [
            "/next",
            "/links/next",
            "/links/next/href",
            "/_links/next/href",
            "/meta/next",
            "/paging/next",
            "/next_url",
            "/pagination/next",
        ] {
            if let Some(href) = json.pointer(path).and_then(Value::as_str) {
                found.add(href, LinkRel::Next);
            }
        }
    }
    found.links
}

struct Found<'p, 'a> {
    page: &'p Page<'a>,
    links: Vec<Link>,
    seen: HashSet<String>,
    own: Option<String>,
}

impl Found<'_, '_> {
    fn add(&mut self, href: &str, rel: LinkRel) {
        if let Some(url) = self.page.absolute(href) {
            self.add_absolute(url, rel);
        }
    }

    fn add_absolute(&mut self, url: String, rel: LinkRel) {
        if self.links.len() < LINKS_MAX && self.own.as_ref() != Some(&url) && self.seen.insert(url.clone()) {
            self.links.push(Link { url, rel });
        }
    }

    fn head_link(&mut self, element: ElementRef<'_>, any: bool) {
        let (Some(href), Some(rel)) = (element.attr("href"), element.attr("rel")) else { return };
        let rel = rel.to_ascii_lowercase();
        let kind = element.attr("type").unwrap_or_default();
        if rel.split_whitespace().any(|r| r == "next") && any {
            self.add(href, LinkRel::Next);
        } else if rel.contains("alternate")
            && (kind.contains("rss") || kind.contains("atom"))
            && !href.contains("comments")
        {
            self.add(href, LinkRel::Feed);
        } else if rel.contains("alternate") && kind.contains("calendar") {
            self.add(href, LinkRel::Calendar);
        }
    }

    fn anchor(&mut self, element: ElementRef<'_>, any: bool) {
        let Some(href) = element.attr("href") else { return };
        if let Some(rest) = href.strip_prefix("webcal://") {
            return self.add(&format!("https://{rest}"), LinkRel::Calendar);
        }
        let Some(url) = self.page.absolute(href) else { return };
        let Some(path) = self.own_path(&url) else { return };
        if is_calendar(&url) {
            self.add_absolute(url, LinkRel::Calendar);
        } else if any && is_next(element) {
            self.add_absolute(url, LinkRel::Next);
        } else if let Some(rel) = rel_of(&path) {
            self.add_absolute(url, rel);
        } else if is_section(element, &path) {
            self.add_absolute(url, LinkRel::Section);
        }
    }

    /// The path of an address on the page's own site.
    fn own_path(&self, url: &str) -> Option<String> {
        let url = url::Url::parse(url).ok()?;
        let host = url.host_str()?;
        (host.strip_prefix("www.").unwrap_or(host) == self.page.host()).then(|| url.path().to_ascii_lowercase())
    }
}

/// Whether an anchor may lead to another page of the site that speaks of events: not where the publisher asks not to be
/// followed, and not to files, accounts and legal pages.
fn is_section(element: ElementRef<'_>, path: &str) -> bool {
    const FILES: [&str; 20] = [
        ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".pdf", ".zip", ".mp3", ".mp4", ".css", ".js", ".woff2",
        ".doc", ".docx", ".xls", ".xlsx", ".avi", ".mov", ".exe",
    ];
    const ASIDE: [&str; 24] = [
        "login",
        "signin",
        "sign-in",
        "signup",
        "register",
        "account",
        "cart",
        "basket",
        "checkout",
        "privacy",
        "terms",
        "cookies",
        "impressum",
        "datenschutz",
        "legal",
        "jobs",
        "careers",
        "press",
        "wp-admin",
        "wp-login",
        "search",
        "feedback",
        "shop",
        "merch",
    ];
    let followed = !element.attr("rel").is_some_and(|rel| rel.to_ascii_lowercase().contains("nofollow"));
    let file = FILES.iter().any(|ending| path.ends_with(ending));
    followed && !file && !path.split(['/', '.']).any(|part| ASIDE.contains(&part))
}

fn is_calendar(url: &str) -> bool {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    path.ends_with(".ics")
        || path.ends_with("/ical")
        || path.ends_with("/ical/")
        || query.contains("ical=1")
        || query.contains("format=ical")
}

/// Whether an anchor leads to the next page of the list: it says so in `rel`, its text or its label.
fn is_next(element: ElementRef<'_>) -> bool {
    const WORDS: [&str; 16] = [
        "next",
        "next page",
        "next events",
        "more events",
        "load more",
        "older",
        "›",
        "»",
        "→",
        ">",
        "weiter",
        "nächste",
        "nächste seite",
        "volgende",
        "suivant",
        "siguiente",
    ];
    let has = |name: &str, word: &str| {
        element
            .attr(name)
            .is_some_and(|v| v.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|w| w == word))
    };
    if has("rel", "next") {
        return true;
    }
    let text = text_of(element).to_lowercase();
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '»' | '›' | '→' | '>')).trim();
    if text.is_empty() {
        return has("class", "next") || has("aria-label", "next") || has("title", "next");
    }
    WORDS.contains(&text)
}

/// What a path of the site speaks of: a section's name, and one thing's name behind it.
fn rel_of(path: &str) -> Option<LinkRel> {
    const EVENTS: [&str; 21] = [
        "event",
        "events",
        "gig",
        "gigs",
        "show",
        "shows",
        "concert",
        "concerts",
        "performance",
        "performances",
        "whats-on",
        "whatson",
        "programme",
        "program",
        "agenda",
        "konzert",
        "konzerte",
        "veranstaltung",
        "veranstaltungen",
        "e",
        "listings",
    ];
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (last, before) = parts.split_last()?;
    let last = last.trim_end_matches(".html").trim_end_matches(".php");
    let names_one =
        last.len() > 3 && (last.contains(['-', '_']) || last.bytes().any(|b| b.is_ascii_digit()) || before.len() > 1);
    let paging = before.contains(&"page")
        || before.contains(&"category")
        || before.contains(&"tag")
        || before.contains(&"categories");
    if paging || matches!(last, "page" | "list" | "month" | "today" | "week" | "map") {
        return None;
    }
    let under = |names: &[&str]| before.iter().any(|part| names.contains(part));
    if under(&["venue", "venues", "locations"]) && last.len() > 2 {
        Some(LinkRel::Venue)
    } else if under(&["artist", "artists", "band", "bands", "performers"]) && last.len() > 1 {
        Some(LinkRel::Artist)
    } else if under(&EVENTS) && names_one {
        Some(LinkRel::Event)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::rel_of;
    use crate::LinkRel;

    #[test]
    fn paths_tell_what_they_lead_to() {
        for (path, expected) in [
            ("/events/the-lanterns-live", Some(LinkRel::Event)),
            ("/whats-on/2026/09/the-owls/", Some(LinkRel::Event)),
            ("/venues/blue-hall", Some(LinkRel::Venue)),
            ("/artist/owls", Some(LinkRel::Artist)),
            ("/events/", None),
            ("/events/page/2", None),
            ("/about-us", None),
            ("/events/category/live-music", None),
        ] {
            assert_eq!(rel_of(path), expected, "{path}");
        }
    }
}
