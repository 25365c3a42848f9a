//! Classic groups (kafka.md's protocol of JoinGroup and SyncGroup).

use base::Str;
use bytes::Bytes;
use protocol::messages::join_group_request::JoinGroupRequestProtocol;
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use protocol::messages::*;

use super::Conversation;
use super::talk::Talk;

pub const ALL: &[Conversation] = &[
    ("join-without-an-id", join_without_an_id),
    ("join-refused", join_refused),
    ("one-member-lives-and-leaves", one_member_lives_and_leaves),
    ("two-members-share", two_members_share),
    ("protocols-must-agree", protocols_must_agree),
    ("static-member-returns", static_member_returns),
    ("sync-refused", sync_refused),
    ("heartbeat-refused", heartbeat_refused),
    ("leave-refused", leave_refused),
    ("groups-are-described", groups_are_described),
    ("groups-are-deleted", groups_are_deleted),
    ("group-ids-are-checked", group_ids_are_checked),
    ("commits-in-the-midst-of-a-rebalance", commits_in_the_midst_of_a_rebalance),
    ("join-leaves-laggards-behind", join_leaves_laggards_behind),
    ("join-in-every-version", join_in_every_version),
];

/// A consumer's subscription to topic `t`, version 0: Apache Kafka reads what consumers send here.
const SUBSCRIPTION: &[u8] = b"\0\0\0\0\0\x01\0\x01t\xff\xff\xff\xff";

fn protocols(names: &[&str]) -> Vec<JoinGroupRequestProtocol> {
    let protocol = |name: &&str| JoinGroupRequestProtocol {
        name: Str::from(*name),
        metadata: Bytes::from_static(SUBSCRIPTION),
        ..Default::default()
    };
    names.iter().map(protocol).collect()
}

fn joins(group: &Str, member: &str) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: group.clone(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        member_id: member.into(),
        protocol_type: "consumer".into(),
        protocols: protocols(&["range", "roundrobin"]),
        ..Default::default()
    }
}

fn syncs(group: &Str, generation: i32, member: &str, shares: &[(&str, &str)]) -> SyncGroupRequest {
    let share = |(member, assignment): &(&str, &str)| SyncGroupRequestAssignment {
        member_id: Str::from(*member),
        assignment: Bytes::copy_from_slice(assignment.as_bytes()),
        ..Default::default()
    };
    SyncGroupRequest {
        group_id: group.clone(),
        generation_id: generation,
        member_id: member.into(),
        protocol_type: Some("consumer".into()),
        protocol_name: Some("range".into()),
        assignments: shares.iter().map(share).collect(),
        ..Default::default()
    }
}

pub fn deletes(group: &Str) -> DeleteGroupsRequest {
    DeleteGroupsRequest { groups_names: vec![group.clone()], ..Default::default() }
}

fn beats(group: &Str, generation: i32, member: &str) -> HeartbeatRequest {
    HeartbeatRequest {
        group_id: group.clone(),
        generation_id: generation,
        member_id: member.into(),
        ..Default::default()
    }
}

fn leaves(group: &Str, member: &str, instance: Option<&str>) -> LeaveGroupRequest {
    let identity = MemberIdentity {
        member_id: member.into(),
        group_instance_id: instance.map(Str::from),
        ..Default::default()
    };
    LeaveGroupRequest { group_id: group.clone(), members: vec![identity], ..Default::default() }
}

/// Joins as a new member in two steps (KIP-394); the member's id goes by `name`.
fn enter(talk: &mut Talk, group: &Str, name: &str) -> JoinGroupResponse {
    let id = talk.aside(9, &joins(group, "")).member_id;
    talk.call(String::from(&id), name);
    talk.ask(9, joins(group, &id))
}

/// Joins and syncs: a member that works alone, with its generation.
fn settle(talk: &mut Talk, group: &Str, name: &str) -> (String, i32) {
    let joined = enter(talk, group, name);
    let (id, generation) = (String::from(&joined.member_id), joined.generation_id);
    talk.ask(5, syncs(group, generation, &id, &[(&id, "everything")]));
    (id, generation)
}

fn join_without_an_id(talk: &mut Talk) {
    let group = talk.group("g");
    let told = talk.ask(9, joins(&group, ""));
    talk.call(String::from(&told.member_id), "m");
    talk.ask(9, joins(&group, &told.member_id));
}

