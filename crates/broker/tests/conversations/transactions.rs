//! Transactions: producers, partitions, decisions, markers, and offsets that hold with them.

use base::{ErrorCode, ProducerEpoch, ProducerId, Sequence, Str, WallMs};
use protocol::Payload;
use protocol::messages::add_partitions_to_txn_request::{
    AddPartitionsToTxnTopic, AddPartitionsToTxnTransaction,
};
use protocol::messages::describe_producers_request::TopicRequest;
use protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use protocol::messages::write_txn_markers_request::{WritableTxnMarker, WritableTxnMarkerTopic};
use protocol::messages::*;
use records::{BatchBuilder, Codec, Compression};

use super::Conversation;
use super::talk::Talk;

pub const ALL: &[Conversation] = &[
    ("transaction-commits", transaction_commits),
    ("transaction-aborts", transaction_aborts),
    ("transaction-of-an-old-client", transaction_of_an_old_client),
    ("transaction-end-is-repeated", transaction_end_is_repeated),
    ("transaction-end-refused", transaction_end_refused),
    ("transaction-is-fenced", transaction_is_fenced),
    ("transaction-init-refused", transaction_init_refused),
    ("transaction-init-goes-on", transaction_init_goes_on),
    ("transaction-partitions-refused", transaction_partitions_refused),
    ("transaction-partitions-verified", transaction_partitions_verified),
    ("transaction-produce", transaction_produce),
    ("transaction-produce-refused", transaction_produce_refused),
    ("transaction-offsets", transaction_offsets),
    ("transaction-offsets-of-an-old-client", transaction_offsets_of_an_old_client),
    ("transaction-markers-by-hand", transaction_markers_by_hand),
    ("transactions-are-described", transactions_are_described),
    ("transactions-are-listed", transactions_are_listed),
    ("transactions-are-read-when-committed", are_read_when_committed),
    ("transaction-in-every-version", transaction_in_every_version),
];

/// Whether a producer has been initialised, or will not be: the transaction before is being ended, or
/// Apache Kafka fetches a block of producer ids first.
fn is_final(code: i16) -> bool {
    !matches!(
        ErrorCode::from_code(code),
        ErrorCode::ConcurrentTransactions | ErrorCode::CoordinatorLoadInProgress
    )
}

#[derive(Clone, Copy)]
pub struct Producer {
    pub id: i64,
    pub epoch: i16,
}

// ---- what is asked ----

pub fn inits(id: &Str) -> InitProducerIdRequest {
    InitProducerIdRequest {
        transactional_id: Some(id.clone()),
        transaction_timeout_ms: 60_000,
        ..Default::default()
    }
}

pub fn adds_group(id: &Str, group: &Str, who: Producer) -> AddOffsetsToTxnRequest {
    AddOffsetsToTxnRequest {
        transactional_id: id.clone(),
        producer_id: who.id,
        producer_epoch: who.epoch,
        group_id: group.clone(),
        ..Default::default()
    }
}

fn topics(topic: &Str, partitions: &[i32]) -> Vec<AddPartitionsToTxnTopic> {
    vec![AddPartitionsToTxnTopic {
        name: topic.clone(),
        partitions: partitions.to_vec(),
        ..Default::default()
    }]
}

fn adds(id: &Str, who: Producer, topic: &Str, partitions: &[i32]) -> AddPartitionsToTxnRequest {
    AddPartitionsToTxnRequest {
        v3_and_below_transactional_id: id.clone(),
        v3_and_below_producer_id: who.id,
        v3_and_below_producer_epoch: who.epoch,
        v3_and_below_topics: topics(topic, partitions),
        ..Default::default()
    }
}

fn transaction(
    id: &Str,
    who: Producer,
    topic: &Str,
    partitions: &[i32],
) -> AddPartitionsToTxnTransaction {
    AddPartitionsToTxnTransaction {
        transactional_id: id.clone(),
        producer_id: who.id,
        producer_epoch: who.epoch,
        topics: topics(topic, partitions),
        ..Default::default()
    }
}

fn ends(id: &Str, who: Producer, committed: bool) -> EndTxnRequest {
    EndTxnRequest {
        transactional_id: id.clone(),
        producer_id: who.id,
        producer_epoch: who.epoch,
        committed,
        ..Default::default()
    }
}

