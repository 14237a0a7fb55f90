//! One record for each event, however often and in however many forms a page states it.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use model::{EventClaims, Record, VenueClaims};

/// One record for each thing that a reader stated more than once.
pub(crate) fn merge(records: Vec<Record>) -> Vec<Record> {
    let mut joined = Joined::default();
    for record in records {
        joined.add(record, Source::Same);
    }
    joined.records
}

/// Puts together what two readers of one page found. The first is believed; the later one fills what is missing. Events
/// that only the later one found are taken where they are many and the page is a list: a few are mentions, or the
/// side bar of a page about something else.
pub(crate) fn join(first: Vec<Record>, later: Vec<Record>, list: bool) -> Vec<Record> {
    const MANY: usize = 3;
    let known = first.iter().any(is_event);
    let mut joined = Joined::default();
    for record in first {
        joined.add(record, Source::Same);
    }
    let mut unknown = Vec::new();
    for record in later {
        unknown.extend(joined.fill(record));
    }
    if !known || (list && unknown.iter().filter(|record| is_event(record)).count() >= MANY) {
        for record in unknown {
            joined.add(record, Source::Same);
        }
    }
    joined.records
}

pub(crate) fn is_event(record: &Record) -> bool {
    matches!(record, Record::Event(_))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The same reader: other clock times of a title are other shows.
    Same,
    Later,
}

#[derive(Default)]
struct Joined {
    records: Vec<Record>,
    by_day: HashMap<Date, Vec<usize>>,
    places: HashSet<String>,
}

impl Joined {
    fn add(&mut self, record: Record, source: Source) {
        let key = match &record {
            Record::Event(event) => {
                let Some(day) = day(event) else { return };
                match self.find(event, day, source) {
                    Some(at) => self.fill_at(at, record),
                    None => {
                        self.by_day.entry(day).or_default().push(self.records.len());
                        self.records.push(record);
                    }
                }
                return;
            }
            Record::Venue(venue) => venue.name.as_ref().map(|name| format!("v{}", words(&name.value).join(" "))),
            Record::Artist(artist) => artist.name.as_ref().map(|name| format!("a{}", words(&name.value).join(" "))),
        };
        if key.is_none_or(|key| self.places.insert(key)) {
            self.records.push(record);
        }
    }

    /// Completes the known event that a later reader's event is; gives the event back where none is.
    fn fill(&mut self, record: Record) -> Option<Record> {
        let Record::Event(event) = &record else { return Some(record) };
        let day = day(event)?;
        let found = self
            .find(event, day, Source::Later)
            .or_else(|| self.of_next_day(event, day))
            .or_else(|| self.of_other_year(event, day));
        match found {
            Some(at) => {
                self.fill_at(at, record);
                None
            }
            None if self.mentions(event, day) => None,
            None => Some(record),
        }
    }

    fn fill_at(&mut self, at: usize, record: Record) {
        if let (Record::Event(known), Record::Event(event)) = (&mut self.records[at], record) {
            fill(known, *event);
        }
    }

    fn of_day(&self, day: Date) -> impl Iterator<Item = (usize, &EventClaims)> {
        self.by_day.get(&day).into_iter().flatten().take(200).filter_map(|at| match &self.records[*at] {
            Record::Event(event) => Some((*at, event.as_ref())),
            _ => None,
        })
    }

    /// The known event that this is, with the one of the same clock time first.
    fn find(&self, event: &EventClaims, day: Date, source: Source) -> Option<usize> {
        let mut best = None;
        for (at, known) in self.of_day(day) {
            let times =
                (known.start.as_ref().and_then(|s| s.value.time), event.start.as_ref().and_then(|s| s.value.time));
            let other_time = matches!(times, (Some(a), Some(b)) if a != b);
            let pages = (value(known.url.as_ref()), value(event.url.as_ref()));
            let other_page = matches!(pages, (Some(a), Some(b)) if a != b) && times.0 != times.1;
            if (other_time || other_page) && source == Source::Same || elsewhere(known, event) {
                continue;
            }
            let same_page = pages.0.is_some() && pages.0 == pages.1;
            if !(same_page && !other_time || titles_agree(known, event, source)) {
                continue;
            }
            if times.0 == times.1 {
                return Some(at);
            }
            best = best.or(Some(at));
        }
        best
    }

