//! Newspapers' agendas: a page a week, days as headings, a sentence for each show, in the language of the town.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::markup::{document, escape};
use super::shown::Shown;
use super::{Page, View, say};
use crate::world::{Language, World};

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/agenda/" {
        return Some(index(view));
    }
    let week = weeks().into_iter().find(|week| week_path(*week) == path)?;
    Some(agenda(view, week))
}

pub(super) fn paths<'a>(_: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    Box::new(std::iter::once("/agenda/".to_owned()).chain(weeks().into_iter().map(week_path)))
}

/// The Monday of every week in which anybody plays.
fn weeks() -> Vec<Date> {
    let (first, last) = World::window();
    let monday = if first.weekday() == Weekday::Monday {
        first
    } else {
        first.nth_weekday(-1, Weekday::Monday).unwrap_or(first)
    };
    monday.series(1.week()).take_while(|week| *week <= last).collect()
}

fn week_path(week: Date) -> String {
    format!("/agenda/{week}")
}

fn language(view: &View<'_>) -> Language {
    view.web.world.cities[view.site.subject].language
}

fn code(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Spanish => "es",
        Language::German => "de",
    }
}

fn index(view: &View<'_>) -> Page {
    let mut body = format!("<h1>{}</h1>\n<ul>\n", escape(&view.site.name));
    for week in weeks() {
        body += &format!("<li><a href=\"{}\">{}</a></li>\n", week_path(week), say::long_date(language(view), week));
    }
    body += "</ul>";
    Page::html(document(code(language(view)), &view.site.name, "", &body))
}

fn agenda(view: &View<'_>, week: Date) -> Page {
    let language = language(view);
    let heading = match language {
        Language::English => "Live this week",
        Language::Spanish => "Agenda de conciertos",
        Language::German => "Konzerte der Woche",
    };
    let mut body = format!("<h1>{heading}</h1>\n<p>{} {}</p>\n", say::long_date(language, week), week.year());
    let shows: Vec<Shown<'_>> = view.shows().iter().map(|index| view.shown(*index)).collect();
    for day in week.series(1.day()).take(7) {
        let lines: Vec<String> = shows
            .iter()
            .filter(|shown| shown.start.date == day)
            .map(|shown| format!("<p>{}</p>\n", sentence(shown, language)))
            .collect();
        if !lines.is_empty() {
            body += &format!("<h3>{}</h3>\n{}", say::long_date(language, day), lines.concat());
        }
    }
    let others = match language {
        Language::English => "All weeks",
        Language::Spanish => "Todas las semanas",
        Language::German => "Alle Wochen",
    };
    body += &format!("<p><a href=\"/agenda/\">{others}</a></p>");
    Page::html(document(code(language), heading, "", &body))
}

/// `<b>The Hollow Pines + Wrenfall</b>, The Lantern Room, Port Aldra, 8pm. £12.`
fn sentence(shown: &Shown<'_>, language: Language) -> String {
    let time = shown.start.time.map_or(String::new(), |time| format!(", {}", say::clock(language, time)));
    let price = shown.price_text().map_or(String::new(), |price| format!(" {price}."));
    format!(
        "<b>{}</b>, {}, {}{time}.{price}",
        escape(&shown.marked(&shown.full_title())),
        escape(&shown.place.name),
        escape(&shown.city.name)
    )
}
