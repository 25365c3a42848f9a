//! Static membership (KIP-345), and assignments that are skipped (KIP-814).

use base::{ErrorCode, Str};
use protocol::messages::HeartbeatRequest;

use super::{GROUP, Joiner, Room, code, joiner};
use crate::group::testing::{Commits, asked};

fn member(instance: &str) -> Joiner {
    joiner("").instance(instance)
}

impl Room {
    /// A stable group of two static members, `a` who leads and `b`: their ids.
    fn two_static(&mut self) -> Vec<Str> {
        let ids = self.settle(&[member("a"), member("b")]);
        assert!(ids[0].starts_with("a-") && ids[1].starts_with("b-"), "{ids:?}");
        ids
    }
}

#[test]
fn a_static_member_needs_no_second_request_for_its_id() {
    let mut room = Room::new();
    let ids = room.two_static();
    assert_eq!(room.describe().members.len(), 2);
    assert_eq!(room.heartbeat(&ids[0], 1), ErrorCode::None);
    room.reload();
}

#[test]
fn static_member_rejoins_with_its_old_assignment() {
    let mut room = Room::new();
    let ids = room.two_static();
    room.written();
    let back = room.join_now(&member("b"));
    assert_eq!(code(back.error_code), ErrorCode::None);
    assert_eq!((back.generation_id, &back.leader), (1, &ids[0]));
    assert_ne!(back.member_id, ids[1]);
    assert!(back.member_id.starts_with("b-") && !back.skip_assignment);
    assert_eq!(room.state(), "Stable");
    let written = room.written();
    assert_eq!(written.len(), 1, "its new id is in the log before it works under it");
    assert!(written[0].as_ref().unwrap().members.iter().any(|m| m.member_id == back.member_id));
    assert_eq!(room.sync_now(&back.member_id, 1).assignment, "1");
    assert_eq!(room.heartbeat(&ids[1], 1), ErrorCode::UnknownMemberId);
    room.reload();
}

#[test]
fn the_id_that_was_replaced_is_fenced() {
    let mut room = Room::new();
    let ids = room.two_static();
    room.join_now(&member("b"));
    let fenced = ErrorCode::FencedInstanceId;
    let mut old = joiner(&ids[1]).instance("b");
    assert_eq!(code(room.join_now(&old).error_code), fenced);
    old.request.group_instance_id = Some("c".into());
    assert_eq!(code(room.join_now(&old).error_code), ErrorCode::UnknownMemberId);
    let heartbeat = HeartbeatRequest {
        group_id: GROUP.into(),
        member_id: ids[1].clone(),
        generation_id: 1,
        group_instance_id: Some("b".into()),
        ..HeartbeatRequest::default()
    };
    assert_eq!(code(room.bench.call(asked(4, heartbeat)).error_code), fenced);
    let mut sync = super::sync_request(&ids[1], 1, &[]);
    sync.group_instance_id = Some("b".into());
    assert_eq!(code(room.bench.call(asked(5, sync)).error_code), fenced);
    let left = room.leave(&[(&ids[1], Some("b"))]);
    assert_eq!(code(left.members[0].error_code), fenced);
}

#[test]
fn kip_814_a_leader_that_comes_back_leads_without_assigning() {
    let mut room = Room::new();
    let ids = room.two_static();
    let back = room.join_now(&member("a"));
    assert_eq!(back.leader, back.member_id);
    assert!(back.skip_assignment);
    assert_eq!(back.members.len(), 2, "it watches the metadata of all");
    assert_ne!(back.member_id, ids[0]);
    assert_eq!(room.sync_now(&back.member_id, 1).assignment, "0");
    assert_eq!(room.state(), "Stable");
}

#[test]
fn a_leader_of_an_old_version_that_comes_back_is_told_of_its_old_self() {
    let mut room = Room::new();
    let ids = room.two_static();
    let back = room.join_now(&member("a").version(8));
    assert_eq!(back.leader, ids[0]);
    assert_ne!(back.member_id, ids[0]);
    assert!(back.members.is_empty() && !back.skip_assignment);
}

#[test]
fn a_static_member_that_comes_back_with_another_topic_keeps_the_group_stable() {
    // What is chosen stays chosen; the leader is to notice, as in Kafka.
    let mut room = Room::new();
    room.two_static();
    let back = room.join_now(&member("b").protocols(&[("range", &["other"])]));
    assert_eq!(back.generation_id, 1);
    assert_eq!(room.state(), "Stable");
    room.reload();
}

#[test]
fn a_static_member_that_comes_back_with_another_protocol_lets_the_group_rebalance() {
    let mut room = Room::new();
    let topics: &[&str] = &["topic"];
    let both = [("range", topics), ("sticky", topics)];
    room.settle(&[member("a").protocols(&both), member("b").protocols(&both)]);
    let back = room.join(&member("b").protocols(&[("sticky", topics)]));
    assert!(!room.bench.is_answered(&back));
    assert_eq!(room.state(), "PreparingRebalance");
}

