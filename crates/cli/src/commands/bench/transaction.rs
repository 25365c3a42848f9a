//! `vltava bench transaction`: as many transactions as the cluster takes, and how long one takes.
//!
//! Each transactional id has connections of its own and one transaction at a time, as a producer has:
//! a record to each of a few partitions, then EndTxn. Where the cluster has transaction version 2 the
//! produce adds the partitions (KIP-890); where it has not, AddPartitionsToTxn comes first. The time of a
//! transaction is from its first request to the answer of EndTxn, with the waits in which the
//! markers of the one before are still being written.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base::{ErrorCode, ProducerEpoch, ProducerId, Sequence, Str, WallMs};
use bytes::Bytes;
use clap::Args;
use client::Admin;
use client::cluster::AutoCreate;
use client::config::{Address, ClientConfig};
use client::connection::{Connection, Patience};
use client::coordinators::CoordinatorType;
use client::metadata::TopicMetadata;
use protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use protocol::messages::{
    AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest, ProduceRequest,
};
use protocol::{ApiRequest, Payload};
use records::{BatchBuilder, Codec};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    Latencies, add_quantiles, ensure_topic, first_error, latency_ms, payload, show, until_it_passes,
};
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};

/// The last versions of clients below transaction version 2, which also name topics by their names.
const VERSION_1: Versions = Versions { produce: 11, end: 4 };
/// The last versions that name topics by their names.
const VERSION_2: Versions = Versions { produce: 12, end: 5 };
/// The last version of AddPartitionsToTxn that is meant for clients.
const ADD_PARTITIONS: i16 = 3;

/// Commit transactions as fast as the cluster takes them
#[derive(Debug, Args)]
pub struct Arguments {
    /// Made with --partitions if it does not exist
    #[arg(long, default_value = "bench-transaction")]
    topic: String,
    #[arg(long, value_name = "COUNT", default_value_t = 12)]
    partitions: i32,
    /// Partitions that a transaction writes to, at most: they take turns from 1 to this
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    spread: i32,
    /// Bytes of each record's value
    #[arg(long, value_name = "BYTES", default_value_t = 100)]
    size: usize,
    /// Transactional ids, each with a transaction at a time
    #[arg(long, value_name = "COUNT", default_value_t = 32)]
    producers: u64,
    /// Number of transactions
    #[arg(long, value_name = "COUNT", default_value_t = 20_000)]
    transactions: u64,
    /// Pause before a request that has met the markers of the transaction before is tried again
    #[arg(long, value_name = "MS", default_value_t = 5)]
    pause_ms: u64,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Clone, Copy)]
struct Versions {
    produce: i16,
    end: i16,
}

/// What all producers share.
struct Shared {
    topic: Arc<TopicMetadata>,
    /// Where the leader of each partition listens.
    leaders: Vec<Address>,
    spread: i32,
    value: Bytes,
    pause: Duration,
    config: ClientConfig,
    left: AtomicU64,
    again: AtomicU64,
    latencies: Latencies,
}

/// One transactional id.
struct Producer {
    shared: Arc<Shared>,
    id: Str,
    coordinator: Address,
    connections: BTreeMap<Address, Connection>,
    versions: Versions,
    producer_id: i64,
    epoch: i16,
    /// The next sequence of each partition, within the epoch.
    sequences: BTreeMap<i32, i32>,
}

pub async fn run(arguments: Arguments) -> Outcome {
    if arguments.producers == 0 || !(1..=arguments.partitions).contains(&arguments.spread) {
        return Err(Failure::usage(
            "--producers must be 1 or more, and --spread from 1 to --partitions",
        ));
    }
    let shared = Arc::new(prepare(&arguments).await?);
    let mut producers = Vec::new();
    let admin = Admin::connect(shared.config.clone()).await?;
    for number in 0..arguments.producers {
        producers.push(Producer::initialised(&admin, &shared, number).await?);
    }
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for producer in producers {
        tasks.spawn(producer.run());
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| Failure::failed(format!("a producer ended: {error}")))??;
    }
    report(&arguments, started.elapsed().as_secs_f64(), &shared)
}

