//! Time as plain values. Wall time and monotonic time have different types, because mixing them
//! is how retention deletes data after a clock step: record timestamps and retention use the wall
//! clock, timeouts and deadlines the monotonic one. Who reads the clocks is `io::Env`.

use std::time::Duration;

/// Milliseconds since the Unix epoch, as record timestamps count them. -1 means "no timestamp".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallMs(pub i64);

/// Milliseconds since an arbitrary start of the process; never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonoMs(pub u64);

impl WallMs {
    pub const NONE: WallMs = WallMs(-1);
}

impl MonoMs {
    /// A deadline that never comes.
    pub const NEVER: MonoMs = MonoMs(u64::MAX);

    /// The instant `ms` milliseconds later; saturates at [`MonoMs::NEVER`].
    pub fn plus_ms(self, ms: u64) -> MonoMs {
        MonoMs(self.0.saturating_add(ms))
    }

    /// How long until `later`; zero if it has passed.
    pub fn until(self, later: MonoMs) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }
}
