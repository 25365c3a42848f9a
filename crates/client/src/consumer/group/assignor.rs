//! How the leader of a classic group divides partitions among its members.
//!
//! Pure: members with what they subscribe to and own, topics with their numbers of partitions, and out
//! comes who gets what. The same input has the same outcome, whichever member is the leader.

use std::collections::{BTreeMap, BTreeSet};

use base::{Str, TopicPartition};

use crate::config::Assignor;

/// A member, as its subscription describes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    pub id: Str,
    /// Orders static members before others, so that one that comes back finds its place.
    pub instance: Option<Str>,
    pub topics: BTreeSet<Str>,
    pub owned: BTreeSet<TopicPartition>,
    /// In which `owned` was assigned; of two members that claim a partition the later one owns it.
    pub generation: i32,
}

/// Partitions per topic.
pub(super) type Topics = BTreeMap<Str, i32>;

/// Partitions per member; every member is in it.
pub(super) type Assignment = BTreeMap<Str, BTreeSet<TopicPartition>>;

pub(super) fn assign(assignor: Assignor, members: &[Member], topics: &Topics) -> Assignment {
    let mut members: Vec<&Member> = members.iter().collect();
    members.sort_by_key(|member| {
        (member.instance.is_none(), member.instance.clone(), member.id.clone())
    });
    match assignor {
        Assignor::Range => range(&members, topics),
        Assignor::RoundRobin => round_robin(&members, topics),
        Assignor::CooperativeSticky => cooperative(&members, topics),
    }
}

fn nothing(members: &[&Member]) -> Assignment {
    members.iter().map(|member| (member.id.clone(), BTreeSet::new())).collect()
}

fn give(assignment: &mut Assignment, member: &Member, partition: TopicPartition) {
    if let Some(partitions) = assignment.get_mut(&member.id) {
        partitions.insert(partition);
    }
}

fn range(members: &[&Member], topics: &Topics) -> Assignment {
    let mut assignment = nothing(members);
    for (topic, count) in topics {
        let subscribed: Vec<&&Member> =
            members.iter().filter(|member| member.topics.contains(topic)).collect();
        let Ok(takers) = i32::try_from(subscribed.len()) else { continue };
        if takers == 0 {
            continue;
        }
        let (each, more) = (count / takers, count % takers);
        let mut next = 0;
        for (nth, member) in (0..).zip(subscribed) {
            let run = each + i32::from(nth < more);
            for partition in next..next + run {
                give(&mut assignment, member, TopicPartition::new(topic.clone(), partition));
            }
            next += run;
        }
    }
    assignment
}

fn round_robin(members: &[&Member], topics: &Topics) -> Assignment {
    let mut assignment = nothing(members);
    let mut turn = 0;
    for partition in all_partitions(topics) {
        let takes = |member: &Member| member.topics.contains(&partition.topic);
        let Some(step) =
            (0..members.len()).find(|step| takes(members[(turn + step) % members.len()]))
        else {
            continue;
        };
        turn = (turn + step) % members.len();
        give(&mut assignment, members[turn], partition);
        turn += 1;
    }
    assignment
}

/// The sticky assignment without the partitions that somebody has to give up first: they are dealt
/// out in the next round, once he has.
fn cooperative(members: &[&Member], topics: &Topics) -> Assignment {
    let owners = owners(members, topics);
    let mut assignment = sticky(members, topics, &owners);
    for (member, partitions) in &mut assignment {
        partitions.retain(|partition| {
            owners.get(partition).is_none_or(|owner| members[*owner].id == *member)
        });
    }
    assignment
}

/// Who owns what now, by place in `members`. Nobody owns what two claim from the same generation:
/// neither can be believed.
fn owners(members: &[&Member], topics: &Topics) -> BTreeMap<TopicPartition, usize> {
    let mut claims: BTreeMap<TopicPartition, (i32, Option<usize>)> = BTreeMap::new();
    for (place, member) in members.iter().enumerate() {
        for partition in &member.owned {
            let exists =
                topics.get(&partition.topic).is_some_and(|count| partition.partition.0 < *count);
            if !exists || !member.topics.contains(&partition.topic) {
                continue;
            }
            let claim = claims.entry(partition.clone()).or_insert((i32::MIN, None));
            match member.generation.cmp(&claim.0) {
                std::cmp::Ordering::Greater => *claim = (member.generation, Some(place)),
                std::cmp::Ordering::Equal => claim.1 = None,
                std::cmp::Ordering::Less => {}
            }
        }
    }
    claims.into_iter().filter_map(|(partition, (_, owner))| Some((partition, owner?))).collect()
}

