use jiff::ToSpan;
use jiff::civil::{Date, Time};
use model::{EventStatus, SourceKind, When};

use super::roster::Template;
use super::spell::{join_bill, respell};
use super::{View, say};
use crate::world::{Channel, City, Language, Performance};

/// A show as one site tells it. A site that nobody outranks tells the truth; the others slip as `noise` has it.
pub(crate) struct Shown<'a> {
    pub(crate) index: u32,
    pub(crate) show: &'a Performance,
    pub(crate) city: &'a City,
    /// The language of the site.
    pub(crate) language: Language,
    pub(crate) names: Vec<String>,
    pub(crate) night: Option<&'a str>,
    pub(crate) place: Place,
    pub(crate) start: When,
    pub(crate) doors: Option<Time>,
    pub(crate) status: EventStatus,
    pub(crate) price: Option<(f64, f64)>,
    pub(crate) moved_from: Option<Date>,
    /// Even bits for questions of style.
    pub(crate) style: u64,
}

/// A venue as one site tells it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) venue: usize,
    pub(crate) name: String,
    pub(crate) street: String,
    pub(crate) postal_code: Option<String>,
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    pub(crate) phone: String,
}

impl<'a> View<'a> {
    /// What the site says about a show that it publishes.
    pub(crate) fn shown(&self, index: u32) -> Shown<'a> {
        let show = &self.web.world.performances[index as usize];
        let slips = self.slips(index);
        let mut start = show.start;
        let doors = show.doors;
        if slips.chance(0.15, "doors for start") {
            start.time = doors.or(start.time);
        } else if self.site.template == Template::Wrong && slips.chance(0.06, "morning") {
            start.time = start.time.map(|time| time.wrapping_sub(12.hours()));
        } else if self.site.kind == SourceKind::Press && slips.chance(0.1, "no time") {
            start.time = None;
        }
        let mut status = show.status;
        let mut moved_from = show.moved_from;
        if status != EventStatus::Scheduled && slips.chance(0.25, "stale") {
            let date_too = status == EventStatus::Rescheduled && slips.chance(0.5, "stale date");
            if let Some(old) = moved_from.filter(|_| date_too) {
                start.date = old;
            }
            (status, moved_from) = (EventStatus::Scheduled, None);
        }
        Shown {
            index,
            show,
            city: self.web.world.city_of(show.venue),
            language: self.language(show.venue),
            names: self.names(index, slips.honest),
            night: show.night.as_deref(),
            place: self.place(self.venue_told(index, &slips)),
            start,
            doors,
            status,
            price: show
                .price
                .map(|(low, high)| if slips.chance(0.08, "fee") { (low * 1.1, high * 1.1) } else { (low, high) }),
            moved_from,
            style: self.web.dice.roll("style", &[self.number as u64, u64::from(index)]),
        }
    }

    /// Local sites speak as their town does, the others English.
    fn language(&self, venue: usize) -> Language {
        match self.site.template {
            Template::Own(_) | Template::HEvent | Template::Calendars | Template::Agenda => {
                self.web.world.city_of(venue).language
            }
            _ => Language::English,
        }
    }

    fn slips(&self, index: u32) -> Slips<'_, 'a> {
        Slips { view: self, index, honest: self.web.outranked_by_none(self.number, index) }
    }

    /// Of a show with a known better source, All Gigs Now sometimes names the town's first venue.
    fn venue_told(&self, index: u32, slips: &Slips<'_, '_>) -> usize {
        let world = &self.web.world;
        let venue = world.performances[index as usize].venue;
        if self.site.template != Template::Wrong || !slips.chance(0.04, "default venue") {
            return venue;
        }
        let city = world.venues[venue].city;
        world.venues.iter().position(|other| other.city == city).unwrap_or(venue)
    }

    fn names(&self, index: u32, honest: bool) -> Vec<String> {
        let world = &self.web.world;
        let show = &world.performances[index as usize];
        let ids = [self.number as u64, u64::from(index)];
        let noise = if honest { 0.0 } else { self.web.noise };
        let short = self.web.dice.chance(0.2 * noise, "supports missing", &ids);
        let kept = match (honest, show.artists.len()) {
            (false, 6..) if noise > 0.0 => 4,
            (_, count) if short => count.min(1),
            (_, count) => count,
        };
        show.artists
            .iter()
            .take(kept)
            .map(|artist| {
                let name = &world.artists[*artist].name;
                respell(self.web.dice, noise, name, [ids[0], ids[1], *artist as u64], |name| self.web.is_artist(name))
            })
            .collect()
    }

    /// What the site says about a venue. The venue's own site is right; where it has none, those who put shows on or
    /// sell them are.
    pub(crate) fn place(&self, venue: usize) -> Place {
        let truth = &self.web.world.venues[venue];
        let honest = match truth.channel {
            Channel::None => self.site.kind.priority() >= SourceKind::Ticketing.priority(),
            Channel::Field => self.site.kind == SourceKind::Festival,
            _ => self.site.kind == SourceKind::Venue,
        };
        let noise = if honest { 0.0 } else { self.web.noise };
        let ids = [self.number as u64, venue as u64];
        let chance = |probability: f64, tag: &str| self.web.dice.chance(probability * noise, tag, &ids);
        let mut name = truth.name.clone();
        if let Some(old) = truth
            .old_name
            .as_ref()
            .filter(|_| matches!(self.site.template, Template::Tables | Template::Wrong) && noise > 0.0)
        {
            name.clone_from(old);
        } else if chance(0.2, "venue the") {
            name = name.strip_prefix("The ").unwrap_or(&name).to_owned();
        } else if chance(0.3, "saint") {
            name = name.replace("St. ", "Saint ").replace("Theatre", "Theater");
        }
        let known = if self.site.kind == SourceKind::Aggregator { &truth.first_street } else { &truth.street };
        let street = if chance(0.4, "street") {
            known.replace("Street", "St.").replace("Road", "Rd").replace("straße", "str.").replace("Calle", "C/")
        } else {
            known.clone()
        };
        let postal_code = match (chance(0.12, "no code"), chance(0.15, "tight code")) {
            (true, _) => None,
            (false, true) => Some(truth.postal_code.replace(' ', "")),
            (false, false) => Some(truth.postal_code.clone()),
        };
        let off = |tag: &str| if noise > 0.0 { (self.web.dice.unit(tag, &ids) - 0.5) * 0.002 * noise } else { 0.0 };
        let phone = match truth.phone.strip_prefix("+44 1632 ") {
            Some(rest) if chance(0.4, "old phone") => format!("(01632) {rest}"),
            _ => truth.phone.clone(),
        };
        Place {
            venue,
            name,
            street,
            postal_code,
            lat: truth.lat + off("lat off"),
            lon: truth.lon + off("lon off"),
            phone,
        }
    }
}

