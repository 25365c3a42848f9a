//! The data path: Produce and Fetch, and what is asked of the logs of partitions.

use base::{ErrorCode, ProducerEpoch, ProducerId, Sequence, Str, Uuid, WallMs};
use protocol::Payload;
use protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use protocol::messages::fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
use protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use protocol::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use protocol::messages::*;
use records::{BatchBuilder, Codec, Compression};

use super::Conversation;
use super::talk::Talk;
use super::topics;

pub const ALL: &[Conversation] = &[
    ("records-are-produced", are_produced),
    ("records-are-produced-in-every-version", are_produced_in_every_version),
    ("records-are-refused", are_refused),
    ("records-have-the-wrong-time", have_the_wrong_time),
    ("records-are-produced-without-an-answer", are_produced_without_an_answer),
    ("records-are-produced-once", are_produced_once),
    ("records-are-fetched", are_fetched),
    ("records-are-fetched-in-every-version", are_fetched_in_every_version),
    ("fetches-are-refused", fetches_are_refused),
    ("fetch-sessions-remember", fetch_sessions_remember),
    ("fetch-sessions-are-refused", fetch_sessions_are_refused),
    ("fetch-waits-for-records", fetch_waits_for_records),
    ("offsets-are-listed", offsets_are_listed),
    ("offsets-are-listed-in-every-version", offsets_are_listed_in_every_version),
    ("ends-of-leader-epochs-are-told", ends_of_leader_epochs_are_told),
    ("records-are-deleted", are_deleted),
    ("topic-comes-again-by-the-same-name", topic_comes_again_by_the_same_name),
    ("producers-are-described", producers_are_described),
];

/// When every record here was made.
const TIME: WallMs = WallMs(1_700_000_000_000);

// ---- what is asked ----

fn batch(values: &[&str]) -> Vec<u8> {
    built(BatchBuilder::new(Compression::from(Codec::None)), values)
}

fn built(mut batch: BatchBuilder, values: &[&str]) -> Vec<u8> {
    for value in values {
        batch.append(TIME, Some(b"key"), Some(value.as_bytes()), &[]).expect("a small record");
    }
    batch.build()
}

fn produces(topic: &Str, id: Uuid, partition: i32, records: Vec<u8>) -> ProduceRequest {
    let partition = PartitionProduceData {
        index: partition,
        records: Some(Payload::Bytes(records.into())),
        ..Default::default()
    };
    let topic = TopicProduceData {
        name: topic.clone(),
        topic_id: id,
        partition_data: vec![partition],
        ..Default::default()
    };
    ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() }
}

/// Appends records, which is the stage of what follows.
pub fn append(talk: &mut Talk, topic: &Str, partition: i32, values: &[&str]) {
    append_batch(talk, topic, partition, batch(values));
}

fn append_batch(talk: &mut Talk, topic: &Str, partition: i32, records: Vec<u8>) {
    let request = produces(topic, Uuid::ZERO, partition, records);
    talk.until("the leader takes records", |talk| {
        let answered = talk.aside(12, &request);
        let code = answered.responses[0].partition_responses[0].error_code;
        // Apache Kafka tells clients of a leader before it leads.
        let is_early = ErrorCode::from_code(code) == ErrorCode::NotLeaderOrFollower;
        assert!(is_early || code == 0, "{answered:?}");
        !is_early
    });
}

/// Waits until partitions have a leader that knows it.
fn led(talk: &mut Talk, topic: &Str, partitions: i32) {
    for partition in 0..partitions {
        let request = lists(topic, partition, -1);
        talk.until("there is a leader", |talk| {
            talk.aside(10, &request).topics[0].partitions[0].error_code == 0
        });
    }
}

fn led_topic(talk: &mut Talk, what: &str, partitions: i32) -> (Str, Uuid) {
    let (topic, id) = talk.topic(what, partitions);
    led(talk, &topic, partitions);
    (topic, id)
}

