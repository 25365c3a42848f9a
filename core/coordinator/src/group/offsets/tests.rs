//! Offsets of groups that nobody is a member of. What members may commit is told beside each kind.

use base::{ErrorCode, Offset, ProducerEpoch, ProducerId, Uuid, WallMs};
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use protocol::messages::{
    DeleteGroupsRequest, OffsetCommitRequest, OffsetDeleteRequest, TxnOffsetCommitRequest,
};
use protocol::record_types::group::{
    GroupKey, GroupValue, LegacyOffsetCommitKey, LegacyOffsetCommitValue, OffsetCommitKey,
    OffsetCommitValue,
};

use super::{CommitInTransaction, EndTransaction, FetchOffsets, Stability};
use crate::group::testing::{Bench, Commits, asked};
use crate::group::{Census, Counted, GroupRecord, GroupShard, TakeCensus};
use crate::machine::{Ending, Machine, Source};

const PRODUCER: ProducerId = ProducerId(7);
const HOUR_MS: u64 = 3_600_000;

fn commit(topic: &str, partition: i32, offset: i64) -> OffsetCommitRequest {
    OffsetCommitRequest {
        group_id: "g".into(),
        topics: vec![OffsetCommitRequestTopic {
            name: topic.into(),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: partition,
                committed_offset: offset,
                committed_metadata: Some("note".into()),
                ..OffsetCommitRequestPartition::default()
            }],
            ..OffsetCommitRequestTopic::default()
        }],
        ..OffsetCommitRequest::default()
    }
}

fn commit_pending(topic: &str, partition: i32, offset: i64) -> CommitInTransaction {
    let request = TxnOffsetCommitRequest {
        transactional_id: "t".into(),
        group_id: "g".into(),
        producer_id: PRODUCER.0,
        producer_epoch: 0,
        topics: vec![TxnOffsetCommitRequestTopic {
            name: topic.into(),
            partitions: vec![TxnOffsetCommitRequestPartition {
                partition_index: partition,
                committed_offset: offset,
                ..TxnOffsetCommitRequestPartition::default()
            }],
            ..TxnOffsetCommitRequestTopic::default()
        }],
        ..TxnOffsetCommitRequest::default()
    };
    CommitInTransaction { asked: asked(3, request), guard: None }
}

fn fetch(stability: Stability, topic: &str, partition: i32) -> FetchOffsets {
    let topics = vec![OffsetFetchRequestTopics {
        name: topic.into(),
        partition_indexes: vec![partition],
        ..OffsetFetchRequestTopics::default()
    }];
    let group = OffsetFetchRequestGroup {
        group_id: "g".into(),
        topics: Some(topics),
        ..OffsetFetchRequestGroup::default()
    };
    FetchOffsets { group, stability }
}

fn delete(topic: &str, partition: i32) -> OffsetDeleteRequest {
    OffsetDeleteRequest {
        group_id: "g".into(),
        topics: vec![OffsetDeleteRequestTopic {
            name: topic.into(),
            partitions: vec![OffsetDeleteRequestPartition { partition_index: partition }],
        }],
    }
}

/// What is committed, or the error that is said instead.
fn committed(bench: &mut Bench, stability: Stability, partition: i32) -> Result<i64, ErrorCode> {
    let reply = bench.call(asked(9, fetch(stability, "orders", partition)));
    let partition = &reply.topics[0].partitions[0];
    match ErrorCode::from_code(partition.error_code) {
        ErrorCode::None => Ok(partition.committed_offset),
        code => Err(code),
    }
}

fn commit_code(bench: &mut Bench, version: i16, request: OffsetCommitRequest) -> ErrorCode {
    let pending = bench.ask(asked(version, request));
    match bench.reply(&pending).expect("an answer") {
        Ok(reply) => ErrorCode::from_code(reply.topics[0].partitions[0].error_code),
        Err(code) => code,
    }
}

fn end(bench: &mut Bench, ending: Ending) {
    bench.call(EndTransaction {
        producer: PRODUCER,
        epoch: ProducerEpoch(0),
        ending,
        coordinator_epoch: 0,
        transaction_version: 0,
    });
    // What a marker did is seen by replay as well.
    bench.reload();
}

