//! JoinGroup.

use base::{ErrorCode, Str};
use protocol::messages::join_group_request::JoinGroupRequestProtocol;

use super::{JOIN, Joiner, Room, code, joiner};

#[test]
fn kip_394_a_member_comes_back_with_the_id_that_it_is_given() {
    let mut room = Room::new();
    let id = room.new_id();
    assert_eq!(room.state(), "Empty");
    let first = room.written();
    assert_eq!(first.len(), 1, "the group is there as soon as somebody has asked for it");
    let value = first[0].as_ref().unwrap();
    assert_eq!((value.generation, value.protocol_type.as_str()), (0, ""));
    assert!(value.protocol.is_none() && value.leader.is_none() && value.members.is_empty());

    let (leader, _) = room.complete(&[joiner(&id)]);
    assert_eq!((leader.generation_id, &leader.member_id), (1, &id));
    assert_eq!(leader.protocol_name.as_deref(), Some("range"));
    assert_eq!(leader.protocol_type.as_deref(), Some("consumer"));
    assert_eq!(leader.members.len(), 1);
    assert!(!leader.skip_assignment);
    assert!(room.written().is_empty(), "a generation without assignments is not written");
}

#[test]
fn members_of_old_versions_are_let_in_at_once() {
    let mut room = Room::new();
    let joins = room.join(&joiner("").version(3));
    room.bench.advance_ms(0);
    let response = room.bench.answer(&joins);
    assert_eq!(code(response.error_code), ErrorCode::None);
    assert!(response.member_id.starts_with("client-"));
    assert_eq!(response.leader, response.member_id);
}

#[test]
fn a_member_id_of_a_group_that_is_not_there_is_unknown() {
    let mut room = Room::new();
    let response = room.join_now(&joiner("somebody"));
    assert_eq!(code(response.error_code), ErrorCode::UnknownMemberId);
    assert_eq!(response.member_id, "somebody");
    assert_eq!(room.state(), "Dead");
    assert!(room.written().is_empty());
}

#[test]
fn session_timeouts_out_of_bounds_are_refused() {
    let mut room = Room::new();
    for ms in [5_999, 1_800_001, -1, i32::MIN] {
        let response = room.join_now(&joiner("").session_ms(ms));
        assert_eq!(code(response.error_code), ErrorCode::InvalidSessionTimeout, "{ms}");
    }
    assert_eq!(room.state(), "Dead");
}

#[test]
fn who_has_no_protocol_in_common_with_all_members_is_refused() {
    let mut room = Room::new();
    room.stable(1);
    let stranger = joiner("").protocols(&[("roundrobin", &["topic"])]);
    let response = room.join_now(&stranger);
    assert_eq!(code(response.error_code), ErrorCode::InconsistentGroupProtocol);
    let mut connect = joiner("");
    connect.request.protocol_type = "connect".into();
    let response = room.join_now(&connect);
    assert_eq!(code(response.error_code), ErrorCode::InconsistentGroupProtocol);
    assert_eq!(room.state(), "Stable");
}

#[test]
fn an_empty_group_refuses_who_says_no_protocol_at_all() {
    let mut room = Room::new();
    for change in [
        |joiner: &mut Joiner| joiner.request.protocols.clear(),
        |joiner: &mut Joiner| joiner.request.protocol_type = Str::EMPTY,
    ] {
        let mut silent = joiner("");
        change(&mut silent);
        let response = room.join_now(&silent);
        assert_eq!(code(response.error_code), ErrorCode::InconsistentGroupProtocol);
    }
    assert_eq!(room.state(), "Empty", "the group exists from the first request on, as in Kafka");
}

#[test]
fn the_protocol_that_most_members_want_first_is_chosen_among_those_that_all_support() {
    let mut room = Room::new();
    let ids: Vec<Str> = (0..3).map(|_| room.new_id()).collect();
    let topics: &[&str] = &["topic"];
    let wishes: [&[(&str, &[&str])]; 3] = [
        &[("range", topics), ("sticky", topics)],
        &[("only-mine", topics), ("sticky", topics), ("range", topics)],
        &[("sticky", topics), ("range", topics)],
    ];
    let joiners: Vec<Joiner> =
        ids.iter().zip(wishes).map(|(id, wish)| joiner(id).protocols(wish)).collect();
    let (leader, _) = room.complete(&joiners);
    assert_eq!(leader.protocol_name.as_deref(), Some("sticky"));
}