fn join_refused(talk: &mut Talk) {
    let group = talk.group("g");
    talk.ask(9, joins(&group, "nobody"));
    talk.ask(9, JoinGroupRequest { session_timeout_ms: 10, ..joins(&group, "") });
    talk.ask(9, JoinGroupRequest { session_timeout_ms: 4_000_000, ..joins(&group, "") });
    talk.ask(9, JoinGroupRequest { protocols: Vec::new(), ..joins(&group, "") });
    talk.ask(9, JoinGroupRequest { protocol_type: Str::EMPTY, ..joins(&group, "") });
    talk.ask(9, JoinGroupRequest { group_id: Str::EMPTY, ..joins(&group, "") });
    let stranger =
        JoinGroupRequest { group_instance_id: Some("i".into()), ..joins(&group, "nobody") };
    talk.ask(9, stranger);
}

fn one_member_lives_and_leaves(talk: &mut Talk) {
    let group = talk.group("g");
    let (id, generation) = settle(talk, &group, "m");
    talk.ask(4, beats(&group, generation, &id));
    talk.note("it joins again with nothing new, as the leader: a new generation");
    let again = talk.ask(9, joins(&group, &id));
    talk.ask(4, beats(&group, generation, &id));
    talk.ask(4, beats(&group, again.generation_id, &id));
    talk.ask(5, syncs(&group, again.generation_id, &id, &[(&id, "more")]));
    talk.note("a second sync is told the same");
    talk.ask(5, syncs(&group, again.generation_id, &id, &[]));
    talk.ask(5, leaves(&group, &id, None));
    talk.ask(4, beats(&group, again.generation_id, &id));
    talk.ask(5, leaves(&group, &id, None));
}

fn two_members_share(talk: &mut Talk) {
    let group = talk.group("g");
    let (first, generation) = settle(talk, &group, "first");
    let id = talk.aside(9, &joins(&group, "")).member_id;
    talk.call(String::from(&id), "second");
    let second = talk.begin(9, joins(&group, &id));
    talk.until_group_is(&group, "PreparingRebalance");
    talk.note("the first hears of it with its heartbeat");
    talk.ask(4, beats(&group, generation, &first));
    talk.ask(5, syncs(&group, generation, &first, &[]));
    let joined = talk.ask(9, joins(&group, &first));
    let second_joined = talk.finish(second);
    let next = joined.generation_id;
    talk.note("the follower waits for the leader");
    // Whether it comes before or after the leader's, it is told the same.
    let waits = talk.begin(5, syncs(&group, next, &id, &[]));
    talk.ask(4, beats(&group, next, &id));
    talk.ask(5, syncs(&group, next, &first, &[(&first, "half"), (&id, "other half")]));
    talk.finish(waits);
    talk.ask(4, beats(&group, next, &id));
    talk.note("a follower that joins again with the same protocols disturbs nobody");
    talk.ask(9, joins(&group, &second_joined.member_id));
    talk.ask(4, beats(&group, next, &first));
    talk.note("the leader leaves");
    talk.ask(5, leaves(&group, &first, None));
    talk.ask(4, beats(&group, next, &id));
    talk.ask(9, joins(&group, &id));
}

fn protocols_must_agree(talk: &mut Talk) {
    let group = talk.group("g");
    settle(talk, &group, "m");
    let other = JoinGroupRequest { protocols: protocols(&["sticky"]), ..joins(&group, "") };
    talk.ask(9, other);
    let other = JoinGroupRequest { protocol_type: "connect".into(), ..joins(&group, "") };
    talk.ask(9, other);
}

