//! Consumer groups whose partitions the coordinator assigns (KIP-848).

use base::{Str, Uuid};
use bytes::Bytes;
use protocol::messages::consumer_group_heartbeat_request::TopicPartitions;
use protocol::messages::join_group_request::JoinGroupRequestProtocol;
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use protocol::messages::*;

use super::Conversation;
use super::classic_groups::deletes;
use super::talk::Talk;
use super::topics;

pub const ALL: &[Conversation] = &[
    ("consumer-member-joins-lives-and-leaves", joins_lives_and_leaves),
    ("consumer-members-share-partitions", members_share_partitions),
    ("consumer-heartbeats-are-refused", heartbeats_are_refused),
    ("consumer-heartbeats-of-the-first-version", heartbeats_of_the_first_version),
    ("consumer-epochs-are-checked", epochs_are_checked),
    ("consumer-responses-are-lost", responses_are_lost),
    ("consumer-heartbeats-come-twice-and-late", heartbeats_come_twice_and_late),
    ("consumer-static-member-returns", static_member_returns),
    ("consumer-static-members-are-fenced", static_members_are_fenced),
    ("consumer-topics-match-an-expression", topics_match_an_expression),
    ("consumer-assignor-is-chosen", assignor_is_chosen),
    ("consumer-topics-change", topics_change),
    ("consumer-group-is-full", group_is_full),
    ("consumer-member-is-silent", member_is_silent),
    ("consumer-member-keeps-what-it-shall-give-up", member_keeps_what_it_shall_give_up),
    ("consumer-groups-are-described", groups_are_described),
    ("consumer-offsets-are-committed", offsets_are_committed),
    ("consumer-group-is-not-another-kind", group_is_not_another_kind),
    ("consumer-group-grows-out-of-a-classic-one", grows_out_of_a_classic_one),
    ("consumer-group-becomes-a-classic-one", becomes_a_classic_one),
    ("consumer-static-member-changes-protocol", static_member_changes_protocol),
    ("consumer-classic-group-stays-classic", classic_group_stays_classic),
    ("consumer-empty-group-changes-kind", empty_group_changes_kind),
];

// ---- what is asked ----

fn beats(group: &Str, member: &str, epoch: i32) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest {
        group_id: group.clone(),
        member_id: member.into(),
        member_epoch: epoch,
        ..Default::default()
    }
}

/// A heartbeat that says everything, of a member that owns nothing.
fn says_all(
    group: &Str,
    member: &str,
    epoch: i32,
    topics: &[&Str],
) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest {
        rebalance_timeout_ms: 30_000,
        subscribed_topic_names: Some(topics.iter().map(|topic| (*topic).clone()).collect()),
        topic_partitions: Some(Vec::new()),
        ..beats(group, member, epoch)
    }
}

fn joins(group: &Str, member: &str, topics: &[&Str]) -> ConsumerGroupHeartbeatRequest {
    says_all(group, member, 0, topics)
}

fn owning(
    request: ConsumerGroupHeartbeatRequest,
    topic: Uuid,
    partitions: &[i32],
) -> ConsumerGroupHeartbeatRequest {
    let owned =
        TopicPartitions { topic_id: topic, partitions: partitions.to_vec(), ..Default::default() };
    ConsumerGroupHeartbeatRequest { topic_partitions: Some(vec![owned]), ..request }
}

fn as_instance(
    instance: &str,
    request: ConsumerGroupHeartbeatRequest,
) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest { instance_id: Some(instance.into()), ..request }
}

fn describes(group: &Str) -> ConsumerGroupDescribeRequest {
    ConsumerGroupDescribeRequest { group_ids: vec![group.clone()], ..Default::default() }
}

fn commits(group: &Str, topic: &Str, member: &str, epoch: i32) -> OffsetCommitRequest {
    let partition = OffsetCommitRequestPartition {
        partition_index: 0,
        committed_offset: 5,
        ..Default::default()
    };
    let topic = OffsetCommitRequestTopic {
        name: topic.clone(),
        partitions: vec![partition],
        ..Default::default()
    };
    OffsetCommitRequest {
        group_id: group.clone(),
        generation_id_or_member_epoch: epoch,
        member_id: member.into(),
        topics: vec![topic],
        ..Default::default()
    }
}

/// Heartbeats until the member is told of an assignment of so many partitions; its epoch, and the
/// partitions of the first topic.
fn until_assigned(
    talk: &mut Talk,
    request: ConsumerGroupHeartbeatRequest,
    count: usize,
) -> (i32, Vec<i32>) {
    let assigned = |reply: &ConsumerGroupHeartbeatResponse| {
        let assignment = reply.assignment.as_ref();
        let topics = assignment.map(|assignment| assignment.topic_partitions.iter());
        topics.map(|topics| topics.map(|topic| topic.partitions.len()).sum()) == Some(count)
    };
    let reply = talk.ask_until(1, request, assigned);
    let topics = reply.assignment.expect("it was looked for").topic_partitions;
    (reply.member_epoch, topics.first().map(|topic| topic.partitions.clone()).unwrap_or_default())
}

