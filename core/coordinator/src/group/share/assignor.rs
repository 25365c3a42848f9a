//! The `simple` assignor (KIP-932): every partition has as many members as every other, every member
//! as many partitions, and what members have already they keep where that leaves the balance as it
//! should be. It knows nothing of racks.
//!
//! If all members subscribe to the same topics, all partitions are balanced together; else each
//! topic is on its own, among those who subscribe to it.

use std::collections::{BTreeMap, BTreeSet};

use base::{Str, Uuid};

use super::TopicPartitions;

/// A member as the assignor sees it.
pub(super) struct Candidate {
    /// The topics that it subscribes to and that exist.
    pub(super) topics: BTreeSet<Uuid>,
    /// What it is to have so far.
    pub(super) target: TopicPartitions,
}

type Partition = (Uuid, i32);

/// Decides which member is to have what of `assignable`: the partitions whose state is initialised.
pub(super) fn assign(
    members: &BTreeMap<Str, Candidate>,
    assignable: &TopicPartitions,
) -> BTreeMap<Str, TopicPartitions> {
    let mut assigned: BTreeMap<Str, TopicPartitions> =
        members.keys().map(|id| (id.clone(), TopicPartitions::new())).collect();
    let topics: BTreeSet<Uuid> =
        members.values().flat_map(|member| member.topics.iter().copied()).collect();
    let all_the_same = members.values().all(|member| member.topics == topics);
    let rounds: Vec<BTreeSet<Uuid>> = if all_the_same {
        vec![topics]
    } else {
        topics.into_iter().map(|topic| BTreeSet::from([topic])).collect()
    };
    for round in rounds {
        let partitions: BTreeSet<Partition> = round
            .iter()
            .flat_map(|topic| {
                let partitions = assignable.get(topic).into_iter().flatten();
                partitions.map(|partition| (*topic, *partition))
            })
            .collect();
        let subscribers: Vec<(&Str, BTreeSet<Partition>)> = members
            .iter()
            .filter(|(_, member)| round.is_subset(&member.topics))
            .map(|(id, member)| (id, held(&member.target, &partitions)))
            .collect();
        for (id, partitions) in spread(subscribers, &partitions) {
            let member = assigned.entry(id.clone()).or_default();
            for (topic, partition) in partitions {
                member.entry(topic).or_default().insert(partition);
            }
        }
    }
    assigned
}

/// What of `partitions` the member has.
fn held(target: &TopicPartitions, partitions: &BTreeSet<Partition>) -> BTreeSet<Partition> {
    let mine = target.iter().flat_map(|(topic, own)| own.iter().map(|one| (*topic, *one)));
    mine.filter(|partition| partitions.contains(partition)).collect()
}

