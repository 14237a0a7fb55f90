use std::collections::HashSet;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use model::{EventStatus, When};

use super::artists::singular;
use super::words::NIGHTS;
use super::{Channel, Performance, Promoter, Series, World};
use crate::random::Dice;

/// Who is where when: one show a night at a venue, one a night of an artist.
#[derive(Default)]
pub(super) struct Booking {
    venues: HashSet<(usize, Date)>,
    artists: HashSet<(usize, Date)>,
}

impl Booking {
    /// The bookings of all that is planned.
    pub(super) fn of(world: &World) -> Self {
        let mut booking = Self::default();
        for show in &world.performances {
            booking.venues.insert((show.venue, show.start.date));
            booking.artists.extend(show.artists.iter().map(|artist| (*artist, show.start.date)));
        }
        booking
    }

    /// Books all, or nothing and says false.
    pub(super) fn book(&mut self, venue: usize, day: Date, artists: &[usize]) -> bool {
        let free = !artists.is_empty()
            && !self.venues.contains(&(venue, day))
            && artists.iter().all(|artist| !self.artists.contains(&(*artist, day)));
        if free {
            self.venues.insert((venue, day));
            self.artists.extend(artists.iter().map(|artist| (*artist, day)));
        }
        free
    }

    /// A bill of `size` artists who are free that day, `first` at its head; `tag` and `id` name the question.
    pub(super) fn bill(
        &self,
        dice: Dice,
        world: &World,
        (tag, id): (&str, u64),
        day: Date,
        size: usize,
        first: Option<usize>,
    ) -> Vec<usize> {
        let mut bill: Vec<usize> = first.into_iter().collect();
        for attempt in 0..(size as u64 * 6 + 6) {
            if bill.len() >= size.max(1) {
                break;
            }
            let artist = popular(dice, world.artists.len(), tag, &[id, attempt]);
            let near = bill.iter().any(|other| near(&world.artists[*other].name, &world.artists[artist].name));
            if !near && !self.artists.contains(&(artist, day)) {
                bill.push(artist);
            }
        }
        bill
    }
}

/// Names that share a long word never stand on one bill: a reader could not tell a slip from a second act.
fn near(one: &str, other: &str) -> bool {
    let long = |name: &str| -> Vec<String> {
        name.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3).map(singular).collect()
    };
    let (one, other) = (long(one), long(other));
    one.iter().any(|word| other.contains(word))
}

/// A position below `count`, the earlier half twice as likely.
fn popular(dice: Dice, count: usize, tag: &str, ids: &[u64]) -> usize {
    let unit = dice.unit(tag, ids);
    let skewed = if unit < 2.0 / 3.0 { unit * 0.75 } else { 0.5 + (unit - 2.0 / 3.0) * 1.5 };
    ((skewed * count as f64) as usize).min(count - 1)
}

pub(super) fn new_performance(venue: usize, artists: Vec<usize>, start: When) -> Performance {
    Performance {
        venue,
        artists,
        night: None,
        start,
        doors: None,
        status: EventStatus::Scheduled,
        price: None,
        festival: None,
        series: None,
        promoter: Promoter::None,
        announced: 1,
        first_start: start,
        moved_from: None,
    }
}

/// Residencies, shows outside, and then ordinary shows until there are `count`; every artist heads a bill if there
/// is room.
pub(super) fn fill(dice: Dice, count: usize, world: &mut World, booking: &mut Booking) {
    residencies(dice, count, world, booking);
    outside(dice, count, world, booking);
    let homes = homes(world);
    let start = world.performances.len();
    while world.performances.len() < count {
        let id = world.performances.len() as u64;
        let turn = world.performances.len() - start;
        let headliner = (turn < world.artists.len()).then_some(turn);
        let show = ordinary(dice, world, booking, &homes, id, headliner);
        world.performances.push(show);
    }
}

/// Venues where ordinary shows are put on.
pub(super) fn homes(world: &World) -> Vec<usize> {
    (0..world.venues.len())
        .filter(|venue| world.venues[*venue].channel != Channel::Field && !world.city_of(*venue).outside)
        .collect()
}

/// A show at a free venue on a free night.
pub(super) fn ordinary(
    dice: Dice,
    world: &World,
    booking: &mut Booking,
    homes: &[usize],
    id: u64,
    headliner: Option<usize>,
) -> Performance {
    let (first, last) = World::window();
    let days = last.since(first).map_or(1, |span| span.get_days()) as usize + 1;
    for attempt in 0.. {
        let ids = [id, attempt];
        // Every venue has shows: the first turns go round, later ones prefer the earlier venues.
        let venue = if id.is_multiple_of(3) && attempt == 0 {
            homes[(id / 3) as usize % homes.len()]
        } else {
            homes[popular(dice, homes.len(), "show venue", &ids)]
        };
        let day = first.saturating_add((dice.below(days, "show day", &ids) as i64).days());
        let weekend = matches!(day.weekday(), Weekday::Thursday | Weekday::Friday | Weekday::Saturday);
        if !weekend && dice.chance(0.45, "quiet night", &ids) {
            continue;
        }
        let size = [1, 1, 2, 2, 2, 3, 3, 4][dice.below(8, "bill size", &ids)];
        let bill = booking.bill(dice, world, ("show act", id.wrapping_add(attempt << 32)), day, size, headliner);
        if booking.book(venue, day, &bill) {
            return details(dice, new_performance(venue, bill, clock(dice, id, day)), id);
        }
    }
    unreachable!("the loop ends by returning")
}

