use model::Stated;

/// A thing with properties, whatever markup stated it: JSON-LD, microdata, RDFa or microformats. Names of types and
/// properties are those of schema.org, without their vocabulary's address.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Item {
    pub(crate) types: Vec<String>,
    /// `@id`, `itemid` or `resource`.
    pub(crate) id: Option<String>,
    pub(crate) at: String,
    pub(crate) props: Vec<(String, Prop)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Prop {
    Words(Words),
    Item(Item),
}

/// A text as a reader sees it, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) text: String,
    pub(crate) at: String,
    /// The words in the page, where the text was put together from several places.
    pub(crate) quote: Option<String>,
}

impl Words {
    pub(crate) fn new(text: String, at: String) -> Self {
        Self { text, at, quote: None }
    }

    /// A value read from these words.
    pub(crate) fn state<T>(&self, value: T) -> Stated<T> {
        Stated::new(value, self.at.as_str(), self.quote.as_deref().unwrap_or(&self.text))
    }
}

impl Item {
    /// All values of the properties of these names.
    pub(crate) fn all<'i>(&'i self, names: &'i [&str]) -> impl Iterator<Item = &'i Prop> {
        names.iter().flat_map(move |name| self.props.iter().filter(move |(n, _)| n == name).map(|(_, prop)| prop))
    }

    /// The first text of these properties that is not empty.
    pub(crate) fn words<'i>(&'i self, names: &'i [&str]) -> Option<&'i Words> {
        self.all(names).find_map(|prop| match prop {
            Prop::Words(words) if !words.text.is_empty() => Some(words),
            _ => None,
        })
    }

    /// The same, or the name of the item that stands there instead.
    pub(crate) fn words_or_name<'i>(&'i self, names: &'i [&str]) -> Option<&'i Words> {
        self.all(names).find_map(|prop| match prop {
            Prop::Words(words) if !words.text.is_empty() => Some(words),
            Prop::Item(item) => item.words(&["name"]),
            Prop::Words(_) => None,
        })
    }

    pub(crate) fn items<'i>(&'i self, names: &'i [&str]) -> impl Iterator<Item = &'i Item> {
        self.all(names).filter_map(|prop| match prop {
            Prop::Item(item) => Some(item),
            Prop::Words(_) => None,
        })
    }

    pub(crate) fn is(&self, types: &[&str]) -> bool {
        self.types.iter().any(|t| types.contains(&t.as_str()))
    }

    pub(crate) fn push_words(&mut self, name: &str, text: String, at: String) {
        self.props.push((name.to_owned(), Prop::Words(Words::new(text, at))));
    }
}

/// The last part of a vocabulary name: `https://schema.org/MusicEvent`, `schema:MusicEvent` and `MusicEvent` are one.
pub(crate) fn local_name(name: &str) -> &str {
    let name = name.trim().trim_end_matches(['/', '#']);
    name.rsplit(['/', '#', ':']).next().unwrap_or(name)
}
