//! What an operator can measure of the coordinators: groups by type and state, what happens to them and
//! to their offsets, transactions that could not be verified, and how each coordinator's thread fares.
//!
//! Kafka keeps these under `kafka.server:type=group-coordinator-metrics` and its siblings, and the older
//! ones under `kafka.coordinator.group:type=GroupMetadataManager`; the names here are those, as in the
//! module above: `offset-commit-count` is `kafka_server_group_coordinator_metrics_offset_commit_total`, and a
//! time whose maximum and average Kafka shows is a histogram in seconds.

use coordinator::group::{Census, Counted};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::time_histogram;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProtocolLabel {
    protocol: &'static str,
}

/// Of all coordinators of a node.
pub struct CoordinatorMetrics {
    pub groups: GroupMetrics,
    pub group_runtime: RuntimeMetrics,
    pub transaction_runtime: RuntimeMetrics,
    pub share_runtime: RuntimeMetrics,
    /// Partitions that a transaction could not be verified for (KIP-890).
    pub verification_failures: Counter,
    /// Time that the coordinator took to say whether a partition belongs to a transaction.
    pub verification_seconds: Histogram,
}

impl CoordinatorMetrics {
    pub(super) fn register(registry: &mut Registry) -> CoordinatorMetrics {
        let verification_failures = Counter::default();
        registry.register(
            "kafka_server_addpartitionstotxnmanager_verificationfailure",
            "partitions that could not be verified to belong to a transaction",
            verification_failures.clone(),
        );
        let verification_seconds = time_histogram();
        registry.register(
            "kafka_server_addpartitionstotxnmanager_verificationtime_seconds",
            "time of one verification at the transaction coordinator",
            verification_seconds.clone(),
        );
        CoordinatorMetrics {
            groups: GroupMetrics::register(registry),
            group_runtime: RuntimeMetrics::register(registry, "group"),
            transaction_runtime: RuntimeMetrics::register(registry, "transaction"),
            share_runtime: RuntimeMetrics::register(registry, "share"),
            verification_failures,
            verification_seconds,
        }
    }
}

/// Of groups and committed offsets.
pub struct GroupMetrics {
    offset_commits: Counter,
    offset_expirations: Counter,
    offset_deletions: Counter,
    completed_rebalances: Counter,
    consumer_rebalances: Counter,
    share_rebalances: Counter,
    streams_rebalances: Counter,
    by_protocol: Family<ProtocolLabel, Gauge>,
    offsets: Gauge,
    groups: Gauge,
    by_state: [StatesOfType; 4],
}

/// How many groups of one type are in each state.
struct StatesOfType {
    group_type: &'static str,
    states: &'static [&'static str],
    gauges: Vec<Gauge>,
}

const CLASSIC_STATES: &[&str] =
    &["PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty"];
const CONSUMER_STATES: &[&str] = &["Empty", "Assigning", "Reconciling", "Stable", "Dead"];
const SHARE_STATES: &[&str] = &["Empty", "Stable", "Dead"];
const STREAMS_STATES: &[&str] =
    &["Empty", "Assigning", "Reconciling", "Stable", "Dead", "NotReady"];

impl GroupMetrics {
    fn register(registry: &mut Registry) -> GroupMetrics {
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            let name = format!("kafka_server_group_coordinator_metrics_{name}");
            registry.register(name, help, counter.clone());
            counter
        };
        let offset_commits = counter("offset_commit", "offsets committed");
        let offset_expirations = counter("offset_expiration", "offsets that grew too old");
        let offset_deletions = counter("offset_deletion", "offsets deleted by OffsetDelete");
        let completed_rebalances =
            counter("group_completed_rebalance", "rebalances that classic groups have completed");
        let consumer_rebalances =
            counter("consumer_group_rebalance", "new epochs of groups of KIP-848");
        let share_rebalances = counter("share_group_rebalance", "new epochs of share groups");
        let streams_rebalances = counter("streams_group_rebalance", "new epochs of streams groups");

