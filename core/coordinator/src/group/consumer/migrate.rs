//! Makes a classic group a consumer group, and back, while its members go on (KIP-848).
//!
//! A classic group becomes a consumer group when the first member that speaks the consumer protocol comes
//! to it. Its members stay as classic members of the consumer group, and keep what their leader assigned.
//! A consumer group becomes a classic group when the last member that speaks the consumer protocol has
//! gone, or has come back as a classic member under its instance id.
//!
//! Either way the records of the old group get tombstones, and those of the new one stand behind
//! them in one batch.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::config::ServerConfig;
use base::{ErrorCode, Str, WallMs};
use protocol::record_types::group::consumer_group_member_metadata_value::{
    ClassicMemberMetadata, ClassicProtocol,
};

use super::decision::Decision;
use super::group::ConsumerGroup;
use super::heartbeat::{set_client, set_topic_names};
use super::member::{Member, MemberState, owned_since};
use super::{AfterDowngrade, ConsumerTimer, Rejection, embedded, records};
use crate::group::assignor::Partitions;
use crate::group::classic::{self, ClassicGroup, Joined};
use crate::group::{Client, Group, GroupRecord, GroupShard};
use crate::machine::{Context, Output};

/// `group.consumer.migration.policy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Disabled,
    Upgrade,
    Downgrade,
    Bidirectional,
}

impl Policy {
    pub(super) fn of(config: &ServerConfig) -> Policy {
        match config.consumer_groups.migration_policy.to_ascii_lowercase().as_str() {
            "disabled" => Policy::Disabled,
            "upgrade" => Policy::Upgrade,
            "downgrade" => Policy::Downgrade,
            _ => Policy::Bidirectional,
        }
    }

    fn allows_upgrade(self) -> bool {
        matches!(self, Policy::Upgrade | Policy::Bidirectional)
    }

    fn allows_downgrade(self) -> bool {
        matches!(self, Policy::Downgrade | Policy::Bidirectional)
    }
}

/// A consumer group that a classic one is to become.
pub(super) struct Upgrade {
    pub(super) group: ConsumerGroup,
    /// What makes it: to be written before anything else of it.
    pub(super) records: Vec<GroupRecord>,
}

impl Upgrade {
    /// A group that begins.
    pub(super) fn of_nothing(id: &Str) -> Upgrade {
        Upgrade { group: ConsumerGroup::new(id.detached()), records: Vec::new() }
    }
}

impl Decision<'_> {
    /// Begins with a group that is not there yet.
    pub(super) fn begin(&mut self, made: &Upgrade) {
        self.outcome.records.extend(made.records.iter().cloned());
        for member in made.group.members.values() {
            if let Some(classic) = &member.classic {
                self.set_session(&member.id, classic.session_timeout_ms);
            }
        }
    }
}

// ---- classic to consumer ----

impl GroupShard {
    /// What the classic group `id` becomes. Nothing has happened to it yet.
    ///
    /// # Errors
    /// GROUP_ID_NOT_FOUND with the reason for which it must stay what it is.
    pub(super) fn upgrade(
        &mut self,
        context: &Context<'_>,
        id: &Str,
    ) -> Result<Upgrade, Rejection> {
        let Some(Group::Classic(classic)) = self.groups.get(id) else {
            return Err(refusal(format!("Group {id} is not a consumer group.")));
        };
        let mut made = vec![classic::tombstone(id)];
        if classic.state() == classic::State::Empty {
            return Ok(Upgrade { group: ConsumerGroup::new(id.detached()), records: made });
        }
        check_upgrade(context.config, id, classic)?;
        let mut group = ConsumerGroup::new(id.detached());
        group.epoch = classic.generation();
        group.target.epoch = classic.generation();
        for member in classic.members() {
            let (member, assigned) = upgraded_member(context, id, classic, member)?;
            group.target.members.insert(member.id.clone(), Arc::new(assigned));
            group.put(None, member);
        }
        group.metadata_hash = self.topic_hashes.of_group(group.subscribed.names(), context.image);
        write_whole(&group, &mut made);
        Ok(Upgrade { group, records: made })
    }

    /// Sends those away who wait for a classic group that is to become a consumer group.
    pub(super) fn dismiss_waiting(
        &mut self,
        context: &Context<'_>,
        id: &Str,
        out: &mut Output<GroupShard>,
    ) {
        if let Some(mut turn) = self.classic_turn(context, id, out) {
            turn.dismiss_waiting();
        }
    }

    /// Writes the end of a consumer group without members, so that the id is free for a group of
    /// another kind.
    pub(in crate::group) fn end_empty_consumer_group(
        &mut self,
        id: &str,
        out: &mut Output<GroupShard>,
    ) {
        let Some(group) = self.consumer_group(id) else { return };
        for record in end_of(group, None) {
            out.write(record);
        }
        self.groups.remove(id);
    }
}

fn refusal(message: String) -> Rejection {
    Rejection::new(ErrorCode::GroupIdNotFound, message)
}

