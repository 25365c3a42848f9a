//! Topics: made, changed, looked at, and removed.

use base::{Str, Uuid};
use protocol::messages::alter_partition_reassignments_request::{
    ReassignablePartition, ReassignableTopic,
};
use protocol::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsTopic,
};
use protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use protocol::messages::delete_topics_request::DeleteTopicState;
use protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use protocol::messages::list_partition_reassignments_request::ListPartitionReassignmentsTopics;
use protocol::messages::metadata_request::MetadataRequestTopic;
use protocol::messages::*;

use super::Conversation;
use super::talk::Talk;

pub const ALL: &[Conversation] = &[
    ("topics-are-created", are_created),
    ("topics-are-created-in-every-version", are_created_in_every_version),
    ("topics-are-refused", are_refused),
    ("topics-are-given-replicas", are_given_replicas),
    ("topics-are-given-settings", are_given_settings),
    ("topics-get-more-partitions", get_more_partitions),
    ("topics-are-deleted", are_deleted),
    ("topics-are-looked-up", are_looked_up),
    ("topics-are-looked-up-in-every-version", are_looked_up_in_every_version),
    ("topics-are-described-by-partition", are_described_by_partition),
    ("topics-elect-leaders", elect_leaders),
    ("topics-are-reassigned", are_reassigned),
];

/// The only broker there is.
const NODE: i32 = 1;

// ---- what is asked ----

fn topic(name: &Str, partitions: i32) -> CreatableTopic {
    CreatableTopic {
        name: name.clone(),
        num_partitions: partitions,
        replication_factor: 1,
        ..Default::default()
    }
}

fn placed(name: &Str, partitions: &[(i32, &[i32])]) -> CreatableTopic {
    let assignment = |(index, brokers): &(i32, &[i32])| CreatableReplicaAssignment {
        partition_index: *index,
        broker_ids: brokers.to_vec(),
        ..Default::default()
    };
    CreatableTopic {
        name: name.clone(),
        num_partitions: -1,
        replication_factor: -1,
        assignments: partitions.iter().map(assignment).collect(),
        ..Default::default()
    }
}

fn creates(topics: Vec<CreatableTopic>) -> CreateTopicsRequest {
    CreateTopicsRequest { topics, timeout_ms: 30_000, ..Default::default() }
}

pub fn grows(name: &Str, count: i32, assignments: Option<&[&[i32]]>) -> CreatePartitionsRequest {
    let assignment = |brokers: &&[i32]| CreatePartitionsAssignment {
        broker_ids: brokers.to_vec(),
        ..Default::default()
    };
    let topic = CreatePartitionsTopic {
        name: name.clone(),
        count,
        assignments: assignments.map(|all| all.iter().map(assignment).collect()),
        ..Default::default()
    };
    CreatePartitionsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() }
}

pub fn deletes(name: Option<&Str>, topic_id: Uuid) -> DeleteTopicsRequest {
    let topic = DeleteTopicState { name: name.cloned(), topic_id, ..Default::default() };
    DeleteTopicsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() }
}

fn looks_up(name: Option<&Str>, topic_id: Uuid) -> MetadataRequest {
    let topic = MetadataRequestTopic { name: name.cloned(), topic_id, ..Default::default() };
    MetadataRequest { topics: Some(vec![topic]), ..Default::default() }
}

/// Creates, and gives the topics' ids names.
fn create(talk: &mut Talk, version: i16, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let created = talk.ask(version, request);
    for topic in &created.topics {
        if !topic.topic_id.is_zero() {
            talk.call(topic.topic_id.to_string(), &format!("id of {}", topic.name));
        }
    }
    created
}

// ---- the conversations ----

fn are_created(talk: &mut Talk) {
    let (first, second) = (talk.own("t"), talk.own("u"));
    talk.note("first only to see whether it would go");
    let dry = CreateTopicsRequest { validate_only: true, ..creates(vec![topic(&first, 2)]) };
    create(talk, 7, dry.clone());
    create(talk, 7, creates(vec![topic(&first, 2), topic(&second, 1)]));
    talk.note("they are there already");
    create(talk, 7, creates(vec![topic(&first, 2)]));
    create(talk, 7, dry);
    talk.note("with what the broker thinks right");
    let third = talk.own("v");
    let default = CreatableTopic { replication_factor: -1, ..topic(&third, -1) };
    create(talk, 7, creates(vec![default]));
    talk.note("nothing");
    create(talk, 7, creates(Vec::new()));
}