        let by_protocol = Family::<ProtocolLabel, Gauge>::default();
        registry.register(
            "kafka_server_group_coordinator_metrics_group_count",
            "groups by the protocol of their members",
            by_protocol.clone(),
        );
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            let name = format!("kafka_coordinator_group_groupmetadatamanager_{name}");
            registry.register(name, help, gauge.clone());
            gauge
        };
        let offsets = gauge("numoffsets", "committed offsets");
        let groups = gauge("numgroups", "classic groups");
        let classic = CLASSIC_STATES.iter().map(|state| {
            let name = format!("numgroups{}", state.to_lowercase());
            gauge(&name, "classic groups in this state")
        });
        let classic = StatesOfType {
            group_type: "classic",
            states: CLASSIC_STATES,
            gauges: classic.collect(),
        };
        let by_state = [
            classic,
            StatesOfType::register(registry, "consumer", CONSUMER_STATES),
            StatesOfType::register(registry, "share", SHARE_STATES),
            StatesOfType::register(registry, "streams", STREAMS_STATES),
        ];
        GroupMetrics {
            offset_commits,
            offset_expirations,
            offset_deletions,
            completed_rebalances,
            consumer_rebalances,
            share_rebalances,
            streams_rebalances,
            by_protocol,
            offsets,
            groups,
            by_state,
        }
    }

    pub fn count(&self, counted: Counted) {
        match counted {
            Counted::OffsetCommits(count) => self.offset_commits.inc_by(count as u64),
            Counted::OffsetExpirations(count) => self.offset_expirations.inc_by(count as u64),
            Counted::OffsetDeletions(count) => self.offset_deletions.inc_by(count as u64),
            Counted::CompletedRebalance => self.completed_rebalances.inc(),
            Counted::ConsumerGroupRebalance => self.consumer_rebalances.inc(),
            Counted::ShareGroupRebalance => self.share_rebalances.inc(),
            Counted::StreamsGroupRebalance => self.streams_rebalances.inc(),
        };
    }

    /// Shows what all shards have said together.
    pub fn show(&self, censuses: &[Census]) {
        let count = |passes: &dyn Fn(&str, &str) -> bool| {
            let groups = censuses.iter().flat_map(|census| &census.groups);
            let counts = groups.filter(|((kind, state), _)| passes(kind, state));
            counts.map(|(_, count)| *count as i64).sum::<i64>()
        };
        for StatesOfType { group_type, states, gauges } in &self.by_state {
            for (wanted, gauge) in states.iter().zip(gauges) {
                gauge.set(count(&|kind, state| kind == *group_type && state == *wanted));
            }
            let label = ProtocolLabel { protocol: group_type };
            let of_type = count(&|kind, _| kind == *group_type);
            self.by_protocol.get_or_create(&label).set(of_type);
        }
        self.groups.set(count(&|kind, _| kind == "classic"));
        self.offsets.set(censuses.iter().map(|census| census.offsets as i64).sum());
    }
}

impl StatesOfType {
    fn register(
        registry: &mut Registry,
        group_type: &'static str,
        states: &'static [&'static str],
    ) -> StatesOfType {
        let family = Family::<StateLabel, Gauge>::default();
        registry.register(
            format!("kafka_server_group_coordinator_metrics_{group_type}_group_count"),
            "groups of this type by state",
            family.clone(),
        );
        let gauges = states.iter().map(|state| family.get_or_create(&StateLabel { state }).clone());
        StatesOfType { group_type, states, gauges: gauges.collect() }
    }
}

/// Of the thread that runs the shards of one internal topic.
#[derive(Clone)]
pub struct RuntimeMetrics {
    pub partitions_loading: Gauge,
    pub partitions_active: Gauge,
    pub partitions_failed: Gauge,
    /// Requests that wait for the thread.
    pub queue_size: Gauge,
    /// Time that a request waited for the thread.
    pub queue_seconds: Histogram,
    /// Time that the decision about a request took.
    pub processing_seconds: Histogram,
    /// Time from the decision to the commit that its reply waits for, or to the event that answers it.
    pub purgatory_seconds: Histogram,
    /// Time of one append.
    pub flush_seconds: Histogram,
    pub load_seconds: Histogram,
}

impl RuntimeMetrics {
    fn register(registry: &mut Registry, coordinator: &str) -> RuntimeMetrics {
        let prefix = format!("kafka_server_{coordinator}_coordinator_metrics");
        let partitions = Family::<StateLabel, Gauge>::default();
        registry.register(
            format!("{prefix}_num_partitions"),
            "partitions of the coordinator by state",
            partitions.clone(),
        );
        let in_state = |state| partitions.get_or_create(&StateLabel { state }).clone();
        let queue_size = Gauge::default();
        registry.register(
            format!("{prefix}_event_queue_size"),
            "requests that wait for the coordinator",
            queue_size.clone(),
        );
        let mut time = |name: &str, help: &str| {
            let histogram = time_histogram();
            registry.register(format!("{prefix}_{name}_seconds"), help, histogram.clone());
            histogram
        };
        RuntimeMetrics {
            partitions_loading: in_state("loading"),
            partitions_active: in_state("active"),
            partitions_failed: in_state("failed"),
            queue_size,
            queue_seconds: time("event_queue_time", "time that a request waited for its turn"),
            processing_seconds: time("event_processing_time", "time of one decision"),
            purgatory_seconds: time(
                "event_purgatory_time",
                "time from a decision to the reply that waits for its commit",
            ),
            flush_seconds: time("batch_flush_time", "time of one append"),
            load_seconds: time("partition_load_time", "time to load one partition"),
        }
    }
}
