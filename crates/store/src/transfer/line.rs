use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use model::{Collection, Database};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::canonical::{spelled, text};
use crate::batch::check_id;
use crate::{Batch, Key, Result, StoreError};

const FORMAT: u32 = 1;
/// The longest line that is read, in bytes.
const LINE_MAX: u64 = 8 << 20;

/// A line of an export.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// The collections that it has; all of them without.
    Head(Option<Vec<String>>),
    Document(Exported),
    End(End),
}

/// A document in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exported {
    pub(super) key: Key,
    pub(super) version: u32,
    /// In its one spelling.
    pub(super) data: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) documents: u64,
    pub(super) counts: BTreeMap<String, u64>,
    pub(super) sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    mystage: Option<String>,
    format: Option<u32>,
    collections: Option<Vec<String>>,
    database: Option<String>,
    collection: Option<String>,
    id: Option<String>,
    version: Option<u32>,
    data: Option<Value>,
    end: Option<End>,
}

impl Exported {
    pub(super) fn to_line(&self) -> String {
        let Key { collection, id } = &self.key;
        let mut line = format!(
            "{{\"database\":\"{}\",\"collection\":\"{}\",\"id\":",
            collection.database().name(),
            collection.name()
        );
        text(id, &mut line);
        line.push_str(&format!(",\"version\":{},\"data\":{}}}\n", self.version, self.data));
        line
    }
}

impl End {
    pub(super) fn to_line(&self) -> String {
        json!({ "end": self }).to_string() + "\n"
    }
}

pub(super) fn head(collections: Option<&[String]>) -> String {
    json!({ "mystage": "export", "format": FORMAT, "collections": collections }).to_string() + "\n"
}

/// Where a document stands in an export: by the names of its database and collection, then by id.
pub(super) fn place(key: &Key) -> (&str, &str, &str) {
    (key.collection.database().name(), key.collection.name(), &key.id)
}

/// Reads the next line, with its end, into `line`. `false` at the end of the file.
///
/// # Errors
/// The file cannot be read, or the line is too long to be of an export.
pub(super) fn next(reader: &mut dyn BufRead, line: &mut Vec<u8>, number: u64) -> Result<bool> {
    line.clear();
    let read = reader.take(LINE_MAX).read_until(b'\n', line);
    let read = read.map_err(|error| bad(number, format!("the file cannot be read: {error}")))?;
    if read as u64 == LINE_MAX && line.last() != Some(&b'\n') {
        return Err(bad(number, format!("longer than {LINE_MAX} bytes: this is no line of an export")));
    }
    Ok(read > 0)
}

/// # Errors
/// The line says nothing that an export says, or nothing that this program can store.
pub(super) fn parse(line: &[u8], number: u64) -> Result<Line> {
    let fields: Fields =
        serde_json::from_slice(line).map_err(|error| bad(number, format!("no line of an export: {error}")))?;
    if let Some(end) = fields.end {
        return Ok(Line::End(end));
    }
    if fields.mystage.is_some() {
        return match fields.format {
            Some(FORMAT) => Ok(Line::Head(fields.collections)),
            _ => Err(bad(number, "made by a newer program: update this one".to_owned())),
        };
    }
    let (Some(database), Some(collection), Some(id), Some(version), Some(data)) =
        (fields.database, fields.collection, fields.id, fields.version, fields.data)
    else {
        return Err(bad(number, "database, collection, id, version and data are expected".to_owned()));
    };
    let known = Database::ALL.into_iter().find(|known| known.name() == database);
    let named = known.and_then(|known| Collection::named(known, &collection));
    let Some(named) = named else {
        return Err(bad(number, format!("there is no collection {database}/{collection}")));
    };
    check_id(named, &id).map_err(|error| bad(number, error.to_string()))?;
    if version == 0 || version > named.version() {
        let known = named.version();
        return Err(bad(number, format!("{named}/{id} has version {version}; this program knows 1 to {known}")));
    }
    if !data.is_object() {
        return Err(bad(number, format!("the data of {named}/{id} is no JSON object")));
    }
    let data = spelled(&data);
    if data.len() > Batch::DOCUMENT_MAX {
        let (bytes, most) = (data.len(), Batch::DOCUMENT_MAX);
        return Err(bad(number, format!("{named}/{id} has {bytes} bytes; a document has at most {most}")));
    }
    Ok(Line::Document(Exported { key: Key::new(named, id), version, data }))
}

pub(super) fn bad(line: u64, why: String) -> StoreError {
    StoreError::BadLine { line, why }
}

#[cfg(test)]
mod tests {
    use model::Collection;

    use super::{Exported, Line, head, parse};
    use crate::Key;

    #[test]
    fn lines_are_read_as_written() {
        let document = Exported {
            key: Key::new(Collection::Messages, "c/\"1\""),
            version: 1,
            data: r#"{"a":1,"text":"\u0000"}"#.to_owned(),
        };
        assert_eq!(parse(document.to_line().as_bytes(), 2).unwrap(), Line::Document(document));
        assert_eq!(parse(head(None).as_bytes(), 1).unwrap(), Line::Head(None));
    }

    #[test]
    fn what_cannot_be_stored_is_refused_with_its_line() {
        for (line, why) in [
            ("{", "no line of an export"),
            (r#"{"a":1}"#, "unknown field"),
            (r#"{"mystage":"export","format":9,"collections":null}"#, "newer program"),
            (r#"{"database":"main","collection":"chats","id":"c","version":1}"#, "are expected"),
            (r#"{"database":"main","collection":"urls","id":"c","version":1,"data":{}}"#, "no collection main/urls"),
            (r#"{"database":"main","collection":"chats","id":"a/b","version":1,"data":{}}"#, "no document id"),
            (r#"{"database":"main","collection":"messages","id":"a","version":1,"data":{}}"#, "no document id"),
            (r#"{"database":"main","collection":"chats","id":"c","version":0,"data":{}}"#, "has version 0"),
            (r#"{"database":"main","collection":"chats","id":"c","version":99,"data":{}}"#, "has version 99"),
            (r#"{"database":"main","collection":"chats","id":"c","version":1,"data":[]}"#, "no JSON object"),
        ] {
            let error = parse(line.as_bytes(), 7).unwrap_err().to_string();
            assert!(error.starts_with("line 7: ") && error.contains(why), "{error}");
        }
    }
}
