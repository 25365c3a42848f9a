//! Sockets: accepting them, reading frames off them, and sending replies.
//!
//! This half of the broker knows frames and segments of bytes; what a frame means is `api`'s
//! business, behind [`Service`].

mod acceptor;
mod admission;
mod connection;
mod reply;
mod stopping;

pub use acceptor::{Acceptor, Gate, Limits};
pub use admission::Connections;
pub use connection::{Finished, Outcome, Service, Warming};
pub use reply::{Reply, Segment};
pub use stopping::Stopping;
