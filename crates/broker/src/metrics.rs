//! What an operator can measure, under the names by which Kafka's metrics are known to Prometheus
//! (`kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec` is
//! `kafka_server_brokertopicmetrics_messagesin_total`), and the timings of each step of a produce
//! and a fetch under names of our own (`vltava_stage_seconds`).
//!
//! Handles are cloned out of their families once, when a partition or an API is set up: counting
//! is one atomic addition.

pub mod coordinators;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use coordinators::CoordinatorMetrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TopicLabel {
    topic: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabel {
    request: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct StageLabel {
    stage: &'static str,
}

/// The steps that the data path is signposted with (`Hot path: produce 3/5` in the sources).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    ProduceDecode,
    ProduceValidate,
    ProduceAppend,
    ProduceCommit,
    FetchRead,
    FetchWait,
    Send,
}

impl Stage {
    const ALL: [Stage; 7] = [
        Stage::ProduceDecode,
        Stage::ProduceValidate,
        Stage::ProduceAppend,
        Stage::ProduceCommit,
        Stage::FetchRead,
        Stage::FetchWait,
        Stage::Send,
    ];

    fn name(self) -> &'static str {
        match self {
            Stage::ProduceDecode => "produce_decode",
            Stage::ProduceValidate => "produce_validate",
            Stage::ProduceAppend => "produce_append",
            Stage::ProduceCommit => "produce_commit",
            Stage::FetchRead => "fetch_read",
            Stage::FetchWait => "fetch_wait",
            Stage::Send => "send",
        }
    }
}

/// Counters of one topic; Kafka calls the sum over all topics by the same names.
#[derive(Clone, Debug)]
pub struct TopicMetrics {
    pub messages_in: Counter,
    pub bytes_in: Counter,
    pub bytes_out: Counter,
    pub bytes_rejected: Counter,
}

/// Everything the node counts.
pub struct Metrics {
    registry: Registry,
    messages_in: Family<TopicLabel, Counter>,
    bytes_in: Family<TopicLabel, Counter>,
    bytes_out: Family<TopicLabel, Counter>,
    bytes_rejected: Family<TopicLabel, Counter>,
    requests: Family<RequestLabel, Counter>,
    request_seconds: Family<RequestLabel, Histogram>,
    stages: [Histogram; 7],
    pub failed_produce_requests: Counter,
    pub failed_fetch_requests: Counter,
    pub connections: Gauge,
    pub partitions: Gauge,
    pub leaders: Gauge,
    pub offline_log_directories: Gauge,
    pub fetch_sessions: Gauge,
    pub active_controllers: Gauge,
    pub topics: Gauge,
    pub flush_seconds: Histogram,
    pub resident_bytes: Gauge<u64, AtomicU64>,
    pub coordinators: CoordinatorMetrics,
}

/// 1 µs to about 4 s in steps of 2: one bucket too coarse to tell a page-cache write from a disk
/// flush would be of no use.
fn time_histogram() -> Histogram {
    Histogram::new(exponential_buckets(1e-6, 2.0, 23))
}

