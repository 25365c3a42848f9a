//! How long to wait before trying again.

use std::time::Duration;

/// Exponential waits with 20% of jitter (KIP-580), so that the clients of a broker that comes
/// back do not all knock at once.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    attempts: u32,
}

impl Backoff {
    pub fn new(first: Duration, most: Duration) -> Backoff {
        Backoff { first, most: most.max(first), attempts: 0 }
    }

    /// The wait after the `attempts`th attempt has failed, counted from 1.
    pub fn after_attempt(first: Duration, most: Duration, attempts: i32) -> Duration {
        let attempts = u32::try_from(attempts - 1).unwrap_or(0);
        Backoff { attempts, ..Backoff::new(first, most) }.next_wait()
    }

    /// The next wait: `first`, doubled with every call up to `most`, plus or minus a fifth.
    pub fn next_wait(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1u32 << self.attempts.min(20));
        self.attempts = self.attempts.saturating_add(1);
        doubled.min(self.most).mul_f64(0.8 + 0.4 * fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_within_a_fifth() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        for expected in [100.0, 200.0, 400.0, 800.0, 1000.0, 1000.0] {
            let wait = backoff.next_wait().as_secs_f64() * 1000.0;
            assert!(wait >= expected * 0.8 && wait <= expected * 1.2, "{wait} for {expected}");
        }
    }
}
