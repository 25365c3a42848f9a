//! Share sessions: which partitions a member of a share group fetches from a broker (KIP-932).
//!
//! A member opens a session with epoch 0 and raises the epoch with each request, so that a request that
//! was lost, or came twice, is noticed; epoch -1 ends it. A session belongs to the connection that
//! opened it: when that is gone so is the session, and what the member holds is released. There is at
//! most one session for each member of a group.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use base::{ErrorCode, Str, Uuid};

pub const INITIAL_EPOCH: i32 = 0;
pub const FINAL_EPOCH: i32 = -1;

/// Names a connection of this broker.
pub type ConnectionId = u64;

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    pub group_id: Str,
    pub member_id: Str,
}

/// A partition by its topic's id.
pub type SharedPartition = (Uuid, i32);

#[derive(Debug, Default)]
pub struct ShareSessions {
    max: usize,
    sessions: BTreeMap<Member, Session>,
    /// The session that a connection opened last. It stays when the session ends otherwise, so that
    /// the end of the connection can tell whether the group has nobody left here.
    by_connection: BTreeMap<ConnectionId, Member>,
}

#[derive(Debug)]
struct Session {
    epoch: i32,
    connection: ConnectionId,
    partitions: BTreeMap<SharedPartition, Cached>,
    /// In the order in which they are answered, by their places. A request may name a million.
    order: BTreeMap<u64, SharedPartition>,
    next_place: u64,
}

#[derive(Clone, Copy, Debug)]
struct Cached {
    place: u64,
    /// The next answer has to name it, whether or not there are records: it is new, or had an error.
    must_be_told: bool,
}

/// What a fetch asks for, as its session has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A new session: everything is answered.
    Opened(Vec<SharedPartition>),
    /// What has records, errors, or was not answered yet.
    Continued(Vec<SharedPartition>),
    /// The last request of a session: acknowledgements and nothing else.
    Ending,
}

/// What an answer says of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Records,
    Error,
    Nothing,
}

/// Whether a fetch brings acknowledgements, which the first of a session cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brings {
    Acknowledgements,
    Nothing,
}

/// What is left to do when a connection has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disconnected {
    /// The member whose session ended, and the partitions of which it may hold records.
    pub left: Option<(Member, Vec<SharedPartition>)>,
    /// A group of which nobody has a session here any more.
    pub empty_group: Option<Str>,
}

impl ShareSessions {
    /// `max` sessions at most.
    pub fn new(max: usize) -> ShareSessions {
        ShareSessions { max, ..ShareSessions::default() }
    }

    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Takes a fetch.
    ///
    /// # Errors
    /// SHARE_SESSION_NOT_FOUND, INVALID_SHARE_SESSION_EPOCH, SHARE_SESSION_LIMIT_REACHED, or
    /// INVALID_REQUEST where the first fetch brings acknowledgements.
    pub fn fetch(
        &mut self,
        member: &Member,
        epoch: i32,
        connection: ConnectionId,
        brings: Brings,
        added: &[SharedPartition],
        forgotten: &[SharedPartition],
    ) -> Result<Begun, ErrorCode> {
        match epoch {
            FINAL_EPOCH => match self.sessions.contains_key(member) {
                true => Ok(Begun::Ending),
                false => Err(ErrorCode::ShareSessionNotFound),
            },
            INITIAL_EPOCH => self.open(member, connection, brings, added),
            _ => {
                let session = self.expect(member, epoch)?;
                for partition in added {
                    session.add(*partition, true);
                }
                for partition in forgotten {
                    session.remove(*partition);
                }
                session.epoch = next_epoch(session.epoch);
                Ok(Begun::Continued(session.all()))
            }
        }
    }

    fn open(
        &mut self,
        member: &Member,
        connection: ConnectionId,
        brings: Brings,
        partitions: &[SharedPartition],
    ) -> Result<Begun, ErrorCode> {
        if brings == Brings::Acknowledgements {
            return Err(ErrorCode::InvalidRequest);
        }
        self.sessions.remove(member);
        if self.sessions.len() >= self.max {
            return Err(ErrorCode::ShareSessionLimitReached);
        }
        let mut session = Session {
            epoch: next_epoch(INITIAL_EPOCH),
            connection,
            partitions: BTreeMap::new(),
            order: BTreeMap::new(),
            next_place: 0,
        };
        for partition in partitions {
            session.add(*partition, false);
        }
        self.sessions.insert(member.clone(), session);
        self.by_connection.insert(connection, member.clone());
        Ok(Begun::Opened(partitions.to_vec()))
    }

