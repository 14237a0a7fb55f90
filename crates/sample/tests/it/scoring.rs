use model::EntityKind;
use sample::{Found, FoundArtist, FoundPerformance, Report, Web, score, truth};

use crate::small;

fn scored(web: &Web, change: impl FnOnce(&mut Found)) -> Report {
    let mut found = truth(web.world());
    change(&mut found);
    score(web.world(), web, &found)
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn the_truth_scores_one() {
    let report = scored(&small(), |_| {});
    for counts in &report.kinds {
        near(counts.precision(), 1.0);
        near(counts.recall(), 1.0);
        near(counts.f1(), 1.0);
        assert_eq!((counts.duplicates, counts.missed_names.len(), counts.extra_names.len()), (0, 0, 0));
    }
    for field in &report.fields {
        assert_eq!((field.stated, field.right), (field.of, field.of), "{field:?}");
        assert!(field.of > 0, "{field:?}");
    }
    let table = report.to_string();
    assert!(table.contains("performance") && table.contains("1.0000"), "{table}");
}

#[test]
fn nothing_scores_nothing() {
    let web = small();
    for counts in score(web.world(), &web, &Found::default()).kinds {
        near(counts.precision(), 0.0);
        near(counts.recall(), 0.0);
        near(counts.f1(), 0.0);
    }
}

#[test]
fn a_missing_artist_costs_recall_and_a_double_one_precision() {
    let web = small();
    let report = scored(&web, |found| drop(found.artists.remove(2)));
    let artists = report.of(EntityKind::Artist).unwrap();
    near(artists.precision(), 1.0);
    near(artists.recall(), 39.0 / 40.0);
    assert_eq!(artists.missed_names, [web.world().artists[2].name.as_str()]);
    let report = scored(&web, |found| found.artists.push(found.artists[12].clone()));
    let artists = report.of(EntityKind::Artist).unwrap();
    near(artists.precision(), 40.0 / 41.0);
    near(artists.recall(), 1.0);
    assert_eq!((artists.duplicates, artists.duplicate_names.len()), (1, 1));
}

#[test]
fn a_name_that_is_nobodys_is_an_extra() {
    let report = scored(&small(), |found| found.artists[12] = FoundArtist { name: "Qwxzy Nobody".to_owned() });
    let artists = report.of(EntityKind::Artist).unwrap();
    near(artists.precision(), 39.0 / 40.0);
    near(artists.recall(), 39.0 / 40.0);
    assert_eq!(artists.extra_names, ["Qwxzy Nobody"]);
}

#[test]
fn near_names_are_told_apart_and_slips_forgiven() {
    let web = small();
    let report = scored(&web, |found| {
        found.artists.reverse();
        for artist in &mut found.artists {
            if artist.name == "Éloïse Tarn" {
                artist.name = "Eloise Tarn".to_owned();
            }
        }
    });
    near(report.of(EntityKind::Artist).unwrap().f1(), 1.0);
    assert!(report.fields.iter().filter(|field| field.kind == EntityKind::Artist).all(|field| field.right == field.of));
}

#[test]
fn two_venues_of_one_name_are_matched_by_town() {
    let web = small();
    let report = scored(&web, |found| found.venues[3].city = Some("Atlantis".to_owned()));
    let venues = report.of(EntityKind::Venue).unwrap();
    near(venues.precision(), 7.0 / 8.0);
    near(venues.recall(), 7.0 / 8.0);
    assert_eq!(venues.extra_names, ["The Corn Exchange, Atlantis"]);
}

#[test]
fn a_show_on_another_date_is_missed_and_extra() {
    let report = scored(&small(), |found| found.performances[50].start = Some("2030-01-01T20:00".to_owned()));
    let shows = report.of(EntityKind::Performance).unwrap();
    near(shows.precision(), 119.0 / 120.0);
    near(shows.recall(), 119.0 / 120.0);
}

#[test]
fn a_show_found_twice_is_wrong_once() {
    let web = small();
    let report = scored(&web, |found| {
        let show = FoundPerformance { title: Some("another title".to_owned()), ..found.performances[60].clone() };
        found.performances.push(show);
    });
    let shows = report.of(EntityKind::Performance).unwrap();
    near(shows.precision(), 120.0 / 121.0);
    near(shows.recall(), 1.0);
    assert_eq!(shows.duplicates, 1);
}

#[test]
fn a_show_is_matched_by_venue_name_and_title_too() {
    let web = small();
    let report = scored(&web, |found| {
        for index in 0..found.performances.len() {
            let venue = found.venues[found.performances[index].venue.unwrap()].clone();
            let show = &mut found.performances[index];
            (show.venue, show.venue_name, show.venue_city) = (None, Some(venue.name), venue.city);
            show.title = Some(show.artists[0].clone());
            show.artists.clear();
        }
    });
    near(report.of(EntityKind::Performance).unwrap().f1(), 1.0);
}

#[test]
fn a_wrong_time_costs_the_field_alone() {
    let web = small();
    let report = scored(&web, |found| {
        let start = &mut found.performances[70].start;
        *start = start.as_ref().map(|start| format!("{}T03:33", &start[..10]));
    });
    near(report.of(EntityKind::Performance).unwrap().f1(), 1.0);
    let field =
        report.fields.iter().find(|field| field.field == "start" && field.kind == EntityKind::Performance).unwrap();
    assert_eq!((field.of - field.right, field.stated), (1, field.of));
}