#[test]
fn a_protocol_that_is_listed_twice_counts_once() {
    let mut room = Room::new();
    let id = room.new_id();
    let mut twice = joiner(&id);
    let again = JoinGroupRequestProtocol { name: "range".into(), ..Default::default() };
    twice.request.protocols.push(again);
    let (leader, _) = room.complete(&[twice]);
    assert_eq!(leader.protocol_name.as_deref(), Some("range"));
    assert!(!leader.members[0].metadata.is_empty());
}

#[test]
fn the_first_rebalance_waits_and_waits_longer_while_members_come() {
    let mut room = Room::with(&[("group.initial.rebalance.delay.ms", "3000")]);
    let (first, second) = (room.new_id(), room.new_id());
    let one = room.join(&joiner(&first).rebalance_ms(7_000));
    room.bench.advance_ms(2_000);
    let two = room.join(&joiner(&second).rebalance_ms(7_000));
    room.bench.advance_ms(3_999);
    assert_eq!(room.state(), "PreparingRebalance");
    assert!(!room.bench.is_answered(&one) && !room.bench.is_answered(&two));
    room.bench.advance_ms(1);
    assert_eq!(room.bench.answer(&one).generation_id, 1);
    assert_eq!(room.bench.answer(&two).generation_id, 1);
}

#[test]
fn the_first_rebalance_never_waits_longer_than_members_want_to() {
    let mut room = Room::with(&[("group.initial.rebalance.delay.ms", "3000")]);
    let ids: Vec<Str> = (0..8).map(|_| room.new_id()).collect();
    let joins: Vec<_> = ids
        .iter()
        .map(|id| {
            let joins = room.join(&joiner(id).rebalance_ms(7_000));
            room.bench.advance_ms(900);
            joins
        })
        .collect();
    assert_eq!(room.bench.answer(&joins[0]).generation_id, 1, "after 7,000 of 7,200 ms");
    assert_eq!(room.state(), "CompletingRebalance");
}

#[test]
fn a_group_that_was_handed_out_ids_waits_for_those_who_have_them() {
    let mut room = Room::new();
    let leader = room.stable(1).remove(0);
    let late = room.new_id();
    let joins = room.join(&joiner(&leader));
    assert!(!room.bench.is_answered(&joins), "the one with the new id is still to come");
    let joined = room.join_now(&joiner(&late));
    assert_eq!(joined.generation_id, 2);
    assert_eq!(room.bench.answer(&joins).generation_id, 2);
}

#[test]
fn an_id_that_nobody_came_back_with_is_forgotten_after_the_session_timeout() {
    let mut room = Room::new();
    let leader = room.stable(1).remove(0);
    let lost = room.new_id();
    room.bench.advance_ms(9_000);
    assert_eq!(room.heartbeat(&leader, 1), ErrorCode::None);
    let joins = room.join(&joiner(&leader));
    room.bench.advance_ms(999);
    assert!(!room.bench.is_answered(&joins));
    room.bench.advance_ms(1);
    assert_eq!(room.bench.answer(&joins).generation_id, 2);
    let response = room.join_now(&joiner(&lost));
    assert_eq!(code(response.error_code), ErrorCode::UnknownMemberId);
}

#[test]
fn who_uses_a_handed_out_id_as_a_static_member_is_unknown() {
    let mut room = Room::new();
    let id = room.new_id();
    let response = room.join_now(&joiner(&id).instance("somebody"));
    assert_eq!(code(response.error_code), ErrorCode::UnknownMemberId);
}

