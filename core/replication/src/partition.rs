//! Who leads a partition, what of it is committed, and which replies wait for that.
//!
//! The machine holds no records: it sees its log as three offsets that the shell reports (the log
//! end offset, the durable offset, what followers fetched) and answers with the high watermark and
//! the replies it releases. One node with one replica runs the same code as a cluster: its high
//! watermark is the minimum over an ISR of one.
//!
//! The life of a produce here: [`Partition::admit`] says whether an append may happen; the shell
//! appends and calls [`Partition::appended`]; with `acks=all` it then parks its reply with
//! [`Partition::park`] (with `acks=1`, [`Partition::park_for_disk`]); when a flush ([`Partition::flushed`]) or a follower
//! ([`Partition::fetched_by`]) moves the high watermark past it, the reply comes back in
//! [`Progress::released`], to be sent after the partition's lock is gone.
//!
//! Sources: KIP-101 and KIP-279 (epochs), KIP-497 (AlterPartition), KIP-966 (the high watermark
//! stands still below `min.insync.replicas`).

use std::collections::{BTreeMap, VecDeque};

use base::{BrokerId, ErrorCode, LeaderEpoch, MonoMs, Offset, PartitionEpoch};

/// What a partition must have before it acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// In the page cache of every in-sync replica: Kafka's promise.
    PageCache,
    /// Flushed to this node's disk as well; the high watermark never passes the durable offset.
    Synced,
}

/// The part of a partition's metadata that its leader and followers act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub leader: BrokerId,
    pub leader_epoch: LeaderEpoch,
    pub partition_epoch: PartitionEpoch,
    pub replicas: Vec<BrokerId>,
    pub isr: Vec<BrokerId>,
}

/// What this node is to the partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Leader,
    Follower,
    /// Not assigned here, being shut down, or its log directory is offline.
    Offline,
}

/// How a parked reply ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The high watermark has passed the record.
    Committed,
    /// Committed to fewer replicas than `min.insync.replicas` asks for; the data is in the log.
    NotEnoughReplicasAfterAppend,
    /// This node stopped leading before the record was committed.
    NotLeader,
}

/// What an event did.
#[derive(Debug)]
pub struct Progress<T> {
    /// Fetches that wait for data can read more.
    pub high_watermark_moved: bool,
    /// Replies to send, in the order their records were appended.
    pub released: Vec<(T, Release)>,
}

impl<T> Progress<T> {
    fn none() -> Progress<T> {
        Progress { high_watermark_moved: false, released: Vec::new() }
    }
}

/// A reply that waits until everything before `required` is committed.
struct Parked<T> {
    required: Offset,
    ticket: T,
}

/// What the leader knows of one follower.
struct Follower {
    log_end: Offset,
    caught_up_at: MonoMs,
    /// The leader's log end and the time of the fetch before: a follower that reads up to that end
    /// was caught up then (`replica.lag.time.max.ms`).
    previous_fetch: Option<(Offset, MonoMs)>,
}

/// One partition on one node. `T` is whatever the shell needs to send a parked reply.
pub struct Partition<T> {
    me: BrokerId,
    role: Role,
    assignment: Assignment,
    durability: Durability,
    min_insync_replicas: usize,
    /// Where this leader's epoch begins: until the high watermark reaches it, offsets told by an
    /// earlier leader could be larger than ours.
    epoch_start: Offset,
    log_end: Offset,
    durable: Offset,
    high_watermark: Offset,
    followers: BTreeMap<BrokerId, Follower>,
    parked: VecDeque<Parked<T>>,
    /// Replies that wait for this node's own disk and for no follower.
    parked_for_disk: VecDeque<Parked<T>>,
}

impl<T> Partition<T> {
    /// A partition whose log was just opened: `log_end` is recovered and `high_watermark` comes
    /// from the checkpoint (it can only be too low).
    pub fn new(me: BrokerId, log_end: Offset, high_watermark: Offset) -> Partition<T> {
        Partition {
            me,
            role: Role::Offline,
            assignment: Assignment {
                leader: BrokerId::NONE,
                leader_epoch: LeaderEpoch::NONE,
                partition_epoch: PartitionEpoch(-1),
                replicas: Vec::new(),
                isr: Vec::new(),
            },
            durability: Durability::PageCache,
            min_insync_replicas: 1,
            epoch_start: log_end,
            log_end,
            durable: Offset(0),
            high_watermark: high_watermark.min(log_end),
            followers: BTreeMap::new(),
            parked: VecDeque::new(),
            parked_for_disk: VecDeque::new(),
        }
    }

