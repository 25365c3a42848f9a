//! Offsets of streams groups, and groups of other kinds under the same id.

use base::ErrorCode;
use protocol::messages::join_group_request::JoinGroupRequestProtocol;
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use protocol::messages::{JoinGroupRequest, OffsetCommitRequest, OffsetDeleteRequest};

use super::{Thread, bench, describe, stateless};
use crate::group::testing::{Bench, asked};
use crate::group::{FetchOffsets, Stability};

fn commit(
    bench: &mut Bench,
    member: &str,
    epoch: i32,
    version: i16,
    partition: i32,
) -> Result<(), ErrorCode> {
    let request = OffsetCommitRequest {
        group_id: "app".into(),
        member_id: member.into(),
        generation_id_or_member_epoch: epoch,
        topics: vec![OffsetCommitRequestTopic {
            name: "input".into(),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: partition,
                committed_offset: 42,
                ..OffsetCommitRequestPartition::default()
            }],
            ..OffsetCommitRequestTopic::default()
        }],
        ..OffsetCommitRequest::default()
    };
    let pending = bench.ask(asked(version, request));
    let reply = bench.reply(&pending).expect("an answer at once")?;
    match ErrorCode::from_code(reply.topics[0].partitions[0].error_code) {
        ErrorCode::None => Ok(()),
        code => Err(code),
    }
}

#[test]
fn a_member_commits_at_its_epoch_and_nobody_else_does() {
    let mut bench = bench();
    Thread::new("a", stateless()).beat(&mut bench);
    assert_eq!(commit(&mut bench, "a", 2, 9, 0), Ok(()));
    assert_eq!(commit(&mut bench, "a", 2, 8, 0), Err(ErrorCode::UnsupportedVersion));
    assert_eq!(commit(&mut bench, "a", 3, 9, 0), Err(ErrorCode::StaleMemberEpoch));
    assert_eq!(commit(&mut bench, "z", 2, 9, 0), Err(ErrorCode::UnknownMemberId));
    assert_eq!(commit(&mut bench, "", -1, 9, 0), Err(ErrorCode::UnknownMemberId));
}

#[test]
fn kip_1251_an_older_epoch_commits_what_the_member_has_had_since() {
    let mut bench = bench();
    let (mut a, mut b) = (Thread::new("a", stateless()), Thread::new("b", stateless()));
    a.beat(&mut bench);
    b.beat(&mut bench);
    a.beat(&mut bench);
    // What it has to give back is still its own.
    assert_eq!(commit(&mut bench, "a", 2, 9, 1), Ok(()));
    a.beat(&mut bench);
    b.beat(&mut bench);
    // At epoch 3 it has had 0_0 since epoch 2, and 0_1 no more.
    assert_eq!(commit(&mut bench, "a", 2, 9, 0), Ok(()));
    assert_eq!(commit(&mut bench, "a", 1, 9, 0), Err(ErrorCode::StaleMemberEpoch));
    assert_eq!(commit(&mut bench, "a", 2, 9, 1), Err(ErrorCode::StaleMemberEpoch));
    assert_eq!(commit(&mut bench, "b", 3, 9, 1), Ok(()));
}

#[test]
fn an_administrator_sets_offsets_of_a_group_without_members() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    thread.leave(&mut bench);
    assert_eq!(commit(&mut bench, "", -1, 9, 0), Ok(()));
    let fetch = |member: Option<&str>, epoch| FetchOffsets {
        group: OffsetFetchRequestGroup {
            group_id: "app".into(),
            member_id: member.map(Into::into),
            member_epoch: epoch,
            topics: None,
            ..OffsetFetchRequestGroup::default()
        },
        stability: Stability::Any,
    };
    let fetched = bench.call(asked(9, fetch(None, -1)));
    assert_eq!(fetched.topics[0].partitions[0].committed_offset, 42);
    thread.beat(&mut bench);
    let pending = bench.ask(asked(9, fetch(Some("a"), 1)));
    assert_eq!(bench.reply(&pending).unwrap().err(), Some(ErrorCode::StaleMemberEpoch));
    let pending = bench.ask(asked(9, fetch(Some("b"), 1)));
    assert_eq!(bench.reply(&pending).unwrap().err(), Some(ErrorCode::UnknownMemberId));
}

#[test]
fn offsets_of_topics_that_are_read_cannot_be_deleted() {
    use protocol::messages::offset_delete_request::{
        OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
    };
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    let request = OffsetDeleteRequest {
        group_id: "app".into(),
        topics: vec![OffsetDeleteRequestTopic {
            name: "input".into(),
            partitions: vec![OffsetDeleteRequestPartition::default()],
        }],
    };
    let delete = |bench: &mut Bench| {
        let reply = bench.call(asked(0, request.clone()));
        ErrorCode::from_code(reply.topics[0].partitions[0].error_code)
    };
    assert_eq!(delete(&mut bench), ErrorCode::GroupSubscribedToTopic);
    thread.leave(&mut bench);
    assert_eq!(delete(&mut bench), ErrorCode::None);
}

/// A consumer of the classic protocol joins without a member id, which version 3 allows.
fn join_classic(bench: &mut Bench) -> Result<(), ErrorCode> {
    let request = JoinGroupRequest {
        group_id: "app".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".into(),
            ..JoinGroupRequestProtocol::default()
        }],
        ..JoinGroupRequest::default()
    };
    let pending = bench.ask(asked(3, request));
    bench.advance_ms(5_000);
    match ErrorCode::from_code(bench.answer(&pending).error_code) {
        ErrorCode::None => Ok(()),
        code => Err(code),
    }
}

#[test]
fn a_classic_consumer_takes_the_place_of_an_empty_streams_group_and_the_other_way_round() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    assert_eq!(join_classic(&mut bench), Err(ErrorCode::InconsistentGroupProtocol));
    thread.leave(&mut bench);
    assert_eq!(commit(&mut bench, "", -1, 9, 0), Ok(()));
    assert_eq!(join_classic(&mut bench), Ok(()));
    let (code, reason) = thread.refused(&mut bench);
    assert_eq!(code, ErrorCode::GroupIdNotFound);
    assert_eq!(reason, "Group app is not a streams group.");

    // The consumer is silent, and gone.
    bench.advance_ms(60_000);
    thread.beat(&mut bench);
    assert_eq!(thread.active(), ["0_0", "0_1"]);
    bench.compact();
    bench.reload();
    assert_eq!(describe(&mut bench).members.len(), 1);
}

#[test]
fn a_streams_group_begins_where_only_offsets_are() {
    let mut bench = bench();
    assert_eq!(commit(&mut bench, "", -1, 9, 0), Ok(()));
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    assert_eq!(thread.active(), ["0_0", "0_1"]);
    bench.compact();
    bench.reload();
    assert_eq!(describe(&mut bench).members.len(), 1);
    assert_eq!(commit(&mut bench, "a", 2, 9, 0), Ok(()));
}
