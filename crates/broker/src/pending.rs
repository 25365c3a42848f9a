//! A produce that waits for several partitions to commit.

use base::ErrorCode;
use parking_lot::Mutex;
use replication::partition::Release;
use tokio::sync::Notify;

use crate::partitions::release_code;

/// Counts the partitions of one request that have not committed yet. Partitions release it from
/// whatever thread commits; the connection waits.
pub struct PendingProduce {
    slots: Mutex<Slots>,
    done: Notify,
}

struct Slots {
    /// By position in the request; `None` while it waits.
    codes: Vec<Option<ErrorCode>>,
    waiting: usize,
}

impl PendingProduce {
    /// `count` partitions, none of which waits yet.
    pub fn new(count: usize) -> PendingProduce {
        let codes = vec![Some(ErrorCode::None); count];
        PendingProduce { slots: Mutex::new(Slots { codes, waiting: 0 }), done: Notify::new() }
    }

    /// The partition at `slot` is about to be parked. Called before, so that a commit on another
    /// thread cannot come too early.
    pub fn expect(&self, slot: usize) {
        let mut slots = self.slots.lock();
        slots.codes[slot] = None;
        slots.waiting += 1;
    }

    /// The partition at `slot` has committed, or will not.
    pub fn release(&self, slot: usize, release: Release) {
        let mut slots = self.slots.lock();
        if slots.codes[slot].is_none() {
            slots.codes[slot] = Some(release_code(release));
            slots.waiting -= 1;
        }
        let done = slots.waiting == 0;
        drop(slots);
        if done {
            self.done.notify_one();
        }
    }

    pub fn is_done(&self) -> bool {
        self.slots.lock().waiting == 0
    }

    /// Waits until every partition has been released. Cancel-safe.
    pub async fn wait(&self) {
        while !self.is_done() {
            self.done.notified().await;
        }
    }

    /// The codes by slot; those that still wait have timed out.
    pub fn codes(&self) -> Vec<ErrorCode> {
        let slots = self.slots.lock();
        slots.codes.iter().map(|code| code.unwrap_or(ErrorCode::RequestTimedOut)).collect()
    }
}