struct Slips<'v, 'a> {
    view: &'v View<'a>,
    index: u32,
    honest: bool,
}

impl Slips<'_, '_> {
    fn chance(&self, probability: f64, tag: &str) -> bool {
        let web = self.view.web;
        let ids = [self.view.number as u64, u64::from(self.index)];
        !self.honest && web.dice.chance(probability * web.noise, tag, &ids)
    }
}

impl Shown<'_> {
    /// Some title, where the bill stands elsewhere on the page too.
    pub(crate) fn title(&self) -> String {
        let headliner = &self.names[0];
        match (self.night, self.style % 8) {
            (Some(night), 0..=3) => night.to_owned(),
            (Some(night), _) => format!("{night}: {}", join_bill(&self.names, self.style)),
            (None, 0..=3) => headliner.clone(),
            (None, 4) => format!("{headliner} live at {}", self.place.name),
            (None, 5) => format!("{headliner} – {} Tour", tour(self.show.artists[0])),
            (None, _) => join_bill(&self.names, self.style),
        }
    }

    /// A title that holds the whole bill.
    pub(crate) fn full_title(&self) -> String {
        let bill = join_bill(&self.names, self.style);
        match (self.night, self.style % 8) {
            (Some(night), 0..=3) => format!("{night}: {bill}"),
            (Some(night), _) => format!("{night} with {bill}"),
            (None, 7) if self.names.len() == 1 => format!("{bill} (live)"),
            (None, _) => bill,
        }
    }

    /// A title with what happened to the show, as pages without markup say it.
    pub(crate) fn marked(&self, title: &str) -> String {
        let language = self.language;
        let Some(word) = status_word(self.status, language) else { return title.to_owned() };
        match (self.status, self.moved_from) {
            (EventStatus::Rescheduled, Some(old)) if language == Language::English => {
                format!("{title} – {word} from {} {}", old.day(), say::month(language, old.month()))
            }
            _ => match self.style / 8 % 3 {
                0 => format!("{word}: {title}"),
                1 => format!("{title} [{word}]"),
                _ => format!("{title} – {word}!"),
            },
        }
    }

    /// The price as people write it.
    pub(crate) fn price_text(&self) -> Option<String> {
        let (low, high) = self.price?;
        let (low_text, high_text) = (say::amount(self.city.currency, low), say::amount(self.city.currency, high));
        Some(match self.style / 32 % 4 {
            _ if low == 0.0 => say::free(self.language).to_owned(),
            _ if low < high => match self.language {
                Language::English => format!("{low_text} adv / {high_text} door"),
                Language::Spanish => format!("{low_text} anticipada / {high_text} taquilla"),
                Language::German => format!("VVK {low_text} / AK {high_text}"),
            },
            0 if self.language == Language::English => format!("{low_text} + BF"),
            1 if self.language == Language::English => format!("Tickets {low_text}"),
            _ => low_text,
        })
    }
}

