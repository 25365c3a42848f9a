//! The share coordinator: where share groups stand in partitions, as leaders and group coordinators
//! read and write it (KIP-932).

use base::{ErrorCode, Str, Uuid};
use protocol::messages::*;

use super::Conversation;
use super::talk::Talk;

pub const ALL: &[Conversation] = &[
    ("share-state-is-initialised-and-read", is_initialised_and_read),
    ("share-state-is-written", is_written),
    ("share-state-is-fenced", is_fenced),
    ("share-state-is-refused", is_refused),
    ("share-state-is-deleted", is_deleted),
];

/// A partition of a group, as its state is kept.
struct Kept {
    group: Str,
    topic: Uuid,
    partition: i32,
}

impl Kept {
    /// One whose coordinator serves, and has heard of the topic.
    fn new(talk: &mut Talk) -> Kept {
        let (_, topic) = talk.topic("t", 1);
        let kept = Kept { group: talk.own("g"), topic, partition: 0 };
        talk.coordinator(&Str::from(format!("{}:{topic}:0", kept.group)), 2);
        talk.until("the share coordinator serves", |talk| {
            let deleted = talk.aside(0, &kept.deletes());
            let code = deleted.results[0].partitions[0].error_code;
            ErrorCode::from_code(code) == ErrorCode::None
        });
        kept
    }

    fn initialises(&self, state_epoch: i32, start_offset: i64) -> InitializeShareGroupStateRequest {
        use initialize_share_group_state_request::{InitializeStateData, PartitionData};
        let partition = PartitionData {
            partition: self.partition,
            state_epoch,
            start_offset,
            ..Default::default()
        };
        let topic = InitializeStateData {
            topic_id: self.topic,
            partitions: vec![partition],
            ..Default::default()
        };
        InitializeShareGroupStateRequest {
            group_id: self.group.clone(),
            topics: vec![topic],
            ..Default::default()
        }
    }

    fn reads(&self, leader_epoch: i32) -> ReadShareGroupStateRequest {
        use read_share_group_state_request::{PartitionData, ReadStateData};
        let partition =
            PartitionData { partition: self.partition, leader_epoch, ..Default::default() };
        let topic = ReadStateData {
            topic_id: self.topic,
            partitions: vec![partition],
            ..Default::default()
        };
        ReadShareGroupStateRequest {
            group_id: self.group.clone(),
            topics: vec![topic],
            ..Default::default()
        }
    }

    fn summarises(&self, leader_epoch: i32) -> ReadShareGroupStateSummaryRequest {
        use read_share_group_state_summary_request::{PartitionData, ReadStateSummaryData};
        let partition =
            PartitionData { partition: self.partition, leader_epoch, ..Default::default() };
        let topic = ReadStateSummaryData {
            topic_id: self.topic,
            partitions: vec![partition],
            ..Default::default()
        };
        ReadShareGroupStateSummaryRequest {
            group_id: self.group.clone(),
            topics: vec![topic],
            ..Default::default()
        }
    }

    /// Batches are first and last offset, delivery state and delivery count.
    fn writes(
        &self,
        state_epoch: i32,
        leader_epoch: i32,
        start_offset: i64,
        batches: &[(i64, i64, i8, i16)],
    ) -> WriteShareGroupStateRequest {
        use write_share_group_state_request::{PartitionData, StateBatch, WriteStateData};
        let batch = |&(first_offset, last_offset, delivery_state, delivery_count): &_| StateBatch {
            first_offset,
            last_offset,
            delivery_state,
            delivery_count,
            ..Default::default()
        };
        let partition = PartitionData {
            partition: self.partition,
            state_epoch,
            leader_epoch,
            start_offset,
            delivery_complete_count: 1,
            state_batches: batches.iter().map(batch).collect(),
            ..Default::default()
        };
        let topic = WriteStateData {
            topic_id: self.topic,
            partitions: vec![partition],
            ..Default::default()
        };
        WriteShareGroupStateRequest {
            group_id: self.group.clone(),
            topics: vec![topic],
            ..Default::default()
        }
    }

    fn deletes(&self) -> DeleteShareGroupStateRequest {
        use delete_share_group_state_request::{DeleteStateData, PartitionData};
        let partition = PartitionData { partition: self.partition, ..Default::default() };
        let topic = DeleteStateData {
            topic_id: self.topic,
            partitions: vec![partition],
            ..Default::default()
        };
        DeleteShareGroupStateRequest {
            group_id: self.group.clone(),
            topics: vec![topic],
            ..Default::default()
        }
    }

    /// Everything that can be asked.
    fn ask_all(&self, talk: &mut Talk) {
        talk.ask(0, self.initialises(1, 0));
        talk.ask(0, self.reads(0));
        talk.ask(1, self.summarises(0));
        talk.ask(1, self.writes(1, 0, 0, &[(0, 1, 0, 1)]));
        talk.ask(0, self.deletes());
    }
}