#[test]
fn a_static_member_that_comes_back_while_the_leader_assigns_lets_the_group_rebalance() {
    let mut room = Room::new();
    let (leader, ids) = room.complete(&[member("a"), member("b")]);
    let follow = ids.iter().find(|id| **id != leader.member_id).unwrap().clone();
    let waits = room.sync(&follow, 1, &[]);
    let instance = follow.split('-').next().unwrap().to_owned();
    let back = room.join(&member(&instance));
    assert_eq!(code(room.bench.answer(&waits).error_code), ErrorCode::FencedInstanceId);
    assert_eq!(room.state(), "PreparingRebalance");
    let leads = room.join_now(&joiner(&leader.member_id));
    assert_eq!((leads.generation_id, leads.members.len()), (2, 2));
    assert_eq!(room.bench.answer(&back).generation_id, 2);
}

#[test]
fn a_static_member_that_comes_back_twice_is_fenced_where_it_waits() {
    let mut room = Room::new();
    let ids = room.two_static();
    let waits = room.join(&joiner(&ids[0]).instance("a"));
    let back = room.join(&member("a"));
    let fenced = room.bench.answer(&waits);
    assert_eq!(code(fenced.error_code), ErrorCode::FencedInstanceId);
    assert_eq!(fenced.member_id, ids[0]);
    let follows = room.join_now(&joiner(&ids[1]).instance("b"));
    let back = room.bench.answer(&back);
    assert_eq!((back.generation_id, &back.leader), (2, &back.member_id));
    assert_eq!(follows.leader, back.member_id);
}

#[test]
fn static_members_outlive_a_rebalance_that_they_miss() {
    let mut room = Room::new();
    let long = |joiner: Joiner| joiner.session_ms(100_000).rebalance_ms(5_000);
    let ids = room.settle(&[long(member("a")), long(member("b"))]);
    let leads = room.join(&long(joiner(&ids[0])).instance("a"));
    room.bench.advance_ms(5_000);
    let leads = room.bench.answer(&leads);
    assert_eq!((leads.generation_id, leads.members.len()), (2, 2));
    room.sync_all(2, &[ids[0].clone()]);
}

#[test]
fn a_rebalance_that_no_static_member_joins_waits_for_their_sessions() {
    let mut room = Room::new();
    let long = |joiner: Joiner| joiner.session_ms(30_000).rebalance_ms(5_000);
    let mut ids = room.settle(&[long(member("a")), long(member("b"))]);
    let dynamic = room.new_id();
    let joins = room.join(&joiner(&dynamic).rebalance_ms(5_000));
    room.leave(&[(&dynamic, None)]);
    room.bench.answer(&joins);
    assert_eq!(room.state(), "PreparingRebalance");
    room.bench.advance_ms(29_999);
    assert_eq!(room.describe().members.len(), 2, "nobody joined, and nobody is out");
    room.bench.advance_ms(1);
    assert_eq!(room.state(), "Empty");
    ids.clear();
}

#[test]
fn a_static_member_can_be_sent_away_by_its_instance_id_alone() {
    let mut room = Room::new();
    room.two_static();
    let left = room.leave(&[("", Some("b")), ("", Some("b"))]);
    assert_eq!(code(left.members[0].error_code), ErrorCode::None);
    assert_eq!(left.members[0].member_id, "");
    assert_eq!(code(left.members[1].error_code), ErrorCode::UnknownMemberId);
    assert_eq!(room.state(), "PreparingRebalance");
}

#[test]
fn a_replacement_that_cannot_be_written_is_taken_back() {
    let mut room = Room::new();
    let ids = room.two_static();
    let topic = "t".repeat(30_000);
    let large: Vec<&str> = (0..40).map(|_| topic.as_str()).collect();
    let back = room.join(&member("b").protocols(&[("range", &large)]));
    assert_eq!(room.bench.reply(&back).unwrap(), Err(ErrorCode::UnknownServerError));
    assert_eq!(room.state(), "Stable");
    assert_eq!(room.heartbeat(&ids[1], 1), ErrorCode::None);
    assert_eq!(room.sync_now(&ids[1], 1).assignment, "1");
    room.reload();
}

#[test]
fn a_replacement_is_answered_after_its_commit() {
    let mut room = Room::new();
    room.two_static();
    room.bench.set_commits(Commits::Held);
    let back = room.join(&member("b"));
    assert!(!room.bench.is_answered(&back));
    room.bench.commit();
    assert_eq!(code(room.bench.answer(&back).error_code), ErrorCode::None);
}

#[test]
fn a_member_that_was_replaced_before_it_fetched_is_not_missed() {
    let mut room = Room::new();
    let (leader, ids) = room.complete(&[member("a"), member("b")]);
    let follow = ids.iter().find(|id| **id != leader.member_id).unwrap().clone();
    let leads = room.sync(&leader.member_id, 1, &[]);
    room.bench.answer(&leads);
    let instance = follow.split('-').next().unwrap().to_owned();
    let back = room.join_now(&member(&instance));
    for _ in 0..8 {
        room.bench.advance_ms(9_000);
        assert_eq!(room.heartbeat(&leader.member_id, 1), ErrorCode::None);
        assert_eq!(room.heartbeat(&back.member_id, 1), ErrorCode::None);
    }
    assert_eq!(room.state(), "Stable");
}
