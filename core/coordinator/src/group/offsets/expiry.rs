//! The end of offsets that nobody came back for, and of the groups that are left without any.
//!
//! Every `offsets.retention.check.interval.ms` the shard looks at all of its groups. What an
//! offset's age counts from is for its group to say (KIP-211). A partition with an offset of an
//! open transaction is let be, and so is its group.

use base::{MonoMs, Str};

use super::{GroupShard, OffsetAge, store};
use crate::group::{Counted, GroupRecord, Timer};
use crate::machine::{Context, Grouping, Output};
use protocol::record_types::group::{GroupKey, GroupMetadataKey};

const MINUTE_MS: i64 = 60_000;

/// When offsets are looked at next.
pub(in crate::group) fn next_check(context: &Context<'_>) -> MonoMs {
    let interval = context.config.groups.offsets_retention_check_interval_ms;
    context.now.plus_ms(u64::try_from(interval).unwrap_or(0).max(1))
}

impl GroupShard {
    pub(in crate::group) fn expire_offsets(
        &mut self,
        context: &Context<'_>,
        out: &mut Output<Self>,
    ) {
        self.timers.set(Timer::OffsetExpiry, next_check(context));
        // Each tombstone holds on its own: a batch of them may be as large as it likes.
        out.grouping = Grouping::Free;
        let ids = self.groups.keys().chain(self.simple_groups());
        let mut expired = 0;
        for group in ids {
            expired += self.expire_offsets_of(context, group, out);
        }
        out.effect(Counted::OffsetExpirations(expired));
    }

    /// Says how many have expired.
    fn expire_offsets_of(
        &self,
        context: &Context<'_>,
        group: &Str,
        out: &mut Output<Self>,
    ) -> usize {
        let owner = self.offset_owner(group);
        if owner.is_some_and(|owner| !owner.expires()) {
            return 0;
        }
        let age = owner.map_or(OffsetAge::SinceCommit, |owner| owner.offset_age());
        let retention_ms = i64::from(context.config.groups.offsets_retention_minutes) * MINUTE_MS;
        let mut all_expired = true;
        let mut expired = 0;
        if let Some(offsets) = self.offsets.group(group) {
            all_expired = offsets.open.is_empty();
            for (topic, partitions) in &offsets.committed {
                let subscribed = owner.is_some_and(|owner| owner.is_subscribed_to(topic));
                for (partition, offset) in partitions {
                    let kept = subscribed
                        || offsets.is_open(topic, *partition)
                        || !age.is_expired(offset, context.wall, retention_ms);
                    if kept {
                        all_expired = false;
                    } else {
                        out.write(store::tombstone(group, topic, *partition));
                        expired += 1;
                    }
                }
            }
        }
        match owner {
            _ if !all_expired => {}
            Some(owner) if owner.has_no_members() => owner.write_tombstones(group, out),
            Some(_) => {}
            None => out.write(simple_group_tombstone(group)),
        }
        expired
    }
}

/// What ends a simple group: the record that would end the empty classic group which Kafka keeps
/// in its place.
pub(in crate::group) fn simple_group_tombstone(group: &Str) -> GroupRecord {
    GroupRecord::tombstone(GroupKey::GroupMetadata(GroupMetadataKey { group: group.clone() }))
}