#[test]
fn a_commit_without_a_member_is_read_back_and_survives_a_reload() {
    let mut bench = Bench::new();
    assert_eq!(commit_code(&mut bench, 9, commit("orders", 1, 42)), ErrorCode::None);
    assert_eq!(committed(&mut bench, Stability::Any, 1), Ok(42));
    assert_eq!(committed(&mut bench, Stability::Any, 2), Ok(-1));
    bench.compact();
    bench.reload();
    assert_eq!(committed(&mut bench, Stability::Any, 1), Ok(42));
    let all = FetchOffsets {
        group: OffsetFetchRequestGroup {
            group_id: "g".into(),
            topics: None,
            ..OffsetFetchRequestGroup::default()
        },
        stability: Stability::Any,
    };
    let reply = bench.call(asked(8, all));
    assert_eq!(reply.topics.len(), 1);
    assert_eq!(reply.topics[0].partitions[0].metadata.as_deref(), Some("note"));
}

#[test]
fn a_member_of_a_group_that_is_not_there_is_told_in_the_words_of_its_version() {
    let mut bench = Bench::new();
    let request =
        OffsetCommitRequest { generation_id_or_member_epoch: 3, ..commit("orders", 0, 1) };
    assert_eq!(commit_code(&mut bench, 9, request.clone()), ErrorCode::GroupIdNotFound);
    assert_eq!(commit_code(&mut bench, 8, request.clone()), ErrorCode::IllegalGeneration);
    commit_code(&mut bench, 9, commit("orders", 0, 1));
    assert_eq!(commit_code(&mut bench, 9, request), ErrorCode::UnknownMemberId);
}

#[test]
fn a_note_that_is_too_long_spoils_its_own_partition_only() {
    let mut bench = Bench::with(&[("offset.metadata.max.bytes", "4")]);
    let mut request = commit("orders", 0, 5);
    let mut second = request.topics[0].partitions[0].clone();
    second.partition_index = 1;
    second.committed_metadata = Some("notes".into());
    request.topics[0].partitions.push(second);
    let reply = bench.call(asked(9, request));
    let codes: Vec<i16> =
        reply.topics[0].partitions.iter().map(|partition| partition.error_code).collect();
    assert_eq!(codes, [0, ErrorCode::OffsetMetadataTooLarge.code()]);
    assert_eq!(committed(&mut bench, Stability::Any, 0), Ok(5));
    assert_eq!(committed(&mut bench, Stability::Any, 1), Ok(-1));
}

#[test]
fn an_offset_is_written_as_apache_writes_it() {
    let mut bench = Bench::new();
    bench.new_records();
    bench.call(asked(9, commit("orders", 0, 5)));
    bench.call(asked(4, OffsetCommitRequest { retention_time_ms: 100, ..commit("orders", 1, 6) }));
    let versions: Vec<i16> =
        bench.new_records().into_iter().map(|record| record.value.expect("a value").1).collect();
    assert_eq!(versions, [4, 1]);
}

#[test]
fn kip_447_an_offset_of_an_open_transaction_is_not_stable() {
    let mut bench = Bench::new();
    bench.call(asked(9, commit("orders", 0, 5)));
    bench.call(commit_pending("orders", 0, 9));
    let unstable = Err(ErrorCode::UnstableOffsetCommit);
    assert_eq!(committed(&mut bench, Stability::Required, 0), unstable);
    assert_eq!(committed(&mut bench, Stability::Any, 0), Ok(5));
    bench.reload();
    assert_eq!(committed(&mut bench, Stability::Required, 0), unstable);
    end(&mut bench, Ending::Commit);
    assert_eq!(committed(&mut bench, Stability::Required, 0), Ok(9));
}

#[test]
fn an_aborted_transaction_leaves_what_was_committed() {
    let mut bench = Bench::new();
    bench.call(asked(9, commit("orders", 0, 5)));
    bench.call(commit_pending("orders", 0, 9));
    end(&mut bench, Ending::Abort);
    assert_eq!(committed(&mut bench, Stability::Required, 0), Ok(5));
}

#[test]
fn a_plain_commit_after_the_transactions_own_holds_against_its_marker() {
    let mut bench = Bench::new();
    bench.call(commit_pending("orders", 0, 9));
    bench.call(asked(9, commit("orders", 0, 20)));
    end(&mut bench, Ending::Commit);
    assert_eq!(committed(&mut bench, Stability::Required, 0), Ok(20));
}

