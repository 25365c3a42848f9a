//! What becomes of records that a member holds: it says so itself, it leaves, or its locks run out.

use base::{ErrorCode, MonoMs, Str};

use super::super::RecordState;
use super::super::shard::ShareError;
use super::changes::{Change, ChangeId, ChangeKind};
use super::in_flight::States;
use super::{
    Acknowledgement, Renewal, Search, ShareLimits, SharePartition, in_window, invalid_state, split,
    split_at_start, state_batch,
};

/// Acknowledge types, as requests carry them.
const GAP: i8 = 0;
const ACCEPT: i8 = 1;
const RELEASE: i8 = 2;
const REJECT: i8 = 3;
const RENEW: i8 = 4;

impl SharePartition {
    /// Takes acknowledgements of `member`. What has to be written is queued, and counts once
    /// [`SharePartition::written`] names it.
    ///
    /// # Errors
    /// Nothing of it counts. INVALID_RECORD_STATE where the member does not hold the records,
    /// INVALID_REQUEST where they were never delivered.
    pub fn acknowledge(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        member: &Str,
        acknowledgements: &[Acknowledgement],
    ) -> Result<Option<ChangeId>, ShareError> {
        let mut change = self.new_change();
        for acknowledgement in acknowledgements {
            let done = self.acknowledge_batch(now, limits, member, acknowledgement, &mut change);
            if let Err(error) = done {
                self.roll_back(&change, now);
                return Err(error);
            }
        }
        Ok(self.queue(change))
    }

    fn acknowledge_batch(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        member: &Str,
        said: &Acknowledgement,
        change: &mut Change,
    ) -> Result<(), ShareError> {
        let is_known = |kind: &i8| (GAP..=RENEW).contains(kind);
        if said.types.is_empty() || !said.types.iter().all(is_known) {
            let message = "The acknowledge type is invalid.";
            return Err(ShareError { code: ErrorCode::InvalidRequest, message });
        }
        if said.last_offset < self.start_offset {
            return Ok(());
        }
        for key in self.acknowledged_batches(said)? {
            let start_offset = self.start_offset;
            let Some(batch) = self.batches.get_mut(&key) else { continue };
            if batch.last < start_offset {
                continue;
            }
            if let States::Whole(state) = &batch.states {
                if state.member.is_empty() {
                    return Err(invalid_state(
                        "The batch cannot be acknowledged. The batch is not in the acquired state.",
                    ));
                }
                if state.member != *member {
                    return Err(invalid_state("Member is not the owner of batch record"));
                }
                if state.is_changing() || state.state != RecordState::Acquired {
                    return Err(invalid_state(
                        "The record state is invalid. The acknowledgement of delivery could not be completed.",
                    ));
                }
            }
            let takes_part = !batch.is_within(said.first_offset, said.last_offset)
                || said.types.len() > 1
                || (batch.first < start_offset && start_offset <= batch.last);
            if takes_part {
                split(batch, &mut self.locks);
            }
            match batch.states {
                States::Each(_) => {
                    self.acknowledge_single(now, limits, member, said, key, change)?
                }
                States::Whole(_) => {
                    self.acknowledge_whole(now, limits, said.types[0], key, change)?
                }
            }
        }
        Ok(())
    }

    /// The batches in flight that an acknowledgement reaches over.
    fn acknowledged_batches(&self, said: &Acknowledgement) -> Result<Vec<i64>, ShareError> {
        let floor = self.batches.range(..=said.first_offset).next_back().or_else(|| {
            let start = self.start_offset;
            let has_moved = said.first_offset < start && start <= said.last_offset;
            has_moved.then(|| self.batches.range(..=start).next_back()).flatten()
        });
        let Some((floor, _)) = floor else {
            return Err(invalid_state(
                "Batch record not found. The request batch offsets are not found in the cache.",
            ));
        };
        let keys: Vec<i64> = if *floor <= said.last_offset {
            self.batches.range(*floor..=said.last_offset).map(|(key, _)| *key).collect()
        } else {
            Vec::new()
        };
        let last = keys.last().and_then(|key| self.batches.get(key)).map(|batch| batch.last);
        let never_delivered =
            |message| Err(ShareError { code: ErrorCode::InvalidRequest, message });
        match last {
            Some(last) if last < said.first_offset => never_delivered(
                "Batch record not found. The first offset in request is past acquired records.",
            ),
            Some(last) if last >= said.last_offset => Ok(keys),
            _ => never_delivered(
                "Batch record not found. The last offset in request is past acquired records.",
            ),
        }
    }

