//! Random requests: whatever happens, a snapshot says the same as the log, a follower sees what the
//! controller sees, and the deltas add up.

use base::{BrokerId, LeaderEpoch, Offset, Str};
use metadata::image::{Delta, Image, Replay};
use metadata::{ConfigKind, MetadataVersion, encode_records};
use protocol::messages::create_partitions_request::CreatePartitionsTopic;
use protocol::messages::elect_leaders_request::TopicPartitions;
use protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use protocol::messages::{
    AllocateProducerIdsRequest, CreatePartitionsRequest, DeleteTopicsRequest, ElectLeadersRequest,
    IncrementalAlterConfigsRequest,
};
use protocol::record_types::metadata::MetadataRecord;

use crate::{Cluster, send, topic};

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
}

fn step(cluster: &mut Cluster, random: &mut Random) {
    let name = Str::from(format!("t{}.x_{}", random.below(6), random.below(2)));
    let broker = random.below(4) as i32;
    match random.below(9) {
        0 | 1 => {
            let (partitions, factor) = (1 + random.below(4) as i32, 1 + random.below(3) as i16);
            cluster.create(vec![topic(&name, partitions, factor)]);
        }
        2 => {
            let topic_names = vec![name];
            send!(cluster, DeleteTopics, DeleteTopicsRequest { topic_names, ..Default::default() });
        }
        3 => {
            let topics = vec![CreatePartitionsTopic {
                name,
                count: 1 + random.below(6) as i32,
                assignments: None,
                ..Default::default()
            }];
            send!(
                cluster,
                CreatePartitions,
                CreatePartitionsRequest { topics, ..Default::default() }
            );
        }
        4 => {
            let keys = ["retention.ms", "min.insync.replicas", "unclean.leader.election.enable"];
            let values = ["1", "2", "true", "false"];
            let resources = vec![AlterConfigsResource {
                resource_type: ConfigKind::Topic.code(),
                resource_name: name,
                configs: vec![AlterableConfig {
                    name: Str::from(keys[random.below(3) as usize]),
                    config_operation: random.below(2) as i8,
                    value: Some(Str::from(values[random.below(4) as usize])),
                    ..Default::default()
                }],
                ..Default::default()
            }];
            let request = IncrementalAlterConfigsRequest { resources, ..Default::default() };
            send!(cluster, IncrementalAlterConfigs, request);
        }
        5 => {
            let (fence, stop) = (random.below(2) == 0, random.below(4) == 0);
            cluster.heartbeat(broker, |request| {
                request.want_fence = fence;
                request.want_shut_down = stop;
            });
        }
        6 => {
            let mut request = cluster.registration(broker, 2 + random.below(1 << 20));
            let known = cluster.image().broker(BrokerId(broker)).map(|broker| broker.epoch);
            if random.below(2) == 0 {
                request.previous_broker_epoch = known.unwrap_or(-1);
            }
            send!(cluster, RegisterBroker, request);
        }
        7 => {
            let topic_partitions = Some(vec![TopicPartitions {
                topic: name,
                partitions: vec![0, 1],
                ..Default::default()
            }]);
            let election_type = random.below(2) as i8;
            let request =
                ElectLeadersRequest { election_type, topic_partitions, ..Default::default() };
            send!(cluster, ElectLeaders, request);
        }
        _ => {
            let broker_epoch = cluster.image().broker(BrokerId(broker)).map_or(0, |b| b.epoch);
            let request = AllocateProducerIdsRequest {
                broker_id: broker,
                broker_epoch,
                ..Default::default()
            };
            send!(cluster, AllocateProducerIds, request);
            cluster.pass(random.below(5_000));
        }
    }
}

/// What must hold of every partition, however it came about.
fn check_partitions(image: &Image) {
    for topic in image.topics().iter() {
        for partition in topic.partitions.values() {
            assert_eq!(partition.replicas.len(), partition.directories.len());
            assert!(partition.isr.iter().all(|id| partition.is_replica(*id)), "{partition:?}");
            assert!(partition.elr.iter().all(|id| !partition.isr.contains(id)), "{partition:?}");
            let leads = partition.leader;
            let led_in_sync = !partition.has_leader() || partition.isr.contains(&leads);
            assert!(led_in_sync, "{partition:?}");
            let active = !partition.has_leader() || image.is_active(leads);
            assert!(active, "a fenced broker leads {partition:?}");
        }
    }
}

#[test]
fn snapshots_followers_and_deltas_agree_after_any_requests() {
    for seed in 1..=30 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut cluster = Cluster::of(4);
        let mut loaded = Replay::new(cluster.image().clone());
        for _ in 0..150 {
            let before = cluster.follower.published().clone();
            let end = cluster.end;
            step(&mut cluster, &mut random);
            check_partitions(cluster.image());
            let after = cluster.follower.published();
            let whole = Delta::between(&before, after);
            // A delta tells of the last batch; a step may append several.
            if cluster.end == end {
                assert!(whole.is_empty());
            }
        }
        let records = cluster.image().snapshot_records();
        let values = encode_records(&records, MetadataVersion::MINIMUM).unwrap();
        let mut image = Image::empty();
        for (index, value) in values.into_iter().enumerate() {
            let (record, _) = MetadataRecord::decode(value).unwrap();
            image.apply(&record, Offset(index as i64)).unwrap();
        }
        assert!(image.says_the_same_as(cluster.image()), "seed {seed}");
        image.advance(cluster.image().offset(), LeaderEpoch(1));
        loaded.load(image);
        let delta = loaded.publish();
        let created = delta.topics_created.len() - delta.topics_deleted.len();
        assert_eq!(created, cluster.image().topics().len());
    }
}
