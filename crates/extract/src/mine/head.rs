//! What the head of a page says about the page.

use scraper::ElementRef;

use crate::page::{Page, fold};

/// Title, addresses and site of a page, each with the element that states it.
#[derive(Default)]
pub(super) struct Head<'p> {
    pub(super) title: Option<(String, ElementRef<'p>)>,
    pub(super) og_title: Option<String>,
    pub(super) og_type: Option<String>,
    pub(super) site_name: Option<(String, ElementRef<'p>)>,
    pub(super) image: Option<(String, ElementRef<'p>)>,
    /// The page's address as the page itself or its canonical link gives it.
    pub(super) addresses: Vec<String>,
    /// The page is in American English: `8/9` is the 9th of August.
    pub(super) american: bool,
}

impl<'p> Head<'p> {
    pub(super) fn of(page: &Page<'_>, root: ElementRef<'p>) -> Self {
        let mut head = Self { addresses: vec![page.input.url.to_owned()], ..Self::default() };
        let dollars = matches!(page.input.currency, Some("USD"));
        head.american = dollars && root.attr("lang").is_none_or(|lang| lang.to_ascii_lowercase().starts_with("en"));
        for element in root.descendent_elements() {
            match element.value().name() {
                "title" if head.title.is_none() => {
                    head.title = Some((fold(&element.text().collect::<String>()), element));
                }
                "meta" => head.meta(element),
                "link" if element.attr("rel") == Some("canonical") => {
                    head.addresses.extend(element.attr("href").map(str::to_owned));
                }
                "body" => break,
                _ => {}
            }
        }
        head
    }

    fn meta(&mut self, element: ElementRef<'p>) {
        let Some(content) = element.attr("content").map(fold).filter(|content| !content.is_empty()) else { return };
        match element.attr("property").or_else(|| element.attr("name")) {
            Some("og:title") => self.og_title = Some(content),
            Some("og:type") => self.og_type = Some(content),
            Some("og:site_name") => self.site_name = Some((content, element)),
            Some("og:url") => self.addresses.push(content),
            Some("og:image") if self.image.is_none() => self.image = Some((content, element)),
            _ => {}
        }
    }

    /// The parts of the title between dashes and bars.
    pub(super) fn title_parts(&self) -> Vec<&str> {
        let Some((title, _)) = &self.title else { return Vec::new() };
        let mut parts = vec![title.as_str()];
        for separator in [" | ", " – ", " - ", " — ", " · ", " • ", " :: ", " // ", " » ", ": ", " @ "] {
            parts = parts.into_iter().flat_map(|part| part.split(separator)).collect();
        }
        parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
    }
}
