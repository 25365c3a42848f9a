//! Members of a consumer group that speak the classic protocol, while the group moves from one
//! protocol to the other (KIP-848, online migration).
//!
//! Such a member joins and syncs as ever, and is answered at once: it waits for nobody, because the
//! coordinator assigns. Its generation is its member epoch. It learns that something has changed when its
//! heartbeat is answered with REBALANCE_IN_PROGRESS; it then joins again, saying what it owns, and so
//! takes one step of the reconciliation. A member that should join or sync and does not is put out when
//! its rebalance timeout is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{ErrorCode, Str};
use bytes::Bytes;
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse,
    SyncGroupRequest, SyncGroupResponse,
};
use protocol::record_types::embedded::ConsumerProtocolSubscription;
use protocol::record_types::group::consumer_group_member_metadata_value::{
    ClassicMemberMetadata, ClassicProtocol,
};

use super::decision::Decision;
use super::group::ConsumerGroup;
use super::heartbeat::{
    RegexChange, known_static_member, set_client, set_topic_names, subscription, take_over,
    unknown_member,
};
use super::member::{Member, MemberState};
use super::resolve::RegexNews;
use super::{AfterDowngrade, ConsumerTimer, Rejection, embedded, records};
use crate::group::classic::{leaving, response};
use crate::group::{Asked, Client, Group, GroupShard};
use crate::machine::{Call, Context, Output};

/// The protocol type of Kafka's consumers: no other may come into a consumer group.
const CONSUMER: &str = "consumer";

/// From this version on a client must come back with the id that it is given (KIP-394).
const MEMBER_ID_REQUIRED_FROM: i16 = 4;

impl GroupShard {
    /// A JoinGroup to a consumer group that has members.
    pub(in crate::group) fn join_consumer_group(
        &mut self,
        context: &mut Context<'_>,
        call: Call,
        asked: &Asked<JoinGroupRequest>,
        out: &mut Output<Self>,
    ) {
        let id = &asked.body.group_id;
        let new_id = Str::from(context.entropy.uuid().to_string());
        let GroupShard { groups, topic_hashes, timers, topics_created_at, .. } = self;
        let Some(Group::Consumer(group)) = groups.get(id) else { return };
        let regexes = RegexNews::of(group, timers, *topics_created_at);
        let mut decision = Decision::new(context, group, topic_hashes);
        match decision.join_classic(asked, new_id, regexes) {
            Ok(response) => {
                let outcome = decision.finish();
                self.carry_out(outcome, out);
                out.reply(call, response);
            }
            Err(Rejection { code, .. }) => out.reply(call, join_refusal("", code)),
        }
    }

    /// A SyncGroup to a consumer group.
    pub(in crate::group) fn sync_consumer_group(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<SyncGroupRequest>,
        out: &mut Output<Self>,
    ) {
        let GroupShard { groups, topic_hashes, .. } = self;
        let Some(Group::Consumer(group)) = groups.get(&asked.body.group_id) else { return };
        let mut decision = Decision::new(context, group, topic_hashes);
        let response = decision.sync_classic(&asked.body);
        let outcome = decision.finish();
        self.carry_out(outcome, out);
        out.reply(
            call,
            response.unwrap_or_else(|Rejection { code, .. }| SyncGroupResponse {
                error_code: code.code(),
                protocol_type: None,
                protocol_name: None,
                ..SyncGroupResponse::default()
            }),
        );
    }

    /// A Heartbeat to a consumer group.
    ///
    /// # Errors
    /// What the member is to hear, REBALANCE_IN_PROGRESS among it.
    pub(in crate::group) fn heartbeat_consumer_group(
        &mut self,
        context: &Context<'_>,
        request: &HeartbeatRequest,
        out: &mut Output<Self>,
    ) -> Result<(), ErrorCode> {
        let GroupShard { groups, topic_hashes, .. } = self;
        let Some(Group::Consumer(group)) = groups.get(&request.group_id) else {
            return Err(ErrorCode::UnknownMemberId);
        };
        let mut decision = Decision::new(context, group, topic_hashes);
        let heard = decision.heartbeat_classic(request);
        let outcome = decision.finish();
        self.carry_out(outcome, out);
        heard.map_err(|rejection| rejection.code)
    }

