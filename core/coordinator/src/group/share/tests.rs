//! Stories of share groups.

use base::{ErrorCode, Str};
use protocol::messages::alter_share_group_offsets_request::{
    AlterShareGroupOffsetsRequestPartition, AlterShareGroupOffsetsRequestTopic,
};
use protocol::messages::delete_share_group_offsets_request::DeleteShareGroupOffsetsRequestTopic;
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::share_group_heartbeat_response::ShareGroupHeartbeatResponse;
use protocol::messages::{
    AlterShareGroupOffsetsRequest, DeleteShareGroupOffsetsRequest, OffsetCommitRequest,
    ShareGroupDescribeRequest, ShareGroupHeartbeatRequest,
};

use super::*;
use crate::group::testing::{Bench, asked, asked_by};

fn heartbeat(member: &str, epoch: i32, topics: Option<&[&str]>) -> ShareGroupHeartbeatRequest {
    ShareGroupHeartbeatRequest {
        group_id: "g".into(),
        member_id: member.into(),
        member_epoch: epoch,
        rack_id: None,
        subscribed_topic_names: topics
            .map(|topics| topics.iter().map(|topic| Str::from(*topic)).collect()),
        ..ShareGroupHeartbeatRequest::default()
    }
}

fn beat(
    bench: &mut Bench,
    member: &str,
    epoch: i32,
    topics: Option<&[&str]>,
) -> ShareGroupHeartbeatResponse {
    bench.call(asked(1, heartbeat(member, epoch, topics))).response
}

/// Joins, has the state of the partitions initialised, and beats until they are assigned.
fn join(bench: &mut Bench, member: &str, topics: &[&str]) -> ShareGroupHeartbeatResponse {
    let joined = bench.call(asked(1, heartbeat(member, 0, Some(topics))));
    assert_eq!(joined.response.error_code, 0, "{:?}", joined.response.error_message);
    let Some(initialize) = joined.initialize else { return joined.response };
    let partitions = initialize.topics.iter();
    let partitions = partitions.map(|topic| {
        (topic.topic_id, topic.partitions.iter().map(|partition| partition.partition).collect())
    });
    let told = ShareStateOutcome {
        group_id: "g".into(),
        partitions: partitions.collect(),
        outcome: StateOutcome::Initialized,
    };
    bench.call(told);
    bench.advance_ms(1_000);
    beat(bench, member, joined.response.member_epoch, None)
}

fn assigned(response: &ShareGroupHeartbeatResponse) -> usize {
    let assignment = response.assignment.as_ref().expect("an assignment");
    assignment.topic_partitions.iter().map(|topic| topic.partitions.len()).sum()
}

fn described(bench: &mut Bench) -> DescribedGroup {
    let request = ShareGroupDescribeRequest { group_ids: vec!["g".into()], ..Default::default() };
    bench.call(asked(1, request)).groups.remove(0)
}

#[test]
fn a_member_is_assigned_partitions_once_their_state_is_initialised() {
    let mut bench = Bench::new();
    let topic = bench.topic("t", 3);
    let joined = bench.call(asked(1, heartbeat("m", 0, Some(&["t"]))));
    assert_eq!(joined.response.member_epoch, 2);
    assert_eq!(joined.response.heartbeat_interval_ms, 5_000);
    assert_eq!(assigned(&joined.response), 0, "nothing is initialised yet");
    let initialize = joined.initialize.expect("a state to initialise");
    assert_eq!(initialize.topics[0].topic_id, topic);
    assert_eq!(initialize.topics[0].partitions.len(), 3);
    assert_eq!(initialize.topics[0].partitions[0].start_offset, -1);
    assert_eq!(initialize.topics[0].partitions[0].state_epoch, 2);

    // While the state is being initialised it is not asked for again, until that takes too long.
    let again = bench.call(asked(1, heartbeat("m", 2, None)));
    assert!(again.initialize.is_none() && again.response.assignment.is_none());
    bench.advance_ms(30_000);
    let late = bench.call(asked(1, heartbeat("m", 2, None)));
    assert!(late.initialize.is_some());

    bench.call(ShareStateOutcome {
        group_id: "g".into(),
        partitions: [(topic, (0..3).collect())].into(),
        outcome: StateOutcome::Initialized,
    });
    let ready = beat(&mut bench, "m", 2, None);
    assert_eq!((ready.member_epoch, assigned(&ready)), (3, 3));
    // A heartbeat without news carries no assignment.
    assert!(beat(&mut bench, "m", 3, None).assignment.is_none());
}