fn describes(ids: &[&Str]) -> DescribeTransactionsRequest {
    DescribeTransactionsRequest {
        transactional_ids: ids.iter().map(|id| (*id).clone()).collect(),
        ..Default::default()
    }
}

fn latest(topic: &Str, isolation_level: i8) -> ListOffsetsRequest {
    let partition = ListOffsetsPartition {
        partition_index: 0,
        current_leader_epoch: -1,
        timestamp: -1,
        ..Default::default()
    };
    let topic =
        ListOffsetsTopic { name: topic.clone(), partitions: vec![partition], ..Default::default() };
    ListOffsetsRequest {
        replica_id: -1,
        isolation_level,
        topics: vec![topic],
        ..Default::default()
    }
}

// ---- what is done more than once ----

/// A transactional id whose coordinator serves.
fn id(talk: &mut Talk, what: &str) -> Str {
    let id = talk.own(what);
    talk.coordinator(&id, 1);
    id
}

/// Asks for a producer id, whose number goes by `name` from now on.
fn init(talk: &mut Talk, id: &Str, name: &str) -> Producer {
    let asked = inits(id);
    let answered = talk.ask_until(5, asked, |reply| is_final(reply.error_code));
    let who = Producer { id: answered.producer_id, epoch: answered.producer_epoch };
    call(talk, who.id, name);
    who
}

/// Producer ids are small numbers, so only the field as a whole is replaced.
fn call(talk: &mut Talk, id: i64, name: &str) {
    talk.call(format!("producer_id: {id},"), &format!("producer id {name}"));
}

/// Waits until no marker is on its way.
fn settled(talk: &mut Talk, id: &Str) {
    talk.ask_until_state(id, |state| !state.starts_with("Prepare"));
}

impl Talk {
    fn ask_until_state(&mut self, id: &Str, good: impl Fn(&str) -> bool) {
        loop {
            let described = self.aside(0, &describes(&[id]));
            let state = described.transaction_states[0].transaction_state.clone();
            if good(&state) {
                self.note(&format!("the state is {state}"));
                return;
            }
            self.wait_ms(20);
        }
    }

    /// Gives the moment at which a transaction began a name.
    fn name_start(&mut self, id: &Str) {
        let described = self.aside(0, &describes(&[id]));
        let started = described.transaction_states[0].transaction_start_time_ms;
        self.call(format!("transaction_start_time_ms: {started},"), "when it began");
    }

    /// Sends one record; what came of it is noted, since its bytes differ from run to run.
    fn produce(
        &mut self,
        version: i16,
        transactional_id: Option<&Str>,
        who: Producer,
        sequence: i32,
        topic: &Str,
    ) {
        let mut batch = BatchBuilder::new(Compression::from(Codec::None))
            .producer(ProducerId(who.id), ProducerEpoch(who.epoch), Sequence(sequence))
            .transactional();
        batch.append(WallMs(1_700_000_000_000), None, Some(b"value"), &[]).expect("a small record");
        let partition = PartitionProduceData {
            index: 0,
            records: Some(Payload::Bytes(batch.build().into())),
            ..Default::default()
        };
        let topic = TopicProduceData {
            name: topic.clone(),
            partition_data: vec![partition],
            ..Default::default()
        };
        let request = ProduceRequest {
            transactional_id: transactional_id.cloned(),
            acks: -1,
            timeout_ms: 30_000,
            topic_data: vec![topic],
            ..Default::default()
        };
        let (code, offset) = loop {
            let answered = self.aside(version, &request);
            let partition = &answered.responses[0].partition_responses[0];
            match ErrorCode::from_code(partition.error_code) {
                // Apache Kafka tells clients of a leader before it leads.
                ErrorCode::NotLeaderOrFollower => self.wait_ms(20),
                code => break (code, partition.base_offset),
            }
        };
        let epoch = who.epoch;
        self.note(&format!(
            "Produce {version}, epoch {epoch}, sequence {sequence}: {code}, offset {offset}"
        ));
    }
}

// ---- the conversations ----

