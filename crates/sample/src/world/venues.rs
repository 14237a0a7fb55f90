use std::collections::HashSet;

use super::places::{City, Language};
use super::words::{LAST, STREET_KINDS, STREETS, VENUE_NOUNS};
use super::{Channel, Venue, World};
use crate::config::Scale;
use crate::random::Dice;

/// The towns (positions in the list) that ordinary venues are spread over, the first most often.
const SPREAD: [usize; 12] = [0, 1, 0, 3, 2, 0, 4, 1, 0, 5, 2, 3];
/// How ordinary venues publish, in turn.
const CHANNELS: [Channel; 10] = [
    Channel::Calendar,
    Channel::Own,
    Channel::None,
    Channel::Own,
    Channel::Calendar,
    Channel::HEvent,
    Channel::Own,
    Channel::None,
    Channel::Calendar,
    Channel::None,
];

/// Fills the world's venues: five that are hard to tell apart, ordinary ones, festival fields, and last those outside.
pub(super) fn venues(dice: Dice, scale: Scale, world: &mut World) {
    let fields = scale.festivals.div_ceil(2).min(scale.venues / 4);
    let outside = (scale.venues / 12).max(1);
    let ordinary = scale.venues.saturating_sub(fields + outside);
    let mut maker = Maker { dice, cities: &world.cities, taken: HashSet::new(), venues: Vec::new() };
    for (name, old, city, channel) in [
        ("The Foundry Main Hall", None, 0, Channel::Group),
        ("The Foundry Basement", None, 0, Channel::Group),
        ("The Corn Exchange", None, 0, Channel::Group),
        ("The Corn Exchange", None, 1, Channel::Own),
        ("The Lantern Room", Some("Pike's Ballroom"), 0, Channel::HEvent),
    ]
    .into_iter()
    .take(ordinary)
    {
        maker.add(name.to_owned(), old, city, channel);
    }
    if maker.venues.len() > 1 {
        let hall = maker.venues[0].clone();
        let basement = &mut maker.venues[1];
        (basement.street, basement.first_street) = (hall.street, hall.first_street);
        (basement.postal_code, basement.phone) = (hall.postal_code, hall.phone);
        (basement.lat, basement.lon) = (hall.lat, hall.lon);
    }
    let inside = world.cities.iter().filter(|city| !city.outside).count();
    for k in maker.venues.len()..ordinary {
        let turn = k - 5;
        let city = if turn < 60 { SPREAD[turn % SPREAD.len()] } else { (turn - 60) % inside };
        let name = maker.name(turn as u64, city);
        let channel = if turn % 60 == 59 { Channel::Group } else { CHANNELS[turn % CHANNELS.len()] };
        maker.add(name, None, city, channel);
    }
    for k in 0..fields {
        let city = [2, 0, 5][k % 3];
        let name = format!("{} {}", LAST[(k * 7 + 3) % LAST.len()], ["Park", "Meadows", "Common"][k / LAST.len() % 3]);
        maker.add(name, None, city, Channel::Field);
    }
    for k in 0..outside {
        let city = inside + k % (world.cities.len() - inside);
        let name = maker.name(10_000 + k as u64, city);
        maker.add(name, None, city, Channel::None);
    }
    world.venues = maker.venues;
}

struct Maker<'a> {
    dice: Dice,
    cities: &'a [City],
    taken: HashSet<String>,
    venues: Vec<Venue>,
}