async fn prepare(arguments: &Arguments) -> Result<Shared, Failure> {
    let config = arguments.cluster.client_config()?;
    let admin = Admin::connect(config.clone()).await?;
    ensure_topic(&admin, &arguments.topic, arguments.partitions).await?;
    let cluster = admin.cluster();
    let topic = cluster.topic(&arguments.topic, AutoCreate::Forbidden, config.api_timeout).await?;
    let metadata = cluster.metadata();
    let leaders = topic.partitions.iter().enumerate().map(|(index, partition)| {
        let leader = partition.leader.and_then(|id| metadata.brokers.get(&id));
        leader.map(|broker| broker.address.clone()).ok_or_else(|| {
            Failure::failed(format!("{}-{index} has no leader; try again", arguments.topic))
        })
    });
    Ok(Shared {
        leaders: leaders.collect::<Result<_, _>>()?,
        topic,
        spread: arguments.spread,
        value: payload(arguments.size),
        pause: Duration::from_millis(arguments.pause_ms),
        config,
        left: AtomicU64::new(arguments.transactions),
        again: AtomicU64::new(0),
        latencies: Latencies::new()?,
    })
}

impl Producer {
    /// Connects, and has a producer id before anything is measured.
    async fn initialised(
        admin: &Admin,
        shared: &Arc<Shared>,
        number: u64,
    ) -> Result<Producer, Failure> {
        let id: Str = format!("bench-transaction-{number}").into();
        let (kind, patience) = (CoordinatorType::Transaction, shared.config.api_timeout);
        let (_, coordinator) = admin.cluster().coordinator(kind, &id, patience).await?;
        let mut producer = Producer {
            shared: shared.clone(),
            id,
            coordinator,
            connections: BTreeMap::new(),
            versions: VERSION_1,
            producer_id: -1,
            epoch: -1,
            sequences: BTreeMap::new(),
        };
        let addresses = shared.leaders.iter().chain([&producer.coordinator]);
        for address in addresses {
            if !producer.connections.contains_key(address) {
                let opened = Connection::open(address, &shared.config).await?;
                producer.connections.insert(address.clone(), opened);
            }
        }
        let features = &producer.at(&producer.coordinator).versions().finalized_features;
        if features.get("transaction.version").is_some_and(|(_, level)| *level >= 2) {
            producer.versions = VERSION_2;
        }
        producer.initialise().await?;
        Ok(producer)
    }

    async fn initialise(&mut self) -> Outcome {
        let request = InitProducerIdRequest {
            transactional_id: Some(self.id.clone()),
            transaction_timeout_ms: 60_000,
            ..InitProducerIdRequest::default()
        };
        let (response, _) = self
            .repeated("initialise a transactional id", || async {
                let response = self.at(&self.coordinator).call(&request).await?;
                Ok((ErrorCode::from_code(response.error_code), response))
            })
            .await?;
        (self.producer_id, self.epoch) = (response.producer_id, response.producer_epoch);
        Ok(())
    }

    async fn run(mut self) -> Outcome {
        let take = |left: u64| left.checked_sub(1);
        let relaxed = Ordering::Relaxed;
        while let Ok(number) = self.shared.left.fetch_update(relaxed, relaxed, take) {
            let started = Instant::now();
            let again = self.transaction(number as i64).await?;
            self.shared.latencies.note(started.elapsed());
            self.shared.again.fetch_add(again, relaxed);
        }
        Ok(())
    }

    /// One transaction. Says how many requests had to be repeated.
    async fn transaction(&mut self, number: i64) -> Result<u64, Failure> {
        let count = self.shared.leaders.len() as i64;
        let width = 1 + number % i64::from(self.shared.spread);
        let partitions: Vec<i32> =
            (0..width).map(|step| ((number * 7 + step) % count) as i32).collect();
        let mut again = 0;
        if self.versions.produce < VERSION_2.produce {
            again += self.add(&partitions).await?;
        }
        let mut by_leader: BTreeMap<&Address, Vec<i32>> = BTreeMap::new();
        for index in &partitions {
            by_leader.entry(&self.shared.leaders[*index as usize]).or_default().push(*index);
        }
        for (leader, partitions) in by_leader {
            again += self.produce(leader, partitions).await?;
        }
        for index in partitions {
            *self.sequences.entry(index).or_default() += 1;
        }
        Ok(again + self.end().await?)
    }

