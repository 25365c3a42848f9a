//! Share groups: their members (KIP-932), and what administrators see and change of their offsets.

use base::Str;
use protocol::messages::alter_share_group_offsets_request::{
    AlterShareGroupOffsetsRequestPartition, AlterShareGroupOffsetsRequestTopic,
};
use protocol::messages::delete_share_group_offsets_request::DeleteShareGroupOffsetsRequestTopic;
use protocol::messages::describe_share_group_offsets_request::{
    DescribeShareGroupOffsetsRequestGroup, DescribeShareGroupOffsetsRequestTopic,
};
use protocol::messages::*;

use super::Conversation;
use super::classic_groups::deletes;
use super::partitions::append;
use super::talk::Talk;
use super::topics;

pub const ALL: &[Conversation] = &[
    ("share-member-joins-lives-and-leaves", joins_lives_and_leaves),
    ("share-members-share-partitions", members_share_partitions),
    ("share-heartbeats-are-refused", heartbeats_are_refused),
    ("share-topics-change", topics_change),
    ("share-group-is-full", group_is_full),
    ("share-member-is-silent", member_is_silent),
    ("share-groups-are-described", groups_are_described),
    ("share-group-is-not-another-kind", group_is_not_another_kind),
    ("share-offsets-are-described", offsets_are_described),
    ("share-offsets-are-altered", offsets_are_altered),
    ("share-offsets-are-deleted", offsets_are_deleted),
    ("share-groups-are-deleted", groups_are_deleted),
];

// ---- what is asked ----

fn beats(group: &Str, member: &str, epoch: i32) -> ShareGroupHeartbeatRequest {
    ShareGroupHeartbeatRequest {
        group_id: group.clone(),
        member_id: member.into(),
        member_epoch: epoch,
        ..Default::default()
    }
}

fn subscribes(
    group: &Str,
    member: &str,
    epoch: i32,
    topics: &[&Str],
) -> ShareGroupHeartbeatRequest {
    ShareGroupHeartbeatRequest {
        subscribed_topic_names: Some(topics.iter().map(|topic| (*topic).clone()).collect()),
        ..beats(group, member, epoch)
    }
}

fn joins(group: &Str, member: &str, topics: &[&Str]) -> ShareGroupHeartbeatRequest {
    subscribes(group, member, 0, topics)
}

fn describes(group: &Str) -> ShareGroupDescribeRequest {
    ShareGroupDescribeRequest { group_ids: vec![group.clone()], ..Default::default() }
}

fn describes_offsets(
    group: &Str,
    topics: Option<&[(&Str, &[i32])]>,
) -> DescribeShareGroupOffsetsRequest {
    let topic = |(name, partitions): &(&Str, &[i32])| DescribeShareGroupOffsetsRequestTopic {
        topic_name: (*name).clone(),
        partitions: partitions.to_vec(),
        ..Default::default()
    };
    let group = DescribeShareGroupOffsetsRequestGroup {
        group_id: group.clone(),
        topics: topics.map(|topics| topics.iter().map(topic).collect()),
        ..Default::default()
    };
    DescribeShareGroupOffsetsRequest { groups: vec![group], ..Default::default() }
}

fn alters_offset(
    group: &Str,
    topic: &Str,
    partition: i32,
    start_offset: i64,
) -> AlterShareGroupOffsetsRequest {
    let partition = AlterShareGroupOffsetsRequestPartition {
        partition_index: partition,
        start_offset,
        ..Default::default()
    };
    let topic = AlterShareGroupOffsetsRequestTopic {
        topic_name: topic.clone(),
        partitions: vec![partition],
        ..Default::default()
    };
    AlterShareGroupOffsetsRequest {
        group_id: group.clone(),
        topics: vec![topic],
        ..Default::default()
    }
}

fn deletes_offsets(group: &Str, topics: &[&Str]) -> DeleteShareGroupOffsetsRequest {
    let topic = |name: &&Str| DeleteShareGroupOffsetsRequestTopic {
        topic_name: (*name).clone(),
        ..Default::default()
    };
    DeleteShareGroupOffsetsRequest {
        group_id: group.clone(),
        topics: topics.iter().map(topic).collect(),
        ..Default::default()
    }
}

/// Heartbeats until the member is told of an assignment of so many partitions: those whose state is
/// not there yet are not assigned.
fn until_assigned(talk: &mut Talk, request: ShareGroupHeartbeatRequest, count: usize) -> i32 {
    let assigned = |reply: &ShareGroupHeartbeatResponse| {
        let assignment = reply.assignment.as_ref();
        let topics = assignment.map(|assignment| assignment.topic_partitions.iter());
        topics.map(|topics| topics.map(|topic| topic.partitions.len()).sum()) == Some(count)
    };
    talk.ask_until(1, request, assigned).member_epoch
}

