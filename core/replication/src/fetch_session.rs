//! Incremental fetch sessions (KIP-227): a consumer that follows a thousand partitions names them
//! once, and afterwards hears only of those that changed.
//!
//! A session is checked out of the [`Sessions`] for the time of one fetch and checked in again with
//! its answer. A fetch that finds its session checked out is a duplicate on another connection and
//! gets the answer a wrong epoch gets.
//!
//! The machine knows nothing of logs: [`Session::includes`] is told what a partition would answer
//! and says whether the client must hear it.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, LeaderEpoch, MonoMs, Offset, Str, Uuid};

/// A fetch that belongs to no session.
pub const NO_SESSION: i32 = 0;
/// The epoch of a fetch that opens a session.
pub const INITIAL_EPOCH: i32 = 0;
/// The epoch of a fetch that closes its session.
pub const FINAL_EPOCH: i32 = -1;

/// A session that was not used for this long gives way to any other, and one that has lived for this
/// long to one that is worth more (Kafka's two minutes).
const EVICTION_MS: u64 = 120_000;

/// How a fetch names a topic: by id from version 13 on, by name before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicKey {
    Name(Str),
    Id(Uuid),
}

/// What a client asked of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPartition {
    pub topic: TopicKey,
    /// What the topic of an id was called when its session first knew: a topic that is gone since,
    /// or has come again with another id, is not the same as one that never was.
    pub topic_name: Option<Str>,
    pub partition: i32,
    pub fetch_offset: Offset,
    pub bytes_max: i32,
    pub leader_epoch: LeaderEpoch,
    pub last_fetched_epoch: LeaderEpoch,
    pub log_start_offset: Offset,
}

/// The parts of a partition's answer by which a change is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub error: ErrorCode,
    pub high_watermark: Offset,
    pub log_start_offset: Offset,
    pub records_bytes: usize,
    /// A preferred read replica or a diverging epoch is named.
    pub redirects: bool,
}

/// What the client was told of a partition last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    high_watermark: Offset,
    log_start_offset: Offset,
}

#[derive(Clone, Debug)]
struct Entry {
    asked: FetchedPartition,
    told: Told,
}

/// A partition of which nothing was told yet: any answer is news.
const NOTHING_TOLD: Told = Told { high_watermark: Offset(-1), log_start_offset: Offset(-1) };

/// One client's partitions, in the order in which they are served. A partition that returned data
/// goes to the end, so that a busy one cannot starve the others.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: i32,
    /// The epoch the next fetch must carry.
    epoch: i32,
    uses_topic_ids: bool,
    order: BTreeMap<u64, Entry>,
    places: BTreeMap<(TopicKey, i32), u64>,
    next_place: u64,
}

impl Session {
    fn new(id: i32, kind: SessionKind, partitions: Vec<FetchedPartition>) -> Session {
        let mut session = Session {
            id,
            epoch: 1,
            uses_topic_ids: kind.uses_topic_ids,
            order: BTreeMap::new(),
            places: BTreeMap::new(),
            next_place: 0,
        };
        for partition in partitions {
            session.set(partition);
        }
        session
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The partitions in the order in which they are to be served.
    pub fn partitions(&self) -> impl Iterator<Item = &FetchedPartition> {
        self.order.values().map(|entry| &entry.asked)
    }

    /// Whether the client must hear this answer, and remembers that it did. To be called once for
    /// each partition of the final answer.
    pub fn includes(&mut self, topic: &TopicKey, partition: i32, answer: Answer) -> bool {
        let key = (topic.clone(), partition);
        let Some(place) = self.places.get(&key).copied() else { return true };
        let Some(entry) = self.order.get_mut(&place) else { return true };
        let now = Told {
            high_watermark: answer.high_watermark,
            log_start_offset: answer.log_start_offset,
        };
        let failed = answer.error != ErrorCode::None;
        let include = answer.records_bytes > 0 || answer.redirects || failed || now != entry.told;
        // After an error everything is news again, so that its end is told.
        entry.told = if failed { NOTHING_TOLD } else { now };
        if answer.records_bytes > 0 {
            self.move_to_end(key, place);
        }
        include
    }

    fn move_to_end(&mut self, key: (TopicKey, i32), place: u64) {
        if let Some(entry) = self.order.remove(&place) {
            self.order.insert(self.next_place, entry);
            self.places.insert(key, self.next_place);
            self.next_place += 1;
        }
    }

    /// Has the session know what the topics of its ids are called, where it does not know yet.
    pub fn learn_names(&mut self, name_of: impl Fn(Uuid) -> Option<Str>) {
        for entry in self.order.values_mut() {
            let asked = &mut entry.asked;
            if let (None, TopicKey::Id(id)) = (&asked.topic_name, &asked.topic) {
                asked.topic_name = name_of(*id);
            }
        }
    }

    fn set(&mut self, partition: FetchedPartition) {
        let key = (partition.topic.clone(), partition.partition);
        match self.places.get(&key).and_then(|place| self.order.get_mut(place)) {
            Some(entry) => {
                let topic_name = entry.asked.topic_name.take();
                entry.asked = FetchedPartition { topic_name, ..partition };
            }
            None => {
                self.places.insert(key, self.next_place);
                self.order.insert(self.next_place, Entry { asked: partition, told: NOTHING_TOLD });
                self.next_place += 1;
            }
        }
    }

    fn forget(&mut self, topic: TopicKey, partition: i32) {
        if let Some(place) = self.places.remove(&(topic, partition)) {
            self.order.remove(&place);
        }
    }
}

/// What a new session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionKind {
    pub uses_topic_ids: bool,
    /// A follower's: it may push a consumer's session out, never the reverse.
    pub privileged: bool,
}

