//! Groups on their way from one protocol to the other.

use base::{ErrorCode, Str, Uuid};
use bytes::Bytes;
use protocol::messages::join_group_request::JoinGroupRequestProtocol;
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use protocol::messages::{
    DescribeGroupsRequest, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, SyncGroupRequest,
};
use protocol::record_types::embedded::consumer_protocol_assignment::TopicPartition;
use protocol::record_types::embedded::consumer_protocol_subscription::TopicPartition as OwnedTopic;
use protocol::record_types::embedded::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use protocol::wire::to_encoded;

use super::{Consumer, GROUP, Owned, bench, describe, partitions, send, settle};
use crate::group::testing::{Bench, Pending, asked};

/// A client of the classic protocol that reads one topic.
struct Classic {
    id: Str,
    instance: Option<Str>,
    generation: i32,
    owned: Vec<i32>,
    /// What it can speak, each with as much user data.
    protocols: Vec<Str>,
    user_data: Option<Bytes>,
}

const TOPIC: &str = "orders";

fn blob(version: i16, body: Bytes) -> Bytes {
    [version.to_be_bytes().as_slice(), &body].concat().into()
}

impl Classic {
    fn new(instance: Option<&str>) -> Classic {
        let instance = instance.map(Str::from);
        Classic {
            id: Str::EMPTY,
            instance,
            generation: -1,
            owned: Vec::new(),
            protocols: vec!["range".into()],
            user_data: None,
        }
    }

    /// It can be written as a member of a classic group, which has what it says for one protocol,
    /// and not as a member of a consumer group, which has all of it.
    fn too_large_to_upgrade() -> Classic {
        Classic {
            protocols: vec!["range".into(), "roundrobin".into()],
            user_data: Some(vec![0; 600_000].into()),
            ..Classic::new(None)
        }
    }

    fn joining(&self) -> JoinGroupRequest {
        let said = ConsumerProtocolSubscription {
            topics: vec![TOPIC.into()],
            owned_partitions: vec![OwnedTopic {
                topic: TOPIC.into(),
                partitions: self.owned.clone(),
            }],
            user_data: self.user_data.clone(),
            ..ConsumerProtocolSubscription::default()
        };
        let body = to_encoded(&said, 1).expect("it can be said").into_contiguous();
        let metadata = blob(1, body.expect("no payload"));
        let protocol = |name: &Str| JoinGroupRequestProtocol {
            name: name.clone(),
            metadata: metadata.clone(),
            ..JoinGroupRequestProtocol::default()
        };
        JoinGroupRequest {
            group_id: GROUP.into(),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 20_000,
            member_id: self.id.clone(),
            group_instance_id: self.instance.clone(),
            protocol_type: "consumer".into(),
            protocols: self.protocols.iter().map(protocol).collect(),
            ..JoinGroupRequest::default()
        }
    }

    fn ask(&mut self, bench: &mut Bench) -> Pending<crate::group::Asked<JoinGroupRequest>> {
        if self.id.is_empty() && self.instance.is_none() {
            let response = bench.call(asked(9, self.joining()));
            assert_eq!(response.error_code, ErrorCode::MemberIdRequired.code());
            self.id = response.member_id;
        }
        bench.ask(asked(9, self.joining()))
    }

    #[track_caller]
    fn join(&mut self, bench: &mut Bench) -> JoinGroupResponse {
        let pending = self.ask(bench);
        bench.advance_ms(0);
        let response = bench.answer(&pending);
        self.hear(&response);
        response
    }

    #[track_caller]
    fn hear(&mut self, response: &JoinGroupResponse) {
        assert_eq!(response.error_code, 0);
        assert_eq!(response.protocol_name, Some("range".into()));
        self.id = response.member_id.clone();
        self.generation = response.generation_id;
    }