/// Has a member of a group, which goes by that name, and what its topic needs is in place.
pub fn member(talk: &mut Talk, group: &Str, topic: &Str, partitions: usize) {
    let join = joins(group, "m0", &[topic]);
    talk.until("partitions are assigned", |talk| {
        let assignment = talk.aside(1, &join).assignment;
        assignment.is_some_and(|assignment| {
            assignment.topic_partitions.iter().map(|topic| topic.partitions.len()).sum::<usize>()
                == partitions
        })
    });
}

/// Gives a share group settings of its own, and waits until they hold.
pub fn set_of_group(talk: &mut Talk, group: &Str, settings: &[(&str, &str)]) {
    let mut settings = settings.to_vec();
    settings.push(("share.heartbeat.interval.ms", "60"));
    talk.set_of_group(group, &settings);
    let join = joins(group, "first", &[&"no such topic".into()]);
    talk.until("the group's settings hold", |talk| {
        talk.aside(1, &join).heartbeat_interval_ms == 60
    });
    talk.aside(1, &beats(group, "first", -1));
}

// ---- the conversations ----

fn joins_lives_and_leaves(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 3);
    let epoch = until_assigned(talk, joins(&group, "m1", &[&topic]), 3);
    talk.ask(1, beats(&group, "m1", epoch));
    talk.note("the same again, in full");
    talk.ask(1, subscribes(&group, "m1", epoch, &[&topic]));
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
    let (topic, _) = talk.topic_for_groups("t", 2);
    let epoch = until_assigned(talk, joins(&group, "m1", &[&topic]), 2);
    talk.note("a second member: nobody has to give up anything first");
    let joined = talk.aside(1, &joins(&group, "m2", &[&topic]));
    let second = joined.member_epoch;
    let assigned = joined.assignment.expect("it joins").topic_partitions;
    talk.note(&format!("epoch {second}, {} partition", assigned[0].partitions.len()));
    // Who gets which depends on the hash of the topic's id.
    let epoch = talk.aside(1, &beats(&group, "m1", epoch)).member_epoch;
    talk.ask(1, beats(&group, "m1", epoch));
    talk.ask(1, beats(&group, "m2", second));
    talk.note("the first leaves");
    talk.ask(1, beats(&group, "m1", -1));
    until_assigned(talk, beats(&group, "m2", second), 2);
    talk.note("more members than partitions");
    let group = talk.group("many");
    let (single, _) = talk.topic_for_groups("s", 1);
    until_assigned(talk, joins(&group, "m1", &[&single]), 1);
    for member in ["m2", "m3"] {
        talk.ask(1, joins(&group, member, &[&single]));
    }
    talk.ask(1, describes(&group));
}

fn heartbeats_are_refused(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let join = || joins(&group, "m1", &[&topic]);
    talk.ask(1, ShareGroupHeartbeatRequest { group_id: Str::EMPTY, ..join() });
    talk.ask(1, ShareGroupHeartbeatRequest { group_id: "  ".into(), ..join() });
    talk.ask(1, ShareGroupHeartbeatRequest { member_id: Str::EMPTY, ..join() });
    talk.ask(1, ShareGroupHeartbeatRequest { rack_id: Some(Str::EMPTY), ..join() });
    talk.ask(1, ShareGroupHeartbeatRequest { subscribed_topic_names: None, ..join() });
    talk.ask(1, joins(&group, "m1", &[]));
    for epoch in [-3, -2, -1, 1, i32::MAX] {
        talk.ask(1, ShareGroupHeartbeatRequest { member_epoch: epoch, ..join() });
    }
    talk.note("of a group that is there");
    let epoch = until_assigned(talk, join(), 1);
    for epoch in [-2, -1, 1] {
        talk.ask(1, beats(&group, "nobody", epoch));
    }
    talk.note("it subscribes to nothing any more");
    let epoch = talk.ask(1, subscribes(&group, "m1", epoch, &[])).member_epoch;
    talk.ask(1, beats(&group, "m1", epoch));
}

fn topics_change(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let missing = talk.own("u");
    let epoch = until_assigned(talk, joins(&group, "m1", &[&topic, &missing]), 1);
    talk.note("the topic that was missing comes");
    talk.topic_for_groups("u", 1);
    let epoch = until_assigned(talk, beats(&group, "m1", epoch), 2);
    talk.note("one more partition");
    talk.ask(3, topics::grows(&topic, 2, None));
    let epoch = until_assigned(talk, beats(&group, "m1", epoch), 3);
    talk.note("another subscription");
    talk.ask(1, subscribes(&group, "m1", epoch, &[&missing]));
}

