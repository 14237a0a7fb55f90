//! The index as its callers see it: what is found and in which order, and what survives a restart.
#![expect(clippy::unwrap_used, reason = "the functions that tests share may panic as tests do")]

use std::path::Path;

use model::{EntityId, EntityKind};
use search::{Error, Index, Near, Query, SearchDoc};
use serde_json::json;

use EntityKind::{Artist, Festival, Performance, Venue};

fn doc(kind: EntityKind, title: &str) -> SearchDoc {
    SearchDoc {
        id: EntityId::mint(kind, &[title]),
        revision: 1,
        title: title.to_owned(),
        names: Vec::new(),
        text: String::new(),
        city: None,
        genre: None,
        point: None,
        start: None,
        refers_to: Vec::new(),
        stored: json!({ "title": title }),
    }
}

fn show(title: &str, names: &[&str], start: &str) -> SearchDoc {
    SearchDoc {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        start: Some(start.parse().unwrap()),
        ..doc(Performance, title)
    }
}

fn index_of(docs: &[SearchDoc]) -> Index {
    let index = Index::in_memory().unwrap();
    index.apply(docs, &[]).unwrap();
    index
}

fn asking(words: &str) -> Query {
    Query { words: words.to_owned(), today: Some("2026-06-01".parse().unwrap()), ..Query::default() }
}

