//! How a group begins, what it asks for, and how it ends.

use base::ErrorCode;
use protocol::messages::streams_group_heartbeat_request::{KeyValue, TaskIds, TopicInfo};
use protocol::messages::{DeleteGroupsRequest, ListGroupsRequest, StreamsGroupHeartbeatRequest};
use protocol::record_types::group::{GroupKey, GroupValue};

use super::{Thread, bench, describe, state, stateless, statuses, topology, word_count};
use crate::group::GroupRecord;
use crate::group::testing::{Bench, asked, asked_by};

#[test]
fn the_first_thread_gets_every_task_at_once() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    let response = thread.beat(&mut bench);
    assert_eq!(response.member_epoch, 2);
    assert_eq!(response.heartbeat_interval_ms, 5_000);
    assert_eq!(thread.active(), ["0_0", "0_1"]);
    assert_eq!(statuses(&response), []);
    assert_eq!(state(&mut bench), "Stable");
    // Nothing has changed, so nothing is said of tasks.
    let response = thread.beat(&mut bench);
    assert_eq!((response.member_epoch, response.active_tasks), (2, None));
}

#[test]
fn the_records_of_a_join_are_kafkas_in_kafkas_order() {
    let mut bench = bench();
    Thread::new("a", stateless()).beat(&mut bench);
    let records = bench.new_records();
    let kinds: Vec<i16> = records.iter().map(|record| record.key.kind()).collect();
    assert_eq!(kinds, [19, 23, 17, 21, 20, 22]);
    let Some((GroupValue::StreamsGroupMetadata(metadata), 0)) = &records[2].value else {
        panic!("{:?}", records[2]);
    };
    assert_eq!((metadata.epoch, metadata.validated_topology_epoch), (2, 1));
    let Some((GroupValue::StreamsGroupCurrentMemberAssignment(current), 0)) = &records[5].value
    else {
        panic!("{:?}", records[5]);
    };
    assert_eq!((current.member_epoch, current.previous_member_epoch, current.state), (2, 0, 1));
    assert_eq!(current.active_tasks[0].assignment_epochs, Some(vec![2, 2]));
}

#[test]
fn source_topics_that_are_missing_are_named_until_they_come() {
    let mut bench = Bench::with(&[
        ("group.streams.initial.rebalance.delay.ms", "0"),
        ("group.streams.assignment.interval.ms", "0"),
    ]);
    let mut thread = Thread::new("a", stateless());
    let response = thread.beat(&mut bench);
    assert_eq!(response.member_epoch, 2);
    assert_eq!(statuses(&response), [(1, "Source topics input are missing.".into())]);
    assert_eq!(state(&mut bench), "NotReady");

    bench.topic("input", 3);
    let response = thread.beat(&mut bench);
    assert_eq!((response.member_epoch, statuses(&response)), (3, vec![]));
    assert_eq!(thread.active(), ["0_0", "0_1", "0_2"]);
}

#[test]
fn internal_topics_are_asked_for_and_waited_for() {
    let mut bench = bench();
    let mut topology = word_count();
    topology.subtopologies[1].state_changelog_topics[0] = TopicInfo {
        name: "counts".into(),
        replication_factor: 1,
        topic_configs: vec![KeyValue {
            key: "cleanup.policy".into(),
            value: "compact".into(),
            ..KeyValue::default()
        }],
        ..TopicInfo::default()
    };
    let mut thread = Thread::new("a", topology);
    let heartbeat = thread.hear(&mut bench);
    let missing = (3, "Internal topics are missing: counts, words".into());
    assert_eq!(statuses(&heartbeat.response), [missing]);
    let [counts, words] = &heartbeat.topics_to_create[..] else { panic!("two topics") };
    assert_eq!((counts.num_partitions, counts.replication_factor), (2, 1));
    assert_eq!(counts.configs[0].name, "cleanup.policy");
    assert_eq!((words.num_partitions, words.replication_factor), (2, -1));
    thread.follow(&heartbeat.response);
    assert!(thread.active().is_empty());

    bench.topic("counts", 2);
    bench.topic("words", 2);
    let heartbeat = thread.hear(&mut bench);
    assert!(heartbeat.topics_to_create.is_empty());
    thread.follow(&heartbeat.response);
    assert_eq!(thread.active(), ["0_0", "0_1", "1_0", "1_1"]);
    let described = describe(&mut bench);
    let topology = described.topology.expect("a topology");
    let counted = &topology.subtopologies.expect("subtopologies")[1];
    // What was found for them is described, once the group is ready.
    assert_eq!(counted.state_changelog_topics[0].partitions, 2);
}

