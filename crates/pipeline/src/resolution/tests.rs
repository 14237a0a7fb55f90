use std::collections::{BTreeMap, BTreeSet};

use model::{
    ArtistClaims, Collection, Database, Duplicate, DuplicateStatus, EventClaims, Extraction, Identity, Record,
    RecordResolution, Source, SourceKind, SourcePolicy, SourceVenue, Stated, Time, Trace, Url, UrlStatus, VenueClaims,
};
use store::{Batch, Precondition, Query, Store};
use store_sqlite::SqliteBackend;

use super::resolve_part;

struct Bench {
    store: Store,
    _folder: tempfile::TempDir,
}

fn said<T>(value: T) -> Option<Stated<T>> {
    Some(Stated::new(value, "p", "q"))
}

/// `start | title | artists, … | venue | street | city`, each part may be empty; `key=` before a start gives the key.
fn event(text: &str) -> Record {
    let fields: Vec<&str> = text.split('|').map(str::trim).collect();
    let field = |i: usize| fields.get(i).copied().filter(|field| !field.is_empty());
    let text = |i: usize| field(i).map(str::to_owned).and_then(said);
    let (key, start) =
        fields[0].split_once('=').map_or((None, fields[0]), |(key, start)| (Some(key.to_owned()), start));
    let artist = |name: &str| ArtistClaims { name: said(name.trim().to_owned()), ..ArtistClaims::default() };
    let venue = VenueClaims { name: text(3), street: text(4), city: text(5), ..VenueClaims::default() };
    Record::Event(Box::new(EventClaims {
        key,
        start: start.parse().ok().and_then(said),
        title: text(1),
        artists: field(2).map(|names| names.split(',').map(artist).collect()).unwrap_or_default(),
        venue: Some(venue).filter(|venue| *venue != VenueClaims::default()),
        ..EventClaims::default()
    }))
}

fn source(id: &str, venue: Option<SourceVenue>) -> Source {
    Source {
        id: id.to_owned(),
        name: id.to_owned(),
        kind: if venue.is_some() { SourceKind::Venue } else { SourceKind::Aggregator },
        policy: SourcePolicy::Allowed,
        seeds: vec![],
        priority: None,
        venue,
        city: Some("Milton".to_owned()),
        zone: None,
        page_limit: 10,
    }
}

fn page_address(source_id: &str, page: &str) -> Url {
    Url {
        id: page.to_owned(),
        url: format!("https://{source_id}.test/{page}"),
        source_id: source_id.to_owned(),
        status: UrlStatus::Active,
        depth: 0,
        found_on: None,
        class: None,
        next_scrape_at: Time(0),
        last_scrape_id: None,
        etag: None,
        last_modified: None,
        content_hash: None,
        fingerprint: None,
        extraction_id: None,
        extractor: 1,
    }
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: SqliteBackend::store(folder.path(), |_| Vec::new()).unwrap(), _folder: folder }
    }

    /// Stores a page of a source, not yet resolved. Returns the id of its extraction.
    async fn extracted(&self, source: &Source, page: &str, today: &str, records: Vec<Record>) -> String {
        let content_hash = model::hash_id(&[&serde_json::to_string(&records).unwrap()]);
        let base = Extraction::base_id(page, &content_hash);
        let mut url = page_address(&source.id, page);
        url.extraction_id = Some(base.clone());
        let extraction = Extraction {
            id: Extraction::part_id(&base, 0),
            url_id: page.to_owned(),
            scrape_id: String::new(),
            source_id: source.id.clone(),
            part: 0,
            parts: 1,
            content_hash,
            extracted_at: Time(0),
            extractor: "1".to_owned(),
            today: today.to_owned(),
            detail: false,
            records,
            links: vec![],
            resolutions: vec![],
        };
        let mut batch = Batch::new(Database::Pipeline, Time(1));
        batch.put(source, Precondition::Any).unwrap();
        batch.put(&url, Precondition::Any).unwrap();
        batch.put(&extraction, Precondition::Any).unwrap();
        self.store.commit(batch).await.unwrap();
        extraction.id
    }

    async fn step(&self, extraction_id: &str) -> Batch {
        let mut batch = resolve_part(&self.store, extraction_id, Time(2)).await.map_err(|e| e.to_string()).unwrap();
        batch.trace = Trace { run_id: "run".to_owned(), trace_id: "trace".to_owned(), ..Trace::default() };
        batch
    }

    async fn resolved(&self, source: &Source, page: &str, today: &str, records: Vec<Record>) -> Vec<RecordResolution> {
        let id = self.extracted(source, page, today, records).await;
        let batch = self.step(&id).await;
        self.store.commit(batch).await.unwrap();
        self.resolutions(&id).await
    }

    async fn resolutions(&self, extraction_id: &str) -> Vec<RecordResolution> {
        let found = self.store.get::<Extraction>(Collection::Extractions, extraction_id).await.unwrap().unwrap();
        found.document.resolutions
    }

    async fn identities(&self) -> BTreeMap<&'static str, usize> {
        let mut kinds = BTreeMap::new();
        for found in self.store.list_all::<Identity>(Query::of(Collection::Identities)).await.unwrap() {
            *kinds.entry(found.document.kind.name()).or_default() += 1;
        }
        kinds
    }

    async fn duplicates(&self, collection: Collection) -> Vec<Duplicate> {
        let found = self.store.list_all::<Duplicate>(Query::of(collection)).await.unwrap();
        found.into_iter().map(|found| found.document).collect()
    }
}

