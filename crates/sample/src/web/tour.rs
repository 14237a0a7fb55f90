//! Artists' own sites: a page about them and their tour dates, in three designs; their towns lie outside the region too.

use super::markup::{document, escape};
use super::shown::Shown;
use super::{Page, View, say};
use crate::world::Language;

pub(super) fn page(view: &View<'_>, design: u8, path: &str) -> Option<Page> {
    match path {
        "/" => Some(about(view)),
        "/tour" => Some(tour(view, design)),
        _ => None,
    }
}

pub(super) fn paths() -> Box<dyn Iterator<Item = String>> {
    Box::new(["/", "/tour"].into_iter().map(str::to_owned))
}

fn about(view: &View<'_>) -> Page {
    let artist = &view.web.world.artists[view.site.subject];
    let name = escape(&artist.name);
    let image = view.link(&format!("/img/artist-{}.jpg", view.site.subject));
    let head = format!("<meta property=\"og:image\" content=\"{image}\">");
    let body = format!(
        "<h1>{name}</h1>\n<img src=\"{image}\" alt=\"{name}\">\n<p>{name} play {}. The new record is out on 12 February 2027.</p>\n\
         <nav><a href=\"/tour\">Tour</a> <a href=\"https://social.example/{}\">Social</a></nav>",
        artist.genre, view.site.id
    );
    Page::html(document("en", &artist.name, &head, &body))
}

fn tour(view: &View<'_>, design: u8) -> Page {
    let name = &view.web.world.artists[view.site.subject].name;
    let mut rows = String::new();
    for index in view.shows() {
        rows += &row(&view.shown(*index), design);
    }
    let list = match design {
        0 => format!("<table class=\"tour\">\n{rows}</table>"),
        1 => format!("<ul class=\"dates\">\n{rows}</ul>"),
        _ => format!("<div class=\"tour-dates\">\n{rows}</div>"),
    };
    let body = format!(
        "<h1>{}</h1>\n<h2>Tour dates</h2>\n{list}\n<p>Tour shirts: £20, all dates printed on the back.</p>\n<p><a href=\"/\">Home</a></p>",
        escape(name)
    );
    Page::html(document("en", &format!("{name} – tour"), "", &body))
}

fn row(shown: &Shown<'_>, design: u8) -> String {
    let day = shown.start.date;
    let (venue, city) = (escape(&shown.place.name), escape(&shown.city.name));
    let with = match shown.names.split_first() {
        Some((_, rest)) if !rest.is_empty() => format!(" with {}", escape(&rest.join(" + "))),
        _ => String::new(),
    };
    let time = shown.start.time.map_or(String::new(), say::clock24);
    let note = super::shown::status_word(shown.status, Language::English).unwrap_or("Tickets");
    let month = say::short(say::month(Language::English, day.month()));
    match design {
        0 => format!(
            "<tr><td>{}</td><td>{city}</td><td>{venue}{with}</td><td>{time}</td><td>{note}</td></tr>\n",
            day.strftime("%d.%m.%Y")
        ),
        1 => format!(
            "<li><b>{month} {}</b> – {venue}, {city}, {}{with}, {time} [{note}]\n",
            day.day(),
            shown.city.country_name()
        ),
        _ => format!(
            "<div class=\"date\"><span>{} {month} {}</span> <span>{city}, {}</span> <span>{venue}{with}</span> <span>{time}</span> <em>{note}</em></div>\n",
            day.day(),
            day.year(),
            shown.city.country,
        ),
    }
}
