//! A hand-made round-up: one page a month, a table for each town, tags left open, bytes in Windows-1252.

use jiff::civil::Date;

use super::markup::{escape, windows_1252};
use super::{Page, View, months, say};
use crate::world::Language;

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/index.htm" || path == "/" {
        return Some(index());
    }
    let month = months().into_iter().find(|month| path == file(*month))?;
    Some(round_up(view, month))
}

pub(super) fn paths() -> Box<dyn Iterator<Item = String>> {
    Box::new(std::iter::once("/index.htm".to_owned()).chain(months().into_iter().map(file)))
}

fn file(month: Date) -> String {
    let name = say::short(say::month(Language::English, month.month())).to_lowercase();
    format!("/gigs-{name}{:02}.htm", month.year() % 100)
}

fn bytes(title: &str, body: &str) -> Page {
    let html = format!(
        "<HTML><HEAD><META http-equiv=Content-Type content=\"text/html; charset=windows-1252\">\n<TITLE>{}</TITLE></HEAD>\n\
         <BODY bgcolor=#FFFFCC text=#330000>\n{body}\n<HR><FONT size=1>Site by Alan – best viewed with your reading glasses – since 1999\n</BODY></HTML>\n",
        escape(title)
    );
    Page::of("text/html", windows_1252(&html))
}

fn index() -> Page {
    let mut body = String::from(
        "<CENTER><H1>Dot & Alan’s Round-Up</H1></CENTER>\n<P>Folk, jazz & blues, all round the coast.<P>\n",
    );
    for month in months() {
        let name = say::month(Language::English, month.month());
        body += &format!("<A HREF=\"{}\">{name} {}</A><BR>\n", &file(month)[1..], month.year());
    }
    body += "<P>Errors? Tell Dot. <I>Please check with the venue before you set out!</I>";
    bytes("Dot & Alan's Round-Up", &body)
}

fn round_up(view: &View<'_>, month: Date) -> Page {
    let name = say::month(Language::English, month.month());
    let mut body = format!("<H2>{name} {}</H2>\n<A HREF=\"index.htm\">Back</A><BR>\n", month.year());
    for (city, town) in view.web.world.cities.iter().enumerate().filter(|(_, town)| !town.outside) {
        let mut rows = String::new();
        for index in view.shows_where(|venue| view.web.world.venues[venue].city == city) {
            let shown = view.shown(index);
            let day = shown.start.date;
            if day.first_of_month() != month {
                continue;
            }
            let weekday = say::short(say::weekday(Language::English, day));
            rows += &format!(
                "<TR><TD>{weekday} {}<TD><B>{}</B><TD>{}<TD>{}<TD>{}\n",
                say::ordinal(day.day()),
                escape(&shown.marked(&shown.full_title())),
                escape(&shown.place.name),
                shown.start.time.map_or("tbc".to_owned(), say::clock12),
                shown.price_text().unwrap_or_else(|| "?".to_owned()),
            );
        }
        if !rows.is_empty() {
            body += &format!(
                "<H3>{}</H3>\n<TABLE border=1 cellpadding=3>\n<TR><TH>Date<TH>Who<TH>Where<TH>Time<TH>How much\n{rows}</TABLE><BR>\n",
                escape(&town.name)
            );
        }
    }
    bytes(&format!("Gigs in {name} {}", month.year()), &body)
}