/// What a fetch is, by its session id and epoch.
#[derive(Debug)]
pub enum Begun {
    /// Answer all of the request's partitions; no session.
    Sessionless,
    /// Answer all of the request's partitions, then offer the session with [`Sessions::open`].
    Opening,
    /// Answer what changed, then give the session back with [`Sessions::check_in`].
    Incremental(Session),
    /// The session is gone or the epoch is wrong; the client starts over.
    Refused(ErrorCode),
}

/// What the table knows of a session.
struct Held {
    /// None while a fetch that is under way has it.
    session: Option<Session>,
    opened_at: MonoMs,
    used_at: MonoMs,
    worth: Worth,
}

/// By what sessions are compared where one has to go: a follower's is worth more than a consumer's, a
/// larger one more than a smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Worth {
    privileged: bool,
    partitions: usize,
}

/// All sessions of a node (`max.incremental.fetch.session.cache.slots`).
pub struct Sessions {
    slots: usize,
    held: BTreeMap<i32, Held>,
    /// Those of `held`, the one that has not been used for longest first.
    by_use: BTreeSet<(MonoMs, i32)>,
    /// Those that make room for any session of more worth: they have lived for a while.
    yields_to_all: BTreeSet<(Worth, i32)>,
    /// Those that make room for a follower's session of more worth: these, and every consumer's.
    yields_to_privileged: BTreeSet<(Worth, i32)>,
    /// Sessions pushed out by others, for the metric.
    pub evictions: u64,
}

