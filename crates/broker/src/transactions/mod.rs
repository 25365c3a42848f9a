//! What a node does for transactions besides deciding them (KIP-98, 890).
//!
//! The decisions are `coordinator::transaction`'s. Here is what they need of the node: [`markers`]
//! writes the ends of decided transactions into partitions and tells who waits for them ([`endings`]), and
//! [`verification`] asks the coordinator
//! before a partition takes what a transaction writes. A cluster sends both from broker to broker;
//! what is written here is what a broker does when it is asked, whoever asks.

pub mod endings;
pub mod markers;
pub mod verification;

use base::{ErrorCode, ProducerId};

use crate::node::Node;

/// A producer id that nobody has had.
///
/// # Errors
/// As [`crate::producer_ids::ProducerIds::next`].
pub async fn fresh_producer_id(node: &Node) -> Result<ProducerId, ErrorCode> {
    let epoch = node.image.load().broker(node.id).map_or(-1, |broker| broker.epoch);
    node.producer_ids.next(&node.controller, node.id.0, epoch).await
}
