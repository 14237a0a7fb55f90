use anyhow::Context;
use model::EntityKind;

use crate::cli;
use crate::open::Opened;

/// Prints the best hits, one a line.
pub(crate) async fn search(opened: &Opened, args: cli::Search) -> anyhow::Result<()> {
    let kinds = args
        .kinds
        .iter()
        .map(|kind| {
            let found = EntityKind::ALL.into_iter().find(|known| known.name() == kind);
            found.with_context(|| format!("{kind:?} is none of venue, artist, performance, festival"))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let today = opened.now().to_string().get(..10).and_then(|day| day.parse().ok());
    let query = search::Query {
        words: args.words.join(" "),
        kinds,
        from: args.from,
        to: args.to,
        limit: args.limit,
        today,
        ..search::Query::default()
    };
    let found = opened.app.catalogue.find(query).await?;
    for hit in &found.hits {
        let card = &hit.card;
        let mut line = format!("{:<12} {}", hit.id.kind().name(), card.title);
        for part in [card.start.map(|start| start.to_string()), card.venue.clone(), card.city.clone()] {
            line.extend(part.map(|part| format!(" · {part}")));
        }
        println!("{line}  [{}]", hit.id);
    }
    println!("{} of {} hits.", found.hits.len(), found.total);
    Ok(())
}
