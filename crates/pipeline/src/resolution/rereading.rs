use std::collections::BTreeMap;

use matching::ArtistFeatures;
use matching::normalise::names::fold;
use model::{ArtistClaims, EventClaims, Stated};

use super::Desk;
use super::features::Features;
use super::plan::{Show, is_somebody};
use super::refine::JOINERS;

/// What stands between acts, and within names of one.
const WITHIN_NAMES: &[&str] = &[" & ", " and ", ", ", " und ", " y ", " et "];

/// The most pieces of a text that is looked through, and of a name.
const PIECES_MAX: usize = 24;
const NAME_PIECES_MAX: usize = 4;

/// An act as it is to be named.
pub(super) type Named = (String, ArtistFeatures);

/// A text that names acts: a title, or the words that the acts were taken from.
pub(super) struct Wording {
    /// Whether the first piece ends with a colon: it may be the name of the night.
    titled: bool,
    pieces: usize,
    /// Neighbouring pieces that may be one name, the first and the last of them.
    runs: BTreeMap<(usize, usize), Named>,
}

impl Wording {
    /// The texts of a record that hold more than one name.
    pub(super) fn of(event: &EventClaims) -> Vec<Self> {
        let quotes = event.artists.iter().filter_map(|artist| Some(artist.name.as_ref()?.evidence.quote.as_str()));
        let mut texts: Vec<&str> = event.title.iter().map(|title| title.value.as_str()).chain(quotes).collect();
        texts.sort_unstable();
        texts.dedup();
        texts.into_iter().filter_map(Self::of_text).take(4).collect()
    }

    fn of_text(text: &str) -> Option<Self> {
        let mut cuts: Vec<(usize, &str)> = JOINERS.iter().flat_map(|joiner| text.match_indices(joiner)).collect();
        cuts.sort_unstable_by_key(|(at, found)| (*at, std::cmp::Reverse(found.len())));
        cuts.dedup_by(|next, before| next.0 < before.0 + before.1.len());
        if cuts.is_empty() || cuts.len() >= PIECES_MAX {
            return None;
        }
        let starts: Vec<usize> = std::iter::once(0).chain(cuts.iter().map(|(at, joiner)| at + joiner.len())).collect();
        let ends: Vec<usize> = cuts.iter().map(|(at, _)| *at).chain([text.len()]).collect();
        let mut runs = BTreeMap::new();
        for from in 0..starts.len() {
            for to in from..starts.len().min(from + NAME_PIECES_MAX) {
                if to > from && !WITHIN_NAMES.contains(&cuts[to - 1].1) {
                    break;
                }
                runs.extend(named(text[starts[from]..ends[to]].trim_end_matches(')')).map(|act| ((from, to), act)));
            }
        }
        Some(Self { titled: cuts[0].1 == ": ", pieces: starts.len(), runs })
    }

    pub(super) fn acts(&self) -> impl Iterator<Item = &ArtistFeatures> {
        self.runs.values().map(|(_, act)| act)
    }

    /// What stands strictly within a run.
    fn within(&self, (first, last): (usize, usize)) -> impl Iterator<Item = &ArtistFeatures> {
        let inside = move |(from, to): &(usize, usize)| *from >= first && *to <= last && (*from, *to) != (first, last);
        self.runs.iter().filter(move |(run, _)| inside(run)).map(|(_, (_, act))| act)
    }
}

/// `None` for a text that stands for nobody.
fn named(text: &str) -> Option<Named> {
    let text = text.trim();
    let claims = ArtistClaims { name: Some(Stated::new(text.to_owned(), "", "")), ..ArtistClaims::default() };
    is_somebody(&claims).then(|| (text.to_owned(), ArtistFeatures::of(&claims)))
}

/// The acts of a record that need no knowledge to be named otherwise: names cut in two at a character that was escaped
/// twice are one again; what is the name of the town or of the festival is nobody's.
pub(super) fn mended(names: &[&str], others: &[String]) -> BTreeMap<usize, Vec<Named>> {
    let mut mended = BTreeMap::new();
    for (at, _) in names.iter().enumerate().filter(|(_, name)| others.contains(&fold(name))) {
        mended.insert(at, Vec::new());
    }
    for (at, pair) in names.windows(2).enumerate() {
        let Some(stem) = pair[0].strip_suffix("&amp") else { continue };
        if let Some(whole) = named(&format!("{}& {}", stem, pair[1])) {
            mended.insert(at, vec![whole]);
            mended.insert(at + 1, Vec::new());
        }
    }
    mended
}

