//! Streams groups: members of one application, whose tasks the coordinator assigns (KIP-1071).

use base::{Str, Uuid};
use protocol::messages::streams_group_heartbeat_request::{
    CopartitionGroup, Endpoint, KeyValue, Subtopology, TaskIds, TaskOffset, TopicInfo, Topology,
};
use protocol::messages::*;

use super::Conversation;
use super::classic_groups::deletes;
use super::talk::Talk;
use super::topics;

pub const ALL: &[Conversation] = &[
    ("streams-member-joins-lives-and-leaves", joins_lives_and_leaves),
    ("streams-members-share-tasks", members_share_tasks),
    ("streams-heartbeats-are-refused", heartbeats_are_refused),
    ("streams-heartbeats-ask-for-what-is-not-there", ask_for_what_is_not_there),
    ("streams-epochs-are-checked", epochs_are_checked),
    ("streams-topology-is-refused", topology_is_refused),
    ("streams-topology-lacks-topics", topology_lacks_topics),
    ("streams-topology-has-internal-topics", topology_has_internal_topics),
    ("streams-topology-is-another", topology_is_another),
    ("streams-topics-do-not-match", topics_do_not_match),
    ("streams-topics-change", topics_change),
    ("streams-application-shuts-down", application_shuts_down),
    ("streams-members-have-endpoints", members_have_endpoints),
    ("streams-group-has-standby-tasks", group_has_standby_tasks),
    ("streams-group-is-full", group_is_full),
    ("streams-member-is-silent", member_is_silent),
    ("streams-groups-are-described", groups_are_described),
    ("streams-offsets-are-committed", offsets_are_committed),
    ("streams-group-is-not-another-kind", group_is_not_another_kind),
];

// ---- what is asked ----

/// One subtopology that reads topics.
fn reads(id: &str, topics: &[&Str]) -> Subtopology {
    Subtopology {
        subtopology_id: id.into(),
        source_topics: topics.iter().map(|topic| (*topic).clone()).collect(),
        ..Default::default()
    }
}

fn topology(subtopologies: Vec<Subtopology>) -> Option<Box<Topology>> {
    Some(Box::new(Topology { epoch: 0, subtopologies, ..Default::default() }))
}

fn internal(name: &Str, partitions: i32) -> TopicInfo {
    TopicInfo { name: name.clone(), partitions, ..Default::default() }
}

fn tasks(tasks: &[(&str, &[i32])]) -> Option<Vec<TaskIds>> {
    let task = |(subtopology, partitions): &(&str, &[i32])| TaskIds {
        subtopology_id: Str::from(*subtopology),
        partitions: partitions.to_vec(),
        ..Default::default()
    };
    Some(tasks.iter().map(task).collect())
}

fn beats(group: &Str, member: &str, epoch: i32) -> StreamsGroupHeartbeatRequest {
    StreamsGroupHeartbeatRequest {
        group_id: group.clone(),
        member_id: member.into(),
        member_epoch: epoch,
        ..Default::default()
    }
}

fn joins(
    group: &Str,
    member: &str,
    topology: Option<Box<Topology>>,
) -> StreamsGroupHeartbeatRequest {
    StreamsGroupHeartbeatRequest {
        rebalance_timeout_ms: 30_000,
        topology,
        process_id: Some(format!("process of {member}").into()),
        ..owning(beats(group, member, 0), &[])
    }
}

fn owning(
    request: StreamsGroupHeartbeatRequest,
    active: &[(&str, &[i32])],
) -> StreamsGroupHeartbeatRequest {
    StreamsGroupHeartbeatRequest {
        active_tasks: tasks(active),
        standby_tasks: tasks(&[]),
        warmup_tasks: tasks(&[]),
        ..request
    }
}

fn describes(group: &Str) -> StreamsGroupDescribeRequest {
    StreamsGroupDescribeRequest { group_ids: vec![group.clone()], ..Default::default() }
}

