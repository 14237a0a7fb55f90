use jiff::ToSpan;
use sha2::{Digest, Sha256};

use super::roster::Template;
use super::{Page, View, Web, agenda, api, calendars, feed, festival, group, hevent, images, own, plugin, state};
use super::{tables, ticketing, tour, wrong};
use crate::config::BASE_DATE;

/// What a site answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn new(status: u16, media: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), media.to_owned())], body }
    }
}

impl Web {
    /// Answers GET for `host` (with or without a port, which is that of the links on the page). Conditional request
    /// headers are honoured by the sites that have validators; names of headers in any case.
    pub fn respond(&self, host: &str, path_and_query: &str, headers: &[(String, String)]) -> Response {
        let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
        let port = port.parse().unwrap_or(80);
        let label = name.strip_suffix(".sample.localhost").unwrap_or(name);
        let Some(number) = self.by_id.get(label) else {
            return Response::new(404, "text/plain; charset=utf-8", format!("no such site: {label}\n").into_bytes());
        };
        let view = self.view(*number, port);
        let path = path_and_query.split('#').next().unwrap_or("/");
        let Some(page) = view.answer(path) else {
            let body = "<!DOCTYPE html><title>Not found</title><h1>Not found</h1>".as_bytes().to_vec();
            return Response::new(404, "text/html; charset=utf-8", body);
        };
        let mut response = Response::new(200, page.media, page.body);
        // The region's clock, not the machine's: a reader takes it for the day that the page speaks of.
        response.headers.push(("date".to_owned(), http_date(self.day, "")));
        if let Some(next) = page.next {
            response.headers.push(("link".to_owned(), format!("<{next}>; rel=\"next\"")));
        }
        if view.site.validators {
            self.validate(&view, path, headers, &mut response);
        }
        response
    }

    fn validate(&self, view: &View<'_>, path: &str, headers: &[(String, String)], response: &mut Response) {
        let digest: String = Sha256::digest(&response.body).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let etag = format!("\"{digest}\"");
        let modified = http_date(self.changed_on(view, path, &response.body), path);
        let asked = |name: &str| {
            headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
        };
        let fresh = match asked("if-none-match") {
            Some(tags) => tags
                .split(',')
                .any(|tag| matches!(tag.trim().trim_start_matches("W/"), tag if tag == etag || tag == "*")),
            None => asked("if-modified-since").and_then(seconds).is_some_and(|since| Some(since) >= seconds(&modified)),
        };
        response.headers.push(("etag".to_owned(), etag));
        response.headers.push(("last-modified".to_owned(), modified));
        if fresh {
            response.status = 304;
            response.body.clear();
        }
    }

    /// The last day on which the page's bytes became what they are.
    fn changed_on(&self, view: &View<'_>, path: &str, body: &[u8]) -> u32 {
        let (mut web, mut day) = (self, self.day);
        while let Some(before) = web.before.as_deref() {
            let same = before.view(view.number, view.port).answer(path).is_some_and(|page| page.body == body);
            if !same {
                break;
            }
            (web, day) = (before, before.day);
        }
        day
    }
}

/// A moment in the small hours of a day, as HTTP writes it (RFC 9110, 5.6.7).
fn http_date(day: u32, path: &str) -> String {
    let date = BASE_DATE.saturating_add((i64::from(day) - 1).days());
    let spread = path.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 3600);
    let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][date.weekday().to_monday_zero_offset() as usize];
    format!(
        "{weekday}, {:02} {} {} 03:{:02}:{:02} GMT",
        date.day(),
        MONTHS[(date.month() - 1) as usize],
        date.year(),
        spread / 60,
        spread % 60
    )
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A number that orders HTTP dates. `None` for what is none.
fn seconds(date: &str) -> Option<i64> {
    let mut parts = date.split_whitespace().skip(1);
    let day: i64 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as i64;
    let year: i64 = parts.next()?.parse().ok()?;
    let clock = parts.next()?.split(':').try_fold(0, |sum, part| Some(sum * 60 + part.parse::<i64>().ok()?))?;
    Some(((year * 12 + month) * 31 + day) * 86_400 + clock)
}

impl<'a> View<'a> {
    pub(super) fn answer(&self, path: &str) -> Option<Page> {
        if path == "/robots.txt" {
            return Some(Page::text(self.robots()));
        }
        if let Some(name) = path.strip_prefix("/img/") {
            return images::image(self.web, name);
        }
        match self.site.template {
            Template::Ticketing => ticketing::page(self, path),
            Template::State => state::page(self, path),
            Template::Group => group::page(self, path),
            Template::HEvent => hevent::page(self, path),
            Template::Calendars => calendars::page(self, path),
            Template::Feed => feed::page(self, path),
            Template::Plugin => plugin::page(self, path),
            Template::Tables => tables::page(self, path),
            Template::Api => api::page(self, path),
            Template::Wrong => wrong::page(self, path),
            Template::Own(design) => own::page(self, design, path),
            Template::Tour(design) => tour::page(self, design, path),
            Template::Agenda => agenda::page(self, path),
            Template::Festival => festival::page(self, path),
        }
    }

    /// The paths of all pages that a polite crawler reaches.
    pub(super) fn paths(&self) -> Box<dyn Iterator<Item = String> + 'a> {
        match self.site.template {
            Template::Ticketing => ticketing::paths(*self),
            Template::State => state::paths(*self),
            Template::Group => group::paths(*self),
            Template::HEvent => hevent::paths(*self),
            Template::Calendars => calendars::paths(*self),
            Template::Feed => feed::paths(*self),
            Template::Plugin => plugin::paths(*self),
            Template::Tables => tables::paths(),
            Template::Api => api::paths(*self),
            Template::Wrong => wrong::paths(*self),
            Template::Own(design) => own::paths(*self, design),
            Template::Tour(_) => tour::paths(),
            Template::Agenda => agenda::paths(*self),
            Template::Festival => festival::paths(*self),
        }
    }

    pub(super) fn seed(&self) -> &'static str {
        match self.site.template {
            Template::Feed => "/feed.xml",
            Template::Api => "/api/v2/events?page=1",
            Template::Tables => "/index.htm",
            Template::Plugin => "/events/",
            Template::Agenda => "/agenda/",
            _ => "/",
        }
    }

    fn robots(&self) -> String {
        let closed = if self.site.template == Template::Ticketing { "/drafts/" } else { "/search" };
        format!("User-agent: *\nDisallow: {closed}\n")
    }
}

impl Page {
    pub(crate) fn html(html: String) -> Self {
        Self { media: "text/html; charset=utf-8", body: html.into_bytes(), next: None }
    }

    pub(crate) fn text(text: String) -> Self {
        Self { media: "text/plain; charset=utf-8", body: text.into_bytes(), next: None }
    }

    pub(crate) fn of(media: &'static str, body: Vec<u8>) -> Self {
        Self { media, body, next: None }
    }
}

impl Template {
    /// Shows on a page of the listing.
    pub(super) fn page_size(self) -> usize {
        match self {
            Self::Ticketing => 20,
            Self::State => 24,
            Self::Feed | Self::Api => 50,
            Self::Plugin => 12,
            Self::HEvent | Self::Own(_) => 15,
            _ => 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{http_date, seconds};

    #[test]
    fn http_dates_are_ordered() {
        assert!(http_date(1, "/").starts_with("Sun, 22 Nov 2026 03:"));
        assert!(seconds(&http_date(1, "/")) < seconds(&http_date(2, "/")));
        assert_eq!(seconds("yesterday"), None);
    }
}
