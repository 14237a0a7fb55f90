//! One spelling for what pages spell in many ways.

pub mod addresses;
pub mod dates;
pub mod geo;
pub mod hosts;
pub mod names;
pub mod phones;
pub mod words;
