//! The query that each declared index answers. An index is declared in `crates/model/src/collection.rs`.

/// What an index is for, by what it is called: `{database}.{collection} ({fields})`.
pub(crate) const PURPOSES: &[(&str, &str)] = &[
    ("pipeline.urls (source_id)", "The addresses of one source."),
    ("pipeline.urls (next_scrape_at)", "The addresses that are due, the longest due first."),
    ("pipeline.scrapes (url_id, at)", "The visits of one address by time; its last one."),
    ("pipeline.scrapes (run_id, outcome)", "The visits of one run that ended in one way."),
    ("pipeline.extractions (url_id)", "The extractions of one address."),
    ("pipeline.entity_sources (entity_id)", "What all pages state of one entity: what a write merges."),
    ("pipeline.entity_sources (url_id)", "What one page states of all entities: what it may withdraw."),
    ("pipeline.identities (kind)", "All living entities of one kind."),
    ("pipeline.runs (started_at)", "The runs by time; the last one."),
    ("pipeline.scheduled_tasks (run_id)", "The addresses that one run visits."),
    ("pipeline.failed_tasks (last_failed_at)", "All dead letters, of a range of days, the last first."),
    ("pipeline.failed_tasks (status, last_failed_at)", "The dead letters of one status, the last first."),
    ("pipeline.failed_tasks (pipeline_stage, last_failed_at)", "The dead letters of one stage, the last first."),
    ("pipeline.failed_tasks (function_name, last_failed_at)", "The dead letters of one function, the last first."),
    ("pipeline.failed_tasks (task_type, last_failed_at)", "The dead letters of one type of task, the last first."),
    ("pipeline.failed_tasks (error_type, last_failed_at)", "The dead letters of one type of error, the last first."),
    ("pipeline.url_images (status)", "The images that were taken, or those that were refused."),
    ("pipeline.venue_duplicates (status, confidence)", "The suspicions to look at, the surest first."),
    ("pipeline.artist_duplicates (status, confidence)", "The suspicions to look at, the surest first."),
    ("pipeline.performance_duplicates (status, confidence)", "The suspicions to look at, the surest first."),
    ("main.evt_performances (venue_id, start)", "What is on at one venue, by day."),
    ("main.evt_performances (start)", "What is on anywhere, by day."),
    ("main.chats (last_message_at)", "All chats, the liveliest first."),
    ("main.chats (kind, -last_message_at, message_count)", "The chats of one kind, the liveliest first."),
    ("main.chats (members, last_message_at)", "The chats of one profile, the liveliest first."),
    ("main.messages (_parent, sent_at)", "The messages of one chat by time."),
    ("main.messages (_parent, sender, sent_at)", "What one profile said in one chat."),
    ("main.messages (sender, sent_at), under all parents", "What one profile said in all chats."),
    ("every.tasks (queue, priority, due_at)", "The due tasks of one queue, in the order in which they are taken."),
    ("every.tasks (queue, worker)", "The tasks of one queue that a worker has, or nobody."),
    ("every.rates (paid_until)", "The rates that are worked off and can be forgotten."),
];

pub(crate) fn of(index: &str) -> Option<&'static str> {
    PURPOSES.iter().find(|(known, _)| *known == index).map(|(_, purpose)| *purpose)
}