fn transaction_commits(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 2);
    let mut me = init(talk, &id, "a");
    talk.ask(3, adds(&id, me, &topic, &[0]));
    talk.ask(3, adds(&id, me, &topic, &[0, 1]));
    talk.ask(3, adds(&id, me, &topic, &[1]));
    me.epoch = talk.ask(5, ends(&id, me, true)).producer_epoch;
    settled(talk, &id);
    talk.note("the next transaction has the next epoch");
    talk.ask(3, adds(&id, me, &topic, &[0]));
    talk.ask(5, ends(&id, me, true));
    settled(talk, &id);
    talk.ask(2, latest(&topic, 0));
    talk.ask(2, latest(&topic, 1));
}

fn transaction_aborts(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let mut me = init(talk, &id, "a");
    talk.note("nothing was begun");
    me.epoch = talk.ask(5, ends(&id, me, false)).producer_epoch;
    settled(talk, &id);
    talk.ask(3, adds(&id, me, &topic, &[0]));
    me.epoch = talk.ask(5, ends(&id, me, false)).producer_epoch;
    settled(talk, &id);
    talk.note("and again nothing");
    talk.ask(5, ends(&id, me, false));
    settled(talk, &id);
}

fn transaction_of_an_old_client(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let me = init(talk, &id, "a");
    talk.ask(4, ends(&id, me, false));
    for committed in [true, false] {
        talk.ask(3, adds(&id, me, &topic, &[0]));
        talk.ask(4, ends(&id, me, committed));
        settled(talk, &id);
        talk.note("asked for again");
        talk.ask(4, ends(&id, me, committed));
        talk.ask(4, ends(&id, me, !committed));
    }
}

fn transaction_end_is_repeated(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let mut me = init(talk, &id, "a");
    for committed in [true, false] {
        let before = me;
        talk.ask(3, adds(&id, me, &topic, &[0]));
        me.epoch = talk.ask(5, ends(&id, me, committed)).producer_epoch;
        settled(talk, &id);
        talk.note("its answer was lost");
        talk.ask(5, ends(&id, before, committed));
        talk.ask(5, ends(&id, before, !committed));
    }
    talk.note("nothing was begun since");
    talk.ask(5, ends(&id, me, true));
}

fn transaction_end_refused(talk: &mut Talk) {
    let id = id(talk, "id");
    let nobody = Producer { id: 123_456_789, epoch: 0 };
    talk.ask(5, ends(&id, nobody, true));
    talk.ask(5, ends(&Str::EMPTY, nobody, true));
    talk.ask(4, ends(&Str::EMPTY, nobody, true));
    let me = init(talk, &id, "a");
    for version in [1, 4, 5] {
        talk.ask(version, ends(&id, nobody, true));
        talk.ask(version, ends(&id, Producer { epoch: 5, ..me }, true));
        talk.ask(version, ends(&id, me, true));
    }
}

fn transaction_is_fenced(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let old = init(talk, &id, "a");
    talk.ask(3, adds(&id, old, &topic, &[0]));
    talk.note("somebody else takes the id");
    talk.ask(5, inits(&id));
    let new = init(talk, &id, "a");
    for version in [1, 3] {
        talk.ask(version, adds(&id, old, &topic, &[0]));
    }
    for version in [1, 4, 5] {
        talk.ask(version, ends(&id, old, true));
    }
    let expects = |who: Producer| InitProducerIdRequest {
        producer_id: who.id,
        producer_epoch: who.epoch,
        ..inits(&id)
    };
    talk.ask(3, expects(old));
    talk.ask(4, expects(old));
    talk.ask(3, adds(&id, new, &topic, &[0]));
    talk.ask(5, ends(&id, new, true));
    settled(talk, &id);
}

fn transaction_init_refused(talk: &mut Talk) {
    let id = id(talk, "id");
    for timeout in [0, -1, 900_001, i32::MAX] {
        talk.ask(5, InitProducerIdRequest { transaction_timeout_ms: timeout, ..inits(&id) });
    }
    talk.ask(5, inits(&Str::EMPTY));
    talk.ask(5, InitProducerIdRequest { producer_id: 5, ..inits(&id) });
    talk.ask(5, InitProducerIdRequest { producer_epoch: 5, ..inits(&id) });
    talk.ask(0, inits(&Str::EMPTY));
}

