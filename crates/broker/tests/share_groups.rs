//! A share group on a real node, spoken to in the protocol itself: deliveries, acknowledgements, and
//! what outlives a connection and a restart.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::config::ServerConfig;
use base::config::server::Given;
use base::{Offset, ProducerEpoch, ProducerId, Sequence, Str, Uuid, WallMs};
use broker::Server;
use bytes::Bytes;
use protocol::Payload;
use protocol::frame::{decode_response, encode_request};
use protocol::messages::*;
use records::{BatchBuilder, Codec, Compression, OldFormat, down_convert};

/// The type of a transaction's coordinator.
const TRANSACTION: i8 = 1;

/// A connection, which is what a share session belongs to.
struct Connection(TcpStream);

impl Connection {
    fn to(server: &Server) -> Connection {
        let port = server.advertised()[0].port;
        Connection(TcpStream::connect(("127.0.0.1", port)).expect("the node listens"))
    }

    fn ask<R: ApiRequest>(&mut self, request: &R, version: i16) -> R::Response {
        let encoded = encode_request(request, version, 7, Some(&Str::from("test")));
        for segment in encoded.expect("the version has every field").segments() {
            let protocol::Segment::Bytes(bytes) = segment else { panic!("no request has files") };
            self.0.write_all(&bytes).expect("the connection takes a request");
        }
        let mut length = [0; 4];
        self.0.read_exact(&mut length).expect("the request is answered");
        let mut frame = vec![0; i32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut frame).expect("the answer is whole");
        decode_response::<R>(Bytes::from(frame), version).expect("the answer can be read").1
    }
}

fn start(dir: &Path) -> Server {
    let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let settings = [
        set("log.dirs", dir.to_str().expect("the directory has a readable name")),
        set("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0"),
        set("offsets.topic.num.partitions", "1"),
        set("share.coordinator.state.topic.num.partitions", "1"),
    ];
    let given = Given { file: None, environment: &[], settings: &settings };
    let config = ServerConfig::load(&given).expect("the settings go together").config;
    Server::start(config, Arc::new(io::RealEnv::new())).expect("the node starts")
}

/// Asks until the answer is the one that is waited for.
#[track_caller]
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "nothing came of it in a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn create_topic(connection: &mut Connection) -> Uuid {
    let topic = create_topics_request::CreatableTopic {
        name: "t".into(),
        num_partitions: 1,
        replication_factor: 1,
        ..Default::default()
    };
    let request = CreateTopicsRequest { topics: vec![topic], ..Default::default() };
    let created = connection.ask(&request, 7);
    assert_eq!(created.topics[0].error_code, 0);
    created.topics[0].topic_id
}

fn produce(connection: &mut Connection, count: usize) {
    let mut batch = BatchBuilder::new(Compression::from(Codec::None));
    for number in 0..count {
        let value = format!("record {number}");
        batch.append(WallMs(1), None, Some(value.as_bytes()), &[]).expect("a small batch");
    }
    send(connection, None, batch);
}

fn send(connection: &mut Connection, transactional_id: Option<Str>, batch: BatchBuilder) {
    let partition = produce_request::PartitionProduceData {
        index: 0,
        records: Some(Payload::Bytes(batch.build().into())),
        ..Default::default()
    };
    let topic = produce_request::TopicProduceData {
        name: "t".into(),
        partition_data: vec![partition],
        ..Default::default()
    };
    let request = ProduceRequest {
        transactional_id,
        acks: -1,
        timeout_ms: 10_000,
        topic_data: vec![topic],
        ..Default::default()
    };
    let produced = connection.ask(&request, 12);
    assert_eq!(produced.responses[0].partition_responses[0].error_code, 0);
}

fn begin_at_the_earliest(connection: &mut Connection) {
    configure(connection, "share.auto.offset.reset", "earliest");
}

fn configure(connection: &mut Connection, name: &'static str, value: &'static str) {
    let config = incremental_alter_configs_request::AlterableConfig {
        name: name.into(),
        value: Some(value.into()),
        ..Default::default()
    };
    let resource = incremental_alter_configs_request::AlterConfigsResource {
        resource_type: 32,
        resource_name: "g".into(),
        configs: vec![config],
        ..Default::default()
    };
    let request =
        IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() };
    assert_eq!(connection.ask(&request, 1).responses[0].error_code, 0);
}

/// Joins, and beats until the partition is assigned.
fn join(connection: &mut Connection, member: &str) {
    let find = FindCoordinatorRequest {
        coordinator_keys: vec!["g".into()],
        ..FindCoordinatorRequest::default()
    };
    connection.ask(&find, 4);
    until(|| {
        let request = ShareGroupHeartbeatRequest {
            group_id: "g".into(),
            member_id: member.into(),
            member_epoch: 0,
            rack_id: None,
            subscribed_topic_names: Some(vec!["t".into()]),
            ..Default::default()
        };
        let heartbeat = connection.ask(&request, 1);
        heartbeat.assignment.is_some_and(|it| !it.topic_partitions.is_empty()).then_some(())
    });
}

