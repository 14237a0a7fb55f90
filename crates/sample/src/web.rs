use std::collections::{BTreeMap, HashSet};

use jiff::ToSpan;
use jiff::civil::Date;
use model::{Source, SourceVenue, When};

use crate::config::{Config, Scale};
use crate::random::Dice;
use crate::web::roster::{Site, Template};
use crate::world::{World, world};

mod agenda;
mod api;
mod calendars;
mod event_ld;
mod feed;
mod festival;
mod group;
mod hevent;
mod images;
mod markup;
mod own;
mod plugin;
mod publish;
mod quiet;
mod respond;
mod roster;
mod say;
mod shown;
mod spell;
mod state;
mod tables;
mod ticketing;
mod tour;
mod wrong;

pub(crate) use markup::plain;
pub use respond::Response;

/// The region's web on one day: every site with its pages, made when asked for.
///
/// It holds the truth and who publishes what (about 400 bytes a show), and no page.
pub struct Web {
    pub(crate) world: World,
    pub(crate) sites: Vec<Site>,
    /// The sites of each performance.
    pub(crate) published: Vec<Vec<u16>>,
    /// For each site its shows by start, and where its listing breaks into pages.
    listings: Vec<Listing>,
    by_id: BTreeMap<String, usize>,
    names: HashSet<String>,
    pub(crate) dice: Dice,
    pub(crate) noise: f64,
    day: u32,
    /// The web of the day before, which tells what changed since.
    before: Option<Box<Web>>,
}

struct Listing {
    shows: Vec<u32>,
    breaks: Vec<When>,
}

/// One site seen through one port: what a template renders from.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) web: &'a Web,
    pub(crate) site: &'a Site,
    pub(crate) number: usize,
    pub(crate) port: u16,
}

/// A page before validators are added.
pub(crate) struct Page {
    pub(crate) media: &'static str,
    pub(crate) body: Vec<u8>,
    /// The next page, for the `Link` header.
    pub(crate) next: Option<String>,
}

impl Web {
    pub fn new(config: &Config) -> Self {
        let config = Config { scale: config.scale.at_least(), ..config.clone() };
        let world = world(&config);
        let dice = Dice::new(config.seed);
        let sites = roster::sites(&world);
        let mut published = publish::publish(dice, &world, &sites);
        for day in 2..=config.day {
            withdraw(dice, &world, &sites, &mut published, day);
        }
        let listings = listings(&world, &sites, &published);
        let by_id = sites.iter().enumerate().map(|(number, site)| (site.id.clone(), number)).collect();
        let names = world.artists.iter().map(|artist| artist.name.to_lowercase()).collect();
        let before = (config.day > 1).then(|| Box::new(Self::new(&Config { day: config.day - 1, ..config.clone() })));
        Self {
            world,
            sites,
            published,
            listings,
            by_id,
            names,
            dice,
            noise: config.noise.clamp(0.0, 2.0),
            day: config.day,
            before,
        }
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// The sources as an operator would write them down, for sites served on `port`.
    pub fn sources(&self, port: u16) -> Vec<Source> {
        (0..self.sites.len()).map(|number| self.view(number, port).source()).collect()
    }

    /// Every page with its address, made one at a time; what robots.txt forbids and images are not among them.
    pub fn pages(&self, port: u16) -> impl Iterator<Item = (String, Response)> + '_ {
        (0..self.sites.len()).flat_map(move |number| {
            let view = self.view(number, port);
            view.paths().map(move |path| {
                let response = self.respond(&view.host(), &path, &[]);
                (view.link(&path), response)
            })
        })
    }

    /// Which sites publish a performance, by id.
    pub fn publishers(&self, performance: usize) -> impl Iterator<Item = &str> {
        self.published[performance].iter().map(|site| self.sites[usize::from(*site)].id.as_str())
    }

    pub(crate) fn view(&self, number: usize, port: u16) -> View<'_> {
        View { web: self, site: &self.sites[number], number, port }
    }

    /// Whether no publisher of the show stands above this one: then it tells the truth about it.
    pub(crate) fn outranked_by_none(&self, site: usize, show: u32) -> bool {
        let own = self.sites[site].kind.priority();
        self.published[show as usize].iter().all(|other| self.sites[usize::from(*other)].kind.priority() <= own)
    }

    pub(crate) fn is_artist(&self, name: &str) -> bool {
        self.names.contains(&name.to_lowercase())
    }
}

impl Scale {
    /// The least that a region needs: below, there is no room for the bills.
    fn at_least(self) -> Self {
        Self {
            venues: self.venues.max(8),
            artists: self.artists.max(40),
            performances: self.performances.clamp(1, self.venues.max(8) * 50),
            festivals: self.festivals.min(self.venues.max(8) / 4),
        }
    }
}

