//! Festivals' own sites: dates, line-ups by day and stage in a field, a programme by venue in a town. Every other
//! pair of them has JSON-LD.

use model::EventStatus;
use serde_json::{Value, json};

use super::event_ld::{event, place};
use super::markup::{document, escape, json_script};
use super::{Page, View, say};
use crate::world::{Festival, Language};

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    let festival = &view.web.world.festivals[view.site.subject];
    match path {
        "/" => Some(home(view, festival)),
        "/line-up" => Some(line_up(view, festival)),
        "/info" => Some(info(view, festival)),
        _ => None,
    }
}

pub(super) fn paths<'a>(_: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    Box::new(["/", "/line-up", "/info"].into_iter().map(str::to_owned))
}

/// `Friday 9 April to Sunday 11 April 2027`
fn dates(festival: &Festival) -> String {
    let say = |day| say::long_date(Language::English, day);
    format!("{} to {} {}", say(festival.first), say(festival.last), festival.last.year())
}

fn home(view: &View<'_>, festival: &Festival) -> Page {
    let city = &view.web.world.cities[festival.city];
    let site = festival.field.map_or(city.name.clone(), |field| format!("{}, {}", view.place(field).name, city.name));
    let image = view.link(&format!("/img/festival-{}.jpg", view.site.subject));
    let mut head = format!("<meta property=\"og:image\" content=\"{image}\">\n");
    if view.site.subject % 4 < 2 {
        head += &json_script("type=\"application/ld+json\"", &data(view, festival));
    }
    let body = format!(
        "<h1>{}</h1>\n<p class=\"dates\">{}</p>\n<p>{}</p>\n<nav><a href=\"/line-up\">Line-up</a> <a href=\"/info\">Info</a></nav>\n\
         <img src=\"{image}\" alt=\"\">",
        escape(&festival.name),
        dates(festival),
        escape(&site)
    );
    Page::html(document("en", &festival.name, &head, &body))
}

fn data(view: &View<'_>, festival: &Festival) -> Value {
    let parts: Vec<Value> = view
        .shows()
        .iter()
        .map(|index| {
            let shown = view.shown(*index);
            let mut part = event(view, &shown, &shown.title(), "/line-up");
            if let Some(object) = part.as_object_mut() {
                object.remove("@context");
                object.insert("url".to_owned(), view.link(&format!("/line-up#show-{index}")).into());
            }
            part
        })
        .collect();
    let location = match festival.field {
        Some(field) => place(view, &view.place(field)),
        None => json!({ "@type": "City", "name": view.web.world.cities[festival.city].name }),
    };
    json!({
        "@context": "https://schema.org",
        "@type": "Festival",
        "name": festival.name,
        "startDate": festival.first.to_string(),
        "endDate": festival.last.to_string(),
        "url": view.link("/"),
        "location": location,
        "subEvent": parts,
    })
}

/// In a field, one section a day with the stages under it; in a town, a line for each show.
fn line_up(view: &View<'_>, festival: &Festival) -> Page {
    let mut body = format!("<h1>{} – line-up</h1>\n<p>{}</p>\n", escape(&festival.name), dates(festival));
    let mut day = None;
    for index in view.shows() {
        let shown = view.shown(*index);
        if day != Some(shown.start.date) {
            day = Some(shown.start.date);
            body += &format!("<h2>{}</h2>\n", say::long_date(Language::English, shown.start.date));
        }
        let time = shown.start.time.map_or(String::new(), say::clock12);
        if festival.field.is_none() {
            body += &format!(
                "<p id=\"show-{index}\"><b>{}</b> – {}, {}, {time}. {}</p>\n",
                escape(&shown.marked(&shown.full_title())),
                escape(&shown.place.name),
                escape(&shown.city.name),
                shown.price_text().unwrap_or_default()
            );
            continue;
        }
        let ticket = shown.price_text().unwrap_or_default();
        body += &format!("<section id=\"show-{index}\">\n<p>Gates {time}. Day ticket {ticket}.</p>\n");
        if shown.status != EventStatus::Scheduled {
            body += &format!("<p><strong>{}</strong></p>\n", escape(&shown.marked("This day")));
        }
        body += &stages(&shown.names, &festival.stages);
        body += "</section>\n";
    }
    Page::html(document("en", &format!("{} – line-up", festival.name), "", &body))
}

/// The headliner closes the first stage; the others are dealt out in turn.
fn stages(names: &[String], stages: &[String]) -> String {
    let mut html = String::new();
    for (place, stage) in stages.iter().enumerate() {
        html += &format!("<h3>{}</h3>\n<ul>\n", escape(stage));
        for name in names.iter().skip(place).step_by(stages.len()) {
            html += &format!("<li>{}</li>\n", escape(name));
        }
        html += "</ul>\n";
    }
    html
}

fn info(view: &View<'_>, festival: &Festival) -> Page {
    let city = &view.web.world.cities[festival.city];
    let site = match festival.field {
        Some(field) => {
            let place = view.place(field);
            let code = place.postal_code.unwrap_or_default();
            format!("{}<br>{}<br>{} {code}", escape(&place.name), escape(&place.street), escape(&city.name))
        }
        None => format!("Venues across {}", escape(&city.name)),
    };
    let body = format!(
        "<h1>Info</h1>\n<h2>Where</h2>\n<address>{site}</address>\n<h2>Tickets</h2>\n<p>Early birds ended on 31 October 2026.</p>\n\
         <p>Dogs on leads. No glass. <a href=\"/\">Back</a></p>"
    );
    Page::html(document("en", &format!("{} – info", festival.name), "", &body))
}
