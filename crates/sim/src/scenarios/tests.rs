//! A handful of seeds of each story, and of each with what must be noticed.

use super::*;

#[test]
fn the_same_seed_gives_the_same_trace() {
    for scenario in Scenario::ALL {
        let first = scenario.run(7, None);
        assert_eq!(first, scenario.run(7, None), "{scenario:?}");
        assert_ne!(first.trace, scenario.run(8, None).trace, "{scenario:?}");
    }
}

#[test]
fn nothing_is_violated_in_a_few_seeds_and_enough_happens() {
    for scenario in Scenario::ALL {
        let mut facts = BTreeMap::new();
        for seed in 0..6 {
            let story = scenario.run(seed, None);
            assert_eq!(story.violations, Vec::<String>::new(), "{scenario:?}, seed {seed}");
            for (fact, count) in story.facts {
                *facts.entry(fact).or_insert(0) += count;
            }
        }
        let enough = if scenario == Scenario::StreamsGroup { "assigned" } else { "committed" };
        assert!(facts.get(enough) > Some(&15), "{scenario:?}: {facts:?}");
    }
}

/// Mistakes, and for each a story that it does not escape for long.
const CAUGHT: [(Flaw, Scenario); 22] = [
    (Flaw::AnswerBeforeCommit, Scenario::Bank),
    (Flaw::ForgetPending, Scenario::ExactlyOnce),
    (Flaw::SkipFence, Scenario::Bank),
    (Flaw::LoseMarker, Scenario::Bank),
    (Flaw::ForgetDecided, Scenario::Bank),
    (Flaw::SkipVerification, Scenario::LateBank),
    (Flaw::SameEpoch, Scenario::Bank),
    (Flaw::OffsetBack, Scenario::ClassicGroup),
    (Flaw::AcceptStaleCoordinator, Scenario::MovingBank),
    (Flaw::SkipGeneration, Scenario::ConsumerGroup),
    (Flaw::TwoOwners, Scenario::StreamsGroup),
    (Flaw::RedeliverAcknowledged, Scenario::ShareGroup),
    (Flaw::TwoHolders, Scenario::ShareGroup),
    (Flaw::ForgetDeliveries, Scenario::ShareGroup),
    (Flaw::LoseReleased, Scenario::ShareGroup),
    (Flaw::AcceptStaleLeader, Scenario::ShareGroup),
    (Flaw::AppendTwice, Scenario::Bank),
    (Flaw::WrongOffset, Scenario::CalmBank),
    (Flaw::UnknownError, Scenario::Bank),
    (Flaw::ForgetMarkers, Scenario::StormyBank),
    (Flaw::RefuseTorn, Scenario::StormyBank),
    (Flaw::ForgetSessions, Scenario::ConsumerGroup),
];

#[test]
fn no_planted_mistake_goes_unnoticed() {
    for (flaw, scenario) in CAUGHT {
        let is_noticed = |seed: &u64| !scenario.run(*seed, Some(flaw)).violations.is_empty();
        assert!((0..60).any(|seed| is_noticed(&seed)), "{flaw:?} in {scenario:?}");
    }
}
