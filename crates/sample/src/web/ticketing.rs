//! Ticketgull: a paginated listing, a page with JSON-LD for every event and venue, and drafts that robots may not read.

use super::event_ld::{event, picture, place};
use super::markup::{document, escape, escape_twice, json_script, pager, slug};
use super::{Page, View, say};
use crate::world::Language;

const VENUES_A_PAGE: usize = 30;

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/" {
        return Some(home(view));
    }
    if let Some(number) = path.strip_prefix("/events?page=") {
        return listing(view, number.parse().ok()?);
    }
    if let Some(number) = path.strip_prefix("/venues?page=") {
        return venues(view, number.parse().ok()?);
    }
    if let Some(name) = path.strip_prefix("/event/") {
        return Some(detail(view, view.show_named(name)?, path));
    }
    if let Some(name) = path.strip_prefix("/venue/") {
        let venue: usize = name.rsplit('-').next()?.parse().ok()?;
        return (venue < view.web.world.venues.len() && venue_path(view, venue) == path).then(|| about(view, venue));
    }
    (path == "/drafts/").then(|| drafts(view))
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    let venues = 0..view.web.world.venues.len();
    Box::new(
        std::iter::once("/".to_owned())
            .chain((1..=view.page_count()).map(|page| format!("/events?page={page}")))
            .chain((1..=venues.len().div_ceil(VENUES_A_PAGE)).map(|page| format!("/venues?page={page}")))
            .chain(view.shows().iter().map(move |show| format!("/event/{}", view.show_name(*show))))
            .chain(venues.map(move |venue| venue_path(&view, venue))),
    )
}

fn venue_path(view: &View<'_>, venue: usize) -> String {
    format!("/venue/{}-{venue}", slug(&view.web.world.venues[venue].name))
}

fn home(view: &View<'_>) -> Page {
    let body = "<h1>Ticketgull</h1><p>Tickets for every stage on the coast.</p>\n\
         <nav><a href=\"/events?page=1\">All events</a> <a href=\"/venues?page=1\">Venues</a> \
         <a href=\"/drafts/\" rel=\"nofollow\">Drafts</a></nav>\n\
         <footer>&copy; 2026 Ticketgull Ltd. Fees from 1 January 2027 apply.</footer>\n\
         <img src=\"/img/px.png\" width=\"1\" height=\"1\" alt=\"\">";
    Page::html(document("en", &view.site.name, "", body))
}

fn listing(view: &View<'_>, page: usize) -> Option<Page> {
    let mut body = format!("<h1>Events, page {page}</h1>\n<ul class=\"cards\">\n");
    for index in view.page_shows(page)? {
        let shown = view.shown(*index);
        body += &format!(
            "<li class=\"card\"><a href=\"/event/{}\"><h3>{}</h3></a><time>{} {}</time> <span>{}, {}</span></li>\n",
            view.show_name(*index),
            escape(&shown.marked(&shown.title())),
            say::long_date(Language::English, shown.start.date),
            shown.start.date.year(),
            escape(&shown.place.name),
            escape(&shown.city.name),
        );
    }
    body += "</ul>\n";
    body += &pager(page, view.page_count(), |page| format!("/events?page={page}"));
    Some(Page::html(document("en", &format!("Events – page {page} – Ticketgull"), "", &body)))
}

fn detail(view: &View<'_>, index: u32, path: &str) -> Page {
    let shown = view.shown(index);
    let title = shown.title();
    let image = view.link(&picture(&shown));
    let mut head = format!(
        "<meta property=\"og:title\" content=\"{}\">\n<meta property=\"og:image\" content=\"{image}\">\n\
         <link rel=\"canonical\" href=\"{}\">\n",
        escape(&title),
        view.link(path)
    );
    head += &json_script("type=\"application/ld+json\"", &event(view, &shown, &title, path));
    let mut body = format!(
        "<nav><a href=\"/\">Ticketgull</a> <a href=\"{}\">{}</a></nav>\n<h1>{}</h1>\n<p class=\"when\">{} {}{}</p>\n",
        venue_path(view, shown.place.venue),
        escape(&shown.place.name),
        if shown.style.is_multiple_of(5) { escape_twice(&shown.marked(&title)) } else { escape(&shown.marked(&title)) },
        say::long_date(Language::English, shown.start.date),
        shown.start.date.year(),
        shown.start.time.map_or(String::new(), |time| format!(", {}", say::clock12(time))),
    );
    if shown.names.len() > 1 {
        body += &format!("<p>Support: {}</p>\n", escape(&shown.names[1..].join(", ")));
    }
    body += &format!(
        "<p class=\"price\">{}</p>\n",
        shown.price_text().unwrap_or_else(|| "Price to be announced".to_owned())
    );
    body += &format!("<img src=\"{image}\" alt=\"{}\">\n", escape(&shown.names[0]));
    body += "<p><small>Booking fees may apply. On sale since 1 October 2026.</small></p>";
    Page::html(document("en", &format!("{title} | Ticketgull"), &head, &body))
}

fn venues(view: &View<'_>, page: usize) -> Option<Page> {
    let all = &view.web.world.venues;
    let pages = all.len().div_ceil(VENUES_A_PAGE);
    let first = page.checked_sub(1).filter(|page| *page < pages)? * VENUES_A_PAGE;
    let mut body = String::from("<h1>Venues</h1>\n<ul>\n");
    for venue in first..(first + VENUES_A_PAGE).min(all.len()) {
        let place = view.place(venue);
        let city = &view.web.world.city_of(venue).name;
        let (name, city) = (escape(&place.name), escape(city));
        body += &format!("<li><a href=\"{}\">{name}</a>, {city}</li>\n", venue_path(view, venue));
    }
    body += "</ul>\n";
    body += &pager(page, pages, |page| format!("/venues?page={page}"));
    Some(Page::html(document("en", "Venues – Ticketgull", "", &body)))
}

fn about(view: &View<'_>, venue: usize) -> Page {
    let told = view.place(venue);
    let city = view.web.world.city_of(venue);
    let mut data = place(view, &told);
    data["@context"] = "https://schema.org".into();
    data["url"] = view.link(&venue_path(view, venue)).into();
    data["image"] = view.link(&format!("/img/venue-{venue}.png")).into();
    let head = json_script("type=\"application/ld+json\"", &data);
    let body = format!(
        "<h1>{}</h1>\n<address>{}, {} {}, {}</address>\n<p>Box office: {}</p>\n<img src=\"/img/venue-{venue}.png\" alt=\"\">\n",
        escape(&told.name),
        escape(&told.street),
        escape(&city.name),
        told.postal_code.as_deref().unwrap_or_default(),
        city.country_name(),
        told.phone,
    );
    Page::html(document("en", &format!("{} | Ticketgull", told.name), &head, &body))
}

/// Shows that never took shape: whoever reads them has read what robots.txt forbids.
fn drafts(view: &View<'_>) -> Page {
    let mut body = String::from("<h1>Drafts</h1>\n");
    for turn in 0..12_u64 {
        let artists = &view.web.world.artists;
        let name = &artists[view.web.dice.below(artists.len(), "draft", &[turn])].name;
        let data = serde_json::json!({
            "@context": "https://schema.org",
            "@type": "MusicEvent",
            "name": format!("{name} (draft)"),
            "startDate": format!("2027-02-{:02}T20:00+00:00", turn + 2),
            "location": { "@type": "MusicVenue", "name": "To Be Decided Arena", "address": "Port Aldra" },
        });
        body += &json_script("type=\"application/ld+json\"", &data);
    }
    Page::html(document("en", "Drafts – Ticketgull", "", &body))
}