impl Maker<'_> {
    fn add(&mut self, name: String, old_name: Option<&str>, city: usize, channel: Channel) {
        let id = self.venues.len() as u64;
        let town = &self.cities[city];
        let street = street(self.dice, id, town.language, 0);
        let venue = Venue {
            name,
            old_name: old_name.map(str::to_owned),
            first_street: street.clone(),
            street,
            city,
            postal_code: postal_code(self.dice, id, town),
            lat: round(town.lat + self.dice.unit("lat", &[id]) * 0.04 - 0.02),
            lon: round(town.lon + self.dice.unit("lon", &[id]) * 0.06 - 0.03),
            phone: phone(self.dice, id, town),
            channel,
        };
        self.venues.push(venue);
    }

    /// A name that no venue bears, in the language of the town.
    fn name(&mut self, id: u64, city: usize) -> String {
        for attempt in 0.. {
            let ids = [id, attempt];
            let noun = self.dice.pick(&VENUE_NOUNS, "venue noun", &ids);
            let last = self.dice.pick(&LAST, "venue last", &ids);
            let mut name = match self.cities[city].language {
                Language::English => match self.dice.below(9, "venue pattern", &ids) {
                    0..=3 => format!("The {noun}"),
                    4 => format!("{last} Hall"),
                    5 => format!(
                        "St. {}'s Church",
                        self.dice.pick(&["Osyth", "Piran", "Winifred", "Cuthbert"], "saint", &ids)
                    ),
                    6 => format!("The {last} Theatre"),
                    7 => format!("Club {last}"),
                    _ => format!("The Old {noun}"),
                },
                Language::Spanish => {
                    let part =
                        self.dice.pick(&["Marea", "Farola", "Caracola", "Duende", "Azotea", "Brújula"], "es", &ids);
                    format!("{} {part}", self.dice.pick(&["Sala", "Teatro", "Café", "Sala"], "es kind", &ids))
                }
                Language::German => {
                    let part =
                        self.dice.pick(&["Speicher", "Werft", "Bahnhof", "Mühle", "Leuchtturm", "Kessel"], "de", &ids);
                    format!(
                        "{} {part}",
                        self.dice.pick(&["Kulturhaus", "Club", "Alter", "Kulturzentrum"], "de kind", &ids)
                    )
                }
            };
            if attempt > 12 {
                name = format!("{name} {last}");
            }
            if self.taken.insert(name.to_lowercase()) {
                return name;
            }
        }
        unreachable!("the loop ends by returning")
    }
}

/// A street with its number; another `version`, another number.
pub(super) fn street(dice: Dice, id: u64, language: Language, version: u64) -> String {
    let number = 1 + dice.below(180, "number", &[id, version]);
    let base = dice.pick(&STREETS, "street", &[id]);
    match language {
        Language::English => format!("{number} {base} {}", dice.pick(&STREET_KINDS, "street kind", &[id])),
        Language::Spanish => {
            let base = dice.pick(&["del Muelle", "de la Sal", "Mayor", "de los Toneles", "del Faro"], "calle", &[id]);
            format!("Calle {base} {number}")
        }
        Language::German => {
            let base =
                dice.pick(&["Hafenstraße", "Möwengasse", "Am Deich", "Speicherstraße", "Kirchweg"], "gasse", &[id]);
            format!("{base} {number}")
        }
    }
}

fn postal_code(dice: Dice, id: u64, city: &City) -> String {
    let digits = dice.below(1000, "postal", &[id]);
    let letter = |tag| ["A", "B", "D", "E", "F", "G", "H", "J", "L", "N", "P", "R"][dice.below(12, tag, &[id])];
    match city.country {
        "GB" => format!("{} {}{}{}", city.postal, digits % 10, letter("postal 1"), letter("postal 2")),
        "SE" => format!("{}{} {:02}", city.postal, digits % 10, digits / 10),
        "IE" => format!("{}5 {}{:03}", city.postal, letter("postal 1"), digits),
        _ => format!("{}{digits:03}", city.postal),
    }
}

/// Numbers out of the ranges kept for drama, where there is one.
fn phone(dice: Dice, id: u64, city: &City) -> String {
    let digits = dice.below(1000, "phone", &[id]);
    match city.country {
        "GB" => format!("+44 1632 960{digits:03}"),
        "ES" => format!("+34 900 000 {digits:03}"),
        "DE" => format!("+49 30 23125 {digits:03}"),
        "SE" => format!("+46 31 390 06 {:02}", digits % 100),
        "IE" => format!("+353 20 913 0{digits:03}"),
        _ => format!("+1 413 555 01{:02}", digits % 100),
    }
}

fn round(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}
