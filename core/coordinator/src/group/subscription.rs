//! What a group of the newer kinds is subscribed to: which topics, by how many members, and a hash
//! of what the cluster says of them.
//!
//! Consumer, share and streams groups notice that a topic has changed (it came, it went, it has more
//! partitions, its replicas stand in other racks) by one number: the metadata hash, which is kept in
//! the group's metadata record. Nothing else of the topics is kept (KIP-1101).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::{Str, Uuid};
use metadata::Image;
use metadata::image::Topic;
use twox_hash::XxHash3_64;

/// Which revision of the hash is meant. Another magic would make every group of an older broker
/// assign its partitions anew.
const TOPIC_HASH_MAGIC: u8 = 0;

/// How often a topic is subscribed to in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SubscriptionCount {
    /// Members that name it.
    pub(super) by_name: u32,
    /// Regular expressions of the group that match it.
    pub(super) by_regex: u32,
}

/// The topics that a group is subscribed to, in order of their names, whether they exist or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SubscribedTopics(BTreeMap<Str, SubscriptionCount>);

impl SubscribedTopics {
    pub(super) fn contains(&self, topic: &str) -> bool {
        self.0.contains_key(topic)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Str> {
        self.0.keys()
    }

    pub(super) fn counts(&self) -> impl Iterator<Item = SubscriptionCount> {
        self.0.values().copied()
    }

    pub(super) fn add_names<'a>(&mut self, names: impl IntoIterator<Item = &'a Str>) {
        for name in names {
            self.0.entry(name.clone()).or_default().by_name += 1;
        }
    }

    pub(super) fn remove_names<'a>(&mut self, names: impl IntoIterator<Item = &'a Str>) {
        for name in names {
            self.lower(name, |count| &mut count.by_name);
        }
    }

    pub(super) fn add_matched<'a>(&mut self, topics: impl IntoIterator<Item = &'a Str>) {
        for topic in topics {
            self.0.entry(topic.clone()).or_default().by_regex += 1;
        }
    }

    pub(super) fn remove_matched<'a>(&mut self, topics: impl IntoIterator<Item = &'a Str>) {
        for topic in topics {
            self.lower(topic, |count| &mut count.by_regex);
        }
    }

    fn lower(&mut self, name: &Str, which: impl Fn(&mut SubscriptionCount) -> &mut u32) {
        if let Entry::Occupied(mut entry) = self.0.entry(name.clone()) {
            let count = which(entry.get_mut());
            *count = count.saturating_sub(1);
            if *entry.get() == SubscriptionCount::default() {
                entry.remove();
            }
        }
    }
}

/// The ids of those topics that exist.
pub(super) fn topic_ids<'a>(
    names: impl IntoIterator<Item = &'a Str>,
    image: &Image,
) -> BTreeSet<Uuid> {
    names.into_iter().filter_map(|name| image.topics().id_of(name)).collect()
}

/// Hashes of topics that were computed before. An entry holds as long as the image has the very
/// same topic, so nobody needs to tell it of changes.
#[derive(Debug, Default)]
pub(super) struct TopicHashes {
    by_name: BTreeMap<Str, (Arc<Topic>, u64)>,
}

impl TopicHashes {
    /// The metadata hash of a group that is subscribed to `names`, which come in their order. It is
    /// 0 if none of the topics exists.
    pub(super) fn of_group<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a Str>,
        image: &Image,
    ) -> i64 {
        let mut bytes = Vec::new();
        for name in names {
            match image.topic(name) {
                Some(topic) => bytes.extend(self.of_topic(topic, image).to_le_bytes()),
                None => {
                    self.by_name.remove(name);
                }
            }
        }
        if bytes.is_empty() { 0 } else { XxHash3_64::oneshot(&bytes) as i64 }
    }

    fn of_topic(&mut self, topic: &Arc<Topic>, image: &Image) -> u64 {
        if let Some((known, hash)) = self.by_name.get(&topic.name)
            && Arc::ptr_eq(known, topic)
        {
            return *hash;
        }
        let hash = topic_hash(topic, image);
        self.by_name.insert(topic.name.clone(), (topic.clone(), hash));
        hash
    }
}

