//! Stories of classic groups. A [`Room`] is a bench with a group's words around it.

mod joining;
mod leaving;
mod loading;
mod static_members;
mod syncing;

use base::{ErrorCode, Str};
use bytes::Bytes;
use protocol::messages::describe_groups_response::DescribedGroup;
use protocol::messages::join_group_request::JoinGroupRequestProtocol;
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use protocol::messages::{
    DescribeGroupsRequest, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest, SyncGroupResponse,
};
use protocol::record_types::embedded::ConsumerProtocolSubscription;
use protocol::record_types::group::{GroupMetadataValue, GroupValue};
use protocol::wire::{Message as _, Writer};

use crate::group::testing::{Bench, Pending, asked};
use crate::group::{Asked, GroupRecord};

const GROUP: &str = "group";

/// The newest versions, which most stories speak.
const JOIN: i16 = 9;
const SYNC: i16 = 5;

type Joins = Pending<Asked<JoinGroupRequest>>;
type Syncs = Pending<Asked<SyncGroupRequest>>;

/// The newest of each request, for a group called `group` that uses the consumer protocol.
struct Room {
    bench: Bench,
}

/// What a member says when it joins.
#[derive(Clone)]
struct Joiner {
    version: i16,
    request: JoinGroupRequest,
}

fn joiner(member: &str) -> Joiner {
    let request = JoinGroupRequest {
        group_id: GROUP.into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        member_id: member.into(),
        protocol_type: "consumer".into(),
        protocols: vec![protocol("range", &["topic"])],
        ..JoinGroupRequest::default()
    };
    Joiner { version: JOIN, request }
}

fn protocol(name: &str, topics: &[&str]) -> JoinGroupRequestProtocol {
    JoinGroupRequestProtocol {
        name: name.into(),
        metadata: subscription(topics),
        ..JoinGroupRequestProtocol::default()
    }
}

fn subscription(topics: &[&str]) -> Bytes {
    let subscription = ConsumerProtocolSubscription {
        topics: topics.iter().map(|topic| Str::from(*topic)).collect(),
        ..ConsumerProtocolSubscription::default()
    };
    let mut writer = Writer::with_capacity(64);
    writer.i16(1);
    subscription.encode(&mut writer, 1).expect("a subscription");
    writer.finish().into_contiguous().expect("bytes")
}

impl Joiner {
    fn version(mut self, version: i16) -> Joiner {
        self.version = version;
        self
    }

    fn instance(mut self, instance: &str) -> Joiner {
        self.request.group_instance_id = Some(instance.into());
        self
    }

    fn protocols(mut self, protocols: &[(&str, &[&str])]) -> Joiner {
        self.request.protocols =
            protocols.iter().map(|(name, topics)| protocol(name, topics)).collect();
        self
    }

    fn session_ms(mut self, ms: i32) -> Joiner {
        self.request.session_timeout_ms = ms;
        self
    }

    fn rebalance_ms(mut self, ms: i32) -> Joiner {
        self.request.rebalance_timeout_ms = ms;
        self
    }
}

impl Room {
    /// A room where the first rebalance does not wait.
    fn new() -> Room {
        Room::with(&[("group.initial.rebalance.delay.ms", "0")])
    }

    fn with(settings: &[(&str, &str)]) -> Room {
        Room { bench: Bench::with(settings) }
    }

    // ---- joining ----

    fn join(&mut self, joiner: &Joiner) -> Joins {
        self.bench.ask(asked(joiner.version, joiner.request.clone()))
    }

    /// Joins and is answered at once.
    #[track_caller]
    fn join_now(&mut self, joiner: &Joiner) -> JoinGroupResponse {
        let joins = self.join(joiner);
        self.bench.answer(&joins)
    }

    /// Has an id handed out.
    #[track_caller]
    fn new_id(&mut self) -> Str {
        let response = self.join_now(&joiner(""));
        assert_eq!(code(response.error_code), ErrorCode::MemberIdRequired);
        assert!(response.member_id.starts_with("client-"), "{}", response.member_id);
        response.member_id
    }

    /// A stable group of so many dynamic members, each with its index as its assignment. The leader
    /// comes first.
    fn stable(&mut self, count: usize) -> Vec<Str> {
        let ids: Vec<Str> = (0..count).map(|_| self.new_id()).collect();
        self.settle(&ids.iter().map(|id| joiner(id)).collect::<Vec<_>>())
    }

    /// Lets all of them join, the leader assign, and everybody fetch: the ids, the leader first.
    #[track_caller]
    fn settle(&mut self, joiners: &[Joiner]) -> Vec<Str> {
        let (leader, mut ids) = self.complete(joiners);
        ids.retain(|id| *id != leader.member_id);
        ids.insert(0, leader.member_id.clone());
        self.sync_all(leader.generation_id, &ids);
        ids
    }