fn are_created_in_every_version(talk: &mut Talk) {
    for version in 2..=7 {
        let name = talk.own(&format!("t{version}"));
        create(talk, version, creates(vec![topic(&name, 1)]));
        create(talk, version, creates(vec![topic(&name, 1)]));
        let default = CreatableTopic { replication_factor: -1, ..topic(&talk.own("u"), -1) };
        let dry = CreateTopicsRequest { validate_only: true, ..creates(vec![default]) };
        create(talk, version, dry);
    }
}

fn are_refused(talk: &mut Talk) {
    talk.in_own_words();
    let long = "x".repeat(250);
    for name in ["", ".", "..", "a b", "a/b", "ä", long.as_str(), "a:b", "__consumer_offsets"] {
        talk.ask(7, creates(vec![topic(&name.into(), 1)]));
    }
    let name = talk.own("t");
    talk.note("numbers that there are not");
    for partitions in [0, -2, i32::MIN] {
        talk.ask(7, creates(vec![topic(&name, partitions)]));
    }
    for replication_factor in [0, -2, 2, 100] {
        talk.ask(7, creates(vec![CreatableTopic { replication_factor, ..topic(&name, 1) }]));
    }
    talk.note("twice in one request");
    create(talk, 7, creates(vec![topic(&name, 1), topic(&talk.own("u"), 1), topic(&name, 2)]));
    talk.note("names that metrics cannot tell apart");
    let (dotted, lined) = (talk.own("a.b"), talk.own("a_b"));
    create(talk, 7, creates(vec![topic(&dotted, 1)]));
    create(talk, 7, creates(vec![topic(&lined, 1)]));
    talk.note("one is good and one is not");
    create(talk, 7, creates(vec![topic(&talk.own("v"), 1), topic(&talk.own("w"), 0)]));
}

fn are_given_replicas(talk: &mut Talk) {
    talk.in_own_words();
    let name = talk.own("t");
    create(talk, 7, creates(vec![placed(&name, &[(0, &[NODE]), (1, &[NODE])])]));
    let other = talk.own("u");
    let wrong: &[&[(i32, &[i32])]] = &[
        &[(0, &[NODE, NODE])],
        &[(0, &[7])],
        &[(0, &[])],
        &[(0, &[-1])],
        &[(1, &[NODE])],
        &[(0, &[NODE]), (2, &[NODE])],
        &[(0, &[NODE]), (0, &[NODE])],
        &[(0, &[NODE]), (1, &[NODE, 7])],
        &[(-1, &[NODE])],
    ];
    for partitions in wrong {
        talk.ask(7, creates(vec![placed(&other, partitions)]));
    }
    talk.note("and numbers besides");
    let mut both = placed(&other, &[(0, &[NODE])]);
    both.num_partitions = 1;
    talk.ask(7, creates(vec![both.clone()]));
    both.num_partitions = -1;
    both.replication_factor = 1;
    talk.ask(7, creates(vec![both]));
}

fn are_given_settings(talk: &mut Talk) {
    talk.in_own_words();
    let with = |name: &str, value: Option<&str>| CreatableTopicConfig {
        name: name.into(),
        value: value.map(Str::from),
        ..Default::default()
    };
    let name = talk.own("t");
    let configs = vec![with("retention.ms", Some("1000")), with("cleanup.policy", Some("compact"))];
    create(talk, 7, creates(vec![CreatableTopic { configs, ..topic(&name, 1) }]));
    let other = talk.own("u");
    let wrong = [
        ("no.such.setting", Some("1")),
        ("retention.ms", Some("soon")),
        ("retention.ms", Some("-2")),
        ("cleanup.policy", Some("burn")),
        ("compression.type", Some("rar")),
        ("min.insync.replicas", Some("0")),
        ("max.message.bytes", Some("-1")),
        ("max.message.bytes", Some("2147483648")),
        ("segment.bytes", Some("1")),
        ("min.cleanable.dirty.ratio", Some("2")),
        ("preallocate", Some("perhaps")),
        ("retention.ms", None),
        ("", Some("1")),
    ];
    for (setting, value) in wrong {
        let configs = vec![with(setting, value)];
        talk.ask(7, creates(vec![CreatableTopic { configs, ..topic(&other, 1) }]));
    }
    talk.note("that do not go together");
    let configs =
        vec![with("min.compaction.lag.ms", Some("9")), with("max.compaction.lag.ms", Some("1"))];
    talk.ask(7, creates(vec![CreatableTopic { configs, ..topic(&other, 1) }]));
    talk.note("the same one twice");
    let configs = vec![with("retention.ms", Some("1000")), with("retention.ms", Some("2000"))];
    create(talk, 7, creates(vec![CreatableTopic { configs, ..topic(&other, 1) }]));
}