fn titles(index: &Index, query: &Query) -> Vec<String> {
    let hits = index.search(query).unwrap();
    hits.hits.iter().map(|hit| hit.stored["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn words_are_found_however_they_are_typed() {
    let index = index_of(&[
        doc(Artist, "Motörhead"),
        doc(Artist, "Blackbird"),
        doc(Artist, "Silver Lining"),
        doc(Artist, "The Moon Parade"),
        doc(Artist, "AC/DC"),
        doc(Artist, "!!!"),
        doc(Artist, "Ana"),
        doc(Artist, "Кино"),
        doc(Artist, "Florence & the Machine"),
    ]);
    for (typed, expected) in [
        ("motorhead", Some("Motörhead")),
        ("MOTÖRHEAD", Some("Motörhead")),
        ("motroehad", Some("Motörhead")),
        ("omtorhead", Some("Motörhead")),
        ("blackbrd", Some("Blackbird")),
        ("balckbird", Some("Blackbird")),
        ("black bird", Some("Blackbird")),
        ("silverlining", Some("Silver Lining")),
        ("lining silver", Some("Silver Lining")),
        ("silver linign", Some("Silver Lining")),
        ("moon par", Some("The Moon Parade")),
        ("moon parda", Some("The Moon Parade")),
        ("mon", None),
        ("noon", None),
        ("moom", Some("The Moon Parade")),
        ("an", Some("Ana")),
        ("anx", None),
        ("ac/dc", Some("AC/DC")),
        ("!!!", Some("!!!")),
        ("kino", Some("Кино")),
        ("florence and the machine", Some("Florence & the Machine")),
        ("zzzzzz", None),
    ] {
        assert_eq!(titles(&index, &asking(typed)).first().map(String::as_str), expected, "{typed}");
    }
}

#[test]
fn exact_comes_before_mistyped_before_unfinished() {
    let index = index_of(&[doc(Artist, "Heartland"), doc(Artist, "Hearth"), doc(Artist, "Heart")]);
    assert_eq!(titles(&index, &asking("heart")), ["Heart", "Hearth", "Heartland"]);
    let index = index_of(&[doc(Artist, "Stones"), doc(Artist, "Stonehenge"), doc(Artist, "Stone")]);
    assert_eq!(titles(&index, &asking("stone")), ["Stone", "Stones", "Stonehenge"]);
}

#[test]
fn all_words_come_before_some() {
    let mut rest = doc(Artist, "River Song");
    rest.text = "green".into();
    let index = index_of(&[doc(Artist, "Green Green Green"), doc(Venue, "Rivers"), rest, doc(Artist, "Yellow")]);
    assert_eq!(titles(&index, &asking("green river"))[0], "River Song");
    assert_eq!(titles(&index, &asking("green river")).len(), 3);
}

#[test]
fn rare_words_count_more_than_common_ones() {
    let mut docs: Vec<SearchDoc> = (0..40).map(|n| doc(Venue, &format!("The Hall {n}"))).collect();
    docs.push(doc(Artist, "Nightjar"));
    let index = index_of(&docs);
    assert_eq!(titles(&index, &asking("the nightjar"))[0], "Nightjar");
}

#[test]
fn title_comes_before_names_before_text() {
    let mut text = doc(Artist, "Alpha");
    text.text = "They sound like Lantern.".into();
    let mut names = doc(Artist, "Beta");
    names.names = vec!["Lantern".into()];
    let index = index_of(&[text, names, doc(Artist, "Lantern Club")]);
    assert_eq!(titles(&index, &asking("lantern")), ["Lantern Club", "Beta", "Alpha"]);
}

#[test]
fn the_artist_of_that_name_comes_first_and_then_what_is_on() {
    let index = index_of(&[
        show("Blackbird", &["Blackbird", "Willow Hall"], "2026-07-01T20:00"),
        show("Blackbird and friends", &["Blackbird", "Willow Hall"], "2026-06-02T20:00"),
        show("Blackbird last year", &["Blackbird", "Willow Hall"], "2025-06-02T20:00"),
        doc(Artist, "Blackbird"),
        doc(Artist, "Blackbird Orchestra"),
        doc(Venue, "Willow Hall"),
    ]);
    let found = titles(&index, &asking("blackbird"));
    assert_eq!(found[..2], ["Blackbird", "Blackbird"]);
    assert_eq!(index.search(&asking("blackbird")).unwrap().hits[0].id.kind(), Artist);
    assert_eq!(found[2..], ["Blackbird Orchestra", "Blackbird and friends", "Blackbird last year"]);
    assert_eq!(titles(&index, &asking("blackbird willow hall"))[0], "Blackbird and friends");
    let mistyped = index.search(&asking("blackbrid")).unwrap();
    assert_eq!(mistyped.hits[0].id, EntityId::mint(Artist, &["Blackbird"]));
}

#[test]
fn a_title_of_the_right_length_is_no_match() {
    let index = index_of(&[
        show("Three Other Words", &["Ironmonger Hall"], "2026-09-01"),
        show("Encore", &["Ironmonger Hall"], "2026-06-02"),
        doc(Venue, "Ironmonger Hall"),
    ]);
    let expected = ["Ironmonger Hall", "Encore", "Three Other Words"];
    assert_eq!(titles(&index, &asking("iron monger hall")), expected);
    assert_eq!(titles(&index, &asking("ironmonger hall")), expected);
}

#[test]
fn what_is_next_comes_first_and_what_is_over_last() {
    let shows = [
        show("Jam over", &[], "2026-05-31T20:00"),
        show("Jam long over", &[], "2020-05-31"),
        show("Jam later", &[], "2026-09-01"),
        show("Jam tonight", &[], "2026-06-01T21:00"),
        show("Jam this afternoon", &[], "2026-06-01T15:00"),
    ];
    let index = index_of(&shows);
    let expected = ["Jam this afternoon", "Jam tonight", "Jam later", "Jam over", "Jam long over"];
    assert_eq!(titles(&index, &asking("jam")), expected);
    assert_eq!(titles(&index, &asking("")), expected);
    let undated = Query { today: None, ..asking("jam") };
    assert_eq!(titles(&index, &undated)[0], "Jam long over");
}

#[test]
fn kinds_take_turns_among_equals_and_are_counted() {
    let mut docs = Vec::new();
    for n in 0..20 {
        let mut artist = doc(Artist, &format!("Artist {n:02}"));
        artist.genre = Some("Jazz".into());
        docs.push(artist);
        let mut gig = show(&format!("Gig {n:02}"), &[], "2026-06-05");
        gig.text = "jazz".into();
        docs.push(gig);
    }
    let index = index_of(&docs);
    assert_eq!(titles(&index, &asking("jazz"))[..4], ["Artist 00", "Gig 00", "Artist 01", "Gig 01"]);
    let hits = index.search(&Query { kinds: vec![Performance], ..asking("jazz") }).unwrap();
    assert_eq!(hits.total, 20);
    assert!(hits.hits.iter().all(|hit| hit.id.kind() == Performance));
    assert_eq!(hits.kinds, [(Artist, 20), (Venue, 0), (Festival, 0), (Performance, 20)]);
}

#[test]
fn pages_neither_overlap_nor_leave_out() {
    let index = Index::in_memory().unwrap();
    for part in 0..7 {
        let docs: Vec<SearchDoc> = (0..13).map(|n| doc(KINDS[n % 4], &format!("Echo {part}-{n}"))).collect();
        index.apply(&docs, &[]).unwrap();
    }
    let mut seen = std::collections::BTreeSet::new();
    for page in 0..10 {
        let hits = index.search(&Query { limit: 10, offset: page * 10, ..asking("echo") }).unwrap();
        assert_eq!(hits.total, 91);
        seen.extend(hits.hits.into_iter().map(|hit| hit.id));
    }
    assert_eq!(seen.len(), 91);
}

const KINDS: [EntityKind; 4] = EntityKind::ALL;

#[test]
fn places_and_days_filter() {
    let mut here = show("Here", &[], "2026-06-10T20:00");
    here.point = Some((46.0, 7.0));
    let mut near = show("Near", &[], "2026-06-11T00:30");
    near.point = Some((46.05, 7.0));
    let mut far = show("Far", &[], "2026-06-12");
    far.point = Some((47.0, 7.0));
    let mut hall = doc(Venue, "Hall");
    hall.point = Some((46.01, 7.0));
    let mut wrong = doc(Venue, "Nowhere");
    wrong.point = Some((f64::NAN, 7.0));
    let index = index_of(&[here, near, far, hall, wrong]);
    let around = |radius_m| Query { near: Some(Near { lat: 46.0, lon: 7.0, radius_m }), ..asking("") };
    assert_eq!(titles(&index, &around(3_000.0)), ["Hall", "Here"]);
    assert_eq!(titles(&index, &around(6_000.0)), ["Hall", "Here", "Near"]);
    let hits = index.search(&around(6_000.0)).unwrap();
    assert!((hits.hits[2].distance_m.unwrap() - 5_560.0).abs() < 20.0);
    assert!(titles(&index, &around(1.0)).len() == 1);

    let between =
        |from: &str, to: &str| Query { from: Some(from.parse().unwrap()), to: Some(to.parse().unwrap()), ..asking("") };
    assert_eq!(titles(&index, &between("2026-06-10", "2026-06-10")), ["Here"]);
    assert_eq!(titles(&index, &between("2026-06-11", "2026-06-12")), ["Near", "Far"]);
    assert!(titles(&index, &between("2026-06-13", "2026-06-14")).is_empty());
}

#[test]
fn impossible_queries_are_refused_with_a_reason() {
    let index = index_of(&[]);
    let near = |lat, lon, radius_m| Query { near: Some(Near { lat, lon, radius_m }), ..asking("") };
    for query in [
        near(91.0, 0.0, 1.0),
        near(0.0, f64::NAN, 1.0),
        near(0.0, 0.0, 0.0),
        near(0.0, 0.0, f64::INFINITY),
        Query { limit: 1001, ..asking("") },
        Query { offset: 10_001, ..asking("") },
        Query { from: Some("2026-02-01".parse().unwrap()), to: Some("2026-01-01".parse().unwrap()), ..asking("") },
    ] {
        assert!(matches!(index.search(&query), Err(Error::InvalidQuery(_))), "{query:?}");
    }
    let endless = "word ".repeat(5_000) + &"x".repeat(100_000);
    assert_eq!(index.search(&asking(&endless)).unwrap().total, 0);
}

#[test]
fn applying_again_changes_nothing_and_stale_states_do_not_return() {
    let index = index_of(&[]);
    let old = doc(Artist, "Old Name");
    let new =
        SearchDoc { revision: 2, title: "New Name".into(), stored: json!({ "title": "New Name" }), ..old.clone() };
    index.apply(std::slice::from_ref(&new), &[]).unwrap();
    index.apply(std::slice::from_ref(&new), &[]).unwrap();
    index.apply(std::slice::from_ref(&old), &[]).unwrap();
    assert_eq!(index.documents(), 1);
    assert_eq!(titles(&index, &asking("new name")), ["New Name"]);
    index.apply(&[new.clone(), old.clone()], &[]).unwrap();
    assert_eq!(titles(&index, &asking("old")), Vec::<String>::new());
    let revisions: Vec<_> = index.revisions().map(Result::unwrap).collect();
    assert_eq!(revisions, [(old.id.clone(), 2)]);
    index.apply(&[], std::slice::from_ref(&old.id)).unwrap();
    index.apply(&[], std::slice::from_ref(&old.id)).unwrap();
    assert_eq!((index.documents(), index.revisions().count()), (0, 0));
    index.apply(&[old], &[]).unwrap();
    index.clear().unwrap();
    assert_eq!(index.documents(), 0);
}

#[test]
fn concurrent_changes_all_arrive() {
    let index = index_of(&[]);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let index = &index;
            scope.spawn(move || {
                for n in 0..5 {
                    let one = doc(Artist, &format!("Artist {thread} {n}"));
                    index.apply(std::slice::from_ref(&one), &[]).unwrap();
                    assert!(index.revisions().any(|found| found.unwrap().0 == one.id), "seen at once");
                }
            });
        }
    });
    assert_eq!(index.documents(), 40);
}