fn active(reply: &StreamsGroupHeartbeatResponse) -> Option<usize> {
    let tasks = reply.active_tasks.as_ref();
    tasks.map(|tasks| tasks.iter().map(|task| task.partitions.len()).sum())
}

/// Heartbeats until the member is told of so many active tasks; its epoch.
fn until_assigned(talk: &mut Talk, request: StreamsGroupHeartbeatRequest, count: usize) -> i32 {
    talk.ask_until(0, request, |reply| active(reply) == Some(count)).member_epoch
}

// ---- the conversations ----

fn joins_lives_and_leaves(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 3);
    let join = || joins(&group, "m1", topology(vec![reads("0", &[&topic])]));
    let epoch = until_assigned(talk, join(), 3);
    talk.ask(0, beats(&group, "m1", epoch));
    talk.ask(0, owning(beats(&group, "m1", epoch), &[("0", &[0, 1, 2])]));
    talk.note("it joins again");
    talk.ask(0, join());
    talk.note("it leaves");
    talk.ask(0, beats(&group, "m1", -1));
    talk.ask(0, beats(&group, "m1", epoch));
    talk.ask(0, beats(&group, "m1", -1));
    talk.note("and comes back");
    talk.ask(0, join());
}

fn members_share_tasks(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 4);
    let join = |member: &str| joins(&group, member, topology(vec![reads("0", &[&topic])]));
    let epoch = until_assigned(talk, join("m1"), 4);
    talk.ask(0, owning(beats(&group, "m1", epoch), &[("0", &[0, 1, 2, 3])]));
    talk.note("a second member waits for what the first has to give up");
    let second = talk.ask(0, join("m2")).member_epoch;
    talk.ask(0, beats(&group, "m2", second));
    let told = talk.ask(0, owning(beats(&group, "m1", epoch), &[("0", &[0, 1, 2, 3])]));
    let kept = told.active_tasks.expect("fewer tasks")[0].partitions.clone();
    talk.note("it does not say that it has");
    talk.ask(0, beats(&group, "m1", epoch));
    talk.ask(0, owning(beats(&group, "m1", epoch), &[("0", &[0, 1, 2, 3])]));
    talk.note("it has given them up");
    let epoch = talk.ask(0, owning(beats(&group, "m1", epoch), &[("0", &kept)])).member_epoch;
    talk.ask(0, owning(beats(&group, "m1", epoch), &[("0", &kept)]));
    until_assigned(talk, beats(&group, "m2", second), 2);
    talk.note("the first leaves, and the second gets all");
    talk.ask(0, beats(&group, "m1", -1));
    until_assigned(talk, beats(&group, "m2", second), 4);
}

fn heartbeats_are_refused(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let join = || joins(&group, "m1", topology(vec![reads("0", &[&topic])]));
    type Request = StreamsGroupHeartbeatRequest;
    talk.ask(0, Request { group_id: Str::EMPTY, ..join() });
    talk.ask(0, Request { group_id: "  ".into(), ..join() });
    talk.ask(0, Request { member_id: Str::EMPTY, ..join() });
    talk.ask(0, Request { rack_id: Some(Str::EMPTY), ..join() });
    talk.ask(0, Request { rebalance_timeout_ms: -1, ..join() });
    talk.ask(0, Request { topology: None, ..join() });
    talk.ask(0, owning(join(), &[("0", &[0])]));
    talk.ask(0, Request { standby_tasks: tasks(&[("0", &[0])]), ..join() });
    talk.ask(0, Request { active_tasks: None, ..join() });
    talk.ask(0, Request { standby_tasks: None, ..join() });
    talk.ask(0, Request { warmup_tasks: None, ..join() });
    talk.note("epochs that there are not, and a topology that comes late");
    for epoch in [-3, -2, -1, 1, i32::MAX] {
        talk.ask(0, Request { member_epoch: epoch, ..join() });
        talk.ask(0, beats(&group, "m1", epoch));
    }
    talk.note("of a group that is there");
    talk.ask(0, join());
    for epoch in [-2, -1, 1] {
        talk.ask(0, beats(&group, "nobody", epoch));
    }
    talk.note("what would be needed is left out");
    talk.ask(
        0,
        Request { process_id: None, ..joins(&group, "m2", topology(vec![reads("0", &[&topic])])) },
    );
    talk.ask(0, describes(&group));
}