fn get_more_partitions(talk: &mut Talk) {
    talk.in_own_words();
    let (name, _) = talk.topic("t", 1);
    let dry = CreatePartitionsRequest { validate_only: true, ..grows(&name, 2, None) };
    talk.ask(3, dry);
    for version in 0..=3 {
        let count = 2 + i32::from(version);
        talk.ask(version, grows(&name, count, None));
        talk.ask(version, grows(&name, count, None));
    }
    for count in [1, 0, -1] {
        talk.ask(3, grows(&name, count, None));
    }
    talk.ask(3, grows(&talk.own("missing"), 2, None));
    talk.ask(3, grows(&Str::EMPTY, 2, None));
    talk.note("where they shall be");
    talk.ask(3, grows(&name, 6, Some(&[&[NODE]])));
    let wrong: &[&[&[i32]]] =
        &[&[], &[&[NODE], &[NODE]], &[&[7]], &[&[NODE, NODE]], &[&[]], &[&[-1]], &[&[NODE, 7]]];
    for assignments in wrong {
        talk.ask(3, grows(&name, 7, Some(assignments)));
    }
    talk.note("twice in one request");
    let mut twice = grows(&name, 7, None);
    twice.topics.push(twice.topics[0].clone());
    talk.ask(3, twice);
    talk.ask(3, CreatePartitionsRequest { timeout_ms: 30_000, ..Default::default() });
}

fn are_deleted(talk: &mut Talk) {
    talk.in_own_words();
    let (name, _) = talk.topic("t", 1);
    talk.ask(6, deletes(Some(&name), Uuid::ZERO));
    talk.ask(6, deletes(Some(&name), Uuid::ZERO));
    let (_, id) = talk.topic("u", 1);
    talk.ask(6, deletes(None, id));
    talk.ask(6, deletes(None, id));
    talk.note("what is no topic");
    talk.ask(6, deletes(None, Uuid::ZERO));
    talk.ask(6, deletes(Some(&Str::EMPTY), Uuid::ZERO));
    talk.ask(6, deletes(None, Uuid::from_halves(1, 2)));
    talk.ask(6, DeleteTopicsRequest { timeout_ms: 30_000, ..Default::default() });
    let (name, id) = talk.topic("v", 1);
    talk.note("by its name and its id");
    talk.ask(6, deletes(Some(&name), id));
    talk.note("twice in one request");
    let mut twice = deletes(Some(&name), Uuid::ZERO);
    twice.topics.push(twice.topics[0].clone());
    talk.ask(6, twice);
    let mut twice = deletes(Some(&name), Uuid::ZERO);
    twice.topics.push(deletes(None, id).topics[0].clone());
    talk.ask(6, twice);
    for version in 1..=5 {
        let (name, _) = talk.topic(&format!("t{version}"), 1);
        let request = DeleteTopicsRequest {
            topic_names: vec![name, talk.own("missing")],
            timeout_ms: 30_000,
            ..Default::default()
        };
        talk.ask(version, request);
    }
}

