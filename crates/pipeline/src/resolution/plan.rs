use std::collections::{BTreeMap, HashMap};

use matching::normalise::{
    hosts::fold_site,
    names::{fold, is_no_place, is_placeholder, without_article},
    words,
};
use matching::{ArtistFeatures, FestivalFeatures, PerformanceFeatures, SUSPECT, VenueFeatures};
use model::{
    ArtistClaims, EntityId, EventClaims, Extraction, Record, Source, SourceKind, SourceVenue, Url, VenueClaims, When,
};

use super::refine::{Joint, is_cut_short, without_company};
use super::rereading::{self, Named, Wording};

/// What is to be resolved of a record.
pub(super) enum Plan {
    /// Nothing, and why.
    Skip(&'static str),
    Venue(VenueFeatures),
    Artist(ArtistFeatures),
    Show(Box<Show>),
}

/// A dated happening at a place.
pub(super) struct Show {
    pub(super) venue: VenueFeatures,
    /// In the order of [`super::resolvable`].
    pub(super) artists: Vec<ArtistFeatures>,
    /// The artists whose names may be those of several.
    pub(super) joints: BTreeMap<usize, Joint>,
    /// Acts that are named otherwise whatever is known, and the texts that may tell the same of others.
    pub(super) mended: BTreeMap<usize, Vec<Named>>,
    pub(super) wordings: Vec<Wording>,
    pub(super) festival: Option<FestivalFeatures>,
    /// It is not one of the festival's performances, but all of it.
    pub(super) is_whole_festival: bool,
    pub(super) start: When,
    /// Everything but venue and artists.
    features: PerformanceFeatures,
}

impl Plan {
    /// The venue that the record names or means.
    pub(super) fn venue(&self) -> Option<&VenueFeatures> {
        match self {
            Self::Venue(venue) => Some(venue),
            Self::Show(show) => Some(&show.venue),
            Self::Skip(_) | Self::Artist(_) => None,
        }
    }

    pub(super) fn show(&self) -> Option<&Show> {
        match self {
            Self::Show(show) => Some(show),
            _ => None,
        }
    }
}

impl Show {
    /// The features of the performance at a resolved venue, the artists still to come.
    pub(super) fn performance(&self, venue: EntityId) -> PerformanceFeatures {
        let mut features = PerformanceFeatures::at(venue, self.start);
        features.absorb(&self.features);
        features
    }
}

/// Whether an act has a name that stands for somebody.
pub(super) fn is_somebody(artist: &ArtistClaims) -> bool {
    artist.name.as_ref().is_some_and(|name| !is_placeholder(&name.value))
}

/// One plan for each record, with the source's own place filled in where the record leaves it open.
pub(super) fn of(extraction: &Extraction, url: &Url, source: &Source) -> Vec<Plan> {
    let page = Page { source, url, own_site: fold_site(&url.url), repeated: repeated_keys(extraction) };
    extraction.records.iter().map(|record| page.plan(record)).collect()
}

struct Page<'a> {
    source: &'a Source,
    url: &'a Url,
    own_site: Option<String>,
    /// Record keys that do not tell one record from another here: those of a series.
    repeated: Repeated<'a>,
}

enum Repeated<'a> {
    All,
    These(HashMap<&'a str, When>),
}

/// Keys that stand for more than one start. On a page of several parts that may be any.
fn repeated_keys(extraction: &Extraction) -> Repeated<'_> {
    if extraction.parts > 1 {
        return Repeated::All;
    }
    let (mut first, mut repeated) = (HashMap::new(), HashMap::new());
    for record in &extraction.records {
        let Record::Event(event) = record else { continue };
        if let (Some(key), Some(start)) = (&event.key, &event.start)
            && *first.entry(key.as_str()).or_insert(start.value) != start.value
        {
            repeated.insert(key.as_str(), start.value);
        }
    }
    Repeated::These(repeated)
}