fn ask_for_what_is_not_there(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let join = || joins(&group, "m1", topology(vec![reads("0", &[&topic])]));
    type Request = StreamsGroupHeartbeatRequest;
    talk.ask(0, Request { instance_id: Some("i".into()), ..join() });
    talk.ask(0, Request { instance_id: Some(Str::EMPTY), ..join() });
    talk.ask(0, Request { warmup_tasks: tasks(&[("0", &[0])]), ..join() });
    let offset =
        TaskOffset { subtopology_id: "0".into(), partition: 0, offset: 5, ..Default::default() };
    talk.ask(0, Request { task_offsets: Some(vec![offset.clone()]), ..join() });
    talk.ask(0, Request { task_offsets: Some(Vec::new()), ..join() });
    talk.ask(0, Request { task_end_offsets: Some(vec![offset]), ..join() });
    let pattern = Subtopology { source_topic_regex: vec!["t.*".into()], ..reads("0", &[]) };
    talk.ask(0, joins(&group, "m1", topology(vec![pattern])));
    talk.note("tasks that the topology does not have");
    let epoch = until_assigned(talk, join(), 1);
    for owned in [("1", &[0][..]), ("0", &[7]), ("0", &[-1]), ("", &[0])] {
        talk.ask(0, owning(beats(&group, "m1", epoch), &[owned]));
        let standby =
            Request { standby_tasks: tasks(&[owned]), ..owning(beats(&group, "m1", epoch), &[]) };
        talk.ask(0, standby);
    }
    talk.ask(0, beats(&group, "m1", epoch));
}

fn epochs_are_checked(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let join = |member: &str| joins(&group, member, topology(vec![reads("0", &[&topic])]));
    let epoch = until_assigned(talk, join("m1"), 2);
    talk.ask(0, beats(&group, "m1", epoch + 1));
    talk.ask(0, beats(&group, "m1", epoch + 7));
    talk.note("it says something new of itself: a new epoch, the response to which is lost");
    let moves = |epoch: i32, process: &str| StreamsGroupHeartbeatRequest {
        process_id: Some(process.into()),
        ..owning(beats(&group, "m1", epoch), &[("0", &[0, 1])])
    };
    let next = talk.ask(0, moves(epoch, "another process")).member_epoch;
    talk.ask(0, moves(epoch, "another process"));
    talk.ask(0, beats(&group, "m1", epoch));
    talk.ask(0, owning(beats(&group, "m1", epoch), &[("0", &[0])]));
    talk.ask(0, beats(&group, "m1", next));
    talk.note("two epochs behind");
    let last = talk.ask(0, moves(next, "a third process")).member_epoch;
    talk.ask(0, moves(epoch, "a third process"));
    talk.ask(0, beats(&group, "m1", epoch));
    talk.note("twice, and joining while it is a member");
    for _ in 0..2 {
        talk.ask(0, moves(last, "a third process"));
    }
    for _ in 0..2 {
        talk.ask(0, join("m1"));
    }
}