fn group_is_full(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    member(talk, &group, &topic, 1);
    for member in ["m1", "m2"] {
        talk.ask(1, joins(&group, member, &[&topic]));
    }
    talk.note("one too many");
    talk.ask(1, joins(&group, "m3", &[&topic]));
    talk.note("a member of the group may join again");
    talk.ask(1, joins(&group, "m1", &[&topic]));
    talk.note("one goes");
    talk.ask(1, beats(&group, "m2", -1));
    talk.ask(1, joins(&group, "m3", &[&topic]));
}

fn member_is_silent(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    set_of_group(talk, &group, &[("share.session.timeout.ms", "300")]);
    let epoch = until_assigned(talk, joins(&group, "m1", &[&topic]), 1);
    talk.until("it is given up", |talk| {
        talk.aside(1, &describes(&group)).groups[0].members.is_empty()
    });
    talk.ask(1, beats(&group, "m1", epoch));
    talk.ask(1, beats(&group, "m1", -1));
    talk.ask(1, describes(&group));
    talk.ask(1, joins(&group, "m1", &[&topic]));
}

fn groups_are_described(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    talk.ask(1, describes(&group));
    talk.ask(1, describes(&Str::EMPTY));
    talk.ask(1, ShareGroupDescribeRequest::default());
    let join =
        ShareGroupHeartbeatRequest { rack_id: Some("r1".into()), ..joins(&group, "m1", &[&topic]) };
    until_assigned(talk, join, 2);
    talk.ask(1, describes(&group));
    let with_rights =
        ShareGroupDescribeRequest { include_authorized_operations: true, ..describes(&group) };
    talk.ask(1, with_rights);
    talk.groups(&["share"], &[]);
    talk.groups(&["Share"], &["stable"]);
    talk.groups(&["consumer", "classic", "streams"], &[]);
    talk.note("as seen by those who know other groups only");
    talk.ask(6, DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() });
    talk.ask(
        1,
        ConsumerGroupDescribeRequest { group_ids: vec![group.clone()], ..Default::default() },
    );
    let several = vec![group.clone(), talk.own("no such group"), group.clone()];
    talk.ask(1, ShareGroupDescribeRequest { group_ids: several, ..Default::default() });
    talk.ask(1, beats(&group, "m1", -1));
    talk.ask(1, describes(&group));
    talk.groups(&[], &["Empty"]);
}

