//! A map that is cheap to copy and cheap to change: the state of the controller and of every
//! coordinator lives in such maps, so that "the last version that committed" is one more value,
//! not a log of undo steps.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

/// Power of two. A clone copies this many pointers (1 KiB), a change of a shared map copies one
/// shard: with 10,000 entries that is 80 of them.
const SHARDS: usize = 128;

/// A copy-on-write map. `clone` is 128 reference counts; a write copies only the shard it touches,
/// and only if another clone still shares it.
///
/// Iteration goes shard by shard in an order that is fixed for given keys, but not sorted: sort
/// where the order is shown to someone.
#[derive(Clone, Debug)]
pub struct ShardedMap<K, V> {
    shards: Box<[Arc<BTreeMap<K, V>>]>,
    len: usize,
}

impl<K: Ord + Hash + Clone, V: Clone> ShardedMap<K, V> {
    pub fn new() -> Self {
        let empty = Arc::new(BTreeMap::new());
        ShardedMap { shards: vec![empty; SHARDS].into_boxed_slice(), len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + Hash + ?Sized,
    {
        self.shards[shard_of(key)].get(key)
    }

    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + Hash + ?Sized,
    {
        self.get(key).is_some()
    }

    /// The value under `key`, ready to be changed in this map alone.
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Ord + Hash + ?Sized,
    {
        let shard = &mut self.shards[shard_of(key)];
        // Asked first so that a miss does not copy a shared shard.
        if !shard.contains_key(key) {
            return None;
        }
        Arc::make_mut(shard).get_mut(key)
    }

    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let old = Arc::make_mut(&mut self.shards[shard_of(&key)]).insert(key, value);
        self.len += usize::from(old.is_none());
        old
    }

    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + Hash + ?Sized,
    {
        let shard = &mut self.shards[shard_of(key)];
        if !shard.contains_key(key) {
            return None;
        }
        let old = Arc::make_mut(shard).remove(key);
        self.len -= usize::from(old.is_some());
        old
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord + Hash + Clone, V: Clone> Default for ShardedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Hash + Clone, V: Clone + PartialEq> PartialEq for ShardedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

/// The seed is fixed: iteration order must be the same in every run of a simulation. A client that
/// picks colliding names gets one long BTreeMap, which stays logarithmic.
fn shard_of<Q: Hash + ?Sized>(key: &Q) -> usize {
    let hasher = foldhash::quality::FixedState::with_seed(0x56_6c_74_61_76_61);
    hasher.hash_one(key) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_the_version_it_was_taken_from() {
        let mut map: ShardedMap<String, i32> = ShardedMap::new();
        map.insert("a".into(), 1);
        let committed = map.clone();
        map.insert("b".into(), 2);
        *map.get_mut("a").unwrap() = 3;
        map.remove("missing");

        assert_eq!(committed.get("a"), Some(&1));
        assert_eq!(committed.get("b"), None);
        assert_eq!((committed.len(), map.len()), (1, 2));
        assert_ne!(committed, map);
    }
}
