//! Venues' own sites without markup, in four designs: rows, paragraphs, months, and a table with a page for each show.
//! Years are missing, the address stands in the footer alone, and not every night is music.

use jiff::civil::Date;

use super::event_ld::picture;
use super::markup::{document, escape, pager};
use super::quiet::quiet_nights;
use super::shown::Shown;
use super::{Page, View, months, say};
use crate::world::Language;

pub(super) fn page(view: &View<'_>, design: u8, path: &str) -> Option<Page> {
    match design {
        0 => (path == "/").then(|| frame(view, &rows(view))),
        1 => paragraphs(view, number(path, "/gigs?p=")?),
        2 => {
            let month = months()
                .into_iter()
                .find(|month| path == month_path(*month) || (path == "/" && *month == months()[0]))?;
            Some(frame(view, &by_month(view, month)))
        }
        _ => match path {
            "/" => Some(frame(view, &table(view))),
            path => Some(frame(view, &detail(view, &view.shown(view.show_named(path.strip_prefix("/event/")?)?)))),
        },
    }
}

pub(super) fn paths<'a>(view: View<'a>, design: u8) -> Box<dyn Iterator<Item = String> + 'a> {
    let home = std::iter::once("/".to_owned());
    match design {
        0 => Box::new(home),
        1 => Box::new(home.chain((2..=view.page_count()).map(|page| format!("/gigs?p={page}")))),
        2 => Box::new(home.chain(months().into_iter().skip(1).map(month_path))),
        _ => Box::new(home.chain(view.shows().iter().map(move |show| format!("/event/{}", view.show_name(*show))))),
    }
}

/// The number of a page; that of the front page is 1.
fn number(path: &str, prefix: &str) -> Option<usize> {
    if path == "/" { Some(1) } else { path.strip_prefix(prefix)?.parse().ok().filter(|page| *page > 1) }
}

fn month_path(month: Date) -> String {
    format!("/programme?m={}", month.strftime("%Y-%m"))
}

fn language(view: &View<'_>) -> Language {
    view.web.world.city_of(view.site.subject).language
}

fn frame(view: &View<'_>, content: &str) -> Page {
    let place = view.place(view.site.subject);
    let city = view.web.world.city_of(view.site.subject);
    let (code, call, bar) = match city.language {
        Language::English => ("en", "Tel", "Bar open from 5pm. Last updated 19 November 2026."),
        Language::Spanish => ("es", "Tel.", "Bar abierto desde las 18 h. Actualizado el 19 de noviembre de 2026."),
        Language::German => ("de", "Tel.", "Bar ab 18 Uhr. Stand: 19. November 2026."),
    };
    let body = format!(
        "<header><a href=\"/\"><b>{}</b></a></header>\n<main>\n{content}</main>\n<footer><p>{bar}</p><p>{}<br>{}<br>{} {}<br>{call} {}</p></footer>",
        escape(&place.name),
        escape(&place.name),
        escape(&place.street),
        escape(&city.name),
        place.postal_code.as_deref().unwrap_or_default(),
        place.phone,
    );
    let head = format!(
        "<meta property=\"og:image\" content=\"{}\">",
        view.link(&format!("/img/venue-{}.png", view.site.subject))
    );
    Page::html(document(code, &place.name, &head, &body))
}

/// `FRI 04 DEC | THE HOLLOW PINES + Wrenfall | 7.30pm | £12`
fn rows(view: &View<'_>) -> String {
    let language = language(view);
    let mut lines: Vec<(Date, String)> = Vec::new();
    for index in view.shows() {
        let shown = view.shown(*index);
        let mut line = format!("<span class=\"what\">{}</span>", escape(&shown.marked(&shown.full_title())));
        line += &times(&shown, language);
        line += &shown.price_text().map_or(String::new(), |price| format!(" <span class=\"price\">{price}</span>"));
        lines.push((shown.start.date, line));
    }
    lines.extend(
        quiet_nights(view, view.site.subject)
            .into_iter()
            .map(|(day, text)| (day, format!("<span class=\"what\">{}</span>", escape(text)))),
    );
    lines.sort_by_key(|(day, _)| *day);
    let mut html = String::new();
    // What comes first stands in a box of its own as well.
    if let Some((day, line)) = lines.first() {
        html += &format!("<div class=\"next\"><em>{}</em> {line}</div>\n", say::long_date(language, *day));
    }
    html += "<div class=\"listing\">\n";
    for (day, line) in lines {
        let weekday = say::short(say::weekday(language, day)).to_uppercase();
        let month = say::short(say::month(language, day.month())).to_uppercase();
        html += &format!(
            "<div class=\"row\"><span class=\"date\">{weekday} {:02} {month}</span> {line}</div>\n",
            day.day()
        );
    }
    html + "</div>\n"
}