    /// Universal time puts an evening of the American continent on the day behind it.
    fn of_next_day(&self, event: &EventClaims, day: Date) -> Option<usize> {
        let next = day.tomorrow().ok()?;
        let found = self.of_day(next).find(|(_, known)| {
            known.start.as_ref().is_some_and(|start| start.value.offset == Some(0))
                && is_same_instant(known, event)
                && titles_agree(known, event, Source::Later)
        });
        found.map(|(at, _)| at)
    }

    /// The visible text often leaves the year out, and a page that is kept for long then seems to speak of another one.
    fn of_other_year(&self, event: &EventClaims, day: Date) -> Option<usize> {
        let title = words(&event.title.as_ref()?.value);
        let same = |(at, known): (usize, &EventClaims)| {
            let known = words(&known.title.as_ref()?.value);
            (known == title).then_some(at)
        };
        let years = self.by_day.keys().filter(|known| known.month() == day.month() && known.day() == day.day());
        years.take(4).find_map(|known| self.of_day(*known).find_map(same))
    }

    /// Whether an event of that day is at a place, or with an artist, that this one takes for its title.
    fn mentions(&self, event: &EventClaims, day: Date) -> bool {
        let Some(title) = event.title.as_ref().map(|title| words(&title.value)) else { return false };
        self.of_day(day).any(|(_, known)| {
            let place = known.venue.as_ref().and_then(|venue| venue.name.as_ref());
            let acts = known.artists.iter().filter_map(|artist| artist.name.as_ref());
            acts.chain(place)
                .map(|name| words(&name.value))
                .any(|name| !name.is_empty() && (contains(&title, &name) || contains(&name, &title)))
        })
    }
}

fn day(event: &EventClaims) -> Option<Date> {
    Some(event.start.as_ref()?.value.date)
}

/// Whether the words of `phrase` stand in a row in `text`.
pub(crate) fn contains(text: &[String], phrase: &[String]) -> bool {
    !phrase.is_empty() && text.windows(phrase.len()).any(|window| window == phrase)
}

fn value(stated: Option<&model::Stated<String>>) -> Option<&str> {
    stated.map(|s| s.value.as_str())
}

/// Whether `seen` states the local time of what `known` states in universal time: whole hours apart, within what time
/// zones differ.
fn is_same_instant(known: &EventClaims, seen: &EventClaims) -> bool {
    let (Some(known), Some(seen)) = (&known.start, &seen.start) else { return false };
    let (Some(there), Some(here)) = (known.value.time, seen.value.time) else { return false };
    if known.value.offset != Some(0) || seen.value.offset.is_some() {
        return false;
    }
    let apart = seen.value.date.to_datetime(here).duration_since(known.value.date.to_datetime(there)).as_mins();
    apart != 0 && apart % 60 == 0 && (-12 * 60..=13 * 60).contains(&apart)
}

/// Both name a place, and not the same one.
fn elsewhere(a: &EventClaims, b: &EventClaims) -> bool {
    let name = |event: &EventClaims| Some(words(&event.venue.as_ref()?.name.as_ref()?.value));
    let (Some(a), Some(b)) = (name(a), name(b)) else { return false };
    !a.iter().any(|word| b.contains(word))
}

fn titles_agree(a: &EventClaims, b: &EventClaims, source: Source) -> bool {
    let (Some(a), Some(b)) = (&a.title, &b.title) else { return false };
    let (a, b) = (words(&a.value), words(&b.value));
    if a == b {
        return true;
    }
    if source == Source::Same || a.is_empty() || b.is_empty() {
        return false;
    }
    let shared = a.iter().filter(|word| b.contains(word)).count();
    shared == a.len().min(b.len()) || shared * 2 > a.len().max(b.len())
}

/// The words of a name in lower case, without signs and articles.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>())
        .filter(|word| !word.is_empty() && !matches!(word.as_str(), "the" | "a" | "and" | "of"))
        .collect()
}