#[test]
fn what_was_applied_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path()).unwrap();
    assert!(index.rebuilt(), "a new folder has to be filled");
    index.apply(&[doc(Artist, "Blackbird")], &[]).unwrap();
    index.confirm_filled().unwrap();
    drop(index);
    // As after a kill: the lock file is there, and nobody holds it.
    assert!(folder.path().join(".tantivy-writer.lock").exists());
    let index = Index::open(folder.path()).unwrap();
    assert!(!index.rebuilt());
    assert_eq!(titles(&index, &asking("blackbird")), ["Blackbird"]);
    index.apply(&[doc(Artist, "Magpie")], &[]).unwrap();
    assert_eq!(index.documents(), 2);
}

#[test]
fn an_unfilled_index_says_so_until_it_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    drop(Index::open(folder.path()).unwrap());
    let index = Index::open(folder.path()).unwrap();
    assert!(index.rebuilt());
    index.confirm_filled().unwrap();
    assert!(!index.rebuilt());
}

#[test]
fn one_process_writes_and_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let writing = Index::open(folder.path()).unwrap();
    writing.apply(&[doc(Artist, "Blackbird")], &[]).unwrap();
    let reading = Index::open(folder.path()).unwrap();
    assert_eq!(titles(&reading, &asking("blackbird")), ["Blackbird"]);
    let refused = reading.apply(&[doc(Artist, "Magpie")], &[]);
    assert!(matches!(refused, Err(Error::Locked(_))), "{refused:?}");
    drop(writing);
    reading.apply(&[doc(Artist, "Magpie")], &[]).unwrap();
    assert_eq!(reading.documents(), 2);
}