impl Metrics {
    pub fn new() -> Arc<Metrics> {
        let mut registry = Registry::default();
        let mut topic = |name: &str, help: &str| {
            let family = Family::<TopicLabel, Counter>::default();
            registry.register(
                format!("kafka_server_brokertopicmetrics_{name}"),
                help,
                family.clone(),
            );
            family
        };
        let messages_in = topic("messagesin", "records appended");
        let bytes_in = topic("bytesin", "bytes of batches appended");
        let bytes_out = topic("bytesout", "bytes of batches sent to consumers");
        let bytes_rejected = topic("bytesrejected", "bytes of batches refused as too large");

        let requests = Family::<RequestLabel, Counter>::default();
        registry.register(
            "kafka_network_requestmetrics_requests",
            "requests served",
            requests.clone(),
        );
        let request_seconds: Family<RequestLabel, Histogram> =
            Family::new_with_constructor(time_histogram);
        registry.register(
            "kafka_network_requestmetrics_totaltime_seconds",
            "time from a request's last byte to its reply",
            request_seconds.clone(),
        );
        let stage_family: Family<StageLabel, Histogram> =
            Family::new_with_constructor(time_histogram);
        registry.register(
            "vltava_stage_seconds",
            "time spent in one step of a produce or fetch",
            stage_family.clone(),
        );
        let stages = Stage::ALL
            .map(|stage| stage_family.get_or_create(&StageLabel { stage: stage.name() }).clone());

        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let failed_produce_requests = counter(
            "kafka_server_brokertopicmetrics_failedproducerequests",
            "produce requests with an error for a partition",
        );
        let failed_fetch_requests = counter(
            "kafka_server_brokertopicmetrics_failedfetchrequests",
            "fetch requests with an error for a partition",
        );
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let connections =
            gauge("kafka_server_socketservermetrics_connection_count", "open connections");
        let partitions =
            gauge("kafka_server_replicamanager_partitioncount", "partitions with a replica here");
        let leaders =
            gauge("kafka_server_replicamanager_leadercount", "partitions led by this node");
        let offline_log_directories = gauge(
            "kafka_log_logmanager_offlinelogdirectorycount",
            "log directories taken offline by an error",
        );
        let fetch_sessions =
            gauge("kafka_server_fetchsessioncache_numincrementalfetchsessions", "fetch sessions");
        let active_controllers = gauge(
            "kafka_controller_kafkacontroller_activecontrollercount",
            "1 on the active controller",
        );
        let topics = gauge("kafka_controller_kafkacontroller_globaltopiccount", "topics");
        let flush_seconds = time_histogram();
        registry.register(
            "kafka_log_logflushstats_logflush_seconds",
            "time of one flush to disk",
            flush_seconds.clone(),
        );
        let resident_bytes = Gauge::<u64, AtomicU64>::default();
        registry.register(
            "process_resident_memory_bytes",
            "resident memory",
            resident_bytes.clone(),
        );

        let coordinators = CoordinatorMetrics::register(&mut registry);

        Arc::new(Metrics {
            registry,
            messages_in,
            bytes_in,
            bytes_out,
            bytes_rejected,
            requests,
            request_seconds,
            stages,
            failed_produce_requests,
            failed_fetch_requests,
            connections,
            partitions,
            leaders,
            offline_log_directories,
            fetch_sessions,
            active_controllers,
            topics,
            flush_seconds,
            resident_bytes,
            coordinators,
        })
    }

    /// The counters of one topic, to be kept by whoever counts.
    pub fn topic(&self, name: &str) -> TopicMetrics {
        let label = TopicLabel { topic: name.to_owned() };
        TopicMetrics {
            messages_in: self.messages_in.get_or_create(&label).clone(),
            bytes_in: self.bytes_in.get_or_create(&label).clone(),
            bytes_out: self.bytes_out.get_or_create(&label).clone(),
            bytes_rejected: self.bytes_rejected.get_or_create(&label).clone(),
        }
    }

    /// Forgets a deleted topic: its numbers would be exported for ever.
    pub fn forget_topic(&self, name: &str) {
        let label = TopicLabel { topic: name.to_owned() };
        self.messages_in.remove(&label);
        self.bytes_in.remove(&label);
        self.bytes_out.remove(&label);
        self.bytes_rejected.remove(&label);
    }

    pub fn request(&self, request: &'static str, micros: u64) {
        let label = RequestLabel { request };
        self.requests.get_or_create(&label).inc();
        self.request_seconds.get_or_create(&label).observe(micros as f64 / 1e6);
    }

    pub fn stage(&self, stage: Stage, micros: u64) {
        self.stages[stage as usize].observe(micros as f64 / 1e6);
    }

    /// The text that Prometheus scrapes.
    pub fn text(&self) -> String {
        self.resident_bytes.set(io::resident_bytes());
        let mut text = String::new();
        // Writing into a String cannot fail; a metric that could not be encoded is left out.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