#[test]
fn a_follower_that_joins_a_stable_group_again_hears_of_the_same_generation() {
    let mut room = Room::new();
    let ids = room.stable(2);
    let again = room.join_now(&joiner(&ids[1]));
    assert_eq!((again.generation_id, &again.leader), (1, &ids[0]));
    assert!(again.members.is_empty());
    assert_eq!(room.state(), "Stable");
}

#[test]
fn a_leader_that_joins_a_stable_group_again_lets_it_rebalance() {
    let mut room = Room::new();
    let ids = room.stable(2);
    let leads = room.join(&joiner(&ids[0]));
    assert_eq!(room.state(), "PreparingRebalance");
    assert_eq!(room.heartbeat(&ids[1], 1), ErrorCode::RebalanceInProgress);
    let follows = room.join_now(&joiner(&ids[1]));
    assert_eq!(follows.generation_id, 2);
    let leader = room.bench.answer(&leads);
    assert_eq!((leader.generation_id, leader.members.len()), (2, 2));
}

#[test]
fn a_follower_that_has_changed_lets_the_group_rebalance() {
    let mut room = Room::new();
    let ids = room.stable(2);
    let changed = joiner(&ids[1]).protocols(&[("range", &["topic", "other"])]);
    let follows = room.join(&changed);
    assert!(!room.bench.is_answered(&follows));
    let leader = room.join_now(&joiner(&ids[0]));
    let told = leader.members.iter().find(|member| member.member_id == ids[1]).unwrap();
    assert_eq!(told.metadata, changed.request.protocols[0].metadata);
    assert_eq!(room.bench.answer(&follows).generation_id, 2);
}

#[test]
fn a_lost_answer_to_a_join_is_given_again_until_something_changes() {
    let mut room = Room::new();
    let ids = [room.new_id(), room.new_id()];
    let (leader, _) = room.complete(&[joiner(&ids[0]), joiner(&ids[1])]);
    let again = room.join_now(&joiner(&leader.member_id));
    assert_eq!(again, leader);
    assert_eq!(room.state(), "CompletingRebalance");
    room.join(&joiner(&ids[1]).protocols(&[("range", &["other"])]));
    assert_eq!(room.state(), "PreparingRebalance");
}

#[test]
fn a_join_that_is_sent_again_while_it_is_parked_answers_the_first_with_an_error() {
    let mut room = Room::new();
    let ids = room.stable(2);
    let first = room.join(&joiner(&ids[0]));
    let second = room.join(&joiner(&ids[0]));
    assert_eq!(code(room.bench.answer(&first).error_code), ErrorCode::RebalanceInProgress);
    room.join_now(&joiner(&ids[1]));
    assert_eq!(room.bench.answer(&second).generation_id, 2);
}

#[test]
fn dynamic_members_that_do_not_join_again_in_time_are_out() {
    let mut room = Room::new();
    let ids = room.stable(3);
    let one = room.join(&joiner(&ids[0]).rebalance_ms(20_000));
    let two = room.join(&joiner(&ids[1]).rebalance_ms(20_000));
    for _ in 0..6 {
        // It lives, and does not join: its rebalance timeout is the longest.
        room.bench.advance_ms(9_000);
        assert_eq!(room.heartbeat(&ids[2], 1), ErrorCode::RebalanceInProgress);
    }
    room.bench.advance_ms(5_999);
    assert!(!room.bench.is_answered(&one));
    room.bench.advance_ms(1);
    assert_eq!(room.bench.answer(&one).members.len(), 2);
    assert_eq!(room.bench.answer(&two).generation_id, 2);
    assert_eq!(room.heartbeat(&ids[2], 1), ErrorCode::UnknownMemberId);
}

#[test]
fn another_leads_where_the_leader_does_not_join_again() {
    let mut room = Room::new();
    let ids = room.stable(3);
    let changed = [("range", &["other"][..])];
    let one = room.join(&joiner(&ids[1]).protocols(&changed));
    let two = room.join(&joiner(&ids[2]));
    room.bench.advance_ms(10_000);
    let (one, two) = (room.bench.answer(&one), room.bench.answer(&two));
    assert_ne!(one.leader, ids[0]);
    assert_eq!(one.leader, two.leader);
    let leader = if one.leader == one.member_id { one } else { two };
    assert_eq!(leader.members.len(), 2);
}

