//! Topics that a request names more than once, or without partitions. Where Kafka collects what it was
//! asked in a map, such a topic is answered once, or not at all.

use std::collections::BTreeMap;

use base::Str;

/// How often a group, a transaction or the producers of a partition are answered for in one response: each
/// time all of it is told, and a request may name one a million times. Kafka answers every mention; no
/// client makes two.
const MENTIONS_MAX: u32 = 16;

/// Counts how often something is mentioned.
pub struct Mentions<K>(BTreeMap<K, u32>);

impl<K> Default for Mentions<K> {
    fn default() -> Mentions<K> {
        Mentions(BTreeMap::new())
    }
}

impl<K: Ord> Mentions<K> {
    /// Whether this mention is answered.
    pub fn take(&mut self, id: K) -> bool {
        let count = self.0.entry(id).or_default();
        *count += 1;
        *count <= MENTIONS_MAX
    }
}

/// The ids that are answered for.
pub fn seldom(mut ids: Vec<Str>) -> Vec<Str> {
    let mut mentions = Mentions::default();
    ids.retain(|id| mentions.take(id.clone()));
    ids
}

/// Topics that are the same by `key` joined in the place of the first, and without those that name no
/// partition.
pub fn with_partitions<T, P, K: Ord>(
    mut topics: Vec<T>,
    key: impl Fn(&T) -> K,
    partitions: impl Fn(&mut T) -> &mut Vec<P>,
) -> Vec<T> {
    topics.retain_mut(|topic| !partitions(topic).is_empty());
    joined(topics, key, partitions)
}

/// Topics that are the same by `key` joined in the place of the first.
pub fn joined<T, P, K: Ord>(
    topics: Vec<T>,
    key: impl Fn(&T) -> K,
    partitions: impl Fn(&mut T) -> &mut Vec<P>,
) -> Vec<T> {
    // Nearly every request; a produce must not pay for the others.
    if topics.len() < 2 {
        return topics;
    }
    let mut places: BTreeMap<K, usize> = BTreeMap::new();
    let mut joined: Vec<T> = Vec::with_capacity(topics.len());
    for mut topic in topics {
        match places.get(&key(&topic)) {
            Some(at) => partitions(&mut joined[*at]).append(partitions(&mut topic)),
            None => {
                places.insert(key(&topic), joined.len());
                joined.push(topic);
            }
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::with_partitions;

    #[test]
    fn a_topic_stands_where_it_was_named_first_and_one_without_partitions_nowhere() {
        let topics = vec![("a", vec![0]), ("b", vec![]), ("c", vec![1]), ("a", vec![2, 0])];
        let joined = with_partitions(topics, |topic| topic.0, |topic| &mut topic.1);
        assert_eq!(joined, [("a", vec![0, 2, 0]), ("c", vec![1])]);
    }
}
