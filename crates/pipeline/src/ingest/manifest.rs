use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::RecordedPage;

/// A JSON Lines file that lists recorded pages: `id`, `file` (beside the manifest), `content_type`, `site`, `page_url`,
/// `saved`. Read line by line.
pub struct Manifest {
    folder: PathBuf,
    lines: Lines<BufReader<File>>,
    line: usize,
}

/// What is wrong with a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("{path} cannot be read")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("line {line} of the manifest is no entry")]
    Entry { line: usize, source: serde_json::Error },
    #[error("line {line} of the manifest: {file:?} leads out of the manifest's folder")]
    Outside { line: usize, file: String },
}

/// One line.
#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
    file: String,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    site: Option<String>,
    #[serde(default)]
    page_url: Option<String>,
    #[serde(default)]
    saved: Option<String>,
}

impl Manifest {
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, ManifestError> {
        let file = File::open(path).map_err(|source| ManifestError::Unreadable { path: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(Self { folder, lines: BufReader::new(file).lines(), line: 0 })
    }

    fn read(&self, line: &str) -> Result<(String, RecordedPage), ManifestError> {
        let entry: Entry =
            serde_json::from_str(line).map_err(|source| ManifestError::Entry { line: self.line, source })?;
        let inside = Path::new(&entry.file).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside {
            return Err(ManifestError::Outside { line: self.line, file: entry.file });
        }
        let path = self.folder.join(&entry.file);
        let body = std::fs::read(&path).map_err(|source| ManifestError::Unreadable { path, source })?;
        let site = entry.site.unwrap_or_else(|| "recorded".to_owned());
        let url = entry.page_url.unwrap_or_else(|| format!("https://{site}/{}", entry.id));
        let today = day(entry.saved.as_deref().unwrap_or_default());
        Ok((entry.id, RecordedPage { url, site, content_type: entry.content_type, today, body }))
    }
}

/// The day of a time of saving, of which only the month or the year may be known: then its middle.
fn day(saved: &str) -> String {
    match saved.len() {
        4 => format!("{saved}-07-01"),
        7 => format!("{saved}-15"),
        _ => saved.get(..10).unwrap_or("1970-01-01").to_owned(),
    }
}

impl Iterator for Manifest {
    /// The entry's id and its page.
    type Item = Result<(String, RecordedPage), ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.line += 1;
            match self.lines.next()? {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => return Some(self.read(&line)),
                Err(source) => {
                    return Some(Err(ManifestError::Unreadable { path: self.folder.clone(), source }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn a_day_is_made_of_what_is_known() {
        for (saved, expected) in [
            ("2026-08-11T23:49:57Z", "2026-08-11"),
            ("2026-08-18", "2026-08-18"),
            ("2017-04", "2017-04-15"),
            ("2015", "2015-07-01"),
            ("", "1970-01-01"),
        ] {
            assert_eq!(day(saved), expected, "{saved}");
        }
    }
}
