//! The addresses of an item: where it is told at length, where it is sold, its picture.

use model::EventClaims;

use super::groups::{Item, inside};
use super::hints;
use super::outline::Outline;
use super::title::Chosen;
use crate::page::{Page, stated, text_of};

/// Sets `url`, `ticket_url` and `image`.
pub(super) fn read(page: &Page<'_>, outline: &Outline<'_>, item: &Item, chosen: &Chosen, event: &mut EventClaims) {
    let anchors: Vec<usize> = anchors(outline, item, chosen.index);
    let mut own: Option<usize> = None;
    for at in &anchors {
        let element = &outline.elements[*at];
        let Some(href) = element.element.attr("href") else { continue };
        let Some(url) = page.absolute(href) else { continue };
        let words = if element.bytes < 200 { text_of(element.element) } else { String::new() };
        let words =
            if words.is_empty() { element.element.attr("aria-label").unwrap_or_default().to_owned() } else { words };
        let shop = hints::sells(&words) || hints::sells(element.element.attr("title").unwrap_or_default());
        let same_host = host_of(&url) == page.host();
        if shop && !is_social(&url) && event.ticket_url.is_none() {
            event.ticket_url = Some(stated(url.clone(), element.element, href));
        }
        let holds_title = element.from <= chosen.from && element.to >= chosen.to && chosen.to > chosen.from;
        if is_social(&url) || shop && !same_host && !holds_title {
            continue;
        }
        let better = match own {
            None => true,
            Some(_) => {
                holds_title
                    && !own.is_some_and(|own| {
                        outline.elements[own].from <= chosen.from && outline.elements[own].to >= chosen.to
                    })
            }
        };
        if better && (same_host || holds_title) && !is_page_itself(page, &url) {
            own = Some(*at);
            event.url = Some(stated(url, element.element, href));
        }
    }
    if let (Some(url), None) = (&event.url, &event.ticket_url)
        && host_of(&url.value) != page.host()
        && is_shop(&url.value)
    {
        event.ticket_url = Some(url.clone());
    }
    event.key = event.url.as_ref().map(|url| url.value.clone());
    event.image = image(page, outline, item);
}

/// The links in the item, and the one around it.
fn anchors(outline: &Outline<'_>, item: &Item, title: usize) -> Vec<usize> {
    let mut anchors: Vec<usize> = inside(outline, item).filter(|at| outline.name(*at) == "a").collect();
    let around = outline.chain(title).take(6).find(|at| outline.name(*at) == "a");
    if let Some(around) = around.filter(|around| !anchors.contains(around) && outline.elements[*around].bytes < 2000) {
        anchors.insert(0, around);
    }
    anchors
}

fn is_page_itself(page: &Page<'_>, url: &str) -> bool {
    model::normalise_url(page.input.url).is_some_and(|own| own == url)
        || url.matches('/').count() <= 3 && url.ends_with('/')
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', ':']).next().unwrap_or(rest);
    host.strip_prefix("www.").unwrap_or(host)
}

/// Where people talk, listen and share.
pub(super) fn is_social(url: &str) -> bool {
    const HOSTS: [&str; 20] = [
        "facebook.com",
        "twitter.com",
        "x.com",
        "instagram.com",
        "youtube.com",
        "youtu.be",
        "spotify.com",
        "soundcloud.com",
        "tiktok.com",
        "whatsapp.com",
        "pinterest.com",
        "linkedin.com",
        "google.com",
        "apple.com",
        "bandcamp.com",
        "reddit.com",
        "t.me",
        "wa.me",
        "goo.gl",
        "bsky.app",
    ];
    let host = host_of(url);
    HOSTS.iter().any(|social| host == *social || host.strip_suffix(social).is_some_and(|before| before.ends_with('.')))
}

/// Where tickets are sold, by the words of the address.
pub(crate) fn is_shop(url: &str) -> bool {
    const WORDS: [&str; 12] = [
        "ticket",
        "dice.fm",
        "eventbrite",
        "billet",
        "tix",
        "wegottickets",
        "seetickets",
        "skiddle",
        "axs.com",
        "booking",
        "gigantic",
        "entradas",
    ];
    WORDS.iter().any(|word| url.contains(word))
}

fn image(page: &Page<'_>, outline: &Outline<'_>, item: &Item) -> Option<model::Stated<String>> {
    for at in inside(outline, item) {
        let element = outline.elements[at].element;
        if outline.name(at) == "img" {
            for name in ["data-src", "data-image", "data-lazy-src", "src"] {
                if let Some(source) = element.attr(name).filter(|source| !source.starts_with("data:"))
                    && let Some(url) = page.absolute(source)
                {
                    return Some(stated(url, element, source));
                }
            }
        }
        if let Some(style) = element.attr("style")
            && let Some(source) = background(style)
            && let Some(url) = page.absolute(source)
        {
            return Some(stated(url, element, source));
        }
    }
    None
}

fn background(style: &str) -> Option<&str> {
    let rest = &style[style.find("background")?..];
    let rest = &rest[rest.find("url(")? + 4..];
    let source = rest[..rest.find(')')?].trim().trim_matches(['\'', '"']);
    (!source.is_empty() && !source.starts_with("data:")).then_some(source)
}