/// Takes from `other` what `event` does not state.
fn fill(event: &mut EventClaims, mut other: EventClaims) {
    let no_clock = event.start.as_ref().is_some_and(|start| start.value.time.is_none());
    let clock = other.start.as_ref().is_some_and(|start| start.value.time.is_some());
    // A machine's universal time tells the hour of the place only together with what the reader sees.
    if is_same_instant(event, &other) {
        event.start = other.start.take();
        event.end = other.end.take();
    } else if no_clock && clock {
        event.start = other.start.take();
    }
    event.key = event.key.take().or(other.key);
    event.end = event.end.take().or(other.end);
    event.doors = event.doors.take().or(other.doors);
    let weak = event.status.as_ref().is_none_or(|s| s.value == model::EventStatus::Scheduled);
    if weak && other.status.is_some() {
        event.status = other.status;
    }
    if event.price_min.is_none() {
        event.price_min = other.price_min;
        event.price_max = other.price_max;
        event.currency = event.currency.take().or(other.currency);
    }
    event.ticket_url = event.ticket_url.take().or(other.ticket_url);
    event.url = event.url.take().or(other.url);
    event.image = event.image.take().or(other.image);
    event.description = event.description.take().or(other.description);
    event.festival = event.festival.take().or(other.festival);
    event.music = event.music.take().or(other.music);
    if event.artists.is_empty() {
        event.artists = other.artists;
    }
    match (&mut event.venue, other.venue) {
        (Some(venue), Some(other)) => fill_venue(venue, other),
        (venue @ None, other) => *venue = other,
        _ => {}
    }
}

fn fill_venue(venue: &mut VenueClaims, other: VenueClaims) {
    macro_rules! fill {
        ($($field:ident)*) => { $( venue.$field = venue.$field.take().or(other.$field); )* };
    }
    fill!(name street city region postal_code country lat lon phone website image description);
}

#[cfg(test)]
mod tests {
    use model::{EventClaims, Record, Stated};

    use super::{join, merge};

    fn show(title: &str, start: &str, url: &str) -> Record {
        Record::Event(Box::new(EventClaims {
            title: Some(Stated::new(title.to_owned(), "h1", title)),
            start: Some(Stated::new(start.parse().unwrap(), "time", start)),
            url: (!url.is_empty()).then(|| Stated::new(url.to_owned(), "a", url)),
            ..EventClaims::default()
        }))
    }

    fn titles(records: &[Record]) -> Vec<String> {
        let event = |record: &Record| match record {
            Record::Event(event) => {
                format!("{} {}", event.title.as_ref().unwrap().value, event.start.as_ref().unwrap().value)
            }
            _ => String::new(),
        };
        records.iter().map(event).collect()
    }

    #[test]
    fn statements_about_one_event_become_one_record() {
        let markup =
            || vec![show("The Lanterns", "2026-09-01T19:30", "https://a.test/1"), show("Owls", "2026-09-01", "")];
        let kept = ["The Lanterns 2026-09-01T19:30", "Owls 2026-09-01"];
        for (later, expected) in [
            (show("The Lanterns + Support", "2026-09-01", ""), kept),
            (show("OWLS", "2026-09-01T20:00", ""), [kept[0], "Owls 2026-09-01T20:00"]),
            (show("Owls", "2027-09-01", ""), kept),
            (show("Side bar", "2026-09-02", ""), kept),
            (show("The Lanterns", "2026-09-01T21:00", ""), kept),
        ] {
            assert_eq!(titles(&join(markup(), vec![later], true)), expected);
        }
    }

    #[test]
    fn universal_time_becomes_what_the_reader_sees() {
        for (machine, seen, expected) in [
            ("2026-09-02T00:00+00:00", "2026-09-01T20:00", "2026-09-01T20:00"),
            ("2026-09-01T18:30+00:00", "2026-09-01T19:30", "2026-09-01T19:30"),
            ("2026-09-01T18:30+00:00", "2026-09-01T18:00", "2026-09-01T18:30+00:00"),
            ("2026-09-01T18:30+01:00", "2026-09-01T19:30", "2026-09-01T18:30+01:00"),
        ] {
            let joined = join(vec![show("Owls", machine, "")], vec![show("Owls", seen, "")], false);
            assert_eq!(titles(&joined), [format!("Owls {expected}")]);
        }
    }

    #[test]
    fn a_list_that_markup_covers_in_part_is_completed() {
        let markup = vec![show("The Lanterns", "2026-09-01T19:30", "")];
        let listed = || ["2026-09-02", "2026-09-03", "2026-09-04"].map(|day| show("Owls", day, "")).to_vec();
        assert_eq!(join(markup.clone(), listed(), true).len(), 4);
        assert_eq!(join(markup, listed(), false).len(), 1);
        assert_eq!(join(Vec::new(), listed(), false).len(), 3);
    }

    #[test]
    fn two_shows_of_one_day_stay_two() {
        let shows = vec![
            show("Owls", "2026-09-01T15:00", ""),
            show("Owls", "2026-09-01T20:00", ""),
            show("Owls", "2026-09-01T20:00", ""),
        ];
        assert_eq!(titles(&merge(shows)), ["Owls 2026-09-01T15:00", "Owls 2026-09-01T20:00"]);
    }
}