// ---- classic members of such a group ----

/// What a consumer subscribes to, as classic members say it (version 0).
fn subscription(topic: &Str) -> Bytes {
    let mut bytes = vec![0, 0, 0, 0, 0, 1, 0, u8::try_from(topic.len()).expect("a short name")];
    bytes.extend_from_slice(topic.as_bytes());
    bytes.extend_from_slice(&(-1i32).to_be_bytes());
    bytes.into()
}

/// What a leader gives a classic member: the first partition of the topic.
fn assignment(topic: &Str) -> Bytes {
    let mut bytes = vec![0, 0, 0, 0, 0, 1, 0, u8::try_from(topic.len()).expect("a short name")];
    bytes.extend_from_slice(topic.as_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0]);
    bytes.extend_from_slice(&(-1i32).to_be_bytes());
    bytes.into()
}

fn classic_joins(group: &Str, member: &str, topic: &Str) -> JoinGroupRequest {
    let protocol = JoinGroupRequestProtocol {
        name: "range".into(),
        metadata: subscription(topic),
        ..Default::default()
    };
    JoinGroupRequest {
        group_id: group.clone(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        member_id: member.into(),
        protocol_type: "consumer".into(),
        protocols: vec![protocol],
        ..Default::default()
    }
}

fn classic_syncs(group: &Str, member: &str, generation: i32) -> SyncGroupRequest {
    SyncGroupRequest {
        group_id: group.clone(),
        generation_id: generation,
        member_id: member.into(),
        protocol_type: Some("consumer".into()),
        protocol_name: Some("range".into()),
        ..Default::default()
    }
}

fn classic_beats(group: &Str, member: &str, generation: i32) -> HeartbeatRequest {
    HeartbeatRequest {
        group_id: group.clone(),
        generation_id: generation,
        member_id: member.into(),
        ..Default::default()
    }
}

fn classic_leaves(group: &Str, member: &str) -> LeaveGroupRequest {
    let identity = MemberIdentity { member_id: member.into(), ..Default::default() };
    LeaveGroupRequest { group_id: group.clone(), members: vec![identity], ..Default::default() }
}

/// A classic member that works alone: its id, which goes by `name`, and its generation.
fn classic_member(talk: &mut Talk, group: &Str, topic: &Str, name: &str) -> (String, i32) {
    let id = String::from(&talk.aside(9, &classic_joins(group, "", topic)).member_id);
    talk.call(id.clone(), name);
    let joined = talk.ask(9, classic_joins(group, &id, topic));
    let share = sync_group_request::SyncGroupRequestAssignment {
        member_id: Str::from(id.as_str()),
        assignment: assignment(topic),
        ..Default::default()
    };
    let syncs = SyncGroupRequest {
        assignments: vec![share],
        ..classic_syncs(group, &id, joined.generation_id)
    };
    talk.ask(5, syncs);
    (id, joined.generation_id)
}

// ---- the conversations ----

fn joins_lives_and_leaves(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 3);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 3);
    talk.ask(1, beats(&group, "m1", epoch));
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0, 1, 2]));
    talk.note("the same again, in full");
    talk.ask(1, owning(says_all(&group, "m1", epoch, &[&topic]), id, &[0, 1, 2]));
    talk.note("it joins again");
    talk.ask(1, joins(&group, "m1", &[&topic]));
    talk.note("it leaves");
    talk.ask(1, beats(&group, "m1", -1));
    talk.ask(1, beats(&group, "m1", epoch));
    talk.ask(1, beats(&group, "m1", -1));
    talk.note("and comes back");
    talk.ask(1, joins(&group, "m1", &[&topic]));
}

fn members_share_partitions(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 4);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 4);
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0, 1, 2, 3]));
    talk.note("a second member waits for what the first has to give up");
    let joined = talk.ask(1, joins(&group, "m2", &[&topic]));
    talk.ask(1, beats(&group, "m2", joined.member_epoch));
    let (_, kept) = until_assigned(talk, owning(beats(&group, "m1", epoch), id, &[0, 1, 2, 3]), 2);
    talk.note("it does not say that it has");
    talk.ask(1, beats(&group, "m1", epoch));
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0, 1, 2, 3]));
    talk.ask(1, beats(&group, "m2", joined.member_epoch));
    talk.note("it has given them up");
    let told = talk.ask(1, owning(beats(&group, "m1", epoch), id, &kept));
    talk.ask(1, owning(beats(&group, "m1", told.member_epoch), id, &kept));
    let second = talk.ask(1, beats(&group, "m2", joined.member_epoch));
    talk.ask(1, beats(&group, "m2", second.member_epoch));
    talk.note("the first leaves, and the second gets all");
    talk.ask(1, beats(&group, "m1", -1));
    until_assigned(talk, beats(&group, "m2", second.member_epoch), 4);
}

