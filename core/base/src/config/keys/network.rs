//! Listeners, connections and requests.

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    NETWORK: Broker;

    /// Where the node accepts connections, as `NAME://host:port`; without a host on every address.
    LISTENERS = Key::list("listeners", "PLAINTEXT://:9092").rule(Rule::DistinctSome).high()
        .per_broker().concerns(Concern::Security).since("0.9");
    /// The addresses that clients are told to connect to; by default those of `listeners`.
    ADVERTISED_LISTENERS = Key::unset("advertised.listeners", Kind::List).rule(Rule::DistinctSome)
        .high().since("0.9");
    /// Which security protocol each listener name stands for.
    LISTENER_SECURITY_PROTOCOL_MAP =
        Key::string("listener.security.protocol.map", "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT")
        .low().per_broker().concerns(Concern::Security).since("0.10.2");
    /// The listener that brokers use among themselves.
    INTER_BROKER_LISTENER_NAME = Key::unset("inter.broker.listener.name", Kind::String)
        .since("0.10.2");
    /// The security protocol that brokers use among themselves where no listener is named for that.
    SECURITY_INTER_BROKER_PROTOCOL = Key::string("security.inter.broker.protocol", "PLAINTEXT")
        .one_of(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]).concerns(Concern::Security)
        .since("0.9");
    /// How many threads Apache Kafka uses to read requests and write responses on each listener.
    NUM_NETWORK_THREADS = Key::int("num.network.threads", "3").at_least(1).high().cluster_wide()
        .since("0.8");
    /// How many threads Apache Kafka uses to work on requests, disk included.
    NUM_IO_THREADS = Key::int("num.io.threads", "8").at_least(1).high().cluster_wide().since("0.8");
    /// How many threads Apache Kafka uses for housekeeping.
    BACKGROUND_THREADS = Key::int("background.threads", "10").at_least(1).high().cluster_wide()
        .since("0.8.1");
    /// How many requests may wait before no more are read from the sockets.
    QUEUED_MAX_REQUESTS = Key::int("queued.max.requests", "500").at_least(1).high().since("0.8");
    /// How many bytes of requests may wait before no more are read from the sockets; -1 sets no
    /// limit.
    QUEUED_MAX_REQUEST_BYTES = Key::long("queued.max.request.bytes", "-1").bytes().since("1.0");
    /// How long the node waits for an answer to a request that it sends itself.
    REQUEST_TIMEOUT_MS = Key::int("request.timeout.ms", "30000").ms().high().since("0.8");
    /// The send buffer of a connection's socket; -1 and the default leave it to the operating
    /// system, which adapts it.
    SOCKET_SEND_BUFFER_BYTES = Key::int("socket.send.buffer.bytes", "102400").bytes().high()
        .since("0.8");
    /// The receive buffer of a connection's socket; -1 and the default leave it to the operating
    /// system, which adapts it.
    SOCKET_RECEIVE_BUFFER_BYTES = Key::int("socket.receive.buffer.bytes", "102400").bytes().high()
        .since("0.8");
    /// The largest request that is accepted.
    SOCKET_REQUEST_MAX_BYTES = Key::int("socket.request.max.bytes", "104857600").at_least(1)
        .bytes().high().since("0.8");
    /// How many connections may wait to be accepted; Vltava never lets fewer than 1,024 wait.
    SOCKET_LISTEN_BACKLOG_SIZE = Key::int("socket.listen.backlog.size", "50").at_least(1)
        .since("2.7");
    /// How long the first attempt of a connection to another node may take.
    SOCKET_CONNECTION_SETUP_TIMEOUT_MS = Key::long("socket.connection.setup.timeout.ms", "10000")
        .ms().since("2.7");
    /// The longest such attempt after repeated failures have made it longer.
    SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS =
        Key::long("socket.connection.setup.timeout.max.ms", "30000").ms().since("2.7");
    /// A connection without traffic for this long is closed.
    CONNECTIONS_MAX_IDLE_MS = Key::long("connections.max.idle.ms", "600000").ms().since("0.8.2");
    /// How long an authentication lasts before the client has to renew it; 0 for ever.
    CONNECTIONS_MAX_REAUTH_MS = Key::long("connections.max.reauth.ms", "0").ms()
        .concerns(Concern::Security).since("2.2");
    /// How long the answer to a failed authentication is held back.
    CONNECTION_FAILED_AUTHENTICATION_DELAY_MS =
        Key::int("connection.failed.authentication.delay.ms", "100").at_least(0).ms().low()
        .since("2.1");
    /// How many connections the node accepts in all; those of other brokers are let in first.
    MAX_CONNECTIONS = Key::int("max.connections", "2147483647").at_least(0).cluster_wide()
        .since("2.3");
    /// How many connections one address may hold.
    MAX_CONNECTIONS_PER_IP = Key::int("max.connections.per.ip", "2147483647").at_least(0)
        .cluster_wide().since("0.8.2");
    /// Limits for single hosts in place of `max.connections.per.ip`, as `host:count` pairs.
    MAX_CONNECTIONS_PER_IP_OVERRIDES = Key::string("max.connections.per.ip.overrides", "")
        .cluster_wide().since("0.8.2");
    /// How many connections are accepted per second.
    MAX_CONNECTION_CREATION_RATE = Key::int("max.connection.creation.rate", "2147483647")
        .at_least(0).cluster_wide().since("2.7");
    /// The most bytes that one fetch returns.
    FETCH_MAX_BYTES = Key::int("fetch.max.bytes", "57671680").at_least(1024).bytes()
        .since("0.10.1");
    /// How many fetch sessions the broker remembers.
    MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS =
        Key::int("max.incremental.fetch.session.cache.slots", "1000").at_least(0).since("1.1");
    /// The most partitions that one answer describes before the client has to ask for the next
    /// page.
    MAX_REQUEST_PARTITION_SIZE_LIMIT = Key::int("max.request.partition.size.limit", "2000")
        .at_least(1).since("3.8");
}