pub(crate) fn status_word(status: EventStatus, language: Language) -> Option<&'static str> {
    let words = match status {
        EventStatus::Scheduled => return None,
        EventStatus::Cancelled => ["CANCELLED", "CANCELADO", "ABGESAGT"],
        EventStatus::Postponed => ["POSTPONED", "APLAZADO", "VERSCHOBEN"],
        EventStatus::Rescheduled => ["RESCHEDULED", "NUEVA FECHA", "NEUER TERMIN"],
        EventStatus::SoldOut => ["SOLD OUT", "AGOTADO", "AUSVERKAUFT"],
    };
    Some(match language {
        Language::English => words[0],
        Language::Spanish => words[1],
        Language::German => words[2],
    })
}

fn tour(artist: usize) -> &'static str {
    let tours = &crate::world::words::TOURS;
    tours[artist % tours.len()]
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::web::Web;

    /// How often sites slip: names, times, dates, places, statuses.
    fn slips(web: &Web) -> [usize; 5] {
        let mut slips = [0; 5];
        for (index, publishers) in (0_u32..).zip(&web.published) {
            for site in publishers {
                let shown = web.view(usize::from(*site), 80).shown(index);
                let bill: Vec<&str> = web.world.bill(shown.show).collect();
                let wrong = [
                    shown.names != bill,
                    shown.start.time != shown.show.start.time,
                    shown.start.date != shown.show.start.date,
                    shown.place.venue != shown.show.venue,
                    shown.status != shown.show.status,
                ];
                let honest = web.outranked_by_none(usize::from(*site), index);
                assert!(
                    !honest || wrong == [false; 5],
                    "show {index}: {} is the best source and slips",
                    web.sites[usize::from(*site)].id
                );
                for (count, wrong) in slips.iter_mut().zip(wrong) {
                    *count += usize::from(wrong);
                }
            }
        }
        slips
    }

    #[test]
    fn others_slip_and_the_best_source_never() {
        let counts = slips(&Web::new(&Config::region(1, 2)));
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
        assert!(counts[2] + counts[3] < 30, "{counts:?}");
    }

    #[test]
    fn without_noise_nobody_slips() {
        assert_eq!(slips(&Web::new(&Config { noise: 0.0, ..Config::region(1, 2) })), [0; 5]);
    }
}