fn heartbeats_are_refused(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 1);
    let join = || joins(&group, "m1", &[&topic]);
    talk.ask(1, ConsumerGroupHeartbeatRequest { group_id: Str::EMPTY, ..join() });
    talk.ask(1, ConsumerGroupHeartbeatRequest { group_id: "  ".into(), ..join() });
    talk.ask(1, ConsumerGroupHeartbeatRequest { member_id: Str::EMPTY, ..join() });
    talk.ask(1, ConsumerGroupHeartbeatRequest { rebalance_timeout_ms: -1, ..join() });
    talk.ask(1, ConsumerGroupHeartbeatRequest { topic_partitions: None, ..join() });
    talk.ask(1, owning(join(), id, &[0]));
    talk.ask(1, ConsumerGroupHeartbeatRequest { subscribed_topic_names: None, ..join() });
    talk.ask(1, ConsumerGroupHeartbeatRequest { server_assignor: Some("no".into()), ..join() });
    talk.ask(1, ConsumerGroupHeartbeatRequest { server_assignor: Some(Str::EMPTY), ..join() });
    talk.ask(1, as_instance("", join()));
    talk.ask(1, ConsumerGroupHeartbeatRequest { rack_id: Some(Str::EMPTY), ..join() });
    for epoch in [-3, i32::MIN, -2, -1, 1, i32::MAX] {
        talk.ask(1, ConsumerGroupHeartbeatRequest { member_epoch: epoch, ..join() });
    }
    talk.note("of a group that is there");
    talk.ask(1, join());
    for epoch in [-2, -1, 1] {
        talk.ask(1, beats(&group, "nobody", epoch));
        talk.ask(1, as_instance("nobody", beats(&group, "nobody", epoch)));
    }
    talk.note("it subscribes to nothing");
    talk.ask(1, joins(&group, "m2", &[]));
    talk.note("partitions that it does not have, of a topic that is not there");
    talk.ask(1, owning(beats(&group, "m1", 1), Uuid::from_halves(1, 2), &[0]));
    talk.ask(1, owning(beats(&group, "m1", 2), Uuid::from_halves(1, 2), &[-1, 7, 7]));
}

fn heartbeats_of_the_first_version(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    talk.note("the coordinator makes up the member's id");
    let made = talk.ask(0, joins(&group, "", &[&topic]));
    let id = String::from(&made.member_id.expect("the member has an id"));
    talk.call(id.clone(), "m");
    talk.ask(0, beats(&group, &id, made.member_epoch));
    talk.ask(0, beats(&group, "", made.member_epoch));
    talk.ask(0, beats(&group, "", -1));
    talk.ask(0, beats(&group, "", -2));
    talk.ask(0, describes(&group));
    talk.ask(0, beats(&group, &id, -1));
}

fn epochs_are_checked(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 1);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 1);
    talk.ask(1, beats(&group, "m1", epoch + 7));
    talk.ask(1, beats(&group, "m1", epoch + 1));
    talk.ask(1, beats(&group, "nobody", epoch));
    talk.note("two more epochs");
    let (other, _) = talk.topic_for_groups("u", 1);
    let subscribes = |epoch: i32, topics: &[&Str]| ConsumerGroupHeartbeatRequest {
        topic_partitions: None,
        ..says_all(&group, "m1", epoch, topics)
    };
    let (second, _) = until_assigned(talk, subscribes(epoch, &[&topic, &other]), 2);
    let (third, _) = until_assigned(talk, subscribes(second, &[&topic]), 1);
    talk.note("two epochs behind");
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0]));
    talk.ask(1, beats(&group, "m1", epoch));
    talk.note("it has to begin anew, and does");
    talk.ask(1, joins(&group, "m1", &[&topic]));
    talk.ask(1, beats(&group, "m1", third));
}

fn responses_are_lost(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 2);
    let (other, other_id) = talk.topic_for_groups("u", 1);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 2);
    talk.note("the response to the join: it joins again");
    talk.ask(1, joins(&group, "m1", &[&topic]));
    let both = |epoch: i32| owning(says_all(&group, "m1", epoch, &[&topic, &other]), id, &[0, 1]);
    let (next, _) = until_assigned(talk, both(epoch), 3);
    talk.note("the response to that: it comes with the epoch before and what it had then");
    talk.ask(1, both(epoch));
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0]));
    talk.note("with more than it has been given, and without saying what it has");
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0, 1, 2]));
    talk.ask(1, owning(beats(&group, "m1", epoch), Uuid::from_halves(1, 2), &[0]));
    talk.ask(1, beats(&group, "m1", epoch));
    talk.note("with what it was given in the response that was lost");
    talk.ask(1, owning(beats(&group, "m1", epoch), other_id, &[0]));
    talk.ask(1, beats(&group, "m1", next));
    talk.note("the response to its farewell");
    talk.ask(1, beats(&group, "m1", -1));
    talk.ask(1, beats(&group, "m1", -1));
}

