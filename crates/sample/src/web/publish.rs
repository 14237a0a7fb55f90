use std::collections::BTreeMap;

use super::roster::{Site, Template};
use crate::random::Dice;
use crate::world::{Channel, Language, Performance, Promoter, World};

/// The most sites that publish one show.
pub(crate) const MOST: usize = 4;

/// Which sites publish each show: positions in `sites`, ascending, one to [`MOST`].
pub(crate) fn publish(dice: Dice, world: &World, sites: &[Site]) -> Vec<Vec<u16>> {
    let desk = Desk::new(dice, world, sites);
    world.performances.iter().enumerate().map(|(index, show)| desk.sites_of(index as u64, show)).collect()
}

/// The sites by what they are about.
struct Desk<'a> {
    dice: Dice,
    world: &'a World,
    general: Vec<(Template, u16)>,
    venues: BTreeMap<usize, u16>,
    artists: BTreeMap<usize, u16>,
    festivals: BTreeMap<usize, u16>,
    papers: BTreeMap<usize, u16>,
}

impl<'a> Desk<'a> {
    fn new(dice: Dice, world: &'a World, sites: &[Site]) -> Self {
        let mut desk = Self {
            dice,
            world,
            general: Vec::new(),
            venues: BTreeMap::new(),
            artists: BTreeMap::new(),
            festivals: BTreeMap::new(),
            papers: BTreeMap::new(),
        };
        for (number, site) in sites.iter().enumerate() {
            let number =
                u16::try_from(number).expect("fewer than 65,536 sites: venues and artists with a site are few");
            match site.template {
                Template::HEvent | Template::Own(_) => drop(desk.venues.insert(site.subject, number)),
                Template::Tour(_) => drop(desk.artists.insert(site.subject, number)),
                Template::Festival => drop(desk.festivals.insert(site.subject, number)),
                Template::Agenda => drop(desk.papers.insert(site.subject, number)),
                general => desk.general.push((general, number)),
            }
        }
        desk
    }

    fn general(&self, template: Template) -> Option<u16> {
        self.general.iter().find(|(other, _)| *other == template).map(|(_, number)| *number)
    }

    fn sites_of(&self, id: u64, show: &Performance) -> Vec<u16> {
        let mut sure = self.certain(id, show);
        let mut maybe = self.likely(id, show);
        if sure.is_empty() && maybe.is_empty() {
            maybe.extend(self.general(Template::Ticketing));
        }
        maybe.sort_by_key(|site| self.dice.roll("which", &[id, u64::from(*site)]));
        sure.extend(maybe);
        sure.truncate(MOST);
        sure.sort_unstable();
        sure.dedup();
        sure
    }

    /// Those whose show it is.
    fn certain(&self, id: u64, show: &Performance) -> Vec<u16> {
        let mut sites = Vec::new();
        sites.extend(show.festival.and_then(|festival| self.festivals.get(&festival)));
        if show.series.is_some() || self.dice.chance(0.9, "own channel", &[id]) {
            sites.extend(match self.world.venues[show.venue].channel {
                Channel::Group => self.general(Template::Group),
                Channel::Calendar => self.general(Template::Calendars),
                Channel::HEvent | Channel::Own => self.venues.get(&show.venue).copied(),
                Channel::None | Channel::Field => None,
            });
        }
        let away = self.world.city_of(show.venue).outside;
        if away || self.dice.chance(0.9, "tour page", &[id]) {
            sites.extend(show.artists.first().and_then(|headliner| self.artists.get(headliner)));
        }
        sites.extend(match show.promoter {
            Promoter::Saltlamp => self.general(Template::Feed),
            Promoter::Wharfside => self.general(Template::Plugin),
            Promoter::None => None,
        });
        sites
    }

    /// Those who sell or repeat it.
    fn likely(&self, id: u64, show: &Performance) -> Vec<u16> {
        let city = self.world.venues[show.venue].city;
        let town = &self.world.cities[city];
        let genre = show.artists.first().map_or("", |headliner| self.world.artists[*headliner].genre);
        let paper = if town.language == Language::English { 0.22 } else { 0.6 };
        let folk = if matches!(genre, "folk" | "jazz" | "blues") && !town.outside { 0.4 } else { 0.0 };
        let paper_site = self.papers.get(&city).copied();
        [
            (self.general(Template::Ticketing), 0.45),
            (self.general(Template::State), 0.22),
            (self.general(Template::Api), 0.3),
            (self.general(Template::Wrong).filter(|_| !town.outside), 0.22),
            (self.general(Template::Tables), folk),
            (paper_site, paper),
        ]
        .into_iter()
        .filter_map(|(site, probability)| site.map(|site| (site, probability)))
        .filter(|(site, probability)| self.dice.chance(*probability, "repeats", &[id, u64::from(*site)]))
        .map(|(site, _)| site)
        .collect()
    }
}