fn transaction_init_goes_on(talk: &mut Talk) {
    let id = id(talk, "id");
    let expects = |id: &Str, who: Producer| InitProducerIdRequest {
        producer_id: who.id,
        producer_epoch: who.epoch,
        ..inits(id)
    };
    let first = init(talk, &id, "a");
    let mut second = first;
    second.epoch = talk.ask(5, expects(&id, first)).producer_epoch;
    talk.note("the answer was lost");
    talk.ask(5, expects(&id, first));
    talk.ask(5, expects(&id, second));
    talk.note("two behind");
    talk.ask(5, expects(&id, first));
    talk.note("of another producer");
    talk.ask(5, expects(&id, Producer { id: 123_456_789, epoch: 0 }));
    talk.note("an id that the coordinator does not know");
    let unknown = talk.own("unknown");
    talk.coordinator(&unknown, 1);
    let made = talk.ask(5, expects(&unknown, Producer { id: 123_456_789, epoch: 3 }));
    call(talk, made.producer_id, "b");
}

fn transaction_partitions_refused(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let missing = talk.own("missing");
    let nobody = Producer { id: 123_456_789, epoch: 0 };
    talk.ask(3, adds(&id, nobody, &topic, &[0]));
    talk.ask(3, adds(&Str::EMPTY, nobody, &topic, &[0]));
    let me = init(talk, &id, "a");
    talk.ask(3, adds(&id, nobody, &topic, &[0]));
    talk.ask(3, adds(&id, Producer { epoch: 7, ..me }, &topic, &[0]));
    talk.ask(1, adds(&id, Producer { epoch: 7, ..me }, &topic, &[0]));
    talk.note("all or nothing");
    talk.ask(3, adds(&id, me, &missing, &[0]));
    let some = talk.aside(3, &adds(&id, me, &topic, &[0, 1]));
    // Apache Kafka answers in the order of a hash map.
    let mut codes: Vec<ErrorCode> = some.results_by_topic_v3_and_below[0]
        .results_by_partition
        .iter()
        .map(|result| ErrorCode::from_code(result.partition_error_code))
        .collect();
    codes.sort_unstable_by_key(|code| code.code());
    talk.note(&format!("one of two is missing: {codes:?}"));
    talk.ask(0, describes(&[&id]));
    let group = talk.own("g");
    talk.coordinator(&group, 0);
    let offsets = |who: Producer| adds_group(&id, &group, who);
    talk.ask(4, offsets(nobody));
    talk.ask(4, offsets(Producer { epoch: 7, ..me }));
    talk.ask(1, offsets(Producer { epoch: 7, ..me }));
    talk.ask(4, offsets(me));
    talk.ask(5, ends(&id, me, false));
    settled(talk, &id);
}

fn transaction_partitions_verified(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 2);
    let me = init(talk, &id, "a");
    let verifies = |who: Producer, partitions: &[i32]| AddPartitionsToTxnRequest {
        transactions: vec![AddPartitionsToTxnTransaction {
            verify_only: true,
            ..transaction(&id, who, &topic, partitions)
        }],
        ..Default::default()
    };
    let nobody = Producer { id: 123_456_789, epoch: 0 };
    talk.ask(4, verifies(me, &[0]));
    talk.ask(4, verifies(nobody, &[0]));
    talk.ask(4, verifies(Producer { epoch: 9, ..me }, &[0]));
    let adds = AddPartitionsToTxnRequest {
        transactions: vec![transaction(&id, me, &topic, &[0])],
        ..Default::default()
    };
    talk.ask(5, adds);
    talk.ask(5, verifies(me, &[0]));
    talk.ask(5, verifies(me, &[1]));
    talk.name_start(&id);
    talk.ask(0, describes(&[&id]));
    talk.ask(5, ends(&id, me, true));
    settled(talk, &id);
}