    async fn add(&self, partitions: &[i32]) -> Result<u64, Failure> {
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: self.id.clone(),
            v3_and_below_producer_id: self.producer_id,
            v3_and_below_producer_epoch: self.epoch,
            v3_and_below_topics: vec![AddPartitionsToTxnTopic {
                name: self.shared.topic.name.clone(),
                partitions: partitions.to_vec(),
                ..AddPartitionsToTxnTopic::default()
            }],
            ..AddPartitionsToTxnRequest::default()
        };
        let ((), again) = self
            .repeated("add partitions to a transaction", || async {
                let response = self.call(&self.coordinator, &request, ADD_PARTITIONS).await?;
                let results = response.results_by_topic_v3_and_below.iter();
                let codes = results.flat_map(|topic| &topic.results_by_partition);
                let codes = codes.map(|result| result.partition_error_code);
                Ok((first_error(codes), ()))
            })
            .await?;
        Ok(again)
    }

    /// Writes a record to each of the partitions. If some refuse it, all get it again: those that
    /// have it know it by its sequence.
    async fn produce(&self, leader: &Address, partitions: Vec<i32>) -> Result<u64, Failure> {
        let data = partitions.into_iter().map(|index| PartitionProduceData {
            index,
            records: Some(Payload::Bytes(self.batch(index))),
            ..PartitionProduceData::default()
        });
        let request = ProduceRequest {
            transactional_id: Some(self.id.clone()),
            acks: -1,
            timeout_ms: 30_000,
            topic_data: vec![TopicProduceData {
                name: self.shared.topic.name.clone(),
                partition_data: data.collect(),
                ..TopicProduceData::default()
            }],
            ..ProduceRequest::default()
        };
        let ((), again) = self
            .repeated("produce in a transaction", || async {
                let response = self.call(leader, &request, self.versions.produce).await?;
                let results = response.responses.iter();
                let codes = results.flat_map(|topic| &topic.partition_responses);
                Ok((first_error(codes.map(|result| result.error_code)), ()))
            })
            .await?;
        Ok(again)
    }

    fn batch(&self, index: i32) -> Bytes {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = WallMs(now.as_millis() as i64);
        let sequence = self.sequences.get(&index).copied().unwrap_or(0);
        let mut builder = BatchBuilder::new(Codec::None)
            .producer(ProducerId(self.producer_id), ProducerEpoch(self.epoch), Sequence(sequence))
            .transactional();
        // One record of a size that the command line has room for always fits.
        let _ = builder.append(now, None, Some(&self.shared.value), &[]);
        builder.build().into()
    }

    async fn end(&mut self) -> Result<u64, Failure> {
        let request = EndTxnRequest {
            transactional_id: self.id.clone(),
            producer_id: self.producer_id,
            producer_epoch: self.epoch,
            committed: true,
            ..EndTxnRequest::default()
        };
        let (response, again) = self
            .repeated("end a transaction", || async {
                let response = self.call(&self.coordinator, &request, self.versions.end).await?;
                Ok((ErrorCode::from_code(response.error_code), response))
            })
            .await?;
        if self.versions.end >= VERSION_2.end {
            (self.producer_id, self.epoch) = (response.producer_id, response.producer_epoch);
            self.sequences.clear();
        }
        Ok(again)
    }

    fn at(&self, address: &Address) -> &Connection {
        &self.connections[address]
    }

    async fn call<R: ApiRequest>(
        &self,
        address: &Address,
        request: &R,
        newest: i16,
    ) -> Result<R::Response, Failure> {
        let connection = self.at(address);
        let version = connection.version::<R>()?.min(newest);
        Ok(connection.call_patiently(request, version, Patience(Duration::ZERO)).await?)
    }

    async fn repeated<T, F: Future<Output = Result<(ErrorCode, T), Failure>>>(
        &self,
        during: &str,
        attempt: impl FnMut() -> F,
    ) -> Result<(T, u64), Failure> {
        until_it_passes(during, self.shared.pause, self.shared.config.api_timeout, attempt).await
    }
}

fn report(arguments: &Arguments, seconds: f64, shared: &Shared) -> Outcome {
    let latency = shared.latencies.lock();
    let again = shared.again.load(Ordering::Relaxed);
    let per_second = arguments.transactions as f64 / seconds;
    let mut json = json!({
        "workload": "transaction", "transactions": arguments.transactions,
        "producers": arguments.producers, "spread": arguments.spread, "size": arguments.size,
        "repeated": again, "seconds": seconds, "transactionsPerSecond": per_second,
    });
    add_quantiles(&mut json, &latency);
    show(
        arguments.output.json,
        ["TRANSACTIONS", "IDS", "SECONDS", "TRANSACTIONS/S", "REPEATED", "P50 MS", "P99 MS"],
        [
            arguments.transactions.to_string(),
            arguments.producers.to_string(),
            format!("{seconds:.2}"),
            format!("{per_second:.0}"),
            again.to_string(),
            format!("{:.3}", latency_ms(&latency, 0.50)),
            format!("{:.3}", latency_ms(&latency, 0.99)),
        ],
        &json,
    )
}