fn topology_is_refused(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let name = talk.own("internal");
    talk.note("a changelog with a number of partitions");
    let fixed =
        Subtopology { state_changelog_topics: vec![internal(&name, 5)], ..reads("0", &[&topic]) };
    talk.ask(0, joins(&group, "m1", topology(vec![fixed])));
    talk.note("repartition topics that nobody writes, that have no number, and in a circle");
    let empty = talk.group("unwritten");
    let unwritten =
        Subtopology { repartition_source_topics: vec![internal(&name, 0)], ..reads("0", &[]) };
    talk.ask(0, joins(&empty, "m1", topology(vec![unwritten])));
    let circle = talk.group("circle");
    let round = Subtopology {
        repartition_source_topics: vec![internal(&name, 0)],
        repartition_sink_topics: vec![name.clone()],
        ..reads("0", &[])
    };
    talk.ask(0, joins(&circle, "m1", topology(vec![round])));
    // Copartitions by an index that is not there, and a subtopology that comes twice, Apache Kafka
    // writes to its log and cannot read again; they are refused here, and not asked there.
    talk.note("a topology of nothing, and a subtopology of nothing");
    let nothing = talk.group("nothing");
    talk.ask(0, joins(&nothing, "m1", topology(Vec::new())));
    talk.ask(0, beats(&nothing, "m1", 1));
    talk.ask(0, describes(&nothing));
    let bare = talk.group("bare");
    talk.ask(0, joins(&bare, "m1", topology(vec![reads("0", &[])])));
}

fn topology_lacks_topics(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let (missing, other) = (talk.own("missing"), talk.own("another"));
    let join = joins(&group, "m1", topology(vec![reads("0", &[&topic, &missing, &other])]));
    let epoch = talk.ask(0, join).member_epoch;
    talk.ask(0, describes(&group));
    talk.ask(0, beats(&group, "m1", epoch));
    talk.note("they come");
    talk.topic_for_groups("missing", 2);
    talk.topic_for_groups("another", 1);
    let request = beats(&group, "m1", epoch);
    let assigned = talk.ask_until(0, request, |reply| {
        reply.status.as_ref().is_some_and(Vec::is_empty) && active(reply).is_some()
    });
    talk.ask(0, beats(&group, "m1", assigned.member_epoch));
    talk.ask(0, describes(&group));
}

fn topology_has_internal_topics(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let (store, steps) = (talk.own("store-changelog"), talk.own("steps-repartition"));
    let setting = |key: &str, value: &str| KeyValue {
        key: key.into(),
        value: value.into(),
        ..Default::default()
    };
    let first =
        Subtopology { repartition_sink_topics: vec![steps.clone()], ..reads("0", &[&topic]) };
    let second = Subtopology {
        repartition_source_topics: vec![internal(&steps, 3)],
        state_changelog_topics: vec![TopicInfo {
            topic_configs: vec![setting("cleanup.policy", "compact")],
            ..internal(&store, 0)
        }],
        ..reads("1", &[])
    };
    let join = joins(&group, "m1", topology(vec![first, second]));
    // Which are missing is told in the order of a hash set.
    talk.note("they are made; the member has nothing to do until then");
    let told = talk.aside(0, &join);
    let status = told.status.unwrap_or_default();
    talk.note(&format!("{:?} {:?}", status[0].status_code, told.active_tasks));
    let assigned = talk.ask_until(0, join, |reply| active(reply) == Some(5));
    talk.ask(0, beats(&group, "m1", assigned.member_epoch));
    talk.ask(0, describes(&group));
    talk.note("as they were wished");
    for name in [&store, &steps] {
        let asked = metadata_request::MetadataRequestTopic {
            name: Some(name.clone()),
            ..Default::default()
        };
        let request = MetadataRequest { topics: Some(vec![asked]), ..Default::default() };
        let found = talk.aside(12, &request);
        talk.call(found.topics[0].topic_id.to_string(), &format!("id of {name}"));
        talk.note(&format!("{name}: {} partitions", found.topics[0].partitions.len()));
        let resource = describe_configs_request::DescribeConfigsResource {
            resource_type: 2,
            resource_name: name.clone(),
            configuration_keys: Some(vec!["cleanup.policy".into(), "retention.ms".into()]),
            ..Default::default()
        };
        talk.ask(4, DescribeConfigsRequest { resources: vec![resource], ..Default::default() });
    }
}

