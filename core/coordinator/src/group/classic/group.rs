//! A classic group: its generation, its members, and how far it has come with a rebalance.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Str, WallMs};
use bytes::Bytes;
use protocol::messages::join_group_response::JoinGroupResponseMember;
use protocol::record_types::embedded::ConsumerProtocolSubscription;
use protocol::wire::{Message as _, Reader};

use super::join::Replaced;
use super::member::{Member, Protocols};

/// The protocol type of Kafka's consumers.
pub(in crate::group) const CONSUMER_PROTOCOL_TYPE: &str = "consumer";

/// How far a group has come. Kafka's fifth state, Dead, is that of a group that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::group) enum State {
    /// No members. There may be offsets.
    Empty,
    /// Members are asked to join again.
    PreparingRebalance,
    /// Members have joined; the leader's assignments are waited for.
    CompletingRebalance,
    /// Every member has its assignment, or may fetch it.
    Stable,
}

impl State {
    pub(in crate::group) fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::PreparingRebalance => "PreparingRebalance",
            State::CompletingRebalance => "CompletingRebalance",
            State::Stable => "Stable",
        }
    }
}

/// The first rebalance of a group waits for members to come (`group.initial.rebalance.delay.ms`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InitialDelay {
    /// How long is being waited now.
    pub delay_ms: u64,
    /// How much longer it may be waited if members keep coming.
    pub remaining_ms: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::group) struct ClassicGroup {
    state: State,
    previous_state: State,
    /// When the group came into its state. None if the record that it was loaded from was written
    /// by a broker that did not note it.
    since: Option<WallMs>,
    pub(super) generation: i32,
    /// None until somebody has joined.
    pub(super) protocol_type: Option<Str>,
    /// What the members have chosen for the generation.
    pub(super) protocol: Option<Str>,
    pub(super) leader: Option<Str>,
    pub(super) members: BTreeMap<Str, Member>,
    /// The member ids of static members, by instance id (KIP-345).
    pub(super) static_members: BTreeMap<Str, Str>,
    /// Ids that were handed out to clients that have not joined with them yet (KIP-394).
    pub(super) pending_joins: BTreeSet<Str>,
    /// Members of the generation that have not synced yet.
    pub(super) pending_syncs: BTreeSet<Str>,
    /// How many members have joined and wait for the others.
    awaiting_joins: usize,
    /// How many members support each protocol.
    supported: BTreeMap<Str, usize>,
    /// What the members are subscribed to, as far as the group uses the consumer protocol and it
    /// can be read.
    subscribed_topics: Option<BTreeSet<Str>>,
    pub(super) initial_delay: Option<InitialDelay>,
    /// Whether somebody has come since the initial delay was last extended.
    pub(super) new_member_added: bool,
    pub(super) replaced: Option<Replaced>,
}

impl ClassicGroup {
    pub(in crate::group) fn new(now: WallMs) -> ClassicGroup {
        ClassicGroup {
            state: State::Empty,
            previous_state: State::Empty,
            since: Some(now),
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_joins: BTreeSet::new(),
            pending_syncs: BTreeSet::new(),
            awaiting_joins: 0,
            supported: BTreeMap::new(),
            subscribed_topics: None,
            initial_delay: None,
            new_member_added: false,
            replaced: None,
        }
    }

    /// A group whose members all have their assignments, as it is loaded, or made of a group of
    /// another kind. Without members it is empty.
    pub(in crate::group) fn settled(
        generation: i32,
        protocol_type: Option<Str>,
        protocol: Option<Str>,
        leader: Option<Str>,
        since: Option<WallMs>,
        members: Vec<Member>,
    ) -> ClassicGroup {
        let mut group = ClassicGroup::new(WallMs::NONE);
        group.since = since;
        group.generation = generation;
        group.state = if members.is_empty() { State::Empty } else { State::Stable };
        for member in members {
            group.insert(member);
        }
        group.protocol_type = protocol_type;
        group.protocol = protocol;
        group.leader = leader;
        group.subscribed_topics = group.read_subscriptions();
        group
    }

    // ---- what it is ----

    pub(in crate::group) fn state(&self) -> State {
        self.state
    }

    pub(super) fn previous_state(&self) -> State {
        self.previous_state
    }

    pub(super) fn since(&self) -> Option<WallMs> {
        self.since
    }

    pub(in crate::group) fn generation(&self) -> i32 {
        self.generation
    }

