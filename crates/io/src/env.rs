//! Time and entropy, as values a simulator can replace.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base::{MonoMs, WallMs};

/// A pause that ends at a moment of the environment's own clock.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a process takes from the world besides files and sockets. The seam exists from the first
/// day so that the simulator needs no rewrite: no other crate reads a clock or draws entropy.
pub trait Env: Send + Sync + 'static {
    /// Milliseconds since the Unix epoch; may jump.
    fn wall(&self) -> WallMs;

    /// Milliseconds since the environment was made; never goes back.
    fn mono(&self) -> MonoMs;

    /// Microseconds on the same clock as [`Env::mono`], for stage timings.
    fn mono_us(&self) -> u64;

    /// 128 bits nobody can guess.
    fn random(&self) -> u128;

    /// Resolves once [`Env::mono`] has reached `deadline`.
    fn sleep_until(&self, deadline: MonoMs) -> Sleep;
}

/// The machine we run on. Must be used inside a tokio runtime with its timer on.
pub struct RealEnv {
    start: Instant,
}

impl RealEnv {
    pub fn new() -> RealEnv {
        RealEnv { start: Instant::now() }
    }
}

impl Default for RealEnv {
    fn default() -> Self {
        Self::new()
    }
}

impl Env for RealEnv {
    fn wall(&self) -> WallMs {
        // A clock before 1970 reads as 0: no record could carry the true value anyway.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        WallMs(since_epoch.as_millis() as i64)
    }

    fn mono(&self) -> MonoMs {
        MonoMs(self.start.elapsed().as_millis() as u64)
    }

    fn mono_us(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn random(&self) -> u128 {
        let mut bytes = [0u8; 16];
        match rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()) {
            Ok(16) => u128::from_ne_bytes(bytes),
            // Kernels before 3.17 lack the call. Ids must be unique there, not secret.
            _ => (u128::from(fastrand::u64(..)) << 64) | u128::from(fastrand::u64(..)),
        }
    }

    fn sleep_until(&self, deadline: MonoMs) -> Sleep {
        let wait = self.mono().until(deadline);
        Box::pin(tokio::time::sleep(wait))
    }
}