fn topology_is_another(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let (other, _) = talk.topic_for_groups("u", 1);
    let at = |epoch: i32, topic: &Str| {
        let subtopologies = vec![reads("0", &[topic])];
        Some(Box::new(Topology { epoch, subtopologies, ..Default::default() }))
    };
    talk.ask(0, joins(&group, "m1", at(3, &topic)));
    talk.note("another one of the same epoch, of a later, of an earlier");
    for epoch in [3, 4, 2] {
        talk.ask(0, joins(&group, "m2", at(epoch, &other)));
    }
    talk.note("the same one of another epoch");
    for epoch in [4, 2, 3] {
        talk.ask(0, joins(&group, "m3", at(epoch, &topic)));
    }
    talk.ask(0, describes(&group));
    talk.note("all leave: another topology is welcome");
    for member in ["m1", "m2", "m3"] {
        talk.ask(0, beats(&group, member, -1));
    }
    talk.ask(0, joins(&group, "m4", at(5, &other)));
}

fn topics_do_not_match(talk: &mut Talk) {
    let group = talk.group("g");
    let (two, _) = talk.topic_for_groups("two", 2);
    let (three, _) = talk.topic_for_groups("three", 3);
    let together = CopartitionGroup { source_topics: vec![0, 1], ..Default::default() };
    let odd = Subtopology { copartition_groups: vec![together], ..reads("0", &[&two, &three]) };
    let epoch = talk.ask(0, joins(&group, "m1", topology(vec![odd]))).member_epoch;
    talk.ask(0, describes(&group));
    talk.note("one is made to match");
    talk.ask(3, topics::grows(&two, 3, None));
    until_assigned(talk, beats(&group, "m1", epoch), 3);
    talk.note("an internal topic that exists with another number of partitions");
    let steps = talk.group("steps");
    let (repartition, _) = talk.topic_for_groups("repartition", 1);
    let first =
        Subtopology { repartition_sink_topics: vec![repartition.clone()], ..reads("0", &[&two]) };
    let second = Subtopology {
        repartition_source_topics: vec![internal(&repartition, 4)],
        ..reads("1", &[])
    };
    talk.ask(0, joins(&steps, "m1", topology(vec![first, second])));
    let store = talk.group("store");
    let (changelog, _) = talk.topic_for_groups("changelog", 1);
    let keeps = Subtopology {
        state_changelog_topics: vec![internal(&changelog, 0)],
        ..reads("0", &[&two])
    };
    talk.ask(0, joins(&store, "m1", topology(vec![keeps])));
}

fn topics_change(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let epoch = until_assigned(talk, joins(&group, "m1", topology(vec![reads("0", &[&topic])])), 1);
    talk.note("one more partition");
    talk.ask(3, topics::grows(&topic, 2, None));
    let epoch = until_assigned(talk, beats(&group, "m1", epoch), 2);
    talk.note("the topic goes");
    talk.ask(6, topics::deletes(Some(&topic), Uuid::ZERO));
    talk.ask_until(0, beats(&group, "m1", epoch), |reply| {
        reply.status.as_ref().is_some_and(|status| !status.is_empty())
    });
    talk.ask(0, describes(&group));
}

fn application_shuts_down(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let join = |member: &str| joins(&group, member, topology(vec![reads("0", &[&topic])]));
    let first = until_assigned(talk, join("m1"), 2);
    let second = talk.ask(0, join("m2")).member_epoch;
    talk.note("one member wishes it, and all are told");
    let request =
        StreamsGroupHeartbeatRequest { shutdown_application: true, ..beats(&group, "m2", second) };
    talk.ask(0, request);
    talk.ask(0, beats(&group, "m1", first));
    talk.ask(0, join("m3"));
    talk.note("until all have gone");
    for member in ["m1", "m2", "m3"] {
        talk.ask(0, beats(&group, member, -1));
    }
    talk.ask(0, join("m4"));
}