    /// A LeaveGroup to a consumer group.
    pub(in crate::group) fn leave_consumer_group(
        &mut self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<LeaveGroupRequest>,
        out: &mut Output<Self>,
    ) {
        let GroupShard { groups, topic_hashes, .. } = self;
        let Some(Group::Consumer(group)) = groups.get(&asked.body.group_id) else { return };
        let mut responses = Vec::new();
        let mut gone: BTreeMap<&Str, &Member> = BTreeMap::new();
        for identity in leaving(asked) {
            let found = leaving_member(group, &identity);
            let code = found.as_ref().err().map_or(ErrorCode::None, |rejection| rejection.code);
            responses.push(response(&identity, code));
            if let Ok(member) = found {
                gone.insert(&member.id, member);
            }
        }
        let mut decision = Decision::new(context, group, topic_hashes);
        decision.fence(&gone.into_values().collect::<Vec<_>>());
        let outcome = decision.finish();
        self.carry_out(outcome, out);
        let response = LeaveGroupResponse { members: responses, ..LeaveGroupResponse::default() };
        out.reply(call, response);
    }
}

/// Who is meant. An administrator names static members by their instance ids alone.
fn leaving_member<'g>(
    group: &'g ConsumerGroup,
    identity: &MemberIdentity,
) -> Result<&'g Member, Rejection> {
    let id = &identity.member_id;
    match &identity.group_instance_id {
        None => group.members.get(id).ok_or_else(|| unknown_member(id, &group.id)),
        Some(instance) => {
            let existing = group.static_member(instance);
            let id = match existing {
                Some(existing) if id.is_empty() => &existing.id,
                _ => id,
            };
            known_static_member(existing, id, instance)
        }
    }
}

impl<'a> Decision<'a> {
    fn join_classic(
        &mut self,
        asked: &Asked<JoinGroupRequest>,
        new_id: Str,
        regexes: RegexNews,
    ) -> Result<JoinGroupResponse, Rejection> {
        let request = &asked.body;
        let inconsistent = |message| Rejection::new(ErrorCode::InconsistentGroupProtocol, message);
        if self.migration() == super::migrate::Policy::Disabled {
            return Err(inconsistent(format!(
                "Cannot join the consumer group {} with the classic protocol because the group \
                 migration is disabled.",
                self.id()
            )));
        }
        let is_unknown = request.member_id.is_empty();
        let member_id = if is_unknown { new_id } else { request.member_id.detached() };
        let instance = request.group_instance_id.as_ref();
        self.check_size(&member_id, instance.map(Str::as_str))?;
        let names = request.protocols.iter().map(|protocol| &protocol.name);
        if request.protocol_type != CONSUMER || !self.group.supports_classic_protocols(names) {
            return Err(inconsistent(format!("Member {member_id}'s protocols are not supported.")));
        }
        if is_unknown && instance.is_none() && asked.version >= MEMBER_ID_REQUIRED_FROM {
            return Ok(join_refusal(&member_id, ErrorCode::MemberIdRequired));
        }
        let existing = instance.and_then(|instance| self.group.static_member(instance));
        let member = self.classic_member(&member_id, instance, existing, is_unknown)?;
        let said = request
            .protocols
            .first()
            .and_then(|first| embedded::read_subscription(&first.metadata));
        let said = said.ok_or_else(|| {
            inconsistent(
                "Malformed embedded consumer protocol in subscription deserialization.".to_owned(),
            )
        })?;
        let after = joined(&member, request, &said, &asked.client, asked.version);
        let owned = embedded::owned_partitions(&said.owned_partitions, self.image);

        if after != member {
            self.write(records::member_metadata(self.id(), &after));
        }
        let names_changed = after.topic_names != member.topic_names;
        let regex_changed = self.check_regexes(&member, &after, regexes)? != RegexChange::None;
        let subscription = subscription(names_changed || regex_changed);
        let is_changed = names_changed || regex_changed;
        let (epoch, kind) = match is_changed || !self.group.has_checked_metadata {
            true => self.check_subscription(&member, &after, subscription),
            false => (self.group.epoch, None),
        };
        let downgraded = existing.filter(|existing| self.may_downgrade_with(existing));
        let after = match downgraded {
            // A member that has another subscription joins again after the downgrade anyway.
            Some(existing) if self.group.target.epoch < epoch => {
                self.downgrade_with(existing, &after, AfterDowngrade::Rebalance)?;
                after
            }
            Some(existing) => {
                let target = (self.group.target.epoch, self.group.target_of(&after));
                let after = self.reconcile(after, target, subscription, Some(&owned))?;
                self.downgrade_with(existing, &after, AfterDowngrade::Settled)?;
                after
            }
            None => {
                let target = self.update_target(epoch, &member, &after, kind)?;
                self.reconcile(after, target, subscription, Some(&owned))?
            }
        };
        let group = self.id().clone();
        self.cancel(ConsumerTimer::Join(group.clone(), after.id.clone()));
        if downgraded.is_none() {
            self.set_session(&after.id, request.session_timeout_ms);
            let sync = ConsumerTimer::Sync(group, after.id.clone());
            self.set(sync, after.rebalance_timeout_ms);
        }
        Ok(JoinGroupResponse {
            member_id: after.id.clone(),
            generation_id: after.epoch,
            protocol_type: Some(Str::from_static(CONSUMER)),
            protocol_name: first_protocol(&after).map(|protocol| protocol.name.clone()),
            ..JoinGroupResponse::default()
        })
    }

