//! Whatever happens to a group, no two members own the same partition, and in the end every partition
//! has an owner.

use base::ErrorCode;
use metadata::Entropy;
use protocol::messages::ConsumerGroupHeartbeatRequest;

use super::{Consumer, Owned, bench, describe, send, settle};
use crate::group::testing::Bench;

const SEEDS: u128 = 40;
const STEPS: usize = 150;

/// A life of a group. Responses get lost, members begin anew, topics grow, the coordinator moves.
fn live(seed: u128) {
    let mut chance = Entropy::new(seed);
    let mut bench = bench();
    let mut sizes = [4, 7];
    let topics = ["orders", "bills"];
    let ids: Vec<_> =
        topics.iter().zip(sizes).map(|(name, size)| bench.topic(name, size)).collect();
    let mut members: Vec<Consumer> = Vec::new();
    let mut born = 0;
    for _ in 0..STEPS {
        match chance.below(20) {
            0 | 1 if members.len() < 6 => {
                born += 1;
                let subscription: &[&str] = match chance.below(3) {
                    0 => &topics[..1],
                    1 => &topics[1..],
                    _ => &topics,
                };
                let mut one = Consumer::new(&format!("m{born}"), subscription);
                say(&mut bench, &mut one, |one| one.whole(), Heard::Yes);
                members.push(one);
            }
            2 if members.len() > 1 => {
                let mut gone = members.swap_remove(chance.below(members.len()));
                gone.epoch = -1;
                send(&mut bench, gone.short());
            }
            3 => {
                let nth = chance.below(2);
                if sizes[nth] < 14 {
                    sizes[nth] += 1;
                    bench.grow_topic(topics[nth], sizes[nth]);
                }
            }
            4 => bench.reload(),
            5 => bench.advance_ms(chance.below(3_000) as u64),
            _ if members.is_empty() => {}
            step => {
                let nth = chance.below(members.len());
                let one = &mut members[nth];
                let heard = if chance.below(6) == 0 { Heard::No } else { Heard::Yes };
                match step {
                    6..=9 => say(&mut bench, one, Consumer::short, heard),
                    10 => say(&mut bench, one, Consumer::whole, heard),
                    _ => say(&mut bench, one, acknowledging, heard),
                }
            }
        }
        one_owner_each(&members);
    }
    let mut all: Vec<&mut Consumer> = members.iter_mut().collect();
    for one in &mut all {
        say(&mut bench, one, acknowledging, Heard::Yes);
    }
    settle(&mut bench, &mut all);
    let wanted: Owned =
        ids.iter().zip(sizes).flat_map(|(id, size)| super::partitions(*id, 0..size)).collect();
    let owned: Owned = members.iter().flat_map(|one| one.owned.iter().copied()).collect();
    let group = describe(&mut bench);
    let names: Vec<_> = group.members.iter().flat_map(|one| &one.subscribed_topic_names).collect();
    let subscribed = |name: &str| names.iter().any(|one| **one == *name);
    for (id, name) in ids.iter().zip(topics) {
        let of_topic = |all: &Owned| all.iter().filter(|(topic, _)| topic == id).count();
        let expected = if subscribed(name) { of_topic(&wanted) } else { 0 };
        assert_eq!(of_topic(&owned), expected, "seed {seed}: {name}");
    }
}

/// Whether the response arrives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    Yes,
    No,
}

fn acknowledging(one: &Consumer) -> ConsumerGroupHeartbeatRequest {
    let mut request = one.short();
    request.topic_partitions = Some(one.reported());
    request
}

/// Sends what a client would, and does what it would with the response: one that is fenced drops
/// everything and begins anew.
fn say(
    bench: &mut Bench,
    one: &mut Consumer,
    request: impl Fn(&Consumer) -> ConsumerGroupHeartbeatRequest,
    heard: Heard,
) {
    let request = if one.is_unsure { one.whole() } else { request(one) };
    let response = send(bench, request);
    one.is_unsure = heard == Heard::No;
    if one.is_unsure {
        return;
    }
    match ErrorCode::from_code(response.error_code) {
        ErrorCode::None => one.hear(&response),
        ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => one.join(bench),
        code => panic!("{code:?}: {:?}", response.error_message),
    }
}

#[track_caller]
fn one_owner_each(members: &[Consumer]) {
    let mut taken = Owned::new();
    for one in members {
        for partition in &one.owned {
            assert!(taken.insert(*partition), "{partition:?} has two owners");
        }
    }
}

#[test]
fn whatever_happens_no_partition_has_two_owners_and_none_is_forgotten() {
    for seed in 0..SEEDS {
        live(seed);
    }
}