#[test]
fn two_members_consume_one_partition() {
    let mut bench = Bench::new();
    bench.topic("t", 1);
    assert_eq!(assigned(&join(&mut bench, "a", &["t"])), 1);
    bench.advance_ms(1_000);
    assert_eq!(assigned(&join(&mut bench, "b", &["t"])), 1);
    let described = described(&mut bench);
    assert_eq!(described.group_state.as_str(), "Stable");
    assert_eq!(described.assignor_name.as_str(), "simple");
    assert_eq!(described.members.len(), 2);
    assert_eq!(described.members[1].assignment.topic_partitions[0].topic_name.as_str(), "t");
}

#[test]
fn assignments_keep_the_interval_that_is_configured() {
    let mut bench = Bench::new();
    bench.topic("t", 4);
    let first = join(&mut bench, "a", &["t"]);
    let joined = beat(&mut bench, "b", 0, Some(&["t"]));
    assert_eq!(assigned(&joined), 0, "an assignment was made a moment ago");
    bench.advance_ms(1_000);
    let later = beat(&mut bench, "b", joined.member_epoch, None);
    assert_eq!(assigned(&later), 2);
    let moved = beat(&mut bench, "a", first.member_epoch, None);
    assert_eq!(assigned(&moved), 2);
}

#[test]
fn the_epoch_before_is_let_pass_and_others_are_fenced() {
    let mut bench = Bench::new();
    bench.topic("t", 1);
    let ready = join(&mut bench, "m", &["t"]);
    assert_eq!(ready.member_epoch, 3);
    // The reply with epoch 3 was lost.
    assert_eq!(beat(&mut bench, "m", 2, None).error_code, 0);
    let fenced = beat(&mut bench, "m", 7, None);
    assert_eq!(fenced.error_code, ErrorCode::FencedMemberEpoch.code());
    let unknown = beat(&mut bench, "other", 2, None);
    assert_eq!(unknown.error_code, ErrorCode::UnknownMemberId.code());
    assert_eq!(unknown.error_message.as_deref(), Some("Member other is not a member of group g."));
}

#[test]
fn a_member_that_is_not_heard_of_is_gone() {
    let mut bench = Bench::new();
    bench.topic("t", 2);
    join(&mut bench, "m", &["t"]);
    bench.advance_ms(44_999);
    assert_eq!(described(&mut bench).members.len(), 1);
    bench.advance_ms(1);
    let group = described(&mut bench);
    assert_eq!((group.group_state.as_str(), group.members.len()), ("Empty", 0));
    assert_eq!(group.group_epoch, 4);
}

#[test]
fn a_member_leaves_and_the_others_get_what_it_had() {
    let mut bench = Bench::new();
    bench.topic("t", 2);
    join(&mut bench, "a", &["t"]);
    bench.advance_ms(1_000);
    let b = join(&mut bench, "b", &["t"]);
    let left = beat(&mut bench, "a", -1, None);
    assert_eq!((left.error_code, left.member_epoch), (0, -1));
    bench.advance_ms(1_000);
    assert_eq!(assigned(&beat(&mut bench, "b", b.member_epoch, None)), 2);
}