    /// Asks for its partitions; as the leader of a classic group it takes them all.
    fn sync(&mut self, bench: &mut Bench, takes: &[i32]) -> Result<(), ErrorCode> {
        let assignment = ConsumerProtocolAssignment {
            assigned_partitions: vec![TopicPartition {
                topic: TOPIC.into(),
                partitions: takes.to_vec(),
            }],
            ..ConsumerProtocolAssignment::default()
        };
        let body = to_encoded(&assignment, 1).expect("it can be said").into_contiguous();
        let request = SyncGroupRequest {
            group_id: GROUP.into(),
            generation_id: self.generation,
            member_id: self.id.clone(),
            group_instance_id: self.instance.clone(),
            protocol_type: Some("consumer".into()),
            protocol_name: Some("range".into()),
            assignments: vec![SyncGroupRequestAssignment {
                member_id: self.id.clone(),
                assignment: blob(1, body.expect("no payload")),
                ..SyncGroupRequestAssignment::default()
            }],
            ..SyncGroupRequest::default()
        };
        let response = bench.call(asked(5, request));
        if response.error_code != 0 {
            return Err(ErrorCode::from_code(response.error_code));
        }
        let read = super::super::embedded::read_assignment(&response.assignment);
        let topics = read.expect("an assignment").assigned_partitions;
        self.owned = topics.into_iter().flat_map(|topic| topic.partitions).collect();
        Ok(())
    }

    fn heartbeat(&self, bench: &mut Bench) -> ErrorCode {
        let request = HeartbeatRequest {
            group_id: GROUP.into(),
            generation_id: self.generation,
            member_id: self.id.clone(),
            group_instance_id: self.instance.clone(),
            ..HeartbeatRequest::default()
        };
        let code = bench.call(asked(4, request)).error_code;
        ErrorCode::from_code(code)
    }

    fn leave(&self, bench: &mut Bench) -> ErrorCode {
        let request = LeaveGroupRequest {
            group_id: GROUP.into(),
            members: vec![MemberIdentity {
                member_id: self.id.clone(),
                group_instance_id: self.instance.clone(),
                ..MemberIdentity::default()
            }],
            ..LeaveGroupRequest::default()
        };
        let response = bench.call(asked(5, request));
        ErrorCode::from_code(response.members[0].error_code)
    }

    fn owned(&self, topic: Uuid) -> Owned {
        partitions(topic, self.owned.iter().copied())
    }
}

/// A classic group of one that has both partitions, and who it is.
fn classic_group(bench: &mut Bench) -> Classic {
    let mut classic = Classic::new(None);
    classic.join(bench);
    classic.sync(bench, &[0, 1]).expect("an assignment");
    assert_eq!(classic.owned, [0, 1]);
    classic
}

fn classic_state(bench: &mut Bench) -> Str {
    let request =
        DescribeGroupsRequest { groups: vec![GROUP.into()], ..DescribeGroupsRequest::default() };
    bench.call(asked(6, request)).groups.remove(0).group_state
}

#[test]
fn a_classic_group_becomes_a_consumer_group_and_its_member_goes_on() {
    let mut bench = bench();
    let orders = bench.topic(TOPIC, 2);
    let mut classic = classic_group(&mut bench);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    let group = describe(&mut bench);
    assert_eq!(group.members.len(), 2);
    let types: Vec<i8> = group.members.iter().map(|member| member.member_type).collect();
    assert!(types.contains(&0) && types.contains(&1));
    assert_eq!(one.owned, Owned::new(), "the classic member has everything still");

    // It hears that it must join again, says what it owns, and is told what to keep.
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::RebalanceInProgress);
    classic.join(&mut bench);
    classic.sync(&mut bench, &[]).expect("an assignment");
    assert_eq!(classic.owned.len(), 1);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned, Owned::new(), "it has not said that it gave one back");
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::RebalanceInProgress);
    classic.join(&mut bench);
    classic.sync(&mut bench, &[]).expect("an assignment");
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::None);
    one.heartbeat(&mut bench);
    assert_eq!(&one.owned | &classic.owned(orders), partitions(orders, 0..2));
    bench.reload();
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::None);
    one.heartbeat(&mut bench);
    assert_eq!(describe(&mut bench).group_state, "Stable");
}

