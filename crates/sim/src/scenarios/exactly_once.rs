//! Consume, transform, produce: the output and the offset of the input in one transaction (KIP-447).
//!
//! Workers share one transactional id, so that each new one fences the one before. When the world has
//! come to rest, the output holds every input below the committed offset once, and none above it; and
//! a committed offset that was read never goes back.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use coordinator::Ending;
use coordinator::transaction::TopicPartition;

use super::offsets::{self, Of};
use super::teller::{Commit, Ended, Teller};
use super::{Stage, Story};
use crate::client::Weather;
use crate::flaw::Flaw;
use crate::node::Layout;

const INPUT: Of = Of { group: "workers", topic: "input", partition: 0 };

pub fn run(seed: u64, flaw: Option<Flaw>) -> Story {
    let version = super::transaction_version(seed);
    let layout = Layout::new(&[("input", 1), ("output", 2)]).with_transactions(version);
    let stage = Stage::new(seed, layout, flaw);
    let seen: Rc<Cell<i64>> = Rc::default();
    for worker in 0..2 {
        let (stage, seen) = (stage.clone(), seen.clone());
        stage.world.clone().spawn(async move {
            stage.world.sleep_ms(worker * 700).await;
            while !stage.is_over() {
                work(&stage, &seen).await;
                stage.world.sleep_ms(100 + stage.world.below(1_000)).await;
            }
        });
    }
    stage.run();
    let audited = stage.clone();
    stage.world.spawn(async move {
        let client = audited.client(Weather::FOUL);
        let Some(committed) = offsets::fetch_stable(&client, INPUT).await else {
            audited.violated("the committed offset cannot be read when all is over".into());
            return;
        };
        audit(&audited, committed, seen.get());
    });
    stage.rest();
    if !stage.has_counted("audited") {
        stage.violated("the audit did not come to an end".into());
    }
    stage.story()
}

/// One incarnation of the worker.
async fn work(stage: &Stage, seen: &Cell<i64>) {
    let Some(mut teller) = Teller::begin(stage, "worker").await else { return };
    let client = stage.client(Weather::FOUL);
    for _ in 0..3 + stage.world.below(10) {
        if stage.is_over() {
            return;
        }
        // What others are told meanwhile need not be in the answer.
        let before = seen.get();
        let Some(offset) = offsets::fetch_stable(&client, INPUT).await else { return };
        if offset < before {
            stage.violated(format!("the committed offset went back from {before} to {offset}"));
        }
        seen.set(offset.max(seen.get()));
        let count = 1 + stage.world.below(3) as i64;
        let mut failed = false;
        for input in offset..offset + count {
            let output = TopicPartition::new("output", (input % 2) as i32);
            failed |= teller.write(&output, input.to_be_bytes().to_vec()).await.is_err();
        }
        let commit = Commit { of: INPUT, offset: offset + count, member: None };
        failed |= teller.commit_offset(commit).await.is_err();
        let ending = match failed || stage.world.once_in(5) {
            true => Ending::Abort,
            false => Ending::Commit,
        };
        match teller.end(ending).await {
            Ended::As(Ending::Commit) => stage.count("committed"),
            Ended::As(Ending::Abort) => stage.count("aborted"),
            Ended::Unknown => return,
        }
        if teller.is_lost {
            return;
        }
        let pause = if stage.world.once_in(10) { 3_000 } else { 40 };
        stage.world.sleep_ms(stage.world.below(pause)).await;
    }
}

fn audit(stage: &Stage, committed: i64, seen: i64) {
    stage.count("audited");
    if committed < seen {
        stage.violated(format!("the committed offset ended at {committed} after {seen} was read"));
    }
    let mut outputs: BTreeMap<i64, u64> = BTreeMap::new();
    for index in 0..2 {
        let partition = TopicPartition::new("output", index);
        if !stage.node.is_stable(&partition) {
            stage.violated(format!("a transaction is open for ever in {partition:?}"));
        }
        for (_, value) in stage.node.read_committed(&partition) {
            let input = i64::from_be_bytes(value.try_into().expect("8 bytes were written"));
            *outputs.entry(input).or_default() += 1;
        }
    }
    for input in 0..committed {
        let times = outputs.remove(&input).unwrap_or(0);
        if times != 1 {
            stage.violated(format!("input {input} of {committed} came out {times} times"));
        }
    }
    for (input, times) in outputs {
        stage.violated(format!(
            "input {input} came out {times} times above the committed offset {committed}"
        ));
    }
}
