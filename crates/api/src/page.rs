//! The little HTML that the platform serves itself: one page, without a build step, that works without scripts.

use std::fmt::Write;

use crate::views::hit::{HitView, SearchView};

/// What the page shows below its search box.
pub(crate) enum Results<'a> {
    None,
    Found { words: &'a str, kind: Option<&'a str>, found: &'a SearchView },
    Refused { words: &'a str, why: &'a str },
}

const STYLE: &str = include_str!("page.css");
const TYPES: [(&str, &str); 5] = [
    ("", "Everything"),
    ("performance", "Performances"),
    ("artist", "Artists"),
    ("venue", "Venues"),
    ("festival", "Festivals"),
];

/// The whole page.
pub(crate) fn render(results: &Results<'_>) -> String {
    let (words, kind) = match results {
        Results::None => ("", None),
        Results::Found { words, kind, .. } => (*words, *kind),
        Results::Refused { words, .. } => (*words, None),
    };
    let title = if words.is_empty() { "MyStage".to_owned() } else { format!("{} – MyStage", escape(words)) };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<header><h1><a href=\"/\">MyStage</a></h1>\n\
         <p>Live music, collected from the pages that announce it, with the reason for every field.</p></header>\n\
         <main>\n{form}{results}</main>\n{FOOTER}</body>\n</html>\n",
        form = form(words, kind),
        results = shown(results),
    )
}

const FOOTER: &str = "<footer><nav aria-label=\"For programs\"><ul>\
<li><a href=\"/v1/openapi.json\">OpenAPI document</a></li>\
<li><a href=\"/v1/main\">Collections</a></li>\
<li><a href=\"/v1/pipeline/funnel\">What became of the pages read</a></li>\
<li><a href=\"/readyz\">Is every part ready?</a></li>\
</ul></nav></footer>\n";

fn form(words: &str, kind: Option<&str>) -> String {
    let mut options = String::new();
    for (value, name) in TYPES {
        let selected = if kind.unwrap_or_default() == value { " selected" } else { "" };
        let _ = write!(options, "<option value=\"{value}\"{selected}>{name}</option>");
    }
    format!(
        "<form role=\"search\" action=\"/\" method=\"get\">\n\
         <label for=\"q\">Artist, venue, performance or city</label>\n\
         <div class=\"row\"><input id=\"q\" name=\"q\" type=\"search\" maxlength=\"200\" value=\"{}\" \
         autocomplete=\"off\" enterkeyhint=\"search\" autofocus>\n\
         <label class=\"unseen\" for=\"type\">Type</label><select id=\"type\" name=\"type\">{options}</select>\n\
         <button type=\"submit\">Search</button></div>\n</form>\n",
        escape(words)
    )
}

fn shown(results: &Results<'_>) -> String {
    match results {
        Results::None => "<p>Typing errors are forgiven. Every result links to its data as JSON, with the page, the \
                          place in the page and the words that each value was read from.</p>\n"
            .to_owned(),
        Results::Refused { why, .. } => format!("<p role=\"alert\">{}</p>\n", escape(why)),
        Results::Found { found, .. } if found.hits.is_empty() => "<p role=\"status\">Nothing found.</p>\n".to_owned(),
        Results::Found { words, kind, found } => {
            let hits: String = found.hits.iter().map(hit).collect();
            let noun = if found.total == 1 { "result" } else { "results" };
            let more = found.next.as_ref().map(|next| more(words, *kind, next)).unwrap_or_default();
            format!("<p role=\"status\">{} {noun}</p>\n<ol>\n{hits}</ol>\n{more}", found.total)
        }
    }
}

fn hit(hit: &HitView) -> String {
    let mut facts: Vec<String> = Vec::new();
    if let Some(start) = &hit.start {
        let readable = start.replace('T', " ");
        facts.push(format!("<time datetime=\"{}\">{}</time>", escape(start), escape(&readable)));
    }
    let status = hit.status.and_then(|status| serde_json::to_value(status).ok());
    let status = status.and_then(|status| status.as_str().map(|status| status.replace('_', " ")));
    facts.extend(status.filter(|status| status != "scheduled").map(|status| format!("<strong>{status}</strong>")));
    facts.extend([&hit.venue, &hit.city, &hit.genre].into_iter().flatten().map(|text| escape(text)));
    let artists = hit.artists.join(", ");
    if !artists.is_empty() && artists != hit.title {
        facts.push(escape(&artists));
    }
    let kind = serde_json::to_value(hit.kind).ok();
    let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
    let picture = hit.picture.as_ref().and_then(|picture| picture.variants.first());
    let picture = picture.map(|variant| {
        format!(
            "<img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"\" loading=\"lazy\">",
            escape(&variant.url),
            variant.width,
            variant.height
        )
    });
    format!(
        "<li>{}<div><a href=\"{}\">{}</a> <span class=\"kind\">{kind}</span><p>{}</p></div></li>\n",
        picture.unwrap_or_default(),
        escape(&hit.url),
        escape(if hit.title.is_empty() { &hit.id } else { &hit.title }),
        facts.join(" · ")
    )
}

fn more(words: &str, kind: Option<&str>, next: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", words).append_pair("type", kind.unwrap_or_default()).append_pair("cursor", next);
    format!("<p><a rel=\"next\" href=\"/?{}\">More results</a></p>\n", escape(&query.finish()))
}

/// Text as HTML shows it, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Results, escape, render};

    #[test]
    fn what_is_typed_does_not_become_markup() {
        let words = "\"><script>alert('x')</script>&";
        let page = render(&Results::Refused { words, why: "no <b>" });
        assert!(!page.contains("<script>") && !page.contains("<b>"));
        assert!(page.contains(&escape(words)));
    }
}