    fn expect(&mut self, member: &Member, epoch: i32) -> Result<&mut Session, ErrorCode> {
        let session = self.sessions.get_mut(member).ok_or(ErrorCode::ShareSessionNotFound)?;
        if session.epoch != epoch {
            return Err(ErrorCode::InvalidShareSessionEpoch);
        }
        Ok(session)
    }

    /// Takes a request that acknowledges and does not fetch.
    ///
    /// # Errors
    /// As [`ShareSessions::fetch`]; such a request cannot open a session.
    pub fn acknowledge(&mut self, member: &Member, epoch: i32) -> Result<(), ErrorCode> {
        match epoch {
            INITIAL_EPOCH => Err(ErrorCode::InvalidShareSessionEpoch),
            FINAL_EPOCH => match self.sessions.contains_key(member) {
                true => Ok(()),
                false => Err(ErrorCode::ShareSessionNotFound),
            },
            _ => {
                let session = self.expect(member, epoch)?;
                session.epoch = next_epoch(session.epoch);
                Ok(())
            }
        }
    }

    /// Whether the answer to a fetch of a session has to name a partition.
    pub fn must_tell(&mut self, member: &Member, partition: SharedPartition, told: Told) -> bool {
        let Some(session) = self.sessions.get_mut(member) else { return true };
        let Some(cached) = session.partitions.get_mut(&partition) else { return true };
        let must = cached.must_be_told || told != Told::Nothing;
        cached.must_be_told = told == Told::Error;
        if told == Told::Records {
            // Whoever had records comes last, so that no partition is starved by another.
            session.remove(partition);
            session.add(partition, false);
        }
        must
    }

    /// Ends a session. Names the partitions of which the member may hold records.
    pub fn end(&mut self, member: &Member) -> Option<Vec<SharedPartition>> {
        self.sessions.remove(member).map(|session| session.all())
    }

    /// A connection has ended.
    pub fn disconnected(&mut self, connection: ConnectionId) -> Disconnected {
        let Some(member) = self.by_connection.remove(&connection) else {
            return Disconnected::default();
        };
        // The member may have opened another session since, over another connection.
        let is_its = |session: &Session| session.connection == connection;
        let left = match self.sessions.get(&member).is_some_and(is_its) {
            true => self.end(&member).map(|partitions| (member.clone(), partitions)),
            false => None,
        };
        let has_others = self.has_group(&member.group_id);
        Disconnected { left, empty_group: (!has_others).then_some(member.group_id) }
    }

    /// Whether a member of the group has a session.
    pub fn has_group(&self, group_id: &str) -> bool {
        self.sessions.keys().any(|member| member.group_id.as_str() == group_id)
    }
}

impl Session {
    /// Adds it as the last, unless it is there.
    fn add(&mut self, partition: SharedPartition, must_be_told: bool) {
        let place = self.next_place;
        if let Entry::Vacant(free) = self.partitions.entry(partition) {
            free.insert(Cached { place, must_be_told });
            self.order.insert(place, partition);
            self.next_place += 1;
        }
    }

    fn remove(&mut self, partition: SharedPartition) {
        if let Some(cached) = self.partitions.remove(&partition) {
            self.order.remove(&cached.place);
        }
    }

    fn all(&self) -> Vec<SharedPartition> {
        self.order.values().copied().collect()
    }
}