const TODAY: &str = "2026-08-01";

fn mill() -> Option<SourceVenue> {
    Some(SourceVenue {
        name: "The Old Mill".to_owned(),
        street: Some("4 Mill Road".to_owned()),
        city: Some("Milton".to_owned()),
        postal_code: None,
    })
}

#[tokio::test]
async fn pages_of_many_sources_meet() {
    let bench = Bench::new();
    let venue_page = vec![
        event("2026-08-20T20:00 | Kaiser Quartet | Kaiser Quartet, Marina"),
        event("2026-08-20T15:00 | Brunch | Titania"),
        event("2026-08-21T20:00 | Upstairs session | Puck | Upstairs"),
    ];
    let own = bench.resolved(&source("mill", mill()), "a", TODAY, venue_page).await;
    let listing = vec![
        event("2026-08-20T19:30 | Kaiser Qaurtet | Kaiser Qaurtet, special guests | Old Mill | 4 Mill Rd"),
        event("2026-08-20T20:00 | Marino | Marino | Old Mill"),
        event("2026-08-20T15:00 | Titania | Titania | Old Mill"),
        event("2026-08-22 | | Kaiser Quartet | Town Hall"),
        event("2026-08-22 | Comedy | Kaiser Quartet | | | "),
        event("| Someday | Kaiser Quartet | Town Hall"),
        event("2026-08-22 | Oberon | Oberon | List"),
        event("2026-08-22 | Oberon | Oberon | Upcoming gigs"),
    ];
    let listed = bench.resolved(&source("list", None), "b", TODAY, listing).await;
    assert_eq!(own[0].venue, listed[0].venue);
    assert_ne!(own[0].venue, own[2].venue, "a room is not its building");
    assert_eq!(own[0].performance, listed[0].performance);
    assert_eq!(own[0].artists[..1], listed[0].artists[..]);
    assert_eq!(listed[1].performance, own[0].performance);
    assert_eq!(listed[1].artists, own[0].artists[1..], "billed on that evening, and hardly another name");
    assert_eq!(listed[2].performance, own[1].performance);
    assert_ne!(own[0].performance, own[1].performance);
    assert_eq!(listed[3].artists, own[0].artists[..1]);
    assert_eq!(listed[4].skipped.as_deref(), Some("no place"));
    assert_eq!(listed[5].skipped.as_deref(), Some("no date"));
    assert_eq!(listed[6].skipped.as_deref(), Some("no place"), "the site's own name is no place");
    assert_eq!(listed[7].skipped.as_deref(), Some("no place"));
    assert_eq!(
        bench.identities().await,
        BTreeMap::from([("artist", 4), ("performance", 4), ("venue", 3)]),
        "{own:#?}\n{listed:#?}"
    );
    let suspected = bench.duplicates(Collection::VenueDuplicates).await;
    assert_eq!(suspected.len(), 1, "the building and its room");
}

