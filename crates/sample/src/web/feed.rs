//! Saltlamp Promotions: an RSS feed with the dates in the titles, paged, and a plain page for every item.

use super::event_ld::picture;
use super::markup::{document, escape, escape_twice};
use super::shown::Shown;
use super::{Page, View, say};
use crate::world::Language;

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/feed.xml" {
        return feed(view, 1);
    }
    if let Some(number) = path.strip_prefix("/feed.xml?page=") {
        return feed(view, number.parse().ok().filter(|page| *page > 1)?);
    }
    let index = view.show_named(path.strip_prefix("/shows/")?)?;
    Some(item(view, &view.shown(index)))
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    Box::new(
        (1..=view.page_count())
            .map(address)
            .chain(view.shows().iter().map(move |show| format!("/shows/{}", view.show_name(*show)))),
    )
}

fn address(page: usize) -> String {
    if page == 1 { "/feed.xml".to_owned() } else { format!("/feed.xml?page={page}") }
}

/// `Fri 4 Dec: The Hollow Pines + Wrenfall @ The Lantern Room, Port Aldra`.
fn title(shown: &Shown<'_>) -> String {
    let day = shown.start.date;
    let weekday = say::short(say::weekday(Language::English, day));
    let month = say::short(say::month(Language::English, day.month()));
    let bill = shown.marked(&shown.full_title());
    format!("{weekday} {} {month}: {bill} @ {}, {}", day.day(), shown.place.name, shown.city.name)
}

fn feed(view: &View<'_>, page: usize) -> Option<Page> {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\
         <title>{}</title>\n<link>{}</link>\n<description>Shows we put on, in order of date</description>\n",
        escape(&view.site.name),
        view.link("/feed.xml")
    );
    let shows = view.page_shows(page)?;
    let next = (page < view.page_count()).then(|| view.link(&address(page + 1)));
    if let Some(next) = &next {
        xml += &format!("<atom:link rel=\"next\" href=\"{}\"/>\n", escape(next));
    }
    for index in shows {
        let shown = view.shown(*index);
        let link = view.link(&format!("/shows/{}", view.show_name(*index)));
        let text = if shown.style.is_multiple_of(4) { escape_twice(&title(&shown)) } else { escape(&title(&shown)) };
        xml += &format!(
            "<item>\n<title>{text}</title>\n<link>{link}</link>\n<guid isPermaLink=\"true\">{link}</guid>\n\
             <pubDate>Mon, 12 Oct 2026 10:00:00 +0000</pubDate>\n<description>{}</description>\n</item>\n",
            escape(&format!("<p>{}</p>", escape(&details(&shown))))
        );
    }
    xml += "</channel>\n</rss>\n";
    let mut page = Page::of("application/rss+xml; charset=utf-8", xml.into_bytes());
    page.next = next;
    Some(page)
}

/// `Doors 7pm, show 8pm. £12 + BF. 14+.`
fn details(shown: &Shown<'_>) -> String {
    let mut words = Vec::new();
    if let Some(doors) = shown.doors {
        words.push(format!("Doors {}", say::clock12(doors)));
    }
    if let Some(time) = shown.start.time {
        words.push(format!("show {}", say::clock12(time)));
    }
    let mut text = words.join(", ");
    if let Some(price) = shown.price_text() {
        text += &format!(". {price}");
    }
    text + ". 14+."
}

fn item(view: &View<'_>, shown: &Shown<'_>) -> Page {
    let head = format!("<meta property=\"og:image\" content=\"{}\">", view.link(&picture(shown)));
    let date = say::long_date(Language::English, shown.start.date);
    let bill = escape(&shown.marked(&shown.full_title()));
    let (place, city) = (escape(&shown.place.name), escape(&shown.city.name));
    let body = format!(
        "<h1>{bill}</h1>\n<p><strong>{date} {}</strong><br>{place}, {city}<br>{}</p>\n\
         <p><a href=\"/feed.xml\">All our shows</a></p>\n<p><small>Posted by Saltlamp on 12 October 2026</small></p>",
        shown.start.date.year(),
        escape(&details(shown))
    );
    Page::html(document("en", &format!("{} – Saltlamp", shown.title()), &head, &body))
}