fn are_looked_up(talk: &mut Talk) {
    let (name, id) = talk.topic("t", 2);
    talk.ask(13, looks_up(Some(&name), Uuid::ZERO));
    talk.ask(13, looks_up(None, id));
    talk.note("what is not there, and what cannot be");
    talk.ask(13, looks_up(Some(&talk.own("missing")), Uuid::ZERO));
    talk.ask(13, looks_up(Some(&"a/b".into()), Uuid::ZERO));
    talk.ask(13, looks_up(Some(&Str::EMPTY), Uuid::ZERO));
    talk.ask(13, looks_up(None, Uuid::from_halves(1, 2)));
    // Over neither a name nor an id Apache Kafka 4.3.1 stumbles (UNKNOWN_SERVER_ERROR).
    talk.note("by both");
    talk.ask(13, looks_up(Some(&name), id));
    let mut mixed = looks_up(Some(&name), Uuid::ZERO);
    mixed.topics.as_mut().expect("topics").extend(looks_up(None, id).topics.expect("topics"));
    talk.ask(13, mixed);
    let mut twice = looks_up(Some(&name), Uuid::ZERO);
    twice
        .topics
        .as_mut()
        .expect("topics")
        .push(MetadataRequestTopic { name: Some(name.clone()), ..Default::default() });
    talk.ask(13, twice);
    talk.note("with what one may do with it");
    let with_rights = MetadataRequest {
        include_topic_authorized_operations: true,
        ..looks_up(Some(&name), Uuid::ZERO)
    };
    talk.ask(13, with_rights);
    talk.note("it is not created, since the broker does not wish it");
    let willing = MetadataRequest {
        allow_auto_topic_creation: true,
        ..looks_up(Some(&talk.own("missing")), Uuid::ZERO)
    };
    talk.ask(13, willing);
    talk.note("no topics, only the brokers");
    talk.ask(13, MetadataRequest { topics: Some(Vec::new()), ..Default::default() });
}

fn are_looked_up_in_every_version(talk: &mut Talk) {
    let (name, id) = talk.topic("t", 1);
    for version in 0..=13 {
        talk.ask(version, looks_up(Some(&name), Uuid::ZERO));
        talk.ask(version, looks_up(Some(&talk.own("missing")), Uuid::ZERO));
        if version >= 10 {
            talk.ask(version, looks_up(None, id));
        }
        if (8..=10).contains(&version) {
            let with_rights = MetadataRequest {
                include_cluster_authorized_operations: true,
                include_topic_authorized_operations: true,
                ..looks_up(Some(&name), Uuid::ZERO)
            };
            talk.ask(version, with_rights);
        }
    }
}

fn are_described_by_partition(talk: &mut Talk) {
    let (first, _) = talk.topic("t", 3);
    let (second, _) = talk.topic("u", 2);
    let asks = |topics: &[&Str], limit: i32, cursor: Option<(&Str, i32)>| {
        let topic = |name: &&Str| TopicRequest { name: (*name).clone(), ..Default::default() };
        DescribeTopicPartitionsRequest {
            topics: topics.iter().map(topic).collect(),
            response_partition_limit: limit,
            cursor: cursor.map(|(topic, partition)| {
                Box::new(Cursor {
                    topic_name: topic.clone(),
                    partition_index: partition,
                    ..Default::default()
                })
            }),
            ..Default::default()
        }
    };
    talk.ask(0, asks(&[&first, &second], 2000, None));
    talk.ask(0, asks(&[&second, &first], 2000, None));
    talk.note("a little at a time");
    for limit in [1, 2, 3, 4, 5, 0, -1] {
        talk.ask(0, asks(&[&first, &second], limit, None));
    }
    talk.ask(0, asks(&[&first, &second], 2, Some((&first, 2))));
    talk.ask(0, asks(&[&first, &second], 2, Some((&second, 1))));
    talk.ask(0, asks(&[&first], 2, Some((&second, 0))));
    talk.ask(0, asks(&[&first], 2, Some((&first, 9))));
    talk.ask(0, asks(&[&first], 2, Some((&first, -1))));
    let missing = talk.own("missing");
    talk.ask(0, asks(&[&first], 2, Some((&missing, 0))));
    talk.note("what is not there");
    talk.ask(0, asks(&[&missing], 2000, None));
    talk.ask(0, asks(&[&missing, &first], 2000, None));
    // Over the empty name Apache Kafka 4.3.1 stumbles.
    talk.ask(0, asks(&[&"a/b".into()], 2000, None));
    talk.ask(0, asks(&[&first, &first], 2000, None));
}

