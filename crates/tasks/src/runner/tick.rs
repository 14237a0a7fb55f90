use std::sync::Arc;
use std::time::Duration;

use model::Time;
use tokio::sync::watch;

use crate::Runner;
use crate::schedule::fire_due;

/// How exactly schedules keep their time.
const GLANCE: Duration = Duration::from_millis(200);
/// How long nothing is tried again after the store failed.
const PAUSE: Duration = Duration::from_secs(1);

impl Runner {
    /// Fires the schedules until `stop`.
    pub(super) async fn fire_schedules(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut next = Time(0);
        loop {
            if (self.clock)() >= next {
                match fire_due(&self.store, &self.schedules, (self.clock)()).await {
                    Ok((fired, at)) => {
                        next = at;
                        if fired > 0 {
                            self.wake.send_modify(|generation| *generation += 1);
                        }
                    }
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "schedules cannot be looked at");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
            tokio::select! {
                () = super::stopped(&mut stop) => return,
                () = tokio::time::sleep(GLANCE) => {}
            }
        }
    }
}
