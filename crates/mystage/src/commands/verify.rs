use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, bail};
use model::{Artist, Collection, Entity, EntityKind, Festival, Performance, Provenance, Scrape, Venue};
use serde_json::Value;
use store::Query;

use crate::open::Opened;

/// A published field and the words that it rests on.
struct Published {
    entity: String,
    field: String,
    quote: String,
}

/// Checks that every published field has provenance, and that its quote stands in the stored page it names.
pub(crate) async fn verify(opened: &Opened) -> anyhow::Result<()> {
    let mut by_page: BTreeMap<String, Vec<Published>> = BTreeMap::new();
    let mut unproven = Vec::new();
    let mut declared = 0;
    for kind in EntityKind::ALL {
        match kind {
            EntityKind::Venue => gather::<Venue>(opened, &mut by_page, &mut unproven, &mut declared).await?,
            EntityKind::Artist => gather::<Artist>(opened, &mut by_page, &mut unproven, &mut declared).await?,
            EntityKind::Performance => {
                gather::<Performance>(opened, &mut by_page, &mut unproven, &mut declared).await?;
            }
            EntityKind::Festival => gather::<Festival>(opened, &mut by_page, &mut unproven, &mut declared).await?,
        }
    }
    let content_types = content_types(opened).await?;
    let mut checked = 0;
    for (hash, published) in &by_page {
        let body = opened.app.blobs.get(&Scrape::blob_key(hash)).await?;
        let body = body.with_context(|| format!("the stored page {hash} is missing"))?;
        let text = extract::PageText::of(&body, content_types.get(hash).map(String::as_str));
        for Published { entity, field, quote } in published {
            checked += 1;
            if !text.holds(quote) {
                unproven.push(format!("{entity} {field}: {quote:?} does not stand in the stored page {hash}"));
            }
        }
    }
    for line in unproven.iter().take(20) {
        println!("{line}");
    }
    println!(
        "{checked} published fields rest on quotes in {} stored pages, {declared} on a source's declaration, {} on nothing.",
        by_page.len(),
        unproven.len()
    );
    if !unproven.is_empty() {
        bail!("{} published fields have no evidence", unproven.len());
    }
    Ok(())
}

async fn gather<E: Entity>(
    opened: &Opened,
    by_page: &mut BTreeMap<String, Vec<Published>>,
    unproven: &mut Vec<String>,
    declared: &mut usize,
) -> anyhow::Result<()> {
    for found in opened.app.store.list_all::<E>(Query::of(E::KIND.collection()).limit(1_000)).await? {
        let value = serde_json::to_value(&found.document)?;
        if value.get("deleted").is_some() {
            continue;
        }
        let provenance: BTreeMap<String, Provenance> = serde_json::from_value(value["provenance"].clone())?;
        let entity = found.document.id().to_owned();
        for field in E::FIELDS.iter().filter(|field| value.get(**field).is_some_and(|value| *value != Value::Null)) {
            let Some(why) = provenance.get(*field) else {
                unproven.push(format!("{entity} {field}: no provenance"));
                continue;
            };
            if why.content_hash.is_empty() {
                *declared += 1;
                continue;
            }
            let published = Published { entity: entity.clone(), field: (*field).to_owned(), quote: why.quote.clone() };
            by_page.entry(why.content_hash.clone()).or_default().push(published);
        }
    }
    Ok(())
}

/// What the publisher said that each stored page is.
async fn content_types(opened: &Opened) -> anyhow::Result<HashMap<String, String>> {
    let mut content_types = HashMap::new();
    let mut query = Query::of(Collection::Scrapes).limit(1_000);
    loop {
        let page = opened.app.store.list::<Scrape>(&query).await?;
        for scrape in page.documents {
            if let (Some(hash), Some(content_type)) = (scrape.document.content_hash, scrape.document.content_type) {
                content_types.insert(hash, content_type);
            }
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(content_types),
        }
    }
}
