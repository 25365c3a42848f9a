use std::collections::BTreeMap;

use base::{Str, Uuid};
use metadata::ConfigResource;
use protocol::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsTopic,
};
use protocol::messages::create_topics_request::CreatableReplicaAssignment;
use protocol::messages::delete_topics_request::DeleteTopicState;
use protocol::messages::{CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest};

use crate::{Cluster, ids, name_of, send, topic, with_config};

#[test]
fn a_new_topic_is_spread_over_the_brokers_and_led_by_its_first_replicas() {
    let mut cluster = Cluster::of(3);
    let created =
        cluster.create(vec![with_config(topic("orders", 6, 2), &[("retention.ms", "5")])]);
    let result = &created[0];
    assert_eq!((name_of(result.error_code), &result.error_message), ("NONE", &None));
    assert_eq!((result.num_partitions, result.replication_factor), (6, 2));
    let retention = result.configs.as_ref().unwrap().iter().find(|c| c.name == "retention.ms");
    assert_eq!(retention.map(|c| (c.value.as_deref(), c.config_source)), Some((Some("5"), 1)));

    let topic = cluster.topic("orders");
    assert_eq!(topic.id, result.topic_id);
    let mut led = BTreeMap::new();
    for partition in topic.partitions.values() {
        assert_eq!(partition.replicas[..], partition.isr[..]);
        assert_eq!(partition.leader, partition.replicas[0]);
        assert_ne!(partition.replicas[0], partition.replicas[1]);
        *led.entry(partition.leader).or_insert(0) += 1;
    }
    assert_eq!(led.into_values().collect::<Vec<_>>(), [2, 2, 2]);
    let config = cluster.image().config(&ConfigResource::topic("orders"));
    assert_eq!(config.get("retention.ms"), Some(&Str::from("5")));
    assert_eq!(cluster.last_delta.topics_created.len(), 1);
    assert_eq!(cluster.last_delta.partitions.len(), 6);
}

#[test]
fn every_topic_of_a_request_fails_or_succeeds_by_itself() {
    let mut cluster = Cluster::of(1);
    cluster.create(vec![topic("taken", 1, 1), topic("dotted.name", 1, 1)]);
    let long = "x".repeat(250);
    let created = cluster.create(vec![
        topic("fine", -1, -1),
        topic("taken", 1, 1),
        topic("dotted_name", 1, 1),
        topic("sch\u{f6}n", 1, 1),
        topic("..", 1, 1),
        topic(&long, 1, 1),
        topic("none", 0, 1),
        topic("negative", -2, 1),
        topic("factorless", 1, 0),
        topic("wide", 1, 2),
        topic("__cluster_metadata", 1, 1),
        with_config(topic("unknown-key", 1, 1), &[("no.such.key", "1")]),
        with_config(topic("bad-value", 1, 1), &[("retention.ms", "soon")]),
        topic("twice", 1, 1),
        topic("twice", 1, 1),
    ]);
    let codes: Vec<_> = created.iter().map(|r| (&*r.name, name_of(r.error_code))).collect();
    assert_eq!(
        codes,
        [
            ("fine", "NONE"),
            ("taken", "TOPIC_ALREADY_EXISTS"),
            ("dotted_name", "INVALID_TOPIC_EXCEPTION"),
            ("sch\u{f6}n", "INVALID_TOPIC_EXCEPTION"),
            ("..", "INVALID_TOPIC_EXCEPTION"),
            (&*long, "INVALID_TOPIC_EXCEPTION"),
            ("none", "INVALID_PARTITIONS"),
            ("negative", "INVALID_PARTITIONS"),
            ("factorless", "INVALID_REPLICATION_FACTOR"),
            ("wide", "INVALID_REPLICATION_FACTOR"),
            ("__cluster_metadata", "INVALID_REQUEST"),
            ("unknown-key", "INVALID_CONFIG"),
            ("bad-value", "INVALID_CONFIG"),
            ("twice", "INVALID_REQUEST"),
        ]
    );
    assert_eq!(cluster.image().topics().len(), 3);
}

