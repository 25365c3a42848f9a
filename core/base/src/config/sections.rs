//! The sections of a node's configuration: typed values that need no reading beyond their type.

use super::key::Invalid;
use super::keys::{groups, log, network, node, quotas, replication, transactions};
use super::settings::{Source, read, settings};

settings! {
    /// Connections and requests.
    NetworkSettings {
        connections_max_idle_ms: i64 = network::CONNECTIONS_MAX_IDLE_MS,
        fetch_max_bytes: i32 = network::FETCH_MAX_BYTES,
        max_connection_creation_rate: i32 = network::MAX_CONNECTION_CREATION_RATE,
        max_connections: i32 = network::MAX_CONNECTIONS,
        max_connections_per_ip: i32 = network::MAX_CONNECTIONS_PER_IP,
        max_incremental_fetch_session_cache_slots: i32 =
            network::MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS,
        max_request_partition_size_limit: i32 = network::MAX_REQUEST_PARTITION_SIZE_LIMIT,
        num_io_threads: i32 = network::NUM_IO_THREADS,
        num_network_threads: i32 = network::NUM_NETWORK_THREADS,
        queued_max_request_bytes: i64 = network::QUEUED_MAX_REQUEST_BYTES,
        queued_max_requests: i32 = network::QUEUED_MAX_REQUESTS,
        request_timeout_ms: i32 = network::REQUEST_TIMEOUT_MS,
        socket_listen_backlog_size: i32 = network::SOCKET_LISTEN_BACKLOG_SIZE,
        socket_receive_buffer_bytes: i32 = network::SOCKET_RECEIVE_BUFFER_BYTES,
        socket_request_max_bytes: i32 = network::SOCKET_REQUEST_MAX_BYTES,
        socket_send_buffer_bytes: i32 = network::SOCKET_SEND_BUFFER_BYTES,
    }
}

/// What Kafka sets the buffers of sockets to where nobody says otherwise. Here the operating system adapts
/// them then: a fixed size of Kafka's default slows down whoever reads or writes much.
const BUFFER_BYTES_DEFAULT: i32 = 102_400;

impl NetworkSettings {
    /// The receive buffer that somebody has asked for.
    pub fn receive_buffer_bytes(&self) -> Option<usize> {
        asked_for(self.socket_receive_buffer_bytes)
    }

    /// The send buffer that somebody has asked for.
    pub fn send_buffer_bytes(&self) -> Option<usize> {
        asked_for(self.socket_send_buffer_bytes)
    }
}

fn asked_for(bytes: i32) -> Option<usize> {
    usize::try_from(bytes).ok().filter(|_| bytes != BUFFER_BYTES_DEFAULT)
}

settings! {
    /// Logs, as far as they are no matter of a single topic.
    LogSettings {
        auto_create_topics_enable: bool = log::AUTO_CREATE_TOPICS_ENABLE,
        cleaner_backoff_ms: i64 = log::LOG_CLEANER_BACKOFF_MS,
        cleaner_dedupe_buffer_size: i64 = log::LOG_CLEANER_DEDUPE_BUFFER_SIZE,
        cleaner_enable: bool = log::LOG_CLEANER_ENABLE,
        cleaner_io_buffer_load_factor: f64 = log::LOG_CLEANER_IO_BUFFER_LOAD_FACTOR,
        cleaner_io_buffer_size: i32 = log::LOG_CLEANER_IO_BUFFER_SIZE,
        cleaner_io_max_bytes_per_second: f64 = log::LOG_CLEANER_IO_MAX_BYTES_PER_SECOND,
        cleaner_threads: i32 = log::LOG_CLEANER_THREADS,
        default_replication_factor: i32 = log::DEFAULT_REPLICATION_FACTOR,
        delete_topic_enable: bool = log::DELETE_TOPIC_ENABLE,
        dir_failure_timeout_ms: i64 = log::LOG_DIR_FAILURE_TIMEOUT_MS,
        flush_offset_checkpoint_interval_ms: i32 = log::LOG_FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS,
        flush_scheduler_interval_ms: i64 = log::LOG_FLUSH_SCHEDULER_INTERVAL_MS,
        flush_start_offset_checkpoint_interval_ms: i32 =
            log::LOG_FLUSH_START_OFFSET_CHECKPOINT_INTERVAL_MS,
        initial_task_delay_ms: i64 = log::LOG_INITIAL_TASK_DELAY_MS,
        num_partitions: i32 = log::NUM_PARTITIONS,
        num_recovery_threads_per_data_dir: i32 = log::NUM_RECOVERY_THREADS_PER_DATA_DIR,
        num_replica_alter_log_dirs_threads: Option<i32> = log::NUM_REPLICA_ALTER_LOG_DIRS_THREADS,
        producer_id_expiration_check_interval_ms: i32 = log::PRODUCER_ID_EXPIRATION_CHECK_INTERVAL_MS,
        producer_id_expiration_ms: i32 = log::PRODUCER_ID_EXPIRATION_MS,
        retention_check_interval_ms: i64 = log::LOG_RETENTION_CHECK_INTERVAL_MS,
    }
}

