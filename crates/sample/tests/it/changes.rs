use std::collections::BTreeMap;

use model::EventStatus;
use sample::{Config, Response, Web};

use crate::PORT;

fn pages(web: &Web) -> BTreeMap<String, Response> {
    web.pages(PORT).collect()
}

#[test]
fn a_day_changes_a_few_pages_and_leaves_the_rest_to_the_byte() {
    let (first, second) = (Web::new(&Config::region(1, 1)), Web::new(&Config::region(1, 2)));
    let (before, after) = (pages(&first), pages(&second));
    let gone: Vec<&String> = before.keys().filter(|url| !after.contains_key(*url)).collect();
    assert_eq!(gone.len(), 1, "{gone:?}");
    let host = gone[0]["http://".len()..].split('/').next().unwrap();
    let path = gone[0].split_once(host).unwrap().1;
    assert_eq!(second.respond(host, path, &[]).status, 404);
    let mut changed = 0;
    for (url, response) in &after {
        match before.get(url) {
            Some(old) if old.body == response.body => {
                // Everything but the clock.
                for name in ["content-type", "etag", "last-modified", "link"] {
                    assert_eq!(old.header(name), response.header(name), "{url}");
                }
            }
            Some(old) => {
                changed += 1;
                if old.header("etag").is_some() {
                    assert_ne!(old.header("etag"), response.header("etag"), "{url}");
                    assert_ne!(old.header("last-modified"), response.header("last-modified"), "{url}");
                }
            }
            None => changed += 1,
        }
    }
    let share = f64::from(changed) / after.len() as f64;
    assert!((0.02..0.06).contains(&share), "{changed} of {} pages changed", after.len());
}

#[test]
fn a_day_changes_the_truth_in_every_way_it_says() {
    let (first, second) = (sample::world(&Config::region(1, 1)), sample::world(&Config::region(1, 2)));
    let (mut cancelled, mut retimed, mut moved) = (0, 0, 0);
    for (old, new) in first.performances.iter().zip(&second.performances) {
        assert_eq!((old.venue, &old.artists), (new.venue, &new.artists));
        cancelled += usize::from(old.status != new.status && new.status == EventStatus::Cancelled);
        retimed += usize::from(old.start.date == new.start.date && old.start.time != new.start.time);
        if old.start.date != new.start.date {
            moved += 1;
            assert_eq!((new.status, new.moved_from), (EventStatus::Rescheduled, Some(old.start.date)));
        }
    }
    let announced = second.performances.len() - first.performances.len();
    let readdressed = first.venues.iter().zip(&second.venues).filter(|(old, new)| old.street != new.street).count();
    assert_eq!((cancelled, retimed, moved, announced, readdressed), (3, 1, 1, 3, 1));
}

#[test]
fn last_modified_remembers_the_day_of_the_last_change() {
    let web = Web::new(&Config { day: 4, ..Config::small(5) });
    let mut days: BTreeMap<String, usize> = BTreeMap::new();
    for (_, response) in web.pages(PORT) {
        if let Some(modified) = response.header("last-modified") {
            *days.entry(modified[5..16].to_owned()).or_default() += 1;
        }
    }
    assert_eq!(days.keys().collect::<Vec<_>>(), ["22 Nov 2026", "23 Nov 2026", "24 Nov 2026", "25 Nov 2026"]);
}