#[test]
fn a_classic_member_joins_a_consumer_group() {
    let mut bench = bench();
    let orders = bench.topic(TOPIC, 2);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    let mut classic = Classic::new(None);
    let response = classic.join(&mut bench);
    assert!(response.members.is_empty(), "the coordinator assigns");
    classic.sync(&mut bench, &[]).expect("an assignment");
    assert_eq!(classic.owned, [0; 0]);
    one.heartbeat(&mut bench);
    one.acknowledge(&mut bench);
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::RebalanceInProgress);
    classic.join(&mut bench);
    classic.sync(&mut bench, &[]).expect("an assignment");
    assert_eq!(&one.owned | &classic.owned(orders), partitions(orders, 0..2));
    assert_eq!(classic.leave(&mut bench), ErrorCode::None);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned, partitions(orders, 0..2));
}

#[test]
fn a_classic_member_that_does_not_join_again_in_time_is_out() {
    let mut bench = bench();
    bench.topic(TOPIC, 2);
    let classic = classic_group(&mut bench);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    for _ in 0..4 {
        assert_eq!(classic.heartbeat(&mut bench), ErrorCode::RebalanceInProgress);
        bench.advance_ms(5_000);
    }
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::UnknownMemberId);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned.len(), 2);
}

#[test]
fn a_classic_member_that_does_not_sync_in_time_is_out() {
    let mut bench = bench();
    bench.topic(TOPIC, 2);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    let mut classic = Classic::new(None);
    classic.join(&mut bench);
    for _ in 0..4 {
        one.heartbeat(&mut bench);
        assert_eq!(classic.heartbeat(&mut bench), ErrorCode::None);
        bench.advance_ms(5_000);
    }
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::UnknownMemberId);
}

#[test]
fn a_classic_member_has_as_long_for_each_change_also_after_the_group_was_loaded() {
    let mut bench = bench();
    bench.topic(TOPIC, 6);
    let mut classic = Classic::new(None);
    classic.join(&mut bench);
    classic.sync(&mut bench, &[0, 1, 2, 3, 4, 5]).expect("an assignment");
    Consumer::new("one", &[TOPIC]).join(&mut bench);
    classic.join(&mut bench);
    classic.sync(&mut bench, &[]).expect("an assignment");
    assert_eq!(classic.owned.len(), 3, "it has three to give back");

    bench.reload();
    classic.join(&mut bench);
    classic.sync(&mut bench, &[]).expect("an assignment");
    for _ in 0..3 {
        bench.advance_ms(5_000);
        assert_eq!(classic.heartbeat(&mut bench), ErrorCode::None);
    }
    Consumer::new("two", &[TOPIC]).join(&mut bench);
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::RebalanceInProgress);
    classic.join(&mut bench);
    classic.sync(&mut bench, &[]).expect("an assignment");
    assert_eq!(classic.owned.len(), 2, "it has another one to give back");
    bench.advance_ms(5_000);
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::RebalanceInProgress);
}

#[test]
fn the_last_consumer_that_leaves_makes_it_a_classic_group_again() {
    let mut bench = bench();
    bench.topic(TOPIC, 2);
    let mut classic = classic_group(&mut bench);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    one.leave(&mut bench, -1);
    bench.advance_ms(0);
    assert_eq!(describe(&mut bench).error_code, ErrorCode::GroupIdNotFound.code());
    assert_eq!(classic_state(&mut bench), "PreparingRebalance");
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::IllegalGeneration);
    let response = classic.join(&mut bench);
    assert_eq!(response.leader, classic.id);
    classic.sync(&mut bench, &[0, 1]).expect("an assignment");
    assert_eq!(classic_state(&mut bench), "Stable");
    bench.reload();
    assert_eq!(classic_state(&mut bench), "Stable");
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::None);
}

