//! A venue that marks its shows up as h-event (microformats2).

use super::event_ld::{instant, picture};
use super::markup::{document, escape, pager};
use super::{Page, View, say};

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    let page = match path {
        "/" => 1,
        path => path.strip_prefix("/page/")?.strip_suffix('/')?.parse().ok().filter(|page| *page > 1)?,
    };
    listing(view, page)
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    Box::new((1..=view.page_count()).map(address))
}

fn address(page: usize) -> String {
    if page == 1 { "/".to_owned() } else { format!("/page/{page}/") }
}

fn listing(view: &View<'_>, page: usize) -> Option<Page> {
    let venue = &view.web.world.venues[view.site.subject];
    let place = view.place(view.site.subject);
    let city = view.web.world.city_of(view.site.subject);
    let mut body = format!("<header><h1>{}</h1></header>\n<section class=\"h-feed\">\n", escape(&place.name));
    for index in view.page_shows(page)? {
        let shown = view.shown(*index);
        body += &format!(
            "<div class=\"h-event\" id=\"show-{index}\">\n<h2 class=\"p-name\">{}</h2>\n\
             <time class=\"dt-start\" datetime=\"{}\">{}{}</time>\n",
            escape(&shown.marked(&shown.full_title())),
            instant(&shown, shown.start.time),
            say::long_date(city.language, shown.start.date),
            shown.start.time.map_or(String::new(), |time| format!(", {}", say::clock(city.language, time))),
        );
        for name in &shown.names {
            body += &format!("<span class=\"p-performer h-card\">{}</span>\n", escape(name));
        }
        body += &format!(
            "<span class=\"p-location h-card\"><span class=\"p-name\">{}</span></span>\n",
            escape(&place.name)
        );
        if let Some(price) = shown.price_text() {
            body += &format!("<p class=\"p-summary\">{price}</p>\n");
        }
        body += &format!("<img class=\"u-photo\" src=\"{}\" alt=\"\">\n</div>\n", picture(&shown));
    }
    body += "</section>\n";
    body += &pager(page, view.page_count(), address);
    body += &format!(
        "<footer class=\"h-card\"><span class=\"p-name\">{}</span>, <span class=\"p-street-address\">{}</span>, \
         <span class=\"p-locality\">{}</span> <span class=\"p-postal-code\">{}</span>, <span class=\"p-country-name\">{}</span>. \
         Tel <span class=\"p-tel\">{}</span>{}</footer>",
        escape(&place.name),
        escape(&place.street),
        escape(&city.name),
        place.postal_code.as_deref().unwrap_or_default(),
        city.country_name(),
        place.phone,
        venue.old_name.as_ref().map_or(String::new(), |old| format!(". Formerly {}", escape(old))),
    );
    Some(Page::html(document("en", &format!("{} – what's on", place.name), "", &body)))
}