fn members_have_endpoints(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let at = |member: &str, port: u16| StreamsGroupHeartbeatRequest {
        user_endpoint: Some(Box::new(Endpoint {
            host: "example".into(),
            port,
            ..Default::default()
        })),
        client_tags: Some(vec![KeyValue {
            key: "zone".into(),
            value: "a".into(),
            ..Default::default()
        }]),
        rack_id: Some("r1".into()),
        ..joins(&group, member, topology(vec![reads("0", &[&topic])]))
    };
    let joined = talk.ask(0, at("m1", 80));
    let knows = |member: &str, epoch: i32, endpoints: i32| StreamsGroupHeartbeatRequest {
        endpoint_information_epoch: endpoints,
        ..beats(&group, member, epoch)
    };
    let told = talk.ask(0, knows("m1", joined.member_epoch, -1));
    let epoch = told.endpoint_information_epoch;
    talk.ask(0, knows("m1", joined.member_epoch, epoch));
    talk.ask(0, knows("m1", joined.member_epoch, epoch + 5));
    talk.note("a second");
    talk.ask(0, at("m2", 81));
    talk.ask(0, knows("m1", joined.member_epoch, epoch));
    talk.ask(0, describes(&group));
}

fn group_has_standby_tasks(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    let store = talk.own("store");
    let settings =
        [("streams.num.standby.replicas", "1"), ("streams.heartbeat.interval.ms", "5001")];
    talk.set_of_group(&group, &settings);
    let keeps = || {
        topology(vec![Subtopology {
            state_changelog_topics: vec![internal(&store, 0)],
            ..reads("0", &[&topic])
        }])
    };
    talk.until("settings and topics are there", |talk| {
        let joined = talk.aside(0, &joins(&group, "m1", keeps()));
        joined.heartbeat_interval_ms == 5001 && active(&joined) == Some(2)
    });
    talk.aside(0, &beats(&group, "m1", -1));
    let fresh = talk.group("fresh");
    talk.set_of_group(&fresh, &settings);
    let resource = describe_configs_request::DescribeConfigsResource {
        resource_type: 32,
        resource_name: fresh.clone(),
        configuration_keys: Some(vec!["streams.num.standby.replicas".into()]),
        ..Default::default()
    };
    let request = DescribeConfigsRequest { resources: vec![resource], ..Default::default() };
    talk.until("the settings hold", |talk| {
        let described = talk.aside(4, &request);
        described.results[0].configs.iter().any(|config| config.value.as_deref() == Some("1"))
    });
    talk.ask(0, joins(&fresh, "m1", keeps()));
    talk.ask(0, joins(&fresh, "m2", keeps()));
    talk.ask(0, describes(&fresh));
}

fn group_is_full(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 3);
    let join = |member: &str| joins(&group, member, topology(vec![reads("0", &[&topic])]));
    for member in ["m1", "m2", "m3"] {
        talk.ask(0, join(member));
    }
    talk.note("one too many");
    talk.ask(0, join("m4"));
    talk.note("a member of the group may not join again, either");
    talk.ask(0, join("m1"));
    talk.note("one goes");
    talk.ask(0, beats(&group, "m2", -1));
    talk.ask(0, join("m4"));
}