/// The hash of one topic: its id, name and partitions, and the racks of each partition's replicas.
fn topic_hash(topic: &Topic, image: &Image) -> u64 {
    let mut bytes = vec![TOPIC_HASH_MAGIC];
    // Kafka feeds its hash stream Java's longs, ints and UTF-16 text, all of them little-endian.
    let (most, least) = topic.id.0.split_at(8);
    for half in [most, least] {
        bytes.extend(half.iter().rev());
    }
    put_text(&mut bytes, &topic.name);
    put_int(&mut bytes, topic.partitions.len());
    for (index, partition) in topic.partitions.values().enumerate() {
        put_int(&mut bytes, index);
        let brokers = partition.replicas.iter().filter_map(|id| image.broker(*id));
        let mut racks: Vec<&Str> = brokers.filter_map(|broker| broker.rack.as_ref()).collect();
        racks.sort();
        for rack in racks {
            put_int(&mut bytes, rack.encode_utf16().count());
            put_text(&mut bytes, rack);
        }
    }
    XxHash3_64::oneshot(&bytes)
}

fn put_int(bytes: &mut Vec<u8>, value: usize) {
    bytes.extend((value as i32).to_le_bytes());
}

/// Text is followed by its length, so that two texts in a row cannot be mistaken for two others.
fn put_text(bytes: &mut Vec<u8>, text: &str) {
    let start = bytes.len();
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let letters = (bytes.len() - start) / 2;
    put_int(bytes, letters);
}

#[cfg(test)]
mod tests {
    use base::Offset;
    use protocol::record_types::metadata::{
        MetadataRecord, PartitionRecord, RegisterBrokerRecord, TopicRecord,
    };

    use super::*;

    #[test]
    fn a_topic_counts_as_long_as_a_name_or_an_expression_of_the_group_means_it() {
        let (orders, bills) = (Str::from("orders"), Str::from("bills"));
        let mut topics = SubscribedTopics::default();
        topics.add_names([&orders, &bills]);
        topics.add_matched([&orders]);
        topics.remove_names([&orders, &bills]);
        assert_eq!(topics.names().collect::<Vec<_>>(), [&orders]);
        topics.remove_matched([&orders]);
        topics.remove_matched([&orders]);
        assert_eq!(topics, SubscribedTopics::default());
    }

    /// Topics as the lines of `hashes.tsv` describe them, with a broker for each rack.
    fn image(lines: &[Vec<&str>]) -> Image {
        let mut image = Image::empty();
        let mut offset = 0;
        let mut apply = |record: MetadataRecord| {
            image.apply(&record, Offset(offset)).expect("a record that fits");
            offset += 1;
        };
        let mut broker = 0;
        for line in lines {
            let half = |text: &str| text.parse::<i64>().expect("a number") as u64;
            let topic_id = Uuid::from_halves(half(line[1]), half(line[2]));
            apply(MetadataRecord::TopicRecord(TopicRecord {
                name: line[0].into(),
                topic_id,
                ..TopicRecord::default()
            }));
            for (index, racks) in line[3].split(';').enumerate() {
                let mut replicas = Vec::new();
                for rack in racks.split('|').filter(|rack| !rack.is_empty()) {
                    apply(MetadataRecord::RegisterBrokerRecord(RegisterBrokerRecord {
                        broker_id: broker,
                        rack: Some(rack.into()),
                        ..RegisterBrokerRecord::default()
                    }));
                    replicas.push(broker);
                    broker += 1;
                }
                apply(MetadataRecord::PartitionRecord(PartitionRecord {
                    partition_id: index as i32,
                    topic_id,
                    isr: replicas.clone(),
                    replicas,
                    ..PartitionRecord::default()
                }));
            }
        }
        image
    }

    #[test]
    fn hashes_are_those_of_apache_kafka() {
        let golden = include_str!("../../testdata/hashes.tsv");
        let mut lines: Vec<Vec<&str>> =
            golden.lines().map(|line| line.split('\t').collect()).collect();
        let all = lines.pop().expect("a last line");
        let image = image(&lines);
        for line in &lines {
            let topic = image.topic(line[0]).expect("the topic exists");
            let hash = topic_hash(topic, &image) as i64;
            assert_eq!(hash.to_string(), line[4], "{}", line[0]);
        }
        let mut names: Vec<Str> = lines.iter().map(|line| Str::from(line[0])).collect();
        names.push("missing".into());
        names.sort();
        let mut hashes = TopicHashes::default();
        for _ in 0..2 {
            assert_eq!(hashes.of_group(names.iter(), &image).to_string(), all[1]);
        }
        assert_eq!(hashes.of_group([], &image), 0);
    }
}