#[test]
fn a_deleted_offset_takes_along_what_a_transaction_has_written() {
    let mut bench = Bench::new();
    bench.call(asked(9, commit("orders", 0, 5)));
    bench.call(commit_pending("orders", 0, 9));
    bench.call(asked(0, delete("orders", 0)));
    assert_eq!(committed(&mut bench, Stability::Required, 0), Ok(-1));
    end(&mut bench, Ending::Commit);
    assert_eq!(committed(&mut bench, Stability::Required, 0), Ok(-1));
}

#[test]
fn offsets_of_an_unknown_group_cannot_be_deleted() {
    let mut bench = Bench::new();
    let pending = bench.ask(asked(0, delete("orders", 0)));
    assert_eq!(bench.reply(&pending).expect("an answer").err(), Some(ErrorCode::GroupIdNotFound));
}

#[test]
fn offsets_that_nobody_renews_expire_and_their_group_with_them() {
    let mut bench = Bench::with(&[("offsets.retention.minutes", "120")]);
    bench.call(asked(9, commit("orders", 0, 5)));
    bench.advance_ms(HOUR_MS);
    bench.call(asked(9, commit("orders", 1, 6)));
    bench.advance_ms(HOUR_MS + 600_000);
    assert_eq!(committed(&mut bench, Stability::Any, 0), Ok(-1));
    assert_eq!(committed(&mut bench, Stability::Any, 1), Ok(6));
    bench.advance_ms(2 * HOUR_MS);
    assert_eq!(committed(&mut bench, Stability::Any, 1), Ok(-1));
    assert!(!bench.machine().is_simple_group("g"));
    let last = bench.records().pop().expect("records").1;
    assert!(matches!(last.key, GroupKey::GroupMetadata(_)) && last.value.is_none());
}

#[test]
fn an_offset_that_says_how_long_it_holds_expires_then() {
    let mut bench = Bench::new();
    let retention_time_ms = HOUR_MS as i64;
    bench.call(asked(3, OffsetCommitRequest { retention_time_ms, ..commit("orders", 0, 5) }));
    bench.call(asked(3, commit("orders", 1, 5)));
    bench.advance_ms(2 * HOUR_MS);
    assert_eq!(committed(&mut bench, Stability::Any, 0), Ok(-1));
    assert_eq!(committed(&mut bench, Stability::Any, 1), Ok(5));
}

#[test]
fn an_offset_with_an_open_transaction_never_expires() {
    let mut bench = Bench::with(&[("offsets.retention.minutes", "1")]);
    bench.call(asked(9, commit("orders", 0, 5)));
    bench.call(commit_pending("orders", 0, 9));
    bench.advance_ms(HOUR_MS);
    assert_eq!(committed(&mut bench, Stability::Any, 0), Ok(5));
    end(&mut bench, Ending::Abort);
    bench.advance_ms(HOUR_MS);
    assert_eq!(committed(&mut bench, Stability::Any, 0), Ok(-1));
}

#[test]
fn the_offsets_of_a_deleted_topic_go_and_those_of_its_successor_stay() {
    let mut bench = Bench::new();
    let old = bench.topic("orders", 2);
    let with_id = |id: Uuid, partition, offset| {
        let mut request = commit("orders", partition, offset);
        request.topics[0].topic_id = id;
        request
    };
    bench.call(asked(10, with_id(old, 0, 5)));
    bench.call(asked(10, with_id(Uuid::from_random(0x5eed << 64 | 0x5eed).expect("an id"), 1, 6)));
    bench.call(commit_pending("orders", 2, 9));
    bench.delete_topic("orders");
    assert_eq!(committed(&mut bench, Stability::Required, 0), Ok(-1));
    assert_eq!(committed(&mut bench, Stability::Required, 1), Ok(6));
    assert_eq!(committed(&mut bench, Stability::Required, 2), Ok(-1));
}

#[test]
fn a_topic_with_more_offsets_than_a_batch_holds_takes_them_all_along() {
    let mut bench = Bench::new();
    bench.topic("orders", 1);
    for round in 0..100 {
        let mut request = commit("orders", 0, 5);
        let one = request.topics[0].partitions[0].clone();
        let numbered = (0..500).map(|number| OffsetCommitRequestPartition {
            partition_index: round * 500 + number,
            ..one.clone()
        });
        request.topics[0].partitions = numbered.collect();
        bench.call(asked(9, request));
    }
    bench.delete_topic("orders");
    bench.reload();
    for partition in [0, 25_000, 49_999] {
        assert_eq!(committed(&mut bench, Stability::Any, partition), Ok(-1));
    }
}