fn member_is_silent(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    talk.set_of_group(
        &group,
        &[("streams.heartbeat.interval.ms", "60"), ("streams.session.timeout.ms", "300")],
    );
    let join = || joins(&group, "m1", topology(vec![reads("0", &[&topic])]));
    talk.until("the group's settings hold", |talk| {
        talk.aside(0, &join()).heartbeat_interval_ms == 60
    });
    talk.until("it is given up", |talk| {
        talk.aside(0, &describes(&group)).groups[0].members.is_empty()
    });
    talk.ask(0, beats(&group, "m1", 1));
    talk.ask(0, beats(&group, "m1", -1));
    talk.note("two, of which one keeps what it shall give up");
    let tasks = talk.group("h");
    let (topic, _) = talk.topic_for_groups("u", 2);
    let hasty = |member: &str| StreamsGroupHeartbeatRequest {
        rebalance_timeout_ms: 300,
        ..joins(&tasks, member, topology(vec![reads("0", &[&topic])]))
    };
    let first = until_assigned(talk, hasty("m1"), 2);
    let second = talk.ask(0, hasty("m2")).member_epoch;
    talk.ask(0, owning(beats(&tasks, "m1", first), &[("0", &[0, 1])]));
    talk.until("it is fenced", |talk| {
        talk.aside(0, &describes(&tasks)).groups[0].members.len() == 1
    });
    talk.ask(0, beats(&tasks, "m1", first));
    until_assigned(talk, beats(&tasks, "m2", second), 2);
}

fn groups_are_described(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 2);
    talk.ask(0, describes(&group));
    talk.ask(0, describes(&Str::EMPTY));
    talk.ask(0, StreamsGroupDescribeRequest::default());
    let join = |member: &str| joins(&group, member, topology(vec![reads("0", &[&topic])]));
    until_assigned(talk, join("m1"), 2);
    talk.ask(0, describes(&group));
    let with_rights =
        StreamsGroupDescribeRequest { include_authorized_operations: true, ..describes(&group) };
    talk.ask(0, with_rights);
    talk.note("in the midst of a rebalance");
    talk.ask(0, join("m2"));
    talk.ask(0, describes(&group));
    talk.groups(&["streams"], &[]);
    talk.groups(&["Streams"], &["reconciling"]);
    talk.groups(&["consumer", "classic", "share"], &[]);
    talk.note("as seen by those who know other groups only");
    talk.ask(6, DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() });
    talk.ask(
        1,
        ConsumerGroupDescribeRequest { group_ids: vec![group.clone()], ..Default::default() },
    );
    let several = vec![group.clone(), talk.own("no such group"), group.clone()];
    talk.ask(0, StreamsGroupDescribeRequest { group_ids: several, ..Default::default() });
    talk.ask(2, deletes(&group));
    talk.ask(0, beats(&group, "m1", -1));
    talk.ask(0, beats(&group, "m2", -1));
    talk.ask(0, describes(&group));
    talk.groups(&["streams"], &["empty"]);
    talk.ask(2, deletes(&group));
    talk.ask(0, describes(&group));
}

