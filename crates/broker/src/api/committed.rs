//! What OffsetCommit and TxnOffsetCommit have in common: partitions that do not exist are answered apart
//! from those that the group's coordinator answers for, and each topic is answered once.

use base::PartitionIndex;
use metadata::image::Topic;

use super::named;

/// Takes the partitions out of a topic of a request that do not exist; of a topic that does not, all.
pub fn take_missing<P>(
    topic: Option<&Topic>,
    partitions: &mut Vec<P>,
    number: impl Fn(&P) -> i32,
) -> Vec<P> {
    let exists = |partition: &P| {
        topic.is_some_and(|topic| topic.partition(PartitionIndex(number(partition))).is_some())
    };
    let (known, missing) = std::mem::take(partitions).into_iter().partition(exists);
    *partitions = known;
    missing
}

/// Adds answers to those that are there. `key` tells topics apart; where nothing is there yet a topic that
/// was named twice stands twice, as in Kafka.
pub fn merge<T, P, K: Ord>(
    told: &mut Vec<T>,
    more: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
    partitions: impl Fn(&mut T) -> &mut Vec<P>,
) {
    if told.is_empty() {
        return told.extend(more);
    }
    told.extend(more);
    *told = named::joined(std::mem::take(told), key, partitions);
}
