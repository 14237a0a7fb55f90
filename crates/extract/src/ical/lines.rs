use std::collections::HashMap;

/// The events of a calendar file, and what it says about zones.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    pub(super) events: Vec<Event>,
    /// `X-WR-TIMEZONE`.
    pub(super) zone: Option<String>,
    /// TZID of each VTIMEZONE and its standard offset in minutes.
    pub(super) offsets: HashMap<String, i16>,
    /// The zones that it defines.
    pub(super) defined: Vec<String>,
    pub(super) problem: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Event {
    /// Its place among the events of the file, from 1.
    pub(super) index: usize,
    pub(super) properties: Vec<Property>,
}

#[derive(Debug)]
pub(super) struct Property {
    /// In upper case.
    pub(super) name: String,
    parameters: String,
    /// Unfolded, escapes left.
    pub(super) value: String,
}

impl Event {
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Property> {
        self.properties.iter().filter(move |p| p.name == name)
    }

    pub(super) fn get<'e>(&'e self, name: &'e str) -> Option<&'e Property> {
        self.all(name).next()
    }

    pub(super) fn text<'e>(&'e self, name: &'e str) -> Option<&'e str> {
        self.get(name).map(|p| p.value.trim()).filter(|value| !value.is_empty())
    }

    /// The locator of a property.
    pub(super) fn at(&self, name: &str) -> String {
        format!("VEVENT[{}].{name}", self.index)
    }
}

impl Property {
    /// `SUMMARY;LANGUAGE=en:Text`; a colon inside quotes does not end the parameters.
    fn read(line: &str) -> Option<Self> {
        let name_len = line.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
        let rest = &line[name_len..];
        if name_len == 0 || !rest.starts_with([':', ';']) {
            return None;
        }
        let mut quoted = false;
        let colon = rest.bytes().position(|b| {
            quoted ^= b == b'"';
            b == b':' && !quoted
        })?;
        Some(Self {
            name: line[..name_len].to_ascii_uppercase(),
            parameters: rest[..colon].trim_start_matches(';').to_owned(),
            value: rest[colon + 1..].to_owned(),
        })
    }

    /// A parameter's value, without quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.split(';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"'))
        })
    }

    /// The value with text escapes undone; line breaks become spaces.
    pub(super) fn unescaped(&self) -> String {
        let mut out = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => out.push('\n'),
                    Some(escaped) => out.push(escaped),
                    None => {}
                },
                c => out.push(c),
            }
        }
        out
    }
}

/// Reads a calendar. A line that is no property continues the one before it, as broken exporters mean it.
pub(super) fn read(text: &str) -> Calendar {
    let mut calendar = Calendar::default();
    let mut broken = 0_usize;
    let mut state = State::default();
    let mut current: Option<String> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(folded) = line.strip_prefix([' ', '\t']) {
            if let Some(current) = &mut current {
                current.push_str(folded);
            }
            continue;
        }
        if begins_property(line) {
            if let Some(line) = current.replace(line.to_owned()) {
                state.line(&line, &mut calendar);
            }
        } else if let Some(current) = current.as_mut().filter(|_| !line.trim().is_empty()) {
            broken += 1;
            current.push(' ');
            current.push_str(line);
        }
    }
    if let Some(line) = current {
        state.line(&line, &mut calendar);
    }
    if state.depth > 0 && !state.event.properties.is_empty() {
        state.finish(&mut calendar);
        calendar.problem = Some("the calendar ends inside an event".to_owned());
    }
    if broken > 0 {
        calendar.problem =
            Some(format!("{broken} lines are neither properties nor folded: read as part of the line before"));
    }
    if let (None, [only]) = (&calendar.zone, calendar.defined.as_slice()) {
        calendar.zone = Some(only.clone());
    }
    calendar
}

/// A property's name in capitals, then `:` or `;`. Prose that begins a line ("Note: …") is none.
fn begins_property(line: &str) -> bool {
    let name = line.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
    let known = line[..name].bytes().all(|b| b.is_ascii_uppercase() || b == b'-' || b.is_ascii_digit())
        || line.starts_with("X-");
    name > 1 && known && line[name..].starts_with([':', ';'])
}

#[derive(Default)]
struct State {
    event: Event,
    /// 1 inside an event, more inside its alarms.
    depth: usize,
    zone: Option<String>,
    standard: bool,
}

impl State {
    fn line(&mut self, line: &str, calendar: &mut Calendar) {
        let Some(property) = Property::read(line) else { return };
        let value = property.value.trim().to_ascii_uppercase();
        match (property.name.as_str(), value.as_str()) {
            ("BEGIN", "VEVENT") => {
                if self.depth > 0 {
                    self.finish(calendar);
                }
                self.depth = 1;
            }
            ("END", "VEVENT") if self.depth > 0 => self.finish(calendar),
            ("BEGIN", _) if self.depth > 0 => self.depth += 1,
            ("END", _) if self.depth > 1 => self.depth -= 1,
            ("BEGIN", "STANDARD") => self.standard = true,
            ("END", "STANDARD") => self.standard = false,
            ("TZID", _) if self.depth == 0 => {
                self.zone = Some(property.value.trim().to_owned());
                calendar.defined.extend(self.zone.clone());
            }
            ("TZOFFSETTO", _) if self.standard => {
                if let (Some(zone), Some(offset)) = (&self.zone, offset(&value)) {
                    calendar.offsets.insert(zone.clone(), offset);
                }
            }
            ("X-WR-TIMEZONE", _) if self.depth == 0 => calendar.zone = Some(property.value.trim().to_owned()),
            _ if self.depth == 1 => self.event.properties.push(property),
            _ => {}
        }
    }

    fn finish(&mut self, calendar: &mut Calendar) {
        let mut event = std::mem::take(&mut self.event);
        event.index = calendar.events.len() + 1;
        calendar.events.push(event);
        self.depth = 0;
    }
}

/// `-0800` in minutes.
fn offset(text: &str) -> Option<i16> {
    let (sign, digits) = (if text.starts_with('-') { -1 } else { 1 }, text.trim_start_matches(['+', '-']));
    let hours: i16 = digits.get(..2)?.parse().ok()?;
    let minutes: i16 = digits.get(2..4)?.parse().ok()?;
    Some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn folds_and_broken_folds_are_read() {
        let calendar = read(
            "BEGIN:VCALENDAR\r\nX-WR-TIMEZONE:Europe/Oslo\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=\"en:x\":The La\r\n nterns\\, live\r\n\
             DESCRIPTION:First line\nNote: a second line that was not folded\n\nBEGIN:VALARM\nDESCRIPTION:alarm\nEND:VALARM\n\
             URL:https://a.test/\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Cut off",
        );
        assert_eq!(calendar.events.len(), 2);
        let event = &calendar.events[0];
        assert_eq!(event.get("SUMMARY").unwrap().unescaped(), "The Lanterns, live");
        assert_eq!(event.get("SUMMARY").unwrap().parameter("language"), Some("en:x"));
        assert_eq!(event.text("DESCRIPTION"), Some("First line Note: a second line that was not folded"));
        assert_eq!(event.text("URL"), Some("https://a.test/"));
        assert_eq!(calendar.zone.as_deref(), Some("Europe/Oslo"));
        assert!(calendar.problem.unwrap().contains("neither properties nor folded"));
    }
}