fn static_member_returns(talk: &mut Talk) {
    let group = talk.group("g");
    let as_instance = |member: &str| JoinGroupRequest {
        group_instance_id: Some("i".into()),
        ..joins(&group, member)
    };
    let first = talk.ask(9, as_instance(""));
    talk.call(String::from(&first.member_id), "m1");
    let first_id = String::from(&first.member_id);
    let sync = |generation: i32, id: &str, shares: &[(&str, &str)]| SyncGroupRequest {
        group_instance_id: Some("i".into()),
        ..syncs(&group, generation, id, shares)
    };
    talk.ask(5, sync(first.generation_id, &first_id, &[(&first_id, "everything")]));
    talk.note("it restarts: a new member id, the same generation, no rebalance");
    let second = talk.ask(9, as_instance(""));
    talk.call(String::from(&second.member_id), "m2");
    let second_id = String::from(&second.member_id);
    let beat = |id: &str| HeartbeatRequest {
        group_instance_id: Some("i".into()),
        ..beats(&group, second.generation_id, id)
    };
    talk.ask(4, beat(&second_id));
    talk.note("the one before is fenced");
    talk.ask(4, beat(&first_id));
    talk.ask(9, as_instance(&first_id));
    talk.ask(5, sync(second.generation_id, &first_id, &[]));
    talk.ask(5, leaves(&group, &first_id, Some("i")));
    talk.note("without its member id an administrator can remove it");
    talk.ask(5, leaves(&group, "", Some("nobody")));
    talk.ask(5, leaves(&group, "", Some("i")));
    talk.ask(4, beat(&second_id));
}

fn sync_refused(talk: &mut Talk) {
    let group = talk.group("g");
    talk.ask(5, syncs(&group, 1, "nobody", &[]));
    let (id, generation) = settle(talk, &group, "m");
    talk.ask(5, syncs(&group, generation + 1, &id, &[]));
    talk.ask(5, syncs(&group, generation, "nobody", &[]));
    let other = SyncGroupRequest {
        protocol_name: Some("other".into()),
        ..syncs(&group, generation, &id, &[])
    };
    talk.ask(5, other);
    let other = SyncGroupRequest {
        protocol_type: Some("other".into()),
        ..syncs(&group, generation, &id, &[])
    };
    talk.ask(5, other);
    talk.ask(5, SyncGroupRequest { group_id: Str::EMPTY, ..syncs(&group, generation, &id, &[]) });
}

fn heartbeat_refused(talk: &mut Talk) {
    let group = talk.group("g");
    talk.ask(4, beats(&group, 1, "nobody"));
    talk.ask(4, beats(&Str::EMPTY, 1, "nobody"));
    let (id, generation) = settle(talk, &group, "m");
    talk.ask(4, beats(&group, generation - 1, &id));
    talk.ask(4, beats(&group, generation + 1, &id));
    talk.ask(4, beats(&group, generation, "nobody"));
    let instance =
        HeartbeatRequest { group_instance_id: Some("i".into()), ..beats(&group, generation, &id) };
    talk.ask(4, instance);
}

fn leave_refused(talk: &mut Talk) {
    let group = talk.group("g");
    talk.ask(5, leaves(&group, "nobody", None));
    talk.ask(
        2,
        LeaveGroupRequest {
            group_id: group.clone(),
            member_id: "nobody".into(),
            ..Default::default()
        },
    );
    let (id, _) = settle(talk, &group, "m");
    let mut both = leaves(&group, "nobody", None);
    both.members.extend(leaves(&group, &id, None).members);
    talk.ask(5, both);
}

fn groups_are_described(talk: &mut Talk) {
    let group = talk.group("g");
    let describe =
        |group: &Str| DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() };
    talk.ask(6, describe(&group));
    talk.ask(5, describe(&group));
    let (id, _) = settle(talk, &group, "m");
    talk.ask(6, describe(&group));
    talk.ask(0, describe(&group));
    let second = talk.aside(9, &joins(&group, "")).member_id;
    talk.call(String::from(&second), "second");
    let waits = talk.begin(9, joins(&group, &second));
    talk.until_group_is(&group, "PreparingRebalance");
    talk.ask(6, describe(&group));
    talk.ask(9, joins(&group, &id));
    talk.finish(waits);
    talk.ask(6, describe(&group));
    talk.ask(5, leaves(&group, &second, None));
    talk.ask(5, leaves(&group, &id, None));
    talk.ask(6, describe(&group));
}

fn groups_are_deleted(talk: &mut Talk) {
    let group = talk.group("g");
    let delete = || deletes(&group);
    talk.ask(2, delete());
    let (id, _) = settle(talk, &group, "m");
    talk.ask(2, delete());
    talk.ask(5, leaves(&group, &id, None));
    talk.ask(2, delete());
    talk.ask(2, delete());
    talk.ask(2, deletes(&Str::EMPTY));
}

