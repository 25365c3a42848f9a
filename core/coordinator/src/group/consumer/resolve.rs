//! Regular expressions of a group are held against the topics: which names match, and the new group epoch
//! if they are others than before.
//!
//! An expression takes time that is linear in the name, and in its own size, which is the client's choice.
//! So it is not the coordinator that does it: the shell is given [`ResolveRegexes`] to do apart from all
//! requests, and comes back with [`RegexesResolved`]. A group that has been loaded meanwhile asks again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::Str;
use metadata::image::Topics;

use super::decision::Decision;
use super::group::{ConsumerGroup, Resolved};
use super::regex::TopicRegex;
use super::{ConsumerTimer, records, version};
use crate::group::{Group, GroupEffect, GroupShard, Timer};
use crate::machine::{Call, Context, Output};
use crate::timers::Timers;

/// The expressions of a group, to be held against the topics.
#[derive(Clone, Debug)]
pub struct ResolveRegexes {
    group: Str,
    regexes: Vec<Str>,
    topics: Topics,
    version: i64,
}

/// What became of [`ResolveRegexes`].
#[derive(Clone, Debug)]
pub struct RegexesResolved {
    group: Str,
    /// The topics that each expression matches.
    topics: BTreeMap<Str, BTreeSet<Str>>,
    version: i64,
}

/// The group knows.
#[derive(Clone, Copy, Debug)]
pub struct RegexesNoted;

impl ResolveRegexes {
    /// Looks at every topic with every expression, for as long as `goes_on` says. None if it is not
    /// to the end.
    pub fn run(&self, goes_on: impl Fn() -> bool) -> Option<RegexesResolved> {
        let mut topics = BTreeMap::new();
        for text in &self.regexes {
            // It was checked when a member came with it. One that a later release took and this one
            // does not matches nothing.
            let regex = TopicRegex::parse(text).ok();
            let mut matching = BTreeSet::new();
            for topic in self.topics.iter() {
                if !goes_on() {
                    return None;
                }
                if regex.as_ref().is_some_and(|regex| regex.matches(&topic.name)) {
                    matching.insert(topic.name.clone());
                }
            }
            topics.insert(text.clone(), matching);
        }
        Some(RegexesResolved { group: self.group.clone(), topics, version: self.version })
    }
}

/// What the group knows of its regular expressions that its records do not say.
#[derive(Clone, Copy, Debug)]
pub(super) struct RegexNews {
    /// They are being resolved, or about to be.
    pub(super) is_pending: bool,
    /// Where the metadata stood when topics were last created.
    pub(super) topics_created_at: i64,
}

impl RegexNews {
    pub(super) fn of(
        group: &ConsumerGroup,
        timers: &Timers<Timer>,
        topics_created_at: base::Offset,
    ) -> RegexNews {
        let timer = Timer::Consumer(ConsumerTimer::Regexes(group.id.clone()));
        RegexNews {
            is_pending: group.is_resolving || timers.get(&timer).is_some(),
            topics_created_at: version(topics_created_at),
        }
    }
}

impl GroupShard {
    /// Has the regular expressions of a group resolved.
    pub(super) fn begin_to_resolve(
        &mut self,
        context: &Context<'_>,
        id: &Str,
        out: &mut Output<Self>,
    ) {
        let Some(Group::Consumer(group)) = self.groups.get_mut(id) else { return };
        group.is_resolving = true;
        out.effect(GroupEffect::Resolve(ResolveRegexes {
            group: id.clone(),
            regexes: group.regexes.keys().cloned().collect(),
            topics: context.image.topics().clone(),
            version: version(context.image.offset()),
        }));
    }

    pub(in crate::group) fn regexes_resolved(
        &mut self,
        context: &Context<'_>,
        call: Call,
        told: &RegexesResolved,
        out: &mut Output<Self>,
    ) {
        let GroupShard { groups, topic_hashes, .. } = self;
        if let Some(Group::Consumer(group)) = groups.get_mut(&told.group) {
            group.is_resolving = false;
            let mut decision = Decision::new(context, group, topic_hashes);
            decision.take_resolved(told);
            let outcome = decision.finish();
            self.carry_out(outcome, out);
        }
        out.reply(call, RegexesNoted);
    }
}

impl Decision<'_> {
    /// Writes down what was found. An expression that has come meanwhile is to be looked at again.
    fn take_resolved(&mut self, told: &RegexesResolved) {
        let group = self.group;
        let mut subscribed = group.subscribed.clone();
        let mut is_new_epoch = false;
        for regex in group.regexes.keys() {
            let Some(topics) = told.topics.get(regex) else { continue };
            let nothing = BTreeSet::new();
            let before = group.resolved.get(regex).map_or(&nothing, |before| &*before.topics);
            if before != topics {
                is_new_epoch = true;
                subscribed.remove_matched(before);
                subscribed.add_matched(topics.iter());
            }
            let resolved = Resolved {
                topics: Arc::new(topics.clone()),
                version: told.version,
                timestamp: self.wall.0,
            };
            self.write(records::regex(&group.id, regex, &resolved));
        }
        let hash = self.metadata_hash(&subscribed);
        if is_new_epoch || hash != group.metadata_hash {
            self.write(records::group_epoch(&group.id, group.epoch + 1, hash));
            self.outcome.has_checked_metadata = true;
            self.outcome.rebalances = true;
        }
    }
}