fn fetch_topic(topic: &Str, id: Uuid, partition: i32, offset: i64) -> FetchTopic {
    let partition = FetchPartition {
        partition,
        current_leader_epoch: -1,
        fetch_offset: offset,
        last_fetched_epoch: -1,
        log_start_offset: -1,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    FetchTopic {
        topic: topic.clone(),
        topic_id: id,
        partitions: vec![partition],
        ..Default::default()
    }
}

/// A fetch without a session that waits for nothing.
fn fetches(topic: &Str, id: Uuid, partition: i32, offset: i64) -> FetchRequest {
    FetchRequest {
        replica_id: -1,
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics: vec![fetch_topic(topic, id, partition, offset)],
        ..Default::default()
    }
}

fn lists(topic: &Str, partition: i32, timestamp: i64) -> ListOffsetsRequest {
    let partition = ListOffsetsPartition {
        partition_index: partition,
        current_leader_epoch: -1,
        timestamp,
        ..Default::default()
    };
    let topic =
        ListOffsetsTopic { name: topic.clone(), partitions: vec![partition], ..Default::default() };
    ListOffsetsRequest {
        replica_id: -1,
        topics: vec![topic],
        timeout_ms: 30_000,
        ..Default::default()
    }
}

fn deletes(topic: &Str, partition: i32, offset: i64) -> DeleteRecordsRequest {
    let partition =
        DeleteRecordsPartition { partition_index: partition, offset, ..Default::default() };
    let topic = DeleteRecordsTopic {
        name: topic.clone(),
        partitions: vec![partition],
        ..Default::default()
    };
    DeleteRecordsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() }
}

// ---- the conversations ----

fn are_produced(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 2);
    talk.ask(12, produces(&topic, Uuid::ZERO, 0, batch(&["a"])));
    talk.ask(13, produces(&Str::EMPTY, id, 0, batch(&["b", "c"])));
    talk.ask(13, ProduceRequest { acks: 1, ..produces(&Str::EMPTY, id, 1, batch(&["d"])) });
    talk.note("several partitions");
    let mut both = produces(&topic, id, 1, batch(&["e"]));
    both.topic_data[0].partition_data.extend(
        produces(&topic, id, 0, batch(&["f"])).topic_data[0].partition_data.iter().cloned(),
    );
    talk.ask(12, both);
    talk.note("compressed");
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let packed = built(BatchBuilder::new(Compression::from(codec)), &["g", "h"]);
        let request = produces(&topic, Uuid::ZERO, 0, packed);
        talk.note(&format!("{codec:?}"));
        let answered = talk.aside(12, &request);
        talk.note(&format!("{:?}", answered.responses[0].partition_responses[0]));
    }
    talk.ask(10, lists(&topic, 0, -1));
    talk.ask(10, lists(&topic, 1, -1));
}

fn are_produced_in_every_version(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    for version in 3..=13 {
        talk.ask(version, produces(&topic, id, 0, batch(&["a"])));
        talk.ask(version, produces(&topic, id, 7, batch(&["a"])));
    }
    talk.note("zstd came with version 7");
    for version in [3, 6, 7] {
        let packed = built(BatchBuilder::new(Compression::from(Codec::Zstd)), &["a"]);
        let answered = talk.aside(version, &produces(&topic, id, 0, packed));
        talk.note(&format!("{version}: {:?}", answered.responses[0].partition_responses[0]));
    }
}