#[test]
fn a_topic_that_grows_has_the_tasks_shared_anew() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    bench.grow_topic("input", 3);
    let response = thread.beat(&mut bench);
    assert_eq!(response.member_epoch, 3);
    assert_eq!(thread.active(), ["0_0", "0_1", "0_2"]);
}

#[test]
fn a_topic_that_grows_is_not_forgotten_over_a_member_that_is_refused() {
    let mut bench = bench();
    let (mut a, mut b) = (Thread::new("a", stateless()), Thread::new("b", stateless()));
    for _ in 0..2 {
        a.beat(&mut bench);
        b.beat(&mut bench);
    }
    a.beat(&mut bench);
    b.beat(&mut bench);
    assert_eq!(b.active(), ["0_1"]);
    let of_b = |record: &GroupRecord| matches!(&record.key, GroupKey::StreamsGroupCurrentMemberAssignment(key) if key.member_id == "b");
    let records = bench.records().into_iter().map(|(_, record)| record);
    let mut unknown = records.filter(of_b).last().expect("it has been assigned a task");
    if let Some((GroupValue::StreamsGroupCurrentMemberAssignment(value), _)) = &mut unknown.value {
        value.state = 127;
    }
    bench.write(&unknown);
    bench.reload();
    a.beat(&mut bench);
    let epoch = describe(&mut bench).group_epoch;
    bench.grow_topic("input", 3);
    assert_eq!(b.refused(&mut bench).0, ErrorCode::FencedMemberEpoch);
    a.beat(&mut bench);
    assert_eq!(describe(&mut bench).group_epoch, epoch + 1);
}

#[test]
fn a_source_topic_that_is_deleted_takes_its_tasks_away() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    bench.delete_topic("input");
    let response = thread.beat(&mut bench);
    assert_eq!(statuses(&response), [(1, "Source topics input are missing.".into())]);
    assert!(thread.active().is_empty());
    assert_eq!(state(&mut bench), "NotReady");
}

#[test]
fn a_group_waits_for_more_threads_before_its_first_assignment() {
    let mut bench = Bench::with(&[("group.streams.assignment.interval.ms", "0")]);
    bench.topic("input", 2);
    let mut first = Thread::new("a", stateless());
    let response = first.beat(&mut bench);
    let delayed = "Assignment delayed due to the configured initial rebalance delay.";
    assert_eq!(statuses(&response), [(5, delayed.into())]);
    assert_eq!(response.member_epoch, 1);
    bench.advance_ms(2_000);
    let mut second = Thread::new("b", stateless());
    second.beat(&mut bench);
    assert!(second.active().is_empty());
    // The second one does not extend the delay.
    bench.advance_ms(1_000);
    first.beat(&mut bench);
    second.beat(&mut bench);
    assert_eq!((first.active(), second.active()), (vec!["0_0".into()], vec!["0_1".into()]));
    assert_eq!(state(&mut bench), "Stable");
}

#[test]
fn assignments_keep_their_distance() {
    let mut bench = Bench::with(&[("group.streams.initial.rebalance.delay.ms", "0")]);
    bench.topic("input", 2);
    Thread::new("a", stateless()).beat(&mut bench);
    let mut second = Thread::new("b", stateless());
    let response = second.beat(&mut bench);
    let delayed = "Assignment delayed due to the configured assignment interval.";
    assert_eq!(statuses(&response), [(5, delayed.into())]);
    assert_eq!(state(&mut bench), "Assigning");
    bench.advance_ms(1_000);
    assert_eq!(statuses(&second.beat(&mut bench)), []);
    assert_eq!(state(&mut bench), "Reconciling");
}

