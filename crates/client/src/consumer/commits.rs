//! A consumer's dealings with its group: it subscribes, follows what the group decides, and commits.
//!
//! What is committed of a partition is its position: the offset after the last record that was handed
//! out. Committing at the beginning of a `poll` therefore vouches for what earlier polls returned, and
//! for nothing that the caller has not seen yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base::{ErrorCode, Offset, Str, TopicPartition};
use tokio::time::{Instant, sleep};

use super::commit_queue::{Commit, CommitQueue};
use super::group::coordinator::Coordinator;
use super::group::offsets::{Identity, Stability};
use super::group::{
    Change, CommittedOffset, Membership, Offsets, RebalanceListener, offsets, passes,
};
use super::{Consumer, Ended, Position};
use crate::admin::Admin;
use crate::backoff::Backoff;
use crate::cluster::{AutoCreate, Cluster};
use crate::config::{ConsumerConfig, Isolation};
use crate::error::{Error, Result};

/// How long a topic that was not there is left alone before it is looked for again.
const MISSING_TOPIC_PAUSE: Duration = Duration::from_secs(1);

/// What a consumer with a `group.id` has besides its partitions.
#[derive(Debug)]
pub(super) struct GroupSide {
    coordinator: Arc<Coordinator>,
    subscription: Option<Subscription>,
    listener: Listener,
    next_auto_commit: Instant,
    /// The last one, while what has come of it is not known.
    auto_commit: Option<(Offsets, Commit)>,
    /// Whether a request for committed offsets is under way. There is one at most: the reply to an earlier
    /// one cannot be told from that to a later one.
    is_asking: bool,
    /// When committed offsets are asked for again after an error that may pass.
    retry_at: Option<Instant>,
    backoff: Backoff,
    /// The commits that are not waited for.
    commits: CommitQueue,
}

#[derive(Debug)]
struct Subscription {
    wanted: Wanted,
    /// The topics that are wanted, by name.
    topics: BTreeSet<Str>,
    /// When they are looked for again.
    look_again: Option<Instant>,
    membership: Membership,
    /// What the group has decided and this consumer has not carried out yet. It stays here while a
    /// `poll` waits in the middle of it, because that may be dropped.
    pending: Option<Pending>,
    /// The caller wants no part in it any more, and the group has not been left yet.
    is_leaving: bool,
}

#[derive(Debug)]
enum Pending {
    Change(Change),
    /// The listener has been heard: these offsets are committed before the partitions go.
    Revocation {
        partitions: BTreeSet<TopicPartition>,
        offsets: Offsets,
    },
}

/// A request for committed offsets that has ended.
#[derive(Debug)]
pub(super) struct FoundCommitted {
    asked: Vec<TopicPartition>,
    found: Result<Offsets>,
}

enum Wanted {
    Topics,
    Matching(Box<dyn Fn(&str) -> bool + Send + Sync>),
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wanted::Topics => "Topics",
            Wanted::Matching(_) => "Matching",
        })
    }
}

#[derive(Default)]
struct Listener(Option<Box<dyn RebalanceListener>>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Listener" } else { "none" })
    }
}

impl GroupSide {
    pub fn new(cluster: &Cluster, config: &ConsumerConfig) -> GroupSide {
        let client = &config.client;
        GroupSide {
            coordinator: Arc::new(Coordinator::new(cluster.clone(), &config.group_id)),
            subscription: None,
            listener: Listener::default(),
            next_auto_commit: Instant::now() + config.auto_commit_interval,
            auto_commit: None,
            is_asking: false,
            retry_at: None,
            backoff: Backoff::new(client.retry_backoff, client.retry_backoff_max),
            commits: CommitQueue::default(),
        }
    }

    /// Returns when the group wants the consumer's attention.
    pub async fn woken(side: &Option<GroupSide>) {
        match side.as_ref().and_then(|side| side.subscription.as_ref()) {
            Some(subscription) => subscription.membership.woken().await,
            None => std::future::pending().await,
        }
    }

