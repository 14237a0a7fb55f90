//! Dates, times and prices as people write them.

use jiff::civil::{Date, Time};

use crate::world::Language;

const MONTHS: [[&str; 12]; 3] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
];
const WEEKDAYS: [[&str; 7]; 3] = [
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
];

fn row(language: Language) -> usize {
    match language {
        Language::English => 0,
        Language::Spanish => 1,
        Language::German => 2,
    }
}

pub(crate) fn month(language: Language, month: i8) -> &'static str {
    MONTHS[row(language)][(month - 1).clamp(0, 11) as usize]
}

pub(crate) fn weekday(language: Language, day: Date) -> &'static str {
    WEEKDAYS[row(language)][day.weekday().to_monday_zero_offset() as usize]
}

/// The first three letters.
pub(crate) fn short(word: &str) -> String {
    word.chars().take(3).collect()
}

/// `4th`, `22nd`.
pub(crate) fn ordinal(day: i8) -> String {
    let end = match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    format!("{day}{end}")
}

/// `Friday 4 December`, `viernes 4 de diciembre`, `Freitag, 4. Dezember`.
pub(crate) fn long_date(language: Language, day: Date) -> String {
    let (weekday, month, number) = (weekday(language, day), month(language, day.month()), day.day());
    match language {
        Language::English => format!("{weekday} {number} {month}"),
        Language::Spanish => format!("{weekday} {number} de {month}"),
        Language::German => format!("{weekday}, {number}. {month}"),
    }
}

/// `7.30pm`, `8pm`.
pub(crate) fn clock12(time: Time) -> String {
    let half = if time.hour() >= 12 { "pm" } else { "am" };
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match time.minute() {
        0 => format!("{hour}{half}"),
        minute => format!("{hour}.{minute:02}{half}"),
    }
}

/// `19:30`.
pub(crate) fn clock24(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// The clock time as a place's readers expect it: `7.30pm`, `19:30 h`, `19.30 Uhr`.
pub(crate) fn clock(language: Language, time: Time) -> String {
    match language {
        Language::English => clock12(time),
        Language::Spanish => format!("{} h", clock24(time)),
        Language::German => format!("{:02}.{:02} Uhr", time.hour(), time.minute()),
    }
}

/// `£12`, `£7.50`, `12,50 €`, `$20`, `180 kr`.
pub(crate) fn amount(currency: &str, amount: f64) -> String {
    let whole = amount.fract() == 0.0;
    let plain = if whole { format!("{amount:.0}") } else { format!("{amount:.2}") };
    match currency {
        "GBP" => format!("£{plain}"),
        "USD" => format!("${plain}"),
        "SEK" => format!("{plain} kr"),
        _ => format!("{} €", plain.replace('.', ",")),
    }
}

pub(crate) fn free(language: Language) -> &'static str {
    match language {
        Language::English => "Free entry",
        Language::Spanish => "Entrada libre",
        Language::German => "Eintritt frei",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::{amount, clock12, long_date, ordinal};
    use crate::world::Language;

    #[test]
    fn dates_times_and_prices_read_as_people_write_them() {
        let day = date(2026, 12, 4);
        assert_eq!(long_date(Language::Spanish, day), "viernes 4 de diciembre");
        assert_eq!(long_date(Language::German, day), "Freitag, 4. Dezember");
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 22, 31].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 31st"
        );
        assert_eq!(
            [time(19, 30, 0, 0), time(12, 0, 0, 0), time(0, 5, 0, 0)].map(clock12).join(" "),
            "7.30pm 12pm 12.05am"
        );
        assert_eq!(["GBP", "EUR", "USD"].map(|currency| amount(currency, 7.5)).join(" "), "£7.50 7,50 € $7.50");
    }
}