    /// Lets all of them join: what the leader hears, and all ids.
    #[track_caller]
    fn complete(&mut self, joiners: &[Joiner]) -> (JoinGroupResponse, Vec<Str>) {
        let joins: Vec<Joins> = joiners.iter().map(|joiner| self.join(joiner)).collect();
        self.bench.advance_ms(0);
        let all: Vec<JoinGroupResponse> =
            joins.iter().map(|joins| self.bench.answer(joins)).collect();
        for response in &all {
            assert_eq!(code(response.error_code), ErrorCode::None);
            assert_eq!(response.generation_id, all[0].generation_id);
            assert_eq!(response.leader, all[0].leader);
        }
        let ids = all.iter().map(|response| response.member_id.clone()).collect();
        let leader = all.into_iter().find(|response| response.member_id == response.leader);
        (leader.expect("a leader"), ids)
    }

    /// The first of the ids leads; everybody gets its place as assignment.
    #[track_caller]
    fn sync_all(&mut self, generation: i32, ids: &[Str]) {
        let plan: Vec<(Str, String)> =
            ids.iter().enumerate().map(|(place, id)| (id.clone(), place.to_string())).collect();
        let plan: Vec<(&str, &str)> =
            plan.iter().map(|(id, place)| (id.as_str(), place.as_str())).collect();
        for (place, id) in ids.iter().enumerate() {
            let plan = if place == 0 { &plan[..] } else { &[] };
            let syncs = self.sync(id, generation, plan);
            let response = self.bench.answer(&syncs);
            assert_eq!(code(response.error_code), ErrorCode::None);
            assert_eq!(response.assignment, place.to_string());
        }
    }

    // ---- the rest ----

    fn sync(&mut self, member: &str, generation: i32, plan: &[(&str, &str)]) -> Syncs {
        self.bench.ask(asked(SYNC, sync_request(member, generation, plan)))
    }

    #[track_caller]
    fn sync_now(&mut self, member: &str, generation: i32) -> SyncGroupResponse {
        let syncs = self.sync(member, generation, &[]);
        self.bench.answer(&syncs)
    }

    fn heartbeat(&mut self, member: &str, generation: i32) -> ErrorCode {
        let request = HeartbeatRequest {
            group_id: GROUP.into(),
            member_id: member.into(),
            generation_id: generation,
            ..HeartbeatRequest::default()
        };
        code(self.bench.call(asked(4, request)).error_code)
    }

    fn leave(&mut self, members: &[(&str, Option<&str>)]) -> LeaveGroupResponse {
        let members = members.iter().map(|(id, instance)| MemberIdentity {
            member_id: (*id).into(),
            group_instance_id: instance.map(Str::from),
            ..MemberIdentity::default()
        });
        let members = members.collect();
        let request =
            LeaveGroupRequest { group_id: GROUP.into(), members, ..LeaveGroupRequest::default() };
        self.bench.call(asked(5, request))
    }

    fn describe(&mut self) -> DescribedGroup {
        let groups = vec![GROUP.into()];
        let request = DescribeGroupsRequest { groups, ..DescribeGroupsRequest::default() };
        self.bench.call(asked(5, request)).groups.remove(0)
    }

    fn state(&mut self) -> String {
        self.describe().group_state.to_string()
    }

    /// The records of the group since the last time.
    fn written(&mut self) -> Vec<Option<GroupMetadataValue>> {
        self.bench.new_records().into_iter().map(metadata_of).collect()
    }

    /// Loads the log again, as it is and compacted, and holds what is described afterwards to what
    /// was before.
    #[track_caller]
    fn reload(&mut self) {
        let before = self.describe();
        self.bench.reload();
        assert_eq!(self.describe(), before);
        self.bench.compact();
        self.bench.reload();
        assert_eq!(self.describe(), before);
    }
}

fn sync_request(member: &str, generation: i32, plan: &[(&str, &str)]) -> SyncGroupRequest {
    let assignments = plan.iter().map(|(id, assignment)| SyncGroupRequestAssignment {
        member_id: (*id).into(),
        assignment: Bytes::copy_from_slice(assignment.as_bytes()),
        ..SyncGroupRequestAssignment::default()
    });
    SyncGroupRequest {
        group_id: GROUP.into(),
        member_id: member.into(),
        generation_id: generation,
        protocol_type: Some("consumer".into()),
        protocol_name: Some("range".into()),
        assignments: assignments.collect(),
        ..SyncGroupRequest::default()
    }
}

fn metadata_of(record: GroupRecord) -> Option<GroupMetadataValue> {
    match record.value {
        None => None,
        Some((GroupValue::GroupMetadata(value), version)) => {
            assert_eq!(version, 3, "Kafka 4.3 writes version 3");
            Some(value)
        }
        Some(other) => panic!("not a classic group's record: {other:?}"),
    }
}

fn code(code: i16) -> ErrorCode {
    ErrorCode::from_code(code)
}