#[test]
fn a_consumer_whose_session_ends_makes_it_a_classic_group_too() {
    let mut bench = bench();
    bench.topic(TOPIC, 2);
    let mut classic = classic_group(&mut bench);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    classic.join(&mut bench);
    classic.sync(&mut bench, &[]).expect("an assignment");
    classic.join(&mut bench);
    classic.sync(&mut bench, &[]).expect("an assignment");
    for _ in 0..9 {
        bench.advance_ms(5_000);
        classic.heartbeat(&mut bench);
    }
    assert_eq!(classic_state(&mut bench), "PreparingRebalance");
}

#[test]
fn a_static_consumer_that_comes_back_as_a_classic_one_makes_it_a_classic_group() {
    let mut bench = bench();
    bench.topic(TOPIC, 2);
    let mut one = Consumer::fixed("one", "i", &[TOPIC]);
    one.join(&mut bench);
    one.leave(&mut bench, -2);
    let mut classic = Classic::new(Some("i"));
    classic.join(&mut bench);
    bench.advance_ms(0);
    assert_eq!(classic_state(&mut bench), "Stable", "it has what the consumer had");
    classic.sync(&mut bench, &[]).expect("an assignment");
    assert_eq!(classic.owned, [0, 1]);
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::None);
    bench.compact();
    bench.reload();
    assert_eq!(classic_state(&mut bench), "Stable");
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::None);
}

#[test]
fn a_static_classic_member_comes_back_as_a_consumer() {
    let mut bench = bench();
    let orders = bench.topic(TOPIC, 2);
    let mut classic = Classic::new(Some("i"));
    classic.join(&mut bench);
    classic.sync(&mut bench, &[0, 1]).expect("an assignment");
    let mut one = Consumer::fixed("one", "i", &[TOPIC]);
    one.join(&mut bench);
    settle(&mut bench, &mut [&mut one]);
    assert_eq!(one.owned, partitions(orders, 0..2));
    assert_eq!(describe(&mut bench).members.len(), 1);
    assert_eq!(classic.heartbeat(&mut bench), ErrorCode::FencedInstanceId);
}

#[test]
fn an_empty_group_of_either_kind_makes_room_for_the_other() {
    let mut bench = bench();
    bench.topic(TOPIC, 2);
    let classic = classic_group(&mut bench);
    assert_eq!(classic.leave(&mut bench), ErrorCode::None);
    bench.advance_ms(0);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    assert_eq!(describe(&mut bench).members.len(), 1);
    one.leave(&mut bench, -1);
    classic_group(&mut bench);
    bench.reload();
    assert_eq!(classic_state(&mut bench), "Stable");
    assert_eq!(describe(&mut bench).error_code, ErrorCode::GroupIdNotFound.code());
}

#[test]
fn whoever_waits_in_a_classic_group_that_is_upgraded_is_told_to_join_again() {
    let mut bench = Bench::with(&[("group.initial.rebalance.delay.ms", "3000")]);
    bench.topic(TOPIC, 2);
    let mut classic = Classic::new(None);
    let pending = classic.ask(&mut bench);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    let response = bench.answer(&pending);
    assert_eq!(response.error_code, ErrorCode::RebalanceInProgress.code());
    classic.join(&mut bench);
    assert_eq!(describe(&mut bench).members.len(), 2);
}