#[test]
fn validate_only_says_the_same_and_creates_nothing() {
    let mut cluster = Cluster::of(1);
    let before = cluster.end;
    let request = CreateTopicsRequest {
        topics: vec![topic("a", 2, 1), topic("b", 0, 1)],
        validate_only: true,
        ..Default::default()
    };
    let reply = send!(cluster, CreateTopics, request);
    let codes: Vec<_> = reply.topics.iter().map(|r| name_of(r.error_code)).collect();
    assert_eq!(codes, ["NONE", "INVALID_PARTITIONS"]);
    assert_eq!(cluster.end, before);
}

#[test]
fn replicas_assigned_by_hand_are_checked_one_by_one() {
    let mut cluster = Cluster::of(2);
    let mut attempt = |name: &str, partitions: &[(i32, &[i32])]| {
        let assignments = partitions
            .iter()
            .map(|(index, brokers)| CreatableReplicaAssignment {
                partition_index: *index,
                broker_ids: brokers.to_vec(),
                ..Default::default()
            })
            .collect();
        let mut wanted = topic(name, -1, -1);
        wanted.assignments = assignments;
        name_of(cluster.create(vec![wanted])[0].error_code)
    };
    assert_eq!(attempt("good", &[(1, &[1, 0]), (0, &[0, 1])]), "NONE");
    assert_eq!(attempt("gap", &[(0, &[0]), (2, &[1])]), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(attempt("again", &[(0, &[0]), (0, &[1])]), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(attempt("same", &[(0, &[0, 0])]), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(attempt("absent", &[(0, &[7])]), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(attempt("uneven", &[(0, &[0]), (1, &[0, 1])]), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(attempt("empty", &[(0, &[])]), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(ids(&cluster.partition("good", 1).replicas), [1, 0]);
}

#[test]
fn ten_thousand_partitions_fit_one_request_and_one_more_does_not() {
    let mut cluster = Cluster::of(1);
    let topics = |last: i32| {
        let mut topics: Vec<_> = (0..9).map(|index| topic(&format!("t{index}"), 1000, 1)).collect();
        topics.push(topic("t9", last, 1));
        topics
    };
    let refused = cluster.create(topics(1001));
    assert!(refused.iter().all(|r| name_of(r.error_code) == "POLICY_VIOLATION"));
    let refused = cluster.create(topics(i32::MAX));
    assert!(refused.iter().all(|r| name_of(r.error_code) == "POLICY_VIOLATION"));
    let created = cluster.create(topics(1000));
    assert!(created.iter().all(|r| r.error_code == 0), "{:?}", created[0]);
    assert_eq!(cluster.last_delta.partitions.len(), 10_000);
}

#[test]
fn topics_are_deleted_by_name_or_by_id_and_take_their_configuration_along() {
    let mut cluster = Cluster::of(1);
    cluster.create(vec![
        with_config(topic("a", 1, 1), &[("retention.ms", "5")]),
        topic("b", 1, 1),
        topic("c", 1, 1),
    ]);
    let by_name =
        |name: &str| DeleteTopicState { name: Some(Str::from(name)), ..Default::default() };
    let by_id = |id| DeleteTopicState { name: None, topic_id: id, ..Default::default() };
    let (b, c) = (cluster.topic("b").id, cluster.topic("c").id);
    let unknown = Uuid::from_halves(1, 1);
    let request = DeleteTopicsRequest {
        topics: vec![
            by_name("a"),
            by_id(b),
            by_name("c"),
            by_id(c),
            by_name("nowhere"),
            by_id(unknown),
            by_id(Uuid::ZERO),
            DeleteTopicState { name: Some(Str::from("a")), topic_id: b, ..Default::default() },
        ],
        ..Default::default()
    };
    let reply = send!(cluster, DeleteTopics, request);
    let mut codes: Vec<_> = reply
        .responses
        .iter()
        .map(|r| (r.name.as_deref().unwrap_or("-"), name_of(r.error_code)))
        .collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            ("-", "INVALID_REQUEST"), // neither name nor id
            ("-", "UNKNOWN_TOPIC_ID"),
            ("a", "INVALID_REQUEST"), // name and id
            ("a", "NONE"),
            ("b", "NONE"),
            ("c", "INVALID_REQUEST"), // its name and its id apart
            ("nowhere", "UNKNOWN_TOPIC_OR_PARTITION"),
        ]
    );
    assert_eq!(cluster.image().topics().len(), 1);
    assert!(cluster.image().config(&ConfigResource::topic("a")).is_empty());
    assert_eq!(cluster.last_delta.topics_deleted.len(), 2);

    // An id that comes twice does not leave the topic to its name.
    let request = DeleteTopicsRequest {
        topics: vec![by_id(c), by_id(c), by_name("c")],
        ..Default::default()
    };
    let reply = send!(cluster, DeleteTopics, request);
    assert!(reply.responses.iter().all(|r| name_of(r.error_code) == "INVALID_REQUEST"));
    assert_eq!(reply.responses.len(), 2);
    assert_eq!(cluster.image().topics().len(), 1);

    // The name is free again, and so is one that collided with it.
    let created = cluster.create(vec![topic("a", 1, 1)]);
    assert_eq!(created[0].error_code, 0);
}

#[test]
fn partitions_are_added_behind_those_that_exist() {
    let mut cluster = Cluster::of(2);
    cluster.create(vec![topic("t", 2, 1)]);
    let mut add = |name: &str, count: i32, assignments: Option<&[&[i32]]>| {
        let assignments = assignments.map(|list| {
            list.iter()
                .map(|brokers| CreatePartitionsAssignment {
                    broker_ids: brokers.to_vec(),
                    ..Default::default()
                })
                .collect()
        });
        let topics = vec![CreatePartitionsTopic {
            name: Str::from(name),
            count,
            assignments,
            ..Default::default()
        }];
        let request = CreatePartitionsRequest { topics, ..Default::default() };
        name_of(send!(cluster, CreatePartitions, request).results[0].error_code)
    };
    assert_eq!(add("t", 2, None), "INVALID_PARTITIONS");
    assert_eq!(add("t", 1, None), "INVALID_PARTITIONS");
    assert_eq!(add("t", -1, None), "INVALID_PARTITIONS");
    assert_eq!(add("t", i32::MAX, None), "POLICY_VIOLATION");
    assert_eq!(add("nowhere", 3, None), "UNKNOWN_TOPIC_OR_PARTITION");
    assert_eq!(add("t", 4, Some(&[&[0]])), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(add("t", 3, Some(&[&[0, 1]])), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(add("t", 3, None), "NONE");
    assert_eq!(add("t", 5, Some(&[&[1], &[0]])), "NONE");
    assert_eq!(cluster.topic("t").partitions.len(), 5);
    assert_eq!(ids(&cluster.partition("t", 3).replicas), [1]);
}

#[test]
fn a_failed_append_leaves_no_trace_of_what_it_would_have_done() {
    let mut cluster = Cluster::of(1);
    cluster.create(vec![topic("kept", 1, 1)]);
    let context = cluster.context();
    let topics = vec![topic("lost", 1, 1)];
    let request = metadata::controller::Request::CreateTopics(CreateTopicsRequest {
        topics,
        ..Default::default()
    });
    let decision = cluster.controller.handle(&context, &request);
    let end = cluster.end;
    cluster.controller.apply(&decision.records, end, base::LeaderEpoch(1), cluster.now).unwrap();
    assert!(cluster.image().topic("lost").is_some(), "the next request must see it");
    assert!(cluster.controller.committed().topic("lost").is_none());
    cluster.controller.revert();
    assert!(cluster.image().topic("lost").is_none());
    assert!(cluster.image().topic("kept").is_some());
}
