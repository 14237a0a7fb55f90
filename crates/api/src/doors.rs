use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use app::App;
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
    pub clock: Clock,
}

impl Doors {
    /// The doors of an app, with the machine's clock.
    pub fn of(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            catalogue: Arc::clone(&app.catalogue),
            search: Arc::clone(&app.search),
            blobs: Arc::clone(&app.blobs),
            clock: Arc::new(now),
        }
    }

    /// The day by which searches tell the past from what is to come: the last day that is still "today" somewhere on
    /// earth (UTC−12), because performances carry local dates and tonight's are not over while they play.
    pub(crate) fn today(&self) -> Option<Date> {
        let now = jiff::Timestamp::from_millisecond((self.clock)().0).ok()?;
        Some(jiff::tz::Offset::constant(-12).to_datetime(now).date())
    }
}

fn now() -> Time {
    #[expect(clippy::disallowed_methods, reason = "a door is where the clock is read")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