fn offsets_are_committed(talk: &mut Talk) {
    use offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
    use offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
    use offset_fetch_request::OffsetFetchRequestGroup;
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let epoch = until_assigned(talk, joins(&group, "m1", topology(vec![reads("0", &[&topic])])), 1);
    let commit = |member: &str, epoch: i32| OffsetCommitRequest {
        group_id: group.clone(),
        generation_id_or_member_epoch: epoch,
        member_id: member.into(),
        topics: vec![OffsetCommitRequestTopic {
            name: topic.clone(),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: 0,
                committed_offset: 5,
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    for version in [8, 9] {
        for epoch in [epoch, epoch - 1, epoch + 1, -1] {
            talk.ask(version, commit("m1", epoch));
        }
        talk.ask(version, commit("nobody", epoch));
        talk.ask(version, commit("", -1));
    }
    let fetch = |member: Option<&str>, epoch: i32| OffsetFetchRequest {
        groups: vec![OffsetFetchRequestGroup {
            group_id: group.clone(),
            member_id: member.map(Str::from),
            member_epoch: epoch,
            topics: None,
            ..Default::default()
        }],
        ..Default::default()
    };
    talk.ask(9, fetch(Some("m1"), epoch));
    talk.ask(9, fetch(Some("m1"), epoch + 1));
    talk.ask(9, fetch(Some("nobody"), epoch));
    talk.ask(9, fetch(None, -1));
    talk.note("deleted while a topology reads the topic, and when nobody does");
    let delete = || OffsetDeleteRequest {
        group_id: group.clone(),
        topics: vec![OffsetDeleteRequestTopic {
            name: topic.clone(),
            partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
        }],
    };
    talk.ask(0, delete());
    talk.ask(0, beats(&group, "m1", -1));
    talk.ask(0, delete());
    talk.ask(9, commit("", -1));
    talk.ask(9, fetch(None, -1));
}

fn group_is_not_another_kind(talk: &mut Talk) {
    let group = talk.group("g");
    let (topic, _) = talk.topic_for_groups("t", 1);
    let join =
        |group: &Str, member: &str| joins(group, member, topology(vec![reads("0", &[&topic])]));
    until_assigned(talk, join(&group, "m1"), 1);
    talk.note("other kinds of members in a streams group");
    let consumes = |epoch: i32| ConsumerGroupHeartbeatRequest {
        group_id: group.clone(),
        member_id: "c".into(),
        member_epoch: epoch,
        rebalance_timeout_ms: 30_000,
        subscribed_topic_names: Some(vec![topic.clone()]),
        topic_partitions: Some(Vec::new()),
        ..Default::default()
    };
    let shares = |epoch: i32| ShareGroupHeartbeatRequest {
        group_id: group.clone(),
        member_id: "s".into(),
        member_epoch: epoch,
        subscribed_topic_names: Some(vec![topic.clone()]),
        ..Default::default()
    };
    for epoch in [0, 1, -1] {
        talk.ask(1, consumes(epoch));
        talk.ask(1, shares(epoch));
    }
    let protocol = join_group_request::JoinGroupRequestProtocol {
        name: "stream".into(),
        metadata: bytes::Bytes::from_static(b"any"),
        ..Default::default()
    };
    let classic = |group: &Str| JoinGroupRequest {
        group_id: group.clone(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".into(),
        group_instance_id: Some("i".into()),
        protocols: vec![protocol.clone()],
        ..Default::default()
    };
    talk.ask(9, classic(&group));
    let heartbeat = HeartbeatRequest {
        group_id: group.clone(),
        generation_id: 1,
        member_id: "m1".into(),
        ..Default::default()
    };
    talk.ask(4, heartbeat);
    talk.ask(1, ShareGroupDescribeRequest { group_ids: vec![group.clone()], ..Default::default() });
    talk.note("members of an application in a classic group, and in one that is empty");
    let other = talk.group("classic");
    let joined = talk.aside(9, &classic(&other));
    for epoch in [0, 1, -1] {
        let request = if epoch == 0 { join(&other, "m1") } else { beats(&other, "m1", epoch) };
        talk.ask(0, request);
    }
    talk.ask(0, describes(&other));
    let left = leave_group_request::MemberIdentity {
        member_id: joined.member_id,
        group_instance_id: Some("i".into()),
        ..Default::default()
    };
    talk.aside(
        5,
        &LeaveGroupRequest { group_id: other.clone(), members: vec![left], ..Default::default() },
    );
    talk.ask(0, join(&other, "m1"));
    talk.note("and a classic member in an empty streams group");
    talk.ask(0, beats(&other, "m1", -1));
    let joined = talk.ask(9, classic(&other));
    talk.call(String::from(&joined.member_id), "classic");
    talk.note("a share group and a consumer group");
    for kind in ["share", "consumer"] {
        let other = talk.group(kind);
        if kind == "share" {
            talk.aside(1, &ShareGroupHeartbeatRequest { group_id: other.clone(), ..shares(0) });
        } else {
            talk.aside(
                1,
                &ConsumerGroupHeartbeatRequest { group_id: other.clone(), ..consumes(0) },
            );
        }
        talk.ask(0, join(&other, "m1"));
        talk.ask(0, beats(&other, "m1", 1));
        talk.ask(0, beats(&other, "m1", -1));
        talk.ask(0, describes(&other));
    }
}
