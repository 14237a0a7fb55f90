//! Quayside Venues: several venues on one site, their programmes by month in microdata.

use jiff::civil::Date;
use model::EventStatus;

use super::event_ld::{instant, picture, round};
use super::markup::{document, escape, slug};
use super::shown::Shown;
use super::{Page, View, months, say};
use crate::world::{Channel, Language};

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/" {
        return Some(home(view));
    }
    let venue = *venues(view).iter().find(|venue| path.starts_with(&format!("{}/", venue_path(view, **venue))))?;
    let month = months().into_iter().find(|month| path == month_path(view, venue, *month))?;
    Some(programme(view, venue, month))
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    let programmes = venues(&view)
        .into_iter()
        .flat_map(move |venue| months().into_iter().map(move |month| month_path(&view, venue, month)));
    Box::new(std::iter::once("/".to_owned()).chain(programmes))
}

fn venues(view: &View<'_>) -> Vec<usize> {
    let all = &view.web.world.venues;
    (0..all.len()).filter(|venue| all[*venue].channel == Channel::Group).collect()
}

fn venue_path(view: &View<'_>, venue: usize) -> String {
    format!("/{}-{venue}", slug(&view.web.world.venues[venue].name))
}

fn month_path(view: &View<'_>, venue: usize, month: Date) -> String {
    format!("{}/{}", venue_path(view, venue), month.strftime("%Y-%m"))
}

fn home(view: &View<'_>) -> Page {
    let mut body = String::from("<h1>Quayside Venues</h1>\n<ul>\n");
    for venue in venues(view) {
        let name = escape(&view.web.world.venues[venue].name);
        body += &format!("<li><a href=\"{}\">{name}</a></li>\n", month_path(view, venue, months()[0]));
    }
    body += "</ul>\n<p>The Main Hall and the Basement are two rooms of one building with a box office in common.</p>";
    Page::html(document("en", "Quayside Venues", "", &body))
}

fn programme(view: &View<'_>, venue: usize, month: Date) -> Page {
    let place = view.place(venue);
    let city = view.web.world.city_of(venue);
    let mut body = format!("<h1>{}</h1>\n<nav>", escape(&place.name));
    for other in months() {
        let name = say::month(Language::English, other.month());
        body += &format!("<a href=\"{}\">{name} {}</a> ", month_path(view, venue, other), other.year());
    }
    body += "</nav>\n";
    for index in view.shows_where(|other| other == venue) {
        let shown = view.shown(index);
        if shown.start.date.first_of_month() == month {
            body += &event(view, &shown, &city.name);
        }
    }
    body += &format!("<footer>{}, {}, {}</footer>", escape(&place.street), escape(&city.name), city.country_name());
    Page::html(document("en", &format!("What's on at {}", place.name), "", &body))
}

fn event(view: &View<'_>, shown: &Shown<'_>, city: &str) -> String {
    let mut html = format!(
        "<article itemscope itemtype=\"https://schema.org/MusicEvent\" id=\"e{}\">\n<h2 itemprop=\"name\">{}</h2>\n\
         <p><time itemprop=\"startDate\" datetime=\"{}\">{}</time></p>\n",
        shown.index,
        escape(&shown.title()),
        instant(shown, shown.start.time),
        say::long_date(Language::English, shown.start.date),
    );
    if let Some(doors) = shown.doors {
        html += &format!(
            "<p>Doors <time itemprop=\"doorTime\" datetime=\"{}\">{}</time></p>\n",
            say::clock24(doors),
            say::clock12(doors)
        );
    }
    let status = match shown.status {
        EventStatus::Cancelled => "EventCancelled",
        EventStatus::Postponed => "EventPostponed",
        EventStatus::Rescheduled => "EventRescheduled",
        _ => "EventScheduled",
    };
    html += &format!("<link itemprop=\"eventStatus\" href=\"https://schema.org/{status}\">\n");
    for name in &shown.names {
        html += &format!(
            "<span itemprop=\"performer\" itemscope itemtype=\"https://schema.org/MusicGroup\"><span itemprop=\"name\">{}</span></span>\n",
            escape(name)
        );
    }
    html += &location(shown, city);
    if shown.price.is_some() || shown.status == EventStatus::SoldOut {
        let price = shown.price.map_or(String::new(), |(low, _)| {
            let currency = shown.city.currency;
            format!(
                "<meta itemprop=\"priceCurrency\" content=\"{currency}\"><meta itemprop=\"price\" content=\"{low:.2}\">"
            )
        });
        let stock = if shown.status == EventStatus::SoldOut { "SoldOut" } else { "InStock" };
        html += &format!(
            "<div itemprop=\"offers\" itemscope itemtype=\"https://schema.org/Offer\">{price}\
             <link itemprop=\"availability\" href=\"https://schema.org/{stock}\">{}</div>\n",
            shown.price_text().unwrap_or_default()
        );
    }
    html + &format!("<img itemprop=\"image\" src=\"{}\" alt=\"\">\n</article>\n", view.link(&picture(shown)))
}

fn location(shown: &Shown<'_>, city: &str) -> String {
    let place = &shown.place;
    format!(
        "<div itemprop=\"location\" itemscope itemtype=\"https://schema.org/MusicVenue\"><span itemprop=\"name\">{}</span>\
         <div itemprop=\"address\" itemscope itemtype=\"https://schema.org/PostalAddress\"><span itemprop=\"streetAddress\">{}</span>, \
         <span itemprop=\"addressLocality\">{}</span> <span itemprop=\"postalCode\">{}</span>\
         <meta itemprop=\"addressCountry\" content=\"{}\"></div>\
         <div itemprop=\"geo\" itemscope itemtype=\"https://schema.org/GeoCoordinates\"><meta itemprop=\"latitude\" content=\"{}\">\
         <meta itemprop=\"longitude\" content=\"{}\"></div></div>\n",
        escape(&place.name),
        escape(&place.street),
        escape(city),
        place.postal_code.as_deref().unwrap_or_default(),
        shown.city.country,
        round(place.lat),
        round(place.lon),
    )
}
