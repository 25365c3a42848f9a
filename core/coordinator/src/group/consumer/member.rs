//! A member of a consumer group: what it asked for, where it stands, and which partitions it has.
//!
//! Two records make a member. ConsumerGroupMemberMetadata is what it asked for; it changes when the member
//! says something new of itself. ConsumerGroupCurrentMemberAssignment is where it stands on its way to
//! the target assignment; [`super::reconcile`] moves it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::{PartitionIndex, Str, Uuid};
use protocol::record_types::group::consumer_group_current_member_assignment_value as current;
use protocol::record_types::group::consumer_group_member_metadata_value::ClassicMemberMetadata;
use protocol::record_types::group::{
    ConsumerGroupCurrentMemberAssignmentValue, ConsumerGroupMemberMetadataValue,
};

use crate::group::assignor::Partitions;

/// The epoch of a member that leaves.
pub(super) const LEAVE: i32 = -1;
/// The epoch of a static member that leaves and will be back within its session.
pub(super) const LEAVE_FOR_NOW: i32 = -2;

/// Partitions that a member has, each with the epoch in which it was given to the member (KIP-1251).
pub(super) type OwnedPartitions = BTreeMap<Uuid, BTreeMap<PartitionIndex, i32>>;

/// How far a member is on its way to the target assignment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MemberState {
    /// It has everything that it was to have in its epoch.
    #[default]
    Stable,
    /// It must give partitions back, and has not yet said that it has.
    UnrevokedPartitions,
    /// It waits for partitions that other members have not given back yet.
    UnreleasedPartitions,
    /// A state of a later release. The member must begin anew.
    Unknown,
}

impl MemberState {
    fn from_code(code: i8) -> MemberState {
        match code {
            0 => MemberState::Stable,
            1 => MemberState::UnrevokedPartitions,
            2 => MemberState::UnreleasedPartitions,
            _ => MemberState::Unknown,
        }
    }

    fn code(self) -> i8 {
        match self {
            MemberState::Stable => 0,
            MemberState::UnrevokedPartitions => 1,
            MemberState::UnreleasedPartitions => 2,
            MemberState::Unknown => 127,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) id: Str,
    pub(super) epoch: i32,
    pub(super) previous_epoch: i32,
    pub(super) state: MemberState,
    pub(super) instance_id: Option<Str>,
    pub(super) rack_id: Option<Str>,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) client_id: Str,
    pub(super) client_host: Str,
    pub(super) topic_names: Arc<BTreeSet<Str>>,
    /// Empty: none.
    pub(super) topic_regex: Option<Str>,
    pub(super) server_assignor: Option<Str>,
    pub(super) assigned: Arc<OwnedPartitions>,
    pub(super) pending_revocation: Arc<OwnedPartitions>,
    /// Set for a member that speaks the classic protocol: a copy of what it joined with.
    pub(super) classic: Option<Arc<ClassicMemberMetadata>>,
}

impl Member {
    pub(super) fn new(id: Str) -> Member {
        Member {
            id,
            epoch: 0,
            previous_epoch: -1,
            state: MemberState::Stable,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            client_id: Str::EMPTY,
            client_host: Str::EMPTY,
            topic_names: Arc::default(),
            topic_regex: Some(Str::EMPTY),
            server_assignor: None,
            assigned: Arc::default(),
            pending_revocation: Arc::default(),
            classic: None,
        }
    }

    /// The same member under another id, which stands at the beginning.
    pub(super) fn replaced_by(&self, id: Str) -> Member {
        Member { id, epoch: 0, previous_epoch: 0, ..self.clone() }
    }

    pub(super) fn uses_classic_protocol(&self) -> bool {
        self.classic.is_some()
    }

    /// Whether it is out if it does not give partitions back within its rebalance timeout. A classic
    /// member has that time to join again, and another timer for it.
    pub(super) fn has_to_revoke_in_time(&self) -> bool {
        self.state == MemberState::UnrevokedPartitions && !self.uses_classic_protocol()
    }

    pub(super) fn regex(&self) -> Option<&Str> {
        self.topic_regex.as_ref().filter(|regex| !regex.is_empty())
    }

    pub(super) fn is_reconciled_to(&self, target_epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == target_epoch
    }

    /// Enters `epoch`, which may be the one that it is in.
    pub(super) fn enter(&mut self, epoch: i32) {
        self.previous_epoch = self.epoch;
        self.epoch = epoch;
    }

    /// The epoch in which a partition was given to the member, be it that the member is to give it
    /// back.
    pub(super) fn assigned_in(&self, topic: Uuid, partition: PartitionIndex) -> Option<i32> {
        let epoch = |owned: &OwnedPartitions| owned.get(&topic)?.get(&partition).copied();
        epoch(&self.assigned).or_else(|| epoch(&self.pending_revocation))
    }

    // ---- records ----