/// Everyone keeps what he has as far as that is fair, the rest goes to who has least.
fn sticky(
    members: &[&Member],
    topics: &Topics,
    owners: &BTreeMap<TopicPartition, usize>,
) -> Assignment {
    let mut held: Vec<BTreeSet<TopicPartition>> = vec![BTreeSet::new(); members.len()];
    for (partition, owner) in owners {
        held[*owner].insert(partition.clone());
    }
    // The members by how many partitions they hold, least first.
    let mut load: BTreeSet<(usize, usize)> =
        held.iter().enumerate().map(|(place, partitions)| (partitions.len(), place)).collect();
    let takes = |place: usize, topic: &str| members[place].topics.contains(topic);
    let least_loaded = |load: &BTreeSet<(usize, usize)>, topic: &str| {
        load.iter().copied().find(|(_, place)| takes(*place, topic))
    };
    for partition in all_partitions(topics) {
        if owners.contains_key(&partition) {
            continue;
        }
        if let Some((count, place)) = least_loaded(&load, &partition.topic) {
            load.remove(&(count, place));
            load.insert((count + 1, place));
            held[place].insert(partition);
        }
    }
    // From who has most to who has least, while that makes the two more equal. Every move makes the
    // sum of squares smaller, so it ends.
    while let Some((count, giver, moved, taker)) = load.iter().rev().find_map(|(count, giver)| {
        let mut tried = BTreeSet::new();
        held[*giver].iter().rev().find_map(|partition| {
            if !tried.insert(&partition.topic) {
                return None;
            }
            let (fewer, taker) = least_loaded(&load, &partition.topic)?;
            (fewer + 1 < *count).then(|| (*count, *giver, partition.clone(), (fewer, taker)))
        })
    }) {
        load.remove(&(count, giver));
        load.insert((count - 1, giver));
        load.remove(&taker);
        load.insert((taker.0 + 1, taker.1));
        held[giver].remove(&moved);
        held[taker.1].insert(moved);
    }
    members.iter().map(|member| member.id.clone()).zip(held).collect()
}

fn all_partitions(topics: &Topics) -> impl Iterator<Item = TopicPartition> {
    topics.iter().flat_map(|(topic, count)| {
        (0..*count).map(|partition| TopicPartition::new(topic.clone(), partition))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, topics: &[&str], owned: &[(&str, i32)]) -> Member {
        Member {
            id: id.into(),
            topics: topics.iter().map(|topic| (*topic).into()).collect(),
            owned: owned.iter().map(|(topic, index)| TopicPartition::new(*topic, *index)).collect(),
            generation: 1,
            ..Member::default()
        }
    }

    fn topics(counts: &[(&str, i32)]) -> Topics {
        counts.iter().map(|(topic, count)| ((*topic).into(), *count)).collect()
    }

    /// `a: t-0 t-1; b: t-2`
    fn shown(assignment: &Assignment) -> String {
        let members = assignment.iter().map(|(member, partitions)| {
            let partitions: Vec<String> = partitions.iter().map(ToString::to_string).collect();
            format!("{member}: {}", partitions.join(" "))
        });
        members.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn range_gives_runs_and_the_rest_to_the_first() {
        let members = [member("b", &["t", "u"], &[]), member("a", &["t"], &[])];
        let assignment = assign(Assignor::Range, &members, &topics(&[("t", 5), ("u", 2)]));
        assert_eq!(shown(&assignment), "a: t-0 t-1 t-2; b: t-3 t-4 u-0 u-1");
    }

    #[test]
    fn round_robin_deals_in_turn() {
        let members = [member("a", &["t", "u"], &[]), member("b", &["t"], &[])];
        let assignment = assign(Assignor::RoundRobin, &members, &topics(&[("t", 3), ("u", 2)]));
        assert_eq!(shown(&assignment), "a: t-0 t-2 u-0 u-1; b: t-1");
    }

    #[test]
    fn a_new_member_gets_a_partition_only_after_its_owner_has_given_it_up() {
        let all = topics(&[("t", 4)]);
        let a = member("a", &["t"], &[("t", 0), ("t", 1), ("t", 2), ("t", 3)]);
        let first = assign(Assignor::CooperativeSticky, &[a, member("b", &["t"], &[])], &all);
        assert_eq!(shown(&first), "a: t-0 t-1; b: ");
        let a = member("a", &["t"], &[("t", 0), ("t", 1)]);
        let second = assign(Assignor::CooperativeSticky, &[a, member("b", &["t"], &[])], &all);
        assert_eq!(shown(&second), "a: t-0 t-1; b: t-2 t-3");
    }

    #[test]
    fn what_an_owner_of_an_older_generation_claims_is_not_his() {
        let mut old = member("a", &["t"], &[("t", 0)]);
        old.generation = 0;
        let members = [old, member("b", &["t"], &[("t", 0)])];
        let assignment = assign(Assignor::CooperativeSticky, &members, &topics(&[("t", 1)]));
        assert_eq!(shown(&assignment), "a: ; b: t-0");
    }

    #[test]
    fn sticky_is_even_where_subscriptions_differ() {
        let members =
            [member("a", &["t", "u"], &[("t", 0), ("t", 1), ("u", 0)]), member("b", &["u"], &[])];
        let all = topics(&[("t", 2), ("u", 2)]);
        let refs: Vec<&Member> = members.iter().collect();
        let assignment = sticky(&refs, &all, &owners(&refs, &all));
        assert_eq!(shown(&assignment), "a: t-0 t-1; b: u-0 u-1");
    }

    #[test]
    fn many_members_and_partitions_are_even_and_everything_is_given_once() {
        let members: Vec<Member> =
            (0..100).map(|n| member(&format!("m{n:03}"), &["t"], &[])).collect();
        let all = topics(&[("t", 1050)]);
        for assignor in [Assignor::Range, Assignor::RoundRobin, Assignor::CooperativeSticky] {
            let assignment = assign(assignor, &members, &all);
            let sizes: Vec<usize> = assignment.values().map(BTreeSet::len).collect();
            assert_eq!(sizes.iter().sum::<usize>(), 1050);
            assert!(sizes.iter().all(|size| (10..=11).contains(size)), "{assignor:?}");
        }
    }
}
