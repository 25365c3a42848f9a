//! One member of a classic group.

use std::collections::BTreeSet;

use base::Str;
use bytes::Bytes;
use metadata::Entropy;
use protocol::messages::join_group_request::JoinGroupRequestProtocol;

use crate::group::Client;
use crate::machine::Call;

#[derive(Clone, Debug, PartialEq)]
pub(in crate::group) struct Member {
    pub id: Str,
    /// Set for a static member (KIP-345).
    pub instance: Option<Str>,
    pub client: Client,
    pub protocol_type: Str,
    pub protocols: Protocols,
    pub rebalance_timeout_ms: i32,
    pub session_timeout_ms: i32,
    pub assignment: Bytes,
    /// Whether the member has not been part of a generation yet. Such a member does not heartbeat,
    /// and its JoinGroup is given up after a while.
    pub is_new: bool,
    /// The JoinGroup that waits for the other members.
    pub join: Option<Call>,
    /// The SyncGroup that waits for the leader's assignments.
    pub sync: Option<Call>,
}

impl Member {
    /// Whether the member need not heartbeat: it waits for an answer.
    pub(super) fn is_waiting(&self) -> bool {
        !self.is_new && (self.join.is_some() || self.sync.is_some())
    }

    pub(super) fn session_timeout_ms(&self) -> u64 {
        u64::try_from(self.session_timeout_ms).unwrap_or(0)
    }
}

/// What a member supports, most wanted first, each with what it says for it. A name stands once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::group) struct Protocols(Vec<(Str, Bytes)>);

impl Protocols {
    /// As a request lists them. They outlive it, so they are copied.
    pub(super) fn of_request(listed: &[JoinGroupRequestProtocol]) -> Protocols {
        let (mut protocols, mut names) = (Protocols::default(), BTreeSet::new());
        for protocol in listed {
            if names.insert(&protocol.name) {
                let metadata = Bytes::copy_from_slice(&protocol.metadata);
                protocols.0.push((protocol.name.detached(), metadata));
            }
        }
        protocols
    }

    pub(in crate::group) fn only(name: Str, metadata: Bytes) -> Protocols {
        Protocols(vec![(name, metadata)])
    }

    pub(in crate::group) fn names(&self) -> impl Iterator<Item = &Str> {
        self.0.iter().map(|(name, _)| name)
    }

    pub(in crate::group) fn iter(&self) -> impl ExactSizeIterator<Item = &(Str, Bytes)> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::group) fn metadata(&self, name: &str) -> Option<&Bytes> {
        self.0.iter().find(|(own, _)| *own == *name).map(|(_, metadata)| metadata)
    }
}

impl FromIterator<(Str, Bytes)> for Protocols {
    fn from_iter<T: IntoIterator<Item = (Str, Bytes)>>(pairs: T) -> Protocols {
        Protocols(pairs.into_iter().collect())
    }
}

/// An id for a member that has none: its instance id, or else what the client calls itself, and a
/// random UUID as Java writes it.
pub(in crate::group) fn new_member_id(
    client: &Client,
    instance: Option<&Str>,
    entropy: &mut Entropy,
) -> Str {
    let name = instance.unwrap_or(&client.id);
    let high = entropy.bits() & !0xf000 | 0x4000;
    let low = entropy.bits() & !(0b11 << 62) | 0b10 << 62;
    let uuid = format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    );
    Str::from(format!("{name}-{uuid}"))
}