fn is_initialised_and_read(talk: &mut Talk) {
    let kept = Kept::new(talk);
    talk.note("nobody has initialised it");
    talk.ask(0, kept.reads(0));
    talk.ask(0, kept.summarises(0));
    talk.ask(1, kept.summarises(0));
    talk.ask(0, kept.initialises(1, 5));
    talk.ask(0, kept.reads(0));
    talk.ask(0, kept.summarises(0));
    talk.ask(1, kept.summarises(0));
    talk.note("with where to begin left open");
    talk.ask(0, kept.initialises(2, -1));
    talk.ask(0, kept.reads(0));
    talk.ask(1, kept.summarises(0));
    talk.note("again with the same epoch, after something was consumed: what was is gone");
    talk.ask(1, kept.writes(2, 0, 7, &[(7, 9, 2, 1)]));
    talk.ask(0, kept.reads(0));
    talk.ask(0, kept.initialises(2, 5));
    talk.ask(0, kept.reads(0));
    talk.ask(1, kept.summarises(0));
    talk.note("with the epoch before: that is refused");
    talk.ask(0, kept.initialises(1, 5));
}

fn is_written(talk: &mut Talk) {
    let kept = Kept::new(talk);
    talk.ask(0, kept.initialises(1, 0));
    talk.ask(1, kept.writes(1, 0, 0, &[(0, 4, 0, 1), (5, 9, 2, 1)]));
    talk.ask(0, kept.reads(0));
    talk.ask(1, kept.summarises(0));
    talk.note("over and between what was there");
    talk.ask(1, kept.writes(1, 0, 0, &[(3, 6, 2, 2), (12, 12, 4, 5)]));
    talk.ask(0, kept.reads(0));
    talk.note("the start moves; it may also be left as it is");
    talk.ask(1, kept.writes(1, 0, 7, &[]));
    talk.ask(0, kept.reads(0));
    talk.ask(0, kept.writes(1, 0, -1, &[(20, 21, 0, 1)]));
    talk.ask(0, kept.reads(0));
    talk.ask(0, kept.summarises(0));
    talk.ask(1, kept.summarises(0));
    talk.note("neighbours of one kind");
    talk.ask(1, kept.writes(1, 0, 7, &[(22, 25, 0, 1)]));
    talk.ask(0, kept.reads(0));
    // One that ends before it begins Apache Kafka 4.3.1 keeps as it is; here it is dropped.
    talk.note("of a state that there is not");
    talk.ask(1, kept.writes(1, 0, 7, &[(40, 41, 9, 1)]));
    talk.ask(0, kept.reads(0));
}

fn is_fenced(talk: &mut Talk) {
    let kept = Kept::new(talk);
    talk.ask(0, kept.initialises(3, 0));
    talk.note("another epoch of the state");
    talk.ask(1, kept.writes(2, 0, 0, &[]));
    talk.ask(1, kept.writes(4, 0, 0, &[]));
    talk.ask(0, kept.initialises(2, 0));
    talk.ask(0, kept.initialises(3, 0));
    talk.note("a later leader has been here");
    talk.ask(0, kept.reads(5));
    talk.ask(0, kept.reads(4));
    talk.ask(0, kept.reads(-1));
    talk.ask(1, kept.summarises(4));
    talk.ask(1, kept.writes(3, 4, 0, &[]));
    talk.ask(1, kept.writes(3, 6, 0, &[]));
    talk.ask(1, kept.writes(3, 5, 0, &[]));
    talk.ask(1, kept.writes(3, -1, 0, &[]));
    talk.ask(1, kept.summarises(0));
    talk.note("the group begins anew");
    talk.ask(0, kept.initialises(4, 9));
    talk.ask(1, kept.writes(3, 6, 0, &[]));
    talk.ask(1, kept.writes(4, 0, 9, &[]));
    talk.ask(0, kept.reads(0));
}

fn is_refused(talk: &mut Talk) {
    let kept = Kept::new(talk);
    talk.note("written before it is initialised");
    talk.ask(1, kept.writes(1, 0, 0, &[]));
    let Kept { group, topic, .. } = kept;
    let of = |partition: i32, topic: Uuid| Kept { group: group.clone(), topic, partition };
    talk.note("a partition that is not there, one that cannot be, a topic that is not there");
    of(7, topic).ask_all(talk);
    of(-1, topic).ask_all(talk);
    let other = Kept { group: talk.own("h"), topic, partition: 0 };
    talk.note("of no topic, of no group");
    of(0, Uuid::ZERO).ask_all(talk);
    Kept { group: Str::EMPTY, ..other }.ask_all(talk);
    talk.note("of nothing");
    talk.ask(0, InitializeShareGroupStateRequest { group_id: group.clone(), ..Default::default() });
    talk.ask(0, ReadShareGroupStateRequest { group_id: group.clone(), ..Default::default() });
    talk.ask(1, WriteShareGroupStateRequest { group_id: group.clone(), ..Default::default() });
    talk.ask(0, DeleteShareGroupStateRequest { group_id: group.clone(), ..Default::default() });
    let summary =
        ReadShareGroupStateSummaryRequest { group_id: group.clone(), ..Default::default() };
    talk.ask(1, summary);
}

fn is_deleted(talk: &mut Talk) {
    let kept = Kept::new(talk);
    talk.note("it was never there");
    talk.ask(0, kept.deletes());
    talk.ask(0, kept.initialises(1, 5));
    talk.ask(0, kept.deletes());
    talk.ask(0, kept.reads(0));
    talk.ask(1, kept.writes(1, 0, 0, &[]));
    talk.ask(1, kept.summarises(0));
    talk.note("and anew");
    talk.ask(0, kept.initialises(0, 2));
    talk.ask(0, kept.reads(0));
}