    pub(super) fn metadata(&self) -> ConsumerGroupMemberMetadataValue {
        ConsumerGroupMemberMetadataValue {
            instance_id: self.instance_id.clone(),
            rack_id: self.rack_id.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            subscribed_topic_names: self.topic_names.iter().cloned().collect(),
            subscribed_topic_regex: self.topic_regex.clone(),
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            server_assignor: self.server_assignor.clone(),
            classic_member_metadata: self.classic.as_deref().cloned().map(Box::new),
            ..ConsumerGroupMemberMetadataValue::default()
        }
    }

    /// Takes over what a record says. Its texts are copied: they would keep a request alive.
    pub(super) fn set_metadata(&mut self, value: &ConsumerGroupMemberMetadataValue) {
        let detached = |text: &Option<Str>| text.as_ref().map(Str::detached);
        self.instance_id = detached(&value.instance_id);
        self.rack_id = detached(&value.rack_id);
        self.client_id = value.client_id.detached();
        self.client_host = value.client_host.detached();
        let names = value.subscribed_topic_names.iter().map(Str::detached);
        let names: BTreeSet<Str> = names.collect();
        if names != *self.topic_names {
            self.topic_names = Arc::new(names);
        }
        self.topic_regex = detached(&value.subscribed_topic_regex);
        self.rebalance_timeout_ms = value.rebalance_timeout_ms;
        self.server_assignor = detached(&value.server_assignor);
        self.classic = value.classic_member_metadata.as_deref().map(|classic| {
            let mut classic = classic.clone();
            for protocol in &mut classic.supported_protocols {
                protocol.name = protocol.name.detached();
                protocol.metadata = bytes::Bytes::copy_from_slice(&protocol.metadata);
            }
            Arc::new(classic)
        });
    }

    pub(super) fn current_assignment(&self) -> ConsumerGroupCurrentMemberAssignmentValue {
        ConsumerGroupCurrentMemberAssignmentValue {
            member_epoch: self.epoch,
            previous_member_epoch: self.previous_epoch,
            state: self.state.code(),
            assigned_partitions: to_record(&self.assigned),
            partitions_pending_revocation: to_record(&self.pending_revocation),
            ..ConsumerGroupCurrentMemberAssignmentValue::default()
        }
    }

    pub(super) fn set_current_assignment(
        &mut self,
        value: &ConsumerGroupCurrentMemberAssignmentValue,
    ) {
        self.epoch = value.member_epoch;
        self.previous_epoch = value.previous_member_epoch;
        self.state = MemberState::from_code(value.state);
        self.assigned = Arc::new(from_record(&value.assigned_partitions, value.member_epoch));
        self.pending_revocation =
            Arc::new(from_record(&value.partitions_pending_revocation, value.member_epoch));
    }

    /// What the tombstone of the current assignment leaves: a member that has nothing and is about
    /// to go.
    pub(super) fn clear_current_assignment(&mut self) {
        self.epoch = LEAVE;
        self.previous_epoch = LEAVE;
        self.assigned = Arc::default();
        self.pending_revocation = Arc::default();
    }
}

fn to_record(owned: &OwnedPartitions) -> Vec<current::TopicPartitions> {
    let topics = owned.iter().map(|(topic, partitions)| current::TopicPartitions {
        topic_id: *topic,
        partitions: partitions.keys().map(|partition| partition.0).collect(),
        assignment_epochs: Some(partitions.values().copied().collect()),
        ..current::TopicPartitions::default()
    });
    topics.collect()
}

/// Records of brokers before 4.3 have no epochs: each partition counts as given in the epoch that the
/// member was in then. A static member that had left (-2) had none.
fn from_record(topics: &[current::TopicPartitions], member_epoch: i32) -> OwnedPartitions {
    let default = member_epoch.max(0);
    let mut owned = OwnedPartitions::new();
    for topic in topics {
        let epochs = topic.assignment_epochs.as_deref();
        let epochs = epochs.filter(|epochs| epochs.len() == topic.partitions.len());
        let epoch = |nth: usize| epochs.map_or(default, |epochs| epochs[nth]);
        let partitions = topic.partitions.iter().enumerate();
        let partitions = partitions.map(|(nth, index)| (PartitionIndex(*index), epoch(nth)));
        owned.insert(topic.topic_id, partitions.collect());
    }
    owned
}

/// Gives every partition the same epoch.
pub(super) fn owned_since(epoch: i32, partitions: &Partitions) -> OwnedPartitions {
    let topics = partitions.iter().map(|(topic, partitions)| {
        (*topic, partitions.iter().map(|partition| (*partition, epoch)).collect())
    });
    topics.collect()
}

/// The same partitions, given in epoch 0.
pub(super) fn since_the_beginning(owned: &OwnedPartitions) -> OwnedPartitions {
    let topics = owned.iter().map(|(topic, partitions)| {
        (*topic, partitions.keys().map(|partition| (*partition, 0)).collect())
    });
    topics.collect()
}
