//! Members with an instance id (KIP-345 in the consumer protocol).

use base::ErrorCode;

use super::{Consumer, bench, describe, partitions, refusal, send, settle};

#[test]
fn a_static_member_that_comes_back_under_another_id_has_what_it_had() {
    let mut bench = bench();
    bench.topic("orders", 4);
    let (mut one, mut two) =
        (Consumer::fixed("one", "i", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    let had = one.owned.clone();
    let epoch = describe(&mut bench).group_epoch;

    one.leave(&mut bench, -2);
    two.heartbeat(&mut bench);
    assert_eq!(two.owned.len(), 2, "what a static member has is kept for it");
    let mut again = Consumer::fixed("one-again", "i", &["orders"]);
    again.join(&mut bench);
    assert_eq!(again.owned, had);
    let group = describe(&mut bench);
    assert_eq!(group.group_epoch, epoch, "nothing is assigned anew");
    assert_eq!(group.group_state, "Stable");
    assert_eq!(group.members.len(), 2);
    settle(&mut bench, &mut [&mut again, &mut two]);
}

#[test]
fn an_instance_id_that_is_in_use_is_not_given_away() {
    let mut bench = bench();
    let mut one = Consumer::fixed("one", "i", &["orders"]);
    one.join(&mut bench);
    let other = Consumer::fixed("other", "i", &["orders"]);
    let response = send(&mut bench, other.whole());
    assert_eq!(response.error_code, ErrorCode::UnreleasedInstanceId.code());
    assert_eq!(
        response.error_message.expect("a message"),
        "Static member other with instance id i cannot join the group because the instance id is \
         owned by one member."
    );
    // The same member may not begin anew either before it has left.
    one.epoch = 0;
    assert_eq!(refusal(&mut bench, one.whole()), ErrorCode::UnreleasedInstanceId);
}

#[test]
fn a_member_that_was_replaced_is_fenced() {
    let mut bench = bench();
    let mut one = Consumer::fixed("one", "i", &["orders"]);
    one.join(&mut bench);
    let epoch = one.epoch;
    one.leave(&mut bench, -2);
    let mut again = Consumer::fixed("again", "i", &["orders"]);
    again.join(&mut bench);
    one.epoch = epoch;
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::FencedInstanceId);
    one.epoch = -1;
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::FencedInstanceId);
    one.instance = Some("unknown".into());
    assert_eq!(refusal(&mut bench, one.short()), ErrorCode::UnknownMemberId);
}

#[test]
fn a_static_member_that_does_not_come_back_in_time_is_out() {
    let mut bench = bench();
    let orders = bench.topic("orders", 2);
    let (mut one, mut two) =
        (Consumer::fixed("one", "i", &["orders"]), Consumer::new("two", &["orders"]));
    one.join(&mut bench);
    two.join(&mut bench);
    settle(&mut bench, &mut [&mut one, &mut two]);
    one.leave(&mut bench, -2);
    for _ in 0..10 {
        bench.advance_ms(5_000);
        two.heartbeat(&mut bench);
    }
    assert_eq!(two.owned, partitions(orders, 0..2));
}

#[test]
fn a_static_member_that_leaves_for_good_is_gone_at_once() {
    let mut bench = bench();
    let mut one = Consumer::fixed("one", "i", &["orders"]);
    one.join(&mut bench);
    one.leave(&mut bench, -1);
    assert!(describe(&mut bench).members.is_empty());
    let mut again = Consumer::fixed("again", "i", &["orders"]);
    again.join(&mut bench);
}

#[test]
fn what_a_static_member_has_survives_a_load_while_it_is_away() {
    let mut bench = bench();
    bench.topic("orders", 3);
    let mut one = Consumer::fixed("one", "i", &["orders"]);
    one.join(&mut bench);
    let had = one.owned.clone();
    one.leave(&mut bench, -2);
    bench.reload();
    let mut again = Consumer::fixed("again", "i", &["orders"]);
    again.join(&mut bench);
    assert_eq!(again.owned, had);
    bench.compact();
    bench.reload();
    again.heartbeat(&mut bench);
    assert_eq!(describe(&mut bench).members.len(), 1);
}