#[test]
fn a_thread_that_is_silent_is_gone_and_its_tasks_are_free() {
    let mut bench = bench();
    let mut silent = Thread::new("a", stateless());
    silent.beat(&mut bench);
    bench.advance_ms(45_001);
    assert_eq!(state(&mut bench), "Empty");
    let (code, reason) = silent.refused(&mut bench);
    assert_eq!(code, ErrorCode::UnknownMemberId);
    assert_eq!(reason, "Member a is not a member of group app.");
    let mut other = Thread::new("b", stateless());
    other.beat(&mut bench);
    assert_eq!(other.active(), ["0_0", "0_1"]);
}

#[test]
fn a_group_says_itself_how_long_a_thread_may_be_silent() {
    let mut bench = bench();
    bench.group_config("app", "streams.session.timeout.ms", Some("50000"));
    bench.group_config("app", "streams.heartbeat.interval.ms", Some("7000"));
    let mut thread = Thread::new("a", stateless());
    assert_eq!(thread.beat(&mut bench).heartbeat_interval_ms, 7_000);
    bench.advance_ms(49_999);
    assert_eq!(state(&mut bench), "Stable");
    bench.advance_ms(1);
    assert_eq!(state(&mut bench), "Empty");
}

#[test]
fn a_thread_that_leaves_is_told_so_and_its_record_is_gone() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    bench.new_records();
    let response = thread.leave(&mut bench);
    assert_eq!((response.error_code, response.member_epoch), (0, -1));
    let records = bench.new_records();
    let kinds: Vec<i16> = records.iter().map(|record| record.key.kind()).collect();
    assert_eq!(kinds, [22, 21, 19, 17]);
    assert_eq!(state(&mut bench), "Empty");
    assert_eq!(thread.leave(&mut bench).error_code, ErrorCode::UnknownMemberId.code());
}

#[test]
fn one_thread_can_end_the_whole_application() {
    let mut bench = bench();
    let mut failing = Thread::new("a", stateless());
    let mut other = Thread::new("b", stateless());
    failing.beat(&mut bench);
    other.beat(&mut bench);
    failing.request.shutdown_application = true;
    let asked_to_end = (
        4,
        "Streams group member a encountered a fatal error and requested a shutdown for the entire \
         application."
            .into(),
    );
    assert!(statuses(&failing.beat(&mut bench)).contains(&asked_to_end));
    failing.leave(&mut bench);
    assert!(statuses(&other.beat(&mut bench)).contains(&asked_to_end));
    // It holds until the last one has gone.
    other.leave(&mut bench);
    failing.request.shutdown_application = false;
    assert_eq!(statuses(&failing.beat(&mut bench)), []);
}

#[test]
fn a_topology_that_differs_is_refused_and_an_older_one_is_told_so() {
    let mut bench = bench();
    let mut newer = stateless();
    newer.epoch = 2;
    Thread::new("a", newer).beat(&mut bench);
    let mut older = Thread::new("b", stateless());
    let behind = "The member's topology epoch 1 is behind the group's topology epoch 2.";
    assert_eq!(statuses(&older.beat(&mut bench)), [(0, behind.into())]);

    let mut other = stateless();
    other.epoch = 2;
    other.subtopologies[0].source_topics.push("more".into());
    let (code, reason) = Thread::new("c", other).refused(&mut bench);
    assert_eq!(code, ErrorCode::InvalidRequest);
    assert_eq!(reason, "Topology updates are not supported yet.");
}

#[test]
fn an_empty_group_is_listed_and_can_be_deleted() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    let list = |types: &[&str]| ListGroupsRequest {
        types_filter: types.iter().map(|kind| (*kind).into()).collect(),
        ..ListGroupsRequest::default()
    };
    let listed = bench.call(asked(5, list(&["Streams"]))).groups;
    assert_eq!((&*listed[0].group_id, &*listed[0].group_state), ("app", "Stable"));
    assert_eq!((&*listed[0].protocol_type, &*listed[0].group_type), ("streams", "streams"));
    assert!(bench.call(asked(5, list(&["consumer"]))).groups.is_empty());

    let delete = DeleteGroupsRequest { groups_names: vec!["app".into()], ..Default::default() };
    let refused = bench.call(asked(2, delete.clone())).results[0].error_code;
    assert_eq!(refused, ErrorCode::NonEmptyGroup.code());
    thread.leave(&mut bench);
    assert_eq!(bench.call(asked(2, delete)).results[0].error_code, 0);
    assert_eq!(describe(&mut bench).error_code, ErrorCode::GroupIdNotFound.code());
    bench.compact();
    assert!(bench.records().is_empty(), "nothing of the group is left in the log");
}

