//! SyncGroup and Heartbeat.

use base::ErrorCode;
use bytes::Bytes;

use super::{Room, SYNC, code, joiner, sync_request};
use crate::group::testing::{Commits, asked};
use crate::group::{Counted, TakeCensus};

#[test]
fn followers_wait_for_the_leader_and_everybody_for_the_commit() {
    let mut room = Room::new();
    let ids = [room.new_id(), room.new_id()];
    let (leader, _) = room.complete(&[joiner(&ids[0]), joiner(&ids[1])]);
    let (lead, follow) = (leader.member_id.clone(), ids.iter().find(|id| **id != leader.member_id));
    let follow = follow.unwrap().clone();
    room.written();

    let follows = room.sync(&follow, 1, &[]);
    assert!(!room.bench.is_answered(&follows));
    room.bench.set_commits(Commits::Held);
    let leads = room.sync(&lead, 1, &[(&lead, "mine"), (&follow, "yours")]);
    assert!(!room.bench.is_answered(&leads), "an assignment that may be lost is told to nobody");
    room.bench.commit();
    room.bench.set_commits(Commits::AtOnce);
    let (leads, follows) = (room.bench.answer(&leads), room.bench.answer(&follows));
    assert_eq!(
        (leads.assignment.as_ref(), follows.assignment.as_ref()),
        (&b"mine"[..], &b"yours"[..])
    );
    assert_eq!(leads.protocol_name.as_deref(), Some("range"));
    assert_eq!(leads.protocol_type.as_deref(), Some("consumer"));

    let written = room.written();
    let value = written[0].as_ref().unwrap();
    assert_eq!((written.len(), value.generation, value.members.len()), (1, 1, 2));
    assert_eq!(value.leader.as_ref(), Some(&lead));
    assert_eq!(value.protocol.as_deref(), Some("range"));
    assert_eq!(room.state(), "Stable");
    room.reload();
}

#[test]
fn whom_the_leader_forgot_gets_an_empty_assignment() {
    let mut room = Room::new();
    let ids = [room.new_id(), room.new_id()];
    let (leader, _) = room.complete(&[joiner(&ids[0]), joiner(&ids[1])]);
    let lead = leader.member_id;
    let follow = ids.iter().find(|id| **id != lead).unwrap().clone();
    let leads = room.sync(&lead, 1, &[(&lead, "all"), ("nobody", "some")]);
    assert_eq!(room.bench.answer(&leads).assignment, "all");
    let follows = room.sync_now(&follow, 1);
    assert_eq!((code(follows.error_code), follows.assignment), (ErrorCode::None, Bytes::new()));
}

#[test]
fn a_member_of_a_stable_group_may_ask_for_its_assignment_again() {
    let mut room = Room::new();
    let ids = room.stable(2);
    assert_eq!(room.sync_now(&ids[1], 1).assignment, "1");
}

#[test]
fn a_rebalance_that_begins_sends_waiting_followers_back() {
    let mut room = Room::new();
    let ids = [room.new_id(), room.new_id()];
    let (leader, _) = room.complete(&[joiner(&ids[0]), joiner(&ids[1])]);
    let follow = ids.iter().find(|id| **id != leader.member_id).unwrap().clone();
    let follows = room.sync(&follow, 1, &[]);
    let third = room.new_id();
    room.join(&joiner(&third));
    let response = room.bench.answer(&follows);
    assert_eq!(code(response.error_code), ErrorCode::RebalanceInProgress);
    assert_eq!(code(room.sync_now(&follow, 1).error_code), ErrorCode::RebalanceInProgress);
}

#[test]
fn what_is_not_of_this_generation_or_protocol_is_refused() {
    let mut room = Room::new();
    let ids = room.stable(1);
    assert_eq!(code(room.sync_now("nobody", 1).error_code), ErrorCode::UnknownMemberId);
    assert_eq!(code(room.sync_now(&ids[0], 2).error_code), ErrorCode::IllegalGeneration);
    for (protocol_type, protocol_name) in [("connect", "range"), ("consumer", "sticky")] {
        let mut request = sync_request(&ids[0], 1, &[]);
        request.protocol_type = Some(protocol_type.into());
        request.protocol_name = Some(protocol_name.into());
        let response = room.bench.call(asked(SYNC, request));
        assert_eq!(code(response.error_code), ErrorCode::InconsistentGroupProtocol);
    }
    // Clients before version 5 do not say.
    let mut request = sync_request(&ids[0], 1, &[]);
    (request.protocol_type, request.protocol_name) = (None, None);
    assert_eq!(code(room.bench.call(asked(4, request)).error_code), ErrorCode::None);
}

#[test]
fn nobody_syncs_with_a_group_that_is_not_there() {
    let mut room = Room::new();
    assert_eq!(code(room.sync_now("somebody", 1).error_code), ErrorCode::UnknownMemberId);
    assert_eq!(room.heartbeat("somebody", 1), ErrorCode::UnknownMemberId);
}