/// Takes one show a day off Ticketgull, one that somebody above it publishes as well.
fn withdraw(dice: Dice, world: &World, sites: &[Site], published: &mut [Vec<u16>], day: u32) {
    let Some(from) = sites.iter().position(|site| site.template == Template::Ticketing) else { return };
    let candidate = |publishers: &Vec<u16>| {
        publishers.contains(&(from as u16))
            && publishers.iter().any(|site| sites[usize::from(*site)].kind.priority() > sites[from].kind.priority())
    };
    let chosen = (0..published.len())
        .filter(|show| candidate(&published[*show]) && world.performances[*show].announced < day)
        .min_by_key(|show| dice.roll("withdrawn", &[u64::from(day), *show as u64]));
    if let Some(show) = chosen {
        published[show].retain(|site| usize::from(*site) != from);
    }
}

fn listings(world: &World, sites: &[Site], published: &[Vec<u16>]) -> Vec<Listing> {
    let mut shows: Vec<Vec<u32>> = vec![Vec::new(); sites.len()];
    for (show, publishers) in published.iter().enumerate() {
        for site in publishers {
            shows[usize::from(*site)].push(u32::try_from(show).expect("fewer than 2^32 shows fit in memory"));
        }
    }
    shows
        .into_iter()
        .zip(sites)
        .map(|(mut shows, site)| {
            let mut firsts: Vec<When> = shows
                .iter()
                .map(|show| &world.performances[*show as usize])
                .filter(|show| show.announced == 1)
                .map(|show| show.first_start)
                .collect();
            firsts.sort_unstable();
            let mut breaks: Vec<When> =
                firsts.chunks(site.template.page_size()).map(|chunk| chunk[0]).skip(1).collect();
            breaks.dedup();
            shows.sort_by_key(|show| (world.performances[*show as usize].start, *show));
            Listing { shows, breaks }
        })
        .collect()
}

/// The first day of every month in which anybody plays.
pub(crate) fn months() -> Vec<Date> {
    let (first, last) = World::window();
    first.first_of_month().series(1.month()).take_while(|month| *month <= last).collect()
}

impl<'a> View<'a> {
    pub(crate) fn host(&self) -> String {
        format!("{}.sample.localhost:{}", self.site.id, self.port)
    }

    /// The absolute address of a path of this site.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// All shows of the site by start.
    pub(crate) fn shows(&self) -> &'a [u32] {
        &self.web.listings[self.number].shows
    }

    /// The shows at one venue, or of any other choice.
    pub(crate) fn shows_where(&self, keep: impl Fn(usize) -> bool) -> Vec<u32> {
        let venue = |show: &u32| self.web.world.performances[*show as usize].venue;
        self.shows().iter().copied().filter(|show| keep(venue(show))).collect()
    }

    pub(crate) fn page_count(&self) -> usize {
        self.web.listings[self.number].breaks.len() + 1
    }

    /// The shows of one page of the listing, counted from 1. `None` beyond the last.
    pub(crate) fn page_shows(&self, page: usize) -> Option<&'a [u32]> {
        let Listing { shows, breaks } = &self.web.listings[self.number];
        let performances = &self.web.world.performances;
        let before = |limit: When| shows.partition_point(|show| performances[*show as usize].start < limit);
        if page == 0 || page > breaks.len() + 1 {
            return None;
        }
        let from = if page == 1 { 0 } else { before(breaks[page - 2]) };
        let to = breaks.get(page - 1).map_or(shows.len(), |limit| before(*limit));
        Some(&shows[from..to])
    }

    /// The show whose number ends a path like `the-hollow-pines-17`, if this site publishes it under just that name.
    pub(crate) fn show_named(&self, name: &str) -> Option<u32> {
        let show: u32 = name.rsplit('-').next()?.parse().ok()?;
        let publishers = self.web.published.get(show as usize)?;
        (publishers.iter().any(|site| usize::from(*site) == self.number) && self.show_name(show) == name)
            .then_some(show)
    }

    /// A show's part of a path; it stays when the show moves.
    pub(crate) fn show_name(&self, show: u32) -> String {
        let world = &self.web.world;
        format!("{}-{show}", markup::slug(&world.title(&world.performances[show as usize])))
    }

    fn source(&self) -> Source {
        let world = &self.web.world;
        let (mut venue, mut city, mut zone) = (None, None, None);
        let home = match self.site.template {
            Template::HEvent | Template::Own(_) => Some(world.venues[self.site.subject].city),
            Template::Agenda => Some(self.site.subject),
            Template::Festival => Some(world.festivals[self.site.subject].city),
            Template::Group => Some(0),
            _ => None,
        };
        if let Some(home) = home {
            zone = Some(world.cities[home].zone.to_owned());
            city = Some(world.cities[home].name.clone());
        }
        if matches!(self.site.template, Template::HEvent | Template::Own(_)) {
            let place = self.place(self.site.subject);
            venue = Some(SourceVenue { name: place.name, street: None, city: city.clone(), postal_code: None });
        }
        Source {
            id: self.site.id.clone(),
            name: self.site.name.clone(),
            kind: self.site.kind,
            policy: model::SourcePolicy::Allowed,
            seeds: vec![self.link(self.seed())],
            priority: None,
            venue,
            city,
            zone,
            page_limit: 5000.max(u32::try_from(self.shows().len() * 3).unwrap_or(u32::MAX)),
        }
    }
}
