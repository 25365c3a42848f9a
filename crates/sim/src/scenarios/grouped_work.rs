//! Consume, transform, produce, by the members of a group (KIP-447): each has a transactional id of its
//! own, so nothing but its place in the group fences one that has been put out.
//!
//! When the world has come to rest, the output holds every input below the committed offset of its
//! partition once, and none above it. The row of Redpanda #10669: the same input processed twice by a
//! member that the group had left behind.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use coordinator::Ending;
use coordinator::group::Stability;
use coordinator::transaction::TopicPartition;

use super::membership::{Membership, Standing};
use super::offsets::{self, Of};
use super::teller::{Commit, Ended, Teller};
use super::tenure::Tenures;
use super::{Stage, Story};
use crate::client::Weather;
use crate::flaw::Flaw;
use crate::node::Layout;

const GROUP: &str = "workers";
const TOPIC: &str = "input";
const MEMBERS: u64 = 3;
const PARTITIONS: i32 = 3;

pub fn run(seed: u64, flaw: Option<Flaw>) -> Story {
    let layout = Layout::new(&[(TOPIC, PARTITIONS), ("output", 1)]);
    let version = super::transaction_version(seed);
    let stage = Stage::new(seed, layout.with_transactions(version), flaw);
    let held = Tenures::default();
    for number in 0..MEMBERS {
        let (stage, held) = (stage.clone(), held.clone());
        stage.world.clone().spawn(async move {
            stage.world.sleep_ms(stage.world.below(1_000)).await;
            let mut life = 0;
            while !stage.is_over() {
                life += 1;
                let id = format!("member-{number}-{life}");
                live(number, &mut Membership::new(&stage, &held, GROUP, TOPIC, id)).await;
                stage.world.sleep_ms(stage.world.below(1_500)).await;
            }
        });
    }
    stage.run();
    let committed: Rc<[Cell<i64>; PARTITIONS as usize]> = Rc::default();
    let (reader, found) = (stage.clone(), committed.clone());
    stage.world.spawn(async move {
        let client = reader.client(Weather::CONNECTED);
        for (partition, cell) in found.iter().enumerate() {
            let of = Of { group: GROUP, topic: TOPIC, partition: partition as i32 };
            let Some(offset) = offsets::fetch_stable(&client, of).await else { return };
            cell.set(offset);
        }
        reader.count("audited");
    });
    stage.rest();
    if !stage.has_counted("audited") {
        stage.violated("the committed offsets cannot be read when all is over".into());
        return stage.story();
    }
    audit(&stage, &committed.each_ref().map(Cell::get));
    stage.story()
}

async fn live(number: u64, member: &mut Membership) {
    let stage = member.stage.clone();
    let id = format!("worker-{number}");
    let Some(mut teller) = Teller::begin(&stage, &id).await else { return };
    while !stage.is_over() {
        if member.beat().await == Standing::PutOut {
            return;
        }
        match member.any_owned() {
            Some(partition) => {
                if work(&stage, member, &mut teller, partition).await == Next::BeginAnew {
                    // Its partitions wait for the end of its session.
                    return member.give_up();
                }
            }
            None => stage.world.sleep_ms(stage.world.below(200)).await,
        }
        let pause = if stage.world.once_in(12) { 5_000 } else { 150 };
        stage.world.sleep_ms(stage.world.below(pause)).await;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    GoOn,
    BeginAnew,
}

/// One transaction. Between reading the offset and committing the next one a member may fall asleep.
async fn work(stage: &Stage, member: &Membership, teller: &mut Teller, partition: i32) -> Next {
    let of = Of { group: GROUP, topic: TOPIC, partition };
    let Some(offset) = offsets::fetch(&member.client, of, Stability::Required).await else {
        return Next::GoOn;
    };
    let value = [i64::from(partition), offset].map(i64::to_be_bytes).concat();
    let mut failed = teller.write(&TopicPartition::new("output", 0), value).await.is_err();
    if stage.world.once_in(8) {
        stage.world.sleep_ms(stage.world.below(5_000)).await;
    }
    let commit = Commit { of, offset: offset + 1, member: Some((&member.id, member.epoch)) };
    failed |= teller.commit_offset(commit).await.is_err();
    let ending = if failed { Ending::Abort } else { Ending::Commit };
    match teller.end(ending).await {
        Ended::As(Ending::Commit) => stage.count("committed"),
        Ended::As(Ending::Abort) => stage.count("aborted"),
        Ended::Unknown => return Next::BeginAnew,
    }
    if teller.is_lost { Next::BeginAnew } else { Next::GoOn }
}

fn audit(stage: &Stage, committed: &[i64]) {
    let output = TopicPartition::new("output", 0);
    if !stage.node.is_stable(&output) {
        stage.violated(format!("a transaction is open for ever in {output:?}"));
    }
    let mut times: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for (_, value) in stage.node.read_committed(&output) {
        let (partition, offset) = value.split_at(8);
        let number = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().expect("8 bytes"));
        *times.entry((number(partition), number(offset))).or_default() += 1;
    }
    for (partition, committed) in (0..).zip(committed) {
        for offset in 0..*committed {
            let times = times.remove(&(partition, offset)).unwrap_or(0);
            if times != 1 {
                stage.violated(format!("input {offset} of {partition} came out {times} times"));
            }
        }
    }
    for ((partition, offset), times) in times {
        stage.violated(format!(
            "input {offset} of {partition} came out {times} times above what is committed"
        ));
    }
}