fn are_refused(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    let missing = talk.own("missing");
    talk.note("where there is nothing");
    talk.ask(12, produces(&missing, Uuid::ZERO, 0, batch(&["a"])));
    talk.ask(13, produces(&Str::EMPTY, Uuid::from_halves(1, 2), 0, batch(&["a"])));
    talk.ask(13, produces(&Str::EMPTY, Uuid::ZERO, 0, batch(&["a"])));
    talk.ask(12, produces(&topic, id, 1, batch(&["a"])));
    talk.ask(12, produces(&topic, id, -1, batch(&["a"])));
    talk.ask(12, produces(&Str::EMPTY, id, 0, batch(&["a"])));
    talk.note("acknowledgements that there are not");
    for acks in [2, -2] {
        talk.ask(12, ProduceRequest { acks, ..produces(&topic, id, 0, batch(&["a"])) });
    }
    talk.note("which where there is nothing is not what is said");
    for request in
        [produces(&missing, Uuid::ZERO, 0, batch(&["a"])), produces(&topic, id, 7, batch(&["a"]))]
    {
        talk.ask(12, ProduceRequest { acks: 2, ..request });
    }
    talk.note("nothing at all, and no whole batch");
    talk.ask(12, ProduceRequest { topic_data: Vec::new(), ..produces(&topic, id, 0, Vec::new()) });
    talk.ask(12, produces(&topic, id, 0, Vec::new()));
    let whole = batch(&["a", "b"]);
    talk.ask(12, produces(&topic, id, 0, whole[..whole.len() - 1].to_vec()));
    talk.note("two batches");
    talk.ask(12, produces(&topic, id, 0, [batch(&["a"]), batch(&["b"])].concat()));
    talk.note("one that is damaged: in its records, in its checksum, in its magic, in its length");
    for (at, byte) in [(whole.len() - 1, 0xff), (17, 0), (16, 1), (11, 200)] {
        let mut damaged = whole.clone();
        damaged[at] = byte;
        talk.ask(12, produces(&topic, id, 0, damaged));
    }
    talk.note("one that says another number of records");
    let code = |talk: &mut Talk, records: Vec<u8>| {
        let answered = talk.aside(12, &produces(&topic, id, 0, records));
        note_refusal(talk, &answered);
    };
    for count in [1, 3] {
        let mut wrong = whole.clone();
        wrong[60] = count;
        code(talk, restored(wrong));
    }
    talk.note("a control batch, and one whose base offset is not 0");
    let mut control = whole.clone();
    control[22] |= 0x20;
    code(talk, restored(control));
    let later = built(
        BatchBuilder::new(Compression::from(Codec::None)).base_offset(base::Offset(5)),
        &["a"],
    );
    code(talk, later);
    talk.ask(10, lists(&topic, 0, -1));
    talk.note("too large for the topic");
    let (small, small_id) = talk.topic_with("small", 1, &[("max.message.bytes", "100")]);
    led(talk, &small, 1);
    talk.ask(12, produces(&small, small_id, 0, batch(&["a".repeat(200).as_str()])));
    talk.note("without a key in a compacted topic");
    let (keyed, _) = talk.topic_with("keyed", 1, &[("cleanup.policy", "compact")]);
    led(talk, &keyed, 1);
    let mut bare = BatchBuilder::new(Compression::from(Codec::None));
    bare.append(TIME, None, Some(b"a"), &[]).expect("a small record");
    let answered = talk.aside(12, &produces(&keyed, Uuid::ZERO, 0, bare.build()));
    note_refusal(talk, &answered);
    talk.ask(10, lists(&keyed, 0, -1));
}

/// The code of a refusal and where the log begins, as the words are each broker's own.
fn note_refusal(talk: &mut Talk, answered: &ProduceResponse) {
    let partition = &answered.responses[0].partition_responses[0];
    let code = ErrorCode::from_code(partition.error_code);
    talk.note(&format!("{code}, the log begins at {}", partition.log_start_offset));
}

/// A batch whose checksum is right again.
fn restored(mut batch: Vec<u8>) -> Vec<u8> {
    records::restore_crc(&mut batch);
    batch
}