impl Desk {
    /// The acts of a record that are named otherwise in the light of what is known: the pieces of a known name are that
    /// one act; the name of the night, before a colon, is none.
    pub(super) fn reread(&self, show: &Show, towns: &[String]) -> BTreeMap<usize, Vec<Named>> {
        let mut changes = show.mended.clone();
        let of_town = |act: &ArtistFeatures| act.names.iter().any(|name| towns.contains(name));
        let nobodies = show.artists.iter().enumerate().filter(|(_, act)| of_town(act));
        changes.extend(nobodies.map(|(at, _)| (at, Vec::new())));
        for wording in &show.wordings {
            self.rejoin(show, wording, &mut changes);
        }
        for wording in show.wordings.iter().filter(|wording| wording.titled) {
            self.drop_night(show, wording, &mut changes);
        }
        changes
    }

    fn is_named(&self, act: &ArtistFeatures) -> bool {
        self.artists.living(&act.seed()).is_some()
    }

    fn rejoin(&self, show: &Show, wording: &Wording, changes: &mut BTreeMap<usize, Vec<Named>>) {
        let mut wholes: Vec<(&(usize, usize), &Named)> = wording.runs.iter().filter(|((a, b), _)| b > a).collect();
        wholes.sort_by_key(|((from, to), _)| (std::cmp::Reverse(to - from), *from));
        for (&run, whole) in wholes {
            if !self.is_named(&whole.1) {
                continue;
            }
            let stated = |act: &ArtistFeatures| show.artists.iter().position(|other| other.names == act.names);
            let mut members: Vec<usize> =
                wording.within(run).filter_map(stated).filter(|at| !changes.contains_key(at)).collect();
            members.sort_unstable();
            members.dedup();
            if members.is_empty() || members.iter().all(|at| self.is_known(&show.artists[*at])) {
                continue;
            }
            let already = stated(&whole.1).is_some();
            for (n, at) in members.into_iter().enumerate() {
                changes.insert(at, if n == 0 && !already { vec![whole.clone()] } else { Vec::new() });
            }
        }
    }

    fn drop_night(&self, show: &Show, wording: &Wording, changes: &mut BTreeMap<usize, Vec<Named>>) {
        let Some((_, night)) = wording.runs.get(&(0, 0)) else { return };
        let Some(at) = show.artists.iter().position(|act| act.names == night.names) else { return };
        if changes.contains_key(&at) || self.is_known(night) {
            return;
        }
        let is_listed = |act: &ArtistFeatures| {
            let listed = show.artists.iter().enumerate().any(|(i, other)| i != at && other.names == act.names);
            listed || changes.values().flatten().any(|(_, other)| other.names == act.names)
        };
        let (mut piece, mut missing, mut listed) = (1, Vec::new(), 0);
        while piece < wording.pieces {
            let mut runs = (piece..wording.pieces).rev().filter_map(|to| Some((to, wording.runs.get(&(piece, to))?)));
            let Some((to, run)) = runs.find(|(_, (_, act))| is_listed(act) || self.is_known(act)) else {
                piece += 1;
                continue;
            };
            if is_listed(&run.1) {
                listed += 1;
            } else {
                missing.push(run.clone());
            }
            piece = to + 1;
        }
        if listed + missing.len() > 0 {
            changes.insert(at, missing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Wording, mended};

    #[test]
    fn wordings_hold_names_of_several_words() {
        let wording = Wording::of_text("Slow Ballroom: Tinker, Tailor & Rowe + Oberon").unwrap();
        let runs: Vec<&str> = wording.runs.values().map(|(text, _)| text.as_str()).collect();
        assert_eq!(
            runs,
            [
                "Slow Ballroom",
                "Tinker",
                "Tinker, Tailor",
                "Tinker, Tailor & Rowe",
                "Tailor",
                "Tailor & Rowe",
                "Rowe",
                "Oberon"
            ]
        );
        assert!(wording.titled);
        assert!(Wording::of_text("Oberon").is_none());
    }

    #[test]
    fn cut_names_are_mended_and_towns_are_nobody() {
        let mended = mended(&["Jack &amp", "Jill", "Milton", "Oberon"], &["milton".to_owned()]);
        let names: Vec<Vec<&str>> =
            mended.values().map(|acts| acts.iter().map(|(text, _)| text.as_str()).collect()).collect();
        assert_eq!(names, [vec!["Jack & Jill"], vec![], vec![]]);
        assert_eq!(mended.keys().copied().collect::<Vec<_>>(), [0, 1, 2]);
    }
}
