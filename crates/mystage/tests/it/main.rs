//! The executable on the sample web, as a user runs it.

mod data;
mod hostile;
mod killed;
mod recorded;
mod region;