    pub(in crate::group) fn protocol(&self) -> Option<&Str> {
        self.protocol.as_ref()
    }

    pub(in crate::group) fn members(&self) -> impl ExactSizeIterator<Item = &Member> {
        self.members.values()
    }

    pub(super) fn is_leader(&self, member: &str) -> bool {
        self.leader.as_deref() == Some(member)
    }

    /// Whether the members speak the protocol of Kafka's consumers, so that their subscriptions
    /// can be read.
    pub(in crate::group) fn uses_consumer_protocol(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER_PROTOCOL_TYPE)
    }

    /// # Errors
    /// UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID where another member has taken the instance id.
    pub(in crate::group) fn validate_member(
        &self,
        member: &str,
        instance: Option<&str>,
    ) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            match self.static_members.get(instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(owner) if owner != member => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        match self.members.contains_key(member) {
            true => Ok(()),
            false => Err(ErrorCode::UnknownMemberId),
        }
    }

    /// Whether a member that supports these protocols could be one of this group.
    pub(super) fn supports(&self, protocol_type: &str, protocols: &Protocols) -> bool {
        if self.state == State::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        let is_common = |name: &Str| self.supported.get(name) == Some(&self.members.len());
        // Of a group that has lost its members while it prepares, everything is common.
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.names().any(|name| is_common(name) || self.members.is_empty())
    }

    /// Whether every member has joined, and everybody who was given an id.
    pub(super) fn has_all_joined(&self) -> bool {
        self.members.len() == self.awaiting_joins && self.pending_joins.is_empty()
    }

    pub(super) fn awaiting_joins(&self) -> usize {
        self.awaiting_joins
    }

    /// The longest time that a member wants to be given to join again.
    pub(super) fn rebalance_timeout_ms(&self) -> u64 {
        let longest = self.members.values().map(|member| member.rebalance_timeout_ms).max();
        longest.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0)
    }

    /// Whether a topic is subscribed to. Of a group that uses the consumer protocol and has
    /// subscriptions that cannot be read, it is assumed.
    pub(in crate::group) fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.subscribed_topics {
            Some(topics) => topics.contains(topic),
            None => self.uses_consumer_protocol(),
        }
    }

    pub(super) fn knows_its_topics(&self) -> bool {
        self.subscribed_topics.is_some()
    }

    /// What the leader is told of all members.
    pub(super) fn roster(&self) -> Vec<JoinGroupResponseMember> {
        let of = |member: &Member| JoinGroupResponseMember {
            member_id: member.id.clone(),
            group_instance_id: member.instance.clone(),
            metadata: self.metadata_of(member),
            ..JoinGroupResponseMember::default()
        };
        self.members.values().map(of).collect()
    }

    /// What the member says for the protocol of the generation.
    pub(super) fn metadata_of(&self, member: &Member) -> Bytes {
        let protocol = self.protocol.as_deref().unwrap_or("");
        member.protocols.metadata(protocol).cloned().unwrap_or_default()
    }

    // ---- members come and go ----

    /// Adds a member. The first one makes the protocol type, and leads.
    pub(super) fn insert(&mut self, member: Member) {
        // A record that names a member twice means the last one.
        if let Some(earlier) = self.members.remove(&member.id) {
            self.count(&earlier.protocols, -1);
        }
        if let Some(instance) = &member.instance {
            self.static_members.insert(instance.clone(), member.id.clone());
        }
        if self.members.is_empty() {
            self.protocol_type = Some(member.protocol_type.clone());
        }
        if self.leader.is_none() {
            self.leader = Some(member.id.clone());
        }
        self.pending_joins.remove(&member.id);
        self.awaiting_joins += usize::from(member.join.is_some());
        self.count(&member.protocols, 1);
        self.members.insert(member.id.clone(), member);
    }

    /// Takes a member out, or an id that was handed out. If it led, another one leads.
    pub(super) fn remove(&mut self, id: &str) -> Option<Member> {
        let removed = self.members.remove(id);
        if let Some(member) = &removed {
            self.count(&member.protocols, -1);
            self.awaiting_joins -= usize::from(member.join.is_some());
            if let Some(instance) = &member.instance
                && self.static_members.get(instance).is_some_and(|owner| *owner == *id)
            {
                self.static_members.remove(instance);
            }
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        self.pending_joins.remove(id);
        self.pending_syncs.remove(id);
        removed
    }

    /// Changes a member, and counts anew what depends on it. Its id, and what its instance id is
    /// mapped to, are not for this to change.
    pub(super) fn update<T>(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Member) -> T,
    ) -> Option<T> {
        let mut member = self.members.remove(id)?;
        self.count(&member.protocols, -1);
        self.awaiting_joins -= usize::from(member.join.is_some());
        let result = change(&mut member);
        self.count(&member.protocols, 1);
        self.awaiting_joins += usize::from(member.join.is_some());
        self.members.insert(member.id.clone(), member);
        Some(result)
    }

    /// Gives a static member another id; everything else of it stays.
    pub(super) fn rename(&mut self, old: &str, new: &Str) {
        let Some(mut member) = self.members.remove(old) else { return };
        if self.is_leader(old) {
            self.leader = Some(new.clone());
        }
        if let Some(instance) = &member.instance {
            self.static_members.insert(instance.clone(), new.clone());
        }
        self.pending_syncs.remove(old);
        member.id = new.clone();
        member.is_new = false;
        self.members.insert(new.clone(), member);
    }

    fn count(&mut self, protocols: &Protocols, by: isize) {
        for name in protocols.names() {
            let count = self.supported.entry(name.clone()).or_default();
            *count = count.saturating_add_signed(by);
            if *count == 0 {
                self.supported.remove(name);
            }
        }
    }

    // ---- a rebalance ----

    pub(super) fn transition(&mut self, to: State, now: WallMs) {
        debug_assert!(
            match to {
                State::Empty | State::CompletingRebalance =>
                    self.state == State::PreparingRebalance,
                State::PreparingRebalance => self.state != State::PreparingRebalance,
                State::Stable => self.state == State::CompletingRebalance,
            },
            "{:?} comes not after {:?}",
            to,
            self.state
        );
        self.previous_state = self.state;
        self.state = to;
        self.since = Some(now);
    }

    /// Makes somebody leader who has joined, if the leader has not. False if nobody has.
    pub(super) fn elect_joined_leader(&mut self) -> bool {
        let has_joined = |id: &Str| self.members.get(id).is_some_and(|m| m.join.is_some());
        match &self.leader {
            None => false,
            Some(leader) if has_joined(leader) => true,
            Some(_) => {
                let joined = self.members.values().find(|member| member.join.is_some());
                let joined = joined.map(|member| member.id.clone());
                let is_found = joined.is_some();
                self.leader = joined.or_else(|| self.leader.take());
                is_found
            }
        }
    }

    /// Begins the next generation with those who are members now.
    pub(super) fn begin_generation(&mut self, now: WallMs) {
        self.generation = self.generation.wrapping_add(1) & i32::MAX;
        let (protocol, state) = match self.members.is_empty() {
            true => (None, State::Empty),
            false => (self.select_protocol(), State::CompletingRebalance),
        };
        self.protocol = protocol;
        self.subscribed_topics = self.read_subscriptions();
        self.transition(state, now);
        self.pending_syncs.clear();
        self.initial_delay = None;
    }

    /// Of the protocols that all members support, the one that most of them would choose first.
    pub(super) fn select_protocol(&self) -> Option<Str> {
        let mut votes: BTreeMap<&Str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let is_candidate = |name: &&Str| self.supported.get(*name) == Some(&self.members.len());
            if let Some(choice) = member.protocols.names().find(is_candidate) {
                *votes.entry(choice).or_default() += 1;
            }
        }
        let most = votes.values().copied().max()?;
        votes.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.clone())
    }

    /// The topics of all members. None if the group does not use the consumer protocol, has not
    /// chosen what to speak, or says what cannot be read.
    fn read_subscriptions(&self) -> Option<BTreeSet<Str>> {
        if !self.uses_consumer_protocol() {
            return None;
        }
        let mut topics = BTreeSet::new();
        if self.members.is_empty() {
            return Some(topics);
        }
        let protocol = self.protocol.as_deref()?;
        for member in self.members.values() {
            topics.extend(subscribed_topics(member.protocols.metadata(protocol)?)?);
        }
        Some(topics)
    }
}

/// The topics of a consumer's subscription. Version 0 is the head of every later one, so that
/// subscriptions of versions to come can be read as well.
fn subscribed_topics(metadata: &Bytes) -> Option<Vec<Str>> {
    let mut reader = Reader::new(metadata.clone());
    reader.i16().ok().filter(|version| *version >= 0)?;
    ConsumerProtocolSubscription::decode(&mut reader, 0).ok().map(|read| read.topics)
}