fn transaction_produce(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let mut me = init(talk, &id, "a");
    talk.note("the leader adds its partition");
    talk.produce(12, Some(&id), me, 0, &topic);
    talk.produce(12, Some(&id), me, 1, &topic);
    talk.produce(12, Some(&id), me, 1, &topic);
    talk.ask(2, latest(&topic, 0));
    talk.ask(2, latest(&topic, 1));
    let producers = DescribeProducersRequest {
        topics: vec![TopicRequest {
            name: topic.clone(),
            partition_indexes: vec![0],
            ..Default::default()
        }],
        ..Default::default()
    };
    talk.ask(0, producers.clone());
    me.epoch = talk.ask(5, ends(&id, me, true)).producer_epoch;
    settled(talk, &id);
    talk.ask(2, latest(&topic, 1));
    let ended = talk.aside(0, &producers);
    let state = &ended.topics[0].partitions[0].active_producers[0];
    talk.call(format!("last_timestamp: {},", state.last_timestamp), "when the marker came");
    talk.ask(0, producers);
    talk.note("sequences begin anew with the epoch");
    talk.produce(12, Some(&id), me, 2, &topic);
    talk.produce(12, Some(&id), me, 0, &topic);
    talk.ask(5, ends(&id, me, false));
    settled(talk, &id);
    talk.produce(12, Some(&id), me, 1, &topic);
}

fn transaction_produce_refused(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let me = init(talk, &id, "a");
    talk.note("not added, and the client does not leave it to us");
    for version in [9, 10, 11] {
        talk.produce(version, Some(&id), me, 0, &topic);
    }
    talk.note("the id is not named");
    talk.produce(11, None, me, 0, &topic);
    talk.produce(12, None, me, 0, &topic);
    talk.note("of another producer, of another epoch");
    let nobody = Producer { id: 123_456_789, epoch: 0 };
    for version in [9, 11, 12] {
        talk.produce(version, Some(&id), nobody, 0, &topic);
        talk.produce(version, Some(&id), Producer { epoch: 6, ..me }, 0, &topic);
    }
    talk.note("a coordinator that does not know the id");
    let unknown = talk.own("unknown");
    talk.coordinator(&unknown, 1);
    talk.produce(11, Some(&unknown), me, 0, &topic);
    talk.produce(12, Some(&unknown), me, 0, &topic);
    talk.note("added");
    talk.ask(3, adds(&id, me, &topic, &[0]));
    talk.produce(11, Some(&id), me, 0, &topic);
    talk.ask(4, ends(&id, me, true));
    settled(talk, &id);
    talk.note("over, and not added again");
    talk.produce(11, Some(&id), me, 1, &topic);
    talk.ask(2, latest(&topic, 1));
}

fn stable_offsets(group: &Str, topic: &Str) -> OffsetFetchRequest {
    let topic = OffsetFetchRequestTopics {
        name: topic.clone(),
        partition_indexes: vec![0],
        ..Default::default()
    };
    let group = OffsetFetchRequestGroup {
        group_id: group.clone(),
        topics: Some(vec![topic]),
        ..Default::default()
    };
    OffsetFetchRequest { groups: vec![group], require_stable: true, ..Default::default() }
}

fn commits_offset(
    id: &Str,
    group: &Str,
    who: Producer,
    topic: &Str,
    offset: i64,
) -> TxnOffsetCommitRequest {
    let partition = TxnOffsetCommitRequestPartition {
        partition_index: 0,
        committed_offset: offset,
        committed_metadata: Some("a note".into()),
        ..Default::default()
    };
    let topic = TxnOffsetCommitRequestTopic {
        name: topic.clone(),
        partitions: vec![partition],
        ..Default::default()
    };
    TxnOffsetCommitRequest {
        transactional_id: id.clone(),
        group_id: group.clone(),
        producer_id: who.id,
        producer_epoch: who.epoch,
        topics: vec![topic],
        ..Default::default()
    }
}

fn transaction_offsets(talk: &mut Talk) {
    let id = id(talk, "id");
    let group = talk.own("g");
    talk.coordinator(&group, 0);
    let (topic, _) = talk.topic("t", 1);
    let mut me = init(talk, &id, "a");
    for (offset, committed) in [(5, true), (9, false)] {
        talk.ask(5, commits_offset(&id, &group, me, &topic, offset));
        talk.ask(8, stable_offsets(&group, &topic));
        me.epoch = talk.ask(5, ends(&id, me, committed)).producer_epoch;
        settled(talk, &id);
        talk.ask(8, stable_offsets(&group, &topic));
    }
    talk.note("of an older epoch, of a group that has no such member, of a missing topic");
    talk.ask(5, commits_offset(&id, &group, Producer { epoch: me.epoch - 1, ..me }, &topic, 1));
    let member = TxnOffsetCommitRequest {
        member_id: "nobody".into(),
        generation_id: 3,
        ..commits_offset(&id, &group, me, &topic, 1)
    };
    talk.ask(5, member);
    talk.ask(5, commits_offset(&id, &group, me, &talk.own("missing"), 1));
    talk.ask(5, commits_offset(&id, &Str::EMPTY, me, &topic, 1));
    talk.ask(5, ends(&id, me, false));
    settled(talk, &id);
}

