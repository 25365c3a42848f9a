//! The quorum as a machine: elections, leadership, and what has committed (KIP-595, KIP-996).
//!
//! Events come in, effects go out, in the order in which they must happen: an election state that
//! an effect asks to persist must be on disk before any later effect of the list, because a voter
//! that forgets its vote can vote twice in an epoch. The log itself is the owner's: it tells the
//! machine how far the log reaches ([`Event::Appended`]) and how far it is on disk
//! ([`Event::Flushed`]); a voter counts itself only for what is on disk.
//!
//! The life of a node: it starts Unattached, or Resigned if it led the epoch it stored; after an
//! election timeout, or at once as the only voter, it becomes Prospective and asks whether it
//! would win; with a majority it becomes Candidate of the next epoch; with a majority there it is
//! Leader and appends a LeaderChange record, and everything before has committed when that record
//! has. A quorum of one goes through all of it within [`Event::Start`].
//!
//! What is not here yet: fetching as a follower and serving fetches as a leader, so quorums of more
//! than one voter can elect a leader but not replicate, nor raise their `kraft.version`, because a
//! leader does not learn the directories of the others; adding and removing voters.

use std::collections::{BTreeMap, BTreeSet};

use base::{BrokerId, ErrorCode, LeaderEpoch, MonoMs, Offset, Str, WallMs};

use super::control::ControlRecord;
use super::snapshot::{QuorumFacts, SnapshotId};
use super::state_file::ElectionState;
use super::voters::{ReplicaKey, Voter, VoterSet};

/// What is known of voters and `kraft.version`, from configuration, snapshot and log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownVoters {
    pub kraft_version: i16,
    pub voters: VoterSet,
    /// Where the voters were written; -1 for the snapshot that formatting left, None for
    /// `controller.quorum.voters`.
    pub offset: Option<Offset>,
}

impl KnownVoters {
    /// The voters of `controller.quorum.voters`.
    pub fn from_configuration(voters: VoterSet) -> KnownVoters {
        KnownVoters { kraft_version: 0, voters, offset: None }
    }

    /// Takes over what a snapshot says.
    pub fn load(&mut self, id: SnapshotId, facts: &QuorumFacts) {
        self.kraft_version = facts.kraft_version;
        if let Some(voters) = &facts.voters {
            self.voters = voters.clone();
            self.offset = Some(Offset(id.end.0 - 1));
        }
    }

    /// Follows a control record of the log.
    pub fn note(&mut self, record: &ControlRecord, offset: Offset) {
        match record {
            ControlRecord::KraftVersion(level) => self.kraft_version = *level,
            ControlRecord::Voters(voters) => {
                self.voters = voters.clone();
                self.offset = Some(offset);
            }
            _ => {}
        }
    }

    /// What a snapshot of this state says.
    pub fn facts(&self) -> QuorumFacts {
        let voters = (self.kraft_version > 0).then(|| self.voters.clone());
        QuorumFacts { kraft_version: self.kraft_version, voters }
    }
}

/// What a node is told of itself.
#[derive(Clone, Debug)]
pub struct QuorumSettings {
    /// This node as a voter: its id, the directory of its metadata log, where it listens.
    pub local: Voter,
    pub cluster_id: Str,
    /// `controller.quorum.election.timeout.ms`; elections start at random between once and twice
    /// this.
    pub election_timeout_ms: u64,
    /// `controller.quorum.fetch.timeout.ms`.
    pub fetch_timeout_ms: u64,
}

/// How far a log reaches: the offset after its last record, and that record's epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogEnd {
    pub epoch: LeaderEpoch,
    pub offset: Offset,
}

impl LogEnd {
    /// Whether a log that ends here has everything that one ending at `other` may have committed.
    fn covers(self, other: LogEnd) -> bool {
        (self.epoch, self.offset) >= (other.epoch, other.offset)
    }
}

