use std::collections::BTreeSet;

use model::SourceKind;
use sample::{Config, Scale, Web, world};

use crate::{PORT, small};

#[test]
fn the_same_configuration_gives_the_same_bytes() {
    let (one, other) = (small(), small());
    assert_eq!(one.world(), other.world());
    let mut pages = 0;
    for (one, other) in one.pages(PORT).zip(other.pages(PORT)) {
        assert_eq!(one, other);
        pages += 1;
    }
    assert!(pages > 100, "{pages}");
    let different = Web::new(&Config::small(8));
    assert_ne!(one.world(), different.world());
}

#[test]
fn counts_are_those_of_the_scale() {
    for scale in [Scale::small(), Scale::region()] {
        let world = world(&Config { seed: 1, scale, day: 1, noise: 1.0 });
        assert_eq!(world.venues.len(), scale.venues);
        assert_eq!(world.artists.len(), scale.artists);
        assert_eq!(world.performances.len(), scale.performances);
        assert_eq!(world.festivals.len(), scale.festivals);
    }
}

#[test]
fn scales_by_pages_have_enough_pages() {
    for pages in [100, 1000, 4000] {
        let web = Web::new(&Config { seed: 3, scale: Scale::pages(pages), day: 1, noise: 1.0 });
        let count = web.pages(PORT).count();
        assert!(count >= pages && count < pages * 3 + 600, "{count} pages for {pages}");
    }
}

#[test]
fn every_artist_and_venue_has_shows_and_no_two_shows_collide() {
    let world = world(&Config::region(1, 1));
    let mut nights = BTreeSet::new();
    let mut acts = BTreeSet::new();
    for show in &world.performances {
        assert!(nights.insert((show.venue, show.start.date)), "two shows at one venue in one night");
        for artist in &show.artists {
            assert!(acts.insert((*artist, show.start.date)), "an artist in two places");
        }
    }
    let venues: BTreeSet<usize> = nights.iter().map(|(venue, _)| *venue).collect();
    let artists: BTreeSet<usize> = acts.iter().map(|(artist, _)| *artist).collect();
    assert_eq!(venues.len(), world.venues.len());
    assert_eq!(artists.len(), world.artists.len());
}

#[test]
fn every_show_is_published_by_one_to_four_sources() {
    let web = Web::new(&Config::region(1, 1));
    let mut spread = [0; 5];
    for show in 0..web.world().performances.len() {
        spread[web.publishers(show).count()] += 1;
    }
    assert_eq!(spread[0], 0);
    assert!(spread[1..].iter().all(|count| *count > 20), "{spread:?}");
}

#[test]
fn sources_are_many_and_of_every_kind() {
    let web = Web::new(&Config::region(1, 1));
    let sources = web.sources(PORT);
    let ids: BTreeSet<&str> = sources.iter().map(|source| source.id.as_str()).collect();
    assert_eq!(ids.len(), sources.len());
    assert!(sources.len() >= 12);
    for kind in [
        SourceKind::Venue,
        SourceKind::Artist,
        SourceKind::Festival,
        SourceKind::Promoter,
        SourceKind::Ticketing,
        SourceKind::Aggregator,
        SourceKind::Press,
    ] {
        assert!(sources.iter().any(|source| source.kind == kind), "{kind:?}");
    }
    for source in &sources {
        assert!(source.id.len() <= 63);
        assert!(source.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", source.id);
    }
}