fn heartbeats_come_twice_and_late(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 2);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 2);
    talk.note("twice");
    for _ in 0..2 {
        talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0, 1]));
    }
    talk.note("the join of a second member comes twice, the first gives up a partition twice");
    for _ in 0..2 {
        talk.ask(1, joins(&group, "m2", &[&topic]));
    }
    let (_, kept) = until_assigned(talk, owning(beats(&group, "m1", epoch), id, &[0, 1]), 1);
    let told = talk.ask(1, owning(beats(&group, "m1", epoch), id, &kept));
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &kept));
    talk.note("one of before comes after it");
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0, 1]));
    talk.ask(1, owning(beats(&group, "m1", told.member_epoch), id, &kept));
    talk.note(
        "the second member's farewell overtakes its heartbeat, and its join comes after both",
    );
    talk.ask(1, beats(&group, "m2", -1));
    talk.ask(1, beats(&group, "m2", told.member_epoch));
    talk.ask(1, joins(&group, "m2", &[&topic]));
}

fn static_member_returns(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 2);
    let (epoch, _) = until_assigned(talk, as_instance("i", joins(&group, "m1", &[&topic])), 2);
    talk.ask(1, as_instance("i", owning(beats(&group, "m1", epoch), id, &[0, 1])));
    talk.note("it goes for a while");
    talk.ask(1, as_instance("i", beats(&group, "m1", -2)));
    talk.ask(1, describes(&group));
    talk.ask(1, as_instance("i", beats(&group, "m1", -2)));
    talk.ask(1, as_instance("i", beats(&group, "m1", epoch)));
    talk.note("and returns by another member id: its partitions, and no new epoch");
    let (epoch, _) = until_assigned(talk, as_instance("i", joins(&group, "m2", &[&topic])), 2);
    talk.ask(1, as_instance("i", beats(&group, "m2", epoch)));
    talk.ask(1, describes(&group));
    talk.note("again, with another subscription");
    talk.ask(1, as_instance("i", beats(&group, "m2", -2)));
    let (other, _) = talk.topic_for_groups("u", 1);
    until_assigned(talk, as_instance("i", joins(&group, "m3", &[&other])), 1);
    talk.note("for good");
    talk.ask(1, as_instance("i", beats(&group, "m3", -1)));
    talk.ask(1, describes(&group));
}

fn static_members_are_fenced(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let (epoch, _) = until_assigned(talk, as_instance("i", joins(&group, "m1", &[&topic])), 2);
    talk.note("another one under the same name");
    talk.ask(1, as_instance("i", joins(&group, "m2", &[&topic])));
    for epoch in [epoch, -1, -2] {
        talk.ask(1, as_instance("i", beats(&group, "m2", epoch)));
    }
    talk.note("the member without its name, and with another");
    talk.ask(1, beats(&group, "m1", epoch));
    talk.ask(1, as_instance("j", beats(&group, "m1", epoch)));
    talk.note("the member itself joins again");
    talk.ask(1, as_instance("i", joins(&group, "m1", &[&topic])));
    talk.note("it has gone, and another has come for it");
    talk.ask(1, as_instance("i", beats(&group, "m1", -2)));
    talk.ask(1, as_instance("i", joins(&group, "m2", &[&topic])));
    for epoch in [epoch, 0, -1, -2] {
        let request = as_instance("i", joins(&group, "m1", &[&topic]));
        talk.ask(1, ConsumerGroupHeartbeatRequest { member_epoch: epoch, ..request });
    }
    talk.ask(1, beats(&group, "m1", epoch));
    talk.note("an administrator sends it away");
    let identity = MemberIdentity { group_instance_id: Some("i".into()), ..Default::default() };
    let leaves = LeaveGroupRequest {
        group_id: group.clone(),
        members: vec![identity],
        ..Default::default()
    };
    talk.ask(5, leaves.clone());
    talk.ask(5, leaves);
    talk.ask(1, describes(&group));
}

fn topics_match_an_expression(talk: &mut Talk) {
    let group = talk.group("g");
    talk.topic_for_groups("t1", 1);
    talk.topic_for_groups("t2", 2);
    let own = |pattern: &str| format!("{}-{pattern}", "consumer-topics-match-an-expression");
    let matches = |member: &str, pattern: &str| ConsumerGroupHeartbeatRequest {
        subscribed_topic_names: None,
        subscribed_topic_regex: Some(pattern.into()),
        ..joins(&group, member, &[])
    };
    talk.note("what is no expression");
    for pattern in ["(", "[", "a**", "*", "(?=a)", "\\", "a{2000}", "(?P<n", "[z-a]", "\\8"] {
        talk.ask(1, matches("m1", pattern));
    }
    talk.note("nothing");
    talk.ask(1, matches("m1", ""));
    let (epoch, _) = until_assigned(talk, matches("m1", &own("t.*")), 3);
    talk.ask(1, describes(&group));
    talk.ask(1, beats(&group, "m1", epoch));
    talk.note("the whole name must match");
    let (second, _) = until_assigned(
        talk,
        ConsumerGroupHeartbeatRequest { member_epoch: epoch, ..matches("m1", &own("t1")) },
        1,
    );
    talk.note("a name as well");
    let (other, _) = talk.topic_for_groups("u", 1);
    let also = ConsumerGroupHeartbeatRequest {
        subscribed_topic_names: Some(vec![other.clone()]),
        ..beats(&group, "m1", second)
    };
    let (third, _) = until_assigned(talk, also, 2);
    talk.note("no expression any more");
    let named = ConsumerGroupHeartbeatRequest {
        subscribed_topic_regex: Some(Str::EMPTY),
        ..beats(&group, "m1", third)
    };
    until_assigned(talk, named, 1);
    talk.ask(1, describes(&group));
}

