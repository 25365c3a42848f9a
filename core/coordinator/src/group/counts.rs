//! What operators count of groups: as things happen ([`Counted`], an effect, so that only what has
//! committed is counted), and as they are ([`Census`]).

use std::collections::BTreeMap;

use super::consumer::ResolveRegexes;
use super::{Group, GroupShard};
use crate::machine::{Call, Output};

/// What a shard of groups has the shell do.
#[derive(Debug)]
pub enum GroupEffect {
    Count(Counted),
    Resolve(ResolveRegexes),
}

impl From<Counted> for GroupEffect {
    fn from(counted: Counted) -> GroupEffect {
        GroupEffect::Count(counted)
    }
}

/// Something that has happened, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    OffsetCommits(usize),
    /// Offsets that have grown too old.
    OffsetExpirations(usize),
    /// By OffsetDelete.
    OffsetDeletions(usize),
    /// A classic group has its assignments.
    CompletedRebalance,
    /// A group of KIP-848 has got a new epoch, because of a subscription or of the topics.
    ConsumerGroupRebalance,
    /// As [`Counted::ConsumerGroupRebalance`], of a share group.
    ShareGroupRebalance,
    /// As [`Counted::ConsumerGroupRebalance`], of a streams group.
    StreamsGroupRebalance,
}

/// Asks a shard what it has now.
#[derive(Clone, Copy, Debug)]
pub struct TakeCensus;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// How many groups there are of each type (`classic`) in each state (`Stable`).
    pub groups: BTreeMap<(&'static str, &'static str), usize>,
    /// Offsets that are committed.
    pub offsets: usize,
}

impl GroupShard {
    pub(super) fn take_census(&self, call: Call, out: &mut Output<Self>) {
        let mut census = Census { offsets: self.offsets.count(), ..Census::default() };
        let mut count = |kind: &dyn super::kinds::Kind| {
            *census.groups.entry((kind.group_type(), kind.state_name())).or_default() += 1;
        };
        self.groups.values().map(Group::kind).for_each(&mut count);
        self.simple_groups().for_each(|_| count(&super::kinds::Simple));
        out.reply(call, census);
    }
}
