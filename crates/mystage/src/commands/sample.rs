use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use model::{Artist, Collection, EntityId, Festival, Performance, Source, Venue};
use sample::{Config, Found, FoundArtist, FoundFestival, FoundPerformance, FoundVenue, Web};
use store::Query;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::serve;
use crate::cli;
use crate::open::Opened;

pub(crate) fn config(args: &cli::Sample) -> Config {
    let config = match args.scale {
        cli::Scale::Region => Config::region(args.seed, args.day),
        cli::Scale::Small => Config { day: args.day, ..Config::small(args.seed) },
    };
    Config { day: args.day.max(1), ..config }
}

/// Starts the sample web beside whatever else this process does. Returns its sources and the hosts to allow.
pub(crate) async fn start(
    args: &cli::Sample,
    mut stopped: watch::Receiver<bool>,
) -> anyhow::Result<(Vec<Source>, Vec<String>)> {
    let web = Arc::new(Web::new(&config(args)));
    let listener = TcpListener::bind(("127.0.0.1", args.sample_port)).await.with_context(|| {
        format!(
            "the sample web cannot listen on 127.0.0.1:{}; choose another port with --sample-port",
            args.sample_port
        )
    })?;
    let port = listener.local_addr()?.port();
    let router = sample::router(Arc::clone(&web));
    #[expect(clippy::disallowed_methods, reason = "the executable starts what runs beside it")]
    tokio::spawn(async move {
        let shutdown = async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        if let Err(error) = api::serve(listener, router, shutdown).await {
            eprintln!("mystage: the sample web stopped: {error}");
        }
    });
    Ok((web.sources(port), vec![format!("*.sample.localhost:{port}")]))
}

/// The sources of a sample web that another process serves.
pub(crate) fn sources(args: &cli::Sample) -> Vec<Source> {
    Web::new(&config(args)).sources(args.sample_port)
}

/// Serves the sample web until interrupted.
pub(crate) async fn serve(args: cli::Sample) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let (sources, _) = start(&args, stopped).await?;
    println!("The sample web of day {} (Ctrl-C ends it):", args.day);
    for source in sources {
        println!("  {:<24} {}", source.id, source.seeds.join(" "));
    }
    serve::interrupted().await;
    stop.send_replace(true);
    Ok(())
}

/// Compares what is stored with the truth.
pub(crate) async fn score(opened: &Opened, args: &cli::Sample, json: bool) -> anyhow::Result<()> {
    let config = config(args);
    let found = found(opened).await?;
    let report = sample::score(&sample::world(&config), &Web::new(&config), &found);
    match json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => println!("{report}"),
    }
    Ok(())
}

/// The living entities in the scorer's shape.
pub(crate) async fn found(opened: &Opened) -> anyhow::Result<Found> {
    let store = &opened.app.store;
    let all = |collection| Query::of(collection).limit(1_000);
    let venues = store.list_all::<Venue>(all(Collection::EvtVenues)).await?;
    let artists = store.list_all::<Artist>(all(Collection::EvtArtists)).await?;
    let performances = store.list_all::<Performance>(all(Collection::EvtPerformances)).await?;
    let festivals = store.list_all::<Festival>(all(Collection::EvtFestivals)).await?;
    let mut found = Found::default();
    let mut places: HashMap<EntityId, usize> = HashMap::new();
    for venue in venues.into_iter().map(|found| found.document).filter(|venue| venue.deleted.is_none()) {
        places.insert(venue.id, found.venues.len());
        found.venues.push(FoundVenue {
            name: venue.name.unwrap_or_default(),
            street: venue.street,
            city: venue.city,
            postal_code: venue.postal_code,
            lat: venue.lat,
            lon: venue.lon,
        });
    }
    let mut names: HashMap<EntityId, String> = HashMap::new();
    for artist in artists.into_iter().map(|found| found.document).filter(|artist| artist.deleted.is_none()) {
        let name = artist.name.unwrap_or_default();
        names.insert(artist.id, name.clone());
        found.artists.push(FoundArtist { name });
    }
    for show in performances.into_iter().map(|found| found.document).filter(|show| show.deleted.is_none()) {
        let artists = show.artist_ids.unwrap_or_default();
        found.performances.push(FoundPerformance {
            venue: show.venue_id.and_then(|id| places.get(&id).copied()),
            venue_name: None,
            venue_city: None,
            start: show.start.map(|start| start.to_string()),
            artists: artists.iter().filter_map(|id| names.get(id).cloned()).collect(),
            title: show.title,
            status: show.status,
            price_min: show.price_min,
        });
    }
    for festival in festivals.into_iter().map(|found| found.document).filter(|festival| festival.deleted.is_none()) {
        found.festivals.push(FoundFestival {
            name: festival.name.unwrap_or_default(),
            start: festival.start.map(|start| start.to_string()),
        });
    }
    Ok(found)
}