fn assignor_is_chosen(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 4);
    let by = |member: &str, assignor: &str| ConsumerGroupHeartbeatRequest {
        server_assignor: Some(assignor.into()),
        ..joins(&group, member, &[&topic])
    };
    talk.ask(1, by("m1", "uniform"));
    talk.ask(1, describes(&group));
    talk.note("one each, then two against one");
    talk.ask(1, by("m2", "range"));
    talk.ask(1, describes(&group));
    talk.ask(1, by("m3", "range"));
    talk.ask(1, describes(&group));
    talk.ask(1, by("m3", "Range"));
}

fn topics_change(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 1);
    let missing = talk.own("u");
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic, &missing]), 1);
    talk.note("the topic that was missing comes");
    let owning_one = |epoch: i32| owning(beats(&group, "m1", epoch), id, &[0]);
    talk.topic_for_groups("u", 1);
    let (epoch, _) = until_assigned(talk, owning_one(epoch), 2);
    talk.note("one more partition");
    talk.ask(3, topics::grows(&topic, 2, None));
    let (epoch, _) = until_assigned(talk, beats(&group, "m1", epoch), 3);
    talk.note("a topic goes");
    talk.ask(6, topics::deletes(Some(&missing), Uuid::ZERO));
    let (epoch, _) = until_assigned(talk, beats(&group, "m1", epoch), 2);
    let told = talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0, 1]));
    let epoch = told.member_epoch;
    talk.ask(1, describes(&group));
    talk.note("and comes again: another id");
    talk.topic_for_groups("u", 1);
    until_assigned(talk, beats(&group, "m1", epoch), 3);
}

fn group_is_full(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 3);
    for member in ["m1", "m2"] {
        talk.ask(1, joins(&group, member, &[&topic]));
    }
    talk.ask(1, as_instance("i", joins(&group, "m3", &[&topic])));
    talk.note("one too many");
    talk.ask(1, joins(&group, "m4", &[&topic]));
    talk.ask(1, as_instance("j", joins(&group, "m4", &[&topic])));
    talk.ask(9, classic_joins(&group, "", &topic));
    // Who comes for a static member that has gone is turned away by 4.3.1 and by none after it.
    talk.note("a member of the group may join again");
    talk.ask(1, joins(&group, "m1", &[&topic]));
    talk.note("one goes");
    talk.ask(1, beats(&group, "m2", -1));
    talk.ask(1, joins(&group, "m5", &[&topic]));
}

/// Has the coordinator wait for members of a group no longer than it must.
fn is_impatient(talk: &mut Talk, group: &Str) {
    talk.set_of_group(
        group,
        // A busy machine must not take longer from one request of a member to its next.
        &[("consumer.heartbeat.interval.ms", "60"), ("consumer.session.timeout.ms", "1000")],
    );
    let join = joins(group, "first", &[]);
    talk.until("the group's settings hold", |talk| {
        talk.aside(1, &join).heartbeat_interval_ms == 60
    });
    talk.aside(1, &beats(group, "first", -1));
}

fn members(talk: &mut Talk, group: &Str) -> usize {
    talk.aside(1, &describes(group)).groups[0].members.len()
}

fn member_is_silent(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    is_impatient(talk, &group);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 1);
    talk.until("it is given up", |talk| members(talk, &group) == 0);
    talk.ask(1, beats(&group, "m1", epoch));
    talk.ask(1, describes(&group));
    talk.note("a static one that had gone for a while");
    talk.ask(1, as_instance("i", joins(&group, "m2", &[&topic])));
    talk.ask(1, as_instance("i", beats(&group, "m2", -2)));
    talk.until("it is given up", |talk| members(talk, &group) == 0);
    talk.ask(1, as_instance("i", beats(&group, "m2", -2)));
    talk.ask(1, joins(&group, "m3", &[&topic]));
}

