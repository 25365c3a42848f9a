//! What the commands about groups have in common: how far a group is behind, and where it is put
//! when its offsets are reset.

use std::collections::{BTreeMap, BTreeSet};

use base::{LeaderEpoch, Offset, Str, TopicPartition, WallMs};
use client::admin::{GroupDescription, MemberDescription, OffsetAt, Stability};
use client::cluster::AutoCreate;
use client::config::Isolation;
use client::consumer::{CommittedOffset, Offsets};
use client::{Admin, Error, Result};

/// One partition of a group.
#[derive(Clone, Debug)]
pub struct Progress {
    pub partition: TopicPartition,
    pub committed: Option<Offset>,
    pub leader_epoch: Option<LeaderEpoch>,
    /// None where the partition has no leader, or is gone.
    pub end: Option<Offset>,
    /// Who reads it.
    pub member: Option<MemberDescription>,
}

impl Progress {
    /// How many records the group has still to read.
    pub fn lag(&self) -> Option<i64> {
        Some(self.end?.since(self.committed?))
    }
}

/// Every partition that the group has committed or one of its members reads: first those of members,
/// who read most first.
pub async fn progress(admin: &Admin, group: &GroupDescription) -> Result<Vec<Progress>> {
    let committed = admin.group_offsets(&group.id, Stability::Any).await?;
    let mut members: Vec<&MemberDescription> =
        group.members.iter().filter(|member| !member.assigned.is_empty()).collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.assigned.len()));
    let mut rows: Vec<(TopicPartition, Option<&MemberDescription>)> = Vec::new();
    for member in members {
        rows.extend(member.assigned.iter().map(|partition| (partition.clone(), Some(member))));
    }
    let assigned: BTreeSet<TopicPartition> =
        rows.iter().map(|(partition, _)| partition.clone()).collect();
    rows.extend(
        committed
            .keys()
            .filter(|partition| !assigned.contains(*partition))
            .map(|partition| (partition.clone(), None)),
    );
    let partitions: Vec<TopicPartition> = rows.iter().map(|(tp, _)| tp.clone()).collect();
    let known = existing(admin, &partitions).await?;
    let ends = admin.list_offsets(&known, OffsetAt::Latest, Isolation::ReadUncommitted).await;
    Ok(rows
        .into_iter()
        .map(|(partition, member)| {
            let found = committed.get(&partition);
            let epoch = found.map(|found| found.leader_epoch).filter(|epoch| epoch.0 >= 0);
            let end = ends.get(&partition).and_then(|end| end.as_ref().ok()?.offset);
            Progress {
                committed: found.map(|found| found.offset),
                leader_epoch: epoch,
                end,
                member: member.cloned(),
                partition,
            }
        })
        .collect())
}

/// Those of the partitions that exist and have a leader.
async fn existing(admin: &Admin, partitions: &[TopicPartition]) -> Result<Vec<TopicPartition>> {
    let topics: BTreeSet<Str> = partitions.iter().map(|tp| tp.topic.clone()).collect();
    let topics: Vec<Str> = topics.into_iter().collect();
    admin.cluster().refresh(&topics, AutoCreate::Forbidden).await?;
    let metadata = admin.cluster().metadata();
    let exists = |partition: &&TopicPartition| {
        let topic = metadata.topics.get(&partition.topic);
        topic.is_some_and(|topic| topic.available.contains(&partition.partition.0))
    };
    Ok(partitions.iter().filter(exists).cloned().collect())
}

/// Where offsets are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Earliest,
    Latest,
    /// Where they are; partitions without an offset are put at the end.
    Current,
    Offset(i64),
    Shift(i64),
    Time(WallMs),
}

/// A partition that an offset was too low or too high for, and what it was put to instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clamped {
    pub partition: TopicPartition,
    pub asked: i64,
    pub end: End,
    pub offset: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Low,
    High,
}

