//! The bank: a transfer is a debit in one partition and a credit in another, in one transaction.
//!
//! Tellers transfer, change their mind, are delayed, and come back from the dead with an epoch that
//! is no longer theirs. When the world has come to rest: each transfer stands in both partitions or
//! in neither; once and not twice; at the offset that was acknowledged; it stands if its commit
//! was acknowledged, and does not if its abort was; nothing stands that a fenced teller began; and no
//! transaction keeps readers waiting. The rows of Kafka's own history: KAFKA-17754 (a delayed EndTxn
//! ends the next transaction), hanging transactions, torn and aborted reads.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base::{Offset, ProducerEpoch, ProducerId};
use coordinator::Ending;
use coordinator::transaction::TopicPartition;

use super::teller::{Ended, TRANSACTION_TIMEOUT_MS, Teller};
use super::{Stage, Story, Writes};
use crate::faults::Climate;
use crate::flaw::Flaw;
use crate::node::Layout;

const TELLERS: u64 = 3;

/// What is known of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Committed,
    Never,
    Unknown,
}

#[derive(Default)]
struct Book {
    transfers: BTreeMap<u64, Fate>,
    /// Acknowledged halves: partition, transfer, offset.
    acknowledged: Vec<(usize, u64, Offset)>,
    /// The epoch of the newest incarnation of each teller that has been let in.
    newest: BTreeMap<u64, (ProducerId, ProducerEpoch)>,
}

impl Book {
    fn open(&mut self) -> u64 {
        let number = self.transfers.len() as u64;
        self.transfers.insert(number, Fate::Unknown);
        number
    }
}

pub fn run(seed: u64, flaw: Option<Flaw>, climate: Climate, writes: Writes) -> Story {
    let version = super::transaction_version(seed);
    let layout = Layout::new(&[("accounts", 2)]).with_transactions(version);
    let stage = Stage { climate, writes, ..Stage::new(seed, layout, flaw) };
    let book: Rc<RefCell<Book>> = Rc::default();
    for teller in 0..TELLERS {
        if stage.world.once_in(6) {
            stage.node.wear_out(&format!("teller-{teller}"), TRANSACTION_TIMEOUT_MS);
        }
        // Two incarnations at a time: one of them is a zombie most of the time.
        for incarnation in 0..2 {
            let (stage, book) = (stage.clone(), book.clone());
            stage.world.clone().spawn(async move {
                stage.world.sleep_ms(incarnation * 300).await;
                while !stage.is_over() {
                    serve(&stage, &book, teller).await;
                    stage.world.sleep_ms(200 + stage.world.below(1_500)).await;
                }
            });
        }
    }
    stage.run();
    audit(&stage, &book.borrow());
    stage.story()
}

fn accounts() -> [TopicPartition; 2] {
    [0, 1].map(|index| TopicPartition::new("accounts", index))
}

/// One incarnation of a teller, until it is fenced or something goes wrong.
async fn serve(stage: &Stage, book: &Rc<RefCell<Book>>, number: u64) {
    let id = format!("teller-{number}");
    let Some(mut teller) = Teller::begin(stage, &id).await else { return };
    {
        let mut book = book.borrow_mut();
        let me = teller.incarnation();
        let newest = book.newest.entry(number).or_insert(me);
        *newest = me.max(*newest);
    }
    for _ in 0..4 + stage.world.below(10) {
        if stage.is_over() {
            return;
        }
        let transfer = book.borrow_mut().open();
        // Whoever begins after a younger one was let in must come to nothing.
        let me = teller.incarnation();
        let is_fenced = book.borrow().newest[&number] > me;
        let fate = match transfer_once(stage, book, &mut teller, transfer).await {
            Some(Ended::As(Ending::Commit)) => Fate::Committed,
            Some(Ended::As(Ending::Abort)) => Fate::Never,
            Some(Ended::Unknown) | None if is_fenced => Fate::Never,
            Some(Ended::Unknown) | None => Fate::Unknown,
        };
        if is_fenced && fate == Fate::Committed {
            stage.violated(format!("transfer {transfer} of a fenced teller was committed"));
        }
        book.borrow_mut().transfers.insert(transfer, fate);
        match fate {
            Fate::Committed => stage.count("committed"),
            Fate::Never => stage.count("came to nothing"),
            Fate::Unknown => stage.count("unknown"),
        }
        if !matches!(fate, Fate::Committed) && is_fenced {
            return;
        }
        if fate == Fate::Unknown || teller.is_lost {
            return;
        }
        // Now and then a teller falls asleep, long enough to be replaced.
        let pause = if stage.world.once_in(10) { 3_000 } else { 50 };
        stage.world.sleep_ms(stage.world.below(pause)).await;
    }
}

/// Writes both halves and ends the transaction. None if nobody was asked to end it.
async fn transfer_once(
    stage: &Stage,
    book: &Rc<RefCell<Book>>,
    teller: &mut Teller,
    transfer: u64,
) -> Option<Ended> {
    let mut order = [0, 1];
    if stage.world.once_in(2) {
        order.reverse();
    }
    for half in order {
        match teller.write(&accounts()[half], transfer.to_be_bytes().to_vec()).await {
            Ok(offset) => book.borrow_mut().acknowledged.push((half, transfer, offset)),
            Err(_) if stage.world.once_in(2) => return None,
            Err(_) => return Some(teller.end(Ending::Abort).await),
        }
        if stage.world.once_in(30) {
            // Long enough for the coordinator to lose patience, or just not.
            stage.world.sleep_ms(2_500 + stage.world.below(1_500)).await;
        }
    }
    let ending = if stage.world.once_in(4) { Ending::Abort } else { Ending::Commit };
    Some(teller.end(ending).await)
}

fn audit(stage: &Stage, book: &Book) {
    let mut halves: [BTreeMap<u64, Vec<Offset>>; 2] = Default::default();
    for (half, partition) in accounts().iter().enumerate() {
        if !stage.node.is_stable(partition) {
            stage.violated(format!("a transaction is open for ever in {partition:?}"));
        }
        for (offset, value) in stage.node.read_committed(partition) {
            let transfer = u64::from_be_bytes(value.try_into().expect("8 bytes were written"));
            halves[half].entry(transfer).or_default().push(offset);
        }
    }
    for (transfer, fate) in &book.transfers {
        let found = halves.each_ref().map(|half| half.get(transfer).map_or(0, Vec::len));
        let problem = match (found, fate) {
            ([0, 0], Fate::Never | Fate::Unknown) | ([1, 1], Fate::Committed | Fate::Unknown) => {
                continue;
            }
            ([0, 0], Fate::Committed) => "was acknowledged and is lost",
            ([1, 1], Fate::Never) => "came to nothing and can be read",
            ([0, 1] | [1, 0], _) => "is torn",
            _ => "stands there more than once",
        };
        stage.violated(format!("transfer {transfer} ({fate:?}, halves {found:?}) {problem}"));
    }
    for (half, transfer, offset) in &book.acknowledged {
        if let Some(at) = halves[*half].get(transfer)
            && at[0] != *offset
        {
            stage.violated(format!(
                "transfer {transfer} was acknowledged at offset {offset} and stands at {}",
                at[0]
            ));
        }
    }
}