fn member_keeps_what_it_shall_give_up(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 2);
    let hasty = |member: &str| ConsumerGroupHeartbeatRequest {
        rebalance_timeout_ms: 300,
        ..joins(&group, member, &[&topic])
    };
    let (epoch, _) = until_assigned(talk, hasty("m1"), 2);
    let second = talk.ask(1, hasty("m2"));
    until_assigned(talk, owning(beats(&group, "m1", epoch), id, &[0, 1]), 1);
    talk.until("it is fenced", |talk| members(talk, &group) == 1);
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[0, 1]));
    until_assigned(talk, beats(&group, "m2", second.member_epoch), 2);
}

fn groups_are_described(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 2);
    talk.ask(1, describes(&group));
    talk.ask(1, describes(&Str::EMPTY));
    talk.ask(1, ConsumerGroupDescribeRequest::default());
    let details = ConsumerGroupHeartbeatRequest {
        rack_id: Some("r1".into()),
        ..as_instance("i", joins(&group, "m1", &[&topic]))
    };
    let (epoch, _) = until_assigned(talk, details, 2);
    talk.ask(1, as_instance("i", owning(beats(&group, "m1", epoch), id, &[0, 1])));
    talk.ask(1, describes(&group));
    talk.ask(0, describes(&group));
    let with_rights =
        ConsumerGroupDescribeRequest { include_authorized_operations: true, ..describes(&group) };
    talk.ask(1, with_rights);
    talk.note("in the midst of a rebalance");
    talk.ask(1, joins(&group, "m2", &[&topic]));
    talk.ask(1, describes(&group));
    talk.groups(&["consumer"], &[]);
    talk.groups(&["Consumer"], &["reconciling"]);
    talk.groups(&[], &["Stable", "nonsense"]);
    talk.groups(&["classic"], &[]);
    talk.note("as seen by those who know classic groups only");
    talk.ask(6, DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() });
    talk.ask(5, DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() });
    talk.ask(2, deletes(&group));
    let several = vec![group.clone(), talk.own("no such group"), group.clone()];
    talk.ask(1, ConsumerGroupDescribeRequest { group_ids: several, ..Default::default() });
    talk.ask(1, as_instance("i", beats(&group, "m1", -1)));
    talk.ask(1, beats(&group, "m2", -1));
    talk.ask(1, describes(&group));
    talk.groups(&["consumer"], &["empty"]);
    talk.ask(2, deletes(&group));
    talk.ask(1, describes(&group));
    talk.ask(2, deletes(&group));
}

fn offsets_are_committed(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 1);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 1);
    let commit = |member: &str, epoch: i32| commits(&group, &topic, member, epoch);
    talk.ask(9, commit("m1", epoch));
    let mut by_id = commit("m1", epoch);
    by_id.topics[0].topic_id = id;
    talk.ask(10, by_id);
    for version in [8, 9, 10] {
        for epoch in [epoch - 1, epoch + 1, 0, -1] {
            talk.ask(version, commit("m1", epoch));
        }
        talk.ask(version, commit("nobody", epoch));
        talk.ask(version, commit("", -1));
    }
    talk.note("a new epoch, of which it has not heard when it commits");
    let (other, _) = talk.topic_for_groups("u", 1);
    let request = ConsumerGroupHeartbeatRequest {
        subscribed_topic_names: Some(vec![topic.clone(), other.clone()]),
        ..beats(&group, "m1", epoch)
    };
    let (next, _) = until_assigned(talk, request, 2);
    talk.ask(9, commit("m1", epoch));
    talk.ask(9, commits(&group, &other, "m1", epoch));
    talk.ask(9, commit("m1", next));
    let fetch = |member: Option<&str>, epoch: i32| {
        let topic = OffsetFetchRequestTopics {
            name: topic.clone(),
            partition_indexes: vec![0],
            ..Default::default()
        };
        let group = OffsetFetchRequestGroup {
            group_id: group.clone(),
            member_id: member.map(Str::from),
            member_epoch: epoch,
            topics: Some(vec![topic]),
            ..Default::default()
        };
        OffsetFetchRequest { groups: vec![group], ..Default::default() }
    };
    talk.note("what was committed, asked for as a member and as nobody");
    talk.ask(9, fetch(Some("m1"), next));
    talk.ask(9, fetch(Some("m1"), epoch));
    talk.ask(9, fetch(Some("m1"), next + 1));
    talk.ask(9, fetch(Some("nobody"), next));
    // Over an epoch of a member without an id Apache Kafka 4.3.1 stumbles (UNKNOWN_SERVER_ERROR).
    talk.ask(9, fetch(None, -1));
    talk.ask(9, fetch(Some(""), -1));
    talk.ask(8, fetch(Some("m1"), epoch));
    talk.note("deleted while somebody subscribes to the topic, and when nobody does");
    let delete = || {
        let partition = OffsetDeleteRequestPartition { partition_index: 0 };
        let topic = OffsetDeleteRequestTopic { name: topic.clone(), partitions: vec![partition] };
        OffsetDeleteRequest { group_id: group.clone(), topics: vec![topic] }
    };
    talk.ask(0, delete());
    talk.ask(1, beats(&group, "m1", -1));
    talk.ask(0, delete());
    talk.ask(9, fetch(None, -1));
    talk.note("nobody is there: the epoch does not matter");
    talk.ask(9, commit("", -1));
    talk.ask(9, commit("", 0));
    talk.ask(9, commit("m1", next));
}

