//! Who may join, and what a group does with it.

use base::ErrorCode;

use super::{Consumer, GROUP, bench, describe, partitions, refusal, send, settle};
use crate::group::testing::{Bench, asked};
use crate::group::{Counted, TakeCensus};

#[test]
fn the_first_member_gets_everything_at_once() {
    let mut bench = bench();
    let orders = bench.topic("orders", 3);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    // A new group is in epoch 1; the first member takes it to 2.
    assert_eq!(one.epoch, 2);
    assert_eq!(one.owned, partitions(orders, 0..3));
    let group = describe(&mut bench);
    assert_eq!(group.group_state, "Stable");
    assert_eq!((group.group_epoch, group.assignment_epoch), (2, 2));
    assert_eq!(group.assignor_name, "uniform");
    assert_eq!(group.members.len(), 1);
    assert_eq!(group.members[0].member_type, 1);
    assert_eq!(group.members[0].assignment, group.members[0].target_assignment);
}

#[test]
fn a_heartbeat_without_news_is_answered_without_an_assignment_and_writes_nothing() {
    let mut bench = bench();
    bench.topic("orders", 3);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    one.heartbeat(&mut bench);
    bench.new_records();
    let response = send(&mut bench, one.short());
    assert_eq!(response.assignment, None);
    assert_eq!(response.heartbeat_interval_ms, 5000);
    assert!(bench.new_records().is_empty());
    // A whole request asks for it, news or not.
    let response = send(&mut bench, one.whole());
    assert!(response.assignment.is_some());
}

#[test]
fn a_member_that_joins_again_with_epoch_0_is_told_what_it_has() {
    let mut bench = bench();
    let orders = bench.topic("orders", 2);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    one.join(&mut bench);
    assert_eq!(one.epoch, 2);
    assert_eq!(one.owned, partitions(orders, 0..2));
}

#[test]
fn a_member_without_an_id_is_given_one_by_version_0() {
    let mut bench = bench();
    let request = Consumer::new("", &["orders"]).whole();
    let response = bench.call(asked(0, request.clone()));
    assert_eq!(response.error_code, 0);
    assert_eq!(response.member_id.expect("an id").len(), 22);
    let response = bench.call(asked(1, request));
    assert_eq!(response.error_code, ErrorCode::InvalidRequest.code());
    assert_eq!(response.error_message.expect("a message"), "MemberId can't be empty.");
}

#[test]
fn requests_that_say_too_little_are_invalid() {
    let mut bench = bench();
    let whole = Consumer::new("one", &["orders"]).whole();
    let mut check = |message: &str, request| {
        let response = send(&mut bench, request);
        assert_eq!(response.error_code, ErrorCode::InvalidRequest.code(), "{message}");
        assert_eq!(response.error_message.expect("a message"), message);
    };
    let mut request = whole.clone();
    request.group_id = "".into();
    check("GroupId can't be empty.", request);
    let mut request = whole.clone();
    request.instance_id = Some(" ".into());
    check("InstanceId can't be empty.", request);
    let mut request = whole.clone();
    request.rack_id = Some("".into());
    check("RackId can't be empty.", request);
    let mut request = whole.clone();
    request.rebalance_timeout_ms = -1;
    check("RebalanceTimeoutMs must be provided in first request.", request);
    let mut request = whole.clone();
    request.topic_partitions = None;
    check("TopicPartitions must be empty when (re-)joining.", request);
    let mut request = whole.clone();
    request.subscribed_topic_names = None;
    check(
        "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
        request,
    );
    let mut request = whole.clone();
    request.member_epoch = -2;
    check("InstanceId can't be null.", request);
    let mut request = whole;
    request.member_epoch = -3;
    check("MemberEpoch is invalid.", request);
}

#[test]
fn only_a_member_that_joins_makes_a_group() {
    let mut bench = bench();
    let mut one = Consumer::new("one", &["orders"]);
    one.epoch = 4;
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::GroupIdNotFound);
    one.epoch = -1;
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::GroupIdNotFound);
    assert_eq!(describe(&mut bench).error_code, ErrorCode::GroupIdNotFound.code());
    one.join(&mut bench);
    let mut two = Consumer::new("two", &["orders"]);
    two.epoch = 1;
    assert_eq!(refusal(&mut bench, two.short()), ErrorCode::UnknownMemberId);
}

#[test]
fn a_full_group_takes_nobody_in_but_its_own() {
    let mut bench = Bench::with(&[("group.consumer.max.size", "1")]);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    let two = Consumer::new("two", &["orders"]);
    let response = send(&mut bench, two.whole());
    assert_eq!(response.error_code, ErrorCode::GroupMaxSizeReached.code());
    assert_eq!(
        response.error_message.expect("a message"),
        "The consumer group has reached its maximum capacity of 1 members."
    );
    one.join(&mut bench);
}

