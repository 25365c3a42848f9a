//! Transactions and the producers that run them.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    TRANSACTIONS: Broker;

    /// How many partitions hold the state of transactions.
    TRANSACTION_STATE_LOG_NUM_PARTITIONS = Key::int("transaction.state.log.num.partitions", "50")
        .at_least(1).high().since("0.11");
    /// How many replicas the topic of transaction state has.
    TRANSACTION_STATE_LOG_REPLICATION_FACTOR =
        Key::short("transaction.state.log.replication.factor", "3").at_least(1).high()
        .since("0.11");
    /// How many replicas of that topic must be in sync for a write.
    TRANSACTION_STATE_LOG_MIN_ISR = Key::int("transaction.state.log.min.isr", "2").at_least(1)
        .high().since("0.11");
    /// The segment size of the topic of transaction state.
    TRANSACTION_STATE_LOG_SEGMENT_BYTES =
        Key::int("transaction.state.log.segment.bytes", "104857600").at_least(1).bytes().high()
        .since("0.11");
    /// How many bytes are read at once when a coordinator loads its transactions.
    TRANSACTION_STATE_LOG_LOAD_BUFFER_SIZE =
        Key::int("transaction.state.log.load.buffer.size", "5242880").at_least(1).bytes().high()
        .since("0.11");
    /// The longest timeout that a transactional producer may ask for.
    TRANSACTION_MAX_TIMEOUT_MS = Key::int("transaction.max.timeout.ms", "900000").at_least(1).ms()
        .high().since("0.11");
    /// How long a transactional id without a transaction is remembered.
    TRANSACTIONAL_ID_EXPIRATION_MS = Key::int("transactional.id.expiration.ms", "604800000")
        .at_least(1).ms().high().since("0.11");
    /// How often the coordinator looks for transactions to abort.
    TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS =
        Key::int("transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000")
        .at_least(1).ms().low().since("0.11");
    /// How often the coordinator looks for transactional ids to forget.
    TRANSACTION_REMOVE_EXPIRED_TRANSACTION_CLEANUP_INTERVAL_MS =
        Key::int("transaction.remove.expired.transaction.cleanup.interval.ms", "3600000")
        .at_least(1).ms().low().since("0.11");
    /// Ask the coordinator whether a partition is in the transaction before a write is accepted.
    TRANSACTION_PARTITION_VERIFICATION_ENABLE =
        Key::boolean("transaction.partition.verification.enable", "true").low().cluster_wide()
        .since("3.6");
    /// Allow transactions that somebody outside Kafka commits.
    TRANSACTION_TWO_PHASE_COMMIT_ENABLE =
        Key::boolean("transaction.two.phase.commit.enable", "false").low().since("4.1");
    /// The pause before a broker tries again to add a partition to a transaction.
    ADD_PARTITIONS_TO_TXN_RETRY_BACKOFF_MS =
        Key::int("add.partitions.to.txn.retry.backoff.ms", "20").at_least(1).ms().high()
        .since("4.0");
    /// How long the broker keeps trying.
    ADD_PARTITIONS_TO_TXN_RETRY_BACKOFF_MAX_MS =
        Key::int("add.partitions.to.txn.retry.backoff.max.ms", "100").at_least(0).ms().high()
        .since("4.0");
}
