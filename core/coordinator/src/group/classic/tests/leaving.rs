//! LeaveGroup, DeleteGroups, ListGroups.

use base::{ErrorCode, Str};
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, LeaveGroupRequest, ListGroupsRequest,
    OffsetCommitRequest,
};

use super::{GROUP, Room, code, joiner};
use crate::group::testing::asked;

fn codes(response: &protocol::messages::LeaveGroupResponse) -> Vec<ErrorCode> {
    assert_eq!(response.error_code, 0);
    response.members.iter().map(|member| code(member.error_code)).collect()
}

fn commit(room: &mut Room, group: &str) {
    if room.bench.image().topic("topic").is_none() {
        room.bench.topic("topic", 1);
    }
    let partition = OffsetCommitRequestPartition { committed_offset: 7, ..Default::default() };
    let topic = OffsetCommitRequestTopic {
        name: "topic".into(),
        partitions: vec![partition],
        ..OffsetCommitRequestTopic::default()
    };
    let request = OffsetCommitRequest {
        group_id: group.into(),
        generation_id_or_member_epoch: -1,
        topics: vec![topic],
        ..OffsetCommitRequest::default()
    };
    let response = room.bench.call(asked(8, request));
    assert_eq!(response.topics[0].partitions[0].error_code, 0);
}

fn delete(room: &mut Room, group: &str) -> ErrorCode {
    let groups_names = vec![Str::from(group)];
    let request = DeleteGroupsRequest { groups_names, ..DeleteGroupsRequest::default() };
    code(room.bench.call(asked(2, request)).results[0].error_code)
}

fn list(room: &mut Room, states: &[&str], types: &[&str]) -> Vec<(String, String, String)> {
    let request = ListGroupsRequest {
        states_filter: states.iter().map(|state| Str::from(*state)).collect(),
        types_filter: types.iter().map(|kind| Str::from(*kind)).collect(),
        ..ListGroupsRequest::default()
    };
    let groups = room.bench.call(asked(5, request)).groups;
    let words = |text: &Str| text.to_string();
    groups
        .iter()
        .map(|group| {
            assert_eq!(group.group_type, "classic");
            (words(&group.group_id), words(&group.group_state), words(&group.protocol_type))
        })
        .collect()
}

#[test]
fn the_last_member_that_leaves_empties_the_group() {
    let mut room = Room::new();
    let id = room.stable(1).remove(0);
    room.written();
    assert_eq!(codes(&room.leave(&[(&id, None)])), [ErrorCode::None]);
    assert_eq!(room.state(), "Empty");
    let written = room.written();
    let value = written[0].as_ref().unwrap();
    assert_eq!((written.len(), value.generation, value.members.len()), (1, 2, 0));
    assert_eq!(value.protocol_type, "consumer");
    assert!(value.protocol.is_none() && value.leader.is_none());
    assert_eq!(value.current_state_timestamp, room.bench.wall().0);
    room.reload();
}

#[test]
fn others_rebalance_when_one_leaves() {
    let mut room = Room::new();
    let ids = room.stable(3);
    assert_eq!(codes(&room.leave(&[(&ids[0], None)])), [ErrorCode::None]);
    assert_eq!(room.heartbeat(&ids[0], 1), ErrorCode::UnknownMemberId);
    let one = room.join(&joiner(&ids[1]));
    let two = room.join_now(&joiner(&ids[2]));
    assert_eq!(two.generation_id, 2);
    assert!(two.leader == ids[1] || two.leader == ids[2]);
    room.bench.answer(&one);
}

#[test]
fn each_member_that_leaves_hears_of_itself() {
    let mut room = Room::new();
    let ids = room.stable(2);
    let response = room.leave(&[
        (&ids[0], None),
        ("nobody", None),
        ("", None),
        ("", Some("no-such-instance")),
        (&ids[1], Some("no-such-instance")),
    ]);
    let unknown = ErrorCode::UnknownMemberId;
    assert_eq!(codes(&response), [ErrorCode::None, unknown, unknown, unknown, unknown]);
    assert_eq!(response.members[3].group_instance_id.as_deref(), Some("no-such-instance"));
    assert_eq!(room.describe().members.len(), 1);
}

#[test]
fn old_versions_leave_one_at_a_time() {
    let mut room = Room::new();
    let id = room.stable(1).remove(0);
    let request =
        LeaveGroupRequest { group_id: GROUP.into(), member_id: id, ..LeaveGroupRequest::default() };
    assert_eq!(codes(&room.bench.call(asked(2, request.clone()))), [ErrorCode::None]);
    assert_eq!(codes(&room.bench.call(asked(0, request))), [ErrorCode::UnknownMemberId]);
}

#[test]
fn nobody_leaves_a_group_that_is_not_there() {
    let mut room = Room::new();
    let response = room.leave(&[("a", None), ("b", None)]);
    assert_eq!(codes(&response), [ErrorCode::UnknownMemberId; 2]);
}

#[test]
fn an_id_that_was_handed_out_can_be_given_back() {
    let mut room = Room::new();
    let leader = room.stable(1).remove(0);
    let id = room.new_id();
    let joins = room.join(&joiner(&leader));
    assert!(!room.bench.is_answered(&joins));
    assert_eq!(codes(&room.leave(&[(&id, None)])), [ErrorCode::None]);
    assert_eq!(room.bench.answer(&joins).generation_id, 2);
}

