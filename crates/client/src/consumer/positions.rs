//! Where partitions are read from that have neither a position nor a committed one: looked up at their
//! leaders.
//!
//! One request goes to each leader, from a task, so that a leader that does not answer keeps nobody
//! waiting but those who need it: what is known of other partitions is read meanwhile.

use std::collections::BTreeMap;

use base::error::Retry;
use base::{BrokerId, ErrorCode, Offset, TopicPartition};
use tokio::time::Instant;

use super::{Consumer, Ended, Position, Retrial};
use crate::admin::{Admin, ListedOffset, OffsetAt};
use crate::cluster::Leader;
use crate::config::OffsetReset;
use crate::error::{Error, Result};

/// A lookup that has ended.
#[derive(Debug)]
pub(super) struct LookedUp {
    /// With the position that each partition had.
    asked: Vec<(TopicPartition, Position)>,
    at: OffsetAt,
    found: Result<BTreeMap<TopicPartition, Result<ListedOffset>>>,
}

impl Consumer {
    /// Starts to look up what is not being looked up yet. Says when to come again for the others.
    pub(super) fn start_lookups(&mut self) -> Result<Option<Instant>> {
        let now = Instant::now();
        let mut wake_at: Option<Instant> = None;
        let mut wanted: BTreeMap<(BrokerId, OffsetAt), Vec<(TopicPartition, Leader)>> =
            BTreeMap::new();
        for (partition, assigned) in &self.partitions {
            let Some(at) = self.looked_up_by(partition, assigned.position)? else { continue };
            if assigned.is_looked_up {
                continue;
            }
            match self.leader_or_wait(partition, assigned, now) {
                Ok(leader) => {
                    let wanted = wanted.entry((leader.broker, at)).or_default();
                    wanted.push((partition.clone(), leader));
                }
                Err(at) => wake_at = Some(wake_at.map_or(at, |other| other.min(at))),
            }
        }
        for ((broker, at), partitions) in wanted {
            self.look_up(broker, at, partitions);
        }
        Ok(wake_at)
    }

    /// What is asked for to find the position; nothing if it is known, or the group knows it.
    fn looked_up_by(
        &self,
        partition: &TopicPartition,
        position: Position,
    ) -> Result<Option<OffsetAt>> {
        match (position, self.config.offset_reset) {
            (Position::At(_) | Position::Committed | Position::Asked, _) => Ok(None),
            (Position::Lookup(at), _) => Ok(Some(at)),
            (Position::Reset, OffsetReset::Earliest) => Ok(Some(OffsetAt::Earliest)),
            (Position::Reset, OffsetReset::Latest) => Ok(Some(OffsetAt::Latest)),
            (Position::Reset, OffsetReset::None) => {
                let during = format!("find where to start reading {partition}");
                Err(Error::refused(during, ErrorCode::OffsetOutOfRange, None))
            }
        }
    }

    fn look_up(&mut self, broker: BrokerId, at: OffsetAt, wanted: Vec<(TopicPartition, Leader)>) {
        let mut asked = Vec::new();
        for (partition, _) in &wanted {
            if let Some(assigned) = self.partitions.get_mut(partition) {
                assigned.is_looked_up = true;
                asked.push((partition.clone(), assigned.position));
            }
        }
        let (admin, isolation) = (Admin::new(self.cluster.clone()), self.config.isolation);
        self.requests.spawn(async move {
            let found = admin.list_offsets_of(broker, &wanted, at, isolation).await;
            Ended::Lookup(LookedUp { asked, at, found })
        });
    }

    pub(super) fn receive_positions(&mut self, looked_up: LookedUp) -> Result<()> {
        let LookedUp { asked, at, found } = looked_up;
        let mut retry = Retrial::default();
        let mut failure = None;
        for (partition, position) in asked {
            let Some(assigned) = self.partitions.get_mut(&partition) else { continue };
            assigned.is_looked_up = false;
            // The caller may have sought another place, or the partition gone and come back.
            if assigned.position != position {
                continue;
            }
            let error = match &found {
                Ok(found) => match found.get(&partition) {
                    Some(Ok(listed)) => {
                        assigned.position = found_position(at, listed.offset);
                        continue;
                    }
                    Some(Err(error)) => error.clone(),
                    None => {
                        Error::corrupt("the reply to ListOffsets", format!("it lacks {partition}"))
                    }
                },
                Err(error) => error.clone(),
            };
            retry.put_off(assigned);
            match error.retry() {
                Retry::No => failure = Some(error),
                Retry::RefreshMetadata => self.cluster.mark_stale(),
                Retry::Yes => {}
            }
        }
        failure.map_or(Ok(()), Err)
    }
}

fn found_position(at: OffsetAt, offset: Option<Offset>) -> Position {
    match (offset, at) {
        (Some(offset), _) => Position::At(offset),
        (None, OffsetAt::Latest) => Position::At(Offset(0)),
        // No record is that late: what comes next is the first one that can be.
        (None, _) => Position::Lookup(OffsetAt::Latest),
    }
}