fn have_the_wrong_time(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    let at = |topic: &Str, id: Uuid, times: &[i64]| {
        let mut batch = BatchBuilder::new(Compression::from(Codec::None));
        for time in times {
            batch.append(WallMs(*time), Some(b"k"), Some(b"v"), &[]).expect("a small record");
        }
        produces(topic, id, 0, batch.build())
    };
    talk.note("far in the future: the words name the moment, so the code alone is said");
    let answered = talk.aside(12, &at(&topic, id, &[4_000_000_000_000, TIME.0]));
    let partition = &answered.responses[0].partition_responses[0];
    let indexes: Vec<i32> = partition.record_errors.iter().map(|error| error.batch_index).collect();
    talk.note(&format!("{} {indexes:?} {}", partition.error_code, partition.base_offset));
    talk.note("long ago");
    talk.ask(12, at(&topic, id, &[0]));
    talk.ask(12, at(&topic, id, &[-1]));
    let (topic, id) = talk.topic_with("young", 1, &[("message.timestamp.before.max.ms", "1000")]);
    led(talk, &topic, 1);
    let answered = talk.aside(12, &at(&topic, id, &[TIME.0, TIME.0 + 1]));
    let partition = &answered.responses[0].partition_responses[0];
    let indexes: Vec<i32> = partition.record_errors.iter().map(|error| error.batch_index).collect();
    talk.note(&format!("{} {indexes:?} {}", partition.error_code, partition.base_offset));
    talk.note("the time is the broker's: whatever the producer says is good");
    let (topic, id) = talk.topic_with("stamped", 1, &[("message.timestamp.type", "LogAppendTime")]);
    led(talk, &topic, 1);
    let answered = talk.aside(12, &at(&topic, id, &[TIME.0]));
    let partition = &answered.responses[0].partition_responses[0];
    assert!(partition.log_append_time_ms > TIME.0, "{answered:?}");
    talk.note(&format!("{} at {}", partition.error_code, partition.base_offset));
}

fn are_produced_without_an_answer(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    let silent = |partition: i32| ProduceRequest {
        acks: 0,
        ..produces(&topic, id, partition, batch(&["a"]))
    };
    talk.tell(12, &silent(0));
    talk.tell(12, &silent(0));
    talk.ask(11, lists(&topic, 0, -1));
    talk.note("an error can be said in one way only");
    talk.tell(12, &silent(7));
    talk.ask(11, lists(&topic, 0, -1));
    talk.note("nor can the refusal of a whole request: a transaction without an id");
    let producer = (ProducerId(1), ProducerEpoch(0), Sequence(0));
    let transaction = BatchBuilder::new(Compression::from(Codec::None))
        .producer(producer.0, producer.1, producer.2)
        .transactional();
    let records = built(transaction, &["a"]);
    talk.tell(12, &ProduceRequest { acks: 0, ..produces(&topic, id, 0, records) });
    talk.ask(11, lists(&topic, 0, -1));
}

fn are_produced_once(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        producer_id: -1,
        producer_epoch: -1,
        ..Default::default()
    };
    let is_there = |reply: &InitProducerIdResponse| reply.error_code == 0;
    let mut producer = -1;
    talk.until("producer ids are to be had", |talk| {
        let made = talk.aside(5, &request);
        producer = made.producer_id;
        is_there(&made)
    });
    let produce = |talk: &mut Talk, epoch: i16, sequence: i32, values: &[&str]| {
        let batch = BatchBuilder::new(Compression::from(Codec::None)).producer(
            ProducerId(producer),
            ProducerEpoch(epoch),
            Sequence(sequence),
        );
        let answered = talk.aside(12, &produces(&topic, id, 0, built(batch, values)));
        let partition = &answered.responses[0].partition_responses[0];
        talk.note(&format!(
            "epoch {epoch}, sequence {sequence}, {} records: {} at {}, the log begins at {}",
            values.len(),
            ErrorCode::from_code(partition.error_code),
            partition.base_offset,
            partition.log_start_offset
        ));
    };
    produce(talk, 0, 0, &["a"]);
    talk.note("again");
    produce(talk, 0, 0, &["a"]);
    for sequence in 1..=6 {
        produce(talk, 0, sequence, &["a"]);
    }
    talk.note("five batches are remembered");
    for sequence in [6, 2, 1, 0] {
        produce(talk, 0, sequence, &["a"]);
    }
    talk.note("a gap, and part of what is there");
    produce(talk, 0, 9, &["a"]);
    produce(talk, 0, 6, &["a", "b"]);
    talk.note("a new epoch begins with 0");
    produce(talk, 1, 5, &["a"]);
    produce(talk, 1, 0, &["a", "b"]);
    talk.note("the old one is fenced");
    produce(talk, 0, 7, &["a"]);
    talk.note("after the last sequence comes 0");
    produce(talk, 2, 0, &["a"]);
    talk.ask(10, lists(&topic, 0, -1));
    talk.note("one that nobody has heard of begins where it likes");
    producer += 1_000_000;
    let batch = BatchBuilder::new(Compression::from(Codec::None)).producer(
        ProducerId(producer),
        ProducerEpoch(3),
        Sequence(i32::MAX),
    );
    let answered = talk.aside(12, &produces(&topic, id, 0, built(batch, &["a", "b"])));
    talk.note(&format!("{:?}", answered.responses[0].partition_responses[0]));
    let batch = BatchBuilder::new(Compression::from(Codec::None)).producer(
        ProducerId(producer),
        ProducerEpoch(3),
        Sequence(1),
    );
    let answered = talk.aside(12, &produces(&topic, id, 0, built(batch, &["c"])));
    talk.note(&format!("{:?}", answered.responses[0].partition_responses[0]));
}