fn next_epoch(epoch: i32) -> i32 {
    if epoch == i32::MAX { 1 } else { epoch + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: SharedPartition = (Uuid::from_halves(1, 1000), 0);
    const B: SharedPartition = (Uuid::from_halves(1, 1000), 1);

    fn member(id: &str) -> Member {
        Member { group_id: "g".into(), member_id: id.into() }
    }

    fn fetch(
        sessions: &mut ShareSessions,
        id: &str,
        epoch: i32,
        added: &[SharedPartition],
    ) -> Result<Begun, ErrorCode> {
        sessions.fetch(&member(id), epoch, 7, Brings::Nothing, added, &[])
    }

    #[test]
    fn epochs_rise_by_one_from_request_to_request() {
        let mut sessions = ShareSessions::new(10);
        assert_eq!(fetch(&mut sessions, "m", 1, &[]), Err(ErrorCode::ShareSessionNotFound));
        assert_eq!(fetch(&mut sessions, "m", 0, &[A]), Ok(Begun::Opened(vec![A])));
        assert_eq!(fetch(&mut sessions, "m", 1, &[B]), Ok(Begun::Continued(vec![A, B])));
        assert_eq!(fetch(&mut sessions, "m", 1, &[]), Err(ErrorCode::InvalidShareSessionEpoch));
        assert_eq!(sessions.acknowledge(&member("m"), 2), Ok(()));
        assert_eq!(sessions.acknowledge(&member("m"), 0), Err(ErrorCode::InvalidShareSessionEpoch));
        let forgetting = sessions.fetch(&member("m"), 3, 7, Brings::Nothing, &[], &[A]);
        assert_eq!(forgetting, Ok(Begun::Continued(vec![B])));
        assert_eq!(fetch(&mut sessions, "m", -1, &[]), Ok(Begun::Ending));
        assert_eq!(sessions.end(&member("m")), Some(vec![B]));
        assert_eq!(fetch(&mut sessions, "m", -1, &[]), Err(ErrorCode::ShareSessionNotFound));
    }

    #[test]
    fn a_partition_is_named_when_it_is_new_has_records_or_had_an_error() {
        let mut sessions = ShareSessions::new(10);
        fetch(&mut sessions, "m", 0, &[A]).expect("a session");
        fetch(&mut sessions, "m", 1, &[B]).expect("a session");
        let m = member("m");
        assert!(!sessions.must_tell(&m, A, Told::Nothing));
        assert!(sessions.must_tell(&m, B, Told::Nothing), "it is new");
        assert!(!sessions.must_tell(&m, B, Told::Nothing));
        assert!(sessions.must_tell(&m, A, Told::Error));
        assert!(sessions.must_tell(&m, A, Told::Nothing), "the error is over");
        assert!(sessions.must_tell(&m, A, Told::Records));
        assert_eq!(fetch(&mut sessions, "m", 2, &[]), Ok(Begun::Continued(vec![B, A])));
    }

    #[test]
    fn only_so_many_sessions_are_kept() {
        let mut sessions = ShareSessions::new(1);
        fetch(&mut sessions, "m", 0, &[A]).expect("a session");
        assert_eq!(fetch(&mut sessions, "n", 0, &[A]), Err(ErrorCode::ShareSessionLimitReached));
        // A member that opens its session anew takes the place of its old one.
        assert_eq!(fetch(&mut sessions, "m", 0, &[A]), Ok(Begun::Opened(vec![A])));
    }

    #[test]
    fn the_end_of_a_connection_ends_its_session_and_no_other() {
        let mut sessions = ShareSessions::new(10);
        let open = |sessions: &mut ShareSessions, id, connection| {
            sessions.fetch(&member(id), 0, connection, Brings::Nothing, &[A], &[])
        };
        open(&mut sessions, "m", 1).expect("a session");
        open(&mut sessions, "m", 2).expect("a session");
        open(&mut sessions, "n", 3).expect("a session");
        assert_eq!(sessions.disconnected(1), Disconnected::default());
        let left = Some((member("m"), vec![A]));
        assert_eq!(sessions.disconnected(2), Disconnected { left, empty_group: None });
        let last = sessions.disconnected(3);
        assert_eq!(last.empty_group, Some("g".into()));
    }

    #[test]
    fn the_first_fetch_cannot_acknowledge() {
        let mut sessions = ShareSessions::new(10);
        let begun = sessions.fetch(&member("m"), 0, 7, Brings::Acknowledgements, &[A], &[]);
        assert_eq!(begun, Err(ErrorCode::InvalidRequest));
    }
}