/// What a node is at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Knows of no leader it could follow; may vote.
    Unattached {
        election_at: MonoMs,
    },
    /// Led the epoch until it stopped or gave up, and does not vote in it again.
    Resigned {
        election_at: MonoMs,
    },
    /// Asks whether it would win, before it disturbs a leader with a new epoch.
    Prospective {
        election_at: MonoMs,
        granted: BTreeSet<BrokerId>,
    },
    /// Stands for the lead of its epoch.
    Candidate {
        election_at: MonoMs,
        granted: BTreeSet<BrokerId>,
    },
    Leader(Leadership),
    Follower {
        leader: BrokerId,
        fetch_until: MonoMs,
    },
}

/// What a leader knows of its epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leadership {
    /// Where the epoch's first record is.
    pub epoch_start: Offset,
    granting: BTreeSet<BrokerId>,
    /// How far each other voter has got.
    followers: BTreeMap<BrokerId, Offset>,
}

/// What happens to a node.
#[derive(Clone, Debug)]
pub enum Event {
    /// The node has read its log and its stored election state.
    Start,
    /// The log reaches to `end`, written but perhaps not on disk.
    Appended { end: LogEnd },
    /// The log is on disk up to here.
    Flushed { end: Offset },
    /// [`Quorum::next_deadline`] has come.
    Deadline,
    /// Another voter answered a [`Effect::RequestVotes`].
    VoteAnswered { from: BrokerId, epoch: LeaderEpoch, pre_vote: bool, granted: bool },
    /// A voter says that it leads an epoch.
    EpochBegun { leader: BrokerId, epoch: LeaderEpoch },
    /// `kraft.version` is to be this from here on, at most [`Quorum::kraft_version_limit`].
    RaiseKraftVersion(i16),
    /// The node stops, or has found that it must not lead.
    Resign,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write `quorum-state` and sync it before going on.
    Persist(ElectionState),
    /// Ask every other voter for its vote.
    RequestVotes { epoch: LeaderEpoch, pre_vote: bool },
    /// Append these control records as one batch of `epoch`, and flush it.
    Append { epoch: LeaderEpoch, records: Vec<ControlRecord> },
    /// Who leads is another than before, or nobody.
    LeaderChanged { leader: Option<BrokerId>, epoch: LeaderEpoch },
    /// Everything below this offset has committed.
    HighWatermark(Offset),
}

/// A candidate's request for a vote.
#[derive(Clone, Copy, Debug)]
pub struct Candidacy {
    pub candidate: ReplicaKey,
    pub epoch: LeaderEpoch,
    pub log_end: LogEnd,
    pub pre_vote: bool,
}

/// One replica in the answer to DescribeQuorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaStatus {
    pub key: ReplicaKey,
    /// -1 if it has never fetched.
    pub log_end_offset: Offset,
    pub last_fetch: WallMs,
    pub last_caught_up: WallMs,
}

/// What DescribeQuorum tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumStatus {
    pub leader: BrokerId,
    pub epoch: LeaderEpoch,
    /// -1 while the epoch's first record has not committed.
    pub high_watermark: Offset,
    pub voters: Vec<ReplicaStatus>,
    pub nodes: Vec<Voter>,
}

/// One node of the quorum.
#[derive(Clone, Debug)]
pub struct Quorum {
    settings: QuorumSettings,
    known: KnownVoters,
    state: State,
    epoch: LeaderEpoch,
    leader: Option<BrokerId>,
    voted: Option<ReplicaKey>,
    log_end: LogEnd,
    durable_end: Offset,
    high_watermark: Option<Offset>,
}

