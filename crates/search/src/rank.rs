use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use crate::expand::{PAST, all_in_title};
use crate::near::Circle;
use crate::query::{KINDS, Query, days};
use crate::schema::{ALPHABETICAL, KIND, LAT, LON, START, TIE, TITLE_WORDS};

const PERFORMANCE: usize = 3;
const FESTIVAL: usize = 2;
const DAY: i64 = 1440;

/// Filters what the words have found, counts it by kind and keeps the best of every kind asked for.
#[derive(Clone)]
pub(crate) struct Ranking {
    wanted: [bool; 4],
    circle: Option<Circle>,
    /// Days since 1970, both included.
    from: Option<i64>,
    to: Option<i64>,
    today: Option<i64>,
    /// Words of the query, a leading "the" not counted; 0 when nothing was typed.
    title_words: u64,
    /// Words of the query.
    words: u32,
    keep: usize,
}

/// Smaller is better: how well the words match, whether they are the whole title, then the order within the kind.
type Place = (Reverse<u32>, Reverse<bool>, [u64; 4]);

#[derive(Clone, Debug)]
pub(crate) struct Found {
    place: Place,
    pub(crate) address: DocAddress,
    pub(crate) distance_m: Option<f64>,
}

#[derive(Debug, Default)]
pub(crate) struct Ranked {
    /// For each kind, best first.
    found: [Vec<Found>; 4],
    pub(crate) counts: [u64; 4],
}

impl Ranking {
    pub(crate) fn new(query: &Query, words: usize, title_words: u64) -> Self {
        Self {
            wanted: KINDS.map(|kind| query.kinds.is_empty() || query.kinds.contains(&kind)),
            circle: query.near.map(Circle::new),
            from: query.from.map(days),
            to: query.to.map(days),
            today: query.today.map(days),
            title_words,
            words: u32::try_from(words).unwrap_or(u32::MAX),
            keep: query.offset + query.limit,
        }
    }

    fn passes(&self, start: Option<i64>) -> bool {
        let day = start.map(|start| start.div_euclid(DAY));
        self.from.is_none_or(|from| day.is_some_and(|day| day >= from))
            && self.to.is_none_or(|to| day.is_some_and(|day| day <= to))
    }
}

impl Ranked {
    pub(crate) fn total(&self, ranking: &Ranking) -> u64 {
        self.counts.iter().zip(ranking.wanted).filter(|(_, wanted)| *wanted).map(|(count, _)| count).sum()
    }

    /// The kinds brought together. Among equals they take turns: a word that is everywhere (a genre, a city) shows
    /// some artists, some venues and the next performances instead of a thousand artists first.
    pub(crate) fn page(self, offset: usize, limit: usize) -> Vec<Found> {
        let mut all = Vec::new();
        for (kind, found) in self.found.into_iter().enumerate() {
            let mut turn = 0;
            let mut group = None;
            for one in found {
                let key = (one.place.0, one.place.1);
                turn = if group == Some(key) { turn + 1 } else { 0 };
                group = Some(key);
                all.push(((key, turn, kind), one));
            }
        }
        all.sort_by_key(|(key, _)| *key);
        all.into_iter().skip(offset).take(limit).map(|(_, one)| one).collect()
    }
}