struct Session<'a> {
    connection: &'a mut Connection,
    member: &'a str,
    topic: Uuid,
    epoch: i32,
}

/// Offsets that were given, with how often they were delivered.
type Acquired = Vec<(i64, i64, i16)>;

impl Session<'_> {
    fn fetch(&mut self, said: &[(i64, i64, i8)]) -> (Acquired, i16) {
        let request = self.request(said);
        self.ask(&request)
    }

    fn request(&self, said: &[(i64, i64, i8)]) -> ShareFetchRequest {
        let said = said.iter().map(|(first_offset, last_offset, kind)| {
            share_fetch_request::AcknowledgementBatch {
                first_offset: *first_offset,
                last_offset: *last_offset,
                acknowledge_types: vec![*kind],
                ..Default::default()
            }
        });
        let partition = share_fetch_request::FetchPartition {
            partition_index: 0,
            acknowledgement_batches: said.collect(),
            ..Default::default()
        };
        let topic = share_fetch_request::FetchTopic {
            topic_id: self.topic,
            partitions: vec![partition],
            ..Default::default()
        };
        ShareFetchRequest {
            group_id: Some("g".into()),
            member_id: Some(self.member.into()),
            share_session_epoch: self.epoch,
            max_wait_ms: 200,
            min_bytes: 1,
            max_bytes: 1 << 20,
            max_records: 500,
            batch_size: 500,
            topics: vec![topic],
            ..Default::default()
        }
    }

    fn ask(&mut self, request: &ShareFetchRequest) -> (Acquired, i16) {
        let response = self.connection.ask(request, 2);
        assert_eq!(response.error_code, 0, "{:?}", response.error_message);
        self.epoch += 1;
        let Some(topic) = response.responses.first() else { return (Vec::new(), 0) };
        let partition = &topic.partitions[0];
        assert_eq!(partition.error_code, 0);
        let acquired = partition.acquired_records.iter();
        let acquired = acquired.map(|a| (a.first_offset, a.last_offset, a.delivery_count));
        (acquired.collect(), partition.acknowledge_error_code)
    }

    fn fetch_some(&mut self) -> Acquired {
        until(|| Some(self.fetch(&[]).0).filter(|acquired| !acquired.is_empty()))
    }
}

fn lag(connection: &mut Connection) -> (i64, i64) {
    let group = describe_share_group_offsets_request::DescribeShareGroupOffsetsRequestGroup {
        group_id: "g".into(),
        topics: None,
        ..Default::default()
    };
    let request = DescribeShareGroupOffsetsRequest { groups: vec![group], ..Default::default() };
    let described = connection.ask(&request, 1);
    let partition = &described.groups[0].topics[0].partitions[0];
    (partition.start_offset, partition.lag)
}

#[test]
fn a_share_group_goes_on_where_it_was_after_a_restart() {
    let dir = std::env::temp_dir().join(format!("vltava-share-{}", std::process::id()));
    let server = start(&dir);
    let mut admin = Connection::to(&server);
    let topic = create_topic(&mut admin);
    begin_at_the_earliest(&mut admin);
    produce(&mut admin, 10);
    join(&mut admin, "a");

    let mut connection = Connection::to(&server);
    let mut session = Session { connection: &mut connection, member: "a", topic, epoch: 0 };
    assert_eq!(session.fetch_some(), [(0, 9, 1)]);
    // The first four are accepted, the next two are to come again, the rest stays with the member.
    let (again, code) = session.fetch(&[(0, 3, 1), (4, 5, 2)]);
    assert_eq!(code, 0);
    let again = if again.is_empty() { session.fetch_some() } else { again };
    assert_eq!(again, [(4, 5, 2)]);
    // A start that has moved is written with the next change; the lag knows what is done with already.
    assert_eq!(lag(&mut admin), (0, 6));

    // Whoever comes next gets what a broken connection held.
    drop(connection);
    let mut connection = Connection::to(&server);
    let mut session = Session { connection: &mut connection, member: "b", topic, epoch: 0 };
    assert_eq!(session.fetch_some(), [(4, 5, 3), (6, 9, 2)]);
    let (_, code) = session.fetch(&[(4, 9, 1)]);
    assert_eq!(code, 0);
    produce(&mut admin, 3);
    drop((connection, admin));
    server.stop();

    let server = start(&dir);
    let mut admin = Connection::to(&server);
    join(&mut admin, "c");
    assert_eq!(lag(&mut admin), (4, 3));
    let mut connection = Connection::to(&server);
    let mut session = Session { connection: &mut connection, member: "c", topic, epoch: 0 };
    assert_eq!(session.fetch_some(), [(10, 12, 1)]);
    drop((connection, admin));
    server.stop();
    // Only a test that passed leaves nothing behind.
    let _ = std::fs::remove_dir_all(&dir);
}