#[tokio::test]
async fn the_order_of_pages_leaves_no_trace() {
    let pages: Vec<(Source, &str, Vec<Record>)> = vec![
        (
            source("mill", mill()),
            "a",
            vec![
                event("2026-08-20T20:00 | Kaiser Quartet | Kaiser Quartet, Oberon & Sons"),
                event("2026-08-20T15:00 | Brunch with Titania Brown | Titania Brown"),
                event("2026-08-25T20:00 | Kaiser Quartet | Kaiser Quartet"),
            ],
        ),
        (
            source("list", None),
            "b",
            vec![
                event("2026-08-20T19:30 | Kaiser Qaurtet | Kaiser Qaurtet | Old Mill"),
                event("2026-08-20 | Titania Brown | Titania Brown | The Old Mill, Milton"),
                event("2026-08-22T20:00 | Oberon and Sons | Oberon and Sons | Harbour Warehouse | 1 Dock St"),
            ],
        ),
        (
            source("press", None),
            "c",
            vec![
                event("2026-08-20 | | Kaiser Quartet | Old Mill | 4 Mill Rd"),
                event("2026-08-22 | Oberon + Sons live | Oberon + Sons | Harbour Warehuose"),
                event("2026-08-22T20:00 | Oberon + Sons | Oberon + Sons | Harbour Warehouse | | Oldbury"),
            ],
        ),
        (
            source("tickets", None),
            "d",
            vec![
                event("2026-08-22T19:00 | Oberon & Sons | Oberon & Sons | Harbour Warehouse | 1 Dock Street | Milton"),
                event("2026-08-25T20:00 | The Kaiser Quartet | The Kaiser Quartet | Old Mill | 4 Mill Road | Milton"),
            ],
        ),
    ];
    let mut outcomes = BTreeSet::new();
    for order in permutations(pages.len()) {
        let bench = Bench::new();
        let mut found = BTreeMap::new();
        for at in order {
            let (source, page, records) = &pages[at];
            let resolutions = bench.resolved(source, page, TODAY, records.clone()).await;
            found.extend(resolutions.into_iter().enumerate().map(|(record, resolution)| ((at, record), resolution)));
        }
        outcomes.insert(partition(&found));
    }
    assert_eq!(outcomes.len(), 1, "{outcomes:#?}");
    let outcome = outcomes.pop_first().unwrap();
    let numbers = |kind: &str| outcome.iter().filter(|(name, _)| name.starts_with(kind)).map(|(_, n)| *n).max();
    assert_eq!(numbers("venue"), Some(2), "the mill, the warehouse, the one in Oldbury: {outcome:#?}");
    assert_eq!(numbers("artist"), Some(2));
    assert_eq!(numbers("performance"), Some(4));
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(n - 1);
    shorter
        .iter()
        .flat_map(|order| {
            (0..n).map(move |at| {
                let mut order = order.clone();
                order.insert(at, n - 1);
                order
            })
        })
        .collect()
}

/// Who is one with whom, without the ids.
fn partition(found: &BTreeMap<(usize, usize), RecordResolution>) -> Vec<(String, usize)> {
    let mut numbers: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut of = |kind: &'static str, id: &str| {
        let known = numbers.entry(kind).or_default();
        known.iter().position(|other| other == id).unwrap_or_else(|| {
            known.push(id.to_owned());
            known.len() - 1
        })
    };
    let mut partition = Vec::new();
    for ((page, record), resolution) in found {
        let one = |kind: &'static str| format!("{kind} of record {record} on page {page}");
        partition.extend(resolution.venue.iter().map(|id| (one("venue"), of("venue", id.as_str()))));
        partition.extend(resolution.artists.iter().map(|id| (one("artist"), of("artist", id.as_str()))));
        partition.extend(resolution.performance.iter().map(|id| (one("performance"), of("performance", id.as_str()))));
    }
    partition
}