    /// The member that joins. A static member that does not say which one it was takes over from
    /// whoever had its instance id.
    fn classic_member(
        &mut self,
        member_id: &Str,
        instance: Option<&Str>,
        existing: Option<&Member>,
        is_unknown: bool,
    ) -> Result<Member, Rejection> {
        let known = || self.group.members.get(member_id).cloned();
        let Some(instance) = instance else {
            return Ok(known().unwrap_or_else(|| Member::new(member_id.clone())));
        };
        if !is_unknown {
            return known_static_member(existing, member_id, instance).cloned();
        }
        let Some(existing) = existing else {
            return Ok(known().unwrap_or_else(|| Member::new(member_id.clone())));
        };
        let member = existing.replaced_by(member_id.clone());
        self.replace(existing, &member);
        Ok(member)
    }

    fn sync_classic(&mut self, request: &SyncGroupRequest) -> Result<SyncGroupResponse, Rejection> {
        let instance = request.group_instance_id.as_deref();
        let (member, classic) =
            self.speaking_classic(&request.member_id, instance, request.generation_id)?;
        let inconsistent = || {
            Rejection::new(ErrorCode::InconsistentGroupProtocol, "it is not what was joined with")
        };
        let protocol = first_protocol(member).ok_or_else(inconsistent)?;
        let is_other_type = request.protocol_type.as_ref().is_some_and(|of| *of != CONSUMER);
        let is_other_name = request.protocol_name.as_ref().is_some_and(|of| *of != protocol.name);
        if is_other_type || is_other_name {
            return Err(inconsistent());
        }
        // A member that is to give partitions back has joined already; it joins again when it has.
        if self.group.target.epoch > member.epoch
            && member.state != MemberState::UnrevokedPartitions
        {
            return Err(self.must_rejoin(member));
        }
        self.cancel(ConsumerTimer::Sync(self.id().clone(), member.id.clone()));
        self.set_session(&member.id, classic.session_timeout_ms);
        let version = embedded::version_of(&protocol.metadata).ok_or_else(inconsistent)?;
        let assigned = embedded::owned_lists(&member.assigned);
        Ok(SyncGroupResponse {
            protocol_type: request.protocol_type.clone(),
            protocol_name: request.protocol_name.clone(),
            assignment: embedded::write_assignment(assigned, version, self.image),
            ..SyncGroupResponse::default()
        })
    }

