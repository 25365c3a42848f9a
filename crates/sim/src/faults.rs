//! What happens to a node: it is killed, loses its power, and comes back.

use base::MonoMs;

use crate::node::Node;
use crate::world::World;

/// Lets the node fail now and then until `end`, and leaves it running.
pub fn spawn(world: &World, node: &Node, every_ms: u64, end: MonoMs) {
    let (world, node) = (world.clone(), node.clone());
    world.clone().spawn(async move {
        loop {
            world.sleep_ms(every_ms / 2 + world.below(every_ms)).await;
            if world.now() >= end {
                return;
            }
            match world.once_in(2) {
                true => node.cut_power(),
                false => node.kill(),
            }
            world.sleep_ms(5 + world.below(300)).await;
            node.start();
        }
    });
}