#[test]
fn the_end_of_a_transaction_does_not_bring_back_a_group_that_was_deleted() {
    let mut bench = Bench::new();
    bench.call(commit_pending("orders", 0, 9));
    let request = DeleteGroupsRequest { groups_names: vec!["g".into()], ..Default::default() };
    assert_eq!(bench.call(asked(2, request)).results[0].error_code, 0);
    end(&mut bench, Ending::Commit);
    assert!(!bench.machine().is_simple_group("g"));
}

#[test]
fn an_offset_is_not_shown_to_who_asks_for_another_topic_of_that_name() {
    let mut bench = Bench::new();
    let old = bench.topic("orders", 1);
    let mut request = commit("orders", 0, 5);
    request.topics[0].topic_id = old;
    bench.call(asked(10, request));
    let mut other = fetch(Stability::Any, "orders", 0);
    other.group.topics.as_mut().expect("topics")[0].topic_id =
        Uuid::from_random(0x5eed << 64 | 0x5eed).expect("an id");
    assert_eq!(bench.call(asked(10, other)).topics[0].partitions[0].committed_offset, -1);
}

#[test]
fn offsets_of_brokers_before_0_9_and_without_a_topic_id_are_read() {
    let mut shard = GroupShard::default();
    let source = |offset| Source { offset: Offset(offset), timestamp: WallMs(0), producer: None };
    let key = LegacyOffsetCommitKey { group: "g".into(), topic: "orders".into(), partition: 0 };
    let value = LegacyOffsetCommitValue {
        offset: 11,
        commit_timestamp: 5,
        ..LegacyOffsetCommitValue::default()
    };
    let legacy = GroupRecord::new(
        GroupKey::LegacyOffsetCommit(key),
        GroupValue::LegacyOffsetCommit(value),
        0,
    );
    shard.apply(&round_trip(&legacy), source(0));
    let key = OffsetCommitKey { group: "g".into(), topic: "orders".into(), partition: 1 };
    for version in 0..=4 {
        let value = OffsetCommitValue {
            offset: 20 + i64::from(version),
            commit_timestamp: 5,
            ..OffsetCommitValue::default()
        };
        let key = GroupKey::OffsetCommit(key.clone());
        let record = GroupRecord::new(key, GroupValue::OffsetCommit(value), version);
        shard.apply(&round_trip(&record), source(1 + i64::from(version)));
    }
    let offsets = shard.offsets.group("g").expect("a group");
    assert_eq!(offsets.get("orders", 0).expect("an offset").offset, 11);
    assert_eq!(offsets.get("orders", 1).expect("an offset").offset, 24);
}

fn round_trip(record: &GroupRecord) -> GroupRecord {
    let (key, value) = record.encode().expect("a record that can be written");
    GroupRecord::decode(key, value).expect("a readable record").expect("a known kind")
}

#[test]
fn commits_deletions_and_expirations_are_counted_once_they_have_committed() {
    let mut bench = Bench::new();
    bench.topic("orders", 3);
    bench.set_commits(Commits::Held);
    let pending = bench.ask(asked(9, commit("orders", 0, 1)));
    assert!(bench.counted.is_empty() && !bench.is_answered(&pending));
    bench.commit();
    assert_eq!(bench.counted, [Counted::OffsetCommits(1)]);

    bench.set_commits(Commits::AtOnce);
    bench.call(asked(9, commit("orders", 1, 1)));
    bench.call(asked(9, commit("orders", 1, 2)));
    let census = bench.call(TakeCensus);
    assert_eq!((census.offsets, census.groups[&("classic", "Empty")]), (2, 1));

    bench.counted.clear();
    bench.call(asked(0, delete("orders", 0)));
    assert_eq!(bench.counted, [Counted::OffsetDeletions(1)]);
    bench.counted.clear();
    bench.advance_ms(9 * 24 * HOUR_MS);
    assert!(bench.counted.contains(&Counted::OffsetExpirations(1)), "{:?}", bench.counted);
    assert_eq!(bench.call(TakeCensus), Census::default());
}