fn group_is_not_another_kind(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    member(talk, &group, &topic, 1);
    let classic = HeartbeatRequest {
        group_id: group.clone(),
        generation_id: 1,
        member_id: "m0".into(),
        ..Default::default()
    };
    talk.ask(4, classic);
    let left = leave_group_request::MemberIdentity { member_id: "m0".into(), ..Default::default() };
    talk.ask(
        5,
        LeaveGroupRequest { group_id: group.clone(), members: vec![left], ..Default::default() },
    );
    let classic = SyncGroupRequest {
        group_id: group.clone(),
        generation_id: 1,
        member_id: "m0".into(),
        protocol_type: Some("consumer".into()),
        protocol_name: Some("range".into()),
        ..Default::default()
    };
    talk.ask(5, classic);
    talk.ask(
        0,
        StreamsGroupDescribeRequest { group_ids: vec![group.clone()], ..Default::default() },
    );
    let asked = offset_fetch_request::OffsetFetchRequestGroup {
        group_id: group.clone(),
        topics: None,
        ..Default::default()
    };
    talk.ask(9, OffsetFetchRequest { groups: vec![asked], ..Default::default() });
    let partition = offset_delete_request::OffsetDeleteRequestPartition { partition_index: 0 };
    let of_topic = offset_delete_request::OffsetDeleteRequestTopic {
        name: topic.clone(),
        partitions: vec![partition],
    };
    talk.ask(0, OffsetDeleteRequest { group_id: group.clone(), topics: vec![of_topic] });
    talk.note("members of a share group in a classic group, and offsets of such a group");
    let classic = talk.group("classic");
    let protocol = join_group_request::JoinGroupRequestProtocol {
        name: "range".into(),
        metadata: bytes::Bytes::from_static(b"any"),
        ..Default::default()
    };
    let join = JoinGroupRequest {
        group_id: classic.clone(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "connect".into(),
        group_instance_id: Some("i".into()),
        protocols: vec![protocol],
        ..Default::default()
    };
    talk.aside(9, &join);
    for epoch in [0, 1, -1] {
        talk.ask(1, subscribes(&classic, "m1", epoch, &[&topic]));
    }
    talk.ask(1, describes(&classic));
    talk.ask(1, describes_offsets(&classic, Some(&[(&topic, &[0])])));
    talk.ask(1, describes_offsets(&classic, None));
    talk.ask(0, alters_offset(&classic, &topic, 0, 5));
    talk.ask(0, deletes_offsets(&classic, &[&topic]));
}

fn offsets_are_described(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let missing = talk.own("missing");
    talk.note("of a group that is not there");
    talk.ask(1, describes_offsets(&group, Some(&[(&topic, &[0])])));
    talk.ask(1, describes_offsets(&group, None));
    member(talk, &group, &topic, 2);
    talk.note("of one that has read nothing");
    for version in 0..=1 {
        talk.ask(version, describes_offsets(&group, Some(&[(&topic, &[0, 1])])));
        talk.ask(version, describes_offsets(&group, None));
    }
    talk.note("what is not there");
    talk.ask(1, describes_offsets(&group, Some(&[(&topic, &[7])])));
    talk.ask(1, describes_offsets(&group, Some(&[(&missing, &[0])])));
    talk.ask(1, describes_offsets(&group, Some(&[])));
    talk.ask(1, describes_offsets(&Str::EMPTY, None));
    talk.ask(1, DescribeShareGroupOffsetsRequest::default());
}

fn offsets_are_altered(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    append(talk, &topic, 0, &["a", "b", "c"]);
    talk.note("of a group that is not there");
    talk.ask(0, alters_offset(&group, &topic, 0, 1));
    talk.ask(0, alters_offset(&Str::EMPTY, &topic, 0, 1));
    talk.note("of one with members");
    member(talk, &group, &topic, 2);
    talk.ask(0, alters_offset(&group, &topic, 0, 1));
    talk.ask(1, beats(&group, "m0", -1));
    talk.note("of an empty one");
    talk.ask(0, alters_offset(&group, &topic, 0, 1));
    for version in 0..=1 {
        talk.ask(version, describes_offsets(&group, None));
    }
    talk.ask(0, alters_offset(&group, &topic, 0, 3));
    talk.ask(1, describes_offsets(&group, None));
    talk.note("what is not there, and offsets that are none");
    talk.ask(0, alters_offset(&group, &topic, 7, 1));
    // Over a partition below 0, as over none of a topic, Apache Kafka 4.3.1 stumbles.
    talk.ask(0, alters_offset(&group, &talk.own("missing"), 0, 1));
    talk.ask(0, alters_offset(&group, &topic, 1, 100));
    talk.ask(0, alters_offset(&group, &topic, 1, -5));
    talk.ask(
        0,
        AlterShareGroupOffsetsRequest {
            group_id: group.clone(),
            topics: Vec::new(),
            ..Default::default()
        },
    );
    talk.ask(1, describes_offsets(&group, None));
    talk.note("of a topic that the group never had");
    let (other, _) = talk.topic_for_groups("u", 1);
    talk.ask(0, alters_offset(&group, &other, 0, 0));
    talk.ask(1, describes_offsets(&group, None));
}

fn offsets_are_deleted(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let (other, _) = talk.topic_for_groups("u", 1);
    let missing = talk.own("missing");
    talk.note("of a group that is not there");
    talk.ask(0, deletes_offsets(&group, &[&topic]));
    talk.ask(0, deletes_offsets(&Str::EMPTY, &[&topic]));
    member(talk, &group, &topic, 1);
    talk.note("of one with members");
    talk.ask(0, deletes_offsets(&group, &[&topic]));
    talk.ask(1, beats(&group, "m0", -1));
    talk.note("of topics that it never had, that are not there, and of none");
    talk.ask(0, deletes_offsets(&group, &[&other]));
    talk.ask(0, deletes_offsets(&group, &[&missing]));
    talk.ask(0, deletes_offsets(&group, &[]));
    talk.note("of one that it has");
    talk.ask(0, deletes_offsets(&group, &[&topic]));
    talk.ask(1, describes_offsets(&group, None));
    talk.ask(1, describes_offsets(&group, Some(&[(&topic, &[0])])));
    talk.ask(0, deletes_offsets(&group, &[&topic]));
    talk.note("it begins anew");
    until_assigned(talk, joins(&group, "m1", &[&topic]), 1);
    talk.ask(1, describes_offsets(&group, None));
}

fn groups_are_deleted(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    talk.ask(2, deletes(&group));
    member(talk, &group, &topic, 1);
    talk.ask(2, deletes(&group));
    talk.ask(1, beats(&group, "m0", -1));
    talk.ask(2, deletes(&group));
    talk.ask(1, describes(&group));
    talk.ask(1, describes_offsets(&group, Some(&[(&topic, &[0])])));
    talk.ask(1, describes_offsets(&group, None));
    talk.ask(2, deletes(&group));
}
