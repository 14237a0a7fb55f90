use std::time::Duration;

use pipeline::Settings;

use super::Environment;

/// When pages are visited. `SCHEDULE_REVISIT`: seconds until a page is due again; `SCHEDULE_SPACING`: seconds between
/// the starts of a timed run's addresses; `CRAWL_DEPTH`: links followed from a seed.
pub(crate) fn settings(environment: &Environment) -> anyhow::Result<Settings> {
    let mut settings = Settings::default();
    if let Some(seconds) = environment.parsed("SCHEDULE_REVISIT")? {
        settings.revisit = Duration::from_secs(seconds);
    }
    if let Some(seconds) = environment.parsed("SCHEDULE_SPACING")? {
        settings.stagger = Duration::from_secs(seconds);
    }
    if let Some(depth) = environment.parsed("CRAWL_DEPTH")? {
        settings.depth_max = depth;
    }
    Ok(settings)
}
