//! Stories of consumer groups. [`Consumer`] sends what a client would, and keeps what it is told.

mod classic_members;
mod joining;
mod offsets;
mod random;
mod reconciling;
mod regexes;
mod static_members;

use std::collections::BTreeSet;

use base::{ErrorCode, Str, Uuid};
use protocol::messages::consumer_group_describe_response::DescribedGroup;
use protocol::messages::consumer_group_heartbeat_request::TopicPartitions;
use protocol::messages::{
    ConsumerGroupDescribeRequest, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse,
};

use crate::group::testing::{Bench, asked};

pub(super) const GROUP: &str = "readers";

/// Assignments follow each other without an interval, so that each story shows one thing.
pub(super) fn bench() -> Bench {
    Bench::with(&[
        ("group.consumer.assignment.interval.ms", "0"),
        ("group.initial.rebalance.delay.ms", "0"),
    ])
}

/// A partition as stories write it: topic and number.
pub(super) type Owned = BTreeSet<(Uuid, i32)>;

pub(super) fn partitions(topic: Uuid, numbers: impl IntoIterator<Item = i32>) -> Owned {
    numbers.into_iter().map(|number| (topic, number)).collect()
}

/// A client of the consumer protocol.
pub(super) struct Consumer {
    pub(super) id: Str,
    pub(super) instance: Option<Str>,
    pub(super) epoch: i32,
    pub(super) owned: Owned,
    topics: Vec<Str>,
    pub(super) regex: Option<Str>,
    pub(super) assignor: Option<Str>,
    /// Whether it has not heard what became of its last request. Its next one then says everything.
    pub(super) is_unsure: bool,
}

impl Consumer {
    pub(super) fn new(id: &str, topics: &[&str]) -> Consumer {
        Consumer {
            id: id.into(),
            instance: None,
            epoch: 0,
            owned: Owned::new(),
            topics: topics.iter().map(|topic| Str::from(*topic)).collect(),
            regex: None,
            assignor: None,
            is_unsure: false,
        }
    }

    pub(super) fn fixed(id: &str, instance: &str, topics: &[&str]) -> Consumer {
        Consumer { instance: Some(instance.into()), ..Consumer::new(id, topics) }
    }

    pub(super) fn matching(id: &str, regex: &str) -> Consumer {
        Consumer { regex: Some(regex.into()), ..Consumer::new(id, &[]) }
    }

    /// What it sends with everything in it, as it does when it joins.
    pub(super) fn whole(&self) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest {
            rebalance_timeout_ms: 30_000,
            subscribed_topic_names: Some(self.topics.clone()),
            subscribed_topic_regex: self.regex.clone(),
            server_assignor: self.assignor.clone(),
            topic_partitions: Some(self.reported()),
            ..self.short()
        }
    }

    /// What it sends when nothing is new.
    pub(super) fn short(&self) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest {
            group_id: GROUP.into(),
            member_id: self.id.clone(),
            member_epoch: self.epoch,
            instance_id: self.instance.clone(),
            ..ConsumerGroupHeartbeatRequest::default()
        }
    }

    fn reported(&self) -> Vec<TopicPartitions> {
        let mut topics: Vec<TopicPartitions> = Vec::new();
        for (topic, partition) in &self.owned {
            match topics.last_mut() {
                Some(last) if last.topic_id == *topic => last.partitions.push(*partition),
                _ => topics.push(TopicPartitions {
                    topic_id: *topic,
                    partitions: vec![*partition],
                    ..TopicPartitions::default()
                }),
            }
        }
        topics
    }

    #[track_caller]
    pub(super) fn join(&mut self, bench: &mut Bench) {
        self.epoch = 0;
        self.owned.clear();
        let response = send(bench, self.whole());
        self.hear(&response);
    }

    /// A heartbeat without news. What it is told to have it has at once, and says so with the next.
    #[track_caller]
    pub(super) fn heartbeat(&mut self, bench: &mut Bench) {
        let response = send(bench, self.short());
        self.hear(&response);
    }

    /// A heartbeat that says what it owns.
    #[track_caller]
    pub(super) fn acknowledge(&mut self, bench: &mut Bench) {
        let mut request = self.short();
        request.topic_partitions = Some(self.reported());
        let response = send(bench, request);
        self.hear(&response);
    }

    #[track_caller]
    pub(super) fn subscribe(&mut self, bench: &mut Bench, topics: &[&str]) {
        self.topics = topics.iter().map(|topic| Str::from(*topic)).collect();
        let mut request = self.short();
        request.subscribed_topic_names = Some(self.topics.clone());
        let response = send(bench, request);
        self.hear(&response);
    }

    #[track_caller]
    pub(super) fn leave(&mut self, bench: &mut Bench, epoch: i32) {
        self.epoch = epoch;
        let response = send(bench, self.short());
        self.hear(&response);
    }

    #[track_caller]
    fn hear(&mut self, response: &ConsumerGroupHeartbeatResponse) {
        assert_eq!(response.error_code, 0, "{:?}", response.error_message);
        assert_eq!(response.member_id, Some(self.id.clone()));
        self.epoch = response.member_epoch;
        if let Some(assignment) = &response.assignment {
            self.owned = assignment
                .topic_partitions
                .iter()
                .flat_map(|topic| topic.partitions.iter().map(|number| (topic.topic_id, *number)))
                .collect();
        }
    }
}

pub(super) fn send(
    bench: &mut Bench,
    request: ConsumerGroupHeartbeatRequest,
) -> ConsumerGroupHeartbeatResponse {
    bench.call(asked(1, request))
}

#[track_caller]
pub(super) fn refusal(bench: &mut Bench, request: ConsumerGroupHeartbeatRequest) -> ErrorCode {
    let response = send(bench, request);
    assert_ne!(response.error_code, 0, "the heartbeat should have been refused");
    ErrorCode::from_code(response.error_code)
}

pub(super) fn describe(bench: &mut Bench) -> DescribedGroup {
    let request = ConsumerGroupDescribeRequest {
        group_ids: vec![GROUP.into()],
        ..ConsumerGroupDescribeRequest::default()
    };
    bench.call(asked(1, request)).groups.remove(0)
}

/// Lets everybody heartbeat until nothing moves any more. No two ever own the same.
#[track_caller]
pub(super) fn settle(bench: &mut Bench, consumers: &mut [&mut Consumer]) {
    for _ in 0..20 {
        let before: Vec<_> = consumers.iter().map(|one| (one.epoch, one.owned.clone())).collect();
        for consumer in consumers.iter_mut() {
            consumer.acknowledge(bench);
        }
        let mut taken = Owned::new();
        for consumer in consumers.iter() {
            for partition in &consumer.owned {
                assert!(taken.insert(*partition), "{partition:?} has two owners");
            }
        }
        let after: Vec<_> = consumers.iter().map(|one| (one.epoch, one.owned.clone())).collect();
        if before == after {
            return;
        }
    }
    panic!("the group does not come to rest");
}
