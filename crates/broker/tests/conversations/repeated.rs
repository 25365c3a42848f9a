//! Topics that a request names more than once, or of which it names no partition. No client does so;
//! what Kafka makes of it follows from whether it collects what was asked in a list or in a map.

use base::{ProducerEpoch, ProducerId, Sequence, Str, Uuid, WallMs};
use protocol::Payload;
use protocol::messages::*;
use records::{BatchBuilder, Codec, Compression};

use super::Conversation;
use super::talk::Talk;
use super::transactions::{Producer, adds_group, inits};

pub const ALL: &[Conversation] = &[
    ("repeated-topics-with-records", with_records),
    ("repeated-topics-with-offsets", with_offsets),
    ("repeated-topics-in-transactions", in_transactions),
    ("repeated-topics-of-the-cluster", of_the_cluster),
    ("repeated-topics-of-share-groups", of_share_groups),
    ("repeated-topics-with-share-state", with_share_state),
    ("fetch-sessions-of-nothing", fetch_sessions_of_nothing),
];

/// A topic of two partitions.
struct Topic {
    name: Str,
    id: Uuid,
}

/// What a request names: topics, and partitions of each.
type Named<'a> = [(&'a Topic, &'a [i32])];

fn two_topics(talk: &mut Talk) -> [Topic; 2] {
    ["a", "b"].map(|what| {
        let (name, id) = talk.topic(what, 2);
        let topic = Topic { name, id };
        for partition in [0, 1] {
            let request = lists(&[(&topic, &[partition])]);
            talk.until("there is a leader", |talk| {
                talk.aside(10, &request).topics[0].partitions[0].error_code == 0
            });
        }
        topic
    })
}

/// Asks about the topics in every odd way.
fn each_way(talk: &mut Talk, [a, b]: &[Topic; 2], mut ask: impl FnMut(&mut Talk, &Named<'_>)) {
    talk.note("of one topic no partition");
    ask(talk, &[(a, &[])]);
    ask(talk, &[(a, &[0]), (b, &[])]);
    talk.note("a topic twice");
    ask(talk, &[(a, &[0]), (a, &[1])]);
    ask(talk, &[(a, &[0]), (b, &[0]), (a, &[1])]);
    ask(talk, &[(a, &[0]), (a, &[])]);
    talk.note("a partition twice");
    ask(talk, &[(a, &[0]), (a, &[0])]);
    ask(talk, &[(a, &[0, 0])]);
}

/// One message for every topic named, and one within it for every partition.
fn each<T, P>(
    named: &Named<'_>,
    partition: impl Fn(i32) -> P,
    topic: impl Fn(&Topic, Vec<P>) -> T,
) -> Vec<T> {
    let of = |&(named, partitions): &(&Topic, &[i32])| {
        topic(named, partitions.iter().map(|index| partition(*index)).collect())
    };
    named.iter().map(of).collect()
}

fn names_a_partition_twice(named: &Named<'_>) -> bool {
    let every = named.iter().flat_map(|(topic, partitions)| {
        partitions.iter().map(|partition| (topic.id.to_string(), *partition))
    });
    let distinct: std::collections::BTreeSet<_> = every.clone().collect();
    distinct.len() < every.count()
}

fn names_only_partitions(named: &Named<'_>) -> bool {
    named.iter().all(|(_, partitions)| !partitions.is_empty())
}

// ---- records ----

fn lists(named: &Named<'_>) -> ListOffsetsRequest {
    use list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
    let partition = |partition_index| ListOffsetsPartition {
        partition_index,
        current_leader_epoch: -1,
        timestamp: -1,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| ListOffsetsTopic {
        name: topic.name.clone(),
        partitions,
        ..Default::default()
    });
    ListOffsetsRequest { replica_id: -1, topics, timeout_ms: 30_000, ..Default::default() }
}

fn produces(named: &Named<'_>) -> ProduceRequest {
    use produce_request::{PartitionProduceData, TopicProduceData};
    let partition = |index| {
        let mut batch = BatchBuilder::new(Compression::from(Codec::None));
        let time = WallMs(1_700_000_000_000);
        batch.append(time, Some(b"key"), Some(b"value"), &[]).expect("a small record");
        let records = Some(Payload::Bytes(batch.build().into()));
        PartitionProduceData { index, records, ..Default::default() }
    };
    let topic_data = each(named, partition, |topic, partition_data| TopicProduceData {
        name: topic.name.clone(),
        topic_id: topic.id,
        partition_data,
        ..Default::default()
    });
    ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data, ..Default::default() }
}