#[tokio::test]
async fn a_repeated_step_changes_nothing() {
    let bench = Bench::new();
    let source = source("list", None);
    let records = || {
        vec![
            event("2026-08-20T20:00 | Oberon | Oberon, Puck | Town Hall"),
            event("2026-08-20T20:00 | Oberon | Oberon, Puck | Town Hall"),
            event("2026-08-20 | Oberon |  | Town Hall"),
        ]
    };
    let first = bench.resolved(&source, "a", TODAY, records()).await;
    assert_eq!(first[0], first[1]);
    let identities = bench.identities().await;
    let again = bench.resolved(&source, "a", TODAY, records()).await;
    assert_eq!(first, again);
    let other_page = bench.resolved(&source, "b", TODAY, records()).await;
    assert_eq!(first, other_page);
    assert_eq!(bench.identities().await, identities);
    assert_eq!(identities["performance"], 1);
}

#[tokio::test]
async fn of_two_workers_one_tries_again() {
    let bench = Bench::new();
    let one =
        bench.extracted(&source("x", None), "a", TODAY, vec![event("2026-08-20 | | Oberon Band | Old Mill")]).await;
    let two = bench
        .extracted(&source("y", None), "b", TODAY, vec![event("2026-08-20T20:00 | | Oberon Band | The Old Mill")])
        .await;
    let (first, second) = (bench.step(&one).await, bench.step(&two).await);
    bench.store.commit(first).await.unwrap();
    assert!(bench.store.commit(second).await.unwrap_err().is_conflict());
    let second = bench.step(&two).await;
    bench.store.commit(second).await.unwrap();
    let (one, two) = (bench.resolutions(&one).await, bench.resolutions(&two).await);
    assert_eq!(one[0], two[0]);
}

#[tokio::test]
async fn a_moved_show_stays_itself_and_a_series_does_not() {
    let bench = Bench::new();
    let own = source("mill", mill());
    let first = bench.resolved(&own, "a", TODAY, vec![event("k=2026-08-20T20:00 | Oberon | Oberon")]).await;
    let moved = bench.resolved(&own, "a", "2026-08-10", vec![event("k=2026-09-20T19:00 | Oberon | Oberon")]).await;
    assert_eq!(first[0].performance, moved[0].performance);
    let next = bench.resolved(&own, "a", "2026-10-01", vec![event("k=2026-10-20T19:00 | Oberon | Oberon")]).await;
    assert_ne!(first[0].performance, next[0].performance, "the show was over: this is another");
    let weekly = (1..4).map(|week| event(&format!("jam=2026-11-{:02}T20:00 | Jam | Puck", week * 7))).collect();
    let weekly = bench.resolved(&own, "b", "2026-10-01", weekly).await;
    let shows: BTreeSet<_> = weekly.iter().map(|resolution| resolution.performance.clone()).collect();
    assert_eq!(shows.len(), 3);
}

#[tokio::test]
async fn two_shows_of_an_evening_each_find_their_own() {
    let bench = Bench::new();
    let late = vec![event("2026-08-20T22:00 | Oberon | Oberon | Old Mill")];
    let late = bench.resolved(&source("artist", None), "a", TODAY, late).await;
    let both = vec![event("2026-08-20T19:00 | Oberon | Oberon"), event("2026-08-20T22:00 | Oberon | Oberon")];
    let both = bench.resolved(&source("mill", mill()), "b", TODAY, both).await;
    assert_eq!(both[1].performance, late[0].performance);
    assert_ne!(both[0].performance, both[1].performance);
}

