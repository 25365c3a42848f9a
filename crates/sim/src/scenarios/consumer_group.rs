//! A KIP-848 group: the coordinator hands out the partitions, member by member, and takes them back
//! before it gives them to another.
//!
//! At no moment do two members hold one partition ([`super::tenure`]). Who has lost a partition to
//! another commits nothing for it, and what anybody finds committed is never behind what some owner
//! has been told is committed. When all is over somebody comes who stays: it gets every partition, whoever
//! has died before without a word.

use std::cell::Cell;
use std::rc::Rc;

use super::membership::{Membership, Standing};
use super::offsets::{Committer, Ledger, Of};
use super::tenure::Tenures;
use super::{BUSY_MS, Stage, Story};
use crate::flaw::Flaw;
use crate::node::Layout;

const GROUP: &str = "workers";
const TOPIC: &str = "input";
const MEMBERS: u64 = 4;
const PARTITIONS: i32 = 6;

pub fn run(seed: u64, flaw: Option<Flaw>) -> Story {
    let stage = Stage::new(seed, Layout::new(&[(TOPIC, PARTITIONS)]), flaw);
    let held = Tenures::default();
    let ledger = Ledger::default();
    for number in 0..MEMBERS {
        let (stage, held, ledger) = (stage.clone(), held.clone(), ledger.clone());
        stage.world.clone().spawn(async move {
            stage.world.sleep_ms(stage.world.below(1_000)).await;
            let mut life = 0;
            while !stage.is_over() {
                life += 1;
                let id = format!("member-{number}-{life}");
                live(&ledger, &mut Membership::new(&stage, &held, GROUP, TOPIC, id)).await;
                stage.world.sleep_ms(stage.world.below(2_000)).await;
            }
        });
    }
    let has_everything: Rc<Cell<bool>> = Rc::default();
    {
        let (stage, held, has_everything) = (stage.clone(), held.clone(), has_everything.clone());
        stage.world.clone().spawn(async move {
            stage.world.sleep_ms(BUSY_MS).await;
            stay(&stage, &held, &has_everything).await;
        });
    }
    stage.run();
    if !has_everything.get() {
        stage.violated("a partition is consumed by nobody when all is over".into());
    }
    stage.story()
}

/// The last that comes, and comes again where it is put out, until all partitions are its own.
async fn stay(stage: &Stage, held: &Tenures<i32>, has_everything: &Cell<bool>) {
    for life in 0.. {
        let mut member = Membership::new(stage, held, GROUP, TOPIC, format!("last-{life}"));
        while member.beat().await == Standing::Member {
            if member.owned.len() == PARTITIONS as usize {
                return has_everything.set(true);
            }
            stage.world.sleep_ms(300).await;
        }
    }
}

async fn live(ledger: &Ledger, member: &mut Membership) {
    let stage = member.stage.clone();
    while !stage.is_over() {
        // Whoever has overslept may commit before it looks at the clock.
        advance(ledger, member).await;
        if member.beat().await == Standing::PutOut {
            return;
        }
        if stage.world.once_in(40) {
            // It dies without a word; its partitions wait for the end of its session.
            return member.give_up();
        }
        if stage.world.once_in(60) {
            return member.leave().await;
        }
        let pause = if stage.world.once_in(40) { 6_000 } else { 300 };
        stage.world.sleep_ms(stage.world.below(pause)).await;
    }
}

/// Looks how far one of its partitions has come, and goes one further.
async fn advance(ledger: &Ledger, member: &Membership) {
    let Some(partition) = member.any_owned() else { return };
    let of = Of { group: GROUP, topic: TOPIC, partition };
    let Some(found) = ledger.read(&member.stage, &member.client, of).await else { return };
    let now = member.stage.world.now();
    let is_fenced = member.held.is_held_by_another(&member.id, &partition, now);
    let committer = Committer { member: &member.id, epoch: member.epoch, version: 9 };
    if ledger.commit(&member.client, of, committer, found + 1).await.is_err() {
        return;
    }
    member.stage.count("committed");
    if is_fenced {
        let id = &member.id;
        member.stage.violated(format!("{id} committed partition {partition}, which another has"));
    }
}
