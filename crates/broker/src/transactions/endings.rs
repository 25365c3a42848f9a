//! Who waits for the end of a transaction. A producer is faster than the markers of the transaction that
//! it has just ended; the first write of its next one meets them, and is taken as soon as they are
//! written (KIP-890).
//!
//! Only what ends on this node is told of here: whoever asks a coordinator elsewhere has to look again
//! by the clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::Str;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Transactional ids whose end somebody waits for.
#[derive(Default)]
pub struct Endings {
    waiting: Mutex<BTreeMap<Str, Waiting>>,
}

struct Waiting {
    told: Arc<Notify>,
    watchers: usize,
}

impl Endings {
    /// Watches an id for as long as the watch is kept.
    pub fn watch(&self, transactional_id: &Str) -> Watch<'_> {
        let mut waiting = self.waiting.lock();
        let entry = waiting
            .entry(transactional_id.clone())
            .or_insert_with(|| Waiting { told: Arc::default(), watchers: 0 });
        entry.watchers += 1;
        let told = entry.told.clone();
        Watch { endings: self, transactional_id: transactional_id.clone(), told }
    }

    /// Every marker of the transaction is written, and its coordinator knows it.
    pub fn ended(&self, transactional_id: &Str) {
        if let Some(waiting) = self.waiting.lock().get(transactional_id) {
            waiting.told.notify_waiters();
        }
    }
}

pub struct Watch<'a> {
    endings: &'a Endings,
    transactional_id: Str,
    told: Arc<Notify>,
}

impl Watch<'_> {
    /// The next end from the moment of this call on.
    pub fn next(&self) -> Notified<'_> {
        self.told.notified()
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut waiting = self.endings.waiting.lock();
        if let Some(entry) = waiting.get_mut(&self.transactional_id) {
            entry.watchers -= 1;
            if entry.watchers == 0 {
                waiting.remove(&self.transactional_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a wait is over, without waiting.
    async fn is_over(next: std::pin::Pin<&mut Notified<'_>>) -> bool {
        tokio::select! {
            biased;
            () = next => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn everybody_who_waits_for_an_id_hears_of_its_next_end_and_nobody_else() {
        let endings = Endings::default();
        let (a, b) = (Str::from("a"), Str::from("b"));
        let (first, second, other) = (endings.watch(&a), endings.watch(&a), endings.watch(&b));
        endings.ended(&a);
        let (mut heard, mut heard_too, mut unheard) = (
            std::pin::pin!(first.next()),
            std::pin::pin!(second.next()),
            std::pin::pin!(other.next()),
        );
        assert!(!is_over(heard.as_mut()).await, "that was before");
        endings.ended(&a);
        assert!(is_over(heard.as_mut()).await);
        assert!(is_over(heard_too.as_mut()).await);
        assert!(!is_over(unheard.as_mut()).await);
    }

    #[test]
    fn nothing_is_kept_of_what_nobody_waits_for() {
        let endings = Endings::default();
        let id = Str::from("a");
        let first = endings.watch(&id);
        drop(endings.watch(&id));
        assert_eq!(endings.waiting.lock().len(), 1);
        drop(first);
        assert!(endings.waiting.lock().is_empty());
    }
}
