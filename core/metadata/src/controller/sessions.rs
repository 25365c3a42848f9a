//! What the controller knows of brokers that is not in the log: when each was last heard of, how
//! far it has read the metadata, and whether it waits to shut down.

use std::collections::BTreeMap;

use base::{BrokerId, MonoMs, Offset};
use protocol::record_types::metadata::MetadataRecord;

use crate::Image;

#[derive(Clone, Debug)]
struct Session {
    /// The registration it belongs to; a session of an older one is worth nothing.
    epoch: i64,
    /// The offset of the RegisterBrokerRecord: a broker that has read past it knows of itself.
    registered_at: Offset,
    heard: MonoMs,
    metadata_offset: Offset,
    /// The end of the records that moved the leaders away. The broker may stop when everyone else
    /// has read as far, or clients would be sent to a broker that is gone.
    shutdown_offset: Option<Offset>,
}

/// The sessions of all registered brokers.
#[derive(Clone, Debug)]
pub struct Sessions {
    timeout_ms: u64,
    by_broker: BTreeMap<BrokerId, Session>,
}

impl Sessions {
    pub(super) fn new(timeout_ms: u64, image: &Image, now: MonoMs) -> Sessions {
        let session = |epoch| Session {
            epoch,
            // Where the record stood is forgotten when the image comes from a snapshot; the end of
            // the image is past it in any case.
            registered_at: image.offset(),
            heard: now,
            metadata_offset: Offset(-1),
            shutdown_offset: None,
        };
        let by_broker = image.brokers().map(|broker| (broker.id, session(broker.epoch))).collect();
        Sessions { timeout_ms, by_broker }
    }

    /// When the next unfenced broker's session ends, if nobody is heard of meanwhile.
    pub fn next_deadline(&self, image: &Image) -> MonoMs {
        self.unfenced(image)
            .map(|(_, session)| session.heard.plus_ms(self.timeout_ms))
            .min()
            .unwrap_or(MonoMs::NEVER)
    }

    /// The unfenced broker whose session ended first, if one has by `now`.
    pub(super) fn expired(&self, image: &Image, now: MonoMs) -> Option<BrokerId> {
        self.unfenced(image)
            .map(|(id, session)| (session.heard.plus_ms(self.timeout_ms), id))
            .min()
            .filter(|(deadline, _)| *deadline <= now)
            .map(|(_, id)| id)
    }

    pub(super) fn is_valid(&self, id: BrokerId, epoch: i64, now: MonoMs) -> bool {
        self.by_broker.get(&id).is_some_and(|session| {
            session.epoch == epoch && session.heard.plus_ms(self.timeout_ms) > now
        })
    }

    /// Notes a heartbeat.
    pub(super) fn hear(&mut self, id: BrokerId, metadata_offset: Offset, now: MonoMs) {
        if let Some(session) = self.by_broker.get_mut(&id) {
            session.heard = now;
            session.metadata_offset = metadata_offset;
        }
    }

    pub(super) fn end(&mut self, id: BrokerId) {
        self.by_broker.remove(&id);
    }

    pub(super) fn registered_at(&self, id: BrokerId) -> Option<Offset> {
        self.by_broker.get(&id).map(|session| session.registered_at)
    }

    /// Notes where the records of a controlled shutdown end; the first such offset counts.
    pub(super) fn shutting_down(&mut self, id: BrokerId, end: Offset) {
        if let Some(session) = self.by_broker.get_mut(&id) {
            session.shutdown_offset.get_or_insert(end);
        }
    }

    /// Whether every other active broker has read past the records that moved the leaders away.
    pub(super) fn others_know_of_shutdown(&self, id: BrokerId, image: &Image) -> bool {
        let needed = self.by_broker.get(&id).and_then(|session| session.shutdown_offset);
        let lowest = self
            .by_broker
            .iter()
            .filter(|(other, _)| image.is_active(**other))
            .map(|(_, session)| session.metadata_offset)
            .min();
        match (needed, lowest) {
            (Some(needed), Some(lowest)) => needed <= lowest,
            _ => true,
        }
    }

    /// Follows registrations as they are applied.
    pub(super) fn note(&mut self, record: &MetadataRecord, offset: Offset, now: MonoMs) {
        match record {
            MetadataRecord::RegisterBrokerRecord(record) => {
                let session = Session {
                    epoch: record.broker_epoch,
                    registered_at: offset,
                    heard: now,
                    metadata_offset: Offset(-1),
                    shutdown_offset: None,
                };
                self.by_broker.insert(BrokerId(record.broker_id), session);
            }
            MetadataRecord::UnregisterBrokerRecord(record) => {
                self.by_broker.remove(&BrokerId(record.broker_id));
            }
            MetadataRecord::BrokerRegistrationChangeRecord(record) => {
                if let Some(session) = self.by_broker.get_mut(&BrokerId(record.broker_id)) {
                    if record.fenced == 1 {
                        session.shutdown_offset = None;
                    } else if record.fenced == -1 {
                        session.heard = now;
                    }
                }
            }
            _ => {}
        }
    }

    fn unfenced<'a>(&'a self, image: &'a Image) -> impl Iterator<Item = (BrokerId, &'a Session)> {
        self.by_broker
            .iter()
            .filter(|(id, _)| image.broker(**id).is_some_and(|broker| !broker.fenced))
            .map(|(id, session)| (*id, session))
    }
}