#[test]
fn a_request_that_breaks_a_rule_hears_which() {
    let mut bench = bench();
    let mut said = |change: fn(&mut StreamsGroupHeartbeatRequest)| {
        let mut request = Thread::new("a", stateless()).request;
        change(&mut request);
        let response = bench.call(asked(0, request)).response;
        let code = ErrorCode::from_code(response.error_code);
        (code, response.error_message.unwrap_or_default().to_string())
    };
    let invalid = |rule: &str| (ErrorCode::InvalidRequest, rule.to_owned());
    assert_eq!(said(|r| r.member_id = " ".into()), invalid("MemberId can't be empty."));
    assert_eq!(said(|r| r.group_id = "".into()), invalid("GroupId can't be empty."));
    assert_eq!(said(|r| r.rack_id = Some("".into())), invalid("RackId can't be empty."));
    assert_eq!(
        said(|r| r.instance_id = Some("i".into())),
        invalid("Static membership is not yet supported.")
    );
    assert_eq!(
        said(|r| r.topology = None),
        invalid("Topology must be non-null when (re-)joining.")
    );
    assert_eq!(
        said(|r| r.rebalance_timeout_ms = -1),
        invalid("RebalanceTimeoutMs must be provided in first request.")
    );
    assert_eq!(
        said(|r| r.member_epoch = -3),
        invalid("MemberEpoch is -3, but must be greater than or equal to -2.")
    );
    assert_eq!(
        said(|r| r.active_tasks = None),
        invalid("ActiveTasks must be empty when (re-)joining.")
    );
    assert_eq!(
        said(|r| r.member_epoch = 7),
        invalid("Topology can only be provided when (re-)joining.")
    );
    let (code, reason) = said(|r| (r.member_epoch, r.topology) = (7, None));
    assert_eq!(code, ErrorCode::GroupIdNotFound);
    assert_eq!(reason, "Streams group app not found.");
    let (code, reason) = said(|r| {
        let changelog = TopicInfo { name: "log".into(), partitions: 4, ..TopicInfo::default() };
        let topology = r.topology.as_mut().expect("a topology");
        topology.subtopologies[0].state_changelog_topics.push(changelog);
    });
    assert_eq!(code, ErrorCode::StreamsInvalidTopology);
    assert_eq!(
        reason,
        "Changelog topic log must have an undefined partition count, but it is set to 4."
    );
}

#[test]
fn tasks_that_do_not_exist_are_refused() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless());
    thread.beat(&mut bench);
    let task = |id: &str, partitions: Vec<i32>| {
        vec![TaskIds { subtopology_id: id.into(), partitions, ..TaskIds::default() }]
    };
    thread.owned[0] = task("0", vec![0, 2]);
    let (code, reason) = thread.refused(&mut bench);
    assert_eq!(code, ErrorCode::InvalidRequest);
    assert_eq!(
        reason,
        "Task 2 for subtopology 0 is invalid. Number of tasks for this subtopology: 2"
    );
    thread.owned[0] = task("9", vec![0]);
    let (_, reason) = thread.refused(&mut bench);
    assert_eq!(reason, "Subtopology 9 does not exist in the topology.");
}

#[test]
fn a_topology_with_indices_that_point_nowhere_is_refused_and_changes_nothing() {
    let mut bench = bench();
    let mut wrong = word_count();
    wrong.subtopologies[1].copartition_groups[0].source_topics = vec![-1];
    let (code, _) = Thread::new("a", wrong).refused(&mut bench);
    assert_eq!(code, ErrorCode::StreamsInvalidTopology);
    let twice = vec![stateless().subtopologies.remove(0), stateless().subtopologies.remove(0)];
    let (code, _) = Thread::new("a", topology(twice)).refused(&mut bench);
    assert_eq!(code, ErrorCode::StreamsInvalidTopology);
    assert!(bench.records().is_empty());
    assert_eq!(describe(&mut bench).error_code, ErrorCode::GroupIdNotFound.code());
}