#[test]
fn a_damaged_or_foreign_folder_is_made_anew() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 5] = [
        ("meta.json is no JSON", |dir| std::fs::write(dir.join("meta.json"), "{\"seg").unwrap()),
        ("meta.json is empty", |dir| std::fs::write(dir.join("meta.json"), "").unwrap()),
        ("a segment is cut short", |dir| change(dir, |bytes| bytes.truncate(bytes.len() / 2))),
        ("a bit of a segment has flipped", |dir| change(dir, |bytes| bytes[0] ^= 1)),
        ("a segment's file is gone", |dir| std::fs::remove_file(segment_file(dir)).unwrap()),
    ];
    for (name, harm) in harms {
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open(folder.path()).unwrap();
        index.apply(&[doc(Artist, "Blackbird")], &[]).unwrap();
        index.confirm_filled().unwrap();
        drop(index);
        std::fs::write(folder.path().join("notes.txt"), "not ours").unwrap();
        harm(folder.path());
        let index = Index::open(folder.path()).unwrap();
        assert!(index.rebuilt(), "{name}");
        assert_eq!(index.documents(), 0, "{name}");
        index.apply(&[doc(Artist, "Blackbird")], &[]).unwrap();
        assert_eq!(titles(&index, &asking("blackbird")), ["Blackbird"], "{name}");
        assert!(folder.path().join("notes.txt").exists(), "{name}");
    }
}

#[test]
fn an_older_versions_index_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut older = tantivy::schema::Schema::builder();
    older.add_text_field("title", tantivy::schema::TEXT);
    drop(tantivy::Index::create_in_dir(folder.path(), older.build()).unwrap());
    let index = Index::open(folder.path()).unwrap();
    assert!(index.rebuilt());
    index.apply(&[doc(Artist, "Blackbird")], &[]).unwrap();
    assert_eq!(index.documents(), 1);
}

fn segment_file(dir: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "store")).unwrap()
}

fn change(dir: &Path, how: impl Fn(&mut Vec<u8>)) {
    let path = segment_file(dir);
    let mut bytes = std::fs::read(&path).unwrap();
    how(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn tells_who_shows_a_name() {
    let venue = doc(Venue, "The Old Mill");
    let show =
        SearchDoc { refers_to: vec![venue.id.clone()], ..show("The Larks", &["The Old Mill"], "2026-06-09T20:00") };
    let index = index_of(&[venue.clone(), show.clone(), doc(Artist, "The Larks")]);
    assert_eq!(index.referring_to(&venue.id).unwrap(), std::slice::from_ref(&show.id));
    assert!(index.referring_to(&show.id).unwrap().is_empty());
    index.apply(&[], &[show.id]).unwrap();
    assert!(index.referring_to(&venue.id).unwrap().is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path()).unwrap();
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = files();
    index.check_disk().unwrap();
    assert_eq!(files(), before, "nothing stays behind");
    std::fs::remove_dir_all(folder.path()).unwrap();
    assert!(matches!(index.check_disk(), Err(Error::Folder(..))));
    assert!(index.check().is_err());
    Index::in_memory().unwrap().check_disk().unwrap();
}