fn check_upgrade(config: &ServerConfig, id: &Str, classic: &ClassicGroup) -> Result<(), Rejection> {
    let cannot = |reason: &str| {
        Err(refusal(format!(
            "Cannot upgrade classic group {id} to consumer group because {reason}."
        )))
    };
    let size_max = usize::try_from(config.consumer_groups.max_size).unwrap_or(0);
    if !Policy::of(config).allows_upgrade() {
        cannot("online upgrade is disabled")
    } else if !classic.uses_consumer_protocol() {
        cannot("the group does not use the consumer embedded protocol")
    } else if classic.members().len() > size_max {
        cannot("the group size exceeds the consumer group maximum size")
    } else {
        Ok(())
    }
}

/// A member of a classic group as a member of the consumer group that it becomes, and what it has.
fn upgraded_member(
    context: &Context<'_>,
    id: &Str,
    group: &ClassicGroup,
    classic: &classic::Member,
) -> Result<(Member, Partitions), Rejection> {
    let malformed = || {
        refusal(format!(
            "Cannot upgrade classic group {id} to consumer group because the embedded consumer \
             protocol is malformed."
        ))
    };
    // A member that has just joined, and has never synced, has nothing.
    let assigned = match classic.assignment.is_empty() {
        true => Partitions::new(),
        false => {
            let assignment =
                embedded::read_assignment(&classic.assignment).ok_or_else(malformed)?;
            if assignment.user_data.as_ref().is_some_and(|data| !data.is_empty()) {
                return Err(refusal(format!(
                    "Cannot upgrade classic group {id} to consumer group because an unsupported \
                     custom assignor is in use. Please refer to the documentation or switch to a \
                     default assignor before re-attempting the upgrade."
                )));
            }
            embedded::assigned_partitions(&assignment, context.image)
        }
    };
    // Before the first generation nothing has been chosen: what the member wants most will do.
    let chosen = group.protocol().and_then(|protocol| classic.protocols.metadata(protocol));
    let metadata = chosen.or_else(|| classic.protocols.iter().next().map(|(_, data)| data));
    let said = metadata.and_then(embedded::read_subscription).ok_or_else(malformed)?;
    let mut member = Member::new(classic.id.detached());
    member.epoch = group.generation();
    member.previous_epoch = group.generation();
    member.state = MemberState::Stable;
    member.instance_id = classic.instance.as_ref().map(Str::detached);
    member.rack_id = said.rack_id.filter(|rack| !rack.is_empty());
    member.rebalance_timeout_ms = classic.rebalance_timeout_ms;
    set_client(&mut member, &classic.client);
    set_topic_names(&mut member, &said.topics);
    member.assigned = Arc::new(owned_since(group.generation(), &assigned));
    let protocols = classic.protocols.iter().map(|(name, metadata)| ClassicProtocol {
        name: name.clone(),
        metadata: metadata.clone(),
        ..ClassicProtocol::default()
    });
    member.classic = Some(Arc::new(ClassicMemberMetadata {
        session_timeout_ms: classic.session_timeout_ms,
        supported_protocols: protocols.collect(),
        ..ClassicMemberMetadata::default()
    }));
    Ok((member, assigned))
}

fn write_whole(group: &ConsumerGroup, made: &mut Vec<GroupRecord>) {
    let id = &group.id;
    made.extend(group.members.values().map(|member| records::member_metadata(id, member)));
    made.push(records::group_epoch(id, group.epoch, group.metadata_hash));
    for (member, partitions) in &group.target.members {
        made.push(records::target_member(id, member, partitions));
    }
    made.push(records::target_epoch(id, group.target.epoch, WallMs(group.target.timestamp)));
    made.extend(group.members.values().map(|member| records::current_assignment(id, member)));
}

// ---- consumer to classic ----

/// The tombstones of a whole group. `replaced` is a member and the id under which it stands in the
/// log by now.
pub(super) fn end_of(group: &ConsumerGroup, replaced: Option<(&Str, &Str)>) -> Vec<GroupRecord> {
    let id = &group.id;
    let members: Vec<&Str> = group
        .members
        .keys()
        .map(|member| match replaced {
            Some((old, new)) if old == member => new,
            _ => member,
        })
        .collect();
    let mut end = Vec::new();
    end.extend(members.iter().map(|member| records::no_current_assignment(id, member)));
    end.extend(members.iter().map(|member| records::no_target_member(id, member)));
    end.push(records::no_target(id));
    end.extend(members.iter().map(|member| records::no_member_metadata(id, member)));
    end.extend(group.resolved.keys().map(|regex| records::no_regex(id, regex)));
    end.push(records::no_partition_metadata(id));
    end.push(records::no_group(id));
    end
}

