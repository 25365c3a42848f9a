//! The contract of every machine here: what goes in, what comes out, who may change what.
//!
//! [`Machine::handle`] decides: it reads state and writes records, replies and effects into an
//! [`Output`]. [`Machine::apply`] is the only thing that changes replicated state, and it does so for a
//! live write as for replay. What is not in the log (a member that is joining, a timer) may be
//! changed by `handle`; it is gone when the shard moves, and clients begin anew, as with Kafka.
//!
//! The shell applies what a decision wrote before it asks for the next one, so each decision sees
//! all earlier ones. Replies and effects leave when everything written before them has committed.

use std::fmt::Debug;

use base::config::ServerConfig;
use base::{ErrorCode, MonoMs, Offset, ProducerEpoch, ProducerId, VerificationGuard, WallMs};
use bytes::Bytes;
use metadata::Entropy;
use metadata::Image;
use records::ControlType;

/// Names a request that waits for its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call(pub u64);

/// What a decision may look at besides the machine's own state.
pub struct Context<'a> {
    pub now: MonoMs,
    pub wall: WallMs,
    pub image: &'a Image,
    pub config: &'a ServerConfig,
    pub entropy: Entropy,
}

/// How a transaction ended in this partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Commit,
    Abort,
}

impl Ending {
    /// How a marker says it.
    pub fn control_type(self) -> ControlType {
        match self {
            Ending::Commit => ControlType::Commit,
            Ending::Abort => ControlType::Abort,
        }
    }
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub offset: Offset,
    pub timestamp: WallMs,
    /// Set for a record of a transaction that has not ended: it holds once a marker commits it.
    pub producer: Option<(ProducerId, ProducerEpoch)>,
}

/// A protocol in a shard. See the module for who may change what.
pub trait Machine {
    type Request;
    type Reply;
    /// Key and value of one record.
    type Record: Clone + Debug;
    /// What the shell must do once it has committed: markers to send, and the like.
    type Effect;

    /// Reads a record. `None` is a kind that this release does not know, which is skipped.
    ///
    /// # Errors
    /// What is wrong with the bytes. The shard does not load: to go on without a record would
    /// forget what somebody was promised.
    fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<Self::Record>, String>;

    /// Key, and value or tombstone.
    ///
    /// # Errors
    /// What the format cannot say.
    fn encode(record: &Self::Record) -> Result<(Bytes, Option<Bytes>), String>;

    /// Changes the replicated state: the only thing that does, for live writes and for replay.
    fn apply(&mut self, record: &Self::Record, source: Source);

    /// A transaction has ended in this partition: its pending records hold, or never were.
    fn apply_marker(&mut self, _producer: ProducerId, _epoch: ProducerEpoch, _ending: Ending) {}

