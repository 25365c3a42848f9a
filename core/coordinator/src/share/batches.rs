//! Batches of offsets in one state, as share coordinators keep them, and how older and newer ones are
//! put together.

use std::collections::BTreeSet;

/// Offsets that are in the same state and were delivered equally often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    /// [`super::RecordState`] by its code. Kept as it came: a newer release may know more states.
    pub delivery_state: i8,
    pub delivery_count: i16,
}

impl StateBatch {
    /// What wins where batches overlap: what was delivered more often has happened later, and of two
    /// states of one delivery the one further on.
    fn rank(&self) -> (i16, i8) {
        (self.delivery_count, self.delivery_state)
    }

    fn at(&self, first_offset: i64, last_offset: i64) -> StateBatch {
        StateBatch { first_offset, last_offset, ..*self }
    }
}

/// Puts batches together: for each offset what ranks highest, neighbours of the same kind joined, and
/// nothing below `start_offset` unless that is -1. The result is in order of offsets.
pub fn combine(older: &[StateBatch], newer: &[StateBatch], start_offset: i64) -> Vec<StateBatch> {
    let all = older.iter().chain(newer).filter(|batch| batch.first_offset <= batch.last_offset);
    let all: Vec<StateBatch> = if start_offset == -1 {
        all.copied().collect()
    } else {
        let kept = all.filter(|batch| batch.last_offset >= start_offset);
        kept.map(|batch| batch.at(batch.first_offset.max(start_offset), batch.last_offset))
            .collect()
    };
    if all.len() < 2 {
        return all;
    }
    // A sweep over the places where something begins or ends. Between two of them the batches
    // that reach over are the same, so one look at them decides.
    let mut cuts: Vec<i64> = Vec::with_capacity(all.len() * 2);
    let mut by_first: Vec<usize> = (0..all.len()).collect();
    by_first.sort_by_key(|at| all[*at].first_offset);
    for batch in &all {
        cuts.push(batch.first_offset);
        cuts.push(batch.last_offset.saturating_add(1));
    }
    cuts.sort_unstable();
    cuts.dedup();
    let mut combined: Vec<StateBatch> = Vec::new();
    let mut open: BTreeSet<((i16, i8), i64, usize)> = BTreeSet::new();
    let mut next = by_first.into_iter().peekable();
    for (cut, end) in cuts.iter().zip(cuts.iter().skip(1)) {
        while let Some(at) = next.next_if(|at| all[*at].first_offset <= *cut) {
            open.insert((all[at].rank(), all[at].last_offset, at));
        }
        // Those that have ended are met when they come to rank highest, and go then.
        while let Some((_, last, _)) = open.last()
            && last < cut
        {
            open.pop_last();
        }
        let Some((_, _, at)) = open.last() else { continue };
        let piece = all[*at].at(*cut, end - 1);
        match combined.last_mut() {
            Some(before)
                if before.last_offset + 1 == piece.first_offset
                    && before.rank() == piece.rank() =>
            {
                before.last_offset = piece.last_offset;
            }
            _ => combined.push(piece),
        }
    }
    combined
}

#[cfg(test)]
mod tests {
    use metadata::Entropy;

    use super::*;

    fn batch(first: i64, last: i64, state: i8, count: i16) -> StateBatch {
        StateBatch {
            first_offset: first,
            last_offset: last,
            delivery_state: state,
            delivery_count: count,
        }
    }

    #[test]
    fn a_later_delivery_splits_an_earlier_one() {
        let combined = combine(&[batch(100, 120, 0, 1)], &[batch(105, 110, 0, 2)], -1);
        assert_eq!(combined, [batch(100, 104, 0, 1), batch(105, 110, 0, 2), batch(111, 120, 0, 1)]);
    }

    #[test]
    fn neighbours_of_the_same_kind_become_one() {
        let combined =
            combine(&[batch(0, 9, 2, 1), batch(20, 29, 2, 1)], &[batch(10, 19, 2, 1)], -1);
        assert_eq!(combined, [batch(0, 29, 2, 1)]);
    }

    #[test]
    fn what_lies_below_the_start_is_forgotten() {
        let combined = combine(&[batch(0, 9, 2, 1), batch(10, 19, 0, 1)], &[], 15);
        assert_eq!(combined, [batch(15, 19, 0, 1)]);
    }

    #[test]
    fn each_offset_has_what_ranks_highest_of_it() {
        let mut entropy = Entropy::new(1191);
        for _ in 0..3_000 {
            let mut some = |count: usize| -> Vec<StateBatch> {
                let batches = (0..entropy.below(count)).map(|_| {
                    let first = entropy.below(30) as i64;
                    let last = first + entropy.below(12) as i64;
                    let state = [0, 2, 4][entropy.below(3)];
                    batch(first, last, state, entropy.below(3) as i16 + 1)
                });
                batches.collect()
            };
            let (older, newer) = (some(6), some(5));
            let start = entropy.below(20) as i64 - 1;
            let combined = combine(&older, &newer, start);
            let best = |offset: i64| {
                let all = older.iter().chain(&newer);
                let over = all.filter(|b| b.first_offset <= offset && offset <= b.last_offset);
                over.filter(|_| offset >= start).map(StateBatch::rank).max()
            };
            for offset in 0..50 {
                let got =
                    combined.iter().find(|b| b.first_offset <= offset && offset <= b.last_offset);
                assert_eq!(got.map(StateBatch::rank), best(offset), "{older:?} {newer:?} {start}");
            }
            assert!(combined.windows(2).all(|pair| pair[0].last_offset < pair[1].first_offset));
        }
    }
}