impl Sessions {
    pub fn new(slots: usize) -> Sessions {
        Sessions {
            slots,
            held: BTreeMap::new(),
            by_use: BTreeSet::new(),
            yields_to_all: BTreeSet::new(),
            yields_to_privileged: BTreeSet::new(),
            evictions: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.held.len()
    }

    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The partitions of all sessions together, for the metric.
    pub fn partitions(&self) -> usize {
        self.held.values().map(|held| held.worth.partitions).sum()
    }

    /// Tells what a fetch with this id and epoch is, and applies its changes to its session. One that is
    /// left without partitions ends; one may begin without, as in Kafka.
    pub fn begin(
        &mut self,
        id: i32,
        epoch: i32,
        uses_topic_ids: bool,
        changed: Vec<FetchedPartition>,
        forgotten: Vec<(TopicKey, i32)>,
        now: MonoMs,
    ) -> Begun {
        if epoch == INITIAL_EPOCH || epoch == FINAL_EPOCH {
            self.remove(id);
            return if epoch == FINAL_EPOCH { Begun::Sessionless } else { Begun::Opening };
        }
        let mut session = match self.check_out(id, epoch, uses_topic_ids) {
            Ok(session) => session,
            Err(code) => return Begun::Refused(code),
        };
        changed.into_iter().for_each(|partition| session.set(partition));
        forgotten.into_iter().for_each(|(topic, partition)| session.forget(topic, partition));
        if session.is_empty() {
            self.remove(id);
            return Begun::Sessionless;
        }
        session.epoch = next_epoch(epoch);
        self.touch(id, session.len(), now);
        Begun::Incremental(session)
    }

    fn check_out(
        &mut self,
        id: i32,
        epoch: i32,
        uses_topic_ids: bool,
    ) -> Result<Session, ErrorCode> {
        let held = self.held.get_mut(&id).ok_or(ErrorCode::FetchSessionIdNotFound)?;
        match &held.session {
            Some(session) if session.epoch != epoch => Err(ErrorCode::InvalidFetchSessionEpoch),
            Some(session) if session.uses_topic_ids != uses_topic_ids => {
                Err(ErrorCode::FetchSessionTopicIdError)
            }
            _ => held.session.take().ok_or(ErrorCode::InvalidFetchSessionEpoch),
        }
    }

    /// Gives a checked-out session back. One that was closed or pushed out meanwhile ends here.
    pub fn check_in(&mut self, session: Session, now: MonoMs) {
        let (id, partitions) = (session.id, session.len());
        if let Some(held) = self.held.get_mut(&id) {
            held.session = Some(session);
            self.touch(id, partitions, now);
        }
    }

    /// Opens a session if there is room or one to evict, and tells its id; [`NO_SESSION`] makes the
    /// client go on with full fetches. `candidate` draws a random id; ids are not to be guessed,
    /// because an id is all that a fetch shows.
    pub fn open(
        &mut self,
        kind: SessionKind,
        partitions: Vec<FetchedPartition>,
        now: MonoMs,
        mut candidate: impl FnMut() -> i32,
    ) -> Session {
        let worth = Worth { privileged: kind.privileged, partitions: partitions.len() };
        if !self.make_room(worth, now) {
            return Session::new(NO_SESSION, kind, partitions);
        }
        let id = loop {
            let id = candidate();
            if id > 0 && !self.held.contains_key(&id) {
                break id;
            }
        };
        let session = Session::new(id, kind, partitions);
        self.held.insert(id, Held { session: None, opened_at: now, used_at: now, worth });
        self.touch(id, session.len(), now);
        session
    }

    /// Whether a session of this worth fits, after evicting one that has not been used for long, or that
    /// yields to it and is worth less.
    fn make_room(&mut self, worth: Worth, now: MonoMs) -> bool {
        if self.held.len() < self.slots {
            return true;
        }
        let idle = self.by_use.first().filter(|(used_at, _)| is_long_ago(*used_at, now));
        let yielding = match worth.privileged {
            true => &self.yields_to_privileged,
            false => &self.yields_to_all,
        };
        let lesser = yielding.first().filter(|(other, _)| *other < worth);
        let Some(victim) = idle.map(|(_, id)| *id).or(lesser.map(|(_, id)| *id)) else {
            return false;
        };
        self.remove(victim);
        self.evictions += 1;
        true
    }

    /// Notes that a session has been used, and how many partitions it has by now.
    fn touch(&mut self, id: i32, partitions: usize, now: MonoMs) {
        let Some(mut held) = self.remove(id) else { return };
        held.used_at = now;
        held.worth.partitions = partitions;
        let has_lived = is_long_ago(held.opened_at, now);
        self.by_use.insert((now, id));
        if has_lived {
            self.yields_to_all.insert((held.worth, id));
        }
        if has_lived || !held.worth.privileged {
            self.yields_to_privileged.insert((held.worth, id));
        }
        self.held.insert(id, held);
    }

    fn remove(&mut self, id: i32) -> Option<Held> {
        let held = self.held.remove(&id)?;
        self.by_use.remove(&(held.used_at, id));
        self.yields_to_all.remove(&(held.worth, id));
        self.yields_to_privileged.remove(&(held.worth, id));
        Some(held)
    }
}

fn is_long_ago(then: MonoMs, now: MonoMs) -> bool {
    then.plus_ms(EVICTION_MS) < now
}

/// Epochs wrap from `i32::MAX` to 1: 0 and -1 have meanings of their own.
fn next_epoch(epoch: i32) -> i32 {
    if epoch == i32::MAX { 1 } else { epoch + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSUMER: SessionKind = SessionKind { uses_topic_ids: false, privileged: false };
    const FOLLOWER: SessionKind = SessionKind { uses_topic_ids: false, privileged: true };

    fn partition(name: &str, index: i32) -> FetchedPartition {
        FetchedPartition {
            topic: TopicKey::Name(name.into()),
            topic_name: None,
            partition: index,
            fetch_offset: Offset(0),
            bytes_max: 1024,
            leader_epoch: LeaderEpoch::NONE,
            last_fetched_epoch: LeaderEpoch::NONE,
            log_start_offset: Offset(-1),
        }
    }

    fn answer(high_watermark: i64, records_bytes: usize) -> Answer {
        Answer {
            error: ErrorCode::None,
            high_watermark: Offset(high_watermark),
            log_start_offset: Offset(0),
            records_bytes,
            redirects: false,
        }
    }

    fn open(sessions: &mut Sessions, kind: SessionKind, count: i32, now: u64, id: i32) -> i32 {
        let partitions = (0..count).map(|index| partition("t", index)).collect();
        let session = sessions.open(kind, partitions, MonoMs(now), || id);
        let id = session.id;
        sessions.check_in(session, MonoMs(now));
        id
    }

    fn incremental(sessions: &mut Sessions, id: i32, epoch: i32) -> Begun {
        sessions.begin(id, epoch, false, vec![], vec![], MonoMs(0))
    }

    #[test]
    fn an_incremental_fetch_hears_only_of_changes() {
        let mut sessions = Sessions::new(10);
        let id = open(&mut sessions, CONSUMER, 2, 0, 7);
        let Begun::Incremental(mut session) = incremental(&mut sessions, id, 1) else { panic!() };
        let topic = TopicKey::Name("t".into());
        assert!(session.includes(&topic, 0, answer(5, 0)), "the first answer is news");
        assert!(!session.includes(&topic, 0, answer(5, 0)));
        assert!(session.includes(&topic, 0, answer(6, 0)), "the high watermark moved");
        assert!(session.includes(&topic, 0, answer(6, 100)), "there is data");
        let failed = Answer { error: ErrorCode::NotLeaderOrFollower, ..answer(6, 0) };
        assert!(session.includes(&topic, 0, failed));
        assert!(session.includes(&topic, 0, answer(6, 0)), "the end of an error is news");
    }

    #[test]
    fn a_partition_with_data_is_served_last_next_time() {
        let mut sessions = Sessions::new(10);
        let id = open(&mut sessions, CONSUMER, 3, 0, 7);
        let Begun::Incremental(mut session) = incremental(&mut sessions, id, 1) else { panic!() };
        session.includes(&TopicKey::Name("t".into()), 0, answer(1, 10));
        let order: Vec<i32> = session.partitions().map(|p| p.partition).collect();
        assert_eq!(order, [1, 2, 0]);
    }

    #[test]
    fn wrong_ids_epochs_and_topic_forms_are_told_apart() {
        let mut sessions = Sessions::new(10);
        let id = open(&mut sessions, CONSUMER, 1, 0, 7);
        let refused = |begun| match begun {
            Begun::Refused(code) => code,
            other => panic!("{other:?}"),
        };
        let code = refused(incremental(&mut sessions, 99, 1));
        assert_eq!(code, ErrorCode::FetchSessionIdNotFound);
        let code = refused(incremental(&mut sessions, id, 2));
        assert_eq!(code, ErrorCode::InvalidFetchSessionEpoch);
        let code = refused(sessions.begin(id, 1, true, vec![], vec![], MonoMs(0)));
        assert_eq!(code, ErrorCode::FetchSessionTopicIdError);
        assert!(matches!(incremental(&mut sessions, id, 1), Begun::Incremental(_)));
        let code = refused(incremental(&mut sessions, id, 2));
        assert_eq!(code, ErrorCode::InvalidFetchSessionEpoch, "checked out");
    }

    #[test]
    fn a_session_remembers_what_the_topic_of_an_id_was_called() {
        let mut sessions = Sessions::new(10);
        let by_id = SessionKind { uses_topic_ids: true, privileged: false };
        let (id, other) = (Uuid::from_halves(1, 2), Uuid::from_halves(3, 4));
        let asked = |id| FetchedPartition { topic: TopicKey::Id(id), ..partition("", 0) };
        let mut session = sessions.open(by_id, vec![asked(id), asked(other)], MonoMs(0), || 7);
        let names = |session: &Session| -> Vec<Option<Str>> {
            session.partitions().map(|partition| partition.topic_name.clone()).collect()
        };
        session.learn_names(|known| (known == id).then(|| "t".into()));
        assert_eq!(names(&session), [Some("t".into()), None]);
        sessions.check_in(session, MonoMs(0));
        let moved = FetchedPartition { fetch_offset: Offset(5), ..asked(id) };
        let begun = sessions.begin(7, 1, true, vec![moved], vec![], MonoMs(0));
        let Begun::Incremental(mut session) = begun else { panic!() };
        session.learn_names(|known| (known == other).then(|| "u".into()));
        assert_eq!(names(&session), [Some("t".into()), Some("u".into())]);
        let offsets: Vec<i64> = session.partitions().map(|asked| asked.fetch_offset.0).collect();
        assert_eq!(offsets, [5, 0]);
    }

    #[test]
    fn a_session_that_loses_its_partitions_ends_and_one_may_begin_without() {
        let mut sessions = Sessions::new(10);
        let id = open(&mut sessions, CONSUMER, 0, 0, 7);
        let added = vec![partition("t", 0)];
        let begun = sessions.begin(id, 1, false, added, vec![], MonoMs(0));
        let Begun::Incremental(session) = begun else { panic!("{begun:?}") };
        sessions.check_in(session, MonoMs(0));
        let forgotten = vec![(TopicKey::Name("t".into()), 0)];
        let begun = sessions.begin(id, 2, false, vec![], forgotten, MonoMs(0));
        assert!(matches!(begun, Begun::Sessionless) && sessions.is_empty());
    }

    #[test]
    fn a_full_cache_evicts_the_idle_and_the_lesser_that_have_lived_for_a_while() {
        let mut sessions = Sessions::new(1);
        assert_eq!(open(&mut sessions, CONSUMER, 2, 0, 1), 1);
        assert_eq!(open(&mut sessions, CONSUMER, 9, 10, 2), NO_SESSION, "the first is young");
        assert_eq!(open(&mut sessions, FOLLOWER, 1, 10, 3), 3, "a follower wins");
        assert_eq!(open(&mut sessions, CONSUMER, 9, 10, 4), NO_SESSION);
        assert_eq!(open(&mut sessions, FOLLOWER, 9, 10, 5), NO_SESSION, "nor to its like");
        assert_eq!(open(&mut sessions, CONSUMER, 1, 120_011, 6), 6, "an idle one goes");
    }

    #[test]
    fn a_session_that_is_in_use_yields_to_a_larger_one_when_it_has_lived_for_a_while() {
        let mut sessions = Sessions::new(1);
        let id = open(&mut sessions, CONSUMER, 2, 0, 1);
        for (epoch, now) in [(1, 100_000), (2, 120_001)] {
            assert_eq!(open(&mut sessions, CONSUMER, 3, now, 2), NO_SESSION);
            let begun = sessions.begin(id, epoch, false, vec![], vec![], MonoMs(now));
            let Begun::Incremental(session) = begun else { panic!("{begun:?}") };
            sessions.check_in(session, MonoMs(now));
        }
        assert_eq!(open(&mut sessions, CONSUMER, 2, 120_001, 2), NO_SESSION, "an equal one stays");
        assert_eq!(open(&mut sessions, CONSUMER, 3, 120_001, 2), 2);
        assert_eq!((sessions.len(), sessions.partitions(), sessions.evictions), (1, 3, 1));
    }

    #[test]
    fn a_session_is_worth_as_much_as_it_has_partitions_now() {
        let mut sessions = Sessions::new(1);
        let id = open(&mut sessions, CONSUMER, 2, 0, 1);
        let added = vec![partition("u", 0), partition("u", 1)];
        let begun = sessions.begin(id, 1, false, added, vec![], MonoMs(120_001));
        let Begun::Incremental(session) = begun else { panic!("{begun:?}") };
        assert_eq!(open(&mut sessions, CONSUMER, 4, 120_001, 2), NO_SESSION);
        assert_eq!(open(&mut sessions, CONSUMER, 5, 120_001, 2), 2, "even while it is in use");
        sessions.check_in(session, MonoMs(120_001));
        assert_eq!((sessions.len(), sessions.partitions()), (1, 5));
    }

    #[test]
    fn epochs_wrap_to_one() {
        assert_eq!(next_epoch(i32::MAX), 1);
        assert_eq!(next_epoch(1), 2);
    }
}