settings! {
    /// Leaders and followers.
    ReplicationSettings {
        auto_leader_rebalance_enable: bool = replication::AUTO_LEADER_REBALANCE_ENABLE,
        leader_imbalance_check_interval_seconds: i64 =
            replication::LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS,
        num_replica_fetchers: i32 = replication::NUM_REPLICA_FETCHERS,
        replica_fetch_backoff_ms: i32 = replication::REPLICA_FETCH_BACKOFF_MS,
        replica_fetch_max_bytes: i32 = replication::REPLICA_FETCH_MAX_BYTES,
        replica_fetch_min_bytes: i32 = replication::REPLICA_FETCH_MIN_BYTES,
        replica_fetch_response_max_bytes: i32 = replication::REPLICA_FETCH_RESPONSE_MAX_BYTES,
        replica_fetch_wait_max_ms: i32 = replication::REPLICA_FETCH_WAIT_MAX_MS,
        replica_high_watermark_checkpoint_interval_ms: i64 =
            replication::REPLICA_HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS,
        replica_lag_time_max_ms: i64 = replication::REPLICA_LAG_TIME_MAX_MS,
        replica_socket_timeout_ms: i32 = replication::REPLICA_SOCKET_TIMEOUT_MS,
        unclean_leader_election_interval_ms: i64 = replication::UNCLEAN_LEADER_ELECTION_INTERVAL_MS,
    }
}

settings! {
    /// The metadata quorum and this node's place in the cluster.
    QuorumSettings {
        append_linger_ms: i32 = node::CONTROLLER_QUORUM_APPEND_LINGER_MS,
        auto_join_enable: bool = node::CONTROLLER_QUORUM_AUTO_JOIN_ENABLE,
        broker_heartbeat_interval_ms: i32 = node::BROKER_HEARTBEAT_INTERVAL_MS,
        broker_session_timeout_ms: i32 = node::BROKER_SESSION_TIMEOUT_MS,
        controlled_shutdown_enable: bool = node::CONTROLLED_SHUTDOWN_ENABLE,
        election_backoff_max_ms: i32 = node::CONTROLLER_QUORUM_ELECTION_BACKOFF_MAX_MS,
        election_timeout_ms: i32 = node::CONTROLLER_QUORUM_ELECTION_TIMEOUT_MS,
        fetch_max_bytes: i32 = node::CONTROLLER_QUORUM_FETCH_MAX_BYTES,
        fetch_snapshot_max_bytes: i32 = node::CONTROLLER_QUORUM_FETCH_SNAPSHOT_MAX_BYTES,
        fetch_timeout_ms: i32 = node::CONTROLLER_QUORUM_FETCH_TIMEOUT_MS,
        initial_broker_registration_timeout_ms: i32 = node::INITIAL_BROKER_REGISTRATION_TIMEOUT_MS,
        metadata_delete_delay_ms: i64 = node::INTERNAL_METADATA_DELETE_DELAY_MILLIS,
        metadata_max_batch_bytes: i32 = node::INTERNAL_METADATA_MAX_BATCH_SIZE_IN_BYTES,
        metadata_max_idle_interval_ms: i32 = node::METADATA_MAX_IDLE_INTERVAL_MS,
        metadata_max_record_bytes_between_snapshots: i64 =
            node::METADATA_LOG_MAX_RECORD_BYTES_BETWEEN_SNAPSHOTS,
        metadata_max_retention_bytes: i64 = node::METADATA_MAX_RETENTION_BYTES,
        metadata_max_retention_ms: i64 = node::METADATA_MAX_RETENTION_MS,
        metadata_max_snapshot_interval_ms: i64 = node::METADATA_LOG_MAX_SNAPSHOT_INTERVAL_MS,
        metadata_segment_bytes: i32 = node::METADATA_LOG_SEGMENT_BYTES,
        metadata_segment_ms: i64 = node::METADATA_LOG_SEGMENT_MS,
        rack: Option<String> = node::BROKER_RACK,
        request_timeout_ms: i32 = node::CONTROLLER_QUORUM_REQUEST_TIMEOUT_MS,
        retry_backoff_ms: i32 = node::CONTROLLER_QUORUM_RETRY_BACKOFF_MS,
        unstable_api_versions_enable: bool = node::UNSTABLE_API_VERSIONS_ENABLE,
        unstable_feature_versions_enable: bool = node::UNSTABLE_FEATURE_VERSIONS_ENABLE,
    }
}