fn are_fetched(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 2);
    append(talk, &topic, 0, &["a", "b", "c"]);
    append(talk, &topic, 0, &["d"]);
    append(talk, &topic, 1, &["e"]);
    talk.ask(17, fetches(&topic, id, 0, 0));
    talk.note("from within a batch, from the last, from the end");
    for offset in [1, 3, 4] {
        talk.ask(17, fetches(&topic, id, 0, offset));
    }
    talk.note("at least one batch, however little is asked for");
    talk.ask(17, FetchRequest { max_bytes: 1, ..fetches(&topic, id, 0, 0) });
    let mut little = fetches(&topic, id, 0, 0);
    little.topics[0].partitions[0].partition_max_bytes = 1;
    talk.ask(17, little);
    talk.note("two partitions, and no more than the first batch fits");
    let mut both = FetchRequest { max_bytes: 1, ..fetches(&topic, id, 0, 0) };
    both.topics.push(fetch_topic(&topic, id, 1, 0));
    talk.ask(17, both.clone());
    both.topics.reverse();
    talk.ask(17, both);
    talk.note("by a reader of what is committed, by a rack");
    talk.ask(17, FetchRequest { isolation_level: 1, ..fetches(&topic, id, 1, 0) });
    talk.ask(17, FetchRequest { rack_id: "r".into(), ..fetches(&topic, id, 1, 0) });
    talk.note("of nothing");
    talk.ask(17, FetchRequest { topics: Vec::new(), ..fetches(&topic, id, 0, 0) });
}

fn are_fetched_in_every_version(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    append(talk, &topic, 0, &["a"]);
    for version in 4..=18 {
        talk.ask(version, fetches(&topic, id, 0, 0));
        talk.ask(version, fetches(&topic, id, 7, 0));
    }
}

fn fetches_are_refused(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    append(talk, &topic, 0, &["a"]);
    let missing = talk.own("missing");
    for version in [11, 17] {
        talk.ask(version, fetches(&topic, id, 1, 0));
        talk.ask(version, fetches(&topic, id, -1, 0));
        talk.ask(version, fetches(&missing, Uuid::from_halves(1, 2), 0, 0));
        talk.ask(version, fetches(&Str::EMPTY, Uuid::ZERO, 0, 0));
        for offset in [2, 100, -1, -5] {
            talk.ask(version, fetches(&topic, id, 0, offset));
        }
    }
    talk.note("of another leader epoch");
    for epoch in [-1, -2, 0, 1] {
        let mut request = fetches(&topic, id, 0, 0);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        talk.ask(17, request);
    }
    talk.note("of a log that has gone another way");
    for epoch in [-2, 0, 1, 7] {
        let mut request = fetches(&topic, id, 0, 1);
        request.topics[0].partitions[0].last_fetched_epoch = epoch;
        talk.ask(17, request);
    }
}

/// Gives a session that was opened a name.
fn call_session(talk: &mut Talk, session: i32) {
    talk.call(format!("session_id: {session},"), "session");
}

