//! Consume, transform, produce: the output and the offset of the input in one transaction (KIP-447).
//!
//! Workers share one transactional id, so that each new one fences the one before. When the world has
//! come to rest, the output holds every input below the committed offset once, and none above it; and
//! a committed offset that was read never goes back.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base::ErrorCode;
use coordinator::Ending;
use coordinator::group::{Asked, FetchOffsets, GroupShard, Stability};
use coordinator::transaction::TopicPartition;
use protocol::messages::TxnOffsetCommitRequest;
use protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};

use super::teller::{Ended, Teller};
use super::{Stage, Story};
use crate::client::{Client, Weather};
use crate::flaw::Flaw;

const GROUP: &str = "workers";
/// The newest versions of OffsetFetch and TxnOffsetCommit with topic names.
const FETCH_VERSION: i16 = 9;
const COMMIT_VERSION: i16 = 5;

pub fn run(seed: u64, flaw: Option<Flaw>) -> Story {
    let stage = Stage::new(seed, &[("input", 1), ("output", 2)], flaw);
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
        let Some(committed) = committed_offset(&client).await else {
            audited.violated("the committed offset cannot be read when all is over".into());
            return;
        };
        audit(&audited, committed, seen.get());
    });
    stage.world.run_until(base::MonoMs(stage.world.now().0 + super::REST_MS));
    if !stage.log.borrow().facts.contains_key("audited") {
        stage.violated("the audit did not come to an end".into());
    }
    stage.story()
}

/// One incarnation of the worker.
async fn work(stage: &Stage, seen: &Cell<i64>) {
    let client = stage.client(Weather::FOUL);
    let Some(mut teller) = Teller::begin(&client, "worker").await else { return };
    stage.count("incarnations");
    for _ in 0..3 + stage.world.below(10) {
        if stage.is_over() {
            return;
        }
        let Some(offset) = committed_offset(&client).await else { return };
        if offset < seen.get() {
            let before = seen.get();
            stage.violated(format!("the committed offset went back from {before} to {offset}"));
        }
        seen.set(offset.max(seen.get()));
        let count = 1 + stage.world.below(3) as i64;
        let mut failed = false;
        for input in offset..offset + count {
            let output = TopicPartition::new("output", (input % 2) as i32);
            failed |= teller.write(&output, input.to_be_bytes().to_vec()).await.is_err();
        }
        failed |= commit_offset(&client, &teller, offset + count).await.is_err();
        let ending = match failed || stage.world.once_in(5) {
            true => Ending::Abort,
            false => Ending::Commit,
        };
        match teller.end(ending).await {
            Ended::As(Ending::Commit) => stage.count("committed"),
            Ended::As(Ending::Abort) => stage.count("aborted"),
            Ended::Unknown => return,
        }
        let pause = if stage.world.once_in(10) { 3_000 } else { 40 };
        stage.world.sleep_ms(stage.world.below(pause)).await;
    }
}

/// The offset up to which the input is done, once no transaction can change it any more.
async fn committed_offset(client: &Client) -> Option<i64> {
    for _ in 0..400 {
        let topic = OffsetFetchRequestTopics {
            name: "input".into(),
            partition_indexes: vec![0],
            ..OffsetFetchRequestTopics::default()
        };
        let group = OffsetFetchRequestGroup {
            group_id: GROUP.into(),
            topics: Some(vec![topic]),
            ..OffsetFetchRequestGroup::default()
        };
        let body = FetchOffsets { group, stability: Stability::Required };
        let asked = Asked { client: Default::default(), version: FETCH_VERSION, body };
        if let Some(reply) = client.insist::<GroupShard, _>(asked, 3).await {
            let partition = &reply.topics[0].partitions[0];
            if partition.error_code == 0 && reply.error_code == 0 {
                return Some(partition.committed_offset.max(0));
            }
        }
        client.world.sleep_ms(50).await;
    }
    None
}

/// Commits the offset as part of the transaction.
async fn commit_offset(client: &Client, teller: &Teller, offset: i64) -> Result<(), ErrorCode> {
    let partition = TxnOffsetCommitRequestPartition {
        partition_index: 0,
        committed_offset: offset,
        ..TxnOffsetCommitRequestPartition::default()
    };
    let topic = TxnOffsetCommitRequestTopic {
        name: "input".into(),
        partitions: vec![partition],
        ..TxnOffsetCommitRequestTopic::default()
    };
    let body = TxnOffsetCommitRequest {
        transactional_id: teller.transactional_id.clone(),
        group_id: GROUP.into(),
        producer_id: teller.producer_id.0,
        producer_epoch: teller.producer_epoch.0,
        generation_id: -1,
        topics: vec![topic],
        ..TxnOffsetCommitRequest::default()
    };
    for _ in 0..4 {
        match client.commit_in_transaction(body.clone(), COMMIT_VERSION).await {
            Ok(Ok(reply)) => {
                let code = reply.topics[0].partitions[0].error_code;
                return match code {
                    0 => Ok(()),
                    code => Err(ErrorCode::from_code(code)),
                };
            }
            _ => client.world.sleep_ms(50).await,
        }
    }
    Err(ErrorCode::RequestTimedOut)
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
