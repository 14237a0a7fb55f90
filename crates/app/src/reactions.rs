use std::time::Duration;

use model::{Fact, NewTask};
use pipeline::adapters::AdaptPage;
use pipeline::agents::AskAgents;
use pipeline::images::FetchImage;
use pipeline::resolution::ResolvePart;
use pipeline::routing::RoutePage;
use pipeline::scheduling::{ScheduleUrls, VisitDue};
use pipeline::scraping::ScrapeUrl;
use pipeline::sources::{RecordSources, WithdrawPage};
use pipeline::sourcing::DiscoverLinks;
use pipeline::sync::{SyncEntity, SyncReferring};
use pipeline::upkeep::{ForgetSettled, TrimFeeds};
use pipeline::writers::WriteEntity;
use tasks::Task;

use crate::schedule;

/// Which tasks a fact causes. The only place that says so.
pub fn reactions(fact: &Fact) -> Vec<NewTask> {
    match fact.clone() {
        Fact::ScheduleFired { name, delay_ms } => by_the_clock(&name, Duration::from_millis(delay_ms.unsigned_abs())),
        Fact::RunStarted { run_id } => vec![ScheduleUrls { run_id, after: String::new() }.new_task()],
        Fact::UrlsScheduled { run_id, after } => vec![ScheduleUrls { run_id, after }.new_task()],
        Fact::UrlDue { run_id, url_id, host, delay_ms } => {
            let delay = Duration::from_millis(delay_ms.unsigned_abs());
            vec![ScrapeUrl { run_id, url_id, host }.new_task_after(delay)]
        }
        Fact::PageScraped { scrape_id } => vec![RoutePage { scrape_id }.new_task()],
        Fact::PageGone { scrape_id } => vec![WithdrawPage { scrape_id }.new_task()],
        Fact::PageRouted { scrape_id } => vec![AdaptPage { scrape_id }.new_task()],
        Fact::PageUnread { scrape_id } => vec![AskAgents { scrape_id }.new_task()],
        Fact::LinksFound { extraction_id } => vec![DiscoverLinks { extraction_id }.new_task()],
        Fact::RecordsExtracted { extraction_id, rank } => vec![ResolvePart { extraction_id }.new_task_ranked(rank)],
        Fact::RecordsResolved { extraction_id } => vec![RecordSources { extraction_id }.new_task()],
        Fact::SourcesChanged { entities } => {
            entities.into_iter().map(|entity| WriteEntity { entity }.new_task()).collect()
        }
        Fact::EntityChanged { entity, image_changed, shown_changed } => {
            let mut tasks = vec![SyncEntity { entity: entity.clone() }.new_task()];
            if shown_changed {
                tasks.push(SyncReferring { entity: entity.clone() }.new_task());
            }
            if image_changed {
                tasks.push(FetchImage { entity }.new_task());
            }
            tasks
        }
        Fact::ImageChecked { entity } => vec![WriteEntity { entity }.new_task()],
    }
}

fn by_the_clock(name: &str, delay: Duration) -> Vec<NewTask> {
    match name {
        schedule::VISIT_DUE => vec![VisitDue {}.new_task_after(delay)],
        schedule::TRIM_FEEDS => vec![TrimFeeds {}.new_task_after(delay)],
        schedule::FORGET_SETTLED => vec![ForgetSettled {}.new_task_after(delay)],
        // One that a newer program fired.
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use model::{EntityId, EntityKind, Fact};

    use super::reactions;

    #[test]
    fn every_cause_and_its_effects() {
        let entity = EntityId::mint(EntityKind::Venue, &["x"]);
        let id = || "id".to_owned();
        let changed =
            |image_changed, shown_changed| Fact::EntityChanged { entity: entity.clone(), image_changed, shown_changed };
        let fired = |name: &str| Fact::ScheduleFired { name: name.to_owned(), delay_ms: 60_000 };
        let facts = [
            fired("visit-due"),
            fired("trim-feeds"),
            fired("forget-settled"),
            fired("unheard-of"),
            Fact::RunStarted { run_id: id() },
            Fact::UrlsScheduled { run_id: id(), after: "[null,\"u\"]".to_owned() },
            Fact::UrlDue { run_id: id(), url_id: "u".to_owned(), host: None, delay_ms: 60_000 },
            Fact::UrlDue { run_id: id(), url_id: "u".to_owned(), host: Some("a.test".to_owned()), delay_ms: 0 },
            Fact::PageScraped { scrape_id: id() },
            Fact::PageGone { scrape_id: id() },
            Fact::PageRouted { scrape_id: id() },
            Fact::PageUnread { scrape_id: id() },
            Fact::LinksFound { extraction_id: id() },
            Fact::RecordsExtracted { extraction_id: id(), rank: 7 },
            Fact::RecordsResolved { extraction_id: id() },
            Fact::SourcesChanged { entities: vec![entity.clone()] },
            changed(false, false),
            changed(true, true),
            Fact::ImageChecked { entity: entity.clone() },
        ];
        let lines: Vec<String> = facts
            .iter()
            .map(|fact| {
                let effects: Vec<String> = reactions(fact)
                    .into_iter()
                    .map(|task| {
                        let paced = task.rate_key.map(|key| format!(" at the rate of {key}")).unwrap_or_default();
                        format!("{}:{} on {} +{} ms{paced}", task.kind, task.key, task.queue, task.delay_ms)
                    })
                    .collect();
                format!("{} -> {}", serde_json::to_string(fact).unwrap(), effects.join(", "))
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
