//! How tasks move from one thread to another.

use base::ErrorCode;

use super::{Thread, bench, describe, state, stateless, word_count};
use crate::group::testing::asked;

#[test]
fn a_task_moves_only_after_its_owner_has_given_it_back() {
    let mut bench = bench();
    let (mut a, mut b) = (Thread::new("a", stateless()), Thread::new("b", stateless()));
    a.beat(&mut bench);
    let response = b.beat(&mut bench);
    // The newcomer is at the new epoch and waits.
    assert_eq!((response.member_epoch, b.active()), (3, vec![]));

    let response = a.hear(&mut bench).response;
    assert_eq!(response.member_epoch, 2);
    b.beat(&mut bench);
    assert!(b.active().is_empty());

    // The owner drops its task, and says so.
    a.follow(&response);
    assert_eq!(a.active(), ["0_0"]);
    b.beat(&mut bench);
    assert!(b.active().is_empty());
    assert_eq!(a.beat(&mut bench).member_epoch, 3);
    b.beat(&mut bench);
    assert_eq!(b.active(), ["0_1"]);
    assert_eq!(state(&mut bench), "Stable");
}

#[test]
fn a_thread_that_keeps_what_it_must_give_back_is_put_out() {
    let mut bench = bench();
    let (mut a, mut b) = (Thread::new("a", stateless()), Thread::new("b", stateless()));
    a.beat(&mut bench);
    b.beat(&mut bench);
    a.hear(&mut bench);
    // Heartbeats do not help: only giving back does.
    for _ in 0..5 {
        bench.advance_ms(11_000);
        a.hear(&mut bench);
        b.beat(&mut bench);
    }
    bench.advance_ms(5_000);
    assert_eq!(a.refused(&mut bench).0, ErrorCode::UnknownMemberId);
    b.beat(&mut bench);
    b.beat(&mut bench);
    assert_eq!(b.active(), ["0_0", "0_1"]);
}

#[test]
fn the_time_to_give_back_begins_again_when_the_group_is_loaded() {
    let mut bench = bench();
    let (mut a, mut b) = (Thread::new("a", stateless()), Thread::new("b", stateless()));
    a.beat(&mut bench);
    b.beat(&mut bench);
    a.hear(&mut bench);
    bench.reload();
    for _ in 0..5 {
        bench.advance_ms(11_000);
        a.hear(&mut bench);
        b.beat(&mut bench);
    }
    bench.advance_ms(4_999);
    assert_eq!(a.hear(&mut bench).response.error_code, 0);
    bench.advance_ms(1);
    assert_eq!(a.refused(&mut bench).0, ErrorCode::UnknownMemberId);
}

#[test]
fn a_lost_reply_is_forgiven_and_a_stale_epoch_is_fenced() {
    let mut bench = bench();
    let (mut a, mut b) = (Thread::new("a", stateless()), Thread::new("b", stateless()));
    a.beat(&mut bench);
    b.beat(&mut bench);
    a.beat(&mut bench);
    // The reply that raises the epoch to 3 is lost.
    assert_eq!(a.hear(&mut bench).response.member_epoch, 3);
    assert_eq!(a.beat(&mut bench).member_epoch, 3);

    a.request.member_epoch = 1;
    let (code, reason) = a.refused(&mut bench);
    assert_eq!(code, ErrorCode::FencedMemberEpoch);
    assert_eq!(
        reason,
        "The streams group member has a smaller member epoch (1) than the one known by the group \
         coordinator (3). The member must abandon all its partitions and rejoin."
    );
    a.request.member_epoch = 999;
    assert!(a.refused(&mut bench).1.contains("has a greater member epoch (999)"));
    a.request.member_epoch = 0;
    a.owned = Default::default();
    let response = a.beat(&mut bench);
    // Rejoining changes nothing: it is told again what it has.
    assert_eq!((response.member_epoch, a.active()), (3, vec!["0_0".to_owned()]));
}

#[test]
fn standby_tasks_are_on_other_processes() {
    let mut bench = bench();
    bench.group_config("app", "streams.num.standby.replicas", Some("1"));
    bench.topic("counts", 2);
    bench.topic("words", 2);
    let mut a = Thread::of_process("p1", "a", word_count());
    let mut b = Thread::of_process("p1", "b", word_count());
    let mut c = Thread::of_process("p2", "c", word_count());
    for _ in 0..6 {
        for thread in [&mut a, &mut b, &mut c] {
            thread.beat(&mut bench);
        }
    }
    let of_p1: Vec<String> = [a.active(), b.active()].concat();
    assert_eq!(of_p1.len() + c.active().len(), 4);
    for task in ["1_0", "1_1"].map(String::from) {
        let active_on_p1 = of_p1.contains(&task);
        let standby_on_p1 = a.standby().contains(&task) || b.standby().contains(&task);
        assert_ne!(active_on_p1, standby_on_p1, "{task} has its copy on the other process");
        assert_eq!(c.standby().contains(&task), active_on_p1);
    }
    assert_eq!(state(&mut bench), "Stable");
}

#[test]
fn another_number_of_replicas_has_the_tasks_assigned_anew() {
    let mut bench = bench();
    bench.topic("counts", 2);
    bench.topic("words", 2);
    let (mut a, mut b) = (Thread::new("a", word_count()), Thread::new("b", word_count()));
    for _ in 0..3 {
        a.beat(&mut bench);
        b.beat(&mut bench);
    }
    assert_eq!((a.standby(), b.standby()), (vec![], vec![]));
    let epoch = describe(&mut bench).group_epoch;
    bench.group_config("app", "streams.num.standby.replicas", Some("1"));
    for _ in 0..3 {
        a.beat(&mut bench);
        b.beat(&mut bench);
    }
    assert_eq!(describe(&mut bench).group_epoch, epoch + 1);
    assert_eq!(a.standby().len() + b.standby().len(), 2);
}

#[test]
fn a_standby_that_becomes_active_is_given_back_as_standby_first() {
    let mut bench = bench();
    bench.group_config("app", "streams.num.standby.replicas", Some("1"));
    bench.topic("counts", 2);
    bench.topic("words", 2);
    let (mut a, mut b) = (Thread::new("a", word_count()), Thread::new("b", word_count()));
    for _ in 0..4 {
        a.beat(&mut bench);
        b.beat(&mut bench);
    }
    let inherited = b.standby();
    assert_eq!(inherited.len(), 1);
    a.leave(&mut bench);
    b.beat(&mut bench);
    assert!(b.standby().is_empty(), "the copy is given back");
    for _ in 0..3 {
        b.beat(&mut bench);
    }
    assert_eq!(b.active(), ["0_0", "0_1", "1_0", "1_1"]);
    assert_eq!(state(&mut bench), "Stable");
}

#[test]
fn a_join_that_the_log_refuses_never_was() {
    let mut bench = bench();
    let mut a = Thread::new("a", stateless());
    a.beat(&mut bench);
    bench.refuse_appends(Some(ErrorCode::NotLeaderOrFollower));
    let request = Thread::new("b", stateless()).request;
    let pending = bench.ask(asked(0, request));
    assert!(!bench.is_answered(&pending));
    assert_eq!(bench.failure(), Some(ErrorCode::NotLeaderOrFollower));
    bench.refuse_appends(None);
    bench.reload();
    assert_eq!(describe(&mut bench).members.len(), 1);
    assert_eq!(a.beat(&mut bench).member_epoch, 2);
}