settings! {
    /// Committed offsets and the groups that commit them.
    GroupSettings {
        /// -1 writes what has come together as soon as the queue is empty.
        append_linger_ms: i32 = groups::GROUP_COORDINATOR_APPEND_LINGER_MS,
        group_initial_rebalance_delay_ms: i32 = groups::GROUP_INITIAL_REBALANCE_DELAY_MS,
        group_max_session_timeout_ms: i32 = groups::GROUP_MAX_SESSION_TIMEOUT_MS,
        group_max_size: i32 = groups::GROUP_MAX_SIZE,
        group_min_session_timeout_ms: i32 = groups::GROUP_MIN_SESSION_TIMEOUT_MS,
        offset_metadata_max_bytes: i32 = groups::OFFSET_METADATA_MAX_BYTES,
        offsets_commit_timeout_ms: i32 = groups::OFFSETS_COMMIT_TIMEOUT_MS,
        offsets_load_buffer_size: i32 = groups::OFFSETS_LOAD_BUFFER_SIZE,
        offsets_retention_check_interval_ms: i64 = groups::OFFSETS_RETENTION_CHECK_INTERVAL_MS,
        offsets_retention_minutes: i32 = groups::OFFSETS_RETENTION_MINUTES,
        offsets_topic_compression_codec: i32 = groups::OFFSETS_TOPIC_COMPRESSION_CODEC,
        offsets_topic_num_partitions: i32 = groups::OFFSETS_TOPIC_NUM_PARTITIONS,
        offsets_topic_replication_factor: i16 = groups::OFFSETS_TOPIC_REPLICATION_FACTOR,
        offsets_topic_segment_bytes: i32 = groups::OFFSETS_TOPIC_SEGMENT_BYTES,
    }
}

settings! {
    /// Share groups, the records that their consumers hold, and the topic of their state. What a
    /// group may set itself is in [`super::GroupConfig`].
    ShareSettings {
        /// As [`GroupSettings::append_linger_ms`].
        append_linger_ms: i32 = groups::SHARE_COORDINATOR_APPEND_LINGER_MS,
        initialize_retry_interval_ms: i32 = groups::GROUP_SHARE_INITIALIZE_RETRY_INTERVAL_MS,
        load_buffer_size: i32 = groups::SHARE_COORDINATOR_LOAD_BUFFER_SIZE,
        max_share_sessions: i32 = groups::GROUP_SHARE_MAX_SHARE_SESSIONS,
        max_size: i32 = groups::GROUP_SHARE_MAX_SIZE,
        /// Without a name the state is not kept.
        persister_class_name: String = groups::GROUP_SHARE_PERSISTER_CLASS_NAME,
        cold_partition_snapshot_interval_ms: i32 =
            groups::SHARE_COORDINATOR_COLD_PARTITION_SNAPSHOT_INTERVAL_MS,
        snapshot_update_records_per_snapshot: i32 =
            groups::SHARE_COORDINATOR_SNAPSHOT_UPDATE_RECORDS_PER_SNAPSHOT,
        state_topic_compression_codec: i32 = groups::SHARE_COORDINATOR_STATE_TOPIC_COMPRESSION_CODEC,
        state_topic_min_isr: i16 = groups::SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR,
        state_topic_num_partitions: i32 = groups::SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS,
        state_topic_prune_interval_ms: i32 = groups::SHARE_COORDINATOR_STATE_TOPIC_PRUNE_INTERVAL_MS,
        state_topic_replication_factor: i16 =
            groups::SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR,
        state_topic_segment_bytes: i32 = groups::SHARE_COORDINATOR_STATE_TOPIC_SEGMENT_BYTES,
        write_timeout_ms: i32 = groups::SHARE_COORDINATOR_WRITE_TIMEOUT_MS,
    }
}

