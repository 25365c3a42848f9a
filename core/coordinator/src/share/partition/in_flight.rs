//! The state of records that a share group has been given and is not done with.

use base::{MonoMs, Str};

use super::ChangeId;
use crate::share::RecordState;

/// The state of one record, or of all records of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InFlight {
    pub(super) state: RecordState,
    pub(super) delivery_count: i32,
    /// Who holds the record; empty if nobody does.
    pub(super) member: Str,
    /// When it becomes available again although it is held.
    pub(super) lock: Option<MonoMs>,
    /// What it goes back to if a change that is being written fails.
    before: Option<Before>,
    /// It is gone from the log, so it is archived whatever else happens.
    is_gone: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Before {
    change: ChangeId,
    state: RecordState,
    member: Str,
    delivery_count_max: i32,
}

impl InFlight {
    pub(super) fn new(state: RecordState, delivery_count: i32) -> InFlight {
        InFlight {
            state,
            delivery_count,
            member: Str::EMPTY,
            lock: None,
            before: None,
            is_gone: false,
        }
    }

    /// Delivered to `member` for the first time.
    pub(super) fn acquired(member: &Str, lock: MonoMs) -> InFlight {
        InFlight {
            member: member.clone(),
            lock: Some(lock),
            ..InFlight::new(RecordState::Acquired, 1)
        }
    }

    /// Whether a change of it is being written.
    pub(super) fn is_changing(&self) -> bool {
        self.before.is_some()
    }

    pub(super) fn is_available(&self) -> bool {
        self.state == RecordState::Available && !self.is_changing()
    }

    /// Delivers it again.
    pub(super) fn acquire(&mut self, member: &Str, lock: MonoMs) {
        self.state = RecordState::Acquired;
        self.delivery_count += 1;
        self.member = member.clone();
        self.lock = Some(lock);
    }

    /// Takes it from its holder at once. What is made available and has been delivered as often as
    /// it may be is archived.
    pub(super) fn take(&mut self, state: RecordState, delivery_count_max: i32) {
        let is_given_up =
            state == RecordState::Available && self.delivery_count >= delivery_count_max;
        self.state = if is_given_up { RecordState::Archived } else { state };
        self.member = Str::EMPTY;
    }

    /// Takes it from its holder with a change that has to be written first.
    pub(super) fn begin(&mut self, change: ChangeId, state: RecordState, delivery_count_max: i32) {
        self.before = Some(Before {
            change,
            state: self.state,
            member: self.member.clone(),
            delivery_count_max,
        });
        self.take(state, delivery_count_max);
    }

    /// Whether it is `change` that is being written.
    pub(super) fn is_changed_by(&self, change: ChangeId) -> bool {
        self.before.as_ref().is_some_and(|before| before.change == change)
    }

    /// The change has been written.
    pub(super) fn commit(&mut self) {
        self.before = None;
        self.lock = None;
    }

    /// The change could not be written: the record is held again, unless its lock has run out
    /// meanwhile.
    pub(super) fn roll_back(&mut self, now: MonoMs) {
        let Some(before) = self.before.take() else { return };
        if self.is_gone {
            self.lock = None;
            return;
        }
        if self.lock.is_some_and(|lock| lock <= now) {
            self.lock = None;
            self.member = Str::EMPTY;
            self.state = if self.delivery_count >= before.delivery_count_max {
                RecordState::Archived
            } else {
                RecordState::Available
            };
        } else {
            self.state = before.state;
            self.member = before.member;
        }
    }

    /// The log no longer has the record.
    pub(super) fn archive(&mut self) {
        self.is_gone = true;
        self.state = RecordState::Archived;
        self.member = Str::EMPTY;
        self.lock = None;
    }
}

/// Records that were delivered together.
#[derive(Clone, Debug)]
pub(super) struct InFlightBatch {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) states: States,
}

#[derive(Clone, Debug)]
pub(super) enum States {
    /// All records are in one state.
    Whole(InFlight),
    /// One state for each record, from the first to the last.
    Each(Vec<InFlight>),
}

impl InFlightBatch {
    pub(super) fn whole(first: i64, last: i64, state: InFlight) -> InFlightBatch {
        InFlightBatch { first, last, states: States::Whole(state) }
    }

    pub(super) fn count(&self) -> i64 {
        self.last - self.first + 1
    }

    pub(super) fn is_within(&self, first: i64, last: i64) -> bool {
        first <= self.first && self.last <= last
    }

    /// The states of single records from an offset on; none if all are in one state.
    pub(super) fn each_mut_from(
        &mut self,
        offset: i64,
    ) -> impl Iterator<Item = (i64, &mut InFlight)> {
        let first = self.first;
        let each: &mut [InFlight] = match &mut self.states {
            States::Each(each) => each,
            States::Whole(_) => &mut [],
        };
        let below = usize::try_from(offset.saturating_sub(first)).unwrap_or(0);
        let each = each.iter_mut().enumerate().skip(below);
        each.map(move |(at, state)| (first + at as i64, state))
    }

    /// Every state, with the offsets that are in it.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (i64, i64, &InFlight)> {
        let (whole, each) = match &self.states {
            States::Whole(state) => (Some((self.first, self.last, state)), &[][..]),
            States::Each(each) => (None, each.as_slice()),
        };
        let first = self.first;
        let each = each.iter().enumerate().map(move |(at, state)| {
            let offset = first + at as i64;
            (offset, offset, state)
        });
        whole.into_iter().chain(each)
    }

    /// The same, to change them.
    pub(super) fn ranges_mut(&mut self) -> impl Iterator<Item = (i64, i64, &mut InFlight)> {
        self.ranges_within_mut(self.first, self.last)
    }

    /// Those that lie between two offsets. The others are not walked over: each lock of a batch that
    /// runs out comes here.
    pub(super) fn ranges_within_mut(
        &mut self,
        first: i64,
        last: i64,
    ) -> impl Iterator<Item = (i64, i64, &mut InFlight)> {
        let (begin, end) = (self.first, self.last);
        let (whole, each) = match &mut self.states {
            States::Whole(state) => (Some((begin, end, state)), &mut [][..]),
            States::Each(each) => (None, each.as_mut_slice()),
        };
        let whole = whole.filter(|(begin, end, _)| first <= *begin && *end <= last);
        let below = usize::try_from(first.saturating_sub(begin)).unwrap_or(0);
        let each = each.iter_mut().enumerate().skip(below).map(move |(at, state)| {
            let offset = begin + at as i64;
            (offset, offset, state)
        });
        whole.into_iter().chain(each.take_while(move |(offset, _, _)| *offset <= last))
    }

    /// The state at one offset of the batch.
    pub(super) fn at(&self, offset: i64) -> &InFlight {
        match &self.states {
            States::Whole(state) => state,
            States::Each(each) => &each[(offset - self.first) as usize],
        }
    }
}