fn elect_leaders(talk: &mut Talk) {
    talk.in_own_words();
    let (name, _) = talk.topic("t", 2);
    let asks = |election_type: i8, topic: &Str, partitions: &[i32]| ElectLeadersRequest {
        election_type,
        topic_partitions: Some(vec![elect_leaders_request::TopicPartitions {
            topic: topic.clone(),
            partitions: partitions.to_vec(),
            ..Default::default()
        }]),
        timeout_ms: 30_000,
        ..Default::default()
    };
    for version in 0..=2 {
        talk.ask(version, asks(0, &name, &[0, 1]));
    }
    talk.ask(2, asks(1, &name, &[0]));
    talk.note("what is not there");
    talk.ask(2, asks(0, &name, &[7]));
    talk.ask(2, asks(1, &name, &[7]));
    talk.ask(2, asks(0, &talk.own("missing"), &[0]));
    talk.ask(2, asks(0, &Str::EMPTY, &[0]));
    talk.note("an election that there is not");
    talk.ask(2, asks(5, &name, &[0]));
    talk.note("of no partitions");
    talk.ask(2, asks(0, &name, &[]));
    talk.ask(
        2,
        ElectLeadersRequest {
            topic_partitions: Some(Vec::new()),
            timeout_ms: 30_000,
            ..Default::default()
        },
    );
    talk.note("of all: those that need none are not told, only their topics");
    let all =
        ElectLeadersRequest { topic_partitions: None, timeout_ms: 30_000, ..Default::default() };
    let mut response = talk.aside(2, &all);
    response.replica_election_results.retain(|result| result.topic.starts_with(talk.name));
    talk.write_down(2, &all, &response);
}

fn are_reassigned(talk: &mut Talk) {
    talk.in_own_words();
    let (name, _) = talk.topic("t", 2);
    let missing = talk.own("missing");
    let lists = |topics: Option<&[(&Str, &[i32])]>| ListPartitionReassignmentsRequest {
        timeout_ms: 30_000,
        topics: topics.map(|topics| {
            let topic = |(name, partitions): &(&Str, &[i32])| ListPartitionReassignmentsTopics {
                name: (*name).clone(),
                partition_indexes: partitions.to_vec(),
                ..Default::default()
            };
            topics.iter().map(topic).collect()
        }),
        ..Default::default()
    };
    talk.ask(0, lists(None));
    talk.ask(0, lists(Some(&[(&name, &[0, 1])])));
    talk.ask(0, lists(Some(&[(&name, &[7])])));
    talk.ask(0, lists(Some(&[(&missing, &[0])])));
    talk.ask(0, lists(Some(&[])));
    let alters = |topic: &Str, partition: i32, replicas: Option<&[i32]>| {
        let partition = ReassignablePartition {
            partition_index: partition,
            replicas: replicas.map(<[i32]>::to_vec),
            ..Default::default()
        };
        let topic = ReassignableTopic {
            name: topic.clone(),
            partitions: vec![partition],
            ..Default::default()
        };
        AlterPartitionReassignmentsRequest {
            timeout_ms: 30_000,
            topics: vec![topic],
            ..Default::default()
        }
    };
    talk.note("to where it is");
    for version in 0..=1 {
        talk.ask(version, alters(&name, 0, Some(&[NODE])));
    }
    talk.note("what was not begun is not given up");
    talk.ask(1, alters(&name, 0, None));
    talk.note("to brokers that there are not");
    let wrong: &[&[i32]] = &[&[7], &[NODE, 7], &[NODE, NODE], &[], &[-1]];
    for replicas in wrong {
        talk.ask(1, alters(&name, 0, Some(replicas)));
    }
    let fixed = AlterPartitionReassignmentsRequest {
        allow_replication_factor_change: false,
        ..alters(&name, 0, Some(&[NODE, 7]))
    };
    talk.ask(1, fixed);
    talk.ask(1, alters(&name, 7, Some(&[NODE])));
    talk.ask(1, alters(&missing, 0, Some(&[NODE])));
    talk.ask(1, AlterPartitionReassignmentsRequest { timeout_ms: 30_000, ..Default::default() });
}