fn fetch_sessions_remember(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 2);
    append(talk, &topic, 0, &["a"]);
    let mut full = FetchRequest { session_epoch: 0, ..fetches(&topic, id, 0, 0) };
    full.topics[0].partitions.push(fetch_topic(&topic, id, 1, 0).partitions[0].clone());
    let opened = talk.ask(17, full);
    let session = opened.session_id;
    call_session(talk, session);
    let next = |epoch: i32| FetchRequest {
        session_id: session,
        session_epoch: epoch,
        topics: Vec::new(),
        ..fetches(&topic, id, 0, 0)
    };
    talk.note("nothing is new: what has records is told again, what has none is left out");
    talk.ask(17, next(1));
    let moved = |offset: i64, epoch: i32| FetchRequest {
        topics: vec![fetch_topic(&topic, id, 0, offset)],
        ..next(epoch)
    };
    talk.ask(17, moved(1, 2));
    talk.ask(17, next(3));
    append(talk, &topic, 1, &["b"]);
    append(talk, &topic, 0, &["c"]);
    talk.ask(17, next(4));
    talk.note("one is forgotten");
    let forgotten = ForgottenTopic {
        topic: topic.clone(),
        topic_id: id,
        partitions: vec![0],
        ..Default::default()
    };
    talk.ask(17, FetchRequest { forgotten_topics_data: vec![forgotten], ..next(5) });
    talk.note("and comes again, with one that is not there");
    talk.ask(17, moved(0, 6));
    let missing = FetchRequest { topics: vec![fetch_topic(&topic, id, 7, 0)], ..next(7) };
    talk.ask(17, missing);
    talk.ask(17, next(8));
    talk.note("the session ends");
    talk.ask(17, FetchRequest { session_epoch: -1, ..moved(0, 0) });
    talk.ask(17, next(9));
}

fn fetch_sessions_are_refused(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    append(talk, &topic, 0, &["a"]);
    let opened = talk.ask(17, FetchRequest { session_epoch: 0, ..fetches(&topic, id, 0, 0) });
    let session = opened.session_id;
    call_session(talk, session);
    let of = |session_id: i32, session_epoch: i32| FetchRequest {
        session_id,
        session_epoch,
        ..fetches(&topic, id, 0, 0)
    };
    talk.note("no session, and epochs that are not due: one that was lost comes again, too");
    talk.ask(17, of(0, 1));
    talk.ask(17, of(12345, 1));
    talk.ask(17, of(session, 2));
    talk.ask(17, of(session, 1));
    talk.ask(17, of(session, 1));
    talk.ask(17, of(session, -5));
    talk.ask(17, of(session, 2));
    talk.note("it is opened again: another session");
    let again = talk.ask(17, of(session, 0));
    assert_ne!(again.session_id, session);
    talk.call(format!("session_id: {},", again.session_id), "second session");
    talk.ask(17, of(session, 3));
    talk.ask(17, of(again.session_id, 1));
    talk.note("the version without topic ids does not go with it");
    talk.ask(12, of(again.session_id, 2));
    talk.ask(17, of(again.session_id, 3));
    talk.note("without a version that has sessions");
    talk.ask(6, of(0, -1));
}

fn fetch_waits_for_records(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    let waits = FetchRequest { max_wait_ms: 25_000, min_bytes: 1, ..fetches(&topic, id, 0, 0) };
    let waiting = talk.begin(17, waits.clone());
    append(talk, &topic, 0, &["a"]);
    talk.finish(waiting);
    talk.note("until there is enough");
    let more = FetchRequest { min_bytes: 100, ..waits.clone() };
    let waiting = talk.begin(17, more);
    append(talk, &topic, 0, &["b".repeat(100).as_str()]);
    talk.finish(waiting);
    talk.note("an error does not wait");
    talk.ask(17, FetchRequest { topics: vec![fetch_topic(&topic, id, 0, 9)], ..waits.clone() });
    talk.note("nothing comes");
    let patient = FetchRequest { max_wait_ms: 50, ..waits };
    talk.ask(17, FetchRequest { topics: vec![fetch_topic(&topic, id, 0, 2)], ..patient });
}