    /// The earlier one of `at` and when the group side has something to do.
    pub fn wake_at(&self, at: Instant, config: &ConsumerConfig) -> Instant {
        let look_again = self.subscription.as_ref().and_then(|s| s.look_again);
        let auto_commit = config.auto_commit.then_some(self.next_auto_commit);
        [self.retry_at, look_again, auto_commit].into_iter().flatten().fold(at, Instant::min)
    }

    fn identity(&self) -> Identity {
        let subscription = self.subscription.as_ref();
        subscription.map_or(Identity::NOBODY, |subscription| subscription.membership.identity())
    }
}

impl Consumer {
    /// Joins the group of `group.id` and shares these topics with its members. Replaces an earlier
    /// subscription or assignment; partitions come with the polls that follow.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a `group.id`.
    pub fn subscribe<T: Into<Str>>(&mut self, topics: impl IntoIterator<Item = T>) -> Result<()> {
        self.want(Wanted::Topics, topics.into_iter().map(Into::into).collect())
    }

    /// Subscribes to every topic whose name matches, those that are created later included. Topics
    /// that brokers keep for themselves are left out.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a `group.id`.
    pub fn subscribe_matching(
        &mut self,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<()> {
        self.want(Wanted::Matching(Box::new(matches)), BTreeSet::new())
    }

    /// Who hears of partitions that come and go.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a `group.id`.
    pub fn set_listener(&mut self, listener: impl RebalanceListener + 'static) -> Result<()> {
        self.side()?.listener = Listener(Some(Box::new(listener)));
        Ok(())
    }

    /// The topics of the subscription, as far as they are known.
    pub fn subscription(&self) -> impl Iterator<Item = &Str> {
        let subscription = self.group.as_ref().and_then(|side| side.subscription.as_ref());
        subscription.into_iter().flat_map(|subscription| &subscription.topics)
    }

    /// Whether the group has told this member its partitions and no rebalance is under way.
    pub fn is_stable(&self) -> bool {
        let subscription = self.group.as_ref().and_then(|side| side.subscription.as_ref());
        subscription.is_some_and(|subscription| {
            subscription.pending.is_none() && subscription.membership.is_stable()
        })
    }

    /// Leaves the group and reads nothing any more. What is to be committed is committed first. It waits
    /// for no rebalance; each of its requests takes `request.timeout.ms` at most.
    ///
    /// # Errors
    /// Of the commit, or of leaving: the group then finds out by itself.
    pub async fn unsubscribe(&mut self) -> Result<()> {
        match self.subscribed() {
            Some(subscription) => subscription.is_leaving = true,
            None => self.partitions.clear(),
        }
        self.go_on_leaving().await
    }

    /// Commits what was handed out, with `enable.auto.commit`, and leaves the group.
    ///
    /// # Errors
    /// Of the commit, or of leaving: the group then finds out by itself.
    pub async fn close(mut self) -> Result<()> {
        let committed = match self.group.is_some() && self.config.auto_commit {
            true if !self.is_subscribed() => self.commit().await,
            _ => Ok(()),
        };
        if self.group.is_some() {
            self.earlier_commits_done().await?;
        }
        let left = self.unsubscribe().await;
        committed.and(left)
    }

    // ---- committing ----

    /// Commits the position of every partition and waits until the group has it.
    ///
    /// # Errors
    /// UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION or REBALANCE_IN_PROGRESS where the group has given the
    /// partitions to others, or is about to.
    pub async fn commit(&mut self) -> Result<()> {
        let offsets = self.positions(|_| true);
        self.commit_offsets(offsets).await
    }

    /// Commits these offsets and waits until the group has them.
    ///
    /// # Errors
    /// As [`Consumer::commit`].
    pub async fn commit_offsets(&mut self, offsets: Offsets) -> Result<()> {
        self.earlier_commits_done().await?;
        let patience = self.config.client.api_timeout;
        self.commit_within(&offsets, patience).await
    }

    /// Commits the position of every partition without waiting. Tried once: a later commit says the
    /// same and more.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a `group.id`.
    pub fn commit_async(&mut self) -> Result<Commit> {
        let offsets = self.positions(|_| true);
        self.commit_offsets_async(offsets)
    }

    /// Commits these offsets without waiting.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a `group.id`.
    pub fn commit_offsets_async(&mut self, offsets: Offsets) -> Result<Commit> {
        let side = self.side()?;
        let (coordinator, identity) = (side.coordinator.clone(), side.identity());
        Ok(side.commits.push(coordinator, identity, offsets))
    }

    /// What the group has committed of these partitions. Those without an offset are left out.
    ///
    /// # Errors
    /// Of the connection, or the coordinator's.
    pub async fn committed(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let (patience, stability) = (self.config.client.api_timeout, self.stability());
        let coordinator = self.side()?.coordinator.clone();
        self.cluster
            .retry(patience, "read committed offsets", || async {
                let nobody = Identity::NOBODY;
                offsets::fetch(&coordinator, &nobody, Some(partitions), stability).await
            })
            .await
    }

    /// Waits for the commits that were not waited for: the next one takes effect after them, and is
    /// noted after them.
    async fn earlier_commits_done(&mut self) -> Result<()> {
        let patience = self.config.client.request_timeout;
        self.side()?.commits.done(patience).await;
        self.hear_of_auto_commit();
        // If it was given up, nobody knows what came of it, and it is not heard of later either.
        self.side()?.auto_commit = None;
        Ok(())
    }

    async fn commit_within(&mut self, offsets: &Offsets, patience: Duration) -> Result<()> {
        let deadline = Instant::now() + patience;
        let client = &self.config.client;
        let mut backoff = Backoff::new(client.retry_backoff, client.retry_backoff_max);
        let side = self.side()?;
        loop {
            let identity = side.identity();
            let committed = offsets::commit(&side.coordinator, &identity, offsets).await;
            let Err(error) = committed else { break };
            // A heartbeat has brought a new epoch meanwhile, or is about to.
            let is_stale = error.code() == Some(ErrorCode::StaleMemberEpoch);
            let wait = backoff.next_wait();
            if !(passes(&error) || is_stale) || Instant::now() + wait >= deadline {
                return Err(error);
            }
            sleep(wait).await;
        }
        self.note_committed(offsets);
        Ok(())
    }

    /// The positions of partitions that are known.
    fn positions(&self, wanted: impl Fn(&TopicPartition) -> bool) -> Offsets {
        let known = self.partitions.iter().filter(|(partition, _)| wanted(partition));
        let known = known.filter_map(|(partition, assigned)| match assigned.position {
            Position::At(offset) => {
                let leader_epoch = assigned.leader_epoch;
                let committed = CommittedOffset { leader_epoch, ..CommittedOffset::new(offset) };
                Some((partition.clone(), committed))
            }
            _ => None,
        });
        known.collect()
    }

    fn auto_commit(&mut self) -> Result<()> {
        if !self.config.auto_commit {
            return Ok(());
        }
        self.hear_of_auto_commit();
        let Some(side) = &mut self.group else { return Ok(()) };
        let now = Instant::now();
        if now < side.next_auto_commit {
            return Ok(());
        }
        side.next_auto_commit = now + self.config.auto_commit_interval;
        if side.auto_commit.is_some() {
            // While the coordinator does not answer they would pile up, each with less to say.
            return Ok(());
        }
        let mut offsets = self.positions(|_| true);
        // What stands there already need not be said again.
        offsets.retain(|partition, offset| {
            let assigned = self.partitions.get(partition);
            assigned.is_some_and(|assigned| assigned.committed != Some(offset.offset))
        });
        if !offsets.is_empty() {
            let commit = self.commit_offsets_async(offsets.clone())?;
            self.side()?.auto_commit = Some((offsets, commit));
        }
        Ok(())
    }

    /// Takes note of what has come of the last auto commit.
    fn hear_of_auto_commit(&mut self) {
        let Some((side, (offsets, mut commit))) = self.group.as_mut().and_then(|side| {
            let last = side.auto_commit.take()?;
            Some((side, last))
        }) else {
            return;
        };
        match commit.outcome() {
            None => side.auto_commit = Some((offsets, commit)),
            Some(Ok(())) => self.note_committed(&offsets),
            Some(Err(error)) if passes(&error) => {
                side.next_auto_commit = Instant::now() + self.config.client.retry_backoff;
            }
            // The next one says the same and more.
            Some(Err(_)) => {}
        }
    }

    fn note_committed(&mut self, offsets: &Offsets) {
        for (partition, offset) in offsets {
            if let Some(assigned) = self.partitions.get_mut(partition) {
                assigned.committed = Some(offset.offset);
            }
        }
    }

    // ---- following the group ----

    fn want(&mut self, wanted: Wanted, topics: BTreeSet<Str>) -> Result<()> {
        if self.subscribed().is_some_and(|subscription| subscription.is_leaving) {
            self.end_subscription();
        }
        let config = self.config.clone();
        let was_assigned = !self.is_subscribed();
        let side = self.side()?;
        match &mut side.subscription {
            Some(subscription) => {
                subscription.wanted = wanted;
                subscription.topics = topics;
                subscription.look_again = None;
            }
            none => {
                let membership = Membership::new(side.coordinator.clone(), config);
                *none = Some(Subscription {
                    wanted,
                    topics,
                    look_again: None,
                    membership,
                    pending: None,
                    is_leaving: false,
                });
            }
        }
        if was_assigned {
            self.partitions.clear();
        }
        Ok(())
    }

    fn is_subscribed(&self) -> bool {
        self.group.as_ref().is_some_and(|side| side.subscription.is_some())
    }

    fn side(&mut self) -> Result<&mut GroupSide> {
        self.group.as_mut().ok_or_else(|| Error::invalid("this needs a group: set `group.id`"))
    }

    /// Leaves the group in the background: the caller assigns partitions himself from now on.
    pub(super) fn end_subscription(&mut self) {
        let subscription = self.group.as_mut().and_then(|side| side.subscription.take());
        if let Some(mut subscription) = subscription {
            self.partitions.clear();
            // The group finds out by itself if this fails.
            tokio::spawn(async move { subscription.membership.leave().await });
        }
    }

    /// Leaves the group if the caller wants that. It may be dropped where it waits, and goes on from there
    /// when it is called again.
    async fn go_on_leaving(&mut self) -> Result<()> {
        let Some(subscription) = self.subscribed().filter(|subscription| subscription.is_leaving)
        else {
            return Ok(());
        };
        subscription.membership.stop_joining().await;
        let carried_out = self.carry_out_pending().await;
        let partitions: BTreeSet<TopicPartition> = self.partitions.keys().cloned().collect();
        if let Some(pending) = self.pending() {
            *pending = Some(Pending::Change(Change::Revoke(partitions)));
        }
        let given_up = carried_out.and(self.carry_out_pending().await);
        self.partitions.clear();
        let left = match self.side()?.subscription.take() {
            // In a task: what it has to say is said even if nobody waits for it any more.
            Some(mut subscription) => {
                let left = tokio::spawn(async move { subscription.membership.leave().await });
                left.await.unwrap_or(Err(Error::Closed))
            }
            None => Ok(()),
        };
        given_up.and(left)
    }

    /// Carries out what the group has decided, and commits what is due.
    pub(super) async fn follow_group(&mut self) -> Result<()> {
        self.go_on_leaving().await?;
        if self.is_subscribed() {
            self.look_for_topics().await?;
            loop {
                self.carry_out_pending().await?;
                let side = self.side()?;
                let Some(subscription) = &mut side.subscription else { break };
                subscription.membership.touch();
                let change = subscription.membership.advance(&subscription.topics).await?;
                let Some(change) = change else { break };
                subscription.pending = Some(Pending::Change(change));
            }
        }
        self.auto_commit()
    }

    /// Carries out what the group has decided. It may be dropped where it waits, and goes on from there
    /// when it is called again.
    async fn carry_out_pending(&mut self) -> Result<()> {
        let Some(pending) = self.pending().and_then(Option::take) else { return Ok(()) };
        match pending {
            Pending::Change(Change::Revoke(partitions)) if partitions.is_empty() => Ok(()),
            Pending::Change(Change::Revoke(partitions)) => {
                let offsets = self.hear_of_revocation(&partitions)?;
                self.revoke(partitions, offsets).await
            }
            Pending::Revocation { partitions, offsets } => self.revoke(partitions, offsets).await,
            Pending::Change(Change::Lost(partitions)) => {
                if let Some(listener) = &mut self.side()?.listener.0 {
                    listener.lost(&partitions);
                }
                self.drop_partitions(&partitions);
                Ok(())
            }
            Pending::Change(Change::Assign(partitions)) => self.take_on(&partitions),
        }
    }

    fn subscribed(&mut self) -> Option<&mut Subscription> {
        self.group.as_mut()?.subscription.as_mut()
    }

    fn pending(&mut self) -> Option<&mut Option<Pending>> {
        Some(&mut self.subscribed()?.pending)
    }

    /// What is to be committed of partitions that go.
    fn hear_of_revocation(&mut self, partitions: &BTreeSet<TopicPartition>) -> Result<Offsets> {
        let mut offsets = match self.config.auto_commit {
            true => self.positions(|partition| partitions.contains(partition)),
            false => Offsets::new(),
        };
        if let Some(listener) = &mut self.side()?.listener.0 {
            offsets.extend(listener.revoked(partitions));
        }
        Ok(offsets)
    }

    async fn revoke(
        &mut self,
        partitions: BTreeSet<TopicPartition>,
        offsets: Offsets,
    ) -> Result<()> {
        if let Some(pending) = self.pending() {
            let (partitions, offsets) = (partitions.clone(), offsets.clone());
            *pending = Some(Pending::Revocation { partitions, offsets });
        }
        self.earlier_commits_done().await?;
        let committed = match offsets.is_empty() {
            true => Ok(()),
            // The group waits for this member: no longer than it must.
            false => self.commit_within(&offsets, self.config.client.request_timeout).await,
        };
        self.drop_partitions(&partitions);
        if let Some(pending) = self.pending() {
            *pending = None;
        }
        match committed {
            // The group was faster; whoever has the partitions now starts a little earlier.
            Err(error) if is_out_of_date(&error) => Ok(()),
            other => other,
        }
    }

    fn take_on(&mut self, partitions: &BTreeSet<TopicPartition>) -> Result<()> {
        for partition in partitions {
            let assigned = self.new_assigned();
            self.partitions.entry(partition.clone()).or_insert(assigned);
        }
        let starts = match &mut self.side()?.listener.0 {
            Some(listener) => listener.assigned(partitions),
            None => BTreeMap::new(),
        };
        for (partition, offset) in starts {
            self.seek(&partition, offset)?;
        }
        Ok(())
    }

    fn drop_partitions(&mut self, partitions: &BTreeSet<TopicPartition>) {
        self.partitions.retain(|partition, _| !partitions.contains(partition));
    }

    /// Keeps the topics of the subscription known: their ids, and which of them match.
    async fn look_for_topics(&mut self) -> Result<()> {
        let is_stale = self.cluster.is_stale();
        let config = self.config.clone();
        let cluster = self.cluster.clone();
        let Some(subscription) = &mut self.side()?.subscription else { return Ok(()) };
        let now = Instant::now();
        let is_due = subscription.look_again.is_none_or(|at| at <= now);
        if !is_due && !is_stale {
            return Ok(());
        }
        let mut errors = Vec::new();
        if let Wanted::Matching(matches) = &subscription.wanted {
            let all = Admin::new(cluster.clone()).all_metadata().await;
            let all = match all {
                Err(error) if passes(&error) => {
                    subscription.look_again = Some(now + config.client.retry_backoff_max);
                    return Ok(());
                }
                other => other?,
            };
            let matching = all.topics.values().filter(|topic| !topic.is_internal);
            let matching = matching.filter(|topic| matches(&topic.name));
            subscription.topics = matching.map(|topic| topic.name.clone()).collect();
        }
        let topics: Vec<Str> = subscription.topics.iter().cloned().collect();
        let auto_create = match (config.allow_auto_create, &subscription.wanted) {
            (true, Wanted::Topics) => AutoCreate::Allowed,
            _ => AutoCreate::Forbidden,
        };
        match cluster.refresh(&topics, auto_create).await {
            Ok(missing) => errors.extend(missing),
            Err(error) if passes(&error) => {}
            Err(error) => return Err(error),
        }
        let metadata = cluster.metadata();
        let is_missing = topics.iter().any(|topic| !metadata.topics.contains_key(topic));
        let pause = match is_missing {
            true => MISSING_TOPIC_PAUSE,
            false => config.client.metadata_max_age,
        };
        subscription.look_again = Some(now + pause);
        // A topic that may not exist for ever is the caller's mistake; one that is yet to come is not.
        let wrong = errors.iter().find(|(topic, code)| {
            topics.contains(topic)
                && matches!(
                    code,
                    ErrorCode::InvalidTopicException | ErrorCode::TopicAuthorizationFailed
                )
        });
        match wrong {
            Some((topic, code)) => {
                Err(Error::refused(format!("subscribe to topic {topic}"), *code, None))
            }
            None => Ok(()),
        }
    }

    fn stability(&self) -> Stability {
        match self.config.isolation {
            Isolation::ReadCommitted => Stability::Required,
            Isolation::ReadUncommitted => Stability::Any,
        }
    }

    /// Asks the group where partitions that are new here are read from. A task does, and a later poll hears
    /// of it: the coordinator may take longer than a poll.
    pub(super) fn ask_for_committed(&mut self) {
        let stability = self.stability();
        let Some(side) = &mut self.group else { return };
        if side.is_asking || side.retry_at.is_some_and(|at| at > Instant::now()) {
            return;
        }
        // A moment that has passed would wake `poll` again and again.
        side.retry_at = None;
        let mut asked = Vec::new();
        for (partition, assigned) in &mut self.partitions {
            if assigned.position == Position::Committed {
                assigned.position = Position::Asked;
                asked.push(partition.clone());
            }
        }
        if asked.is_empty() {
            return;
        }
        side.is_asking = true;
        let is_modern =
            side.subscription.as_ref().is_some_and(|subscribed| subscribed.membership.is_modern());
        let identity = if is_modern { side.identity() } else { Identity::NOBODY };
        let coordinator = side.coordinator.clone();
        self.requests.spawn(async move {
            let found = offsets::fetch(&coordinator, &identity, Some(&asked), stability).await;
            Ended::Committed(FoundCommitted { asked, found })
        });
    }

    pub(super) fn receive_committed(&mut self, ended: FoundCommitted) -> Result<()> {
        let FoundCommitted { asked, found } = ended;
        let Some(side) = &mut self.group else { return Ok(()) };
        side.is_asking = false;
        let mut is_wanted = false;
        for partition in &asked {
            // The caller may have sought a place, or the partition gone and come back.
            let assigned = self.partitions.get_mut(partition);
            let Some(assigned) = assigned.filter(|it| it.position == Position::Asked) else {
                continue;
            };
            is_wanted = true;
            assigned.position = Position::Committed;
            if let Ok(found) = &found {
                let offset: Option<Offset> = found.get(partition).map(|found| found.offset);
                assigned.committed = offset;
                assigned.position = offset.map_or(Position::Reset, Position::At);
            }
        }
        match found {
            Ok(_) => {
                let client = &self.config.client;
                side.backoff = Backoff::new(client.retry_backoff, client.retry_backoff_max);
                Ok(())
            }
            Err(error) if passes(&error) || is_out_of_date(&error) => {
                side.retry_at = Some(Instant::now() + side.backoff.next_wait());
                Ok(())
            }
            Err(error) if is_wanted => Err(error),
            Err(_) => Ok(()),
        }
    }
}

/// Whether the group has moved on since the request was made; a heartbeat will tell.
fn is_out_of_date(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(
            ErrorCode::UnknownMemberId
                | ErrorCode::IllegalGeneration
                | ErrorCode::RebalanceInProgress
                | ErrorCode::StaleMemberEpoch
                | ErrorCode::FencedMemberEpoch
        )
    )
}

#[cfg(test)]
#[path = "commits_tests.rs"]
mod tests;