impl Collector for Ranking {
    type Fruit = Ranked;
    type Child = SegmentRanking;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentRanking> {
        let fast = segment.fast_fields();
        Ok(SegmentRanking {
            ranking: self.clone(),
            ordinal,
            kind: fast.u64(KIND)?,
            title_words: fast.u64(TITLE_WORDS)?,
            alphabetical: fast.u64(ALPHABETICAL)?,
            tie: fast.u64(TIE)?,
            lat: fast.column_opt(LAT)?,
            lon: fast.column_opt(LON)?,
            start: fast.column_opt(START)?,
            best: Default::default(),
            counts: [0; 4],
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<Ranked>) -> tantivy::Result<Ranked> {
        let mut whole = Ranked::default();
        for segment in segments {
            for (kind, found) in segment.found.into_iter().enumerate() {
                whole.found[kind].extend(found);
                whole.counts[kind] += segment.counts[kind];
            }
        }
        for found in &mut whole.found {
            found.sort_by_key(|one| one.place);
            found.truncate(self.keep);
        }
        Ok(whole)
    }
}

pub(crate) struct SegmentRanking {
    ranking: Ranking,
    ordinal: SegmentOrdinal,
    kind: Column<u64>,
    title_words: Column<u64>,
    alphabetical: Column<u64>,
    tie: Column<u64>,
    lat: Option<Column<f64>>,
    lon: Option<Column<f64>>,
    start: Option<Column<i64>>,
    /// The worst of the best on top.
    best: [BinaryHeap<Kept>; 4],
    counts: [u64; 4],
}

impl SegmentCollector for SegmentRanking {
    type Fruit = Ranked;

    fn collect(&mut self, doc: DocId, score: Score) {
        let Some(kind) = self.kind.first(doc).and_then(|kind| usize::try_from(kind).ok()).filter(|kind| *kind < 4)
        else {
            return;
        };
        let start = self.start.as_ref().and_then(|column| column.first(doc));
        if !self.ranking.passes(start) {
            return;
        }
        let Ok(distance_m) = self.distance(doc) else { return };
        self.counts[kind] += 1;
        if !self.ranking.wanted[kind] || self.ranking.keep == 0 {
            return;
        }
        let place = self.place(doc, kind, score, start, distance_m);
        let best = &mut self.best[kind];
        if best.len() >= self.ranking.keep {
            if best.peek().is_some_and(|worst| worst.0.place <= place) {
                return;
            }
            best.pop();
        }
        best.push(Kept(Found { place, address: DocAddress::new(self.ordinal, doc), distance_m }));
    }

    fn harvest(self) -> Ranked {
        let found = self.best.map(|heap| heap.into_vec().into_iter().map(|kept| kept.0).collect());
        Ranked { found, counts: self.counts }
    }
}

/// Outside the circle asked for, or nowhere.
struct Elsewhere;

impl SegmentRanking {
    fn distance(&self, doc: DocId) -> Result<Option<f64>, Elsewhere> {
        let Some(circle) = &self.ranking.circle else { return Ok(None) };
        let first = |column: &Option<Column<f64>>| column.as_ref().and_then(|column| column.first(doc));
        let (Some(lat), Some(lon)) = (first(&self.lat), first(&self.lon)) else { return Err(Elsewhere) };
        circle.distance(lat, lon).map(Some).ok_or(Elsewhere)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "scores are small whole numbers")]
    fn place(&self, doc: DocId, kind: usize, score: Score, start: Option<i64>, distance_m: Option<f64>) -> Place {
        let first = |column: &Column<u64>| column.first(doc).unwrap_or(u64::MAX);
        let typed = self.ranking.title_words > 0;
        let title_words = first(&self.title_words);
        let mut score = score as u32;
        let same_length = typed && title_words == self.ranking.title_words;
        let complete = same_length && all_in_title(score, self.ranking.words);
        let distance = distance_m.map_or(0, |distance| distance as u64);
        let order = if kind == PERFORMANCE || kind == FESTIVAL {
            let (over, wait) = self.wait(start);
            score = if over && typed { score.saturating_sub(PAST * self.ranking.words) } else { score };
            [wait, distance, first(&self.alphabetical), first(&self.tie)]
        } else {
            let length = if typed { title_words } else { 0 };
            [distance, length, first(&self.alphabetical), first(&self.tie)]
        };
        (Reverse(score), Reverse(complete), order)
    }

    /// Whether it is over, and how it stands in time: what comes next first, then what has no date, then what is over,
    /// the latest first.
    fn wait(&self, start: Option<i64>) -> (bool, u64) {
        const UNDATED: u64 = 1 << 40;
        let Some(start) = start else { return (false, UNDATED) };
        match self.ranking.today {
            None => (false, start.saturating_add(1 << 39).max(0).unsigned_abs()),
            Some(today) if start >= today * DAY => (false, (start - today * DAY).unsigned_abs()),
            Some(today) => (true, UNDATED + 1 + (today * DAY - start).unsigned_abs()),
        }
    }
}

struct Kept(Found);

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.0.place == other.0.place
    }
}

impl Eq for Kept {}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.place.cmp(&other.0.place)
    }
}
