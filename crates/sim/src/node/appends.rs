//! What is appended to the partitions of a node, synced, and read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use base::{ErrorCode, Offset, ProducerEpoch, ProducerId, Sequence, WallMs};
use coordinator::group::GroupShard;
use coordinator::share::ShareShard;
use coordinator::transaction::{TopicPartition, TransactionShard};
use records::{BatchBuilder, Batches, Codec, Compression};
use replication::partition::Release;
use storage::{FlushPlan, Origin, TransactionRules, Verification};

use super::{Answer, Node};
use crate::flaw::Flaw;
use crate::partition::Append;

/// What waits for a commit: who is to be answered, and once it is known the offset.
#[derive(Default)]
struct Committing {
    answer: Option<Answer<Offset>>,
    offset: Option<Offset>,
    release: Option<Release>,
}

/// Values to be appended, with or without a producer that can repeat itself.
#[derive(Clone, Debug)]
pub struct Produce {
    pub partition: TopicPartition,
    pub producer: Option<(ProducerId, ProducerEpoch, Sequence)>,
    pub values: Vec<Vec<u8>>,
}

impl Produce {
    pub(super) fn builder(&self, wall: WallMs) -> BatchBuilder {
        let mut builder = BatchBuilder::new(Compression::from(Codec::None));
        if let Some((id, epoch, sequence)) = self.producer {
            builder = builder.producer(id, epoch, sequence);
        }
        for value in &self.values {
            builder.append(wall, None, Some(value), &[]).expect("a small batch");
        }
        builder
    }
}

impl Node {
    /// Appends a batch outside of transactions, and answers with its offset when it has committed.
    pub fn produce(&self, produce: &Produce, answer: Answer<Offset>) {
        let (world, life) = (self.world(), self.life());
        let append = Append {
            batch: &produce.builder(world.wall()).build(),
            origin: Origin::Client,
            rules: TransactionRules::default(),
            verification: Verification::Settled,
        };
        self.append(life, &produce.partition, append, answer);
    }

    pub(super) fn life(&self) -> u32 {
        self.0.borrow().life
    }

    pub(super) fn append(
        &self,
        life: u32,
        to: &TopicPartition,
        mut append: Append<'_>,
        answer: Answer<Offset>,
    ) {
        let mut inner = self.0.borrow_mut();
        let place = inner.find(&to.topic, to.partition).expect("it is one of the node's");
        let (world, flaw) = (inner.world.clone(), inner.flaw);
        let Some(running) = inner.running_in(life) else { return };
        if flaw == Some(Flaw::AppendTwice) {
            // What a coordinator writes is not looked at for repetition.
            append.origin = Origin::Coordinator;
        }
        // The offset is known when the append returns, which may be after it has committed: what was
        // written before commits at once.
        let committing: Rc<RefCell<Committing>> = Rc::default();
        let (waiting, soon) = (committing.clone(), world.clone());
        let notify = move |release| {
            waiting.borrow_mut().release = Some(release);
            soon.clone().at(soon.now(), move |_| answer_if_known(&waiting));
        };
        let partition = &mut running.partitions[place];
        let written = partition.append(append, &world, Box::new(notify));
        drop(inner);
        world.say(|| {
            let header = records::BatchHeader::parse(append.batch);
            format!("{to:?} takes {header:?}: {written:?}")
        });
        let written = match written {
            Ok(written) => written,
            Err(code) => {
                if code == ErrorCode::KafkaStorageError {
                    self.disk_failed(life);
                }
                return answer(Err(match (flaw, append.origin) {
                    (Some(Flaw::UnknownError), Origin::Client) => ErrorCode::UnknownServerError,
                    _ => code,
                }));
            }
        };
        self.sync_soon(life, place);
        let offset = match flaw {
            Some(Flaw::WrongOffset) if world.once_in(20) => Offset(0),
            _ => written.base_offset,
        };
        if flaw == Some(Flaw::AnswerBeforeCommit) {
            return answer(Ok(offset));
        }
        {
            let mut committing = committing.borrow_mut();
            committing.answer = Some(answer);
            committing.offset = Some(offset);
        }
        answer_if_known(&committing);
    }

    /// Deletes what nobody needs below an offset.
    pub(super) fn delete_below(&self, life: u32, topic: &str, offset: Offset) {
        let mut inner = self.0.borrow_mut();
        let Some(place) = inner.find(topic, 0) else { return };
        let wall = inner.world.wall();
        let Some(running) = inner.running_in(life) else { return };
        if running.partitions[place].delete_below(offset, wall).is_err() {
            drop(inner);
            self.disk_failed(life);
        }
    }

    // ---- syncs ----

    pub(super) fn sync_soon(&self, life: u32, place: usize) {
        let mut inner = self.0.borrow_mut();
        let world = inner.world.clone();
        let Some(running) = inner.running_in(life) else { return };
        if !running.syncing.insert(place) {
            return;
        }
        let node = self.clone();
        world.at(world.now().plus_ms(world.below(3)), move |_| node.begin_sync(life, place));
    }

