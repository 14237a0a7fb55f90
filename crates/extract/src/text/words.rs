//! Names of months and weekdays in the languages that pages use, folded to lower case without accents.

use jiff::civil::Weekday;

/// 1 to 12 for the name or short name of a month in English, German, French, Spanish, Italian, Dutch, Portuguese,
/// Danish, Swedish or Norwegian.
pub(crate) fn month(word: &str) -> Option<i8> {
    Some(match word {
        "january" | "jan" | "januar" | "janner" | "janvier" | "janv" | "enero" | "ene" | "gennaio" | "gen"
        | "januari" | "janeiro" => 1,
        "february" | "feb" | "febr" | "februar" | "fevrier" | "fevr" | "fev" | "febrero" | "febbraio" | "februari"
        | "fevereiro" => 2,
        "march" | "mar" | "marz" | "maerz" | "mrz" | "mars" | "marzo" | "maart" | "mrt" | "marco" | "marts" => 3,
        "april" | "apr" | "avril" | "avr" | "abril" | "abr" | "aprile" => 4,
        "may" | "mai" | "mayo" | "maggio" | "mag" | "mei" | "maio" | "maj" => 5,
        "june" | "jun" | "juni" | "juin" | "junio" | "giugno" | "giu" | "junho" => 6,
        "july" | "jul" | "juli" | "juillet" | "juil" | "julio" | "luglio" | "lug" | "julho" => 7,
        "august" | "aug" | "aout" | "agosto" | "ago" | "augustus" | "augusti" => 8,
        "september" | "sept" | "sep" | "septembre" | "septiembre" | "setiembre" | "settembre" | "setembro" | "set" => 9,
        "october" | "oct" | "oktober" | "okt" | "octobre" | "octubre" | "ottobre" | "ott" | "outubro" | "out" => 10,
        "november" | "nov" | "novembre" | "noviembre" | "novembro" => 11,
        "december" | "dec" | "dezember" | "dez" | "decembre" | "diciembre" | "dic" | "dicembre" | "dezembro"
        | "desember" | "des" => 12,
        _ => return None,
    })
}

/// The weekday that a name or short name means, in the same languages.
pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" | "montag" | "mo" | "lundi" | "lun" | "lunes" | "lunedi" | "maandag" | "segunda"
        | "mandag" | "mondays" | "ma" => Weekday::Monday,
        "tuesday" | "tue" | "tues" | "dienstag" | "di" | "mardi" | "martes" | "martedi" | "dinsdag" | "terca"
        | "tirsdag" | "tuesdays" | "ter" => Weekday::Tuesday,
        "wednesday" | "wed" | "weds" | "mittwoch" | "mi" | "mercredi" | "mer" | "miercoles" | "mie" | "mercoledi"
        | "woensdag" | "wo" | "quarta" | "onsdag" | "wednesdays" => Weekday::Wednesday,
        "thursday" | "thu" | "thur" | "thurs" | "donnerstag" | "do" | "jeudi" | "jeu" | "jueves" | "jue"
        | "giovedi" | "gio" | "donderdag" | "quinta" | "torsdag" | "thursdays" => Weekday::Thursday,
        "friday" | "fri" | "freitag" | "fr" | "vendredi" | "ven" | "viernes" | "vie" | "venerdi" | "vrijdag" | "vr"
        | "sexta" | "fredag" | "fridays" => Weekday::Friday,
        "saturday" | "sat" | "samstag" | "sonnabend" | "sa" | "samedi" | "sam" | "sabado" | "sab" | "sabato"
        | "zaterdag" | "za" | "lordag" | "saturdays" => Weekday::Saturday,
        "sunday" | "sun" | "sonntag" | "so" | "dimanche" | "dim" | "domingo" | "dom" | "domenica" | "zondag" | "zo"
        | "sondag" | "sundays" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;

    use super::{month, weekday};

    #[test]
    fn one_month_in_many_languages() {
        for word in ["august", "aug", "aout", "agosto", "ago", "augustus"] {
            assert_eq!(month(word), Some(8), "{word}");
        }
        assert_eq!(month("augustine"), None);
    }

    #[test]
    fn one_day_in_many_languages() {
        for word in ["friday", "fri", "freitag", "vendredi", "viernes", "venerdi", "vrijdag", "sexta"] {
            assert_eq!(weekday(word), Some(Weekday::Friday), "{word}");
        }
        assert_eq!(weekday("friend"), None);
    }
}
