//! Wharfside Live: the lists that a common event plug-in makes: date badges under month headings, pages, a page each.

use super::event_ld::picture;
use super::markup::{document, escape, escape_twice, pager};
use super::shown::Shown;
use super::{Page, View, say};
use crate::world::Language;

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/events/" {
        return listing(view, 1);
    }
    if let Some(number) = path.strip_prefix("/events/page/") {
        return listing(view, number.strip_suffix('/')?.parse().ok().filter(|page| *page > 1)?);
    }
    let index = view.show_named(path.strip_prefix("/event/")?.strip_suffix('/')?)?;
    Some(detail(view, &view.shown(index)))
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    Box::new((1..=view.page_count()).map(address).chain(view.shows().iter().map(move |show| event_path(&view, *show))))
}

fn address(page: usize) -> String {
    if page == 1 { "/events/".to_owned() } else { format!("/events/page/{page}/") }
}

fn event_path(view: &View<'_>, show: u32) -> String {
    format!("/event/{}/", view.show_name(show))
}

fn listing(view: &View<'_>, page: usize) -> Option<Page> {
    let shows = view.page_shows(page)?;
    let mut body = String::from("<h1>Upcoming events</h1>\n");
    // The first of the page stands in the banner as well as in the list.
    if let Some(first) = shows.first() {
        body += &format!("<section class=\"featured\"><h6>Featured</h6>{}</section>\n", row(view, &view.shown(*first)));
    }
    body += "<div class=\"events-list\">\n";
    let mut month = None;
    for index in shows {
        let shown = view.shown(*index);
        let day = shown.start.date;
        if month != Some(day.first_of_month()) {
            month = Some(day.first_of_month());
            let name = say::month(Language::English, day.month());
            body += &format!("<h2 class=\"month-separator\">{name} {}</h2>\n", day.year());
        }
        body += &row(view, &shown);
    }
    body += "</div>\n";
    body += &pager(page, view.page_count(), address);
    body += "<footer>Events by Simple Gig Calendar 4.2. Updated 20 November 2026.</footer>";
    Some(Page::html(document("en", "Upcoming events – Wharfside Live", "", &body)))
}

fn row(view: &View<'_>, shown: &Shown<'_>) -> String {
    let day = shown.start.date;
    let title = shown.marked(&shown.full_title());
    let title = if shown.style.is_multiple_of(6) { escape_twice(&title) } else { escape(&title) };
    let time = shown.start.time.map_or(String::new(), |time| format!(" @ {}", say::clock24(time)));
    format!(
        "<article class=\"event-row\"><div class=\"date-badge\"><span class=\"weekday\">{}</span><span class=\"daynum\">{}</span></div>\
         <div class=\"event-details\"><h3><a href=\"{}\">{title}</a></h3><span class=\"event-date\">{} {}{time}</span>\
         <div class=\"event-venue\"><b>{}</b> <span>{}</span></div><span class=\"cost\">{}</span></div></article>\n",
        say::short(say::weekday(Language::English, day)),
        day.day(),
        event_path(view, shown.index),
        say::month(Language::English, day.month()),
        day.day(),
        escape(&shown.place.name),
        escape(&shown.city.name),
        shown.price_text().unwrap_or_default(),
    )
}

fn detail(view: &View<'_>, shown: &Shown<'_>) -> Page {
    let head = format!("<meta property=\"og:image\" content=\"{}\">", view.link(&picture(shown)));
    let mut body = format!(
        "<p><a href=\"/events/\">&laquo; All events</a></p>\n<h1>{}</h1>\n<h2>{} {}{}</h2>\n",
        escape(&shown.marked(&shown.full_title())),
        say::long_date(Language::English, shown.start.date),
        shown.start.date.year(),
        shown.start.time.map_or(String::new(), |time| format!(" @ {}", say::clock12(time))),
    );
    if let Some(doors) = shown.doors {
        body += &format!("<dl><dt>Doors:</dt><dd>{}</dd></dl>\n", say::clock12(doors));
    }
    body += &format!(
        "<dl class=\"meta\"><dt>Venue</dt><dd>{}</dd><dd>{}</dd><dd>{}</dd><dt>Cost</dt><dd>{}</dd></dl>\n<img src=\"{}\" alt=\"\">",
        escape(&shown.place.name),
        escape(&shown.place.street),
        escape(&shown.city.name),
        shown.price_text().unwrap_or_else(|| "tba".to_owned()),
        picture(shown),
    );
    Page::html(document("en", &format!("{} – Wharfside Live", shown.title()), &head, &body))
}