impl Quorum {
    /// A node as it was when it stopped. `stored` is its `quorum-state`, if there is one; the log
    /// up to `log_end` is on disk.
    pub fn new(
        settings: QuorumSettings,
        known: KnownVoters,
        stored: Option<ElectionState>,
        log_end: LogEnd,
    ) -> Quorum {
        let stored = stored.unwrap_or_default();
        // A log that is ahead of the file: the file was lost or is old, and says nothing of the
        // log's epoch.
        let stored = match stored.epoch < log_end.epoch {
            true => ElectionState { epoch: log_end.epoch, ..ElectionState::default() },
            false => stored,
        };
        let local = settings.local.key;
        let now = MonoMs(0);
        let state = if stored.leader == Some(local.id) {
            // What it wrote last may be lost, so it must not write under the same epoch again.
            State::Resigned { election_at: now }
        } else if stored.voted.is_some_and(|voted| voted.matches(&local)) {
            State::Candidate { election_at: now, granted: BTreeSet::from([local.id]) }
        } else {
            State::Unattached { election_at: now }
        };
        Quorum {
            known,
            state,
            epoch: stored.epoch,
            leader: stored.leader.filter(|leader| *leader != local.id),
            voted: stored.voted,
            log_end,
            durable_end: log_end.offset,
            high_watermark: None,
            settings,
        }
    }

    pub fn settings(&self) -> &QuorumSettings {
        &self.settings
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }

    /// The leader of the epoch, if it is known.
    pub fn leader(&self) -> Option<BrokerId> {
        self.leader
    }

    pub fn is_leader(&self) -> bool {
        matches!(self.state, State::Leader(_))
    }

    /// None until this epoch's first record has committed.
    pub fn high_watermark(&self) -> Option<Offset> {
        self.high_watermark
    }

    pub fn voters(&self) -> &KnownVoters {
        &self.known
    }

    /// The highest `kraft.version` that the quorum can be raised to now: the present one, unless
    /// this node leads, every voter can run a higher one, and the directory of each is known. From
    /// level 1 on the log names voters with their directories (KIP-853).
    pub fn kraft_version_limit(&self) -> i16 {
        let voters = self.voters_to_write();
        let all_known = voters.iter().all(|voter| voter.key.directory.is_some());
        if !self.is_leader() || !all_known {
            return self.known.kraft_version;
        }
        let highest = voters.iter().map(|voter| voter.kraft_versions.1).min();
        highest.unwrap_or_default().max(self.known.kraft_version)
    }

    /// When [`Event::Deadline`] is due.
    pub fn next_deadline(&self) -> MonoMs {
        match &self.state {
            State::Unattached { election_at }
            | State::Resigned { election_at }
            | State::Prospective { election_at, .. }
            | State::Candidate { election_at, .. } => *election_at,
            State::Follower { fetch_until, .. } => *fetch_until,
            State::Leader(_) => MonoMs::NEVER,
        }
    }