    /// Everything in the log has been applied: timers begin, unfinished work goes on.
    fn loaded(&mut self, context: &mut Context<'_>, out: &mut Output<Self>)
    where
        Self: Sized;

    /// Decides. A rejection is a reply. A reply may come from this or from any later event.
    fn handle(
        &mut self,
        context: &mut Context<'_>,
        call: Call,
        request: Self::Request,
        out: &mut Output<Self>,
    ) where
        Self: Sized;

    /// When [`Machine::on_deadline`] wants to be called next.
    fn next_deadline(&self) -> MonoMs;

    /// Fires one timer that is due, so that each decision sees what the one before has written. The
    /// shell calls it until no deadline is due.
    fn on_deadline(&mut self, context: &mut Context<'_>, out: &mut Output<Self>)
    where
        Self: Sized;

    /// The metadata has changed: `context.image` is the new image, `delta` says in what.
    fn metadata_changed(
        &mut self,
        _context: &mut Context<'_>,
        _delta: &metadata::image::Delta,
        _out: &mut Output<Self>,
    ) where
        Self: Sized,
    {
    }

    /// What a decision wrote was not appended, and has not been applied. Its own replies and effects
    /// are gone; calls that it answered get `refused.code`, but for those that it dismissed. A machine that keeps unreplicated state
    /// about the write puts it right here.
    fn refused(
        &mut self,
        _context: &mut Context<'_>,
        _refused: &Refused<Self::Record>,
        _out: &mut Output<Self>,
    ) where
        Self: Sized,
    {
    }
}

/// A decision that could not be written.
#[derive(Debug)]
pub struct Refused<R> {
    pub writes: Vec<Write<R>>,
    pub code: ErrorCode,
}

/// One thing to append.
#[derive(Clone, Debug)]
pub enum Write<R> {
    Record(R),
    /// A record that holds once the transaction of `producer` commits.
    Pending {
        producer: ProducerId,
        epoch: ProducerEpoch,
        /// That of the verification that let it in; none where the partition itself knew the
        /// transaction.
        guard: Option<VerificationGuard>,
        record: R,
    },
    /// The end of a transaction in this partition.
    Marker {
        producer: ProducerId,
        epoch: ProducerEpoch,
        ending: Ending,
        coordinator_epoch: i32,
        /// Of the transaction: from 2 on its marker's epoch must be above that of the data.
        transaction_version: i16,
    },
}

/// Whether the records of one decision must stand in one batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// All or nothing; a decision that is larger than a batch may be is refused.
    #[default]
    Atomic,
    /// Each record holds on its own: expired offsets, for one.
    Free,
}

/// What a decision comes to.
pub struct Output<M: Machine + ?Sized> {
    pub writes: Vec<Write<M::Record>>,
    pub grouping: Grouping,
    pub replies: Vec<(Call, Result<M::Reply, ErrorCode>)>,
    /// Replies that hold whether or not the decision can be written.
    pub dismissals: Vec<(Call, M::Reply)>,
    pub effects: Vec<M::Effect>,
}

impl<M: Machine> Default for Output<M> {
    fn default() -> Self {
        Output {
            writes: Vec::new(),
            grouping: Grouping::Atomic,
            replies: Vec::new(),
            dismissals: Vec::new(),
            effects: Vec::new(),
        }
    }
}

impl<M: Machine> Output<M> {
    pub fn write(&mut self, record: M::Record) {
        self.writes.push(Write::Record(record));
    }

    /// Answers `call` once everything written so far has committed.
    pub fn reply(&mut self, call: Call, reply: impl Into<M::Reply>) {
        self.replies.push((call, Ok(reply.into())));
    }

    /// Sends whoever waits behind `call` away, whatever becomes of what is written here.
    pub fn dismiss(&mut self, call: Call, reply: impl Into<M::Reply>) {
        self.dismissals.push((call, reply.into()));
    }

    /// Has `effect` performed once everything written so far has committed.
    pub fn effect(&mut self, effect: impl Into<M::Effect>) {
        self.effects.push(effect.into());
    }
}

/// A request with the reply that belongs to it, so that who asks need not match on an enum.
pub trait Ask<M: Machine> {
    type Reply;

    fn wrap(self) -> M::Request;

    /// # Panics
    /// If `reply` belongs to another request, which is a mistake in a machine.
    fn unwrap(reply: M::Reply) -> Self::Reply;
}

/// Declares the closed enums of what a machine is asked and answers, and how each request is paired
/// with its reply: `Name: Machine { Variant(Request => Reply), ... }`.
#[macro_export]
macro_rules! requests {
    ($machine:ty { $($(#[$doc:meta])* $variant:ident($request:ty => $reply:ty),)* }) => {
        /// What the machine is asked.
        #[derive(Clone, Debug)]
        pub enum Request {
            $($(#[$doc])* $variant($request),)*
        }

        /// What it answers, by the same names.
        #[derive(Clone, Debug)]
        pub enum Reply {
            $($variant($reply),)*
        }

        $(
            impl $crate::machine::Ask<$machine> for $request {
                type Reply = $reply;

                fn wrap(self) -> Request {
                    Request::$variant(self)
                }

                fn unwrap(reply: Reply) -> $reply {
                    match reply {
                        Reply::$variant(reply) => reply,
                        other => panic!("a {} request was answered with {other:?}", stringify!($variant)),
                    }
                }
            }

            impl From<$reply> for Reply {
                fn from(reply: $reply) -> Reply {
                    Reply::$variant(reply)
                }
            }
        )*
    };
}
