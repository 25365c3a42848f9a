//! Who may commit and fetch offsets in a consumer group.

use base::ErrorCode;
use protocol::messages::OffsetCommitRequest;
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};

use super::{Consumer, GROUP, bench, settle};
use crate::group::testing::{Bench, asked};

fn commit(
    bench: &mut Bench,
    version: i16,
    (member, epoch): (&str, i32),
    (topic, partition): (&str, i32),
) -> ErrorCode {
    let topic_id = bench.image().topic(topic).map(|topic| topic.id).unwrap_or_default();
    let request = OffsetCommitRequest {
        group_id: GROUP.into(),
        member_id: member.into(),
        generation_id_or_member_epoch: epoch,
        topics: vec![OffsetCommitRequestTopic {
            name: topic.into(),
            topic_id,
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: partition,
                committed_offset: 7,
                ..OffsetCommitRequestPartition::default()
            }],
            ..OffsetCommitRequestTopic::default()
        }],
        ..OffsetCommitRequest::default()
    };
    let pending = bench.ask(asked(version, request));
    match bench.reply(&pending).expect("a commit is answered at once") {
        Ok(response) => ErrorCode::from_code(response.topics[0].partitions[0].error_code),
        Err(code) => code,
    }
}

#[test]
fn a_member_commits_in_its_epoch() {
    let mut bench = bench();
    bench.topic("orders", 2);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    assert_eq!(commit(&mut bench, 9, ("one", 2), ("orders", 0)), ErrorCode::None);
    assert_eq!(commit(&mut bench, 9, ("one", 3), ("orders", 0)), ErrorCode::StaleMemberEpoch);
    assert_eq!(commit(&mut bench, 8, ("one", 2), ("orders", 0)), ErrorCode::UnsupportedVersion);
    assert_eq!(commit(&mut bench, 9, ("two", 2), ("orders", 0)), ErrorCode::UnknownMemberId);
    assert_eq!(commit(&mut bench, 9, ("", -1), ("orders", 0)), ErrorCode::UnknownMemberId);
    one.leave(&mut bench, -1);
    assert_eq!(commit(&mut bench, 9, ("", -1), ("orders", 0)), ErrorCode::None);
}

#[test]
fn kip_1251_an_older_epoch_is_good_for_what_the_member_has_had_since() {
    let mut bench = bench();
    bench.topic("orders", 2);
    let (mut one, mut two) = (Consumer::new("one", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    assert_eq!((one.epoch, two.epoch), (3, 3));
    let (kept, given) = (one.owned.first().expect("one").1, two.owned.first().expect("one").1);
    assert_eq!(commit(&mut bench, 9, ("one", 2), ("orders", kept)), ErrorCode::None);
    assert_eq!(commit(&mut bench, 9, ("one", 2), ("orders", given)), ErrorCode::StaleMemberEpoch);
    assert_eq!(commit(&mut bench, 9, ("two", 2), ("orders", given)), ErrorCode::StaleMemberEpoch);
    assert_eq!(commit(&mut bench, 9, ("two", 3), ("orders", given)), ErrorCode::None);
    // It is in the log.
    bench.reload();
    assert_eq!(commit(&mut bench, 9, ("one", 2), ("orders", kept)), ErrorCode::None);
    assert_eq!(commit(&mut bench, 9, ("two", 2), ("orders", given)), ErrorCode::StaleMemberEpoch);
}

#[test]
fn kip_1251_what_is_to_be_given_back_may_still_be_committed() {
    let mut bench = bench();
    bench.topic("orders", 2);
    let (mut one, mut two) = (Consumer::new("one", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    one.heartbeat(&mut bench);
    assert_eq!((one.epoch, one.owned.len()), (2, 1));
    for partition in 0..2 {
        assert_eq!(commit(&mut bench, 9, ("one", 2), ("orders", partition)), ErrorCode::None);
    }
}
