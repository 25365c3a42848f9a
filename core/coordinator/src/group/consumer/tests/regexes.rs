//! Subscriptions by regular expression.

use base::ErrorCode;

use super::{Consumer, bench, describe, partitions, send, settle};

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