settings! {
    /// Consumer groups (KIP-848), as far as a group does not say otherwise itself.
    ConsumerGroupSettings {
        assignment_interval_ms: i32 = groups::GROUP_CONSUMER_ASSIGNMENT_INTERVAL_MS,
        /// Names or Java classes; the first one is the default.
        assignors: Vec<String> = groups::GROUP_CONSUMER_ASSIGNORS,
        heartbeat_interval_ms: i32 = groups::GROUP_CONSUMER_HEARTBEAT_INTERVAL_MS,
        max_size: i32 = groups::GROUP_CONSUMER_MAX_SIZE,
        /// `bidirectional`, `upgrade`, `downgrade` or `disabled`, in any case.
        migration_policy: String = groups::GROUP_CONSUMER_MIGRATION_POLICY,
        rebalance_protocols: Vec<String> = groups::GROUP_COORDINATOR_REBALANCE_PROTOCOLS,
        regex_refresh_interval_ms: i32 = groups::GROUP_CONSUMER_REGEX_REFRESH_INTERVAL_MS,
        session_timeout_ms: i32 = groups::GROUP_CONSUMER_SESSION_TIMEOUT_MS,
    }
}

settings! {
    /// Streams groups (KIP-1071), as far as it is the same for all of them; what a group may set itself
    /// is in [`super::GroupConfig`].
    StreamsGroupSettings {
        max_size: i32 = groups::GROUP_STREAMS_MAX_SIZE,
    }
}

settings! {
    /// Transactions and their topic.
    TransactionSettings {
        abort_timed_out_cleanup_interval_ms: i32 =
            transactions::TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS,
        add_partitions_retry_backoff_max_ms: i32 =
            transactions::ADD_PARTITIONS_TO_TXN_RETRY_BACKOFF_MAX_MS,
        add_partitions_retry_backoff_ms: i32 = transactions::ADD_PARTITIONS_TO_TXN_RETRY_BACKOFF_MS,
        max_timeout_ms: i32 = transactions::TRANSACTION_MAX_TIMEOUT_MS,
        partition_verification_enable: bool =
            transactions::TRANSACTION_PARTITION_VERIFICATION_ENABLE,
        remove_expired_cleanup_interval_ms: i32 =
            transactions::TRANSACTION_REMOVE_EXPIRED_TRANSACTION_CLEANUP_INTERVAL_MS,
        state_log_load_buffer_size: i32 = transactions::TRANSACTION_STATE_LOG_LOAD_BUFFER_SIZE,
        state_log_min_isr: i32 = transactions::TRANSACTION_STATE_LOG_MIN_ISR,
        state_log_num_partitions: i32 = transactions::TRANSACTION_STATE_LOG_NUM_PARTITIONS,
        state_log_replication_factor: i16 = transactions::TRANSACTION_STATE_LOG_REPLICATION_FACTOR,
        state_log_segment_bytes: i32 = transactions::TRANSACTION_STATE_LOG_SEGMENT_BYTES,
        transactional_id_expiration_ms: i32 = transactions::TRANSACTIONAL_ID_EXPIRATION_MS,
        two_phase_commit_enable: bool = transactions::TRANSACTION_TWO_PHASE_COMMIT_ENABLE,
    }
}

settings! {
    /// Windows of quotas, and metrics.
    QuotaSettings {
        metrics_num_samples: i32 = quotas::METRICS_NUM_SAMPLES,
        metrics_sample_window_ms: i64 = quotas::METRICS_SAMPLE_WINDOW_MS,
        quota_window_num: i32 = quotas::QUOTA_WINDOW_NUM,
        quota_window_size_seconds: i32 = quotas::QUOTA_WINDOW_SIZE_SECONDS,
        replica_alter_log_dirs_io_max_bytes_per_second: i64 =
            quotas::REPLICA_ALTER_LOG_DIRS_IO_MAX_BYTES_PER_SECOND,
        telemetry_max_bytes: i32 = quotas::TELEMETRY_MAX_BYTES,
    }
}