#[test]
fn a_classic_group_whose_upgrade_cannot_be_written_goes_on() {
    let mut bench = bench();
    bench.topic(TOPIC, 2);
    let mut one = Classic::too_large_to_upgrade();
    one.join(&mut bench);
    one.sync(&mut bench, &[0, 1]).expect("an assignment");
    let mut two = Classic::new(None);
    let waiting = two.ask(&mut bench);
    let upgrade = bench.ask(asked(1, Consumer::new("three", &[TOPIC]).whole()));
    let refusal = bench.reply(&upgrade).expect("an answer");
    assert_eq!(refusal.expect_err("it is too large"), ErrorCode::UnknownServerError);
    assert_eq!(classic_state(&mut bench), "PreparingRebalance");

    // Who waited joins again, and the rebalance that had begun comes to its end.
    let dismissal = bench.answer(&waiting);
    assert_eq!(dismissal.error_code, ErrorCode::RebalanceInProgress.code());
    let again = two.ask(&mut bench);
    assert_eq!(one.heartbeat(&mut bench), ErrorCode::RebalanceInProgress);
    one.join(&mut bench);
    let response = bench.answer(&again);
    two.hear(&response);
    one.sync(&mut bench, &[0, 1]).expect("an assignment");
    assert_eq!(two.heartbeat(&mut bench), ErrorCode::None);

    // Members that have fallen silent are still missed.
    bench.advance_ms(30_000);
    assert_eq!(classic_state(&mut bench), "Empty");
}

#[test]
fn the_policy_says_which_way_a_group_may_go() {
    for (policy, upgrades, takes_classic) in
        [("disabled", false, false), ("downgrade", false, true), ("Upgrade", true, true)]
    {
        let mut bench = Bench::with(&[
            ("group.consumer.migration.policy", policy),
            ("group.initial.rebalance.delay.ms", "0"),
        ]);
        bench.topic(TOPIC, 2);
        let classic = classic_group(&mut bench);
        let response = send(&mut bench, Consumer::new("one", &[TOPIC]).whole());
        let code = if upgrades { 0 } else { ErrorCode::GroupIdNotFound.code() };
        assert_eq!(response.error_code, code, "{policy}");
        if upgrades {
            // The last consumer goes, and the group stays what it is.
            let mut one = Consumer::new("one", &[TOPIC]);
            one.leave(&mut bench, -1);
            bench.advance_ms(0);
            assert_eq!(describe(&mut bench).members.len(), 1);
            continue;
        }
        assert_eq!(classic.leave(&mut bench), ErrorCode::None);
        bench.advance_ms(0);
        Consumer::new("one", &[TOPIC]).join(&mut bench);
        let response = bench.call(asked(9, Classic::new(None).joining()));
        let code = match takes_classic {
            true => ErrorCode::MemberIdRequired,
            false => ErrorCode::InconsistentGroupProtocol,
        };
        assert_eq!(response.error_code, code.code(), "{policy}");
    }
}

#[test]
fn what_classic_members_cannot_say_is_refused() {
    let mut bench = bench();
    bench.topic(TOPIC, 2);
    let mut one = Consumer::new("one", &[TOPIC]);
    one.join(&mut bench);
    let join = |bench: &mut Bench, change: &dyn Fn(&mut JoinGroupRequest)| {
        let mut request = Classic::new(Some("i")).joining();
        change(&mut request);
        ErrorCode::from_code(bench.call(asked(9, request)).error_code)
    };
    let inconsistent = ErrorCode::InconsistentGroupProtocol;
    assert_eq!(join(&mut bench, &|request| request.protocol_type = "connect".into()), inconsistent);
    assert_eq!(join(&mut bench, &|request| request.protocols.clear()), inconsistent);
    let cut = &|request: &mut JoinGroupRequest| {
        request.protocols[0].metadata = Bytes::from_static(&[0]);
    };
    assert_eq!(join(&mut bench, cut), inconsistent);
    assert_eq!(
        join(&mut bench, &|request| request.member_id = "x".into()),
        ErrorCode::UnknownMemberId
    );
    // A member of the consumer protocol does not speak the classic one.
    let mut spoken = Classic::new(None);
    (spoken.id, spoken.generation) = ("one".into(), one.epoch);
    assert_eq!(spoken.heartbeat(&mut bench), ErrorCode::UnknownMemberId);
    assert_eq!(spoken.sync(&mut bench, &[]), Err(ErrorCode::UnknownMemberId));
}
