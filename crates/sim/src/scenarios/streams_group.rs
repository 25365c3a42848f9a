//! A streams group (KIP-1071): the threads of an application share the tasks of its topology.
//!
//! At no moment do two threads have one active task ([`super::tenure`]). The word count has two
//! subtopologies, the second with a store and standby copies of it, so that tasks move in more than
//! one role.

use std::collections::BTreeSet;

use base::{ErrorCode, Str};
use coordinator::group::{Asked, GroupShard};
use protocol::messages::StreamsGroupHeartbeatRequest;
use protocol::messages::streams_group_heartbeat_request::{
    CopartitionGroup, Subtopology, TaskIds, TopicInfo, Topology,
};
use protocol::messages::streams_group_heartbeat_response as response;

use super::tenure::Tenures;
use super::{Stage, Story};
use crate::client::{Client, Weather};
use crate::flaw::Flaw;
use crate::node::Layout;

const GROUP: &str = "application";
const THREADS: u64 = 4;
const PARTITIONS: i32 = 4;
/// `group.streams.session.timeout.ms` of the node.
const SESSION_TIMEOUT_MS: u64 = 2_500;

/// A subtopology and a partition.
type Task = (Str, i32);

struct Thread {
    stage: Stage,
    client: Client,
    held: Tenures<Task>,
    process: Str,
    id: Str,
    epoch: i32,
    /// Active, standby and warm-up tasks, as it was told.
    owned: [Vec<TaskIds>; 3],
}

pub fn run(seed: u64, flaw: Option<Flaw>) -> Story {
    let topics = [
        ("lines", PARTITIONS),
        ("application-words-repartition", PARTITIONS),
        ("application-counts-changelog", PARTITIONS),
    ];
    let stage = Stage::new(seed, Layout::new(&topics), flaw);
    let held = Tenures::default();
    for number in 0..THREADS {
        let (stage, held) = (stage.clone(), held.clone());
        stage.world.clone().spawn(async move {
            stage.world.sleep_ms(stage.world.below(1_000)).await;
            let mut life = 0;
            while !stage.is_over() {
                life += 1;
                let mut client = stage.client(Weather::CONNECTED);
                client.timeout_ms = 600;
                let mut thread = Thread {
                    stage: stage.clone(),
                    client,
                    held: held.clone(),
                    process: Str::from(format!("process-{}", number / 2)),
                    id: Str::from(format!("thread-{number}-{life}")),
                    epoch: 0,
                    owned: Default::default(),
                };
                thread.live().await;
                stage.world.sleep_ms(stage.world.below(2_000)).await;
            }
        });
    }
    stage.run();
    stage.story()
}

impl Thread {
    async fn live(&mut self) {
        while !self.stage.is_over() {
            let sent = self.stage.world.now();
            if self.held.has_ended(&self.id, sent) {
                return self.give_up();
            }
            let reply = self.client.ask::<GroupShard, _>(self.heartbeat()).await;
            if let Ok(Ok(reply)) = reply {
                let reply = reply.response;
                match ErrorCode::from_code(reply.error_code) {
                    ErrorCode::None => {
                        self.epoch = reply.member_epoch;
                        self.take([reply.active_tasks, reply.standby_tasks, reply.warmup_tasks]);
                        let until = sent.plus_ms(SESSION_TIMEOUT_MS);
                        self.held.hold(&self.stage, &self.id, &self.active(), until);
                    }
                    ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                        return self.give_up();
                    }
                    _ => {}
                }
            }
            if self.stage.world.once_in(40) {
                // It dies without a word; its tasks wait for the end of its session.
                return self.give_up();
            }
            if self.stage.world.once_in(60) {
                let leaves =
                    StreamsGroupHeartbeatRequest { member_epoch: -1, ..self.heartbeat().body };
                self.give_up();
                // Whether it is heard or not, the thread is gone.
                let _ = self.client.ask::<GroupShard, _>(asked(leaves)).await;
                return;
            }
            let pause = if self.stage.world.once_in(40) { 6_000 } else { 300 };
            self.stage.world.sleep_ms(self.stage.world.below(pause)).await;
        }
    }

    fn heartbeat(&self) -> Asked<StreamsGroupHeartbeatRequest> {
        let joins = self.epoch == 0;
        let [active, standby, warmup] = match joins {
            true => Default::default(),
            false => self.owned.clone(),
        };
        asked(StreamsGroupHeartbeatRequest {
            group_id: GROUP.into(),
            member_id: self.id.clone(),
            member_epoch: self.epoch,
            process_id: joins.then(|| self.process.clone()),
            // Longer than the session, as for the members of a consumer group here.
            rebalance_timeout_ms: if joins { 10_000 } else { -1 },
            topology: joins.then(|| Box::new(word_count())),
            active_tasks: Some(active),
            standby_tasks: Some(standby),
            warmup_tasks: Some(warmup),
            ..StreamsGroupHeartbeatRequest::default()
        })
    }

    fn take(&mut self, told: [Option<Vec<response::TaskIds>>; 3]) {
        for (owned, told) in self.owned.iter_mut().zip(told) {
            let Some(told) = told else { continue };
            let tasks = told.into_iter().map(|tasks| TaskIds {
                subtopology_id: tasks.subtopology_id,
                partitions: tasks.partitions,
                ..TaskIds::default()
            });
            *owned = tasks.collect();
        }
    }

    fn active(&self) -> BTreeSet<Task> {
        let tasks = self.owned[0].iter().flat_map(|tasks| {
            let id = &tasks.subtopology_id;
            tasks.partitions.iter().map(move |partition| (id.clone(), *partition))
        });
        tasks.collect()
    }

    fn give_up(&mut self) {
        self.owned = Default::default();
        self.held.give_up(&self.id);
    }
}

/// Lines are split into words, repartitioned by word, and counted in a store.
fn word_count() -> Topology {
    let internal = |name: &str| TopicInfo { name: name.into(), ..TopicInfo::default() };
    let splitting = Subtopology {
        subtopology_id: "0".into(),
        source_topics: vec!["lines".into()],
        repartition_sink_topics: vec!["application-words-repartition".into()],
        ..Subtopology::default()
    };
    let counting = Subtopology {
        subtopology_id: "1".into(),
        repartition_source_topics: vec![internal("application-words-repartition")],
        state_changelog_topics: vec![internal("application-counts-changelog")],
        copartition_groups: vec![CopartitionGroup {
            repartition_source_topics: vec![0],
            ..CopartitionGroup::default()
        }],
        ..Subtopology::default()
    };
    Topology { epoch: 1, subtopologies: vec![splitting, counting], ..Topology::default() }
}

fn asked<R>(body: R) -> Asked<R> {
    Asked { client: Default::default(), version: 0, body }
}
