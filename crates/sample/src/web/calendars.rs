//! Gigcal: one iCalendar feed (RFC 5545) for each of several venues, with residencies as recurring events.

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use model::{EventStatus, When};

use super::markup::{document, escape, slug};
use super::quiet::quiet_nights;
use super::shown::Shown;
use super::{Page, View};
use crate::world::{Channel, City};

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/" {
        let mut body = String::from("<h1>Gigcal</h1><p>Subscribe to a venue:</p>\n<ul>\n");
        for venue in venues(view) {
            let name = escape(&view.web.world.venues[venue].name);
            body += &format!("<li><a type=\"text/calendar\" href=\"{}\">{name}</a></li>\n", feed_path(view, venue));
        }
        body += "</ul>";
        return Some(Page::html(document("en", "Gigcal", "", &body)));
    }
    let venue = venues(view).into_iter().find(|venue| feed_path(view, *venue) == path)?;
    Some(Page::of("text/calendar; charset=utf-8", feed(view, venue).into_bytes()))
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    let feeds = venues(&view).into_iter().map(move |venue| feed_path(&view, venue));
    Box::new(std::iter::once("/".to_owned()).chain(feeds))
}

fn venues(view: &View<'_>) -> Vec<usize> {
    let all = &view.web.world.venues;
    (0..all.len()).filter(|venue| all[*venue].channel == Channel::Calendar).collect()
}

fn feed_path(view: &View<'_>, venue: usize) -> String {
    format!("/calendars/{}-{venue}.ics", slug(&view.web.world.venues[venue].name))
}

/// Lines folded at 75 octets, ended by CR LF.
struct Lines(String);

impl Lines {
    fn put(&mut self, line: &str) {
        let mut width = 0;
        for letter in line.chars() {
            if width + letter.len_utf8() > 75 {
                self.0 += "\r\n ";
                width = 1;
            }
            self.0.push(letter);
            width += letter.len_utf8();
        }
        self.0 += "\r\n";
    }

    fn text(&mut self, name: &str, text: &str) {
        let escaped = text.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;").replace('\n', "\\n");
        self.put(&format!("{name}:{escaped}"));
    }
}

fn feed(view: &View<'_>, venue: usize) -> String {
    let city = view.web.world.city_of(venue);
    let mut lines = Lines(String::new());
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Gigcal//Venue calendars 3.1//EN", "METHOD:PUBLISH"] {
        lines.put(line);
    }
    lines.text("X-WR-CALNAME", &view.place(venue).name);
    lines.put(&format!("X-WR-TIMEZONE:{}", city.zone));
    zone(&mut lines, city);
    for (number, series) in view.web.world.series.iter().enumerate().filter(|(_, series)| series.venue == venue) {
        let start = moment(series.first.date, series.first.time);
        lines.put("BEGIN:VEVENT");
        lines.put(&format!("UID:series-{number}@gigcal.example"));
        lines.put("DTSTAMP:20261101T080000Z");
        lines.put(&format!("DTSTART;TZID={}:{start}", city.zone));
        lines.put(&format!("RRULE:FREQ=WEEKLY;COUNT={}", series.weeks));
        for day in &series.skipped {
            lines.put(&format!("EXDATE;TZID={}:{}", city.zone, moment(*day, series.first.time)));
        }
        lines.text("SUMMARY", &view.web.world.artists[series.artist].name);
        location(&mut lines, view, venue);
        lines.put("END:VEVENT");
    }
    for index in view.shows_where(|other| other == venue) {
        let shown = view.shown(index);
        if shown.show.series.is_none() {
            event(&mut lines, view, &shown);
        }
    }
    for (day, text) in quiet_nights(view, venue) {
        lines.put("BEGIN:VEVENT");
        lines.put(&format!("UID:{day}-{venue}@gigcal.example"));
        lines.put("DTSTAMP:20261101T080000Z");
        lines.put(&format!("DTSTART;VALUE=DATE:{}", day.strftime("%Y%m%d")));
        lines.text("SUMMARY", text);
        lines.put("END:VEVENT");
    }
    lines.put("END:VCALENDAR");
    lines.0
}

