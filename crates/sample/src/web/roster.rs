use std::collections::BTreeSet;

use model::SourceKind;

use super::markup::slug;
use crate::world::{Channel, Language, World};

/// How a site is built. The number of a variant is its design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    Ticketing,
    State,
    Group,
    HEvent,
    Calendars,
    Feed,
    Plugin,
    Tables,
    Api,
    Wrong,
    Own(u8),
    Tour(u8),
    Agenda,
    Festival,
}

/// Somebody who publishes.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The first label of the host.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: SourceKind,
    pub(crate) template: Template,
    /// The venue, artist, festival or town that it is about; 0 where it is about all.
    pub(crate) subject: usize,
    /// Whether it answers with validators (`ETag`, `Last-Modified`).
    pub(crate) validators: bool,
}

/// Every site of the region: the fixed ones, then one each for venues, artists, festivals and towns that have one.
pub(crate) fn sites(world: &World) -> Vec<Site> {
    let mut roster = Roster { taken: BTreeSet::new(), sites: Vec::new() };
    for (id, name, kind, template) in [
        ("ticketgull", "Ticketgull", SourceKind::Ticketing, Template::Ticketing),
        ("stagelist", "Stagelist", SourceKind::Ticketing, Template::State),
        ("quaysidegroup", "Quayside Venues", SourceKind::Venue, Template::Group),
        ("gigcal", "Gigcal – calendars for venues", SourceKind::Venue, Template::Calendars),
        ("saltlamp", "Saltlamp Promotions", SourceKind::Promoter, Template::Feed),
        ("wharfside", "Wharfside Live", SourceKind::Promoter, Template::Plugin),
        ("gigatlas", "Gig Atlas", SourceKind::Aggregator, Template::Api),
        ("allgigsnow", "All Gigs Now", SourceKind::Aggregator, Template::Wrong),
        ("folkroundup", "Dot & Alan's Folk, Jazz & Blues Round-Up", SourceKind::Press, Template::Tables),
    ] {
        roster.add(id, name, kind, template, 0);
    }
    roster.papers(world);
    roster.venues(world);
    for (index, festival) in world.festivals.iter().enumerate() {
        roster.add(&slug(&festival.name), &festival.name, SourceKind::Festival, Template::Festival, index);
    }
    for (index, artist) in world.artists.iter().enumerate().filter(|(_, artist)| artist.site) {
        let template = Template::Tour((index / 12 % 3) as u8);
        roster.add(&slug(&artist.name), &artist.name, SourceKind::Artist, template, index);
    }
    roster.sites
}

struct Roster {
    taken: BTreeSet<String>,
    sites: Vec<Site>,
}

impl Roster {
    fn add(&mut self, id: &str, name: &str, kind: SourceKind, template: Template, subject: usize) {
        let mut free = id.to_owned();
        while !self.taken.insert(free.clone()) {
            free += &format!("-{subject}");
        }
        let validators = !matches!(template, Template::Tables | Template::Feed);
        self.sites.push(Site { id: free, name: name.to_owned(), kind, template, subject, validators });
    }

    fn papers(&mut self, world: &World) {
        for (city, town) in world.cities.iter().enumerate().filter(|(_, town)| !town.outside) {
            let name = match (city, town.language) {
                (0, _) => "The Aldra Herald".to_owned(),
                (_, Language::Spanish) => format!("La Voz de {}", town.name),
                (_, Language::German) => format!("{}er Bote", town.name),
                _ => continue,
            };
            self.add(&slug(&name), &name, SourceKind::Press, Template::Agenda, city);
        }
    }

    fn venues(&mut self, world: &World) {
        let mut own = 0;
        for (index, venue) in world.venues.iter().enumerate() {
            let template = match venue.channel {
                Channel::HEvent => Template::HEvent,
                Channel::Own => {
                    own += 1;
                    Template::Own((own - 1) % 4)
                }
                _ => continue,
            };
            self.add(&slug(&venue.name), &venue.name, SourceKind::Venue, template, index);
        }
    }
}