fn fetches(named: &Named<'_>) -> FetchRequest {
    use fetch_request::{FetchPartition, FetchTopic};
    let partition = |partition| FetchPartition {
        partition,
        current_leader_epoch: -1,
        last_fetched_epoch: -1,
        log_start_offset: -1,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| FetchTopic {
        topic: topic.name.clone(),
        topic_id: topic.id,
        partitions,
        ..Default::default()
    });
    FetchRequest {
        replica_id: -1,
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics,
        ..Default::default()
    }
}

fn ends_of_epochs(named: &Named<'_>) -> OffsetForLeaderEpochRequest {
    use offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
    let partition = |partition| OffsetForLeaderPartition {
        partition,
        current_leader_epoch: -1,
        leader_epoch: 0,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| OffsetForLeaderTopic {
        topic: topic.name.clone(),
        partitions,
        ..Default::default()
    });
    OffsetForLeaderEpochRequest { replica_id: -1, topics, ..Default::default() }
}

fn deletes_records(named: &Named<'_>) -> DeleteRecordsRequest {
    use delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
    let partition = |partition_index| DeleteRecordsPartition {
        partition_index,
        offset: 0,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| DeleteRecordsTopic {
        name: topic.name.clone(),
        partitions,
        ..Default::default()
    });
    DeleteRecordsRequest { topics, timeout_ms: 30_000, ..Default::default() }
}

fn describes_producers(named: &Named<'_>) -> DescribeProducersRequest {
    use describe_producers_request::TopicRequest;
    let topics = each(
        named,
        |index| index,
        |topic, partition_indexes| TopicRequest {
            name: topic.name.clone(),
            partition_indexes,
            ..Default::default()
        },
    );
    DescribeProducersRequest { topics, ..Default::default() }
}