#[test]
fn a_silent_member_is_out_after_its_session_timeout() {
    let mut room = Room::new();
    let ids = room.stable(2);
    room.bench.advance_ms(6_000);
    assert_eq!(room.heartbeat(&ids[0], 1), ErrorCode::None);
    room.bench.advance_ms(3_999);
    assert_eq!(room.state(), "Stable");
    room.bench.advance_ms(1);
    assert_eq!(room.state(), "PreparingRebalance");
    let leader = room.join_now(&joiner(&ids[0]));
    assert_eq!((leader.generation_id, leader.members.len()), (2, 1));
}

#[test]
fn a_parked_join_of_a_known_member_keeps_its_session() {
    let mut room = Room::new();
    let ids = room.stable(2);
    let joins = room.join(&joiner(&ids[0]));
    for _ in 0..3 {
        room.bench.advance_ms(9_000);
        assert_eq!(room.heartbeat(&ids[1], 1), ErrorCode::RebalanceInProgress);
    }
    room.join_now(&joiner(&ids[1]));
    assert_eq!(room.bench.answer(&joins).members.len(), 2);
}

#[test]
fn a_parked_join_of_a_new_member_is_given_up_after_five_minutes() {
    let mut room = Room::with(&[("group.initial.rebalance.delay.ms", "600000")]);
    let id = room.new_id();
    let joins = room.join(&joiner(&id).rebalance_ms(700_000));
    room.bench.advance_ms(299_999);
    assert!(!room.bench.is_answered(&joins));
    room.bench.advance_ms(1);
    let response = room.bench.answer(&joins);
    assert_eq!(code(response.error_code), ErrorCode::UnknownMemberId);
    assert_eq!(response.member_id, "");
    assert_eq!(room.state(), "Empty");
}

#[test]
fn a_group_takes_no_more_members_than_it_may_have() {
    let mut room =
        Room::with(&[("group.initial.rebalance.delay.ms", "0"), ("group.max.size", "2")]);
    let ids = room.stable(2);
    let response = room.join_now(&joiner("").version(3));
    assert_eq!(code(response.error_code), ErrorCode::GroupMaxSizeReached);
    assert_eq!(response.member_id, "");
    let response = room.join_now(&joiner("").version(JOIN));
    assert_eq!(code(response.error_code), ErrorCode::GroupMaxSizeReached);
    // Those who are in may still join again.
    let leads = room.join(&joiner(&ids[0]));
    let follows = room.join_now(&joiner(&ids[1]));
    assert_eq!(follows.generation_id, 2);
    assert_eq!(room.bench.answer(&leads).members.len(), 2);
}

#[test]
fn the_last_to_come_find_no_room_where_more_ids_were_handed_out_than_there_is_room() {
    let mut room =
        Room::with(&[("group.initial.rebalance.delay.ms", "1000"), ("group.max.size", "2")]);
    let ids: Vec<Str> = (0..3).map(|_| room.new_id()).collect();
    let one = room.join(&joiner(&ids[0]));
    let two = room.join(&joiner(&ids[1]));
    let three = room.join_now(&joiner(&ids[2]));
    assert_eq!(code(three.error_code), ErrorCode::GroupMaxSizeReached);
    room.bench.advance_ms(2_000);
    assert_eq!(room.bench.answer(&one).generation_id, 1);
    assert_eq!(room.bench.answer(&two).generation_id, 1);
}

#[test]
fn version_0_has_its_session_timeout_for_a_rebalance() {
    let mut room = Room::new();
    let joins = room.join(&joiner("").version(0).rebalance_ms(-1).session_ms(8_000));
    room.bench.advance_ms(0);
    let member = room.bench.answer(&joins).member_id;
    room.sync_all(1, std::slice::from_ref(&member));
    assert_eq!(room.written().pop().unwrap().unwrap().members[0].rebalance_timeout, 8_000);
}