impl Page<'_> {
    fn plan(&self, record: &Record) -> Plan {
        match record {
            Record::Event(event) => self.plan_event(event),
            Record::Venue(claims) => {
                let venue = self.venue(claims);
                let placed = !(venue.streets.is_empty() && venue.postal_codes.is_empty() && venue.points.is_empty())
                    || claims.city.is_some();
                match (venue.names.is_empty(), placed) {
                    (true, _) => Plan::Skip("no name"),
                    (_, false) => Plan::Skip("no place"),
                    _ => Plan::Venue(venue),
                }
            }
            Record::Artist(claims) if is_somebody(claims) => Plan::Artist(self.artist(claims)),
            Record::Artist(_) => Plan::Skip("no name"),
        }
    }

    fn plan_event(&self, event: &EventClaims) -> Plan {
        if event.music.as_ref().is_some_and(|music| !music.value) {
            return Plan::Skip("no live music");
        }
        let Some(start) = event.start.as_ref().map(|start| start.value) else { return Plan::Skip("no date") };
        let venue = event.venue.as_ref().map_or_else(|| self.own_venue(), |venue| self.venue(venue));
        if !venue.is_known() {
            return Plan::Skip("no place");
        }
        let festival = event.festival.as_ref().map(|name| FestivalFeatures::of(&name.value, Some(start.date.year())));
        let names: Vec<&str> =
            super::resolvable(event).filter_map(|artist| Some(artist.name.as_ref()?.value.as_str())).collect();
        let mended = rereading::mended(&names, &self.other_names(event));
        let is_whole_festival = event.festival.is_some()
            && event.title.as_ref().map(|title| fold(&title.value))
                == event.festival.as_ref().map(|name| fold(&name.value))
            && (0..names.len()).all(|at| mended.get(&at).is_some_and(Vec::is_empty));
        Plan::Show(Box::new(Show {
            venue,
            mended,
            wordings: Wording::of(event),
            is_whole_festival,
            artists: super::resolvable(event).map(|artist| self.artist(artist)).collect(),
            joints: super::resolvable(event)
                .enumerate()
                .filter_map(|(at, artist)| Some((at, Joint::of(&artist.name.as_ref()?.value)?)))
                .collect(),
            festival: festival.filter(|festival| !festival.names.is_empty()),
            start,
            features: self.performance(event, start),
        }))
    }

    /// Names in a record that are no act's: its town's and its festival's.
    fn other_names(&self, event: &EventClaims) -> Vec<String> {
        let city = event.venue.as_ref().and_then(|venue| venue.city.as_ref()).map(|city| &city.value);
        let festival = event.festival.as_ref().map(|festival| &festival.value);
        [city, self.source.city.as_ref(), festival].into_iter().flatten().map(|name| fold(name)).collect()
    }

    /// A record keeps its key when it moves to another day, so the key counts with the page it stands on: other pages
    /// of the source may use it for another day of a series.
    fn performance(&self, event: &EventClaims, start: When) -> PerformanceFeatures {
        let mut features = PerformanceFeatures::default();
        if let Some(title) = &event.title {
            features.add_title(&title.value);
        }
        let others = self.other_names(event);
        for name in super::resolvable(event).filter_map(|artist| artist.name.as_ref()) {
            if !others.contains(&fold(&name.value)) {
                features.add_act(&name.value);
            }
        }
        if let Some(key) = &event.key {
            let one = match &self.repeated {
                Repeated::All => false,
                Repeated::These(keys) => !keys.contains_key(key.as_str()),
            };
            let day = if one { String::new() } else { start.to_string() };
            features.add_key(&self.source.id, &format!("{} {key} {day}", self.url.id));
        }
        if let Some(url) = &event.url
            && url.value != self.url.url
        {
            features.add_url(&url.value);
        }
        features
    }

    fn artist(&self, claims: &ArtistClaims) -> ArtistFeatures {
        let mut artist = ArtistFeatures::of(claims);
        artist.hosts.retain(|host| self.may_be_of(host, SourceKind::Artist));
        artist
    }

    /// A directory gives everybody a page on its own site; that is nobody's site.
    fn may_be_of(&self, host: &str, kind: SourceKind) -> bool {
        self.source.kind == kind || self.own_site.as_deref() != Some(host)
    }

    fn own_venue(&self) -> VenueFeatures {
        let mut venue = VenueFeatures::default();
        if let Some(own) = &self.source.venue {
            fill(&mut venue, own);
            self.fill_city(&mut venue);
        }
        venue
    }

    fn venue(&self, claims: &VenueClaims) -> VenueFeatures {
        let name = claims.name.as_ref().map(|name| name.value.as_str());
        if name.is_some_and(is_no_place) {
            return VenueFeatures::default();
        }
        if claims.street.is_none() && name.is_some_and(|name| self.is_own_name(name)) {
            return self.own_venue();
        }
        let mut venue = VenueFeatures::of(claims);
        if let (Some(name), None) = (name, &claims.street) {
            venue.names.clear();
            venue.add_name(Some(without_company(name)));
        }
        venue.cities.retain(|city| !venue.names.contains(city));
        venue.hosts.retain(|host| self.may_be_of(host, SourceKind::Venue));
        if let Some(own) = &self.source.venue {
            self.relate_to_own(&mut venue, own);
        }
        if venue.is_known() {
            self.fill_city(&mut venue);
        }
        venue
    }

    /// The name of a site that is no venue, or of the source's town: page furniture, not a place.
    fn is_own_name(&self, name: &str) -> bool {
        let name = fold(name);
        if self.source.city.as_ref().is_some_and(|city| fold(city) == name) {
            return true;
        }
        let own = fold(&self.source.name);
        let label = self.own_site.as_deref().and_then(|site| site.split('.').next()).unwrap_or_default();
        let (name, own) = (without_article(&name), without_article(&own));
        let of_site = name == own
            || name.replace(' ', "") == label
            || own.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        of_site && self.source.kind != SourceKind::Venue
    }

    /// Fills in the source's own place where it is meant: nothing else is named, or its name, a part of
    /// it, or one of its rooms.
    fn relate_to_own(&self, venue: &mut VenueFeatures, own: &SourceVenue) {
        let rooms_only =
            |name: &String| name.split(['(', ')', ' ']).all(|word| words::ROOM.contains(&word) || word.is_empty());
        let own_words = fold(&own.name);
        let cut_short = |name: &String| is_cut_short(name, &own_words);
        if !venue.is_known() || venue.names.iter().any(cut_short) {
            *venue = self.own_venue();
        } else if venue.names.iter().any(rooms_only) {
            let main = |name: &String| name.split(' ').all(|word| words::MAIN_ROOM.contains(&word));
            let room = venue.names.iter().find(|name| !main(name)).map(|room| fold(&format!("{} {room}", own.name)));
            venue.names.clear();
            fill(venue, own);
            if let Some(room) = room {
                venue.names = vec![room];
            }
        } else {
            let (mut named, mut ours) = (VenueFeatures::default(), VenueFeatures::default());
            named.names.clone_from(&venue.names);
            ours.add_name(Some(&own.name));
            if named.compare(&ours).probability >= SUSPECT {
                let names = venue.names.clone();
                fill(venue, own);
                venue.names = names;
            }
        }
    }

    fn fill_city(&self, venue: &mut VenueFeatures) {
        if venue.cities.is_empty() {
            venue.add_place(None, self.source.city.as_deref(), None);
        }
    }
}

/// Adds what the source declares of its place, where nothing is said of it.
fn fill(venue: &mut VenueFeatures, own: &SourceVenue) {
    if venue.names.is_empty() {
        venue.add_name(Some(&own.name));
    }
    let open = |list: &[String], declared: &Option<String>| if list.is_empty() { declared.clone() } else { None };
    let (street, city) = (open(&venue.streets, &own.street), open(&venue.cities, &own.city));
    let postal_code = open(&venue.postal_codes, &own.postal_code);
    venue.add_place(street.as_deref(), city.as_deref(), postal_code.as_deref());
}