fn with_records(talk: &mut Talk) {
    let topics = two_topics(talk);
    each_way(talk, &topics, |talk, named| {
        talk.ask(10, lists(named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(4, ends_of_epochs(named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(2, deletes_records(named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, describes_producers(named));
    });
    each_way(talk, &topics, |talk, named| {
        // Apache Kafka forgets the first of two batches; here both are appended, and fetched twice.
        if !names_a_partition_twice(named) {
            talk.ask(12, fetches(named));
            talk.ask(17, fetches(named));
            talk.ask(12, produces(named));
            talk.ask(13, produces(named));
        }
    });
    talk.ask(10, lists(&[(&topics[0], &[0, 1]), (&topics[1], &[0, 1])]));
}

fn fetch_sessions_of_nothing(talk: &mut Talk) {
    let [a, b] = two_topics(talk);
    let opens = |named: &Named<'_>| FetchRequest { session_epoch: 0, ..fetches(named) };
    for named in [&[][..], &[(&a, &[][..])]] {
        let opened = talk.ask(17, opens(named));
        talk.note(&format!("a session: {}", opened.session_id != 0));
        if opened.session_id == 0 {
            continue;
        }
        talk.call(format!("session_id: {},", opened.session_id), "session_id: <session>,");
        let goes_on = FetchRequest {
            session_id: opened.session_id,
            session_epoch: 1,
            ..fetches(&[(&b, &[0])])
        };
        talk.ask(17, goes_on.clone());
        talk.ask(17, FetchRequest { session_epoch: 2, topics: Vec::new(), ..goes_on });
    }
}

// ---- offsets ----

fn commits(group: &Str, named: &Named<'_>) -> OffsetCommitRequest {
    use offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
    let partition = |partition_index| OffsetCommitRequestPartition {
        partition_index,
        committed_offset: 5,
        committed_leader_epoch: -1,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| OffsetCommitRequestTopic {
        name: topic.name.clone(),
        topic_id: topic.id,
        partitions,
        ..Default::default()
    });
    OffsetCommitRequest {
        group_id: group.clone(),
        generation_id_or_member_epoch: -1,
        topics,
        ..Default::default()
    }
}

fn fetches_offsets(group: &Str, named: &Named<'_>) -> OffsetFetchRequest {
    use offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
    let topics = each(
        named,
        |index| index,
        |topic, partition_indexes| OffsetFetchRequestTopics {
            name: topic.name.clone(),
            topic_id: topic.id,
            partition_indexes,
            ..Default::default()
        },
    );
    let group = OffsetFetchRequestGroup {
        group_id: group.clone(),
        member_epoch: -1,
        topics: Some(topics),
        ..Default::default()
    };
    OffsetFetchRequest { groups: vec![group], ..Default::default() }
}

fn deletes_offsets(group: &Str, named: &Named<'_>) -> OffsetDeleteRequest {
    use offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
    let partition = |partition_index| OffsetDeleteRequestPartition { partition_index };
    let topics = each(named, partition, |topic, partitions| OffsetDeleteRequestTopic {
        name: topic.name.clone(),
        partitions,
    });
    OffsetDeleteRequest { group_id: group.clone(), topics }
}

fn with_offsets(talk: &mut Talk) {
    let topics = two_topics(talk);
    let group = talk.group("g");
    each_way(talk, &topics, |talk, named| {
        talk.ask(9, commits(&group, named));
        talk.ask(10, commits(&group, named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(9, fetches_offsets(&group, named));
        talk.ask(10, fetches_offsets(&group, named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, deletes_offsets(&group, named));
    });
    talk.note("a topic that is not there");
    let missing = Topic { name: talk.own("missing"), id: Uuid::from_halves(1, 2) };
    let topics = [missing, Topic { name: topics[0].name.clone(), id: topics[0].id }];
    each_way(talk, &topics, |talk, named| {
        talk.ask(9, commits(&group, named));
        talk.ask(9, fetches_offsets(&group, named));
        talk.ask(0, deletes_offsets(&group, named));
    });
}

// ---- transactions ----

fn adds(id: &Str, who: Producer, named: &Named<'_>) -> AddPartitionsToTxnRequest {
    use add_partitions_to_txn_request::AddPartitionsToTxnTopic;
    let topics = each(
        named,
        |index| index,
        |topic, partitions| AddPartitionsToTxnTopic {
            name: topic.name.clone(),
            partitions,
            ..Default::default()
        },
    );
    AddPartitionsToTxnRequest {
        v3_and_below_transactional_id: id.clone(),
        v3_and_below_producer_id: who.id,
        v3_and_below_producer_epoch: who.epoch,
        v3_and_below_topics: topics,
        ..Default::default()
    }
}

fn commits_in_transaction(
    id: &Str,
    group: &Str,
    who: Producer,
    named: &Named<'_>,
) -> TxnOffsetCommitRequest {
    use txn_offset_commit_request::{TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic};
    let partition = |partition_index| TxnOffsetCommitRequestPartition {
        partition_index,
        committed_offset: 5,
        committed_leader_epoch: -1,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| TxnOffsetCommitRequestTopic {
        name: topic.name.clone(),
        partitions,
        ..Default::default()
    });
    TxnOffsetCommitRequest {
        transactional_id: id.clone(),
        group_id: group.clone(),
        producer_id: who.id,
        producer_epoch: who.epoch,
        generation_id: -1,
        topics,
        ..Default::default()
    }
}

fn marks(who: Producer, named: &Named<'_>) -> WriteTxnMarkersRequest {
    use write_txn_markers_request::{WritableTxnMarker, WritableTxnMarkerTopic};
    let topics = each(
        named,
        |index| index,
        |topic, partition_indexes| WritableTxnMarkerTopic {
            name: topic.name.clone(),
            partition_indexes,
            ..Default::default()
        },
    );
    let marker = WritableTxnMarker {
        producer_id: who.id,
        producer_epoch: who.epoch,
        transaction_result: false,
        topics,
        coordinator_epoch: 0,
        ..Default::default()
    };
    WriteTxnMarkersRequest { markers: vec![marker], ..Default::default() }
}

fn in_transactions(talk: &mut Talk) {
    let topics = two_topics(talk);
    let (group, id) = (talk.group("g"), talk.own("id"));
    talk.coordinator(&id, 1);
    let inits = inits(&id);
    let mut who = Producer { id: -1, epoch: -1 };
    talk.until("there is a producer", |talk| {
        let given = talk.aside(4, &inits);
        who = Producer { id: given.producer_id, epoch: given.producer_epoch };
        given.error_code == 0
    });
    for field in ["producer_id", "v3_and_below_producer_id"] {
        talk.call(format!("{field}: {},", who.id), &format!("{field} of its own"));
    }
    each_way(talk, &topics, |talk, named| {
        talk.ask(3, adds(&id, who, named));
    });
    talk.ask(3, adds_group(&id, &group, who));
    each_way(talk, &topics, |talk, named| {
        talk.ask(3, commits_in_transaction(&id, &group, who, named));
    });
    talk.note("markers by hand");
    let stranger = Producer { id: 987_654_321, epoch: 0 };
    each_way(talk, &topics, |talk, named| {
        // Apache Kafka waits for the second marker of a partition of which it writes one.
        if !names_a_partition_twice(named) {
            talk.ask(1, marks(stranger, named));
        }
    });
    talk.note("of nobody");
    let [a, _] = &topics;
    for nobody in [Producer { id: -1, epoch: 0 }, Producer { id: -1, epoch: -1 }] {
        talk.ask(1, marks(nobody, &[(a, &[0])]));
    }
    for wrong in [Producer { id: -2, epoch: 0 }, Producer { id: 987_654_322, epoch: -1 }] {
        talk.ask(1, marks(wrong, &[(a, &[0])]));
    }
    talk.ask(1, WriteTxnMarkersRequest::default());
    talk.ask(10, lists(&[(a, &[0, 1])]));
    talk.note("and records of nobody");
    for who in [Producer { id: -1, epoch: 0 }, Producer { id: -1, epoch: -1 }] {
        let mut batch = BatchBuilder::new(Compression::from(Codec::None)).producer(
            ProducerId(who.id),
            ProducerEpoch(who.epoch),
            Sequence(0),
        );
        let time = WallMs(1_700_000_000_000);
        batch.append(time, None, Some(b"value"), &[]).expect("a small record");
        let mut request = produces(&[(a, &[0])]);
        request.topic_data[0].partition_data[0].records =
            Some(Payload::Bytes(batch.build().into()));
        let answered = talk.aside(12, &request);
        talk.note(&format!("{}", answered.responses[0].partition_responses[0].error_code));
    }
}

// ---- the cluster ----

fn of_the_cluster(talk: &mut Talk) {
    let topics = two_topics(talk);
    let described = talk.aside(4, &DescribeLogDirsRequest::default());
    let directory = described.results[0].log_dir.clone();
    talk.call(String::from(&directory), "the directory");
    each_way(talk, &topics, |talk, named| {
        talk.ask(2, changes_directory(&directory, named));
    });
    let twice = {
        let [a, _] = &topics;
        let mut request = changes_directory(&directory, &[(a, &[0])]);
        request.dirs.extend(changes_directory(&"/elsewhere".into(), &[(a, &[0, 1])]).dirs);
        request.dirs.push(Default::default());
        request
    };
    talk.ask(2, twice);
    each_way(talk, &topics, |talk, named| {
        let request = describes_directories(named);
        let mut response = talk.aside(4, &request);
        for result in &mut response.results {
            // How large the disk is and how full, is the disk's business.
            (result.total_bytes, result.usable_bytes) = (0, 0);
        }
        talk.write_down(4, &request, &response);
    });
    talk.in_own_words();
    each_way(talk, &topics, |talk, named| {
        talk.ask(2, elects(0, Some(named)));
        talk.ask(2, elects(1, Some(named)));
    });
    talk.note("of no topics, and of a kind that there is not");
    for kind in [0, 1, -1, 2] {
        talk.ask(2, elects(kind, Some(&[])));
    }
    talk.ask(2, elects(-1, None));
    let [a, _] = &topics;
    talk.ask(2, elects(-1, Some(&[(a, &[0])])));
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, lists_reassignments(named));
        talk.ask(1, reassigns(named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(12, looks_up(named));
        talk.ask(0, describes_partitions(named));
        talk.ask(2, describes_quorum(named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(4, describes_settings(named));
    });
    talk.note("deleted twice");
    let [a, b] = &topics;
    let by_name = |topic: &Topic| delete_topics_request::DeleteTopicState {
        name: Some(topic.name.clone()),
        ..Default::default()
    };
    let by_id = |topic: &Topic| delete_topics_request::DeleteTopicState {
        name: None,
        topic_id: topic.id,
        ..Default::default()
    };
    for states in [
        vec![by_name(a), by_name(a)],
        vec![by_name(a), by_id(a)],
        vec![by_id(a), by_id(a)],
        vec![by_name(b), by_name(b), by_id(b), by_id(b)],
    ] {
        let request =
            DeleteTopicsRequest { topics: states, timeout_ms: 30_000, ..Default::default() };
        talk.ask(6, request);
    }
}

fn changes_directory(path: &Str, named: &Named<'_>) -> AlterReplicaLogDirsRequest {
    use alter_replica_log_dirs_request::{AlterReplicaLogDir, AlterReplicaLogDirTopic};
    let topics = each(
        named,
        |index| index,
        |topic, partitions| AlterReplicaLogDirTopic {
            name: topic.name.clone(),
            partitions,
            ..Default::default()
        },
    );
    let dir = AlterReplicaLogDir { path: path.clone(), topics, ..Default::default() };
    AlterReplicaLogDirsRequest { dirs: vec![dir], ..Default::default() }
}

fn describes_directories(named: &Named<'_>) -> DescribeLogDirsRequest {
    use describe_log_dirs_request::DescribableLogDirTopic;
    let topics = each(
        named,
        |index| index,
        |topic, partitions| DescribableLogDirTopic {
            topic: topic.name.clone(),
            partitions,
            ..Default::default()
        },
    );
    DescribeLogDirsRequest { topics: Some(topics), ..Default::default() }
}

fn elects(election_type: i8, named: Option<&Named<'_>>) -> ElectLeadersRequest {
    use elect_leaders_request::TopicPartitions;
    let topics = |named| {
        each(
            named,
            |index| index,
            |topic: &Topic, partitions| TopicPartitions {
                topic: topic.name.clone(),
                partitions,
                ..Default::default()
            },
        )
    };
    ElectLeadersRequest {
        election_type,
        topic_partitions: named.map(topics),
        timeout_ms: 30_000,
        ..Default::default()
    }
}

fn lists_reassignments(named: &Named<'_>) -> ListPartitionReassignmentsRequest {
    use list_partition_reassignments_request::ListPartitionReassignmentsTopics;
    let topics = each(
        named,
        |index| index,
        |topic, partition_indexes| ListPartitionReassignmentsTopics {
            name: topic.name.clone(),
            partition_indexes,
            ..Default::default()
        },
    );
    ListPartitionReassignmentsRequest {
        timeout_ms: 30_000,
        topics: Some(topics),
        ..Default::default()
    }
}

fn reassigns(named: &Named<'_>) -> AlterPartitionReassignmentsRequest {
    use alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic};
    // What is not being reassigned cannot be called off.
    let partition = |partition_index| ReassignablePartition {
        partition_index,
        replicas: None,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| ReassignableTopic {
        name: topic.name.clone(),
        partitions,
        ..Default::default()
    });
    AlterPartitionReassignmentsRequest {
        timeout_ms: 30_000,
        allow_replication_factor_change: true,
        topics,
        ..Default::default()
    }
}

fn looks_up(named: &Named<'_>) -> MetadataRequest {
    use metadata_request::MetadataRequestTopic;
    let topics = each(
        named,
        |_| (),
        |topic, _| MetadataRequestTopic { name: Some(topic.name.clone()), ..Default::default() },
    );
    MetadataRequest { topics: Some(topics), ..Default::default() }
}

fn describes_partitions(named: &Named<'_>) -> DescribeTopicPartitionsRequest {
    use describe_topic_partitions_request::TopicRequest;
    let topics = each(
        named,
        |_| (),
        |topic, _| TopicRequest { name: topic.name.clone(), ..Default::default() },
    );
    DescribeTopicPartitionsRequest {
        topics,
        response_partition_limit: 2000,
        cursor: None,
        ..Default::default()
    }
}

fn describes_quorum(named: &Named<'_>) -> DescribeQuorumRequest {
    use describe_quorum_request::{PartitionData, TopicData};
    let partition = |partition_index| PartitionData { partition_index, ..Default::default() };
    let topics = each(named, partition, |topic, partitions| TopicData {
        topic_name: topic.name.clone(),
        partitions,
        ..Default::default()
    });
    DescribeQuorumRequest { topics, ..Default::default() }
}

fn describes_settings(named: &Named<'_>) -> DescribeConfigsRequest {
    use describe_configs_request::DescribeConfigsResource;
    let resources = each(
        named,
        |_| (),
        |topic, _| DescribeConfigsResource {
            resource_type: 2,
            resource_name: topic.name.clone(),
            configuration_keys: Some(vec!["retention.ms".into()]),
            ..Default::default()
        },
    );
    DescribeConfigsRequest { resources, ..Default::default() }
}

// ---- share groups ----

fn describes_share_offsets(
    group: &Str,
    named: Option<&Named<'_>>,
) -> DescribeShareGroupOffsetsRequest {
    use describe_share_group_offsets_request::{
        DescribeShareGroupOffsetsRequestGroup, DescribeShareGroupOffsetsRequestTopic,
    };
    let topics = |named| {
        each(
            named,
            |index| index,
            |topic: &Topic, partitions| DescribeShareGroupOffsetsRequestTopic {
                topic_name: topic.name.clone(),
                partitions,
                ..Default::default()
            },
        )
    };
    let group = DescribeShareGroupOffsetsRequestGroup {
        group_id: group.clone(),
        topics: named.map(topics),
        ..Default::default()
    };
    DescribeShareGroupOffsetsRequest { groups: vec![group], ..Default::default() }
}

fn alters_share_offsets(group: &Str, named: &Named<'_>) -> AlterShareGroupOffsetsRequest {
    use alter_share_group_offsets_request::{
        AlterShareGroupOffsetsRequestPartition, AlterShareGroupOffsetsRequestTopic,
    };
    let partition = |partition_index| AlterShareGroupOffsetsRequestPartition {
        partition_index,
        start_offset: 0,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| AlterShareGroupOffsetsRequestTopic {
        topic_name: topic.name.clone(),
        partitions,
        ..Default::default()
    });
    AlterShareGroupOffsetsRequest { group_id: group.clone(), topics, ..Default::default() }
}

fn deletes_share_offsets(group: &Str, named: &Named<'_>) -> DeleteShareGroupOffsetsRequest {
    use delete_share_group_offsets_request::DeleteShareGroupOffsetsRequestTopic;
    let topics = each(
        named,
        |_| (),
        |topic, _| DeleteShareGroupOffsetsRequestTopic {
            topic_name: topic.name.clone(),
            ..Default::default()
        },
    );
    DeleteShareGroupOffsetsRequest { group_id: group.clone(), topics, ..Default::default() }
}

fn of_share_groups(talk: &mut Talk) {
    let topics = two_topics(talk);
    let group = talk.group("g");
    let [a, b] = &topics;
    let beats = |epoch: i32| ShareGroupHeartbeatRequest {
        group_id: group.clone(),
        member_id: "member".into(),
        member_epoch: epoch,
        subscribed_topic_names: (epoch == 0).then(|| vec![a.name.clone(), b.name.clone()]),
        ..Default::default()
    };
    let mut epoch = 0;
    talk.until("everything is assigned", |talk| {
        let answered = talk.aside(1, &beats(epoch));
        epoch = answered.member_epoch;
        answered.assignment.is_some_and(|given| given.topic_partitions.len() == 2)
    });
    each_way(talk, &topics, |talk, named| {
        // Apache Kafka has no answer but UNKNOWN_SERVER_ERROR, after half a minute.
        if names_only_partitions(named) {
            talk.ask(1, describes_share_offsets(&group, Some(named)));
        }
    });
    talk.note("when nobody is there any more");
    talk.aside(1, &beats(-1));
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, alters_share_offsets(&group, named));
    });
    talk.ask(1, describes_share_offsets(&group, None));
    talk.note("what is not there");
    let missing = Topic { name: talk.own("missing"), id: Uuid::ZERO };
    let with_missing = [missing, Topic { name: a.name.clone(), id: a.id }];
    each_way(talk, &with_missing, |talk, named| {
        if names_only_partitions(named) {
            talk.ask(1, describes_share_offsets(&group, Some(named)));
        }
        talk.ask(0, alters_share_offsets(&group, named));
    });
    talk.ask(1, describes_share_offsets(&group, Some(&[(a, &[7])])));
    talk.ask(0, alters_share_offsets(&group, &[(a, &[7])]));
    talk.note("deleted");
    talk.ask(0, deletes_share_offsets(&group, &[(a, &[]), (a, &[])]));
    talk.ask(1, describes_share_offsets(&group, Some(&[(a, &[0])])));
    talk.ask(0, deletes_share_offsets(&group, &[(a, &[]), (b, &[]), (b, &[])]));
    talk.ask(0, deletes_share_offsets(&group, &[]));
    talk.note("a group that is not there");
    let nobody = talk.own("nobody");
    talk.ask(1, describes_share_offsets(&nobody, Some(&[(a, &[0]), (b, &[0])])));
}

fn with_share_state(talk: &mut Talk) {
    let topics = two_topics(talk);
    let group = talk.own("g");
    talk.coordinator(&Str::from(format!("{group}:{}:0", topics[0].id)), 2);
    for topic in &topics {
        for partition in [0, 1] {
            talk.until("the share coordinator serves", |talk| {
                let read = talk.aside(0, &summarises(&group, &[(topic, &[partition])]));
                let deleted = talk.aside(0, &deletes_state(&group, &[(topic, &[partition])]));
                read.results[0].partitions[0].error_code == 0
                    && deleted.results[0].partitions[0].error_code == 0
            });
        }
    }
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, initialises(&group, named));
    });
    talk.ask(0, initialises(&group, &[]));
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, writes(&group, named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, summarises(&group, named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, reads(&group, named));
    });
    each_way(talk, &topics, |talk, named| {
        talk.ask(0, deletes_state(&group, named));
    });
}

fn initialises(group: &Str, named: &Named<'_>) -> InitializeShareGroupStateRequest {
    use initialize_share_group_state_request::{InitializeStateData, PartitionData};
    let partition = |partition| PartitionData {
        partition,
        state_epoch: 1,
        start_offset: 0,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| InitializeStateData {
        topic_id: topic.id,
        partitions,
        ..Default::default()
    });
    InitializeShareGroupStateRequest { group_id: group.clone(), topics, ..Default::default() }
}

fn writes(group: &Str, named: &Named<'_>) -> WriteShareGroupStateRequest {
    use write_share_group_state_request::{PartitionData, WriteStateData};
    let partition = |partition| PartitionData {
        partition,
        state_epoch: 1,
        leader_epoch: 0,
        start_offset: 0,
        ..Default::default()
    };
    let topics = each(named, partition, |topic, partitions| WriteStateData {
        topic_id: topic.id,
        partitions,
        ..Default::default()
    });
    WriteShareGroupStateRequest { group_id: group.clone(), topics, ..Default::default() }
}

fn summarises(group: &Str, named: &Named<'_>) -> ReadShareGroupStateSummaryRequest {
    use read_share_group_state_summary_request::{PartitionData, ReadStateSummaryData};
    let partition = |partition| PartitionData { partition, leader_epoch: 0, ..Default::default() };
    let topics = each(named, partition, |topic, partitions| ReadStateSummaryData {
        topic_id: topic.id,
        partitions,
        ..Default::default()
    });
    ReadShareGroupStateSummaryRequest { group_id: group.clone(), topics, ..Default::default() }
}

fn reads(group: &Str, named: &Named<'_>) -> ReadShareGroupStateRequest {
    use read_share_group_state_request::{PartitionData, ReadStateData};
    let partition = |partition| PartitionData { partition, leader_epoch: 0, ..Default::default() };
    let topics = each(named, partition, |topic, partitions| ReadStateData {
        topic_id: topic.id,
        partitions,
        ..Default::default()
    });
    ReadShareGroupStateRequest { group_id: group.clone(), topics, ..Default::default() }
}

fn deletes_state(group: &Str, named: &Named<'_>) -> DeleteShareGroupStateRequest {
    use delete_share_group_state_request::{DeleteStateData, PartitionData};
    let partition = |partition| PartitionData { partition, ..Default::default() };
    let topics = each(named, partition, |topic, partitions| DeleteStateData {
        topic_id: topic.id,
        partitions,
        ..Default::default()
    });
    DeleteShareGroupStateRequest { group_id: group.clone(), topics, ..Default::default() }
}