#[test]
fn a_full_group_takes_nobody() {
    let mut bench = Bench::with(&[
        ("group.streams.initial.rebalance.delay.ms", "0"),
        ("group.streams.max.size", "1"),
    ]);
    bench.topic("input", 2);
    Thread::new("a", stateless()).beat(&mut bench);
    let (code, reason) = Thread::new("b", stateless()).refused(&mut bench);
    assert_eq!(code, ErrorCode::GroupMaxSizeReached);
    assert_eq!(reason, "The streams group has reached its maximum capacity of 1 members.");
}

#[test]
fn what_a_thread_says_of_itself_is_described() {
    let mut bench = bench();
    let mut thread = Thread::new("a", stateless()).with_endpoint("host-a");
    thread.request.rack_id = Some("r1".into());
    thread.request.client_tags =
        Some(vec![KeyValue { key: "zone".into(), value: "z1".into(), ..KeyValue::default() }]);
    bench.call(asked_by("app-1", 0, thread.request.clone()));
    let described = describe(&mut bench);
    assert_eq!((described.group_epoch, described.assignment_epoch), (2, 2));
    let member = &described.members[0];
    assert_eq!((&*member.client_id, &*member.client_host), ("app-1", "/127.0.0.1"));
    assert_eq!(member.rack_id.as_deref(), Some("r1"));
    assert_eq!((&*member.client_tags[0].key, &*member.client_tags[0].value), ("zone", "z1"));
    assert_eq!(member.user_endpoint.as_ref().map(|endpoint| endpoint.port), Some(7070));
    assert_eq!(member.assignment, member.target_assignment);
    assert_eq!((member.member_epoch, member.topology_epoch), (2, 1));
}

#[test]
fn where_partitions_are_is_told_when_it_has_changed() {
    let mut bench = bench();
    let mut a = Thread::new("a", stateless()).with_endpoint("host-a");
    a.beat(&mut bench);
    let response = a.beat(&mut bench);
    // The new group counts endpoints from 0; nothing has moved since.
    assert_eq!(
        (response.endpoint_information_epoch, response.partitions_by_user_endpoint),
        (0, None)
    );

    let mut b = Thread::new("b", stateless()).with_endpoint("host-b");
    b.beat(&mut bench);
    a.beat(&mut bench);
    let response = a.beat(&mut bench);
    b.beat(&mut bench);
    assert_eq!(response.endpoint_information_epoch, 2);
    let response = a.beat(&mut bench);
    let endpoints = response.partitions_by_user_endpoint.expect("they have changed");
    let mut read: Vec<_> = endpoints
        .iter()
        .map(|entry| (&*entry.user_endpoint.host, entry.active_partitions[0].partitions.clone()))
        .collect();
    read.sort();
    assert_eq!(read, [("host-a", vec![0]), ("host-b", vec![1])]);
    assert_eq!(a.beat(&mut bench).partitions_by_user_endpoint, None);
}

#[test]
fn a_group_is_the_same_after_it_was_loaded_from_a_compacted_log() {
    let mut bench = bench();
    bench.group_config("app", "streams.num.standby.replicas", Some("1"));
    bench.topic("counts", 2);
    bench.topic("words", 2);
    let mut threads = ["a", "b", "c"].map(|id| Thread::new(id, word_count()));
    for _ in 0..4 {
        threads.iter_mut().for_each(|thread| drop(thread.beat(&mut bench)));
    }
    threads[2].leave(&mut bench);
    let before = describe(&mut bench);
    bench.compact();
    bench.reload();
    let mut after = describe(&mut bench);
    // What the topics are is looked at again with the first heartbeat.
    after.topology = before.topology.clone();
    assert_eq!(after, before);
    let response = threads[0].beat(&mut bench);
    assert_eq!((response.error_code, describe(&mut bench).topology), (0, before.topology));
    assert!(!bench.records().iter().any(|(_, record)| {
        matches!(&record.key, GroupKey::StreamsGroupMemberMetadata(key) if key.member_id == "c")
    }));
}

#[test]
fn members_of_a_loaded_group_have_their_whole_time_again() {
    let mut bench = bench();
    Thread::new("a", stateless()).beat(&mut bench);
    bench.advance_ms(44_000);
    bench.reload();
    bench.advance_ms(44_999);
    assert_eq!(state(&mut bench), "Stable");
    bench.advance_ms(1);
    assert_eq!(state(&mut bench), "Empty");
}
