use std::path::PathBuf;
use std::sync::Arc;

use blobs::Blobs;
use catalogue::Catalogue;
use jiff::civil::Date;
use model::Time;
use search::Index;
use store::Store;

/// Where the doors read the time.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// What the routes work with. Cloning shares it.
#[derive(Clone)]
pub struct Doors {
    pub store: Store,
    pub catalogue: Arc<Catalogue>,
    pub search: Arc<Index>,
    pub blobs: Arc<Blobs>,
    /// The folder of the databases, the index and the blobs.
    pub data: PathBuf,
    pub clock: Clock,
}

impl Doors {
    /// The day by which searches tell the past from what is to come: the last day that is still "today" somewhere on
    /// earth (UTC−12), because performances carry local dates and tonight's are not over while they play.
    pub(crate) fn today(&self) -> Option<Date> {
        let now = jiff::Timestamp::from_millisecond((self.clock)().0).ok()?;
        Some(jiff::tz::Offset::constant(-12).to_datetime(now).date())
    }
}
