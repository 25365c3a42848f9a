//! Groups that are loaded from the log, and what is not in it.

use base::ErrorCode;
use bytes::Bytes;
use protocol::record_types::group::group_metadata_value::MemberMetadata;
use protocol::record_types::group::{GroupKey, GroupMetadataKey, GroupMetadataValue, GroupValue};

use super::{GROUP, Room, code, joiner, subscription};
use crate::group::GroupRecord;

#[test]
fn sessions_begin_anew_where_a_group_is_loaded() {
    let mut room = Room::new();
    let ids = room.stable(2);
    room.bench.advance_ms(9_000);
    room.reload();
    room.bench.advance_ms(9_999);
    assert_eq!(room.heartbeat(&ids[0], 1), ErrorCode::None);
    assert_eq!(room.state(), "Stable");
    room.bench.advance_ms(1);
    assert_eq!(room.state(), "PreparingRebalance");
}

#[test]
fn members_go_on_with_the_generation_that_was_loaded() {
    let mut room = Room::new();
    let ids = room.stable(2);
    room.reload();
    assert_eq!(room.heartbeat(&ids[1], 1), ErrorCode::None);
    assert_eq!(room.sync_now(&ids[1], 1).assignment, "1");
    let again = room.join_now(&joiner(&ids[1]));
    assert_eq!((again.generation_id, &again.leader), (1, &ids[0]));
}

#[test]
fn a_member_with_more_protocols_than_the_record_tells_lets_the_group_rebalance() {
    let mut room = Room::new();
    let topics: &[&str] = &["topic"];
    let both = [("range", topics), ("sticky", topics)];
    let ids = [room.new_id(), room.new_id()];
    let ids = room.settle(&[joiner(&ids[0]).protocols(&both), joiner(&ids[1]).protocols(&both)]);
    room.reload();
    let joins = room.join(&joiner(&ids[1]).protocols(&both));
    assert!(!room.bench.is_answered(&joins));
    assert_eq!(room.state(), "PreparingRebalance");
}

#[test]
fn a_rebalance_that_was_going_on_is_forgotten() {
    let mut room = Room::new();
    let ids = room.stable(1);
    let before = room.describe();
    let other = room.new_id();
    room.join(&joiner(&other));
    room.bench.reload();
    assert_eq!(room.describe(), before);
    let response = room.join_now(&joiner(&other));
    assert_eq!(code(response.error_code), ErrorCode::UnknownMemberId);
    assert_eq!(room.heartbeat(&ids[0], 1), ErrorCode::None);
}

#[test]
fn a_group_that_has_become_too_large_rebalances_when_it_is_loaded() {
    let mut room = Room::new();
    let ids = room.stable(3);
    let smaller = Room::with(&[("group.initial.rebalance.delay.ms", "0"), ("group.max.size", "2")]);
    room.bench.config = smaller.bench.config;
    room.bench.reload();
    assert_eq!(room.state(), "PreparingRebalance");
    let one = room.join(&joiner(&ids[0]));
    let two = room.join(&joiner(&ids[1]));
    let three = room.join_now(&joiner(&ids[2]));
    assert_eq!(code(three.error_code), ErrorCode::GroupMaxSizeReached);
    room.bench.advance_ms(60_000);
    assert_eq!(room.bench.answer(&one).generation_id, 2);
    assert_eq!(room.bench.answer(&two).generation_id, 2);
}

#[test]
fn a_loaded_group_does_not_begin_at_generation_0_again() {
    let mut room = Room::new();
    let id = room.stable(1).remove(0);
    room.leave(&[(&id, None)]);
    assert_eq!(room.written().len(), 3, "created, stable, empty");
    room.reload();
    let id = room.new_id();
    assert!(room.written().is_empty(), "it is not created once more");
    let (leader, _) = room.complete(&[joiner(&id)]);
    assert_eq!(leader.generation_id, 3);
}

#[test]
fn records_of_old_brokers_are_read() {
    let mut room = Room::new();
    let member = MemberMetadata {
        member_id: "old".into(),
        client_id: "client".into(),
        client_host: "/10.0.0.1".into(),
        // Version 0 does not have it.
        rebalance_timeout: -1,
        session_timeout: 7_000,
        subscription: subscription(&["topic"]),
        assignment: Bytes::from_static(b"everything"),
        ..MemberMetadata::default()
    };
    let value = GroupMetadataValue {
        protocol_type: "consumer".into(),
        generation: 5,
        protocol: Some("range".into()),
        leader: Some("old".into()),
        members: vec![member],
        ..GroupMetadataValue::default()
    };
    let key = GroupKey::GroupMetadata(GroupMetadataKey { group: GROUP.into() });
    for version in 0..=4 {
        let mut value = value.clone();
        if version >= 1 {
            value.members[0].rebalance_timeout = 7_000;
        }
        room.bench.write(&GroupRecord::new(key.clone(), GroupValue::GroupMetadata(value), version));
        room.bench.reload();
        let group = room.describe();
        assert_eq!(group.group_state, "Stable", "version {version}");
        assert_eq!(group.members[0].member_assignment, "everything");
        assert_eq!(room.heartbeat("old", 5), ErrorCode::None);
    }
}

#[test]
fn a_record_that_contradicts_itself_does_no_harm() {
    let mut room = Room::new();
    let member = |id: &str, instance: Option<&str>| MemberMetadata {
        member_id: id.into(),
        group_instance_id: instance.map(Into::into),
        session_timeout: -5,
        rebalance_timeout: -7,
        ..MemberMetadata::default()
    };
    let value = GroupMetadataValue {
        protocol_type: "consumer".into(),
        generation: i32::MAX,
        protocol: None,
        leader: Some("nobody".into()),
        members: vec![member("a", Some("i")), member("b", Some("i")), member("a", None)],
        ..GroupMetadataValue::default()
    };
    let key = GroupKey::GroupMetadata(GroupMetadataKey { group: GROUP.into() });
    room.bench.write(&GroupRecord::new(key, GroupValue::GroupMetadata(value), 3));
    room.bench.reload();
    room.describe();
    room.bench.advance_ms(500_000);
    assert_eq!(room.state(), "Empty");
    room.reload();
}
