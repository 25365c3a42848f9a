//! How a connection learns that the broker stops, and how long it may go on then.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How long what is being sent may still take when the broker stops. Who reads has a reply by then; who
/// does not read must not keep the node from closing its logs.
const GRACE: Duration = Duration::from_secs(1);

/// One receiver's view of the stop.
pub struct Stopping {
    told: watch::Receiver<bool>,
    /// When the grace is over; none before the stop.
    over_at: Option<Instant>,
}

impl Stopping {
    pub fn new(told: watch::Receiver<bool>) -> Stopping {
        Stopping { told, over_at: None }
    }

    pub fn is_told(&self) -> bool {
        *self.told.borrow()
    }

    /// Returns when the broker stops.
    pub async fn told(&mut self) {
        // Nobody there to tell any more is a stop as well.
        let _ = self.told.wait_for(|stopping| *stopping).await;
    }

    /// Returns when the broker stops and the grace is over, which counts from the first time that
    /// somebody has waited for it during the stop.
    pub async fn grace_is_over(&mut self) {
        self.told().await;
        let over_at = *self.over_at.get_or_insert_with(|| Instant::now() + GRACE);
        tokio::time::sleep_until(over_at).await;
    }
}
