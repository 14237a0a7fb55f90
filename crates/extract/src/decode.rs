use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A body turned into text.
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// What was wrong with it, in words.
    pub(crate) problem: Option<String>,
}

/// Decodes by byte order mark, or else by what header, page or bytes say. Bytes that are valid UTF-8 beyond ASCII are
/// UTF-8 whatever is declared: other encodings almost never look so by chance.
pub(crate) fn decode(body: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some((encoding, bom)) = Encoding::for_bom(body) {
        return with(encoding, &body[bom..], None);
    }
    if let Ok(text) = std::str::from_utf8(body) {
        if let Some(encoding) = undeclared_utf16(body).or_else(|| escaping(body, content_type)) {
            return with(encoding, body, None);
        }
        return Decoded { text: text.to_owned(), problem: None };
    }
    let declared = content_type.and_then(header_charset).or_else(|| page_charset(body));
    match declared.or_else(|| undeclared_utf16(body)) {
        Some(encoding) => with(encoding, body, None),
        None if mostly_utf8(body) => with(UTF_8, body, None),
        None => {
            with(WINDOWS_1252, body, Some("no charset is declared and the bytes are no UTF-8: read as windows-1252"))
        }
    }
}

fn with(encoding: &'static Encoding, body: &[u8], problem: Option<&str>) -> Decoded {
    let (text, malformed) = encoding.decode_without_bom_handling(body);
    if malformed && encoding == UTF_8 && !mostly_utf8(body) {
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(body);
        let problem = "the page says it is UTF-8 and is not: read as windows-1252".to_owned();
        return Decoded { text: text.into_owned(), problem: Some(problem) };
    }
    let problem = if malformed {
        let lost = text.chars().filter(|c| *c == '\u{FFFD}').count();
        Some(format!("{lost} places are no valid {} and were replaced", encoding.name()))
    } else {
        problem.map(str::to_owned)
    };
    Decoded { text: text.into_owned(), problem }
}

/// Whether nearly all bytes beyond ASCII are part of valid UTF-8.
fn mostly_utf8(body: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        valid += chunk.valid().bytes().filter(|b| *b >= 0xC2).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    valid > invalid * 4
}

/// Markup in UTF-16 without a byte order mark has a zero in every second byte.
fn undeclared_utf16(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(64)];
    if head.len() < 8 || !head.contains(&0) {
        return None;
    }
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let half = head.len() / 2;
    if zeros(1) * 10 >= half * 9 {
        Some(UTF_16LE)
    } else if zeros(0) * 10 >= half * 9 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// ISO-2022-JP is pure ASCII by its bytes: believe the declaration where an escape is there.
fn escaping(body: &[u8], content_type: Option<&str>) -> Option<&'static Encoding> {
    memchr::memchr(0x1B, body)?;
    let encoding = content_type.and_then(header_charset).or_else(|| page_charset(body))?;
    (encoding == encoding_rs::ISO_2022_JP).then_some(encoding)
}

fn header_charset(content_type: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label_after(content_type.as_bytes(), b"charset")?)
}

/// The charset that the first 4 KB name: `<meta charset>`, `<meta http-equiv>` or the XML declaration.
fn page_charset(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(4096)];
    let named = label_after(head, b"charset").or_else(|| {
        let xml = head.starts_with(b"<?xml").then(|| label_after(head, b"encoding"));
        xml.flatten()
    })?;
    let encoding = Encoding::for_label(named)?;
    // A page whose `meta` could be read byte by byte is not UTF-16, whatever it says.
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// The label in `name = "label"` or `name=label`.
fn label_after<'b>(bytes: &'b [u8], name: &[u8]) -> Option<&'b [u8]> {
    let lower = bytes.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&lower[from..], name) {
        from += at + name.len();
        let rest = bytes[from..].trim_ascii_start();
        if let Some(rest) = rest.strip_prefix(b"=") {
            let rest = rest.trim_ascii_start();
            let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
            let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_:.+".contains(b)).count();
            return Some(&rest[..len]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_charset_is_found_wherever_it_is_said() {
        let latin1 = b"<meta charset=\"iso-8859-1\">caf\xE9";
        for (body, header, expected) in [
            ("café".as_bytes(), None, "café"),
            ("café".as_bytes(), Some("text/html; charset=iso-8859-1"), "café"),
            (b"caf\xE9", Some("text/html; charset=ISO-8859-1"), "café"),
            (b"caf\xE9 \x93x\x94", Some("text/html;charset=utf-8"), "café “x”"),
            (latin1, None, "<meta charset=\"iso-8859-1\">café"),
            (b"caf\xE9 d\xE9j\xE0", None, "café déjà"),
            (b"\xEF\xBB\xBFcaf\xC3\xA9", None, "café"),
            (b"\xFF\xFEc\0a\0f\0\xE9\0", None, "café"),
            (b"<\0h\0t\0m\0l\0>\0\xE9\0", None, "<html>é"),
            (
                b"<?xml version='1.0' encoding='windows-1252'?>\x80",
                None,
                "<?xml version='1.0' encoding='windows-1252'?>€",
            ),
        ] {
            assert_eq!(decode(body, header).text, expected, "{header:?}");
        }
    }

    #[test]
    fn what_was_lost_is_said() {
        let mut body = "déjà vu à l’été, ça va, où ça".as_bytes().to_vec();
        body.push(0xFF);
        let decoded = decode(&body, Some("text/html; charset=utf-8"));
        assert!(decoded.text.starts_with("déjà vu"));
        assert_eq!(decoded.problem.unwrap(), "1 places are no valid UTF-8 and were replaced");
        assert!(decode(b"caf\xE9", None).problem.unwrap().contains("windows-1252"));
    }
}