fn times(shown: &Shown<'_>, language: Language) -> String {
    let door = match language {
        Language::English => "Doors",
        Language::Spanish => "Puertas",
        Language::German => "Einlass",
    };
    let doors = shown.doors.map_or(String::new(), |doors| format!("{door} {}, ", say::clock(language, doors)));
    match (shown.start.time, language) {
        (None, _) => String::new(),
        (Some(time), Language::German) if !doors.is_empty() => {
            format!(" <span class=\"time\">{doors}Beginn {}</span>", say::clock(language, time))
        }
        (Some(time), _) => format!(" <span class=\"time\">{doors}{}</span>", say::clock(language, time)),
    }
}

/// `<p><b>4th December</b><br>…<br>Doors 7pm, …</p>`
fn paragraphs(view: &View<'_>, page: usize) -> Option<Page> {
    let language = language(view);
    let mut html = String::new();
    for index in view.page_shows(page)? {
        let shown = view.shown(*index);
        let day = shown.start.date;
        let date = match language {
            Language::English => format!("{} {}", say::ordinal(day.day()), say::month(language, day.month())),
            _ => say::long_date(language, day),
        };
        html += &format!(
            "<p><b>{date}</b><br>{}<br>{}{}\n",
            escape(&shown.marked(&shown.full_title())),
            times(&shown, language).trim(),
            shown.price_text().map_or(String::new(), |price| format!(" – {price}")),
        );
    }
    html += &pager(page, view.page_count(), |page| if page == 1 { "/".to_owned() } else { format!("/gigs?p={page}") });
    Some(frame(view, &html))
}

/// Month headings over `<li>4 – The Hollow Pines (8pm)`, one month a page.
fn by_month(view: &View<'_>, month: Date) -> String {
    let language = language(view);
    let mut html = format!("<h2>{} {}</h2>\n<ul>\n", say::month(language, month.month()), month.year());
    let quiet = quiet_nights(view, view.site.subject).into_iter().map(|(day, text)| (day, escape(text)));
    let mut lines: Vec<(Date, String)> = quiet.filter(|(day, _)| day.first_of_month() == month).collect();
    for index in view.shows() {
        let shown = view.shown(*index);
        if shown.start.date.first_of_month() == month {
            let time = shown.start.time.map_or(String::new(), |time| format!(" ({})", say::clock(language, time)));
            let price = shown.price_text().map_or(String::new(), |price| format!(", {price}"));
            lines.push((shown.start.date, format!("{}{time}{price}", escape(&shown.marked(&shown.full_title())))));
        }
    }
    lines.sort_by_key(|(day, _)| *day);
    for (day, line) in lines {
        html += &format!("<li>{} {} – {line}\n", say::short(say::weekday(language, day)), day.day());
    }
    html += "</ul>\n<p>";
    for other in months() {
        let path = if other == months()[0] { "/".to_owned() } else { month_path(other) };
        html += &format!("<a href=\"{path}\">{}</a> ", say::month(language, other.month()));
    }
    html + "</p>\n"
}

fn table(view: &View<'_>) -> String {
    let language = language(view);
    let mut html = String::from("<table>\n");
    for index in view.shows() {
        let shown = view.shown(*index);
        html += &format!(
            "<tr><td>{:02}/{:02}</td><td><a href=\"/event/{}\">{}</a></td><td>{}</td><td>{}</td></tr>\n",
            shown.start.date.day(),
            shown.start.date.month(),
            view.show_name(*index),
            escape(&shown.marked(&shown.full_title())),
            shown.start.time.map_or(String::new(), |time| say::clock(language, time)),
            shown.price_text().unwrap_or_default(),
        );
    }
    html + "</table>\n"
}

fn detail(view: &View<'_>, shown: &Shown<'_>) -> String {
    let language = language(view);
    format!(
        "<h1>{}</h1>\n<p>{}</p>\n<p>{}</p>\n<p>{}</p>\n<img src=\"{}\" alt=\"\">\n<p><a href=\"/\">&larr;</a></p>\n",
        escape(&shown.marked(&shown.full_title())),
        say::long_date(language, shown.start.date),
        times(shown, language).trim(),
        shown.price_text().unwrap_or_default(),
        view.link(&picture(shown)),
    )
}