fn transaction_offsets_of_an_old_client(talk: &mut Talk) {
    let id = id(talk, "id");
    let group = talk.own("g");
    talk.coordinator(&group, 0);
    let (topic, _) = talk.topic("t", 1);
    let me = init(talk, &id, "a");
    talk.note("the group was not added");
    for version in [2, 3, 4] {
        talk.ask(version, commits_offset(&id, &group, me, &topic, 1));
    }
    talk.ask(3, adds_group(&id, &group, me));
    talk.ask(3, commits_offset(&id, &group, me, &topic, 2));
    talk.ask(8, stable_offsets(&group, &topic));
    talk.ask(3, ends(&id, me, true));
    settled(talk, &id);
    talk.ask(8, stable_offsets(&group, &topic));
}

fn transaction_markers_by_hand(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let me = init(talk, &id, "a");
    let marks = |epoch: i16, coordinator_epoch: i32, transaction_version: i8, topic: &Str| {
        let topic = WritableTxnMarkerTopic {
            name: topic.clone(),
            partition_indexes: vec![0],
            ..Default::default()
        };
        let marker = WritableTxnMarker {
            producer_id: me.id,
            producer_epoch: epoch,
            transaction_result: false,
            topics: vec![topic],
            coordinator_epoch,
            transaction_version,
            ..Default::default()
        };
        WriteTxnMarkersRequest { markers: vec![marker], ..Default::default() }
    };
    talk.produce(12, Some(&id), me, 0, &topic);
    talk.note("under version 2 the marker's epoch is above that of the data");
    talk.ask(2, marks(0, 1, 2, &topic));
    talk.ask(2, marks(1, 1, 2, &topic));
    talk.ask(2, marks(1, 1, 2, &topic));
    talk.ask(2, marks(0, 1, 2, &topic));
    talk.note("an older coordinator, an older epoch, a partition that is not there");
    talk.ask(1, marks(1, 0, 0, &topic));
    talk.ask(1, marks(0, 1, 0, &topic));
    talk.ask(1, marks(1, 1, 0, &talk.own("missing")));
    talk.ask(1, WriteTxnMarkersRequest::default());
    talk.ask(2, latest(&topic, 1));
}

fn transactions_are_described(talk: &mut Talk) {
    let id = id(talk, "id");
    let (topic, _) = talk.topic("t", 1);
    let unknown = talk.own("unknown");
    talk.coordinator(&unknown, 1);
    talk.ask(0, describes(&[&unknown, &Str::EMPTY]));
    let me = init(talk, &id, "a");
    talk.ask(0, describes(&[&id]));
    talk.ask(3, adds(&id, me, &topic, &[0]));
    talk.name_start(&id);
    talk.ask(0, describes(&[&id]));
    talk.ask(5, ends(&id, me, true));
    settled(talk, &id);
    talk.ask(0, describes(&[&id]));
}

fn transactions_are_listed(talk: &mut Talk) {
    let (first, second) = (id(talk, "first"), id(talk, "second"));
    let (topic, _) = talk.topic("t", 1);
    let me = init(talk, &first, "a");
    let other = init(talk, &second, "b");
    talk.ask(3, adds(&first, me, &topic, &[0]));
    let all = ListTransactionsRequest {
        producer_id_filters: vec![me.id],
        duration_filter: -1,
        ..Default::default()
    };
    talk.call(format!("[{}]", me.id), "list of a");
    talk.call(format!("[{}]", other.id), "list of b");
    talk.ask(0, all.clone());
    let of_other = vec![other.id];
    talk.ask(0, ListTransactionsRequest { producer_id_filters: of_other, ..all.clone() });
    for states in [&["Ongoing"][..], &["Empty", "Ongoing"], &["Empty"], &["Nonsense"]] {
        let state_filters = states.iter().map(|state| Str::from(*state)).collect();
        talk.ask(0, ListTransactionsRequest { state_filters, ..all.clone() });
    }
    talk.ask(1, ListTransactionsRequest { duration_filter: 3_600_000, ..all.clone() });
    for pattern in ["transactions-are-listed-f.*", "listed", "[", ""] {
        let transactional_id_pattern = Some(Str::from(pattern));
        talk.ask(2, ListTransactionsRequest { transactional_id_pattern, ..all.clone() });
    }
    talk.ask(5, ends(&first, me, false));
    settled(talk, &first);
}

