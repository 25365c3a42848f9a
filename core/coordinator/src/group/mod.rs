//! `__consumer_offsets`: one shard of the group coordinator, which holds groups of every kind and the
//! offsets that they commit.
//!
//! One file or folder per protocol; each adds its methods to [`GroupShard`], and nothing of a
//! protocol stands here. What they share: a group id names one group of one kind, offsets belong to
//! the group and outlive its members, and every timer of the shard lives in one place.

mod record;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

use base::{MonoMs, Str};
use bytes::Bytes;

use crate::machine::{Call, Context, Machine, Output, Source};
use crate::timers::Timers;

pub use record::GroupRecord;

/// A request with who sent it.
#[derive(Clone, Debug)]
pub struct Asked<R> {
    pub client: Client,
    /// The version that the request was read in, and its reply will be written in.
    pub version: i16,
    pub body: R,
}

/// Who asks, as groups remember and describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    pub id: Str,
    /// As Kafka writes it: a slash and the address, `/127.0.0.1`.
    pub host: Str,
}

crate::requests! { GroupShard {
} }

/// One partition of `__consumer_offsets`.
#[derive(Default)]
pub struct GroupShard {
    groups: BTreeMap<Str, Group>,
    timers: Timers<Timer>,
}

/// A group of some kind. An id that only has offsets has no group here.
enum Group {}

/// What a deadline is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {}

impl Machine for GroupShard {
    type Request = Request;
    type Reply = Reply;
    type Record = GroupRecord;
    type Effect = std::convert::Infallible;

    fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<GroupRecord>, String> {
        GroupRecord::decode(key, value)
    }

    fn encode(record: &GroupRecord) -> Result<(Bytes, Option<Bytes>), String> {
        record.encode()
    }

    fn apply(&mut self, record: &GroupRecord, _source: Source) {
        match &record.key {
            // A kind of record whose protocol this release does not serve.
            _ => {}
        }
    }

    fn loaded(&mut self, _context: &mut Context<'_>, _out: &mut Output<Self>) {}

    fn handle(
        &mut self,
        _context: &mut Context<'_>,
        _call: Call,
        request: Request,
        _out: &mut Output<Self>,
    ) {
        match request {}
    }

    fn next_deadline(&self) -> MonoMs {
        self.timers.next()
    }

    fn on_deadline(&mut self, context: &mut Context<'_>, _out: &mut Output<Self>) {
        let Some(timer) = self.timers.take_due(context.now) else { return };
        match timer {}
    }
}
