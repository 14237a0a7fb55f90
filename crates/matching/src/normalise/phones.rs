/// What two spellings of one telephone number share: the last nine digits, without country prefix, trunk zero and
/// extension. `None` when there are fewer than seven.
pub fn fold_phone(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let main = lower.split(['x', ';', ',']).next().unwrap_or(&lower);
    let main = main.split("ext").next().unwrap_or(main);
    // Two numbers divided by a slash; a slash behind an area code has fewer digits before it.
    let main = match main.split_once('/') {
        Some((first, _)) if first.bytes().filter(u8::is_ascii_digit).count() >= 7 => first,
        _ => main,
    };
    let digits: String = main.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let national = digits.trim_start_matches('0');
    (national.len() >= 7).then(|| national[national.len().saturating_sub(9)..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::fold_phone;

    #[test]
    fn spellings_of_one_number_are_equal() {
        for (a, b) in [
            ("+44 (0)20 7946 0000", "020 7946 0000"),
            ("0044 20 7946 0000", "(020) 79460000 ext. 12"),
            ("+41 44 123 45 67", "044 123 45 67"),
            ("(555) 010-9999", "+1 555-010-9999 x3"),
            ("020 7946 0000 / 020 7946 0001", "020 7946 0000"),
        ] {
            assert_eq!(fold_phone(a), fold_phone(b), "{a}");
            assert!(fold_phone(a).is_some());
        }
        assert_eq!(fold_phone("call us"), None);
        assert_eq!(fold_phone("112"), None);
    }
}