fn group_ids_are_checked(talk: &mut Talk) {
    talk.note("the two brokers explain it in words of their own");
    for explanation in [
        "Some(\"This most likely occurs because of a request being malformed by the client library \
         or the message was sent to an incompatible broker. See the broker logs for more details.\")",
        "Some(\"the key type is 0, 1 or, from version 6 on, 2 with a key \
         `group:topic id:partition`\")",
    ] {
        talk.call(explanation, "explanation");
    }
    talk.ask(
        6,
        FindCoordinatorRequest {
            key_type: 9,
            coordinator_keys: vec!["g".into()],
            ..Default::default()
        },
    );
    talk.ask(6, FindCoordinatorRequest { coordinator_keys: Vec::new(), ..Default::default() });
}

fn commits_in_the_midst_of_a_rebalance(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic("t", 1);
    let commit = |generation: i32, member: &str| OffsetCommitRequest {
        group_id: group.clone(),
        generation_id_or_member_epoch: generation,
        member_id: member.into(),
        topics: vec![offset_commit_request::OffsetCommitRequestTopic {
            name: topic.clone(),
            partitions: vec![offset_commit_request::OffsetCommitRequestPartition {
                partition_index: 0,
                committed_offset: 5,
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    talk.note("the leader has not assigned anything yet");
    let joined = enter(talk, &group, "first");
    let (first, generation) = (String::from(&joined.member_id), joined.generation_id);
    talk.ask(9, commit(generation, &first));
    talk.ask(9, commit(-1, ""));
    talk.ask(5, syncs(&group, generation, &first, &[(&first, "everything")]));
    talk.ask(9, commit(generation, &first));
    talk.note("another member is waited for: what was read can still be committed");
    let second = talk.aside(9, &joins(&group, "")).member_id;
    talk.call(String::from(&second), "second");
    let waits = talk.begin(9, joins(&group, &second));
    talk.until_group_is(&group, "PreparingRebalance");
    talk.ask(9, commit(generation, &first));
    talk.ask(9, commit(generation - 1, &first));
    talk.ask(9, commit(generation, &second));
    let joined = talk.ask(9, joins(&group, &first));
    talk.finish(waits);
    talk.ask(9, commit(joined.generation_id, &second));
    talk.ask(9, commit(generation, &first));
}

fn join_leaves_laggards_behind(talk: &mut Talk) {
    let group = talk.group("g");
    let hasty = |member: &str, instance: Option<&str>| JoinGroupRequest {
        // Long enough for a busy machine to have the members join again that shall.
        rebalance_timeout_ms: 1_500,
        group_instance_id: instance.map(Str::from),
        ..joins(&group, member)
    };
    let first = talk.ask(9, hasty("", Some("i")));
    talk.call(String::from(&first.member_id), "static");
    let second = talk.aside(9, &hasty("", None)).member_id;
    talk.call(String::from(&second), "dynamic");
    let waits = talk.begin(9, hasty(&second, None));
    talk.until_group_is(&group, "PreparingRebalance");
    talk.ask(9, hasty(&first.member_id, Some("i")));
    talk.finish(waits);
    talk.note("a third one comes, and neither of them joins again");
    let third = talk.aside(9, &hasty("", None)).member_id;
    talk.call(String::from(&third), "late");
    talk.ask(9, hasty(&third, None));
    talk.note("the static one is still there, the dynamic one is not");
    talk.ask(6, DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() });
    talk.ask(4, beats(&group, 2, &second));
}

fn join_in_every_version(talk: &mut Talk) {
    for version in 0..=9 {
        let group = talk.group(&format!("g{version}"));
        let mut joined = talk.ask(version, joins(&group, ""));
        let id = String::from(&joined.member_id);
        talk.call(id.clone(), &format!("m{version}"));
        if joined.error_code != 0 {
            joined = talk.ask(version, joins(&group, &id));
        }
        let sync = syncs(&group, joined.generation_id, &id, &[(&id, "everything")]);
        talk.ask(version.min(5), sync);
        talk.ask(version.min(4), beats(&group, joined.generation_id, &id));
    }
}
