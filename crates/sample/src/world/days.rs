use jiff::ToSpan;
use model::EventStatus;

use super::shows::{Booking, homes, ordinary};
use super::{Channel, Performance, World, venues};
use crate::random::Dice;

/// What happens between one day and the next: of a thousand shows about two are cancelled, one begins at another
/// time, one is moved to another date and two are new; one venue's address is corrected.
pub(super) fn step(world: &mut World, dice: Dice, day: u32) {
    world.today = world.today.saturating_add(1.day());
    let count = world.performances.len();
    let some = |a_thousand: usize| (count * a_thousand / 1000).max(1);
    let picks = changing(world, dice, day, some(2) + 2 * some(1));
    let mut booking = Booking::of(world);
    for (turn, index) in picks.into_iter().enumerate() {
        let show = &mut world.performances[index];
        if turn < some(2) {
            show.status = EventStatus::Cancelled;
        } else if turn < some(2) + some(1) {
            let later = if dice.chance(0.5, "later", &[u64::from(day), index as u64]) { 60 } else { 30 };
            show.start.time = show.start.time.map(|time| time.saturating_add(later.minutes()));
        } else {
            move_date(show, &mut booking);
        }
    }
    let homes = homes(world);
    for turn in 0..some(2) {
        let id = (u64::from(day) << 40) + turn as u64;
        let mut show = ordinary(dice, world, &mut booking, &homes, id, None);
        (show.announced, show.status, show.moved_from) = (day, EventStatus::Scheduled, None);
        world.performances.push(show);
    }
    correct_address(world, dice, day);
}

/// Distinct shows that are still to come and that nothing has happened to yet.
fn changing(world: &World, dice: Dice, day: u32, count: usize) -> Vec<usize> {
    let calm = |show: &Performance| {
        show.status == EventStatus::Scheduled
            && show.series.is_none()
            && show.festival.is_none()
            && show.start.date > world.today
            && show.start == show.first_start
    };
    let mut open: Vec<usize> =
        (0..world.performances.len()).filter(|index| calm(&world.performances[*index])).collect();
    open.sort_by_key(|index| dice.roll("change", &[u64::from(day), *index as u64]));
    open.truncate(count);
    open
}

/// To the first of the next days on which the venue and all of the bill are free.
fn move_date(show: &mut Performance, booking: &mut Booking) {
    let old = show.start.date;
    for days in 7..60_i64 {
        for step in [days, -days] {
            let day = old.saturating_add(step.days());
            let (first, last) = World::window();
            if day > first.saturating_add(20.days()) && day <= last && booking.book(show.venue, day, &show.artists) {
                show.start.date = day;
                show.status = EventStatus::Rescheduled;
                show.moved_from = Some(old);
                return;
            }
        }
    }
}

/// The house number of one of the less busy venues.
fn correct_address(world: &mut World, dice: Dice, day: u32) {
    let mut shows = vec![0_usize; world.venues.len()];
    for show in &world.performances {
        shows[show.venue] += 1;
    }
    let mut quiet: Vec<usize> = homes(world).into_iter().filter(|venue| *venue > 1).collect();
    quiet.sort_by_key(|venue| (shows[*venue], *venue));
    quiet.truncate((quiet.len() / 4).max(1));
    if quiet.is_empty() {
        return;
    }
    let venue = quiet[dice.below(quiet.len(), "address", &[u64::from(day)])];
    let language = world.city_of(venue).language;
    if world.venues[venue].channel != Channel::Field {
        world.venues[venue].street = venues::street(dice, venue as u64, language, u64::from(day));
    }
}