#[test]
fn most_votes_choose_the_assignor_and_an_unknown_one_is_refused() {
    let mut bench = bench();
    let orders = bench.topic("orders", 3);
    let mut one = Consumer { assignor: Some("range".into()), ..Consumer::new("one", &["orders"]) };
    let mut two = Consumer { assignor: Some("range".into()), ..Consumer::new("two", &["orders"]) };
    one.join(&mut bench);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    assert_eq!(describe(&mut bench).assignor_name, "range");
    assert_eq!(one.owned, partitions(orders, 0..2));
    let response = send(
        &mut bench,
        Consumer { assignor: Some("sticky".into()), ..Consumer::new("three", &["orders"]) }.whole(),
    );
    assert_eq!(response.error_code, ErrorCode::UnsupportedAssignor.code());
    assert_eq!(
        response.error_message.expect("a message"),
        "ServerAssignor sticky is not supported. Supported assignors: uniform, range."
    );
}

#[test]
fn a_silent_member_is_out_when_its_session_is_over() {
    let mut bench = bench();
    let orders = bench.topic("orders", 2);
    let (mut one, mut two) = (Consumer::new("one", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    for _ in 0..10 {
        bench.advance_ms(5_000);
        two.heartbeat(&mut bench);
    }
    assert_eq!(two.owned, partitions(orders, 0..2));
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::UnknownMemberId);
}

#[test]
fn a_group_may_have_a_session_of_its_own() {
    let mut bench = bench();
    bench.group_config(GROUP, "consumer.session.timeout.ms", Some("50000"));
    bench.group_config(GROUP, "consumer.heartbeat.interval.ms", Some("6000"));
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    bench.advance_ms(49_999);
    assert_eq!(send(&mut bench, one.short()).heartbeat_interval_ms, 6000);
    bench.advance_ms(50_000);
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::UnknownMemberId);
}

#[test]
fn a_member_that_leaves_is_gone_at_once_and_the_group_stays() {
    let mut bench = bench();
    bench.topic("orders", 2);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    let epoch = describe(&mut bench).group_epoch;
    one.leave(&mut bench, -1);
    let group = describe(&mut bench);
    assert_eq!(group.group_state, "Empty");
    assert_eq!(group.group_epoch, epoch + 1);
    assert!(group.members.is_empty());
}

#[test]
fn a_group_is_the_same_after_its_log_has_been_loaded() {
    let mut bench = bench();
    bench.topic("orders", 4);
    let (mut one, mut two) =
        (Consumer::new("one", &["orders"]), Consumer::fixed("two", "2", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    two.leave(&mut bench, -2);
    let before = describe(&mut bench);
    bench.reload();
    assert_eq!(describe(&mut bench), before);
    bench.compact();
    bench.reload();
    assert_eq!(describe(&mut bench), before);
    one.heartbeat(&mut bench);
    // Sessions begin anew with the load: who does not come is out.
    bench.advance_ms(44_999);
    one.heartbeat(&mut bench);
    bench.advance_ms(1);
    assert_eq!(describe(&mut bench).members.len(), 1);
}

#[test]
fn a_group_that_is_deleted_leaves_nothing_behind() {
    use protocol::messages::DeleteGroupsRequest;
    let mut bench = bench();
    bench.topic("orders", 1);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    let delete =
        DeleteGroupsRequest { groups_names: vec![GROUP.into()], ..DeleteGroupsRequest::default() };
    let response = bench.call(asked(2, delete.clone()));
    assert_eq!(response.results[0].error_code, ErrorCode::NonEmptyGroup.code());
    one.leave(&mut bench, -1);
    let response = bench.call(asked(2, delete));
    assert_eq!(response.results[0].error_code, 0);
    assert_eq!(describe(&mut bench).error_code, ErrorCode::GroupIdNotFound.code());
    bench.compact();
    assert!(bench.records().is_empty(), "{:?}", bench.records());
}

#[test]
fn a_new_subscription_is_counted_as_a_rebalance_and_a_heartbeat_is_not() {
    let mut bench = bench();
    bench.topic("orders", 3);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    assert_eq!(bench.counted, [Counted::ConsumerGroupRebalance]);
    one.heartbeat(&mut bench);
    assert_eq!(bench.counted, [Counted::ConsumerGroupRebalance]);
    let census = bench.call(TakeCensus);
    assert_eq!(census.groups.keys().copied().collect::<Vec<_>>(), [("consumer", "Stable")]);
}