    fn begin_sync(&self, life: u32, place: usize) {
        let mut inner = self.0.borrow_mut();
        let world = inner.world.clone();
        let Some(running) = inner.running_in(life) else { return };
        let plan = match running.partitions[place].begin_sync() {
            Ok(Some(plan)) => plan,
            Ok(None) => {
                running.syncing.remove(&place);
                return;
            }
            Err(_) => {
                drop(inner);
                return self.disk_failed(life);
            }
        };
        let node = self.clone();
        // A disk that is asked to sync takes a moment, and now and then a long one.
        let takes_ms = if world.once_in(50) { 200 } else { 1 + world.below(8) };
        let done_at = world.now().plus_ms(takes_ms);
        world.at(done_at, move |_| node.finish_sync(life, place, &plan));
    }

    fn finish_sync(&self, life: u32, place: usize, plan: &FlushPlan) {
        let mut inner = self.0.borrow_mut();
        let Some(running) = inner.running_in(life) else { return };
        running.syncing.remove(&place);
        let partition = &mut running.partitions[place];
        if !partition.is_online() {
            return;
        }
        let synced = partition.finish_sync(plan);
        let high_watermark = partition.high_watermark();
        let is_behind = high_watermark < partition.end();
        drop(inner);
        if synced.is_err() {
            return self.disk_failed(life);
        }
        if is_behind {
            self.sync_soon(life, place);
        }
        self.committed::<GroupShard>(life, place, high_watermark);
        self.committed::<TransactionShard>(life, place, high_watermark);
        self.committed::<ShareShard>(life, place, high_watermark);
    }

    /// The node serves nothing of a disk that has failed. A failed sync is not tried again: nobody
    /// knows what the disk has.
    pub(super) fn disk_failed(&self, life: u32) {
        let mut inner = self.0.borrow_mut();
        inner.world.say(|| "the disk has failed".into());
        let Some(running) = inner.running_in(life) else { return };
        running.partitions.iter_mut().for_each(crate::partition::SimPartition::go_offline);
        drop(inner);
        self.break_seats::<GroupShard>(life);
        self.break_seats::<TransactionShard>(life);
        self.break_seats::<ShareShard>(life);
    }

    // ---- reading ----

    /// The committed records of a partition, as a reader with `read_committed` sees them: offset and
    /// value.
    pub fn read_committed(&self, partition: &TopicPartition) -> Vec<(Offset, Vec<u8>)> {
        let mut inner = self.0.borrow_mut();
        let place = inner.find(&partition.topic, partition.partition);
        let place = place.expect("it is one of the node's");
        let Some(running) = &mut inner.running else { return Vec::new() };
        let partition = &mut running.partitions[place];
        let stable = partition.last_stable();
        let mut next = partition.start();
        let mut aborted = partition.aborted(next, stable);
        aborted.sort_by_key(|transaction| transaction.first);
        let mut aborted = aborted.into_iter().peekable();
        let mut committed = Vec::new();
        let mut open: BTreeSet<ProducerId> = BTreeSet::new();
        let mut scratch = Vec::new();
        while next < stable {
            let bytes = partition.read(next, stable).expect("the audit has a disk that works");
            for batch in Batches::new(&bytes) {
                let (header, bytes) = batch.expect("a sound batch");
                // The reader's side of the protocol, as every client has it.
                while let Some(begun) =
                    aborted.next_if(|transaction| transaction.first <= header.last_offset())
                {
                    open.insert(begun.producer_id);
                }
                next = header.next_offset();
                if header.attributes.is_control() {
                    open.remove(&header.producer_id);
                    continue;
                }
                if header.attributes.is_transactional() && open.contains(&header.producer_id) {
                    continue;
                }
                for record in records::records_of(bytes, &mut scratch, usize::MAX).expect("sound") {
                    let record = record.expect("a sound record");
                    let value = record.value.unwrap_or_default().to_vec();
                    committed.push((record.offset(&header), value));
                }
            }
        }
        committed
    }

    /// Whether readers of committed records can read to the end of a partition.
    pub fn is_stable(&self, partition: &TopicPartition) -> bool {
        let inner = self.0.borrow();
        let place = inner.find(&partition.topic, partition.partition);
        let Some((running, place)) = inner.running.as_ref().zip(place) else { return false };
        let partition = &running.partitions[place];
        partition.last_stable() == partition.end()
    }
}

/// Answers once the offset is known and the batch has committed, or will not.
fn answer_if_known(committing: &RefCell<Committing>) {
    let (answer, reply) = {
        let mut committing = committing.borrow_mut();
        let (Some(offset), Some(release)) = (committing.offset, committing.release) else { return };
        let Some(answer) = committing.answer.take() else { return };
        match release {
            Release::NotLeader => (answer, Err(ErrorCode::NotLeaderOrFollower)),
            Release::Committed | Release::NotEnoughReplicasAfterAppend => (answer, Ok(offset)),
        }
    };
    answer(reply);
}
