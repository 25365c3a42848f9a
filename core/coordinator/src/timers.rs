//! Deadlines by name: the machine says when, the shell sleeps.

use std::collections::BTreeMap;

use base::MonoMs;

/// At most one deadline for each key. Setting it again moves it.
#[derive(Clone, Debug)]
pub struct Timers<K> {
    by_key: BTreeMap<K, MonoMs>,
    by_time: BTreeMap<(MonoMs, K), ()>,
}

impl<K: Ord + Clone> Default for Timers<K> {
    fn default() -> Self {
        Timers { by_key: BTreeMap::new(), by_time: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Timers<K> {
    pub fn set(&mut self, key: K, at: MonoMs) {
        if let Some(old) = self.by_key.insert(key.clone(), at) {
            if old == at {
                return;
            }
            self.by_time.remove(&(old, key.clone()));
        }
        self.by_time.insert((at, key), ());
    }

    pub fn cancel(&mut self, key: &K) {
        if let Some(at) = self.by_key.remove(key) {
            self.by_time.remove(&(at, key.clone()));
        }
    }

    pub fn get(&self, key: &K) -> Option<MonoMs> {
        self.by_key.get(key).copied()
    }

    /// The earliest deadline.
    pub fn next(&self) -> MonoMs {
        self.by_time.keys().next().map_or(MonoMs::NEVER, |(at, _)| *at)
    }

    /// Takes the earliest one that is due at `now`. Those of the same moment come by key, so that
    /// the same events have the same outcome.
    pub fn take_due(&mut self, now: MonoMs) -> Option<K> {
        let (at, key) = self.by_time.keys().next().cloned()?;
        if at > now {
            return None;
        }
        self.cancel(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_is_set_again_fires_once_and_later() {
        let mut timers = Timers::default();
        timers.set("a", MonoMs(10));
        timers.set("b", MonoMs(20));
        timers.set("a", MonoMs(30));
        assert_eq!(timers.next(), MonoMs(20));
        assert_eq!(timers.take_due(MonoMs(19)), None);
        assert_eq!(timers.take_due(MonoMs(30)), Some("b"));
        assert_eq!(timers.take_due(MonoMs(30)), Some("a"));
        assert_eq!(timers.take_due(MonoMs(99)), None);
        assert_eq!(timers.next(), MonoMs::NEVER);
    }

    #[test]
    fn a_cancelled_deadline_never_fires() {
        let mut timers = Timers::default();
        timers.set(1, MonoMs(10));
        timers.cancel(&1);
        assert_eq!(timers.take_due(MonoMs(99)), None);
    }
}
