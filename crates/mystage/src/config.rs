//! What the environment says, one struct a concern. Nothing else of the program reads it.

mod environment;
mod fetch;
mod language_model;
mod log;
mod schedule;
mod store;

pub(crate) use environment::Environment;
pub(crate) use fetch::fetch;
pub(crate) use language_model::language_model;
pub(crate) use log::log_filter;
pub(crate) use schedule::settings;
pub(crate) use store::{Databases, Places};
