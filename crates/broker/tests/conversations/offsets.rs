//! Committed offsets.

use base::{Str, Uuid};
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use protocol::messages::*;

use super::Conversation;
use super::classic_groups::deletes;
use super::talk::Talk;

pub const ALL: &[Conversation] = &[
    ("offsets-of-a-simple-group", offsets_of_a_simple_group),
    ("offsets-by-topic-id", offsets_by_topic_id),
    ("offsets-of-several-groups", offsets_of_several_groups),
    ("offsets-refused", offsets_refused),
    ("offsets-are-deleted", offsets_are_deleted),
    ("offsets-in-every-version", offsets_in_every_version),
];

fn commits(group: &Str, topic: &Str, partition: i32, offset: i64) -> OffsetCommitRequest {
    let partition = OffsetCommitRequestPartition {
        partition_index: partition,
        committed_offset: offset,
        committed_leader_epoch: 0,
        committed_metadata: Some("a note".into()),
        ..Default::default()
    };
    let topic = OffsetCommitRequestTopic {
        name: topic.clone(),
        partitions: vec![partition],
        ..Default::default()
    };
    OffsetCommitRequest { group_id: group.clone(), topics: vec![topic], ..Default::default() }
}

fn fetches(groups: &[(&Str, Option<&[&Str]>)]) -> OffsetFetchRequest {
    let group = |(group, topics): &(&Str, Option<&[&Str]>)| {
        let topic = |name: &&Str| OffsetFetchRequestTopics {
            name: (*name).clone(),
            partition_indexes: vec![0, 1],
            ..Default::default()
        };
        OffsetFetchRequestGroup {
            group_id: (*group).clone(),
            topics: topics.map(|topics| topics.iter().map(topic).collect()),
            ..Default::default()
        }
    };
    OffsetFetchRequest { groups: groups.iter().map(group).collect(), ..Default::default() }
}

fn offsets_of_a_simple_group(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic("t", 2);
    talk.ask(9, fetches(&[(&group, Some(&[&topic]))]));
    talk.ask(9, fetches(&[(&group, None)]));
    talk.ask(9, commits(&group, &topic, 0, 5));
    talk.ask(9, commits(&group, &topic, 0, 3));
    talk.ask(9, fetches(&[(&group, Some(&[&topic]))]));
    talk.ask(9, fetches(&[(&group, None)]));
    talk.note("a simple group has no members");
    talk.ask(
        9,
        OffsetCommitRequest { member_id: "nobody".into(), ..commits(&group, &topic, 0, 9) },
    );
    let with_generation = OffsetCommitRequest {
        generation_id_or_member_epoch: 1,
        member_id: "nobody".into(),
        ..commits(&group, &topic, 0, 9)
    };
    talk.ask(9, with_generation.clone());
    talk.ask(8, with_generation);
    talk.ask(9, fetches(&[(&group, Some(&[&topic]))]));
    talk.ask(6, DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() });
}

fn offsets_by_topic_id(talk: &mut Talk) {
    let group = talk.group("g");
    let (_, id) = talk.topic("t", 2);
    let by_id = |id: Uuid| {
        let mut request = commits(&group, &Str::EMPTY, 1, 7);
        request.topics[0].topic_id = id;
        request
    };
    talk.ask(10, by_id(id));
    talk.ask(10, by_id(Uuid::from_halves(1, 2)));
    let fetch = |id: Uuid| {
        let mut request = fetches(&[(&group, Some(&[&Str::EMPTY]))]);
        let topics = request.groups[0].topics.as_mut().expect("topics were given");
        topics[0].topic_id = id;
        request
    };
    talk.ask(10, fetch(id));
    talk.ask(10, fetch(Uuid::from_halves(1, 2)));
    talk.ask(10, fetches(&[(&group, None)]));
}

fn offsets_of_several_groups(talk: &mut Talk) {
    let (first, second) = (talk.group("g1"), talk.group("g2"));
    let (topic, _) = talk.topic("t", 2);
    talk.ask(9, commits(&first, &topic, 0, 1));
    talk.ask(9, commits(&second, &topic, 1, 2));
    talk.ask(9, fetches(&[(&first, None), (&second, Some(&[&topic]))]));
}

fn offsets_refused(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic("t", 1);
    talk.ask(9, commits(&group, &talk.own("no such topic"), 0, 5));
    talk.ask(9, commits(&group, &topic, 1, 5));
    talk.ask(9, commits(&Str::EMPTY, &topic, 0, 5));
    let mut long = commits(&group, &topic, 0, 5);
    long.topics[0].partitions[0].committed_metadata = Some(Str::from("x".repeat(101)));
    talk.ask(9, long);
    let mut bare = commits(&group, &topic, 0, 5);
    bare.topics[0].partitions[0].committed_metadata = None;
    talk.ask(9, bare);
    talk.ask(9, OffsetCommitRequest { topics: Vec::new(), ..commits(&group, &topic, 0, 5) });
    talk.ask(9, commits(&group, &topic, 0, -5));
    talk.note("a group that there is not");
    let stranger = OffsetCommitRequest {
        generation_id_or_member_epoch: 1,
        member_id: "m".into(),
        ..commits(&talk.own("g9"), &topic, 0, 5)
    };
    talk.ask(9, stranger.clone());
    talk.ask(8, stranger);
    talk.ask(9, fetches(&[(&group, None)]));
}

fn offsets_are_deleted(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic("t", 2);
    let delete = |topic: &Str, partition: i32| {
        let partition = OffsetDeleteRequestPartition { partition_index: partition };
        let topic = OffsetDeleteRequestTopic { name: topic.clone(), partitions: vec![partition] };
        OffsetDeleteRequest { group_id: group.clone(), topics: vec![topic] }
    };
    talk.ask(0, delete(&topic, 0));
    talk.ask(9, commits(&group, &topic, 0, 5));
    talk.ask(9, commits(&group, &topic, 1, 6));
    talk.ask(0, delete(&topic, 0));
    talk.ask(0, delete(&topic, 0));
    talk.ask(0, delete(&talk.own("no such topic"), 0));
    talk.ask(9, fetches(&[(&group, None)]));
    let all = deletes(&group);
    talk.ask(2, all);
    talk.ask(9, fetches(&[(&group, None)]));
}

fn offsets_in_every_version(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic("t", 2);
    for version in 2..=9 {
        talk.ask(version, commits(&group, &topic, 0, i64::from(version)));
    }
    for version in 1..=7 {
        let asked = OffsetFetchRequestTopic {
            name: topic.clone(),
            partition_indexes: vec![0, 1],
            ..Default::default()
        };
        let request = OffsetFetchRequest {
            group_id: group.clone(),
            topics: Some(vec![asked]),
            ..Default::default()
        };
        talk.ask(version, request);
    }
    for version in 2..=7 {
        let request =
            OffsetFetchRequest { group_id: group.clone(), topics: None, ..Default::default() };
        talk.ask(version, request);
    }
}