/// Spreads `partitions` over members, each given with what it has.
fn spread<'a>(
    mut members: Vec<(&'a Str, BTreeSet<Partition>)>,
    partitions: &BTreeSet<Partition>,
) -> Vec<(&'a Str, BTreeSet<Partition>)> {
    if members.is_empty() || partitions.is_empty() {
        return members;
    }
    let sharing = members.len().div_ceil(partitions.len());
    // Fractions of a partition are handed to members in turn, so that all add up to what there is.
    let all = sharing * partitions.len();
    let up_to = |member: usize| (all * member).div_ceil(members.len());
    let wanted: Vec<usize> =
        (0..members.len()).map(|member| up_to(member + 1) - up_to(member)).collect();
    let mut holders: BTreeMap<Partition, BTreeSet<usize>> =
        partitions.iter().map(|partition| (*partition, BTreeSet::new())).collect();
    for (number, (_, own)) in members.iter_mut().enumerate() {
        while own.len() > wanted[number] {
            own.pop_last();
        }
        for partition in own.iter() {
            holders.entry(*partition).or_default().insert(number);
        }
    }
    for (partition, numbers) in &mut holders {
        while numbers.len() > sharing {
            let Some(number) = numbers.pop_last() else { break };
            members[number].1.remove(partition);
        }
    }
    let mut unfilled: Vec<usize> =
        (0..members.len()).filter(|number| members[*number].1.len() < wanted[*number]).collect();
    let mut turn = 0;
    for (partition, numbers) in &mut holders {
        let mut passed_over = 0;
        // A partition that all unfilled members have already stays with fewer members than others.
        while numbers.len() < sharing && passed_over < unfilled.len() {
            turn %= unfilled.len();
            let number = unfilled[turn];
            if !numbers.insert(number) {
                passed_over += 1;
                turn += 1;
                continue;
            }
            passed_over = 0;
            members[number].1.insert(*partition);
            if members[number].1.len() >= wanted[number] {
                unfilled.remove(turn);
            } else {
                turn += 1;
            }
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    const T1: Uuid = Uuid::from_halves(1, 1000);
    const T2: Uuid = Uuid::from_halves(2, 1000);

    fn candidate(topics: &[Uuid], target: &TopicPartitions) -> Candidate {
        Candidate { topics: topics.iter().copied().collect(), target: target.clone() }
    }

    fn partitions(of: &[(Uuid, i32)]) -> TopicPartitions {
        of.iter().map(|(topic, count)| (*topic, (0..*count).collect())).collect()
    }

    fn count(assigned: &TopicPartitions) -> usize {
        assigned.values().map(BTreeSet::len).sum()
    }

    #[test]
    fn more_members_than_partitions_share_each_of_them() {
        let none = TopicPartitions::new();
        let members: BTreeMap<Str, Candidate> =
            ["a", "b", "c"].map(|id| (Str::from(id), candidate(&[T1], &none))).into();
        let assigned = assign(&members, &partitions(&[(T1, 2)]));
        let all: Vec<usize> = assigned.values().map(count).collect();
        assert_eq!(all.iter().sum::<usize>(), 4, "two members for each of two partitions");
        assert!(all.iter().all(|count| (1..=2).contains(count)), "{all:?}");
    }

    #[test]
    fn members_keep_what_they_have_when_another_joins() {
        let none = TopicPartitions::new();
        let topic = partitions(&[(T1, 4)]);
        let one = assign(&[(Str::from("a"), candidate(&[T1], &none))].into(), &topic);
        assert_eq!(count(&one["a"]), 4);
        let members = [
            (Str::from("a"), candidate(&[T1], &one["a"])),
            (Str::from("b"), candidate(&[T1], &none)),
        ];
        let two = assign(&members.into(), &topic);
        assert_eq!((count(&two["a"]), count(&two["b"])), (2, 2));
        assert!(two["a"][&T1].is_subset(&one["a"][&T1]));
        assert!(two["a"][&T1].is_disjoint(&two["b"][&T1]));
    }

    #[test]
    fn each_topic_is_balanced_on_its_own_where_subscriptions_differ() {
        let none = TopicPartitions::new();
        let members = [
            (Str::from("m1"), candidate(&[T1], &none)),
            (Str::from("m2"), candidate(&[T2], &none)),
            (Str::from("m3"), candidate(&[T1, T2], &none)),
        ];
        let assigned = assign(&members.into(), &partitions(&[(T1, 4), (T2, 4)]));
        assert_eq!(count(&assigned["m1"]), 2);
        assert_eq!(count(&assigned["m2"]), 2);
        assert_eq!((assigned["m3"][&T1].len(), assigned["m3"][&T2].len()), (2, 2));
    }

    #[test]
    fn every_partition_has_a_member_whatever_happened_before() {
        let mut entropy = metadata::Entropy::new(932);
        for _ in 0..2_000 {
            let topic = partitions(&[(T1, entropy.below(6) as i32 + 1), (T2, 3)]);
            let mut members = BTreeMap::new();
            for number in 0..=entropy.below(7) {
                let mut target = TopicPartitions::new();
                for _ in 0..entropy.below(6) {
                    let id = if entropy.below(2) == 0 { T1 } else { T2 };
                    target.entry(id).or_default().insert(entropy.below(6) as i32);
                }
                members.insert(Str::from(number.to_string()), candidate(&[T1, T2], &target));
            }
            let assigned = assign(&members, &topic);
            let given: BTreeSet<Partition> = assigned
                .values()
                .flat_map(|own| own.iter().flat_map(|(id, own)| own.iter().map(|p| (*id, *p))))
                .collect();
            let all: BTreeSet<Partition> =
                topic.iter().flat_map(|(id, own)| own.iter().map(|p| (*id, *p))).collect();
            assert_eq!(given, all);
            let most = assigned.values().map(count).max().unwrap_or(0);
            let least = assigned.values().map(count).min().unwrap_or(0);
            assert!(most - least <= 2, "{assigned:?}");
        }
    }
}