fn group_is_not_another_kind(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 1);
    talk.note("a classic member that brings no consumer protocol");
    let connect =
        JoinGroupRequest { protocol_type: "connect".into(), ..classic_joins(&group, "c", &topic) };
    talk.ask(9, connect);
    // Apache Kafka 4.3.1 stumbles over a subscription that cannot be read (UNKNOWN_SERVER_ERROR).
    talk.ask(9, classic_joins(&group, "c", &topic));
    talk.note("classic requests of a member that speaks the new protocol, and of nobody");
    for member in ["m1", "nobody"] {
        talk.ask(4, classic_beats(&group, member, epoch));
        talk.ask(5, classic_syncs(&group, member, epoch));
        talk.ask(5, classic_leaves(&group, member));
    }
    talk.ask(9, classic_joins(&group, "m1", &topic));
    talk.note("other kinds of members");
    let shares = ShareGroupHeartbeatRequest {
        group_id: group.clone(),
        member_id: "s".into(),
        subscribed_topic_names: Some(vec![topic.clone()]),
        ..Default::default()
    };
    talk.ask(1, shares.clone());
    talk.ask(1, ShareGroupHeartbeatRequest { member_epoch: 1, ..shares.clone() });
    talk.ask(1, ShareGroupHeartbeatRequest { member_epoch: -1, ..shares.clone() });
    let streams = |epoch: i32| StreamsGroupHeartbeatRequest {
        group_id: group.clone(),
        member_id: "s".into(),
        member_epoch: epoch,
        rebalance_timeout_ms: 30_000,
        process_id: Some("p".into()),
        active_tasks: Some(Vec::new()),
        standby_tasks: Some(Vec::new()),
        warmup_tasks: Some(Vec::new()),
        topology: (epoch == 0).then(Box::default),
        ..Default::default()
    };
    for epoch in [0, 1, -1] {
        talk.ask(0, streams(epoch));
    }
    let groups = || vec![group.clone()];
    talk.ask(1, ShareGroupDescribeRequest { group_ids: groups(), ..Default::default() });
    talk.ask(0, StreamsGroupDescribeRequest { group_ids: groups(), ..Default::default() });
    talk.note("members of consumer groups in a share group");
    let shared = talk.group("shared");
    talk.ask(1, ShareGroupHeartbeatRequest { group_id: shared.clone(), ..shares });
    talk.ask(1, joins(&shared, "m1", &[&topic]));
    talk.ask(1, beats(&shared, "m1", 1));
    talk.ask(1, beats(&shared, "m1", -1));
    talk.ask(1, describes(&shared));
    talk.ask(9, classic_joins(&shared, "", &topic));
    talk.ask(9, commits(&shared, &topic, "", -1));
}

fn grows_out_of_a_classic_one(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, id) = talk.topic_for_groups("t", 2);
    let (classic, generation) = classic_member(talk, &group, &topic, "classic");
    talk.ask(9, commits(&group, &topic, &classic, generation));
    talk.note("a member of the new kind");
    let joined = talk.ask(1, joins(&group, "m1", &[&topic]));
    talk.ask(1, describes(&group));
    talk.ask(6, DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() });
    talk.note("the classic member hears of it, and goes along");
    talk.ask(4, classic_beats(&group, &classic, generation));
    talk.ask(4, classic_beats(&group, &classic, generation + 1));
    talk.ask(5, classic_syncs(&group, &classic, generation));
    talk.ask(9, commits(&group, &topic, &classic, generation));
    let again = talk.ask(9, classic_joins(&group, &classic, &topic));
    let generation = again.generation_id;
    let other = SyncGroupRequest {
        protocol_name: Some("roundrobin".into()),
        ..classic_syncs(&group, &classic, generation)
    };
    talk.ask(5, other);
    talk.ask(5, classic_syncs(&group, &classic, generation - 1));
    talk.ask(5, classic_syncs(&group, &classic, generation));
    talk.ask(4, classic_beats(&group, &classic, generation));
    talk.ask(9, commits(&group, &topic, &classic, generation));
    talk.ask(9, commits(&group, &topic, &classic, generation - 1));
    let epoch = joined.member_epoch;
    talk.ask(1, owning(beats(&group, "m1", epoch), id, &[1]));
    talk.ask(1, describes(&group));
    talk.ask(1, beats(&group, &classic, generation));
    talk.note("it goes, and the other gets all");
    talk.ask(5, classic_leaves(&group, &classic));
    talk.ask(4, classic_beats(&group, &classic, generation));
    until_assigned(talk, beats(&group, "m1", epoch), 2);
}

