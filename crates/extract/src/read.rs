use scraper::{Html, Selector};
use url::Url;

use model::{PageClass, Record};

use crate::cap::cap;
use crate::classify::classify;
use crate::decode::decode;
use crate::join::{contains, join, merge, words};
use crate::page::{Page, text_of};
use crate::{ExtractError, Extracted, Input};
use crate::{feed, ical, json, jsonld, links, microdata, microformats, mine, rdfa, schema};

/// Bodies larger than this are refused, in bytes.
const BODY_MAX: usize = 32 * 1024 * 1024;
/// The most records of one page.
const RECORDS_MAX: usize = 10_000;
/// The most problems that are told.
const PROBLEMS_MAX: usize = 50;

/// Reads a page: every event, venue and artist that it states, with evidence, and the links worth following.
///
/// Never panics, whatever the bytes are. What is malformed is read as far as possible and told in
/// [`Extracted::problems`].
///
/// # Errors
/// Where nothing can be read at all: no web address, too large, binary, or no JSON where JSON is.
pub fn extract(input: &Input<'_>) -> Result<Extracted, ExtractError> {
    if input.body.len() > BODY_MAX {
        return Err(ExtractError::TooLarge { bytes: input.body.len(), limit: BODY_MAX });
    }
    let mut problems = Vec::new();
    let page = open(input, &mut problems)?;
    let (records, json) = match page.class {
        PageClass::Structured | PageClass::Html => (read_html(&page, &mut problems), None),
        PageClass::Calendar => (merge(ical::records(&page, &mut problems)), None),
        PageClass::Feed => (merge(feed::records(&page)), None),
        PageClass::Json => {
            let (records, value) = read_json(&page, &mut problems)?;
            (records, Some(value))
        }
        PageClass::Unreadable => return Err(ExtractError::Unreadable("binary or empty")),
    };
    let mut records = records;
    if records.len() > RECORDS_MAX {
        problems.push(format!("the page states {} things: the first {RECORDS_MAX} were kept", records.len()));
        records.truncate(RECORDS_MAX);
    }
    problems.truncate(PROBLEMS_MAX);
    let links = links::links(&page, &records, json.as_ref());
    let detail = is_detail(&page, &records);
    Ok(Extracted { class: page.class, records, links, detail, problems })
}

/// Decodes and parses the body.
fn open<'a>(input: &'a Input<'a>, problems: &mut Vec<String>) -> Result<Page<'a>, ExtractError> {
    let own = model::normalise_url(input.url).and_then(|url| Url::parse(&url).ok());
    let own = own.ok_or_else(|| ExtractError::Address(input.url.chars().take(200).collect()))?;
    let class = classify(input.body, input.content_type);
    if class == PageClass::Unreadable {
        return Err(ExtractError::Unreadable("binary or empty"));
    }
    let decoded = decode(input.body, input.content_type);
    problems.extend(decoded.problem);
    let mut page = Page { input, class, text: decoded.text, html: None, base: own };
    if matches!(class, PageClass::Structured | PageClass::Html) {
        let (safe, problem) = cap(&page.text);
        problems.extend(problem);
        let html = Html::parse_document(safe);
        let base = Selector::parse("base[href]").ok().and_then(|base| {
            let href = html.select(&base).next()?.attr("href")?.to_owned();
            page.base.join(&href).ok()
        });
        page.base = base.filter(|base| matches!(base.scheme(), "http" | "https")).unwrap_or(page.base);
        page.html = Some(html);
    }
    Ok(page)
}

fn read_html(page: &Page<'_>, problems: &mut Vec<String>) -> Vec<Record> {
    let mut reader = schema::Reader::new(page, site_names(page));
    for items in [jsonld::items(page, problems), microdata::items(page), rdfa::items(page), microformats::items(page)] {
        reader.read(&items);
    }
    let marked = merge(without_leftovers(page, reader.records));
    let list = !is_detail(page, &marked);
    let known = join(marked, json::embedded(page), list);
    join(known, mine::records(page), list)
}

fn read_json(page: &Page<'_>, problems: &mut Vec<String>) -> Result<(Vec<Record>, serde_json::Value), ExtractError> {
    let text = page.text.trim_start_matches('\u{FEFF}');
    let value: serde_json::Value = serde_json::from_str(text).map_err(ExtractError::Json)?;
    let blocks = vec![(String::new(), value)];
    let mut reader = schema::Reader::new(page, Vec::new());
    if page.text.contains("\"@type\"") {
        reader.read(&jsonld::read_blocks(&blocks, &page.text, problems));
    }
    let value = blocks.into_iter().next().map(|(_, value)| value).unwrap_or_default();
    let plain = json::records(page, &value, "");
    Ok((join(merge(reader.records), plain, true), value))
}

/// What the site calls itself.
fn site_names(page: &Page<'_>) -> Vec<String> {
    let Some(html) = &page.html else { return Vec::new() };
    let Ok(selector) = Selector::parse("meta[property='og:site_name'], meta[name='application-name']") else {
        return Vec::new();
    };
    html.select(&selector).filter_map(|meta| meta.attr("content")).map(crate::plain::plain).collect()
}

/// Drops events that the page's author forgot: long past, and not on the page that a reader sees.
fn without_leftovers(page: &Page<'_>, records: Vec<Record>) -> Vec<Record> {
    let mut visible: Option<Vec<String>> = None;
    let today = page.input.today;
    let mut kept = records;
    kept.retain(|record| {
        let Record::Event(event) = record else { return true };
        let (Some(start), Some(title)) = (&event.start, &event.title) else { return true };
        let last = event.end.as_ref().map_or(start.value.date, |end| end.value.date);
        if (today - last).get_days() < 60 {
            return true;
        }
        let visible = visible.get_or_insert_with(|| page.root().map(|root| words(&text_of(root))).unwrap_or_default());
        visible.len() < 80 || contains(visible, &words(&title.value))
    });
    kept
}

/// Whether the page is about one event: it is the only one, or the one that the page's address and heading name.
fn is_detail(page: &Page<'_>, records: &[Record]) -> bool {
    let Some(html) = &page.html else { return false };
    let events: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Event(event) => Some(event),
            _ => None,
        })
        .collect();
    if events.is_empty() || events.len() > 12 {
        return false;
    }
    let own = model::normalise_url(page.input.url);
    let is_root = page.base.path().len() < 2;
    let headings: Vec<Vec<String>> = match Selector::parse("h1, title") {
        Ok(selector) => html.select(&selector).take(4).map(|h| words(&text_of(h))).collect(),
        Err(_) => Vec::new(),
    };
    let main = events.iter().filter(|event| {
        let here = event.url.as_ref().is_some_and(|url| Some(&url.value) == own.as_ref()) && !is_root;
        let named =
            event.title.as_ref().is_some_and(|title| headings.iter().any(|h| contains(h, &words(&title.value))));
        here || named
    });
    main.take(2).count() == 1
}
