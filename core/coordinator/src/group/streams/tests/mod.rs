//! Stories of streams groups: an application whose threads share the tasks of its topology.

mod assignor;
mod commits;
mod configure;
mod life;
mod rebalance;

use base::{ErrorCode, Str};
use protocol::messages::streams_group_describe_response::DescribedGroup;
use protocol::messages::streams_group_heartbeat_request::{
    CopartitionGroup, Endpoint, Subtopology, TaskIds, TopicInfo, Topology,
};
use protocol::messages::{
    StreamsGroupDescribeRequest, StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse,
};

use super::StreamsHeartbeat;
use crate::group::testing::{Bench, asked};

/// A bench with the topic `input` of two partitions, whose groups wait for nobody.
fn bench() -> Bench {
    let mut bench = Bench::with(&[
        ("group.streams.initial.rebalance.delay.ms", "0"),
        ("group.streams.assignment.interval.ms", "0"),
    ]);
    bench.topic("input", 2);
    bench
}

/// One subtopology that reads `input`.
fn stateless() -> Topology {
    topology(vec![Subtopology {
        subtopology_id: "0".into(),
        source_topics: vec!["input".into()],
        ..Subtopology::default()
    }])
}

/// A word count: `input` is split into words, repartitioned by word, and counted in a store.
fn word_count() -> Topology {
    let internal = |name: &str| TopicInfo { name: name.into(), ..TopicInfo::default() };
    topology(vec![
        Subtopology {
            subtopology_id: "0".into(),
            source_topics: vec!["input".into()],
            repartition_sink_topics: vec!["words".into()],
            ..Subtopology::default()
        },
        Subtopology {
            subtopology_id: "1".into(),
            repartition_source_topics: vec![internal("words")],
            state_changelog_topics: vec![internal("counts")],
            copartition_groups: vec![CopartitionGroup {
                repartition_source_topics: vec![0],
                ..CopartitionGroup::default()
            }],
            ..Subtopology::default()
        },
    ])
}

fn topology(subtopologies: Vec<Subtopology>) -> Topology {
    Topology { epoch: 1, subtopologies, ..Topology::default() }
}

/// A thread of the application, as its client drives it: it remembers its epoch and owns what it was
/// told.
struct Thread {
    request: StreamsGroupHeartbeatRequest,
    owned: [Vec<TaskIds>; 3],
}

impl Thread {
    fn of_process(process: &str, member: &str, topology: Topology) -> Thread {
        Thread {
            request: StreamsGroupHeartbeatRequest {
                group_id: "app".into(),
                member_id: member.into(),
                process_id: Some(process.into()),
                rebalance_timeout_ms: 60_000,
                topology: Some(Box::new(topology)),
                active_tasks: Some(Vec::new()),
                standby_tasks: Some(Vec::new()),
                warmup_tasks: Some(Vec::new()),
                ..StreamsGroupHeartbeatRequest::default()
            },
            owned: Default::default(),
        }
    }

    fn new(member: &str, topology: Topology) -> Thread {
        Thread::of_process(&format!("process of {member}"), member, topology)
    }

    fn with_endpoint(mut self, host: &str) -> Thread {
        self.request.user_endpoint =
            Some(Box::new(Endpoint { host: host.into(), port: 7070, ..Endpoint::default() }));
        self
    }

    /// Sends a heartbeat and takes on what it says.
    #[track_caller]
    fn beat(&mut self, bench: &mut Bench) -> StreamsGroupHeartbeatResponse {
        let response = self.hear(bench).response;
        assert_eq!((response.error_code, &response.error_message), (0, &None));
        self.follow(&response);
        response
    }

    /// Sends a heartbeat whose reply is lost on the way.
    fn hear(&mut self, bench: &mut Bench) -> StreamsHeartbeat {
        let mut request = self.request.clone();
        if request.member_epoch != 0 {
            request.topology = None;
        }
        let [active, standby, warmup] = self.owned.clone();
        request.active_tasks = Some(active);
        request.standby_tasks = Some(standby);
        request.warmup_tasks = Some(warmup);
        bench.call(asked(0, request))
    }

    fn follow(&mut self, response: &StreamsGroupHeartbeatResponse) {
        self.request.member_epoch = response.member_epoch;
        self.request.endpoint_information_epoch = response.endpoint_information_epoch;
        let told = [&response.active_tasks, &response.standby_tasks, &response.warmup_tasks];
        for (owned, told) in self.owned.iter_mut().zip(told) {
            let Some(told) = told else { continue };
            *owned = told
                .iter()
                .map(|tasks| TaskIds {
                    subtopology_id: tasks.subtopology_id.clone(),
                    partitions: tasks.partitions.clone(),
                    ..TaskIds::default()
                })
                .collect();
        }
    }

    /// Sends a heartbeat that is refused.
    #[track_caller]
    fn refused(&mut self, bench: &mut Bench) -> (ErrorCode, String) {
        let response = self.hear(bench).response;
        let code = ErrorCode::from_code(response.error_code);
        (code, response.error_message.unwrap_or_default().to_string())
    }

    fn leave(&mut self, bench: &mut Bench) -> StreamsGroupHeartbeatResponse {
        let mut request = self.request.clone();
        (request.member_epoch, request.topology) = (-1, None);
        let response = bench.call(asked(0, request)).response;
        self.request.member_epoch = 0;
        self.owned = Default::default();
        response
    }

    /// The active tasks that the thread has, as `0_1`.
    fn active(&self) -> Vec<String> {
        shown(&self.owned[0])
    }

    fn standby(&self) -> Vec<String> {
        shown(&self.owned[1])
    }
}

fn shown(tasks: &[TaskIds]) -> Vec<String> {
    let one = |tasks: &TaskIds| {
        let id = tasks.subtopology_id.clone();
        tasks.partitions.clone().into_iter().map(move |partition| format!("{id}_{partition}"))
    };
    tasks.iter().flat_map(one).collect()
}

/// Codes and details of what a reply says of the group.
fn statuses(response: &StreamsGroupHeartbeatResponse) -> Vec<(i8, Str)> {
    let statuses = response.status.iter().flatten();
    statuses.map(|status| (status.status_code, status.status_detail.clone())).collect()
}

fn describe(bench: &mut Bench) -> DescribedGroup {
    let request = StreamsGroupDescribeRequest {
        group_ids: vec!["app".into()],
        ..StreamsGroupDescribeRequest::default()
    };
    bench.call(asked(0, request)).groups.remove(0)
}

fn state(bench: &mut Bench) -> String {
    describe(bench).group_state.to_string()
}
