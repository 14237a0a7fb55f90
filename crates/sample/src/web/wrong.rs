//! All Gigs Now: listings by town and month, a page with JSON-LD for every event, sometimes wrong about time and place.

use jiff::civil::Date;

use super::event_ld::event;
use super::markup::{document, escape, escape_twice, json_script, slug};
use super::{Page, View, months, say};
use crate::world::Language;

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/" {
        return Some(home(view));
    }
    if let Some(name) = path.strip_prefix("/e/") {
        return Some(detail(view, view.show_named(name)?, path));
    }
    let (city, month) = listings(view).find(|(city, month)| listing_path(view, *city, *month) == path)?;
    Some(listing(view, city, month))
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    let pages: Vec<String> = listings(&view).map(|(city, month)| listing_path(&view, city, month)).collect();
    Box::new(
        std::iter::once("/".to_owned())
            .chain(pages)
            .chain(view.shows().iter().map(move |show| format!("/e/{}", view.show_name(*show)))),
    )
}

fn listings(view: &View<'_>) -> impl Iterator<Item = (usize, Date)> {
    let cities: Vec<usize> =
        view.web.world.cities.iter().enumerate().filter(|(_, city)| !city.outside).map(|(city, _)| city).collect();
    cities.into_iter().flat_map(|city| months().into_iter().map(move |month| (city, month)))
}

fn listing_path(view: &View<'_>, city: usize, month: Date) -> String {
    format!("/{}/gigs?month={}", slug(&view.web.world.cities[city].name), month.strftime("%Y-%m"))
}

fn home(view: &View<'_>) -> Page {
    let mut body = String::from("<h1>All Gigs Now</h1>\n<ul>\n");
    for (city, month) in listings(view) {
        let name = escape(&view.web.world.cities[city].name);
        body += &format!(
            "<li><a href=\"{}\">{name}, {}</a></li>\n",
            listing_path(view, city, month),
            month.strftime("%m/%Y")
        );
    }
    body += "</ul>";
    Page::html(document("en", "All Gigs Now", "", &body))
}

fn listing(view: &View<'_>, city: usize, month: Date) -> Page {
    let town = &view.web.world.cities[city].name;
    let title = format!("Gigs in {town}, {} {}", say::month(Language::English, month.month()), month.year());
    let mut body = format!("<h1>{}</h1>\n", escape(&title));
    for index in view.shows_where(|venue| view.web.world.venues[venue].city == city) {
        let shown = view.shown(index);
        if shown.start.date.first_of_month() == month {
            let name = view.show_name(index);
            let text = escape_twice(&shown.marked(&shown.title()));
            body += &format!(
                "<p><a href=\"/e/{name}\">{text}</a> <small>{}</small></p>\n",
                shown.start.date.strftime("%d/%m/%Y")
            );
        }
    }
    Page::html(document("en", &title, "", &body))
}

fn detail(view: &View<'_>, index: u32, path: &str) -> Page {
    let shown = view.shown(index);
    let title = shown.title();
    let mut data = event(view, &shown, &title, path);
    // It sells nothing, and its default end is an hour after the start of an epoch.
    if let Some(object) = data.as_object_mut() {
        if shown.status != model::EventStatus::SoldOut {
            object.remove("offers");
        }
        object.insert("endDate".to_owned(), "1970-01-01T01:00:00+00:00".into());
        if index.is_multiple_of(97) {
            object.insert("image".to_owned(), view.link("/img/broken.jpg").into());
        }
    }
    let head = json_script("type=\"application/ld+json\"", &data);
    let body = format!(
        "<h1>{}</h1>\n<p>{} at {}, {}</p>\n<p><a href=\"/\">More gigs</a></p>\n<img src=\"/img/px.png\" width=\"1\" height=\"1\" alt=\"\">",
        escape_twice(&shown.marked(&title)),
        shown.start.date.strftime("%d %b %Y"),
        escape(&shown.place.name),
        escape(&shown.city.name),
    );
    Page::html(document("en", &format!("{title} – All Gigs Now"), &head, &body))
}
