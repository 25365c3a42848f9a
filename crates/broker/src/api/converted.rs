//! What Fetch gives to clients from before Kafka 0.11: records converted in memory.
//!
//! They do not lie in a file like that, so a reply holds them until its client has read it, and clients
//! may be slow, or many. So one reply holds little; what all of them hold together is bounded; and what
//! has not been counted yet is one reply's at a time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base::{ErrorCode, LeaderEpoch, MonoMs};
use bytes::Bytes;
use records::{CONVERSION_BYTES_MAX, OldFormat};
use replication::fetch_session::FetchedPartition;
use storage::{FileSlice, Minimum};
use tokio::sync::{Mutex, Notify};

use super::fetch::find_topic;
use crate::node::Node;
use crate::partitions::{Isolation, Reading};
use crate::unfolding;

/// The most that one reply brings, but for what its last batch has beyond that.
pub const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// While replies hold this much, nothing more is converted.
const HELD_BYTES_MAX: usize = 48 * 1024 * 1024;

/// How long a client waits for others to read. Then it is told that there is nothing, and will ask again.
const PATIENCE_MS: u64 = 1000;

/// The records of one partition in an old format, or why there are none.
pub type Converted = Result<Bytes, ErrorCode>;

/// What was read of a partition, if anything was.
pub type Piece = (FetchedPartition, Option<FileSlice>);

/// Of all replies of this process, whose memory it is.
static HELD_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Told when a reply has let go of what it held.
static FREED: Notify = Notify::const_new();

/// Whoever has it may convert.
static TURN: Mutex<()> = Mutex::const_new(());

/// Converted records, counted for as long as they are in memory.
struct Held(Vec<u8>);

impl Held {
    fn new(bytes: Vec<u8>) -> Held {
        HELD_BYTES.fetch_add(bytes.len(), Ordering::AcqRel);
        Held(bytes)
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD_BYTES.fetch_sub(self.0.len(), Ordering::AcqRel);
        FREED.notify_waiters();
    }
}

/// Converts what was read, by partition, as far as there is room for it. It waits for the disk and may
/// be long, so it runs where that holds up no other connection.
pub async fn convert_all(
    node: &Arc<Node>,
    format: OldFormat,
    pieces: Vec<Piece>,
) -> Vec<Option<Converted>> {
    let deadline = node.env.mono().plus_ms(PATIENCE_MS);
    let turn = loop {
        if !has_room_before(node, deadline).await {
            let nothing = |(_, slice): Piece| slice.map(|_| Ok(Bytes::new()));
            return pieces.into_iter().map(nothing).collect();
        }
        let turn = TURN.lock().await;
        if has_room() {
            break turn;
        }
    };
    let node = node.clone();
    let work = move || {
        let mut left = REPLY_BYTES_MAX;
        let converted = pieces.into_iter().map(|(asked, slice)| {
            let slice = slice?;
            if left == 0 {
                return Some(Ok(Bytes::new()));
            }
            let converted = convert(&node, slice, format, &asked, left);
            left = left.saturating_sub(converted.as_ref().map_or(0, Bytes::len));
            Some(converted)
        });
        let converted = converted.collect();
        // Not before all of it has been counted.
        drop(turn);
        converted
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

fn has_room() -> bool {
    HELD_BYTES.load(Ordering::Acquire) < HELD_BYTES_MAX
}

async fn has_room_before(node: &Node, deadline: MonoMs) -> bool {
    loop {
        // Before the look, so that what is freed after it is not missed.
        let mut freed = pin!(FREED.notified());
        freed.as_mut().enable();
        if has_room() {
            return true;
        }
        tokio::select! {
            () = freed => {}
            () = node.env.sleep_until(deadline) => return false,
        }
    }
}

/// Converts batches up to `left` bytes. Where there is nothing for the client in a slice (control
/// batches, records below its offset), it reads on: the client would ask for the same offset for ever.
fn convert(
    node: &Node,
    mut slice: FileSlice,
    format: OldFormat,
    asked: &FetchedPartition,
    left: usize,
) -> Converted {
    let bytes_max = left.min(asked.bytes_max.max(0) as usize);
    let mut offset = asked.fetch_offset;
    loop {
        let one_at_a_time = unfolding::one_at_a_time();
        let log = slice.read().map_err(|_| ErrorCode::KafkaStorageError)?;
        let converted =
            records::down_convert(&log, format, offset, bytes_max, CONVERSION_BYTES_MAX);
        let converted = converted.map_err(|error| match error {
            records::BatchError::Unsupported { .. } => ErrorCode::UnsupportedCompressionType,
            _ => ErrorCode::CorruptMessage,
        })?;
        drop((log, one_at_a_time));
        if !converted.bytes.is_empty() || converted.next_offset <= offset {
            return Ok(Bytes::from_owner(Held::new(converted.bytes)));
        }
        offset = converted.next_offset;
        let replica = find_topic(node, &asked.topic)
            .and_then(|topic| topic.replica(asked.partition))
            .ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let found = replica.read(Reading {
            offset,
            bytes_max,
            minimum: Minimum::OneBatch,
            isolation: Isolation::ReadUncommitted,
            leader_epoch: LeaderEpoch::NONE,
            last_fetched_epoch: LeaderEpoch::NONE,
        })?;
        match found.slice {
            Some(next) => slice = next,
            None => return Ok(Bytes::new()),
        }
    }
}