    pub fn role(&self) -> Role {
        self.role
    }

    pub fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.assignment.leader_epoch
    }

    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    pub fn durability(&self) -> Durability {
        self.durability
    }

    /// Takes the settings that a topic's configuration decides. A lower `min_insync_replicas` may
    /// let the high watermark move at once.
    pub fn configure(&mut self, durability: Durability, min_insync_replicas: usize) -> Progress<T> {
        self.durability = durability;
        self.min_insync_replicas = min_insync_replicas.max(1);
        self.advance()
    }

    /// Takes a new assignment from the metadata. `durable` is what the log has flushed.
    ///
    /// A node that becomes leader, or leads in a new epoch, forgets its followers' positions:
    /// they must prove themselves in this epoch.
    pub fn assign(&mut self, assignment: Assignment, durable: Offset, now: MonoMs) -> Progress<T> {
        if self.role != Role::Offline
            && assignment.partition_epoch < self.assignment.partition_epoch
        {
            return Progress::none();
        }
        let leads = assignment.leader == self.me;
        let new_epoch =
            self.role != Role::Leader || assignment.leader_epoch != self.assignment.leader_epoch;
        self.assignment = assignment;
        self.durable = self.durable.max(durable);
        if !leads {
            self.role = if self.assignment.replicas.contains(&self.me) {
                Role::Follower
            } else {
                Role::Offline
            };
            self.followers.clear();
            return self.release_all(Release::NotLeader);
        }
        self.role = Role::Leader;
        if new_epoch {
            self.epoch_start = self.log_end;
            self.followers.clear();
        }
        let me = self.me;
        for replica in self.assignment.replicas.iter().filter(|replica| **replica != me) {
            self.followers.entry(*replica).or_insert(Follower {
                log_end: Offset(-1),
                caught_up_at: now,
                previous_fetch: None,
            });
        }
        self.followers.retain(|replica, _| self.assignment.replicas.contains(replica));
        self.advance()
    }

    /// The log directory failed, the topic was deleted, or the node stops.
    pub fn go_offline(&mut self) -> Progress<T> {
        self.role = Role::Offline;
        self.followers.clear();
        self.release_all(Release::NotLeader)
    }

    /// Compares the leader epoch a request was made for with ours (KIP-320). -1 skips the check.
    ///
    /// # Errors
    /// FENCED_LEADER_EPOCH for an older epoch, UNKNOWN_LEADER_EPOCH for one not heard of yet.
    pub fn check_epoch(&self, requested: LeaderEpoch) -> Result<(), ErrorCode> {
        if requested == LeaderEpoch::NONE || requested == self.assignment.leader_epoch {
            Ok(())
        } else if requested < self.assignment.leader_epoch {
            Err(ErrorCode::FencedLeaderEpoch)
        } else {
            Err(ErrorCode::UnknownLeaderEpoch)
        }
    }

    /// Whether a client may read here.
    ///
    /// # Errors
    /// As [`Partition::check_epoch`], and NOT_LEADER_OR_FOLLOWER.
    pub fn check_leader(&self, requested: LeaderEpoch) -> Result<(), ErrorCode> {
        if self.role == Role::Offline {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        self.check_epoch(requested)?;
        match self.role {
            Role::Leader => Ok(()),
            Role::Follower | Role::Offline => Err(ErrorCode::NotLeaderOrFollower),
        }
    }

    /// Whether an append may happen now. `acks_all` asks for `min.insync.replicas` as well.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER or NOT_ENOUGH_REPLICAS; nothing was appended.
    pub fn admit(&self, acks: Acks) -> Result<LeaderEpoch, ErrorCode> {
        if self.role != Role::Leader {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        if acks == Acks::All && self.assignment.isr.len() < self.min_insync_replicas_effective() {
            return Err(ErrorCode::NotEnoughReplicas);
        }
        Ok(self.assignment.leader_epoch)
    }

    /// The log ends at `log_end` now.
    pub fn appended(&mut self, log_end: Offset) -> Progress<T> {
        self.log_end = log_end;
        self.advance()
    }

    /// The log was cut back to `log_end`; no reply may have promised more.
    pub fn truncated(&mut self, log_end: Offset) {
        self.log_end = log_end;
        self.durable = self.durable.min(log_end);
        self.high_watermark = self.high_watermark.min(log_end);
    }

    /// Everything before `durable` survives a power cut now.
    pub fn flushed(&mut self, durable: Offset) -> Progress<T> {
        self.durable = self.durable.max(durable);
        self.advance()
    }

    /// A follower asked for `offset`: it has everything before it.
    pub fn fetched_by(&mut self, follower: BrokerId, offset: Offset, now: MonoMs) -> Progress<T> {
        let log_end = self.log_end;
        let Some(state) = self.followers.get_mut(&follower) else {
            return Progress::none();
        };
        if offset >= log_end {
            state.caught_up_at = now;
        } else if let Some((end_then, then)) = state.previous_fetch
            && offset >= end_then
        {
            state.caught_up_at = state.caught_up_at.max(then);
        }
        state.log_end = offset;
        state.previous_fetch = Some((log_end, now));
        self.advance()
    }

    /// Leaves a reply until the high watermark reaches `required` (the offset after its last
    /// record). Called after [`Partition::appended`], so a reply that need not wait comes back.
    pub fn park(&mut self, required: Offset, ticket: T) -> Option<(T, Release)> {
        if self.role != Role::Leader {
            return Some((ticket, Release::NotLeader));
        }
        if self.high_watermark >= required {
            return Some((ticket, self.committed()));
        }
        self.parked.push_back(Parked { required, ticket });
        None
    }

    /// Leaves a reply until the leader itself cannot lose the record: `acks=1`, which waits for no
    /// follower, but where the topic is synced tells nobody what a power cut can undo. Comes back as
    /// with [`Partition::park`].
    pub fn park_for_disk(&mut self, required: Offset, ticket: T) -> Option<(T, Release)> {
        if self.role != Role::Leader {
            return Some((ticket, Release::NotLeader));
        }
        if self.own_end() >= required {
            return Some((ticket, Release::Committed));
        }
        self.parked_for_disk.push_back(Parked { required, ticket });
        None
    }

    /// How many replies wait.
    pub fn parked(&self) -> usize {
        self.parked.len() + self.parked_for_disk.len()
    }

    /// Drops parked replies nobody waits for any more, because their request timed out.
    pub fn forget(&mut self, mut abandoned: impl FnMut(&T) -> bool) {
        self.parked.retain(|parked| !abandoned(&parked.ticket));
        self.parked_for_disk.retain(|parked| !abandoned(&parked.ticket));
    }

    /// The latest offset a client may be told of: none while the high watermark has not reached
    /// this leader's epoch, because an earlier leader may have told a larger one (KIP-207).
    ///
    /// # Errors
    /// OFFSET_NOT_AVAILABLE; the client asks again.
    pub fn latest_offset(&self) -> Result<Offset, ErrorCode> {
        if self.high_watermark < self.epoch_start {
            Err(ErrorCode::OffsetNotAvailable)
        } else {
            Ok(self.high_watermark)
        }
    }

    /// Followers outside the ISR that could join it: their log reaches the high watermark and the
    /// start of this epoch.
    pub fn expansion(&self) -> Vec<BrokerId> {
        let reached = self.high_watermark.max(self.epoch_start);
        self.followers
            .iter()
            .filter(|(id, state)| !self.assignment.isr.contains(id) && state.log_end >= reached)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Members of the ISR that have not been caught up for `lag_ms_max` milliseconds.
    pub fn shrinkage(&self, now: MonoMs, lag_ms_max: u64) -> Vec<BrokerId> {
        self.followers
            .iter()
            .filter(|(id, state)| {
                self.assignment.isr.contains(id)
                    && state.log_end != self.log_end
                    && state.caught_up_at.plus_ms(lag_ms_max) < now
            })
            .map(|(id, _)| *id)
            .collect()
    }

    /// A topic with fewer replicas than `min.insync.replicas` could otherwise never be written.
    fn min_insync_replicas_effective(&self) -> usize {
        self.min_insync_replicas.min(self.assignment.replicas.len())
    }

    fn committed(&self) -> Release {
        if self.assignment.isr.len() < self.min_insync_replicas_effective() {
            Release::NotEnoughReplicasAfterAppend
        } else {
            Release::Committed
        }
    }

    /// Up to where this replica counts: what is on its disk, where the topic asks for that.
    fn own_end(&self) -> Offset {
        match self.durability {
            Durability::PageCache => self.log_end,
            Durability::Synced => self.durable.min(self.log_end),
        }
    }

    /// Moves the high watermark as far as the in-sync replicas allow, and releases what it and the
    /// disk have passed.
    fn advance(&mut self) -> Progress<T> {
        let mut progress = Progress::none();
        if self.role != Role::Leader {
            return progress;
        }
        let own = self.own_end();
        release(&mut self.parked_for_disk, own, Release::Committed, &mut progress);
        // Below min ISR the high watermark stands still: whatever it passed must be on as many
        // replicas as the topic promises, or an election among them could undo it (KIP-966).
        if self.assignment.isr.len() < self.min_insync_replicas_effective() {
            return progress;
        }
        let candidate = self
            .assignment
            .isr
            .iter()
            .filter_map(|member| self.followers.get(member))
            .map(|follower| follower.log_end)
            .fold(own, Offset::min);
        if candidate > self.high_watermark {
            self.high_watermark = candidate;
            progress.high_watermark_moved = true;
            let committed = self.committed();
            release(&mut self.parked, candidate, committed, &mut progress);
        }
        progress
    }

    fn release_all(&mut self, release: Release) -> Progress<T> {
        let parked = self.parked.drain(..).chain(self.parked_for_disk.drain(..));
        let released = parked.map(|parked| (parked.ticket, release)).collect();
        Progress { high_watermark_moved: true, released }
    }
}

/// Takes the replies out of `parked` that wait for no more than `reached`.
fn release<T>(
    parked: &mut VecDeque<Parked<T>>,
    reached: Offset,
    how: Release,
    progress: &mut Progress<T>,
) {
    while let Some(first) = parked.front()
        && first.required <= reached
        && let Some(parked) = parked.pop_front()
    {
        progress.released.push((parked.ticket, how));
    }
}

/// When a producer wants its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks {
    /// Never.
    None,
    /// Once the leader has appended.
    Leader,
    /// Once every in-sync replica has it.
    All,
}

impl Acks {
    /// Reads the wire's -1, 0 or 1; nothing else is legal (INVALID_REQUIRED_ACKS).
    pub fn from_wire(acks: i16) -> Option<Acks> {
        match acks {
            0 => Some(Acks::None),
            1 => Some(Acks::Leader),
            -1 => Some(Acks::All),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(leader: i32, isr: &[i32], replicas: &[i32]) -> Assignment {
        let ids = |list: &[i32]| list.iter().map(|id| BrokerId(*id)).collect();
        Assignment {
            leader: BrokerId(leader),
            leader_epoch: LeaderEpoch(0),
            partition_epoch: PartitionEpoch(0),
            replicas: ids(replicas),
            isr: ids(isr),
        }
    }

    fn leader(isr: &[i32], replicas: &[i32]) -> Partition<&'static str> {
        let mut partition = Partition::new(BrokerId(1), Offset(0), Offset(0));
        partition.assign(assignment(1, isr, replicas), Offset(0), MonoMs(0));
        partition
    }

    #[test]
    fn a_lone_replica_commits_at_once_from_the_page_cache() {
        let mut partition = leader(&[1], &[1]);
        assert!(partition.appended(Offset(5)).high_watermark_moved);
        assert_eq!(partition.park(Offset(5), "a"), Some(("a", Release::Committed)));
    }

    #[test]
    fn synced_replies_wait_for_the_flush_and_leave_in_order() {
        let mut partition = leader(&[1], &[1]);
        partition.configure(Durability::Synced, 1);
        partition.appended(Offset(1));
        assert_eq!(partition.park(Offset(1), "a"), None);
        partition.appended(Offset(2));
        assert_eq!(partition.park(Offset(2), "b"), None);
        assert_eq!(partition.high_watermark(), Offset(0));

        let progress = partition.flushed(Offset(2));
        assert_eq!(progress.released, [("a", Release::Committed), ("b", Release::Committed)]);
        assert_eq!(partition.high_watermark(), Offset(2));
    }

    #[test]
    fn a_flush_that_started_before_an_append_does_not_commit_it() {
        let mut partition = leader(&[1], &[1]);
        partition.configure(Durability::Synced, 1);
        partition.appended(Offset(10));
        partition.park(Offset(10), "late");
        assert!(partition.flushed(Offset(4)).released.is_empty());
        assert_eq!(partition.high_watermark(), Offset(4));
    }

    #[test]
    fn synced_acks_of_the_leader_wait_for_its_disk_and_for_no_follower() {
        let mut partition = leader(&[1, 2], &[1, 2]);
        partition.appended(Offset(1));
        assert_eq!(
            partition.park_for_disk(Offset(1), "cached"),
            Some(("cached", Release::Committed))
        );

        partition.configure(Durability::Synced, 2);
        partition.appended(Offset(2));
        assert_eq!(partition.park_for_disk(Offset(2), "disk"), None);
        partition.park(Offset(2), "all");
        let progress = partition.flushed(Offset(2));
        assert_eq!(progress.released, [("disk", Release::Committed)]);
        assert_eq!((progress.high_watermark_moved, partition.parked()), (false, 1));
    }

    #[test]
    fn the_high_watermark_is_the_slowest_in_sync_replica() {
        let mut partition = leader(&[1, 2, 3], &[1, 2, 3]);
        partition.appended(Offset(10));
        partition.fetched_by(BrokerId(2), Offset(10), MonoMs(1));
        assert_eq!(partition.high_watermark(), Offset(0));
        assert!(partition.fetched_by(BrokerId(3), Offset(7), MonoMs(1)).high_watermark_moved);
        assert_eq!(partition.high_watermark(), Offset(7));
    }

    #[test]
    fn the_high_watermark_stands_still_below_min_insync_replicas() {
        let mut partition = leader(&[1], &[1, 2, 3]);
        partition.configure(Durability::PageCache, 2);
        assert_eq!(partition.admit(Acks::All), Err(ErrorCode::NotEnoughReplicas));
        assert_eq!(partition.admit(Acks::Leader), Ok(LeaderEpoch(0)));
        partition.appended(Offset(3));
        assert_eq!(partition.high_watermark(), Offset(0));
    }

    #[test]
    fn min_insync_replicas_above_the_replica_count_means_all_of_them() {
        let mut partition = leader(&[1], &[1]);
        partition.configure(Durability::PageCache, 2);
        assert_eq!(partition.admit(Acks::All), Ok(LeaderEpoch(0)));
        assert!(partition.appended(Offset(3)).high_watermark_moved);
    }

    #[test]
    fn losing_the_lead_releases_every_parked_reply() {
        let mut partition = leader(&[1, 2], &[1, 2]);
        partition.appended(Offset(1));
        partition.park(Offset(1), "a");
        let mut next = assignment(2, &[1, 2], &[1, 2]);
        next.partition_epoch = PartitionEpoch(1);
        next.leader_epoch = LeaderEpoch(1);
        let progress = partition.assign(next, Offset(0), MonoMs(5));
        assert_eq!(progress.released, [("a", Release::NotLeader)]);
        assert_eq!(partition.role(), Role::Follower);
        assert_eq!(partition.check_leader(LeaderEpoch::NONE), Err(ErrorCode::NotLeaderOrFollower));
    }

    #[test]
    fn epochs_fence_the_past_and_do_not_know_the_future() {
        let mut partition = leader(&[1], &[1]);
        let mut next = assignment(1, &[1], &[1]);
        next.leader_epoch = LeaderEpoch(3);
        next.partition_epoch = PartitionEpoch(1);
        partition.assign(next, Offset(0), MonoMs(0));
        assert_eq!(partition.check_leader(LeaderEpoch(2)), Err(ErrorCode::FencedLeaderEpoch));
        assert_eq!(partition.check_leader(LeaderEpoch(4)), Err(ErrorCode::UnknownLeaderEpoch));
        assert_eq!(partition.check_leader(LeaderEpoch(3)), Ok(()));
    }

    #[test]
    fn a_new_leader_tells_no_latest_offset_until_its_epoch_is_committed() {
        let mut partition: Partition<()> = Partition::new(BrokerId(1), Offset(9), Offset(4));
        partition.assign(assignment(1, &[1, 2], &[1, 2]), Offset(9), MonoMs(0));
        assert_eq!(partition.latest_offset(), Err(ErrorCode::OffsetNotAvailable));
        partition.fetched_by(BrokerId(2), Offset(9), MonoMs(1));
        assert_eq!(partition.latest_offset(), Ok(Offset(9)));
    }

    #[test]
    fn a_follower_is_caught_up_as_of_its_previous_fetch() {
        let mut partition = leader(&[1, 2], &[1, 2]);
        partition.appended(Offset(10));
        partition.fetched_by(BrokerId(2), Offset(5), MonoMs(1_000));
        partition.appended(Offset(20));
        partition.fetched_by(BrokerId(2), Offset(10), MonoMs(40_000));
        assert_eq!(partition.shrinkage(MonoMs(31_000), 30_000), []);
        assert_eq!(partition.shrinkage(MonoMs(31_001), 30_000), [BrokerId(2)]);
        assert_eq!(partition.expansion(), []);
    }
}