fn zone(lines: &mut Lines, city: &City) {
    let (standard, summer) = if city.country == "GB" { ("+0000", "+0100") } else { ("+0100", "+0200") };
    lines.put("BEGIN:VTIMEZONE");
    lines.put(&format!("TZID:{}", city.zone));
    for (kind, month, from, to) in [("STANDARD", 10, summer, standard), ("DAYLIGHT", 3, standard, summer)] {
        lines.put(&format!("BEGIN:{kind}"));
        lines.put("DTSTART:19961027T020000");
        lines.put(&format!("RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY=-1SU"));
        lines.put(&format!("TZOFFSETFROM:{from}"));
        lines.put(&format!("TZOFFSETTO:{to}"));
        lines.put(&format!("END:{kind}"));
    }
    lines.put("END:VTIMEZONE");
}

fn location(lines: &mut Lines, view: &View<'_>, venue: usize) {
    let (place, city) = (view.place(venue), view.web.world.city_of(venue));
    let code = place.postal_code.unwrap_or_default();
    let text = format!("{}, {}, {} {code}, {}", place.name, place.street, city.name, city.country_name());
    lines.text("LOCATION", &text);
    lines.put(&format!("GEO:{:.5};{:.5}", place.lat, place.lon));
}

fn event(lines: &mut Lines, view: &View<'_>, shown: &Shown<'_>) {
    let (city, start) = (shown.city, shown.start);
    lines.put("BEGIN:VEVENT");
    lines.put(&format!("UID:{}@gigcal.example", shown.index));
    lines.put("DTSTAMP:20261101T080000Z");
    // Sequence numbers grow with each change (RFC 5545, 3.8.7.4).
    lines.put(&format!(
        "SEQUENCE:{}",
        u8::from(start != shown.show.first_start || shown.status == EventStatus::Cancelled)
    ));
    match start.time {
        Some(time) => {
            lines.put(&format!("DTSTART;TZID={}:{}", city.zone, moment(start.date, Some(time))));
            let late = start.date.at(time.hour(), time.minute(), 0, 0).saturating_add(3.hours());
            lines.put(&format!("DTEND;TZID={}:{}", city.zone, moment(late.date(), Some(late.time()))));
        }
        None => lines.put(&format!("DTSTART;VALUE=DATE:{}", start.date.strftime("%Y%m%d"))),
    }
    let title = shown.full_title();
    let title = match shown.status {
        EventStatus::Cancelled | EventStatus::Scheduled => title,
        _ => shown.marked(&title),
    };
    lines.text("SUMMARY", &title);
    lines.put(match shown.status {
        EventStatus::Cancelled => "STATUS:CANCELLED",
        EventStatus::Postponed => "STATUS:TENTATIVE",
        _ => "STATUS:CONFIRMED",
    });
    location(lines, view, shown.place.venue);
    let mut notes = format!("Line-up: {}.", shown.names.join(" + "));
    if let Some(doors) = shown.doors {
        notes += &format!("\nDoors {}.", super::say::clock(city.language, doors));
    }
    if let Some(price) = shown.price_text() {
        notes += &format!("\n{price}");
    }
    lines.text("DESCRIPTION", &notes);
    lines.put(&format!("URL:{}#{}", view.link(&feed_path(view, shown.place.venue)), shown.index));
    lines.put("END:VEVENT");
}

fn moment(day: Date, time: Option<Time>) -> String {
    let When { date, time, .. } = When { date: day, time, offset: None };
    let time = time.unwrap_or(Time::midnight());
    format!("{}T{:02}{:02}00", date.strftime("%Y%m%d"), time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn long_lines_are_folded_between_letters() {
        let mut lines = Lines(String::new());
        lines.text("SUMMARY", &"é, ".repeat(40));
        assert!(lines.0.lines().all(|line| line.len() <= 75), "{}", lines.0);
        assert_eq!(lines.0.replace("\r\n ", ""), format!("SUMMARY:{}\r\n", "é\\, ".repeat(40)));
    }
}