/// Messages as brokers before Kafka 0.11 kept them.
fn old_messages(first: i64, count: usize, codec: Codec) -> Vec<u8> {
    let mut batch = BatchBuilder::new(Compression::from(codec)).base_offset(Offset(first));
    for number in 0..count {
        let value = format!("old record {number}");
        batch.append(WallMs(1), None, Some(value.as_bytes()), &[]).expect("a small batch");
    }
    let (whole, limit) = (usize::MAX, 1 << 20);
    let converted = down_convert(&batch.build(), OldFormat::V1, Offset(first), whole, limit);
    converted.expect("an old format can say it").bytes
}

#[test]
fn messages_from_before_kafka_0_11_are_shared_like_any_others() {
    let dir = std::env::temp_dir().join(format!("vltava-share-old-{}", std::process::id()));
    let server = start(&dir);
    let mut admin = Connection::to(&server);
    let topic = create_topic(&mut admin);
    begin_at_the_earliest(&mut admin);
    drop(admin);
    server.stop();
    let old = [old_messages(0, 3, Codec::Gzip), old_messages(3, 1, Codec::None)].concat();
    std::fs::write(dir.join("t-0/00000000000000000000.log"), old).expect("the log is there");

    let server = start(&dir);
    let mut admin = Connection::to(&server);
    produce(&mut admin, 2);
    join(&mut admin, "a");
    let mut connection = Connection::to(&server);
    let mut session = Session { connection: &mut connection, member: "a", topic, epoch: 0 };
    assert_eq!(session.fetch_some(), [(0, 5, 1)]);
    assert_eq!(session.fetch(&[(0, 5, 1)]).1, 0);
    drop((connection, admin));
    server.stop();
    // Only a test that passed leaves nothing behind.
    let _ = std::fs::remove_dir_all(&dir);
}

/// Sends so many batches in a transaction, and aborts it.
fn send_in_vain(connection: &mut Connection, count: i32) {
    let name = Str::from("x");
    let find = FindCoordinatorRequest {
        key_type: TRANSACTION,
        coordinator_keys: vec![name.clone()],
        ..FindCoordinatorRequest::default()
    };
    connection.ask(&find, 4);
    let init = InitProducerIdRequest {
        transactional_id: Some(name.clone()),
        transaction_timeout_ms: 60_000,
        ..Default::default()
    };
    let producer = until(|| Some(connection.ask(&init, 5)).filter(|init| init.error_code == 0));
    let (id, epoch) = (producer.producer_id, producer.producer_epoch);
    for sequence in 0..count {
        let mut batch = BatchBuilder::new(Codec::None)
            .producer(ProducerId(id), ProducerEpoch(epoch), Sequence(sequence))
            .transactional();
        batch.append(WallMs(1), None, Some(b"in vain"), &[]).expect("a small batch");
        send(connection, Some(name.clone()), batch);
    }
    let abort = EndTxnRequest {
        transactional_id: name,
        producer_id: id,
        producer_epoch: epoch,
        committed: false,
        ..Default::default()
    };
    assert_eq!(connection.ask(&abort, 5).error_code, 0);
}

#[test]
fn a_long_stretch_of_aborted_batches_is_looked_through_at_once() {
    let dir = std::env::temp_dir().join(format!("vltava-share-aborted-{}", std::process::id()));
    let server = start(&dir);
    let mut admin = Connection::to(&server);
    let topic = create_topic(&mut admin);
    begin_at_the_earliest(&mut admin);
    configure(&mut admin, "share.isolation.level", "read_committed");
    send_in_vain(&mut admin, 50);
    join(&mut admin, "a");
    let mut connection = Connection::to(&server);
    connection.0.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout can be set");
    let mut session = Session { connection: &mut connection, member: "a", topic, epoch: 0 };
    // A batch at a time, and longer than a test waits.
    let request = ShareFetchRequest { max_bytes: 1, max_wait_ms: 600_000, ..session.request(&[]) };
    // The marker of the transaction is shared like a record, as in Kafka.
    assert_eq!(session.ask(&request).0, [(50, 50, 1)]);
    drop((connection, admin));
    server.stop();
    // Only a test that passed leaves nothing behind.
    let _ = std::fs::remove_dir_all(&dir);
}