/// Where each of `partitions` would be put.
///
/// # Errors
/// Of a partition that cannot be asked for its bounds.
pub async fn plan(
    admin: &Admin,
    committed: &Offsets,
    partitions: &[TopicPartition],
    target: Target,
) -> Result<(Offsets, Vec<Clamped>)> {
    let mut clamped = Vec::new();
    let offsets = match target {
        Target::Earliest => list(admin, partitions, OffsetAt::Earliest).await?,
        Target::Latest => list(admin, partitions, OffsetAt::Latest).await?,
        Target::Time(time) => list_at(admin, partitions, time).await?,
        Target::Offset(offset) => {
            let asked = partitions.iter().map(|partition| (partition.clone(), offset)).collect();
            within(admin, asked, &mut clamped).await?
        }
        Target::Shift(by) => {
            let mut asked = BTreeMap::new();
            for partition in partitions {
                let found = committed.get(partition).ok_or_else(|| {
                    Error::Invalid(
                        format!(
                            "Cannot shift offset for partition {partition} since there is no current committed offset"
                        )
                        .into(),
                    )
                })?;
                asked.insert(partition.clone(), found.offset.0.saturating_add(by));
            }
            within(admin, asked, &mut clamped).await?
        }
        Target::Current => {
            let (known, new): (Vec<&TopicPartition>, Vec<&TopicPartition>) =
                partitions.iter().partition(|partition| committed.contains_key(*partition));
            let new: Vec<TopicPartition> = new.into_iter().cloned().collect();
            let mut offsets = list(admin, &new, OffsetAt::Latest).await?;
            offsets.extend(known.into_iter().filter_map(|partition| {
                Some((partition.clone(), committed.get(partition)?.offset))
            }));
            offsets
        }
    };
    let offsets = offsets.into_iter();
    Ok((offsets.map(|(tp, offset)| (tp, CommittedOffset::new(offset))).collect(), clamped))
}

/// Puts offsets that the log does not hold to its nearer end.
pub async fn within(
    admin: &Admin,
    asked: BTreeMap<TopicPartition, i64>,
    clamped: &mut Vec<Clamped>,
) -> Result<BTreeMap<TopicPartition, Offset>> {
    let partitions: Vec<TopicPartition> = asked.keys().cloned().collect();
    let starts = list(admin, &partitions, OffsetAt::Earliest).await?;
    let ends = list(admin, &partitions, OffsetAt::Latest).await?;
    let mut offsets = BTreeMap::new();
    for (partition, asked) in asked {
        let bounds = (starts.get(&partition), ends.get(&partition));
        let (start, end) = (bounds.0.map_or(0, |o| o.0), bounds.1.map_or(0, |o| o.0));
        let mut note = |end, offset| {
            clamped.push(Clamped { partition: partition.clone(), asked, end, offset });
            offset
        };
        let offset = match asked {
            high if high > end => note(End::High, end),
            low if low < start => note(End::Low, start),
            within => within,
        };
        offsets.insert(partition, Offset(offset));
    }
    Ok(offsets)
}

async fn list(
    admin: &Admin,
    partitions: &[TopicPartition],
    at: OffsetAt,
) -> Result<BTreeMap<TopicPartition, Offset>> {
    let listed = admin.list_offsets(partitions, at, Isolation::ReadUncommitted).await;
    listed
        .into_iter()
        .map(|(partition, listed)| Ok((partition, listed?.offset.unwrap_or_default())))
        .collect()
}

/// The first offset at or after `time`; the end where no record is that late.
async fn list_at(
    admin: &Admin,
    partitions: &[TopicPartition],
    time: WallMs,
) -> Result<BTreeMap<TopicPartition, Offset>> {
    let listed =
        admin.list_offsets(partitions, OffsetAt::Time(time), Isolation::ReadUncommitted).await;
    let mut offsets = BTreeMap::new();
    let mut late = Vec::new();
    for (partition, listed) in listed {
        match listed?.offset {
            Some(offset) => {
                offsets.insert(partition, offset);
            }
            None => late.push(partition),
        }
    }
    offsets.extend(list(admin, &late, OffsetAt::Latest).await?);
    Ok(offsets)
}