fn offsets_are_listed(talk: &mut Talk) {
    let (topic, _) = led_topic(talk, "t", 2);
    let missing = talk.own("missing");
    talk.note("of an empty log");
    for timestamp in [-1, -2, -3, -4, -5, -6, 0] {
        talk.ask(11, lists(&topic, 1, timestamp));
    }
    for (time, value) in [(1_000, "a"), (3_000, "b"), (2_000, "c")] {
        let mut batch = BatchBuilder::new(Compression::from(Codec::None));
        batch.append(WallMs(time), Some(b"k"), Some(value.as_bytes()), &[]).expect("small");
        append_batch(talk, &topic, 0, batch.build());
    }
    talk.note("of three records at 1000, 3000 and 2000");
    for timestamp in [-1, -2, -3, -4, -5, -6, 0, 1_000, 1_001, 2_500, 3_000, 3_001, i64::MAX] {
        talk.ask(11, lists(&topic, 0, timestamp));
    }
    talk.note("timestamps that there are not");
    for timestamp in [-7, i64::MIN] {
        talk.ask(11, lists(&topic, 0, timestamp));
    }
    talk.note("what is not there");
    for partition in [7, -1] {
        talk.ask(11, lists(&topic, partition, -1));
    }
    talk.ask(11, lists(&missing, 0, -1));
    talk.ask(11, lists(&missing, 0, -7));
    talk.ask(11, lists(&Str::EMPTY, 0, -1));
    talk.note("of another leader epoch");
    for epoch in [0, 1] {
        let mut request = lists(&topic, 0, -1);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        talk.ask(11, request);
    }
    talk.note("twice in one request, and for one who reads what is committed");
    let mut twice = lists(&topic, 0, -1);
    twice.topics[0].partitions.extend(lists(&topic, 0, -2).topics[0].partitions.iter().cloned());
    talk.ask(11, twice);
    talk.ask(11, ListOffsetsRequest { isolation_level: 1, ..lists(&topic, 0, -1) });
    talk.ask(11, ListOffsetsRequest { isolation_level: 1, ..lists(&topic, 0, -3) });
}

fn offsets_are_listed_in_every_version(talk: &mut Talk) {
    let (topic, _) = led_topic(talk, "t", 1);
    append(talk, &topic, 0, &["a"]);
    for version in 1..=11 {
        for timestamp in [-1, -2, -3, -4, -5, -6, 5] {
            talk.ask(version, lists(&topic, 0, timestamp));
        }
    }
}

fn ends_of_leader_epochs_are_told(talk: &mut Talk) {
    let (topic, _) = led_topic(talk, "t", 1);
    append(talk, &topic, 0, &["a", "b"]);
    let missing = talk.own("missing");
    let asks = |topic: &Str, partition: i32, current_leader_epoch: i32, leader_epoch: i32| {
        let partition = OffsetForLeaderPartition {
            partition,
            current_leader_epoch,
            leader_epoch,
            ..Default::default()
        };
        let topic = OffsetForLeaderTopic {
            topic: topic.clone(),
            partitions: vec![partition],
            ..Default::default()
        };
        OffsetForLeaderEpochRequest { replica_id: -1, topics: vec![topic], ..Default::default() }
    };
    for version in 2..=4 {
        talk.ask(version, asks(&topic, 0, -1, 0));
    }
    for (current, epoch) in [(-1, -1), (-1, 1), (-1, 7), (0, 0), (1, 0), (-1, i32::MIN)] {
        talk.ask(4, asks(&topic, 0, current, epoch));
    }
    talk.ask(4, asks(&topic, 7, -1, 0));
    talk.ask(4, asks(&missing, 0, -1, 0));
    talk.ask(4, OffsetForLeaderEpochRequest { replica_id: -1, ..Default::default() });
}