#[test]
fn a_member_that_leaves_while_its_requests_are_parked_hears_that_it_is_unknown() {
    let mut room = Room::new();
    let ids = room.stable(2);
    let joins = room.join(&joiner(&ids[0]));
    room.leave(&[(&ids[0], None)]);
    let response = room.bench.answer(&joins);
    assert_eq!(code(response.error_code), ErrorCode::UnknownMemberId);
    let leader = room.join_now(&joiner(&ids[1]));
    assert_eq!((&leader.leader, leader.members.len()), (&ids[1], 1));

    let third = room.new_id();
    let joins = room.join(&joiner(&third));
    room.join_now(&joiner(&ids[1]));
    room.bench.answer(&joins);
    let syncs = room.sync(&third, 3, &[]);
    room.leave(&[(&third, None)]);
    assert_eq!(code(room.bench.answer(&syncs).error_code), ErrorCode::UnknownMemberId);
}

#[test]
fn only_empty_groups_can_be_deleted() {
    let mut room = Room::new();
    let id = room.stable(1).remove(0);
    assert_eq!(delete(&mut room, GROUP), ErrorCode::NonEmptyGroup);
    room.leave(&[(&id, None)]);
    commit(&mut room, GROUP);
    room.written_tombstones();
    assert_eq!(delete(&mut room, GROUP), ErrorCode::None);
    assert_eq!(room.written_tombstones(), 2, "the offset and the group");
    assert_eq!(room.state(), "Dead");
    assert_eq!(delete(&mut room, GROUP), ErrorCode::GroupIdNotFound);
    room.reload();
}

#[test]
fn an_id_with_offsets_alone_is_an_empty_group_for_everybody() {
    let mut room = Room::new();
    commit(&mut room, "simple");
    assert_eq!(list(&mut room, &[], &[]), [("simple".into(), "Empty".into(), String::new())]);
    assert_eq!(delete(&mut room, "simple"), ErrorCode::None);
    assert!(list(&mut room, &[], &[]).is_empty());

    // Whoever joins it makes it a group with members; nothing of that is written before there are
    // assignments.
    commit(&mut room, GROUP);
    room.written_tombstones();
    room.stable(1);
    assert_eq!(room.written().len(), 1);
    assert_eq!(room.state(), "Stable");
    room.reload();
}

#[test]
fn groups_are_listed_by_state_and_type_in_any_case() {
    let mut room = Room::new();
    room.stable(1);
    commit(&mut room, "simple");
    let stable = (GROUP.to_string(), "Stable".to_string(), "consumer".to_string());
    let simple = ("simple".to_string(), "Empty".to_string(), String::new());
    let both = [simple.clone(), stable.clone()];
    assert_eq!(list(&mut room, &[], &[]), both);
    assert_eq!(list(&mut room, &["stable"], &[]), [stable]);
    assert_eq!(list(&mut room, &["EMPTY", "Dead"], &["Classic"]), [simple]);
    assert_eq!(list(&mut room, &["Stable", " empty "], &["CLASSIC", "consumer"]), both);
    assert!(list(&mut room, &["Assigning"], &[]).is_empty());
    assert!(list(&mut room, &[], &["consumer"]).is_empty());
    assert!(list(&mut room, &[], &["nonsense"]).is_empty());
}

#[test]
fn kip_1043_newer_versions_say_that_a_group_is_not_there() {
    let mut room = Room::new();
    let mut describe = |version| {
        let groups = vec![Str::from("nowhere")];
        let request = DescribeGroupsRequest { groups, ..DescribeGroupsRequest::default() };
        room.bench.call(asked(version, request)).groups.remove(0)
    };
    let old = describe(5);
    assert_eq!((old.error_code, old.group_state.as_str()), (0, "Dead"));
    let new = describe(6);
    assert_eq!(code(new.error_code), ErrorCode::GroupIdNotFound);
    assert_eq!(new.group_state, "Dead");
    assert_eq!(new.error_message.as_deref(), Some("Group nowhere not found."));
}

#[test]
fn members_are_described_whole_only_while_the_group_is_stable() {
    let mut room = Room::new();
    let ids = room.stable(2);
    let group = room.describe();
    assert_eq!((group.protocol_type.as_str(), group.protocol_data.as_str()), ("consumer", "range"));
    let member = group.members.iter().find(|member| member.member_id == ids[1]).unwrap();
    assert_eq!(member.member_metadata, super::subscription(&["topic"]));
    assert_eq!(member.member_assignment, "1");
    assert_eq!((member.client_id.as_str(), member.client_host.as_str()), ("client", "/127.0.0.1"));
    room.join(&joiner(&ids[0]));
    let group = room.describe();
    assert_eq!(
        (group.group_state.as_str(), group.protocol_data.as_str()),
        ("PreparingRebalance", "")
    );
    assert!(group.members.iter().all(|member| member.member_metadata.is_empty()));
}

impl Room {
    /// How many tombstones have been written since the last time.
    fn written_tombstones(&mut self) -> usize {
        self.bench.new_records().iter().filter(|record| record.value.is_none()).count()
    }
}