#[test]
fn requests_that_make_no_sense_are_told_why() {
    let mut bench = Bench::new();
    let mut wrong = |request: ShareGroupHeartbeatRequest, message: &str| {
        let reply = bench.call(asked(1, request)).response;
        assert_eq!(reply.error_code, ErrorCode::InvalidRequest.code());
        assert_eq!(reply.error_message.as_deref(), Some(message));
    };
    wrong(heartbeat("", 0, Some(&["t"])), "MemberId can't be empty.");
    wrong(heartbeat("m", 0, None), "SubscribedTopicNames must be set in first request.");
    wrong(heartbeat("m", 0, Some(&[])), "SubscribedTopicNames must be set in first request.");
    wrong(heartbeat("m", -2, None), "MemberEpoch is invalid.");
    let unknown = bench.call(asked(1, heartbeat("m", 3, None))).response;
    assert_eq!(unknown.error_code, ErrorCode::GroupIdNotFound.code());
    assert_eq!(unknown.error_message.as_deref(), Some("Share group g not found."));
}

#[test]
fn a_full_group_takes_nobody_else() {
    let mut bench = Bench::with(&[("group.share.max.size", "1")]);
    bench.topic("t", 1);
    join(&mut bench, "a", &["t"]);
    let refused = beat(&mut bench, "b", 0, Some(&["t"]));
    assert_eq!(refused.error_code, ErrorCode::GroupMaxSizeReached.code());
    assert_eq!(beat(&mut bench, "a", 3, None).error_code, 0);
}

#[test]
fn a_topic_that_grows_is_initialised_and_assigned_further() {
    let mut bench = Bench::new();
    bench.topic("t", 1);
    let ready = join(&mut bench, "m", &["t"]);
    bench.grow_topic("t", 3);
    let grown = bench.call(asked(1, heartbeat("m", ready.member_epoch, None)));
    let initialize = grown.initialize.expect("new partitions");
    let partitions: Vec<i32> =
        initialize.topics[0].partitions.iter().map(|partition| partition.partition).collect();
    assert_eq!(partitions, [1, 2]);
}

#[test]
fn a_topic_that_is_deleted_is_forgotten() {
    let mut bench = Bench::new();
    bench.topic("t", 1);
    join(&mut bench, "m", &["t"]);
    bench.delete_topic("t");
    let of = SharePartitionsOf { group_id: "g".into() };
    assert!(bench.call(of).partitions.is_empty());
    let group = bench.machine().share_group("g").expect("the group");
    assert_eq!(group.state, Some(StatePartitions::default()));
}

#[test]
fn another_broker_loads_the_same_group() {
    let mut bench = Bench::new();
    bench.topic("t", 3);
    let ready = bench.call(asked_by("the client", 1, heartbeat("m", 0, Some(&["t"]))));
    assert_eq!(ready.response.error_code, 0);
    join(&mut bench, "n", &["t"]);
    let before = described(&mut bench);
    bench.compact();
    bench.reload();
    assert_eq!(described(&mut bench), before);
    assert_eq!(before.members[0].client_id.as_str(), "the client");
    // Sessions begin anew.
    bench.advance_ms(45_000);
    assert!(described(&mut bench).members.is_empty());
}

