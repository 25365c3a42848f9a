//! The record of a classic group: a picture of it, taken when a generation has its assignments, when
//! its last member has gone, and when a static member comes back under another id.

use base::{Str, WallMs};
use protocol::record_types::group::group_metadata_value::MemberMetadata;
use protocol::record_types::group::{GroupKey, GroupMetadataKey, GroupMetadataValue, GroupValue};

use super::group::{ClassicGroup, State};
use super::member::{Member, Protocols};
use crate::group::{Client, GroupRecord};

/// What Kafka 4.3 writes. Version 4 only made the format flexible.
const VALUE_VERSION: i16 = 3;

pub(in crate::group) fn record(id: &Str, group: &ClassicGroup) -> GroupRecord {
    let value = GroupMetadataValue {
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        generation: group.generation,
        protocol: group.protocol.clone(),
        leader: group.leader.clone(),
        current_state_timestamp: group.since().unwrap_or(WallMs::NONE).0,
        members: group.members().map(|member| member_metadata(group, member)).collect(),
        ..GroupMetadataValue::default()
    };
    GroupRecord::new(key(id), GroupValue::GroupMetadata(value), VALUE_VERSION)
}

/// The record of a group that has just come to be. Whoever made it is not in it: he is a member
/// only once he has got an assignment.
pub(super) fn record_of_new(id: &Str, group: &ClassicGroup) -> GroupRecord {
    let value = GroupMetadataValue {
        protocol: None,
        leader: None,
        current_state_timestamp: group.since().unwrap_or(WallMs::NONE).0,
        ..GroupMetadataValue::default()
    };
    GroupRecord::new(key(id), GroupValue::GroupMetadata(value), VALUE_VERSION)
}

pub(in crate::group) fn tombstone(id: &Str) -> GroupRecord {
    GroupRecord::tombstone(key(id))
}

fn key(id: &Str) -> GroupKey {
    GroupKey::GroupMetadata(GroupMetadataKey { group: id.clone() })
}

fn member_metadata(group: &ClassicGroup, member: &Member) -> MemberMetadata {
    MemberMetadata {
        member_id: member.id.clone(),
        group_instance_id: member.instance.clone(),
        client_id: member.client.id.clone(),
        client_host: member.client.host.clone(),
        rebalance_timeout: member.rebalance_timeout_ms,
        session_timeout: member.session_timeout_ms,
        subscription: group.metadata_of(member),
        assignment: member.assignment.clone(),
        ..MemberMetadata::default()
    }
}

/// The group that a record shows.
pub(super) fn read(value: &GroupMetadataValue) -> ClassicGroup {
    let protocol_type = Some(value.protocol_type.clone()).filter(|text| !text.is_empty());
    let members = value.members.iter().map(|member| read_member(value, member)).collect();
    ClassicGroup::settled(
        value.generation,
        protocol_type,
        value.protocol.clone(),
        value.leader.clone(),
        Some(WallMs(value.current_state_timestamp)).filter(|moment| *moment != WallMs::NONE),
        members,
    )
}

/// A member knows only the protocol that was chosen after it has been loaded. When it joins again
/// with its whole list, that is a change, and the group rebalances.
fn read_member(value: &GroupMetadataValue, member: &MemberMetadata) -> Member {
    let rebalance_timeout_ms = match member.rebalance_timeout {
        // Written by a broker that knew of no rebalance timeout.
        -1 => member.session_timeout,
        ms => ms,
    };
    Member {
        id: member.member_id.clone(),
        instance: member.group_instance_id.clone(),
        client: Client { id: member.client_id.clone(), host: member.client_host.clone() },
        protocol_type: value.protocol_type.clone(),
        protocols: Protocols::only(
            value.protocol.clone().unwrap_or_default(),
            member.subscription.clone(),
        ),
        rebalance_timeout_ms,
        session_timeout_ms: member.session_timeout,
        assignment: member.assignment.clone(),
        is_new: false,
        join: None,
        sync: None,
    }
}

/// Whether a record says nothing that the group in memory does not know. It does so whenever a live
/// group has just been written; the group in memory then knows more, and stays.
///
/// A group that is rebalancing exists in memory alone: what is written of it meanwhile is the
/// record of its creation, or of the group that it was made of, with the same generation.
pub(super) fn is_known(group: &ClassicGroup, value: &GroupMetadataValue) -> bool {
    if group.generation != value.generation {
        return false;
    }
    match group.state() {
        State::PreparingRebalance | State::CompletingRebalance => true,
        State::Empty => {
            value.members.is_empty()
                && group.protocol_type.as_deref().unwrap_or("") == value.protocol_type.as_str()
                && group.since().unwrap_or(WallMs::NONE).0 == value.current_state_timestamp
        }
        State::Stable => {
            group.leader == value.leader
                && group.protocol == value.protocol
                && group.members.len() == value.members.len()
                && value.members.iter().all(|member| is_known_member(group, member))
        }
    }
}

fn is_known_member(group: &ClassicGroup, recorded: &MemberMetadata) -> bool {
    group.members.get(&recorded.member_id).is_some_and(|member| {
        member.instance == recorded.group_instance_id
            && member.client.id == recorded.client_id
            && member.client.host == recorded.client_host
            && member.rebalance_timeout_ms == recorded.rebalance_timeout
            && member.session_timeout_ms == recorded.session_timeout
            && member.assignment == recorded.assignment
            && group.metadata_of(member) == recorded.subscription
    })
}