/// The start time of an ordinary show.
fn clock(dice: Dice, id: u64, day: Date) -> When {
    const TIMES: [(i8, i8); 10] =
        [(19, 0), (19, 30), (19, 30), (20, 0), (20, 0), (20, 0), (20, 30), (20, 30), (21, 0), (22, 0)];
    let (hour, minute) = match day.weekday() {
        Weekday::Sunday if dice.chance(0.3, "matinee", &[id]) => (15, 0),
        _ => TIMES[dice.below(TIMES.len(), "time", &[id])],
    };
    When { date: day, time: Time::new(hour, minute, 0, 0).ok(), offset: None }
}

fn details(dice: Dice, mut show: Performance, id: u64) -> Performance {
    if dice.chance(0.07, "has night", &[id]) {
        show.night = Some(dice.pick(&NIGHTS, "night", &[id]).to_owned());
    }
    if dice.chance(0.55, "has doors", &[id]) {
        let early = if dice.chance(0.6, "doors early", &[id]) { 60 } else { 30 };
        show.doors = show.start.time.map(|time| time.wrapping_sub(early.minutes()));
    }
    let low = [0.0, 5.0, 7.5, 8.0, 10.0, 12.0, 12.5, 14.0, 16.0, 18.0, 22.0, 28.0][dice.below(12, "price", &[id])];
    let high = if low > 0.0 && dice.chance(0.35, "two prices", &[id]) { low + 3.0 } else { low };
    show.price = dice.chance(0.85, "has price", &[id]).then_some((low, high));
    show.promoter = match dice.below(20, "promoter", &[id]) {
        0..=1 => Promoter::Saltlamp,
        2..=3 => Promoter::Wharfside,
        _ => Promoter::None,
    };
    show.status = match dice.below(100, "status", &[id]) {
        0..=2 => EventStatus::Cancelled,
        3 => EventStatus::Postponed,
        4 => EventStatus::Rescheduled,
        5..=9 => EventStatus::SoldOut,
        _ => EventStatus::Scheduled,
    };
    if show.status == EventStatus::Rescheduled {
        show.moved_from = Some(show.start.date.saturating_sub((5 + dice.below(20, "moved", &[id]) as i64).days()));
    }
    show
}

/// A weekly residency at every second venue with a calendar feed.
fn residencies(dice: Dice, count: usize, world: &mut World, booking: &mut Booking) {
    let calendars: Vec<usize> =
        (0..world.venues.len()).filter(|venue| world.venues[*venue].channel == Channel::Calendar).step_by(2).collect();
    for (turn, venue) in calendars.into_iter().enumerate() {
        let id = turn as u64;
        let (window, _) = World::window();
        let first = window.saturating_add((dice.below(40, "residency", &[id]) as i64).days());
        let Some(first) = When::at(first, 20, 0) else { continue };
        let weeks = 6 + dice.below(8, "weeks", &[id]) as u32;
        let artist = (turn * 17 + 9) % world.artists.len();
        let mut series = Series { venue, artist, first, weeks, skipped: Vec::new() };
        for week in 0..weeks {
            let day = first.date.saturating_add(i64::from(week).weeks());
            let skip = week > 0 && week + 1 < weeks && dice.chance(0.15, "skip", &[id, u64::from(week)]);
            if skip || world.performances.len() >= count || !booking.book(venue, day, &[artist]) {
                series.skipped.push(day);
                continue;
            }
            let mut show = new_performance(venue, vec![artist], When { date: day, ..first });
            show.series = Some(world.series.len());
            world.performances.push(show);
        }
        world.series.push(series);
    }
}

/// Artists with a site play outside the region, too: two dates at each venue there.
fn outside(dice: Dice, count: usize, world: &mut World, booking: &mut Booking) {
    let touring: Vec<usize> = (0..world.artists.len()).filter(|artist| world.artists[*artist].site).collect();
    let away: Vec<usize> = (0..world.venues.len()).filter(|venue| world.city_of(*venue).outside).collect();
    for turn in 0..away.len() * 2 {
        let (venue, artist) = (away[turn / 2], touring[turn % touring.len().max(1)]);
        for attempt in 0..20 {
            let ids = [turn as u64, attempt];
            let day = World::window().0.saturating_add((20 + dice.below(150, "away", &ids) as i64).days());
            if world.performances.len() < count && booking.book(venue, day, &[artist]) {
                let id = world.performances.len() as u64;
                let mut show = new_performance(venue, vec![artist], clock(dice, id, day));
                show.price = Some((20.0, 20.0));
                world.performances.push(show);
                break;
            }
        }
    }
}
