use std::sync::Arc;
use std::time::Duration;

use model::Database::{Main, Pipeline as Working};
use pipeline::{
    Pipeline, adapters, agents, images, resolution, routing, scheduling, scraping, sources, sourcing, sync, upkeep,
    writers,
};
use tasks::{PerKey, Policy, Queue, Rate, Registry};

/// The queues and who works on their tasks: the one list of both.
pub fn registry(pipeline: &Arc<Pipeline>) -> Registry {
    let mut registry = Registry::default();
    // Where the work is our own there is nobody to spare: as fast as the machine goes.
    let own = Policy { rate: None, ..Policy::default() };
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    // Many hosts are asked at the same time, each at its own rate: here over all processes; in fetch, with redirects, pauses
    // and the delays of robots.txt, in each of them.
    let host = pipeline.fetcher.per_host();
    let per_key = Some(PerKey { rate: Rate(host.per_second), burst: host.burst });
    registry.queue(queue("scraping", Policy { max_concurrent: 32, per_key, ..own }));
    registry.queue(queue("scheduling", Policy { max_concurrent: 1, ..own }));
    registry.queue(queue("upkeep", Policy { max_concurrent: 1, ..own }));
    registry.queue(queue("sourcing", Policy { max_concurrent: 2, ..own }));
    registry.queue(queue("routing", Policy { max_concurrent: 4, ..own }));
    registry.queue(queue("adapters", Policy { max_concurrent: cores.max(2), ..own }));
    let per_key = Some(PerKey { rate: Rate(5.0), burst: 1 });
    let timeout = Duration::from_secs(300);
    registry.queue(queue("agents", Policy { timeout, max_concurrent: 2, per_key, ..own }));
    // One at a time over all processes, and when what can be read is read: pages that state most come first, whatever the
    // order in which they arrived, so the same pages end in the same entities.
    let reading = &["scheduling", "scraping", "sourcing", "routing", "adapters"];
    let one_by_one = Policy { max_concurrent: 1, exclusive: true, ..own };
    registry.queue(queue("resolution", Policy { ahead: 31, after: reading, ..one_by_one }));
    registry.queue(queue("sources", Policy { max_concurrent: 4, ..own }));
    // What many pages state of one entity is written once for all of them, if they come within a few seconds.
    let (after, patience): (&[_], _) = (&["resolution", "sources"], Duration::from_secs(3));
    registry.queue(queue("writers", Policy { max_concurrent: 2, bulk: 64, after, patience, ..own }));
    registry.queue(Queue { name: "images", database: Main, policy: Policy { max_concurrent: 4, ..own } });
    // One at a time: an index commit takes whatever waits, and a renaming must not overtake what it renames.
    registry.queue(Queue { name: "sync", database: Main, policy: Policy { bulk: 512, ..one_by_one } });

    macro_rules! on {
        ($method:ident $step:path) => {{
            let pipeline = Arc::clone(pipeline);
            registry.$method(move |task, attempt| {
                let pipeline = Arc::clone(&pipeline);
                async move { $step(&pipeline, task, attempt).await }
            });
        }};
    }
    on!(step scheduling::schedule_urls);
    on!(step scheduling::visit_due);
    on!(step upkeep::trim_feeds);
    on!(step upkeep::forget_settled);
    on!(step scraping::scrape);
    on!(step sourcing::discover_links);
    on!(step routing::route);
    on!(step adapters::adapt);
    on!(step agents::ask);
    on!(step resolution::resolve);
    on!(step sources::record_sources);
    on!(step sources::withdraw_page);
    on!(bulk writers::write);
    on!(step images::fetch_image);
    on!(bulk sync::sync);
    on!(bulk sync::sync_referring);
    registry
}

fn queue(name: &'static str, policy: Policy) -> Queue {
    Queue { name, database: Working, policy }
}
