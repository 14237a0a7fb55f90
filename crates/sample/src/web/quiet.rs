use jiff::ToSpan;
use jiff::civil::Date;

use super::View;
use crate::world::{Language, World};

/// What a venue's calendar holds besides live music, on days when nobody plays there: the day and what is on.
pub(super) fn quiet_nights(view: &View<'_>, venue: usize) -> Vec<(Date, &'static str)> {
    let world = &view.web.world;
    let texts = match world.city_of(venue).language {
        Language::English => {
            ["Pub Quiz with Big Dave", "Stand-up Comedy Club: five comics, one mic", "Film Night: The Long Weekend"]
        }
        Language::Spanish => ["Noche de concurso (trivial)", "Monólogos de humor", "Cine: El largo fin de semana"],
        Language::German => ["Kneipenquiz", "Comedy-Abend", "Filmabend: Das lange Wochenende"],
    };
    let days = texts.iter().enumerate().map(|(turn, text)| {
        let offset = 22 + turn as i64 * 41 + view.web.dice.below(17, "quiet day", &[venue as u64, turn as u64]) as i64;
        (World::window().0.saturating_add(offset.days()), *text)
    });
    let busy = |day: Date| {
        view.shows().iter().any(|show| {
            let show = &world.performances[*show as usize];
            show.venue == venue && show.start.date == day
        })
    };
    days.filter(|(day, _)| !busy(*day)).collect()
}