    fn acknowledge_single(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        member: &Str,
        said: &Acknowledgement,
        key: i64,
        change: &mut Change,
    ) -> Result<(), ShareError> {
        let start_offset = self.start_offset;
        let Some(batch) = self.batches.get_mut(&key) else { return Ok(()) };
        for (offset, state) in batch.each_mut_from(said.first_offset.max(start_offset)) {
            if offset > said.last_offset {
                break;
            }
            if state.state != RecordState::Acquired {
                return Err(invalid_state(
                    "The offset cannot be acknowledged. The offset is not acquired.",
                ));
            }
            if state.is_changing() {
                return Err(invalid_state(
                    "The record state is invalid. The acknowledgement of delivery could not be completed.",
                ));
            }
            if state.member != *member {
                return Err(invalid_state("Member is not the owner of offset"));
            }
            let kind = match said.types.as_slice() {
                [one] => *one,
                each => each.get((offset - said.first_offset) as usize).copied().unwrap_or(GAP),
            };
            if kind == RENEW {
                check_renewal(limits)?;
                let lock = now.plus_ms(limits.lock_ms);
                state.lock = Some(lock);
                self.locks.set((offset, offset), lock);
                continue;
            }
            state.begin(change.id, said_state(kind), limits.delivery_count_max);
            change.batches.push(state_batch(offset, offset, state));
            if state.state.is_terminal() {
                self.complete_count += 1;
            }
        }
        Ok(())
    }

    fn acknowledge_whole(
        &mut self,
        now: MonoMs,
        limits: &ShareLimits,
        kind: i8,
        key: i64,
        change: &mut Change,
    ) -> Result<(), ShareError> {
        let Some(batch) = self.batches.get_mut(&key) else { return Ok(()) };
        let (first, last) = (batch.first, batch.last);
        let States::Whole(state) = &mut batch.states else { return Ok(()) };
        if kind == RENEW {
            check_renewal(limits)?;
            let lock = now.plus_ms(limits.lock_ms);
            state.lock = Some(lock);
            self.locks.set((first, last), lock);
            return Ok(());
        }
        state.begin(change.id, said_state(kind), limits.delivery_count_max);
        change.batches.push(state_batch(first, last, state));
        if state.state.is_terminal() {
            self.complete_count += last - first + 1;
        }
        Ok(())
    }

    /// A member is gone: what it holds is released.
    pub fn release(&mut self, limits: &ShareLimits, member: &Str) -> Option<ChangeId> {
        let mut change = self.new_change();
        let start_offset = self.start_offset;
        for batch in self.batches.values_mut() {
            split_at_start(batch, &mut self.locks, start_offset);
            for (first, last, state) in batch.ranges_mut() {
                if state.state != RecordState::Acquired || state.member != *member {
                    continue;
                }
                let to = if last < start_offset {
                    RecordState::Archived
                } else {
                    RecordState::Available
                };
                state.begin(change.id, to, limits.delivery_count_max);
                change.batches.push(state_batch(first, last, state));
                if state.state.is_terminal() {
                    self.complete_count += in_window(start_offset, first, last);
                }
            }
        }
        self.queue(change)
    }

    // ---- time ----

    /// When the next lock runs out.
    pub fn next_deadline(&self) -> MonoMs {
        self.locks.next()
    }

    /// Releases what was held for too long. It counts at once; that it is written matters to the
    /// next leader only.
    pub fn on_deadline(&mut self, now: MonoMs, limits: &ShareLimits) {
        let mut change = Change { kind: ChangeKind::Done, ..self.new_change() };
        while let Some((first, last)) = self.locks.take_due(now) {
            self.lock_ran_out(limits, first, last, &mut change);
        }
        self.queue(change);
    }

    fn lock_ran_out(
        &mut self,
        limits: &ShareLimits,
        lock_first: i64,
        lock_last: i64,
        change: &mut Change,
    ) {
        let start_offset = self.start_offset;
        let Some((_, batch)) = self.batches.range_mut(..=lock_first).next_back() else { return };
        split_at_start(batch, &mut self.locks, start_offset);
        for (first, last, state) in batch.ranges_within_mut(lock_first, lock_last) {
            if state.state != RecordState::Acquired {
                continue;
            }
            let to =
                if last < start_offset { RecordState::Archived } else { RecordState::Available };
            state.take(to, limits.delivery_count_max);
            state.lock = None;
            self.locks.cancel(&(first, last));
            change.batches.push(state_batch(first, last, state));
            if state.state.is_terminal() {
                self.complete_count += in_window(start_offset, first, last);
            } else {
                self.search = Search::Needed;
            }
        }
    }
}

fn check_renewal(limits: &ShareLimits) -> Result<(), ShareError> {
    match limits.renewal {
        Renewal::Allowed => Ok(()),
        Renewal::Refused => {
            Err(invalid_state("Renewing acquisition locks is not enabled for the group."))
        }
    }
}

/// What becomes of a record of which a member says `kind`, which is not a renewal.
fn said_state(kind: i8) -> RecordState {
    match kind {
        ACCEPT => RecordState::Acknowledged,
        RELEASE => RecordState::Available,
        // A gap is an offset without a record.
        GAP | REJECT => RecordState::Archived,
        other => unreachable!("acknowledge type {other} was checked before"),
    }
}
