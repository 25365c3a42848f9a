//! Subscriptions by regular expression.

use base::ErrorCode;

use super::{Consumer, bench, describe, partitions, send, settle};
use crate::group::testing::Resolves;

#[test]
fn an_expression_is_resolved_after_the_heartbeat_that_brings_it() {
    let mut bench = bench();
    let orders = bench.topic("orders", 2);
    bench.topic("bills", 2);
    let mut one = Consumer::matching("one", "ord.*");
    one.join(&mut bench);
    assert_eq!(one.owned.len(), 0);
    bench.advance_ms(0);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned, partitions(orders, 0..2));
    assert_eq!(describe(&mut bench).members[0].subscribed_topic_regex, Some("ord.*".into()));
    bench.reload();
    one.heartbeat(&mut bench);
    assert_eq!(one.owned, partitions(orders, 0..2));
}

#[test]
fn an_expression_that_is_not_valid_is_refused_and_makes_no_member() {
    let mut bench = bench();
    let response = send(&mut bench, Consumer::matching("one", "[").whole());
    assert_eq!(response.error_code, ErrorCode::InvalidRegularExpression.code());
    assert_eq!(
        response.error_message.expect("a message"),
        "SubscribedTopicRegex `[` is not a valid regular expression: missing closing ]."
    );
    assert_eq!(describe(&mut bench).error_code, ErrorCode::GroupIdNotFound.code());
}

#[test]
fn a_new_topic_is_found_by_a_heartbeat_ten_seconds_after_the_last_look() {
    let mut bench = bench();
    let orders = bench.topic("orders", 1);
    let mut one = Consumer::matching("one", "ord.*");
    one.join(&mut bench);
    bench.advance_ms(0);
    one.heartbeat(&mut bench);
    let orderings = bench.topic("orderings", 1);
    bench.advance_ms(10_000);
    one.heartbeat(&mut bench);
    bench.advance_ms(0);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned, partitions(orders, 0..1), "ten seconds are not over");
    bench.advance_ms(1);
    one.heartbeat(&mut bench);
    bench.advance_ms(0);
    one.heartbeat(&mut bench);
    assert_eq!(one.owned, &partitions(orders, 0..1) | &partitions(orderings, 0..1));
}

#[test]
fn members_with_the_same_expression_share_its_topics() {
    let mut bench = bench();
    bench.topic("orders", 4);
    let (mut one, mut two) = (Consumer::matching("one", "o.*"), Consumer::matching("two", "o.*"));
    one.join(&mut bench);
    bench.advance_ms(0);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    assert_eq!((one.owned.len(), two.owned.len()), (2, 2));
}

#[test]
fn names_and_an_expression_add_up() {
    let mut bench = bench();
    let orders = bench.topic("orders", 1);
    let bills = bench.topic("bills", 1);
    let mut one = Consumer { regex: Some("o.*".into()), ..Consumer::new("one", &["bills"]) };
    one.join(&mut bench);
    bench.advance_ms(0);
    settle(&mut bench, &mut [&mut one]);
    assert_eq!(one.owned, &partitions(orders, 0..1) | &partitions(bills, 0..1));
}

#[test]
fn an_expression_that_nobody_has_any_more_is_forgotten() {
    let mut bench = bench();
    bench.topic("orders", 1);
    let mut one = Consumer::matching("one", "o.*");
    one.join(&mut bench);
    bench.advance_ms(0);
    settle(&mut bench, &mut [&mut one]);
    let mut request = one.short();
    request.subscribed_topic_regex = Some("".into());
    let response = send(&mut bench, request);
    assert_eq!(response.error_code, 0);
    one.owned.clear();
    settle(&mut bench, &mut [&mut one]);
    assert_eq!(one.owned.len(), 0);
    one.leave(&mut bench, -1);
    bench.compact();
    let kinds: Vec<i16> = bench.records().iter().map(|(_, record)| record.key.kind()).collect();
    assert_eq!(kinds, [6, 3], "the group's epoch and that of its assignment are left");
}

#[test]
fn the_group_goes_on_while_its_expressions_are_held_against_the_topics() {
    let mut bench = bench();
    let orders = bench.topic("orders", 1);
    let bills = bench.topic("bills", 1);
    bench.resolves = Resolves::Held;
    let mut one = Consumer::matching("one", "ord.*");
    one.join(&mut bench);
    bench.advance_ms(0);
    let mut two = Consumer::new("two", &["bills"]);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    assert_eq!((one.owned.len(), &two.owned), (0, &partitions(bills, 0..1)));
    let epoch = describe(&mut bench).group_epoch;

    // Another one that comes meanwhile is looked at the next time.
    let mut three = Consumer::matching("three", "b.*");
    three.join(&mut bench);
    bench.resolve();
    settle(&mut bench, &mut [&mut one, &mut two, &mut three]);
    assert_eq!(one.owned, partitions(orders, 0..1));
    assert_eq!(describe(&mut bench).group_epoch, epoch + 1);
    bench.advance_ms(10_001);
    one.heartbeat(&mut bench);
    bench.advance_ms(0);
    bench.resolve();
    settle(&mut bench, &mut [&mut one, &mut two, &mut three]);
    assert_eq!(&two.owned | &three.owned, partitions(bills, 0..1));
    assert_eq!(describe(&mut bench).group_epoch, epoch + 2);
}

#[test]
fn a_group_that_was_loaded_meanwhile_has_its_expressions_resolved_again() {
    let mut bench = bench();
    let orders = bench.topic("orders", 1);
    bench.resolves = Resolves::Held;
    let mut one = Consumer::matching("one", "ord.*");
    one.join(&mut bench);
    bench.advance_ms(0);
    bench.reload();
    bench.resolves = Resolves::AtOnce;
    one.heartbeat(&mut bench);
    bench.advance_ms(0);
    settle(&mut bench, &mut [&mut one]);
    assert_eq!(one.owned, partitions(orders, 0..1));
}

#[test]
fn work_on_expressions_ends_when_the_node_does() {
    let mut bench = bench();
    bench.topic("orders", 1);
    bench.resolves = Resolves::Held;
    Consumer::matching("one", "ord.*").join(&mut bench);
    bench.advance_ms(0);
    let work = bench.take_unresolved().remove(0);
    assert!(work.run(|| false).is_none());
}