fn becomes_a_classic_one(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let (epoch, _) = until_assigned(talk, joins(&group, "m1", &[&topic]), 2);
    talk.note("a classic member comes");
    let told = talk.ask(9, classic_joins(&group, "", &topic));
    let classic = String::from(&told.member_id);
    talk.call(classic.clone(), "classic");
    let joined = talk.ask(9, classic_joins(&group, &classic, &topic));
    talk.ask(5, classic_syncs(&group, &classic, joined.generation_id));
    talk.ask(4, classic_beats(&group, &classic, joined.generation_id));
    // Who keeps which partition depends on the id that the classic member was given.
    talk.until("the first has one partition to keep", |talk| {
        let told = talk.aside(1, &beats(&group, "m1", epoch)).assignment;
        told.is_some_and(|told| told.topic_partitions[0].partitions.len() == 1)
    });
    talk.note("the last member of the new kind goes");
    talk.ask(1, beats(&group, "m1", -1));
    talk.ask(1, beats(&group, "m1", epoch));
    talk.ask(1, describes(&group));
    talk.ask(6, DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() });
    talk.ask(4, classic_beats(&group, &classic, joined.generation_id));
    let leads = talk.ask(9, classic_joins(&group, &classic, &topic));
    talk.ask(4, classic_beats(&group, &classic, joined.generation_id));
    talk.ask(5, classic_syncs(&group, &classic, leads.generation_id));
    talk.groups(&["classic"], &[]);
    // The id of the classic member is random, and Kafka walks members in the order of a hash map of
    // 16 places, this node in that of their ids: `~m` comes last in both, whatever the other is called.
    talk.note("and comes back, by another id");
    talk.ask(1, joins(&group, "~m", &[&topic]));
}

fn static_member_changes_protocol(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let of_instance = |member: &str| JoinGroupRequest {
        group_instance_id: Some("i".into()),
        ..classic_joins(&group, member, &topic)
    };
    let joined = talk.ask(9, of_instance(""));
    let classic = String::from(&joined.member_id);
    talk.call(classic.clone(), "first");
    let share = sync_group_request::SyncGroupRequestAssignment {
        member_id: joined.member_id.clone(),
        assignment: assignment(&topic),
        ..Default::default()
    };
    let syncs = SyncGroupRequest {
        group_instance_id: Some("i".into()),
        assignments: vec![share],
        ..classic_syncs(&group, &classic, joined.generation_id)
    };
    talk.ask(5, syncs);
    talk.note("to the new one");
    talk.ask(1, as_instance("i", joins(&group, "m1", &[&topic])));
    talk.ask(1, describes(&group));
    let beat = HeartbeatRequest {
        group_instance_id: Some("i".into()),
        ..classic_beats(&group, &classic, joined.generation_id)
    };
    talk.ask(4, beat);
    talk.ask(9, of_instance(&classic));
    talk.note("and back: a classic one may take over at once");
    let back = talk.ask(9, of_instance(""));
    let classic = String::from(&back.member_id);
    talk.call(classic.clone(), "second");
    talk.ask(1, as_instance("i", beats(&group, "m1", 1)));
    talk.ask(1, describes(&group));
    let described = DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() };
    talk.ask(6, described);
    let beat = HeartbeatRequest {
        group_instance_id: Some("i".into()),
        ..classic_beats(&group, &classic, back.generation_id)
    };
    talk.ask(4, beat);
}

fn classic_group_stays_classic(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    talk.note("members that are no consumers");
    let connect = |member: &str| JoinGroupRequest {
        protocol_type: "connect".into(),
        ..classic_joins(&group, member, &topic)
    };
    let id = String::from(&talk.aside(9, &connect("")).member_id);
    talk.call(id.clone(), "worker");
    talk.ask(9, connect(&id));
    talk.ask(1, joins(&group, "m1", &[&topic]));
    talk.ask(1, beats(&group, "m1", 1));
    talk.ask(1, beats(&group, "m1", -1));
    talk.ask(1, describes(&group));
    // One whose subscription cannot be read is left without an answer by Apache Kafka 4.3.1, and is
    // not asked for here.
}

fn empty_group_changes_kind(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let (classic, generation) = classic_member(talk, &group, &topic, "first");
    talk.ask(9, commits(&group, &topic, &classic, generation));
    talk.ask(5, classic_leaves(&group, &classic));
    talk.note("to the new kind");
    talk.ask(1, joins(&group, "m1", &[&topic]));
    talk.ask(1, describes(&group));
    talk.ask(1, beats(&group, "m1", -1));
    talk.note("and back");
    classic_member(talk, &group, &topic, "second");
    talk.ask(1, describes(&group));
    talk.note("offsets stay");
    let group = OffsetFetchRequestGroup {
        group_id: group.clone(),
        topics: None,
        member_epoch: -1,
        ..Default::default()
    };
    talk.ask(9, OffsetFetchRequest { groups: vec![group], ..Default::default() });
}