fn are_read_when_committed(talk: &mut Talk) {
    use protocol::messages::fetch_request::{FetchPartition, FetchTopic};
    let id = id(talk, "id");
    let (topic, topic_id) = talk.topic("t", 1);
    let mut me = init(talk, &id, "a");
    let read = |talk: &mut Talk, isolation_level: i8, offset: i64| {
        let partition = FetchPartition {
            current_leader_epoch: -1,
            fetch_offset: offset,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 1 << 20,
            ..Default::default()
        };
        let request = FetchRequest {
            replica_id: -1,
            max_bytes: 1 << 20,
            isolation_level,
            session_epoch: -1,
            topics: vec![FetchTopic {
                topic: topic.clone(),
                topic_id,
                partitions: vec![partition],
                ..Default::default()
            }],
            ..Default::default()
        };
        let mut response = talk.aside(17, &request);
        let partition = &mut response.responses[0].partitions[0];
        // The moments of the markers are in the bytes: only what batches there are is said.
        let bytes = match partition.records.take() {
            Some(Payload::Bytes(bytes)) => bytes,
            _ => bytes::Bytes::new(),
        };
        let mut batches = Vec::new();
        let mut at = 0;
        while at + records::HEADER_SIZE <= bytes.len() {
            let header = records::BatchHeader::parse(&bytes[at..]).expect("a batch header");
            let kind = match header.attributes.is_control() {
                true => "control",
                false => "data",
            };
            batches.push(format!(
                "{kind} {}-{} epoch {}",
                header.base_offset.0,
                header.last_offset().0,
                header.producer_epoch.0
            ));
            at += header.size();
        }
        talk.write_down(17, &request, &response);
        talk.note(&format!("batches: {batches:?}"));
    };
    let mut offset = 0;
    for committed in [true, false, false] {
        talk.produce(12, Some(&id), me, 0, &topic);
        talk.note("it is open");
        read(talk, 0, offset);
        read(talk, 1, offset);
        me.epoch = talk.ask(5, ends(&id, me, committed)).producer_epoch;
        settled(talk, &id);
        talk.note("it is over");
        read(talk, 0, offset);
        read(talk, 1, offset);
        offset += 2;
    }
    talk.note("from the beginning, and from within");
    read(talk, 1, 0);
    read(talk, 1, 3);
    talk.ask(2, latest(&topic, 1));
}

fn transaction_in_every_version(talk: &mut Talk) {
    let (topic, _) = talk.topic("t", 1);
    let group = talk.own("g");
    talk.coordinator(&group, 0);
    for version in 0..=5 {
        let id = id(talk, &format!("id{version}"));
        let asked = inits(&id);
        let made = talk.ask_until(version, asked, |reply| is_final(reply.error_code));
        let me = Producer { id: made.producer_id, epoch: made.producer_epoch };
        call(talk, me.id, &format!("of version {version}"));
        if version < 4 {
            talk.ask(version, adds(&id, me, &topic, &[0]));
        } else {
            let request = AddPartitionsToTxnRequest {
                transactions: vec![transaction(&id, me, &topic, &[0])],
                ..Default::default()
            };
            talk.ask(version, request);
        }
        talk.ask(version.min(4), adds_group(&id, &group, me));
        talk.ask(version, commits_offset(&id, &group, me, &topic, 10 + i64::from(version)));
        talk.ask(version, ends(&id, me, true));
        settled(talk, &id);
        talk.ask(7, {
            let mut request = stable_offsets(&group, &topic);
            request.groups.clear();
            request.group_id = group.clone();
            request.topics = Some(vec![offset_fetch_request::OffsetFetchRequestTopic {
                name: topic.clone(),
                partition_indexes: vec![0],
                ..Default::default()
            }]);
            request
        });
    }
}
