//! Whether two descriptions mean the same venue, artist, performance or festival: normalise, block, compare, decide,
//! and explain in words.
//!
//! Records are linked in the manner of Fellegi and Sunter (1969, "A Theory for Record Linkage"): every field that two
//! descriptions share adds the binary logarithm of how much likelier its level of agreement is among pairs that are one
//! thing than among pairs that are two. The weights are documented guesses, written as `log2(m / u)` in bits.
//!
//! The features of an entity grow by [`VenueFeatures::absorb`] and its like: capped, distinct, sorted lists, so that the
//! order in which pages arrive leaves no trace.
//!
//! Pure: no I/O, no clock. Deliberately absent: weights learnt from data, token frequencies counted over a corpus, and
//! clustering of more than a pair. They have their places: the weights stand as constants beside each comparison, the
//! frequency of a token behind [`normalise::words`], clustering above [`decide`].

mod artist;
mod block;
mod comparison;
mod decide;
mod features;
mod festival;
pub mod normalise;
mod performance;
mod similarity;
mod venue;

pub use artist::ArtistFeatures;
pub use comparison::{Comparison, Reason};
pub use decide::{Decision, SAME, SUSPECT, decide};
pub use festival::FestivalFeatures;
pub use performance::PerformanceFeatures;
pub use venue::VenueFeatures;
