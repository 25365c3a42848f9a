//! Assignors beside Apache Kafka's own, and what must hold of every assignment.

use base::{Offset, PartitionIndex, Str, Uuid};
use metadata::Image;
use protocol::record_types::metadata::{MetadataRecord, PartitionRecord, TopicRecord};

use super::*;

fn id(topic: &str) -> Uuid {
    Uuid::from_halves(0, topic.parse().expect("a number"))
}

/// Topics by number: `1:4,2:12`.
fn image(topics: &str) -> Image {
    let mut image = Image::empty();
    let mut offset = 0;
    let mut apply = |record: MetadataRecord| {
        image.apply(&record, Offset(offset)).expect("a record that fits");
        offset += 1;
    };
    for topic in topics.split(',') {
        let (topic, partitions) = topic.split_once(':').expect("a topic and its partitions");
        apply(MetadataRecord::TopicRecord(TopicRecord {
            name: format!("topic-{topic}").into(),
            topic_id: id(topic),
            ..TopicRecord::default()
        }));
        for partition_id in 0..partitions.parse().expect("a number") {
            apply(MetadataRecord::PartitionRecord(PartitionRecord {
                partition_id,
                topic_id: id(topic),
                ..PartitionRecord::default()
            }));
        }
    }
    image
}

/// `member:topic:partition member:topic:partition`
fn assignment(text: &str) -> BTreeMap<Str, Partitions> {
    let mut assignment: BTreeMap<Str, Partitions> = BTreeMap::new();
    for one in text.split_whitespace() {
        let [member, topic, partition] = one.split(':').collect::<Vec<_>>()[..] else {
            panic!("three parts: {one}")
        };
        let partition = PartitionIndex(partition.parse().expect("a number"));
        insert(assignment.entry(member.into()).or_default(), id(topic), partition);
    }
    assignment
}

/// `member/instance/1,2,3 member//`
fn members(text: &str, has: &BTreeMap<Str, Partitions>) -> BTreeMap<Str, MemberSpec> {
    let member = |text: &str| {
        let [name, instance, topics] = text.split('/').collect::<Vec<_>>()[..] else {
            panic!("three parts: {text}")
        };
        let topics = topics.split(',').filter(|topic| !topic.is_empty()).map(id);
        let spec = MemberSpec {
            instance_id: (!instance.is_empty()).then(|| instance.into()),
            topics: Arc::new(topics.collect()),
            assigned: Arc::new(has.get(name).cloned().unwrap_or_default()),
        };
        (Str::from(name), spec)
    };
    text.split_whitespace().map(member).collect()
}

#[test]
fn assignments_are_those_of_apache_kafka() {
    let golden = include_str!("../../../testdata/assignors.tsv");
    assert_eq!(golden.lines().count(), 300);
    for (line, case) in golden.lines().enumerate() {
        let [assignor, kind, topics, who, before, after] = case.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("six fields: {case}")
        };
        let group = GroupSpec {
            members: members(who, &assignment(before)),
            subscription_type: match kind {
                "homogeneous" => SubscriptionType::Homogeneous,
                _ => SubscriptionType::Heterogeneous,
            },
        };
        let assignor = ConsumerAssignor::configured(assignor).expect("a known assignor");
        let assigned = assignor.assign(&group, &image(topics)).expect("an assignment");
        let assigned: BTreeMap<Str, Partitions> = assigned
            .into_iter()
            .filter(|(_, partitions)| !partitions.is_empty())
            .map(|(member, partitions)| (member, (*partitions).clone()))
            .collect();
        assert_eq!(assigned, assignment(after), "line {}: {case}", line + 1);
        must_hold(&group, &assigned);
    }
}

/// Every partition that somebody is subscribed to has one owner, who is subscribed to it.
fn must_hold(group: &GroupSpec, assigned: &BTreeMap<Str, Partitions>) {
    let mut taken = BTreeSet::new();
    for (member, partitions) in assigned {
        for (topic, partitions) in partitions {
            assert!(group.members[member].topics.contains(topic), "{member} reads {topic}");
            for partition in partitions {
                assert!(taken.insert((*topic, *partition)), "{topic} {partition:?} has two owners");
            }
        }
    }
}

#[test]
fn a_topic_that_is_not_there_leaves_no_assignment() {
    let group = GroupSpec {
        members: members("m1//1,9", &BTreeMap::new()),
        subscription_type: SubscriptionType::Homogeneous,
    };
    for assignor in ConsumerAssignor::ALL {
        let error = assignor.assign(&group, &image("1:2")).expect_err("no assignment");
        assert_eq!(
            error.to_string(),
            "Members are subscribed to topic AAAAAAAAAAAAAAAAAAAACQ which doesn't exist in the \
             topic metadata."
        );
    }
}

#[test]
fn two_owners_of_one_partition_are_an_error_and_not_a_panic() {
    let has = assignment("m1:1:0 m2:1:0 m2:1:1");
    let group = GroupSpec {
        members: members("m1//1 m2//1", &has),
        subscription_type: SubscriptionType::Homogeneous,
    };
    let error = ConsumerAssignor::Uniform.assign(&group, &image("1:4"));
    assert_eq!(error, Err(AssignorError::LeftUnassigned));
}
