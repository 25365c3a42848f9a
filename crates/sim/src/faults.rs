//! What happens to a node: it is killed, loses its power or its disk, and comes back; its coordinators
//! move while requests are under way; a partition loses its replicas for a while.

use base::MonoMs;
use coordinator::group::GroupShard;
use coordinator::share::ShareShard;
use coordinator::transaction::TransactionShard;

use crate::node::Node;
use crate::world::World;

/// How much goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Climate {
    /// Nothing does.
    Calm,
    /// Everything, now and then.
    Rough,
    /// The node goes down again and again.
    Stormy,
    /// Coordinators move, and nothing else happens.
    Moving,
}

impl Climate {
    /// How often something happens, about.
    fn every_ms(self) -> u64 {
        match self {
            Climate::Calm | Climate::Rough => 2_000,
            Climate::Stormy => 400,
            Climate::Moving => 600,
        }
    }
}

/// Lets the node fail now and then until `end`, and leaves it running.
pub fn spawn(world: &World, node: &Node, climate: Climate, end: MonoMs) {
    if climate == Climate::Calm {
        return;
    }
    let (world, node) = (world.clone(), node.clone());
    world.clone().spawn(async move {
        loop {
            world.sleep_ms(climate.every_ms() / 2 + world.below(climate.every_ms())).await;
            if world.now() >= end {
                return;
            }
            match climate {
                Climate::Moving => move_a_coordinator(&world, &node).await,
                _ => let_fail(&world, &node).await,
            }
        }
    });
}

async fn let_fail(world: &World, node: &Node) {
    match world.below(9) {
        0..=1 => node.kill(),
        2 => node.cut_power(),
        3 => {
            node.cut_power_after(world.below(12));
            fail(world, node).await;
        }
        4 => {
            node.refuse_writes();
            fail(world, node).await;
        }
        5 => {
            node.refuse_syncs();
            fail(world, node).await;
        }
        6 => return node.lose_replicas_until(world.now().plus_ms(world.below(600))),
        _ => return move_a_coordinator(world, node).await,
    }
    world.sleep_ms(5 + world.below(300)).await;
    come_back(world, node).await;
}

/// Waits for the disk to fail, and a little longer: then the node goes down.
async fn fail(world: &World, node: &Node) {
    world.sleep_ms(world.below(400)).await;
    node.cut_power();
}

/// Starts the node. Now and then the power fails again while it recovers.
async fn come_back(world: &World, node: &Node) {
    if world.once_in(6) {
        node.cut_power_after(world.below(40));
    }
    node.start();
    while !node.is_up() {
        world.sleep_ms(5 + world.below(50)).await;
        node.start();
    }
    node.keep_power();
}

/// Once, or several times in a row.
async fn move_a_coordinator(world: &World, node: &Node) {
    let layout = node.layout();
    let mut movers: Vec<fn(&Node)> = vec![Node::move_coordinator::<GroupShard>];
    if layout.coordinates_transactions() {
        movers.push(Node::move_coordinator::<TransactionShard>);
    }
    if layout.coordinates_shares() {
        movers.push(Node::move_coordinator::<ShareShard>);
    }
    for _ in 0..1 + world.below(3) {
        movers[world.below(movers.len() as u64) as usize](node);
        world.sleep_ms(world.below(200)).await;
    }
}
