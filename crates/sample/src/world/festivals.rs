use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use model::When;

use super::shows::{Booking, new_performance};
use super::words::NIGHTS;
use super::{Channel, Festival, World};
use crate::config::{BASE_DATE, Scale};
use crate::random::Dice;

const NAMES: [&str; 12] = [
    "Saltmarsh Weekender",
    "Aldra Harbour Lights",
    "Larkfield",
    "Frostbite",
    "Kelp & Kindling",
    "The Long Table Folk Festival",
    "Blue Hour",
    "Tidemark",
    "Lantern Week",
    "Undertow",
    "Hedgerow Gathering",
    "Brass in the Mist",
];
const STAGES: [&str; 5] = ["Main Stage", "The Barn", "Willow Stage", "The Hatch", "Tea Tent"];

/// Festivals in fields and festivals in the venues of a town, in turn, with their performances.
pub(super) fn festivals(dice: Dice, scale: Scale, world: &mut World, booking: &mut Booking) {
    let fields: Vec<usize> =
        (0..world.venues.len()).filter(|venue| world.venues[*venue].channel == Channel::Field).collect();
    for index in 0..scale.festivals {
        let id = index as u64;
        let name = match NAMES.get(index) {
            Some(name) => (*name).to_owned(),
            None => format!("{} {}", NIGHTS[index % NIGHTS.len()], index / NIGHTS.len() + 1),
        };
        let field = fields.get(index / 2).copied().filter(|_| index % 2 == 0);
        let days = 2 + dice.below(2, "festival days", &[id]) as i64;
        let weeks = if field.is_some() { 20 + (id as i64 * 2) % 5 } else { 3 + (id as i64 * 3) % 17 };
        let first = friday(BASE_DATE.saturating_add((weeks * 7).days()));
        let city = field.map_or([0, 0, 1, 0, 3, 2][index % 6], |venue| world.venues[venue].city);
        world.festivals.push(Festival {
            name,
            city,
            first,
            last: first.saturating_add((days - 1).days()),
            field,
            stages: if field.is_some() { STAGES.map(str::to_owned)[..2 + index % 3].to_vec() } else { Vec::new() },
        });
        match field {
            Some(venue) => field_days(dice, scale, world, booking, index, venue),
            None => town_shows(dice, scale, world, booking, index),
        }
    }
}

fn friday(day: Date) -> Date {
    day.nth_weekday(1, Weekday::Friday).unwrap_or(day)
}

fn each_day(festival: &Festival) -> Vec<Date> {
    festival.first.series(1.day()).take_while(|day| *day <= festival.last).collect()
}

/// One performance a day, with the day's whole bill.
fn field_days(dice: Dice, scale: Scale, world: &mut World, booking: &mut Booking, index: usize, venue: usize) {
    for (number, day) in each_day(&world.festivals[index]).into_iter().enumerate() {
        let ids = [index as u64, number as u64];
        let size = (8 + dice.below(5, "festival bill", &ids)).min(world.artists.len() / 4);
        let bill = booking.bill(dice, world, ("festival act", world.performances.len() as u64), day, size, None);
        if world.performances.len() >= scale.performances || !booking.book(venue, day, &bill) {
            continue;
        }
        let Some(start) = When::at(day, 12, 0) else { continue };
        let mut show = new_performance(venue, bill, start);
        show.night = Some(format!("{} – {}", world.festivals[index].name, weekday(day)));
        show.festival = Some(index);
        show.price = Some((45.0 + 5.0 * number as f64, 45.0 + 5.0 * number as f64));
        world.performances.push(show);
    }
}

/// Ordinary shows in the town's venues under the festival's name.
fn town_shows(dice: Dice, scale: Scale, world: &mut World, booking: &mut Booking, index: usize) {
    let city = world.festivals[index].city;
    let homes: Vec<usize> = (0..world.venues.len())
        .filter(|venue| world.venues[*venue].city == city && world.venues[*venue].channel != Channel::Field)
        .collect();
    for day in each_day(&world.festivals[index]) {
        for venue in homes.iter().copied().take(4) {
            let id = world.performances.len() as u64;
            let size = 1 + dice.below(2, "town bill", &[id]);
            let bill = booking.bill(dice, world, ("town act", id), day, size, None);
            if world.performances.len() >= scale.performances || !booking.book(venue, day, &bill) {
                continue;
            }
            let Some(start) = When::at(day, 20, if id.is_multiple_of(2) { 0 } else { 30 }) else { continue };
            let mut show = new_performance(venue, bill, start);
            show.festival = Some(index);
            show.price = Some((14.0, 14.0));
            world.performances.push(show);
        }
    }
}

fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
