//! Properties that hold whatever the pages say.

use matching::{ArtistFeatures, FestivalFeatures, PerformanceFeatures, VenueFeatures, normalise::names::fold};
use model::{EntityId, EntityKind, Stated, VenueClaims, When};
use proptest::prelude::*;

fn stated<T>(value: T) -> Option<Stated<T>> {
    Some(Stated::new(value, "p", "q"))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "(The )?[A-Z][a-z]{2,6}( [A-Z][a-z]{1,8}){0,3}( [0-9]{1,3}| Upstairs| Hall| \\(live\\)| Tribute)?",
        1 => "\\PC{0,24}",
    ]
}

prop_compose! {
    fn venue()(
        name in prop::option::of(name()),
        street in prop::option::of("[0-9]{0,3} [A-Z][a-z]{2,8} (St|Road)( Unit [0-9])?"),
        city in prop::option::of(prop::sample::select(vec!["Milton", "Oldbury", "Greater Milton", "Mitlon"])),
        code in prop::option::of("[0-9]{4}"),
        point in prop::option::of((50.0..50.02_f64, 7.0..7.02_f64)),
        phone in prop::option::of("0[0-9]{9}"),
        site in prop::option::of("https://[a-c]\\.test/"),
    ) -> VenueFeatures {
        VenueFeatures::of(&VenueClaims {
            name: name.and_then(stated),
            street: street.and_then(stated),
            city: city.map(str::to_owned).and_then(stated),
            postal_code: code.and_then(stated),
            lat: point.and_then(|point| stated(point.0)),
            lon: point.and_then(|point| stated(point.1)),
            phone: phone.and_then(stated),
            website: site.and_then(stated),
            ..VenueClaims::default()
        })
    }
}

prop_compose! {
    fn artist()(names in prop::collection::vec(name(), 1..4)) -> ArtistFeatures {
        let mut features = ArtistFeatures::default();
        for name in names {
            features.absorb(&ArtistFeatures { names: vec![fold(&name)], hosts: vec![] });
        }
        features
    }
}

prop_compose! {
    fn performance()(
        venue in 0..2_u8,
        day in 1..4_i8,
        hour in prop::option::of(0..24_i8),
        titles in prop::collection::vec(name(), 0..3),
        artists in prop::collection::vec(0..4_u8, 0..3),
        key in prop::option::of(0..3_u8),
    ) -> PerformanceFeatures {
        let id = |kind, n: u8| EntityId::mint(kind, &[&n.to_string()]);
        let date = jiff::civil::date(2026, 8, day);
        let start = hour.map_or(When::day(date), |hour| When::at(date, hour, 30).expect("a clock time"));
        let mut features = PerformanceFeatures::at(id(EntityKind::Venue, venue), start);
        titles.iter().for_each(|title| features.add_title(title));
        titles.iter().skip(1).for_each(|title| features.add_act(title));
        artists.iter().for_each(|artist| features.add_artists(&[id(EntityKind::Artist, *artist)]));
        key.iter().for_each(|key| features.add_key("s", &key.to_string()));
        features
    }
}

/// What holds for the features of every kind.
macro_rules! laws {
    ($name:ident, $features:ty, $strategy:expr) => {
        proptest! {
            #[test]
            fn $name(a in $strategy, b in $strategy, c in $strategy) {
                let comparison = a.compare(&b);
                prop_assert_eq!(&comparison, &b.compare(&a));
                prop_assert!((0.0..=1.0).contains(&comparison.probability));

                let join = |list: [&$features; 3]| {
                    let mut all = list[0].clone();
                    all.absorb(list[1]);
                    all.absorb(list[2]);
                    all
                };
                let all = join([&a, &b, &c]);
                prop_assert_eq!(&all, &join([&c, &b, &a]));
                prop_assert_eq!(&all, &join([&b, &a, &c]));
                prop_assert_eq!(all.blocks(), join([&c, &a, &b]).blocks());
                let mut again = all.clone();
                prop_assert!(!again.absorb(&b));
                prop_assert!(!again.absorb(&all));
                prop_assert_eq!(&again, &all);

                prop_assert!(all.blocks().len() <= 40);
                for key in all.blocks() {
                    prop_assert!(key.len() <= 100 && key.is_ascii() && !key.contains('/'), "{}", key);
                }
                let stored = serde_json::to_value(&all).unwrap();
                prop_assert_eq!(serde_json::from_value::<$features>(stored).ok(), Some(all));
            }
        }
    };
}

laws!(venues, VenueFeatures, venue());
laws!(artists, ArtistFeatures, artist());
laws!(performances, PerformanceFeatures, performance());
laws!(festivals, FestivalFeatures, name().prop_map(|name| FestivalFeatures::of(&name, Some(2026))));

/// One slip of the keyboard at a position, 0 to 3: replaced, dropped, doubled up with another, exchanged.
fn slip(name: &str, kind: u8, at: usize, letter: char) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = at % letters.len();
    match kind {
        0 => letters[at] = letter,
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, letter),
        _ => letters.swap(at, (at + 1).min(name.len() - 1)),
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn one_slip_still_meets(
        name in "(the )?[a-z]{3,9}( [a-z]{3,9}){0,2}( live)?",
        kind in 0..4_u8,
        at in any::<usize>(),
        letter in "[a-z]",
    ) {
        prop_assume!(name.chars().filter(char::is_ascii_alphabetic).count() >= 6);
        let slipped = slip(&name, kind, at, letter.chars().next().unwrap());
        let blocks = |name: &str| ArtistFeatures { names: vec![fold(name)], hosts: vec![] }.blocks();
        let (a, b) = (blocks(&name), blocks(&slipped));
        prop_assert!(a.iter().any(|key| b.contains(key)), "{} | {}: {:?} {:?}", name, slipped, a, b);
    }

    #[test]
    fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded);
    }
}
