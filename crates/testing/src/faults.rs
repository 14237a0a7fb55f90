//! A workload whose every trace tells what the whole must be, so that after any fault it can be checked that every
//! acknowledged commit is there, none is there in part, and listeners were told everything once.

mod account;
mod check;
mod child;
mod note;
mod part;
mod step;
mod work;
mod worker;

pub use account::{Account, Told};
pub use check::check;
pub use child::{Child, orders};
pub use note::Note;
pub use part::Part;
pub use step::{Step, reactions};
pub use work::{listen, write};
pub use worker::{drain, work_off};