impl Decision<'_> {
    pub(super) fn migration(&self) -> Policy {
        Policy::of(self.config)
    }

    /// Whether the members that stay are all classic ones, there are some, and they may be a
    /// classic group.
    fn may_be_classic(&self, stay: usize, classic_stay: usize) -> bool {
        let size_max = usize::try_from(self.config.groups.group_max_size).unwrap_or(0);
        classic_stay == stay && stay > 0 && self.migration().allows_downgrade() && stay <= size_max
    }

    pub(super) fn may_downgrade_without(&self, leaving: &[&Member]) -> bool {
        let classic = leaving.iter().filter(|member| member.uses_classic_protocol()).count();
        let stay = self.group.members.len().saturating_sub(leaving.len());
        self.may_be_classic(stay, self.group.classic_members.saturating_sub(classic))
    }

    /// Whether `replaced` is the last member that speaks the consumer protocol, now that it has come
    /// back as a classic one.
    pub(super) fn may_downgrade_with(&self, replaced: &Member) -> bool {
        let all = self.group.members.len();
        !replaced.uses_classic_protocol()
            && self.may_be_classic(all, self.group.classic_members + 1)
    }

    /// False if the classic members cannot be understood; nothing has been decided then.
    pub(super) fn downgrade_without(&mut self, leaving: &[&Member]) -> bool {
        let leaving: BTreeSet<&Str> = leaving.iter().map(|member| &member.id).collect();
        let stays = |member: &&Member| !leaving.contains(&member.id);
        let members: Vec<_> = self
            .group
            .members
            .values()
            .filter(stays)
            .map(|member| (member, self.group.target.members.get(&member.id)))
            .collect();
        let Some(group) = self.classic_group(&members) else { return false };
        self.downgrade(group, end_of(self.group, None), AfterDowngrade::Rebalance);
        true
    }

    /// The group with `joining` in the place of `replaced`, as a classic group.
    ///
    /// # Errors
    /// GROUP_ID_NOT_FOUND if a classic member cannot be understood.
    pub(super) fn downgrade_with(
        &mut self,
        replaced: &Member,
        joining: &Member,
        after: AfterDowngrade,
    ) -> Result<(), Rejection> {
        let members: Vec<_> = self
            .group
            .members
            .values()
            .map(|member| {
                let target = self.group.target.members.get(&member.id);
                (if member.id == replaced.id { joining } else { member }, target)
            })
            .collect();
        let id = self.id();
        let group = self.classic_group(&members).ok_or_else(|| {
            refusal(format!(
                "Cannot downgrade the classic group {id}: a member's protocols cannot be read."
            ))
        })?;
        // The log has the joining member in the place of the other one by now.
        let end = end_of(self.group, Some((&replaced.id, &joining.id)));
        self.downgrade(group, end, after);
        Ok(())
    }

    fn downgrade(&mut self, group: ClassicGroup, end: Vec<GroupRecord>, after: AfterDowngrade) {
        let id = self.id();
        for record in end {
            self.write(record);
        }
        self.write(classic::record(id, &group));
        for member in self.group.members.keys() {
            self.cancel_all(member);
        }
        self.cancel(ConsumerTimer::Regexes(id.clone()));
        self.set(ConsumerTimer::Downgraded(id.clone(), after), 0);
        self.outcome.made_classic = Some(group);
    }

    /// A classic group of these members, each with what it was to have.
    fn classic_group(
        &self,
        members: &[(&Member, Option<&Arc<Partitions>>)],
    ) -> Option<ClassicGroup> {
        let joined = members.iter().map(|(member, _)| {
            let classic = member.classic.as_deref()?;
            let protocols = classic.supported_protocols.iter();
            Some(Joined {
                id: member.id.clone(),
                instance: member.instance_id.clone(),
                client: Client { id: member.client_id.clone(), host: member.client_host.clone() },
                rebalance_timeout_ms: member.rebalance_timeout_ms,
                session_timeout_ms: classic.session_timeout_ms,
                protocols: protocols.map(|one| (one.name.clone(), one.metadata.clone())).collect(),
            })
        });
        let mut group =
            ClassicGroup::made_of(self.group.epoch, self.wall, joined.collect::<Option<_>>()?);
        for (member, target) in members {
            let version = embedded::version_of(&group.said_by(&member.id)?)?;
            let nothing = Partitions::new();
            let partitions = embedded::lists(target.map_or(&nothing, |target| &**target));
            let assignment = embedded::write_assignment(partitions, version, self.image);
            group.set_assignment(&member.id, assignment);
        }
        Some(group)
    }
}

impl GroupShard {
    /// A consumer group has become a classic one: sessions begin, and a rebalance if there must be
    /// one.
    pub(super) fn begin_as_classic(
        &mut self,
        context: &Context<'_>,
        id: &Str,
        after: AfterDowngrade,
        out: &mut Output<GroupShard>,
    ) {
        let Some(mut turn) = self.classic_turn(context, id, out) else { return };
        turn.begin_as_made();
        match after {
            AfterDowngrade::Rebalance => turn.prepare(),
            AfterDowngrade::Settled => {}
        }
    }

    /// The classic group that the consumer group `id` has been made, if its record is being applied.
    /// It knows more of its members than the record does.
    pub(in crate::group) fn take_made_classic(&mut self, id: &str) -> Option<ClassicGroup> {
        self.made_classic.take_if(|(made, _)| **made == *id).map(|(_, group)| group)
    }
}