fn are_deleted(talk: &mut Talk) {
    let (topic, id) = led_topic(talk, "t", 1);
    append(talk, &topic, 0, &["a", "b", "c"]);
    for version in 0..=2 {
        talk.ask(version, deletes(&topic, 0, i64::from(version)));
    }
    talk.ask(11, lists(&topic, 0, -2));
    talk.note("what is gone cannot be fetched");
    talk.ask(17, fetches(&topic, id, 0, 1));
    talk.ask(17, fetches(&topic, id, 0, 2));
    talk.note("again, and what was deleted long ago");
    talk.ask(2, deletes(&topic, 0, 2));
    talk.ask(2, deletes(&topic, 0, 1));
    talk.note("all that is there");
    talk.ask(2, deletes(&topic, 0, -1));
    talk.note("more than is there, and less than nothing");
    for offset in [4, 100, -2] {
        talk.ask(2, deletes(&topic, 0, offset));
    }
    let missing = talk.own("missing");
    talk.ask(2, deletes(&topic, 7, 0));
    talk.ask(2, deletes(&missing, 0, 0));
    talk.ask(2, DeleteRecordsRequest { timeout_ms: 30_000, ..Default::default() });
    talk.note("a topic that is only compacted");
    let (compacted, _) = talk.topic_with("compacted", 1, &[("cleanup.policy", "compact")]);
    led(talk, &compacted, 1);
    talk.ask(2, deletes(&compacted, 0, 0));
}

fn topic_comes_again_by_the_same_name(talk: &mut Talk) {
    let (topic, old) = led_topic(talk, "t", 1);
    append(talk, &topic, 0, &["a"]);
    let opened = talk.ask(17, FetchRequest { session_epoch: 0, ..fetches(&topic, old, 0, 0) });
    call_session(talk, opened.session_id);
    let in_session = |session_epoch: i32| FetchRequest {
        session_id: opened.session_id,
        session_epoch,
        topics: Vec::new(),
        ..fetches(&topic, old, 0, 0)
    };
    talk.aside(6, &topics::deletes(Some(&topic), Uuid::ZERO));
    let asked =
        metadata_request::MetadataRequestTopic { name: Some(topic.clone()), ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![asked]), ..Default::default() };
    talk.until("the topic is gone", |talk| talk.aside(12, &request).topics[0].error_code != 0);
    talk.note("a session that knew it hears that it is gone");
    talk.ask(17, in_session(1));
    let (_, new) = led_topic(talk, "t", 1);
    talk.note("and that another has come in its place");
    talk.ask(17, in_session(2));
    talk.note("whoever knows the old id does not read the new topic");
    talk.ask(17, fetches(&topic, old, 0, 0));
    talk.ask(13, produces(&Str::EMPTY, old, 0, batch(&["b"])));
    let by_id = metadata_request::MetadataRequestTopic { topic_id: old, ..Default::default() };
    talk.ask(12, MetadataRequest { topics: Some(vec![by_id]), ..Default::default() });
    talk.note("by its name or its new id");
    talk.ask(12, produces(&topic, Uuid::ZERO, 0, batch(&["c"])));
    talk.ask(17, fetches(&topic, new, 0, 0));
}

fn producers_are_described(talk: &mut Talk) {
    use describe_producers_request::TopicRequest;
    let (topic, _) = led_topic(talk, "t", 1);
    let missing = talk.own("missing");
    let asks = |topic: &Str, partition: i32| DescribeProducersRequest {
        topics: vec![TopicRequest {
            name: topic.clone(),
            partition_indexes: vec![partition],
            ..Default::default()
        }],
        ..Default::default()
    };
    talk.ask(0, asks(&topic, 0));
    let batch = BatchBuilder::new(Compression::from(Codec::None)).producer(
        ProducerId(77),
        ProducerEpoch(3),
        Sequence(5),
    );
    append_batch(talk, &topic, 0, built(batch, &["a", "b"]));
    talk.ask(0, asks(&topic, 0));
    talk.ask(0, asks(&topic, 1));
    talk.ask(0, asks(&topic, -1));
    talk.ask(0, asks(&missing, 0));
    talk.ask(0, DescribeProducersRequest::default());
}
