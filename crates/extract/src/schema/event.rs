use model::{ArtistClaims, EventClaims, EventStatus, Record, Stated, When};

use super::{Around, Reader, description, is_artist, is_event, offer, place, suffix};
use crate::item::{Item, Prop, Words};
use crate::moment::{self, Moment};
use crate::text;

/// Types that are clearly no live music.
const NOT_MUSIC: [&str; 11] = [
    "ComedyEvent",
    "SportsEvent",
    "ScreeningEvent",
    "LiteraryEvent",
    "BusinessEvent",
    "EducationEvent",
    "ExhibitionEvent",
    "VisualArtsEvent",
    "FoodEvent",
    "SaleEvent",
    "ChildrensEvent",
];

impl Reader<'_, '_> {
    /// Reads an event and the events inside it.
    pub(super) fn event(&mut self, item: &Item, around: Around<'_>, depth: usize) {
        let inner: Vec<&Item> =
            item.items(&["subEvent", "subEvents", "event", "events"]).filter(|i| is_event(i)).collect();
        let is_frame = !inner.is_empty() && item.is(&["EventSeries", "Festival"]);
        let festival = item.is(&["Festival"]).then(|| item.words(&["name"])).flatten().or(around.festival);
        if !is_frame || item.is(&["Festival"]) {
            let above = item.items(&["superEvent"]).find(|i| i.is(&["Festival"])).and_then(|i| i.words(&["name"]));
            let around = Around { festival: above.or(festival), ..around };
            for start in starts(item) {
                self.records.extend(self.claims(item, start, around).map(|claims| Record::Event(Box::new(claims))));
            }
        }
        let inside =
            Around { venue: item.items(&["location"]).next().or(around.venue), performer: around.performer, festival };
        for event in inner {
            self.walk(event, inside, depth + 1);
        }
    }

    fn claims(&self, item: &Item, start: Option<&Words>, around: Around<'_>) -> Option<EventClaims> {
        let name = item.words(&["name", "headline"])?;
        let context = moment::Context { today: self.page.input.today, zone: self.zone.as_ref() };
        let start_moment = moment::read(&start?.text, context)?;
        let inherited = || around.venue.and_then(|venue| place::from_item(self.page, venue));
        let mut claims = EventClaims {
            venue: place::venue_of(self.page, item).or_else(inherited),
            festival: around.festival.map(|words| words.state(words.text.clone())),
            ..EventClaims::default()
        };
        self.times(&mut claims, item, start?, start_moment, context);
        self.title(&mut claims, name);
        named_by_place(&mut claims, around);
        if claims.title.as_ref().is_some_and(|title| title.value.is_empty()) {
            return None;
        }
        claims.description = description(item);
        claims.image = self.image(item);
        claims.url = item.words(&["url"]).and_then(|words| self.address(words));
        claims.key = claims.url.as_ref().map(|url| url.value.clone()).filter(|url| *url != self.page.input.url);
        offer::fill(self.page, item, &mut claims);
        self.status(&mut claims, item, name);
        claims.music = self.music(item, name);
        claims.artists = self.artists(item, around, &claims);
        Some(claims)
    }

    fn times(&self, claims: &mut EventClaims, item: &Item, words: &Words, start: Moment, context: moment::Context<'_>) {
        let start_when = start.when;
        claims.start = Some(words.state(start_when));
        claims.doors = item.words(&["doorTime"]).and_then(|words| {
            let time = moment::clock(&words.text, context)?;
            Some(words.state(time))
        });
        let end = item.words(&["endDate"]).and_then(|words| Some((words, moment::read(&words.text, context)?.when)));
        claims.end = match (end, start.end) {
            (Some((words, end)), _) => believable_end(start_when, end).map(|end| words.state(end)),
            (None, Some(end)) => Some(words.state(end)),
            (None, None) => None,
        };
    }

    fn title(&self, claims: &mut EventClaims, name: &Words) {
        let venue = claims.venue.as_ref().and_then(|venue| venue.name.as_ref()).map(|name| name.value.as_str());
        let trimmed = suffix::trim(&name.text, &self.site_names, venue, self.page.input.today);
        claims.title = Some(name.state(text::title::clean(trimmed)));
    }

    fn status(&self, claims: &mut EventClaims, item: &Item, name: &Words) {
        let marked = item.words(&["eventStatus"]).and_then(|words| Some((words, status_of(&words.text)?)));
        let written = text::status::find(&name.text)
            .map(|(status, range)| Stated::new(status, name.at.as_str(), &name.text[range]));
        match (marked, written) {
            (Some((words, status)), _) if status != EventStatus::Scheduled => claims.status = Some(words.state(status)),
            (_, Some(written)) => claims.status = Some(written),
            (Some((words, status)), None) if claims.status.is_none() => claims.status = Some(words.state(status)),
            _ => {}
        }
        if claims.status.as_ref().is_none_or(|status| status.value == EventStatus::Scheduled)
            && let Some(words) = item.words(&["previousStartDate"])
        {
            claims.status = Some(words.state(EventStatus::Rescheduled));
        }
    }

