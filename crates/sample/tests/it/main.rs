//! The sample region from outside: what it promises to a crawler and to a scorer.

mod changes;
mod crawl;
mod scoring;
mod serving;
mod shape;

use sample::{Config, Web};

const PORT: u16 = 8100;

fn small() -> Web {
    Web::new(&Config::small(7))
}
