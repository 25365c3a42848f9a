//! The topics and the settings of a node. Both are the same for thousands of schedules, so they are
//! made once.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use base::config::{Given, ServerConfig};
use base::{BrokerId, Offset, Uuid};
use metadata::image::Replay;
use metadata::{Entropy, Image};
use protocol::record_types::metadata::{
    FeatureLevelRecord, MetadataRecord, PartitionRecord, TopicRecord,
};

pub(super) const GROUPS: &str = "__consumer_offsets";
pub(super) const TRANSACTIONS: &str = "__transaction_state";
pub(super) const SHARES: &str = "__share_group_state";

const ME: BrokerId = BrokerId(1);

/// Everything quicker than by default, so that much happens in little time.
const SETTINGS: [(&str, &str); 23] = [
    ("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500"),
    ("group.initial.rebalance.delay.ms", "100"),
    ("group.min.session.timeout.ms", "1000"),
    ("group.consumer.min.session.timeout.ms", "1000"),
    ("group.consumer.session.timeout.ms", "2500"),
    ("group.consumer.min.heartbeat.interval.ms", "100"),
    ("group.consumer.heartbeat.interval.ms", "500"),
    ("group.share.min.session.timeout.ms", "1000"),
    ("group.share.session.timeout.ms", "2500"),
    ("group.share.min.heartbeat.interval.ms", "100"),
    ("group.share.heartbeat.interval.ms", "500"),
    ("group.share.assignment.interval.ms", "0"),
    // Longer than any request is under way: an attempt that comes after its successor begins anew what
    // members have consumed meanwhile, here as in Kafka.
    ("group.share.initialize.retry.interval.ms", "8000"),
    ("group.streams.min.session.timeout.ms", "1000"),
    ("group.streams.session.timeout.ms", "2500"),
    ("group.streams.min.heartbeat.interval.ms", "100"),
    ("group.streams.heartbeat.interval.ms", "500"),
    ("group.streams.initial.rebalance.delay.ms", "100"),
    ("group.streams.assignment.interval.ms", "0"),
    ("group.streams.num.standby.replicas", "1"),
    ("share.coordinator.state.topic.prune.interval.ms", "2000"),
    ("share.coordinator.snapshot.update.records.per.snapshot", "6"),
    ("share.coordinator.cold.partition.snapshot.interval.ms", "3000"),
];

/// What a node is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Topics and how many partitions each has.
    topics: Vec<(&'static str, i32)>,
    /// The finalised level of `transaction.version`.
    pub transaction_version: i16,
}

impl Layout {
    /// The given topics, and one partition for the group coordinator.
    pub fn new(topics: &[(&'static str, i32)]) -> Layout {
        let mut all = vec![(GROUPS, 1)];
        all.extend_from_slice(topics);
        Layout { topics: all, transaction_version: 2 }
    }

    /// With a transaction coordinator.
    pub fn with_transactions(mut self, version: i16) -> Layout {
        self.topics.push((TRANSACTIONS, 1));
        self.transaction_version = version;
        self
    }

    /// With a share coordinator.
    pub fn with_shares(mut self) -> Layout {
        self.topics.push((SHARES, 1));
        self
    }

    pub fn coordinates_transactions(&self) -> bool {
        self.find(TRANSACTIONS, 0).is_some()
    }

    pub fn coordinates_shares(&self) -> bool {
        self.find(SHARES, 0).is_some()
    }

    pub(super) fn names(&self) -> Vec<String> {
        let names = self
            .topics
            .iter()
            .flat_map(|(topic, count)| (0..*count).map(move |index| format!("{topic}-{index}")));
        names.collect()
    }

    /// Where a partition stands among the names.
    pub(super) fn find(&self, topic: &str, index: i32) -> Option<usize> {
        let mut first = 0;
        for (name, count) in &self.topics {
            if *name == topic {
                return (index < *count).then_some(first + index as usize);
            }
            first += *count as usize;
        }
        None
    }

    pub(super) fn image(&self) -> Arc<Image> {
        thread_local! {
            static MADE: RefCell<Vec<(Layout, Arc<Image>)>> = const { RefCell::new(Vec::new()) };
        }
        MADE.with_borrow_mut(|made| {
            if let Some((_, image)) = made.iter().find(|(layout, _)| layout == self) {
                return image.clone();
            }
            let image = Arc::new(self.make_image());
            made.push((self.clone(), image.clone()));
            image
        })
    }

    fn make_image(&self) -> Image {
        let mut replay = Replay::new(Image::empty());
        let mut offset = Offset(0);
        let mut apply = |record: MetadataRecord| {
            replay.apply(&record, offset).expect("a record that fits the image");
            offset = offset.plus(1);
        };
        for (name, feature_level) in [
            ("metadata.version", 29),
            ("transaction.version", self.transaction_version),
            ("group.version", 1),
            ("share.version", 1),
            ("streams.version", 1),
        ] {
            apply(MetadataRecord::FeatureLevelRecord(FeatureLevelRecord {
                name: name.into(),
                feature_level,
                ..FeatureLevelRecord::default()
            }));
        }
        for (nth, (name, count)) in self.topics.iter().enumerate() {
            let topic_id: Uuid = Entropy::new(0x51e0 + nth as u128).uuid();
            apply(MetadataRecord::TopicRecord(TopicRecord {
                name: (*name).into(),
                topic_id,
                ..TopicRecord::default()
            }));
            for partition_id in 0..*count {
                apply(MetadataRecord::PartitionRecord(PartitionRecord {
                    partition_id,
                    topic_id,
                    replicas: vec![ME.0],
                    isr: vec![ME.0],
                    leader: ME.0,
                    ..PartitionRecord::default()
                }));
            }
        }
        replay.publish();
        replay.image().clone()
    }
}

pub(super) fn config() -> Arc<ServerConfig> {
    static CONFIG: OnceLock<Arc<ServerConfig>> = OnceLock::new();
    let load = || {
        let settings = SETTINGS.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let settings: Vec<(String, String)> = settings.collect();
        let given = Given { settings: &settings, ..Given::default() };
        Arc::new(ServerConfig::load(&given).expect("a valid configuration").config)
    };
    CONFIG.get_or_init(load).clone()
}