#[tokio::test]
async fn what_a_person_decided_of_a_pair_stands() {
    let bench = Bench::new();
    let list = source("list", None);
    bench.resolved(&list, "a", TODAY, vec![event("2026-08-20 | | Marina | Old Mill")]).await;
    bench.resolved(&list, "b", TODAY, vec![event("2026-08-21 | | Marino | Old Mill")]).await;
    let mut pair = bench.duplicates(Collection::ArtistDuplicates).await.remove(0);
    assert_eq!(pair.status, DuplicateStatus::Suggested);
    assert!(pair.explanation[0].contains("marina"), "{pair:?}");
    pair.status = DuplicateStatus::Dismissed;
    let mut batch = Batch::new(Database::Pipeline, Time(3));
    batch.put(&pair, Precondition::Any).unwrap();
    bench.store.commit(batch).await.unwrap();
    let again = vec![event("2026-08-22 | | Marina | Old Mill"), event("2026-08-23 | | Marino | Old Mill")];
    bench.resolved(&list, "c", TODAY, again).await;
    assert_eq!(bench.duplicates(Collection::ArtistDuplicates).await, [pair]);
}

#[tokio::test]
async fn a_missing_link_shows_a_duplicate() {
    let bench = Bench::new();
    let list = source("list", None);
    let support = bench.resolved(&list, "a", TODAY, vec![event("2026-08-20 | | Oberon & Sons | Old Mill")]).await;
    let headliner =
        bench.resolved(&list, "b", TODAY, vec![event("2026-08-20T20:00 | | Kaiser Quartet | Old Mill")]).await;
    assert_ne!(support[0].performance, headliner[0].performance);
    assert!(bench.duplicates(Collection::PerformanceDuplicates).await.is_empty());
    let bill = vec![event("2026-08-20T20:00 | | Kaiser Quartet, Oberon & Sons | Old Mill")];
    let bill = bench.resolved(&list, "c", TODAY, bill).await;
    assert_eq!(bill[0].performance, headliner[0].performance);
    assert_eq!(bench.duplicates(Collection::PerformanceDuplicates).await.len(), 1);
}

#[tokio::test]
async fn shared_shows_tell_that_a_venue_was_renamed() {
    let bench = Bench::new();
    let bill = |venue: &str| {
        vec![
            event(&format!("2026-08-20T20:00 | | Oberon Band | {venue} | 4 Mill Rd | Milton")),
            event(&format!("2026-08-21T20:00 | | Titania Brown | {venue} | 4 Mill Rd | Milton")),
        ]
    };
    let old = bench.resolved(&source("x", None), "a", TODAY, bill("Pike's Ballroom")).await;
    let new = bench.resolved(&source("y", None), "b", TODAY, bill("The Lantern Room")).await;
    assert_eq!(old, new);
    let other = vec![event("2026-08-20T20:00 | | Puck | Bakery | 4 Mill Rd | Milton")];
    let other = bench.resolved(&source("y", None), "c", TODAY, other).await;
    assert_ne!(other[0].venue, new[0].venue);
}

#[tokio::test]
async fn an_undivided_bill_is_divided_by_what_is_known() {
    let bench = Bench::new();
    let apart = vec![event("2026-08-20T20:00 | | Oberon, Salt & Cedar | Old Mill | | Milton")];
    let apart = bench.resolved(&source("x", None), "a", TODAY, apart).await;
    let joint = vec![event("2026-08-20T20:00 | | Oberon / Salt & Cedar | Old Mill Milton")];
    let id = bench.extracted(&source("y", None), "b", TODAY, joint).await;
    let batch = bench.step(&id).await;
    bench.store.commit(batch).await.unwrap();
    let extraction = bench.store.get::<Extraction>(Collection::Extractions, &id).await.unwrap().unwrap().document;
    assert_eq!(extraction.resolutions[0], apart[0]);
    let Record::Event(event) = &extraction.records[0] else { panic!("an event") };
    let names: Vec<&str> = event.artists.iter().filter_map(|act| Some(act.name.as_ref()?.value.as_str())).collect();
    assert_eq!(names, ["Oberon", "Salt & Cedar"]);
    let venue = event.venue.clone().unwrap();
    assert_eq!((venue.name.unwrap().value, venue.city.unwrap().value), ("Old Mill".to_owned(), "Milton".to_owned()));
}
