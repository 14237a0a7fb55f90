use std::fmt::Write;

use pipeline::funnel::RunFunnel;

/// The stages in the order that data flows: heading, count, and the prefix of what it is made of.
const STAGES: [(&str, &[&str], &str); 9] = [
    ("addresses", &["schedule.urls"], "links."),
    ("visited", &["scrape.visited"], "scrape."),
    ("routed", &[], "route."),
    ("extracted", &["extract.records"], "extract."),
    ("resolved", &["resolve.records"], "resolve."),
    ("sources", &["sources.changed"], "sources."),
    ("written", &["write.created", "write.updated", "write.deleted"], "write."),
    ("images", &["images.stored"], "images."),
    ("indexed", &["index.upserted"], "index."),
];

/// What became of everything that a run took in, as a table.
pub(crate) fn funnel(funnel: &RunFunnel) -> String {
    let mut text = String::new();
    let took = funnel.run.finished_at.map(|end| format!(", {:.1} s", end.since(funnel.run.started_at).as_secs_f64()));
    let _ = writeln!(text, "Run {} of {}{}", funnel.run.id, funnel.run.started_at, took.unwrap_or_default());
    for (heading, totals, prefix) in STAGES {
        let total = match totals {
            [] => funnel.sum(prefix),
            totals => totals.iter().map(|name| funnel.count(name)).sum(),
        };
        let parts: Vec<String> = funnel
            .parts(prefix)
            .filter(|(part, _)| !totals.contains(&format!("{prefix}{part}").as_str()) || totals.len() > 1)
            .map(|(part, count)| format!("{} {count}", part.replace(['_', '.'], " ")))
            .collect();
        let _ = writeln!(text, "  {heading:<10} {total:>8}   {}", parts.join(" · "));
    }
    let (first, second, third) = (
        funnel.count("scrape.not_modified"),
        funnel.count("scrape.same_content"),
        funnel.count("skip.same_extraction"),
    );
    let _ = writeln!(
        text,
        "  {:<10} {:>8}   not modified (exit 1) {first} · same content (exit 2) {second} · same records (exit 3) {third}",
        "skipped",
        first + second + third
    );
    for (part, count) in funnel.parts("skip.").filter(|(part, _)| *part != "same_extraction") {
        let _ = writeln!(text, "  {:<10} {count:>8}   {}", "", part.replace('_', " "));
    }
    let dead: Vec<String> = funnel.parts("dead.").map(|(queue, count)| format!("{queue} {count}")).collect();
    let retried = funnel.sum("retried.");
    let _ = writeln!(
        text,
        "  {:<10} {:>8}   {}{}",
        "failed",
        funnel.sum("dead.") + funnel.count("scrape.failed"),
        if dead.is_empty() { "no task given up".to_owned() } else { format!("given up: {}", dead.join(" · ")) },
        if retried > 0 { format!(" · tried again {retried}") } else { String::new() },
    );
    if funnel.count("extract.pages") == 0 && funnel.run.finished_at.is_some() && funnel.count("scrape.visited") > 0 {
        let _ = writeln!(text, "  Nothing has changed since the last run: no page was extracted, no record resolved.");
    }
    text
}