#[test]
fn heartbeats_say_what_the_group_is_doing() {
    let mut room = Room::new();
    let id = room.new_id();
    assert_eq!(room.heartbeat(&id, 0), ErrorCode::UnknownMemberId);
    room.complete(&[joiner(&id)]);
    assert_eq!(room.state(), "CompletingRebalance");
    assert_eq!(room.heartbeat(&id, 1), ErrorCode::None);
    assert_eq!(room.heartbeat(&id, 0), ErrorCode::IllegalGeneration);
    room.sync_all(1, std::slice::from_ref(&id));
    assert_eq!(room.heartbeat(&id, 1), ErrorCode::None);
    let other = room.new_id();
    room.join(&joiner(&other));
    assert_eq!(room.heartbeat(&id, 1), ErrorCode::RebalanceInProgress);
}

#[test]
fn members_that_never_ask_for_their_assignments_are_out() {
    let mut room = Room::new();
    let ids = [room.new_id(), room.new_id()];
    let joiners = [joiner(&ids[0]).rebalance_ms(20_000), joiner(&ids[1]).rebalance_ms(20_000)];
    let (leader, _) = room.complete(&joiners);
    let lead = leader.member_id;
    let late = ids.iter().find(|id| **id != lead).unwrap().clone();
    let leads = room.sync(&lead, 1, &[]);
    room.bench.answer(&leads);
    assert_eq!(room.state(), "Stable");
    for _ in 0..2 {
        room.bench.advance_ms(9_000);
        assert_eq!(room.heartbeat(&lead, 1), ErrorCode::None);
        assert_eq!(room.heartbeat(&late, 1), ErrorCode::None);
    }
    room.bench.advance_ms(2_000);
    assert_eq!(room.state(), "PreparingRebalance");
    assert_eq!(room.heartbeat(&late, 1), ErrorCode::UnknownMemberId);
    let again = room.join_now(&joiner(&lead));
    assert_eq!((again.generation_id, again.members.len()), (2, 1));
}

#[test]
fn a_leader_that_never_assigns_is_out_and_its_followers_are_sent_back() {
    let mut room = Room::new();
    let ids = [room.new_id(), room.new_id()];
    let joiners = [joiner(&ids[0]).rebalance_ms(5_000), joiner(&ids[1]).rebalance_ms(5_000)];
    let (leader, _) = room.complete(&joiners);
    let follow = ids.iter().find(|id| **id != leader.member_id).unwrap().clone();
    let follows = room.sync(&follow, 1, &[]);
    room.bench.advance_ms(5_000);
    let response = room.bench.answer(&follows);
    assert_eq!(code(response.error_code), ErrorCode::RebalanceInProgress);
    let again = room.join_now(&joiner(&follow));
    assert_eq!((&again.leader, again.members.len()), (&follow, 1));
}

#[test]
fn assignments_that_are_too_large_for_a_record_are_refused_and_the_group_rebalances() {
    let mut room = Room::new();
    let ids = [room.new_id(), room.new_id()];
    let (leader, _) = room.complete(&[joiner(&ids[0]), joiner(&ids[1])]);
    let lead = leader.member_id;
    let follow = ids.iter().find(|id| **id != lead).unwrap().clone();
    let follows = room.sync(&follow, 1, &[]);
    let huge = "x".repeat(2_000_000);
    let leads = room.sync(&lead, 1, &[(&lead, &huge)]);
    for pending in [&leads, &follows] {
        assert_eq!(room.bench.reply(pending).unwrap(), Err(ErrorCode::UnknownServerError));
    }
    assert_eq!(room.state(), "PreparingRebalance");
    assert!(room.bench.failure().is_none());
    let one = room.join(&joiner(&lead));
    let two = room.join_now(&joiner(&follow));
    assert_eq!(two.generation_id, 2);
    room.bench.answer(&one);
}

#[test]
fn kip_429_two_rebalances_in_a_row_move_partitions_without_a_stop() {
    let mut room = Room::new();
    let first = room.stable(1).remove(0);
    let second = room.new_id();
    // First the new member gets nothing and the old one gives up; then the leader joins again at once.
    let joins = room.join(&joiner(&second));
    assert_eq!(room.heartbeat(&first, 1), ErrorCode::RebalanceInProgress);
    let leader = room.join_now(&joiner(&first));
    room.bench.answer(&joins);
    room.sync_all(leader.generation_id, &[first.clone(), second.clone()]);
    let leader = room.join(&joiner(&first));
    room.join_now(&joiner(&second));
    assert_eq!(room.bench.answer(&leader).generation_id, 3);
    room.sync_all(3, &[first, second]);
    room.reload();
}

#[test]
fn a_rebalance_is_counted_when_its_assignments_have_been_written() {
    let mut room = Room::new();
    room.stable(2);
    assert_eq!(room.bench.counted, [Counted::CompletedRebalance]);
    let census = room.bench.call(TakeCensus);
    assert_eq!(census.groups[&("classic", "Stable")], 1);
}
