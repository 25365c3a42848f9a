//! How partitions go from one member to another.

use base::ErrorCode;
use protocol::messages::consumer_group_heartbeat_request::TopicPartitions;

use super::{Consumer, Owned, bench, describe, partitions, refusal, send, settle};
use crate::group::testing::Bench;

#[test]
fn kip_848_a_partition_has_one_owner_until_it_has_been_given_back() {
    let mut bench = bench();
    let orders = bench.topic("orders", 4);
    let (mut one, mut two) = (Consumer::new("one", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    // The second one enters the new epoch and waits.
    assert_eq!((two.epoch, two.owned.len()), (3, 0));
    assert_eq!(describe(&mut bench).group_state, "Reconciling");

    // The first one hears that it is to keep two, in the old epoch.
    one.heartbeat(&mut bench);
    assert_eq!((one.epoch, one.owned.len()), (2, 2));
    two.heartbeat(&mut bench);
    assert_eq!(two.owned, Owned::new());
    // It says nothing of what it owns, so it may own it still.
    one.heartbeat(&mut bench);
    assert_eq!(one.epoch, 2);
    // It says that it owns two only.
    one.acknowledge(&mut bench);
    assert_eq!(one.epoch, 3);
    two.heartbeat(&mut bench);
    assert_eq!((two.epoch, two.owned.len()), (3, 2));
    assert_eq!(&one.owned | &two.owned, partitions(orders, 0..4));
    assert_eq!(describe(&mut bench).group_state, "Stable");
}

#[test]
fn a_member_that_gives_nothing_back_in_time_is_out() {
    let mut bench = bench();
    let orders = bench.topic("orders", 2);
    let (mut one, mut two) = (Consumer::new("one", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    one.heartbeat(&mut bench);
    bench.advance_ms(29_999);
    one.heartbeat(&mut bench);
    two.heartbeat(&mut bench);
    bench.advance_ms(1);
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::UnknownMemberId);
    two.heartbeat(&mut bench);
    assert_eq!(two.owned, partitions(orders, 0..2));
}

#[test]
fn a_response_that_was_lost_is_given_again() {
    let mut bench = bench();
    bench.topic("orders", 2);
    let (mut one, mut two) = (Consumer::new("one", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    one.heartbeat(&mut bench);
    let before = one.epoch;
    one.acknowledge(&mut bench);
    assert_eq!((before, one.epoch), (2, 3));
    // As if the member had not heard of its new epoch: it owns no more than it has been given.
    one.epoch = before;
    one.acknowledge(&mut bench);
    assert_eq!(one.epoch, 3);
    // Whoever does not say what he owns, or owns more, is fenced.
    one.epoch = before;
    let response = send(&mut bench, one.short());
    assert_eq!(response.error_code, ErrorCode::FencedMemberEpoch.code());
    assert_eq!(
        response.error_message.expect("a message"),
        "The consumer group member has a smaller member epoch (2) than the one known by the group \
         coordinator (3). The member must abandon all its partitions and rejoin."
    );
    let mut request = one.short();
    request.topic_partitions = Some(vec![TopicPartitions {
        topic_id: one.owned.first().expect("a partition").0,
        partitions: vec![0, 1],
        ..TopicPartitions::default()
    }]);
    assert_eq!(refusal(&mut bench, request), ErrorCode::FencedMemberEpoch);
    one.epoch = 9;
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::FencedMemberEpoch);
    // It begins anew.
    one.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
}

#[test]
fn kip_848_an_assignment_is_not_made_anew_within_the_interval() {
    let mut bench = Bench::new();
    bench.topic("orders", 4);
    let (mut one, mut two) = (Consumer::new("one", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    assert_eq!(one.owned.len(), 4, "the first assignment is made at once");
    two.join(&mut bench);
    let group = describe(&mut bench);
    assert_eq!((group.group_epoch, group.assignment_epoch), (3, 2));
    assert_eq!(group.group_state, "Assigning");
    bench.advance_ms(999);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned.len(), 4);
    bench.advance_ms(1);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned.len(), 2);
    settle(&mut bench, &mut [&mut one, &mut two]);
    assert_eq!(describe(&mut bench).assignment_epoch, 3);
}

#[test]
fn a_topic_that_grows_is_assigned_with_the_next_heartbeat() {
    let mut bench = bench();
    let orders = bench.topic("orders", 1);
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    bench.grow_topic("orders", 3);
    one.heartbeat(&mut bench);
    assert_eq!((one.epoch, one.owned.clone()), (3, partitions(orders, 0..3)));
}

#[test]
fn a_topic_may_be_subscribed_to_before_it_is_there_and_is_let_go_when_it_goes() {
    let mut bench = bench();
    let mut one = Consumer::new("one", &["orders"]);
    one.join(&mut bench);
    assert_eq!((one.epoch, one.owned.len()), (2, 0));
    let orders = bench.topic("orders", 2);
    one.heartbeat(&mut bench);
    assert_eq!((one.epoch, one.owned.clone()), (3, partitions(orders, 0..2)));
    bench.delete_topic("orders");
    one.heartbeat(&mut bench);
    settle(&mut bench, &mut [&mut one]);
    assert_eq!((one.epoch, one.owned.len()), (4, 0));
    // The same name, another topic.
    let again = bench.topic("orders", 1);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned, partitions(again, 0..1));
}

#[test]
fn a_member_that_subscribes_to_something_else_loses_the_rest_at_once() {
    let mut bench = Bench::new();
    let orders = bench.topic("orders", 2);
    let bills = bench.topic("bills", 2);
    let mut one = Consumer::new("one", &["orders", "bills"]);
    one.join(&mut bench);
    assert_eq!(one.owned.len(), 4);
    // No new assignment may be made yet.
    one.subscribe(&mut bench, &["bills"]);
    assert_eq!((one.epoch, one.owned.clone()), (2, partitions(bills, 0..2)));
    assert_eq!(describe(&mut bench).members[0].assignment.topic_partitions.len(), 2);
    one.acknowledge(&mut bench);
    assert_eq!(describe(&mut bench).members[0].assignment.topic_partitions.len(), 1);
    bench.advance_ms(1000);
    one.heartbeat(&mut bench);
    assert_eq!(one.epoch, 3);
    one.subscribe(&mut bench, &["orders", "bills"]);
    bench.advance_ms(1000);
    settle(&mut bench, &mut [&mut one]);
    assert_eq!(one.owned, &partitions(orders, 0..2) | &partitions(bills, 0..2));
}

#[test]
fn members_of_different_subscriptions_share_what_they_have_in_common() {
    let mut bench = bench();
    let orders = bench.topic("orders", 6);
    let bills = bench.topic("bills", 2);
    let mut one = Consumer::new("one", &["orders", "bills"]);
    let mut two = Consumer::new("two", &["orders"]);
    one.join(&mut bench);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    assert_eq!((one.owned.len(), two.owned.len()), (4, 4));
    assert!(one.owned.is_superset(&partitions(bills, 0..2)));
    assert!(two.owned.is_subset(&partitions(orders, 0..6)));
}

#[test]
fn twenty_members_that_come_and_go_share_evenly_in_the_end() {
    let mut bench = bench();
    bench.topic("orders", 50);
    let mut all: Vec<Consumer> =
        (0..20).map(|n| Consumer::new(&format!("member-{n:02}"), &["orders"])).collect();
    for one in &mut all {
        one.join(&mut bench);
    }
    settle(&mut bench, &mut all.iter_mut().collect::<Vec<_>>());
    assert!(all.iter().all(|one| (2..=3).contains(&one.owned.len())));
    for mut gone in all.split_off(5) {
        gone.leave(&mut bench, -1);
    }
    settle(&mut bench, &mut all.iter_mut().collect::<Vec<_>>());
    assert!(all.iter().all(|one| one.owned.len() == 10));
    assert_eq!(describe(&mut bench).group_state, "Stable");
}