    /// Takes in an event. `entropy` is 64 random bits.
    pub fn handle(&mut self, now: MonoMs, entropy: u64, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Start => self.start(now, entropy, &mut effects),
            Event::Appended { end } => self.log_end = end,
            Event::Flushed { end } => {
                self.durable_end = self.durable_end.max(end);
                self.advance(&mut effects);
            }
            Event::Deadline => self.deadline(now, entropy, &mut effects),
            Event::VoteAnswered { from, epoch, pre_vote, granted } => {
                self.vote_answered(now, entropy, (from, epoch), (pre_vote, granted), &mut effects);
            }
            Event::EpochBegun { leader, epoch } => {
                self.follow(now, leader, epoch, &mut effects);
            }
            Event::RaiseKraftVersion(level) => self.raise_kraft_version(level, &mut effects),
            Event::Resign => {
                if self.is_leader() {
                    let election_at = self.election_deadline(now, entropy);
                    self.state = State::Resigned { election_at };
                    self.leader = None;
                    effects.push(Effect::LeaderChanged { leader: None, epoch: self.epoch });
                }
            }
        }
        effects
    }

    /// Decides on another node's candidacy: whether it gets this node's vote.
    ///
    /// # Errors
    /// FENCED_LEADER_EPOCH for an epoch that is over, INVALID_REQUEST for a log that ends after
    /// the epoch it stands for.
    pub fn vote(
        &mut self,
        now: MonoMs,
        entropy: u64,
        candidacy: Candidacy,
    ) -> Result<(bool, Vec<Effect>), ErrorCode> {
        let Candidacy { candidate, epoch, log_end, pre_vote } = candidacy;
        // A candidate stands for an epoch after that of its last record; who only asks has not
        // raised it yet.
        let too_late = match pre_vote {
            true => log_end.epoch > epoch,
            false => log_end.epoch >= epoch,
        };
        if too_late || log_end.offset.0 < 0 || log_end.epoch.0 < 0 {
            return Err(ErrorCode::InvalidRequest);
        }
        if epoch < self.epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        let mut effects = Vec::new();
        if epoch > self.epoch {
            self.detach(now, entropy, epoch, &mut effects);
        }
        let granted = self.would_grant(&candidate, log_end.covers(self.log_end), pre_vote);
        if granted && !pre_vote && self.voted.is_none() {
            self.voted = Some(candidate);
            self.set_election_at(self.election_deadline(now, entropy));
            effects.push(self.persist());
        }
        Ok((granted, effects))
    }

    /// The answer to DescribeQuorum; None if this node does not lead.
    pub fn describe(&self, now: WallMs) -> Option<QuorumStatus> {
        let State::Leader(leadership) = &self.state else { return None };
        let local = self.settings.local.key;
        let status = |voter: &Voter| {
            let is_local = voter.key.id == local.id;
            let known = leadership.followers.get(&voter.key.id).copied();
            let seen = if is_local { now } else { WallMs(-1) };
            ReplicaStatus {
                key: if is_local { local } else { voter.key },
                log_end_offset: match is_local {
                    true => self.log_end.offset,
                    false => known.unwrap_or(Offset(-1)),
                },
                last_fetch: seen,
                last_caught_up: seen,
            }
        };
        Some(QuorumStatus {
            leader: local.id,
            epoch: self.epoch,
            high_watermark: self.high_watermark.unwrap_or(Offset(-1)),
            voters: self.known.voters.iter().map(status).collect(),
            nodes: self
                .known
                .voters
                .iter()
                .map(|voter| match voter.key.id == local.id {
                    true => self.settings.local.clone(),
                    false => voter.clone(),
                })
                .collect(),
        })
    }

    fn start(&mut self, now: MonoMs, entropy: u64, effects: &mut Vec<Effect>) {
        self.set_election_at(self.election_deadline(now, entropy));
        effects.push(self.persist());
        if matches!(self.state, State::Candidate { .. }) {
            self.count_votes(now, entropy, effects);
        } else if self.known.voters.is_only_voter(&self.settings.local.key) {
            // Nobody else can be waited for.
            self.become_prospective(now, entropy, effects);
        }
    }

    fn deadline(&mut self, now: MonoMs, entropy: u64, effects: &mut Vec<Effect>) {
        if self.next_deadline() > now || !self.is_voter() {
            return;
        }
        match &self.state {
            State::Leader(_) => {}
            // Nobody leads the epoch any more; the next one may be led by whoever asks first.
            _ => self.become_prospective(now, entropy, effects),
        }
    }

    fn become_prospective(&mut self, now: MonoMs, entropy: u64, effects: &mut Vec<Effect>) {
        let granted = BTreeSet::from([self.settings.local.key.id]);
        let election_at = self.election_deadline(now, entropy);
        self.state = State::Prospective { election_at, granted };
        if !self.count_votes(now, entropy, effects) {
            // The epoch of a vote that is only asked about is the present one.
            effects.push(Effect::RequestVotes { epoch: self.epoch, pre_vote: true });
        }
    }

    fn become_candidate(&mut self, now: MonoMs, entropy: u64, effects: &mut Vec<Effect>) {
        let local = self.settings.local.key;
        self.epoch = LeaderEpoch(self.epoch.0.saturating_add(1));
        self.leader = None;
        self.voted = Some(local);
        let election_at = self.election_deadline(now, entropy);
        self.state = State::Candidate { election_at, granted: BTreeSet::from([local.id]) };
        effects.push(self.persist());
        effects.push(Effect::LeaderChanged { leader: None, epoch: self.epoch });
        if !self.count_votes(now, entropy, effects) {
            effects.push(Effect::RequestVotes { epoch: self.epoch, pre_vote: false });
        }
    }

    fn become_leader(&mut self, granting: BTreeSet<BrokerId>, effects: &mut Vec<Effect>) {
        let local = &self.settings.local;
        let id = local.key.id;
        let followers = self.known.voters.ids().filter(|voter| *voter != id);
        self.state = State::Leader(Leadership {
            epoch_start: self.log_end.offset,
            granting: granting.clone(),
            followers: followers.map(|voter| (voter, Offset(-1))).collect(),
        });
        self.leader = Some(id);
        self.voted = None;
        // A new leader cannot know how far others had committed until a record of its own has.
        self.high_watermark = None;
        let mut records = vec![ControlRecord::LeaderChange {
            leader: id,
            voters: self.known.voters.ids().collect(),
            granting: granting.into_iter().collect(),
        }];
        if self.known.kraft_version > 0 {
            let is_new = self.known.voters.updated(local).is_some();
            // Voters that stand in the snapshot of formatting alone must get into the log: that
            // snapshot is on this node only.
            if is_new || self.known.offset == Some(Offset(-1)) {
                records.push(ControlRecord::KraftVersion(self.known.kraft_version));
                records.push(ControlRecord::Voters(self.voters_to_write()));
            }
        }
        effects.push(self.persist());
        self.append(records, effects);
        effects.push(Effect::LeaderChanged { leader: Some(id), epoch: self.epoch });
    }

    /// Writes the level and, with it, the voters: until now they stood in the configuration of each
    /// node, from now on the log says who they are.
    fn raise_kraft_version(&mut self, level: i16, effects: &mut Vec<Effect>) {
        if level > self.known.kraft_version && level <= self.kraft_version_limit() {
            let voters = self.voters_to_write();
            let records = vec![ControlRecord::KraftVersion(level), ControlRecord::Voters(voters)];
            self.append(records, effects);
        }
    }

    /// The voters with what this node knows of itself.
    fn voters_to_write(&self) -> VoterSet {
        let updated = self.known.voters.updated(&self.settings.local);
        updated.unwrap_or_else(|| self.known.voters.clone())
    }

    fn append(&mut self, records: Vec<ControlRecord>, effects: &mut Vec<Effect>) {
        for (index, record) in records.iter().enumerate() {
            self.known.note(record, self.log_end.offset.plus(index as i64));
        }
        effects.push(Effect::Append { epoch: self.epoch, records });
    }

    /// Goes forward if the votes suffice; says whether they did.
    fn count_votes(&mut self, now: MonoMs, entropy: u64, effects: &mut Vec<Effect>) -> bool {
        let (granted, is_candidate) = match &self.state {
            State::Prospective { granted, .. } => (granted, false),
            State::Candidate { granted, .. } => (granted, true),
            _ => return false,
        };
        let votes = self.known.voters.ids().filter(|id| granted.contains(id)).count();
        if votes < self.known.voters.majority() || votes == 0 {
            return false;
        }
        if is_candidate {
            let granting = granted.clone();
            self.become_leader(granting, effects);
        } else {
            self.become_candidate(now, entropy, effects);
        }
        true
    }

    fn vote_answered(
        &mut self,
        now: MonoMs,
        entropy: u64,
        (from, epoch): (BrokerId, LeaderEpoch),
        (pre_vote, vote): (bool, bool),
        effects: &mut Vec<Effect>,
    ) {
        if epoch > self.epoch {
            return self.detach(now, entropy, epoch, effects);
        }
        let granted = match &mut self.state {
            State::Prospective { granted, .. } if pre_vote => granted,
            State::Candidate { granted, .. } if !pre_vote => granted,
            _ => return,
        };
        if epoch == self.epoch && vote && granted.insert(from) {
            self.count_votes(now, entropy, effects);
        }
    }

    /// Learns of an epoch whose leader it does not know.
    fn detach(&mut self, now: MonoMs, entropy: u64, epoch: LeaderEpoch, effects: &mut Vec<Effect>) {
        self.epoch = epoch;
        self.leader = None;
        self.voted = None;
        self.state = State::Unattached { election_at: self.election_deadline(now, entropy) };
        effects.push(self.persist());
        effects.push(Effect::LeaderChanged { leader: None, epoch });
    }

    fn follow(
        &mut self,
        now: MonoMs,
        leader: BrokerId,
        epoch: LeaderEpoch,
        effects: &mut Vec<Effect>,
    ) {
        let local = self.settings.local.key.id;
        if epoch < self.epoch || leader == local || (epoch == self.epoch && self.is_leader()) {
            return;
        }
        // Within one epoch a vote stays: it was given.
        if epoch > self.epoch {
            self.voted = None;
        }
        let changed = self.epoch != epoch || self.leader != Some(leader);
        self.epoch = epoch;
        self.leader = Some(leader);
        let fetch_until = now.plus_ms(self.settings.fetch_timeout_ms);
        self.state = State::Follower { leader, fetch_until };
        if changed {
            effects.push(self.persist());
            effects.push(Effect::LeaderChanged { leader: Some(leader), epoch });
        }
    }

    fn would_grant(&self, candidate: &ReplicaKey, up_to_date: bool, pre_vote: bool) -> bool {
        match &self.state {
            State::Leader(_) => false,
            State::Unattached { .. } | State::Prospective { .. } => match (pre_vote, self.voted) {
                (true, _) => up_to_date,
                (false, Some(voted)) => voted.matches(candidate),
                (false, None) => self.leader.is_none() && up_to_date,
            },
            // A follower that has its leader's ear would only help to disturb it.
            State::Follower { .. } => false,
            State::Candidate { .. } | State::Resigned { .. } => pre_vote && up_to_date,
        }
    }

    /// Moves the high watermark to what a majority has, once that reaches into this epoch.
    fn advance(&mut self, effects: &mut Vec<Effect>) {
        let State::Leader(leadership) = &self.state else { return };
        let local = self.settings.local.key.id;
        let mut ends: Vec<Offset> = leadership.followers.values().copied().collect();
        if self.known.voters.get(local).is_some() {
            ends.push(self.durable_end);
        }
        ends.sort_by(|a, b| b.cmp(a));
        let Some(reached) = ends.get(self.known.voters.len() / 2).copied() else { return };
        if reached > leadership.epoch_start && self.high_watermark.is_none_or(|hw| reached > hw) {
            self.high_watermark = Some(reached);
            effects.push(Effect::HighWatermark(reached));
        }
    }

    fn is_voter(&self) -> bool {
        self.known.voters.is_voter(&self.settings.local.key)
    }

    fn persist(&self) -> Effect {
        Effect::Persist(ElectionState {
            epoch: self.epoch,
            leader: self.leader,
            voted: self.voted,
            voters: self.known.voters.ids().collect(),
        })
    }

    fn election_deadline(&self, now: MonoMs, entropy: u64) -> MonoMs {
        let timeout = self.settings.election_timeout_ms;
        let random = if timeout == 0 { 0 } else { entropy % timeout };
        now.plus_ms(timeout + random)
    }

    fn set_election_at(&mut self, at: MonoMs) {
        match &mut self.state {
            State::Unattached { election_at }
            | State::Resigned { election_at }
            | State::Prospective { election_at, .. }
            | State::Candidate { election_at, .. } => *election_at = at,
            State::Follower { .. } | State::Leader(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use base::Uuid;

    use super::*;
    use crate::quorum::voters::VoterEndpoint;

    fn voter(id: i32) -> Voter {
        let endpoint = VoterEndpoint { host: Str::from_static("localhost"), port: 9093 };
        Voter {
            key: ReplicaKey::new(id, Uuid::from_halves(1, id as u64)),
            endpoints: BTreeMap::from([(Str::from_static("CONTROLLER"), endpoint)]),
            kraft_versions: (0, 1),
        }
    }

    fn settings(id: i32) -> QuorumSettings {
        QuorumSettings {
            local: voter(id),
            cluster_id: Str::from_static("c"),
            election_timeout_ms: 1000,
            fetch_timeout_ms: 2000,
        }
    }

    /// A quorum as `--standalone` leaves it, or one whose voters stand in the log already.
    fn known(voters: &[i32], offset: i64) -> KnownVoters {
        KnownVoters {
            kraft_version: 1,
            voters: VoterSet::new(voters.iter().map(|id| voter(*id))),
            offset: Some(Offset(offset)),
        }
    }

    fn end(epoch: i32, offset: i64) -> LogEnd {
        LogEnd { epoch: LeaderEpoch(epoch), offset: Offset(offset) }
    }

    fn appended(effects: &[Effect]) -> Option<&[ControlRecord]> {
        effects.iter().find_map(|effect| match effect {
            Effect::Append { records, .. } => Some(&records[..]),
            _ => None,
        })
    }

    #[test]
    fn the_only_voter_leads_the_next_epoch_at_once_and_commits_when_its_log_is_on_disk() {
        let mut quorum = Quorum::new(settings(1), known(&[1], -1), None, end(0, 0));
        let effects = quorum.handle(MonoMs(5), 7, Event::Start);
        assert_eq!((quorum.leader(), quorum.epoch()), (Some(BrokerId(1)), LeaderEpoch(1)));
        let records = appended(&effects).unwrap();
        assert!(matches!(records[0], ControlRecord::LeaderChange { leader: BrokerId(1), .. }));
        assert_eq!(records[1], ControlRecord::KraftVersion(1));
        assert!(matches!(records[2], ControlRecord::Voters(_)));

        // The vote is stored before the lead, and the lead before its first record.
        let stored: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Persist(state) => {
                    Some((state.epoch.0, state.leader, state.voted.is_some()))
                }
                _ => None,
            })
            .collect();
        assert_eq!(stored, [(0, None, false), (1, None, true), (1, Some(BrokerId(1)), false)]);

        assert_eq!(quorum.handle(MonoMs(6), 7, Event::Appended { end: end(1, 3) }), []);
        assert_eq!(quorum.high_watermark(), None);
        let effects = quorum.handle(MonoMs(7), 7, Event::Flushed { end: Offset(3) });
        assert_eq!(effects, [Effect::HighWatermark(Offset(3))]);
        assert_eq!(quorum.describe(WallMs(9)).unwrap().high_watermark, Offset(3));
        assert_eq!(quorum.next_deadline(), MonoMs::NEVER);
    }

    #[test]
    fn a_leader_that_restarts_never_writes_under_its_old_epoch() {
        let stored = ElectionState {
            epoch: LeaderEpoch(4),
            leader: Some(BrokerId(1)),
            ..ElectionState::default()
        };
        let mut quorum = Quorum::new(settings(1), known(&[1], 2), Some(stored), end(4, 20));
        assert!(matches!(quorum.state(), State::Resigned { .. }));
        let effects = quorum.handle(MonoMs(0), 0, Event::Start);
        assert_eq!(quorum.epoch(), LeaderEpoch(5));
        assert_eq!(appended(&effects).unwrap().len(), 1, "the voters are in the log already");
    }

    #[test]
    fn a_lost_state_file_does_not_take_the_epoch_back() {
        let mut quorum = Quorum::new(settings(1), known(&[1], 2), None, end(4, 20));
        quorum.handle(MonoMs(0), 0, Event::Start);
        assert_eq!(quorum.epoch(), LeaderEpoch(5));
    }

    #[test]
    fn raising_the_level_writes_the_voters_that_only_the_configuration_knew() {
        let configured = Voter { key: ReplicaKey::new(1, Uuid::ZERO), ..voter(1) };
        let known = KnownVoters::from_configuration(VoterSet::new([configured]));
        let mut quorum = Quorum::new(settings(1), known, None, end(0, 0));
        assert_eq!(quorum.kraft_version_limit(), 0, "it does not lead yet");
        let effects = quorum.handle(MonoMs(0), 0, Event::Start);
        assert_eq!(appended(&effects).unwrap().len(), 1, "a leader change and no voters");
        quorum.handle(MonoMs(0), 0, Event::Appended { end: end(1, 1) });

        assert_eq!(quorum.kraft_version_limit(), 1);
        assert_eq!(quorum.handle(MonoMs(1), 0, Event::RaiseKraftVersion(2)), []);
        let effects = quorum.handle(MonoMs(1), 0, Event::RaiseKraftVersion(1));
        let written = VoterSet::new([voter(1)]);
        let records = [ControlRecord::KraftVersion(1), ControlRecord::Voters(written.clone())];
        assert_eq!(appended(&effects).unwrap(), records);
        assert_eq!(
            *quorum.voters(),
            KnownVoters { kraft_version: 1, voters: written, offset: Some(Offset(2)) }
        );
        quorum.handle(MonoMs(1), 0, Event::Appended { end: end(1, 3) });
        assert_eq!(quorum.handle(MonoMs(2), 0, Event::RaiseKraftVersion(1)), [], "it is there");
    }

    #[test]
    fn one_of_three_asks_first_and_leads_with_a_majority() {
        let mut quorum = Quorum::new(settings(1), known(&[1, 2, 3], 2), None, end(1, 9));
        quorum.handle(MonoMs(0), 0, Event::Start);
        assert!(matches!(quorum.state(), State::Unattached { .. }));
        let at = quorum.next_deadline();
        let effects = quorum.handle(at, 0, Event::Deadline);
        let ask = Effect::RequestVotes { epoch: LeaderEpoch(1), pre_vote: true };
        assert_eq!(effects, [ask]);

        let answer = |epoch, pre_vote| Event::VoteAnswered {
            from: BrokerId(2),
            epoch: LeaderEpoch(epoch),
            pre_vote,
            granted: true,
        };
        quorum.handle(at, 0, answer(1, true));
        assert!(matches!(quorum.state(), State::Candidate { .. }));
        quorum.handle(at, 0, answer(2, false));
        assert!(quorum.is_leader());
        quorum.handle(at, 0, Event::Flushed { end: Offset(10) });
        assert_eq!(quorum.high_watermark(), None, "nobody else has fetched");
    }

    #[test]
    fn a_vote_goes_to_one_candidate_of_an_epoch_and_never_to_a_shorter_log() {
        let mut quorum = Quorum::new(settings(1), known(&[1, 2, 3], 2), None, end(3, 9));
        quorum.handle(MonoMs(0), 0, Event::Start);
        let candidacy = |id, epoch, log_end| Candidacy {
            candidate: voter(id).key,
            epoch: LeaderEpoch(epoch),
            log_end,
            pre_vote: false,
        };
        let mut vote = |c| quorum.vote(MonoMs(1), 0, c).map(|(granted, _)| granted);
        assert_eq!(vote(candidacy(2, 2, end(1, 9))), Err(ErrorCode::FencedLeaderEpoch));
        assert_eq!(vote(candidacy(2, 4, end(4, 9))), Err(ErrorCode::InvalidRequest));
        assert_eq!(vote(candidacy(2, 4, end(3, 8))), Ok(false));
        assert_eq!(vote(candidacy(2, 4, end(3, 9))), Ok(true));
        assert_eq!(vote(candidacy(3, 4, end(3, 9))), Ok(false));
        assert_eq!(vote(candidacy(2, 4, end(3, 9))), Ok(true));
        assert_eq!(vote(candidacy(3, 5, end(3, 10))), Ok(true));
    }
}
