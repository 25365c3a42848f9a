//! How tasks talk to the node: over a network that is late, forgets, and says things twice.
//!
//! A request may reach the node long after its sender has given up, or a second time; a reply may never
//! arrive. What a client knows after [`Lost`] is nothing: the request may have had its effect, may
//! have it yet, or never will.

use base::{ErrorCode, Offset, Str};
use coordinator::Ask;
use coordinator::group::{Asked, GroupShard};
use coordinator::share::partition::Acknowledgement;
use coordinator::transaction::TopicPartition;
use protocol::messages::{
    ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse, TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
};

use crate::node::{Answer, Delivered, Hosts, Node, Produce, Protocol, Sharing, Transactional};
use crate::world::World;

/// No reply came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

/// What came of a request: a reply, the error of the coordinator as such, or nothing.
pub type Heard<T> = Result<Result<T, ErrorCode>, Lost>;

/// How bad the network is.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// One in so many requests is delivered twice, the second time up to `late_ms` later.
    pub twice_in: u64,
    /// One in so many requests, and as many replies, is lost.
    pub lost_in: u64,
    /// One in so many requests takes up to `late_ms`.
    pub late_in: u64,
    pub late_ms: u64,
}

impl Weather {
    pub const FOUL: Weather = Weather { twice_in: 15, lost_in: 25, late_in: 25, late_ms: 4_000 };
    /// As foul, but nothing arrives twice.
    pub const LATE: Weather = Weather { twice_in: u64::MAX, ..Weather::FOUL };
    /// Nothing arrives twice, and much arrives when its sender has given up.
    pub const SLOW: Weather = Weather { late_in: 4, lost_in: u64::MAX, ..Weather::LATE };
    /// Nothing is lost.
    pub const CLEAR: Weather = Weather { lost_in: u64::MAX, ..Weather::CONNECTED };
    /// Requests arrive once, in order as they were sent, or not at all: one connection at a time.
    pub const CONNECTED: Weather =
        Weather { twice_in: u64::MAX, lost_in: 25, late_in: u64::MAX, late_ms: 0 };
}

/// A way to the node.
#[derive(Clone)]
pub struct Client {
    pub world: World,
    pub node: Node,
    pub weather: Weather,
    pub timeout_ms: u64,
}

impl Client {
    pub fn new(world: &World, node: &Node, weather: Weather) -> Client {
        Client { world: world.clone(), node: node.clone(), weather, timeout_ms: 1_500 }
    }

    /// Asks a coordinator: the one that leads now, even if the request arrives when it no longer does.
    pub async fn ask<M: Hosts, A: Ask<M> + Clone + 'static>(&self, request: A) -> Heard<A::Reply>
    where
        A::Reply: 'static,
    {
        let to = self.node.coordinator::<M>();
        self.send(move |node, answer| node.ask::<M, A>(to, request.clone(), answer)).await
    }

    /// Appends values outside of transactions.
    pub async fn produce(&self, produce: Produce) -> Heard<Offset> {
        self.send(move |node, answer| node.produce(&produce, answer)).await
    }

    /// Appends one value in a transaction.
    pub async fn write(
        &self,
        writer: Transactional,
        partition: TopicPartition,
        sequence: i32,
        value: Vec<u8>,
    ) -> Heard<Offset> {
        let write = move |node: &Node, answer| {
            node.write(writer.clone(), partition.clone(), sequence, value.clone(), answer);
        };
        self.send(write).await
    }

    /// Commits offsets as part of a transaction, which the group's partition joins first.
    pub async fn commit_in_transaction(
        &self,
        protocol: Protocol,
        request: TxnOffsetCommitRequest,
    ) -> Heard<TxnOffsetCommitResponse> {
        self.send(move |node, answer| node.commit_in_transaction(protocol, request.clone(), answer))
            .await
    }

    pub async fn share_heartbeat(
        &self,
        request: Asked<ShareGroupHeartbeatRequest>,
    ) -> Heard<ShareGroupHeartbeatResponse> {
        let to = self.node.coordinator::<GroupShard>();
        self.send(move |node, answer| node.share_heartbeat(to, request.clone(), answer)).await
    }

    pub async fn share_fetch(
        &self,
        of: Sharing,
        member: Str,
        records_max: i32,
    ) -> Heard<Delivered> {
        self.send(move |node, answer| node.share_fetch(&of, &member, records_max, answer)).await
    }

    pub async fn share_acknowledge(
        &self,
        of: Sharing,
        member: Str,
        said: Vec<Acknowledgement>,
    ) -> Heard<()> {
        self.send(move |node, answer| node.share_acknowledge(&of, &member, &said, answer)).await
    }

    /// Asks until there is a reply that is not of the network or of a coordinator that is not there.
    /// Gives up after `attempts`.
    pub async fn insist<M: Hosts, A: Ask<M> + Clone + 'static>(
        &self,
        request: A,
        attempts: u32,
    ) -> Option<A::Reply>
    where
        A::Reply: 'static,
    {
        for _ in 0..attempts {
            if let Ok(Ok(reply)) = self.ask::<M, A>(request.clone()).await {
                return Some(reply);
            }
            self.world.sleep_ms(20 + self.world.below(100)).await;
        }
        None
    }

    async fn send<T: 'static>(&self, deliver: impl Fn(&Node, Answer<T>) + 'static) -> Heard<T> {
        let world = &self.world;
        let mailbox = world.mailbox::<Heard<T>>();
        let weather = self.weather;
        let back = mailbox.clone();
        let answered = move |world: &World, reply: Result<T, ErrorCode>| {
            if world.once_in(weather.lost_in) {
                return;
            }
            let back = back.clone();
            world.at(world.now().plus_ms(1 + world.below(5)), move |_| back.put(Ok(reply)));
        };
        let (node, home) = (self.node.clone(), world.clone());
        let deliver = move |_: &World| {
            let (answered, home) = (answered.clone(), home.clone());
            deliver(&node, Box::new(move |reply| answered(&home, reply)));
        };
        let deliver = std::rc::Rc::new(deliver);
        if !world.once_in(weather.lost_in) {
            let takes = match world.once_in(weather.late_in) {
                true => world.below(weather.late_ms),
                false => 1 + world.below(5),
            };
            let first = deliver.clone();
            world.at(world.now().plus_ms(takes), move |world| first(world));
            if world.once_in(weather.twice_in) {
                let again = world.now().plus_ms(takes + world.below(weather.late_ms));
                world.at(again, move |world| deliver(world));
            }
        }
        let gives_up = mailbox.clone();
        world.at(world.now().plus_ms(self.timeout_ms), move |_| gives_up.put(Err(Lost)));
        mailbox.take().await
    }
}