    /// False where type, category or title say that it is none.
    fn music(&self, item: &Item, name: &Words) -> Option<Stated<bool>> {
        if item.is(&["MusicEvent", "Festival", "Concert"]) || item.items(&["performer", "performers"]).any(is_artist) {
            return None;
        }
        if item.is(&NOT_MUSIC) {
            // The type itself is the evidence; it stands in the markup as it is written here.
            let kind = item.types.iter().find(|t| NOT_MUSIC.contains(&t.as_str()))?;
            return Some(Stated::new(false, item.at.as_str(), kind));
        }
        let lines = item.words(&["category", "genre", "keywords"]).into_iter().chain([name]);
        for words in lines {
            if let Some(range) = text::music::not_music(&words.text) {
                return Some(Stated::new(false, words.at.as_str(), &words.text[range]));
            }
        }
        None
    }

    fn artists(&self, item: &Item, around: Around<'_>, claims: &EventClaims) -> Vec<ArtistClaims> {
        let place = claims.venue.as_ref().and_then(|venue| venue.name.as_ref()).map(|name| name.value.to_lowercase());
        let mut artists: Vec<ArtistClaims> = Vec::new();
        for prop in item.all(&["performer", "performers"]) {
            let stated = match prop {
                Prop::Words(words) => named(words),
                Prop::Item(act) => self.artist(act).into_iter().collect(),
            };
            for artist in stated {
                let Some(name) = artist.name.as_ref().map(|name| name.value.to_lowercase()) else { continue };
                let known = artists.iter().any(|a| a.name.as_ref().is_some_and(|n| n.value.to_lowercase() == name));
                if !known && !name.is_empty() && place.as_ref() != Some(&name) {
                    artists.push(artist);
                }
            }
        }
        without_festival(&mut artists, item, claims);
        if artists.is_empty() {
            artists.extend(around.performer.and_then(|performer| self.artist(performer)));
        }
        if artists.is_empty()
            && claims.music.is_none()
            && let Some(title) = &claims.title
        {
            artists = from_title(title);
        }
        artists
    }
}

/// An artist's page names its shows by where they are: `{name: "Blue Hall", location: "Memphis, TN"}`.
fn named_by_place(claims: &mut EventClaims, around: Around<'_>) {
    let Some(act) = around.performer.and_then(|performer| performer.words(&["name"])) else { return };
    let Some(title) = claims.title.as_ref().filter(|t| !t.value.to_lowercase().contains(&act.text.to_lowercase()))
    else {
        return;
    };
    if let Some(venue) = claims.venue.as_mut().filter(|venue| venue.name.is_none() && venue.city.is_some()) {
        venue.name = Some(title.clone());
    }
}

/// Ticket sellers list a festival among its own performers.
fn without_festival(artists: &mut Vec<ArtistClaims>, item: &Item, claims: &EventClaims) {
    let Some(title) = claims.title.as_ref().map(|title| title.value.to_lowercase()) else { return };
    if artists.len() > 1 && (item.is(&["Festival"]) || title.contains("festival") || artists.len() > 8) {
        artists.retain(|artist| artist.name.as_ref().is_none_or(|name| name.value.to_lowercase() != title));
    }
}

/// The acts that a title names.
pub(crate) fn from_title(title: &Stated<String>) -> Vec<ArtistClaims> {
    let name = |name: String| Stated { value: name, evidence: title.evidence.clone() };
    text::lineup::of_title(&title.value)
        .into_iter()
        .map(|act| ArtistClaims { name: Some(name(act)), ..ArtistClaims::default() })
        .collect()
}

/// A performer given as text: one name, or a line-up.
fn named(words: &Words) -> Vec<ArtistClaims> {
    let split =
        if words.text.contains([',', '+', '/', '\n', ';']) { text::lineup::split(&words.text) } else { Vec::new() };
    let names = if split.is_empty() { vec![words.text.clone()] } else { split };
    names.into_iter().map(|name| ArtistClaims { name: Some(words.state(name)), ..ArtistClaims::default() }).collect()
}

/// One for each start date that the item states.
fn starts(item: &Item) -> Vec<Option<&Words>> {
    let mut starts: Vec<&Words> = Vec::new();
    for prop in item.all(&["startDate"]) {
        if let Prop::Words(words) = prop
            && !words.text.is_empty()
            && !starts.iter().any(|known| known.text == words.text)
        {
            starts.push(words);
        }
    }
    if starts.is_empty() {
        starts.extend(item.items(&["eventSchedule"]).find_map(|schedule| schedule.words(&["startDate"])));
    }
    starts.into_iter().take(400).map(Some).collect()
}

/// An end that can be one: not before the start, not years behind it (1970 and 2038 are marks of empty fields).
pub(crate) fn believable_end(start: When, end: When) -> Option<When> {
    let days = (end.date - start.date).get_days();
    let same_day_earlier = days == 0 && end.time.is_some() && end.time < start.time;
    if !(0..=400).contains(&days) || same_day_earlier || end == start {
        return None;
    }
    Some(end)
}

/// schema.org's and iCalendar's words for a status.
pub(crate) fn status_of(text: &str) -> Option<EventStatus> {
    let word =
        text.rsplit(['/', '#', ':']).next().unwrap_or(text).trim().to_ascii_lowercase().replace([' ', '_', '-'], "");
    Some(match word.strip_prefix("event").unwrap_or(&word) {
        "scheduled" | "confirmed" | "onsale" | "movedonline" => EventStatus::Scheduled,
        "cancelled" | "canceled" => EventStatus::Cancelled,
        "postponed" => EventStatus::Postponed,
        "rescheduled" | "moved" => EventStatus::Rescheduled,
        "soldout" => EventStatus::SoldOut,
        _ => return None,
    })
}
