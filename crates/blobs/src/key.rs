use object_store::path::Path;

use crate::BlobError;

/// A segment of at least this many lower-case hex digits is taken for a hash and spreads its neighbours over folders.
const HASH_DIGITS: usize = 16;
const MAX_KEY: usize = 512;

/// Where a key lies: `pages/{hash}` in `pages/{first two digits}/{hash}`, so that no folder holds millions of entries.
///
/// Two keys never share a place: taking out the segment before the first hash gives the key back.
pub(crate) fn place(key: &str) -> Result<Path, BlobError> {
    let refuse = |why| BlobError::Key { key: key.chars().take(MAX_KEY).collect(), why };
    if key.is_empty() {
        return Err(refuse("it is empty"));
    }
    if key.len() > MAX_KEY {
        return Err(refuse("it is longer than 512 bytes"));
    }
    let mut segments = Vec::new();
    let mut spread = false;
    for segment in key.split('/') {
        if segment.is_empty() {
            return Err(refuse("it has an empty segment; keys are relative, without a leading or trailing slash"));
        }
        if segment.starts_with('.') {
            return Err(refuse("a segment starts with a dot"));
        }
        if segment.len() > 200 {
            return Err(refuse("a segment is longer than 200 bytes"));
        }
        if !segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
            return Err(refuse("only ASCII letters, digits, '.', '_', '-' and '/' may stand in it"));
        }
        if !spread && is_hash(segment) {
            segments.push(&segment[..2]);
            spread = true;
        }
        segments.push(segment);
    }
    Path::parse(segments.join("/")).map_err(|_| refuse("the object store does not take it"))
}

/// The hash may carry an extension (`{hash}.webp`).
fn is_hash(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment);
    stem.len() >= HASH_DIGITS && stem.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::place;

    const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015";

    #[test]
    fn hashes_spread_over_folders() {
        let cases = [
            (format!("pages/{HASH}"), format!("pages/9f/{HASH}")),
            (format!("images/{HASH}/320.webp"), format!("images/9f/{HASH}/320.webp")),
            (format!("{HASH}.webp"), format!("9f/{HASH}.webp")),
            (format!("{HASH}/{HASH}"), format!("9f/{HASH}/{HASH}")),
            (format!("pages/9f/{HASH}"), format!("pages/9f/9f/{HASH}")),
            ("pages/9f86".to_owned(), "pages/9f86".to_owned()),
            ("notes/README.md".to_owned(), "notes/README.md".to_owned()),
        ];
        for (key, expected) in cases {
            assert_eq!(place(&key).unwrap().as_ref(), expected, "{key}");
        }
    }

    #[test]
    fn keys_that_could_leave_the_folder_or_clash_are_refused() {
        let long_key = "a/".repeat(300) + "a";
        let long_segment = "a".repeat(201);
        let cases = [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            "..",
            "../a",
            "a/../b",
            "a/..",
            ".",
            "a/./b",
            ".staging/x",
            "a\\b",
            "c:/x",
            "ä",
            "a b",
            "a\0b",
            "a\nb",
            "a%2e",
            "a#1",
            "a?b",
            "~/x*",
            &long_key,
            &long_segment,
        ];
        for key in cases {
            assert!(place(key).is_err(), "{key:?} was taken");
        }
    }
}