    fn heartbeat_classic(&mut self, request: &HeartbeatRequest) -> Result<(), Rejection> {
        let instance = request.group_instance_id.as_deref();
        let (member, classic) =
            self.speaking_classic(&request.member_id, instance, request.generation_id)?;
        self.set_session(&member.id, classic.session_timeout_ms);
        let can_go_on = match member.state {
            MemberState::UnrevokedPartitions => true,
            MemberState::UnreleasedPartitions => !self.group.waits_for_release(member),
            MemberState::Stable | MemberState::Unknown => false,
        };
        if can_go_on || member.epoch < self.group.target.epoch {
            return Err(self.must_rejoin(member));
        }
        Ok(())
    }

    /// The member that asks, if it is a classic one and in the epoch that it says.
    fn speaking_classic(
        &self,
        member_id: &Str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(&'a Member, &'a ClassicMemberMetadata), Rejection> {
        let group = self.group;
        let member = match instance {
            None => {
                group.members.get(member_id).ok_or_else(|| unknown_member(member_id, &group.id))?
            }
            Some(instance) => {
                known_static_member(group.static_member(instance), member_id, instance)?
            }
        };
        let classic = member.classic.as_deref().ok_or_else(|| {
            let message = format!("Member {member_id} does not use the classic protocol.");
            Rejection::new(ErrorCode::UnknownMemberId, message)
        })?;
        if member.epoch != generation {
            return Err(Rejection::new(
                ErrorCode::IllegalGeneration,
                format!(
                    "The request generation id {generation} is not equal to the member epoch {} of \
                     member {member_id}.",
                    member.epoch
                ),
            ));
        }
        Ok((member, classic))
    }

    /// The member has as long as a rebalance may take.
    fn must_rejoin(&mut self, member: &Member) -> Rejection {
        let timer = ConsumerTimer::Join(self.id().clone(), member.id.clone());
        self.set_if_absent(timer, member.rebalance_timeout_ms);
        Rejection::new(
            ErrorCode::RebalanceInProgress,
            format!(
                "A new rebalance is triggered in group {} and member {} should rejoin to catch up.",
                self.id(),
                member.id
            ),
        )
    }
}

/// The member as it is with what it joins with.
fn joined(
    member: &Member,
    request: &JoinGroupRequest,
    said: &ConsumerProtocolSubscription,
    client: &Client,
    version: i16,
) -> Member {
    let mut joined = member.clone();
    take_over(&mut joined.instance_id, &request.group_instance_id);
    take_over(&mut joined.rack_id, &said.rack_id.clone().filter(|rack| !rack.is_empty()));
    match version {
        // There was one timeout for both.
        0 => joined.rebalance_timeout_ms = request.session_timeout_ms,
        _ if request.rebalance_timeout_ms != -1 => {
            joined.rebalance_timeout_ms = request.rebalance_timeout_ms;
        }
        _ => {}
    }
    set_topic_names(&mut joined, &said.topics);
    // Their regular expressions classic members resolve themselves.
    joined.topic_regex = Some(Str::EMPTY);
    set_client(&mut joined, client);
    let protocols = request.protocols.iter().map(|protocol| ClassicProtocol {
        name: protocol.name.detached(),
        metadata: Bytes::copy_from_slice(&protocol.metadata),
        ..ClassicProtocol::default()
    });
    let classic = ClassicMemberMetadata {
        session_timeout_ms: request.session_timeout_ms,
        supported_protocols: protocols.collect(),
        ..ClassicMemberMetadata::default()
    };
    if joined.classic.as_deref() != Some(&classic) {
        joined.classic = Some(Arc::new(classic));
    }
    joined
}

/// What a classic member is told that it speaks: what it wants most.
fn first_protocol(member: &Member) -> Option<&ClassicProtocol> {
    member.classic.as_ref()?.supported_protocols.first()
}

fn join_refusal(member_id: &str, code: ErrorCode) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: code.code(),
        generation_id: -1,
        protocol_type: None,
        protocol_name: None,
        member_id: Str::from(member_id),
        ..JoinGroupResponse::default()
    }
}