fn alter<const N: usize>(offsets: [(i32, i64); N]) -> AlterShareGroupOffsetsRequest {
    AlterShareGroupOffsetsRequest {
        group_id: "g".into(),
        topics: vec![AlterShareGroupOffsetsRequestTopic {
            topic_name: "t".into(),
            partitions: offsets
                .map(|(partition_index, start_offset)| AlterShareGroupOffsetsRequestPartition {
                    partition_index,
                    start_offset,
                    ..Default::default()
                })
                .into(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

#[test]
fn an_id_with_committed_offsets_is_no_share_group() {
    let mut bench = Bench::new();
    bench.topic("t", 2);
    let commit = OffsetCommitRequest {
        group_id: "g".into(),
        topics: vec![OffsetCommitRequestTopic {
            name: "t".into(),
            partitions: vec![OffsetCommitRequestPartition::default()],
            ..Default::default()
        }],
        ..Default::default()
    };
    let committed = bench.call(asked(9, commit));
    assert_eq!(committed.topics[0].partitions[0].error_code, 0);

    let is_refused = |code: i16, message: Option<Str>| {
        assert_eq!(ErrorCode::from_code(code), ErrorCode::GroupIdNotFound);
        assert_eq!(message.as_deref(), Some("Group g is not a share group."));
    };
    let altered = bench.call(asked(0, alter([(0, 17)])));
    is_refused(altered.response.error_code, altered.response.error_message);
    let joined = beat(&mut bench, "m", 0, Some(&["t"]));
    is_refused(joined.error_code, joined.error_message);
    let described = described(&mut bench);
    is_refused(described.error_code, described.error_message);
}

#[test]
fn offsets_are_altered_and_deleted_only_while_nobody_consumes() {
    let mut bench = Bench::new();
    let topic = bench.topic("t", 2);
    let alter = || alter([(0, 17), (5, 3)]);
    let delete = || DeleteShareGroupOffsetsRequest {
        group_id: "g".into(),
        topics: ["t", "unknown"]
            .map(|name| DeleteShareGroupOffsetsRequestTopic {
                topic_name: name.into(),
                ..Default::default()
            })
            .into(),
        ..Default::default()
    };
    let altered = bench.call(asked(0, alter()));
    assert_eq!(altered.response.responses[0].topic_id, topic);
    let codes: Vec<i16> =
        altered.response.responses[0].partitions.iter().map(|p| p.error_code).collect();
    assert_eq!(codes, [0, ErrorCode::UnknownTopicOrPartition.code()]);
    let initialize = altered.initialize.expect("a state to initialise");
    assert_eq!(initialize.topics[0].partitions[0].start_offset, 17);
    bench.call(ShareStateOutcome {
        group_id: "g".into(),
        partitions: [(topic, [0].into())].into(),
        outcome: StateOutcome::Initialized,
    });

    let joined = bench.call(asked(1, heartbeat("m", 0, Some(&["t"]))));
    assert_eq!(
        joined.initialize.expect("the other partition").topics[0].partitions[0].partition,
        1
    );
    let refused = bench.call(asked(0, alter()));
    assert_eq!(refused.response.error_code, ErrorCode::NonEmptyGroup.code());
    let refused = bench.call(asked(0, delete()));
    assert_eq!(refused.refusal.expect("a refusal").0, ErrorCode::NonEmptyGroup);
    assert!(matches!(
        bench.call(DeleteShareGroup { group_id: "g".into() }),
        ShareGroupDeletion::NonEmpty
    ));

    beat(&mut bench, "m", -1, None);
    let deleting = bench.call(asked(0, delete()));
    assert_eq!(deleting.failed.len(), 1);
    assert_eq!(deleting.delete.expect("a state to delete").topics[0].topic_id, topic);
    bench.call(CompleteDeleteShareOffsets { group_id: "g".into(), topics: [topic].into() });
    let again = bench.call(asked(0, delete()));
    assert_eq!(
        again.failed[0].error_message.as_deref(),
        Some("There is no offset information to delete.")
    );
}

#[test]
fn a_group_is_deleted_after_the_state_of_its_partitions() {
    let mut bench = Bench::new();
    let topic = bench.topic("t", 2);
    join(&mut bench, "m", &["t"]);
    beat(&mut bench, "m", -1, None);
    let ShareGroupDeletion::State(request) = bench.call(DeleteShareGroup { group_id: "g".into() })
    else {
        panic!("there is a state to delete");
    };
    assert_eq!(request.topics[0].topic_id, topic);
    assert_eq!(request.topics[0].partitions.len(), 2);
    assert!(matches!(
        bench.call(DeleteShareGroup { group_id: "none".into() }),
        ShareGroupDeletion::Nothing
    ));
}
