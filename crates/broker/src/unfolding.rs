//! Batches that expand to much more than they are on the wire.
//!
//! A few kilobytes of a compressed batch may stand for a gigabyte. What must be unfolded whole (to be
//! compressed otherwise, or for a client of old) takes that much memory for a moment, and two at a
//! time would take a node beyond the memory that it promises to stay within.

use parking_lot::{Mutex, MutexGuard};

/// What any number of batches may expand to at the same time, each. A batch of an ordinary producer
/// has 16 KiB, and a large one expands to a few megabytes.
pub const MODEST_BYTES: usize = 16 * 1024 * 1024;

static UNFOLDING: Mutex<()> = Mutex::new(());

/// Waits until nobody else unfolds a batch of more than [`MODEST_BYTES`].
pub fn one_at_a_time() -> MutexGuard<'static, ()> {
    UNFOLDING.lock()
}
