//! The client's configuration: Kafka's key names, Kafka's defaults (kafka-clients 4.3), each key
//! declared once with its range. Code holds the typed value; a text arrives through `set`.

use std::fmt;
use std::time::Duration;

use records::Codec;

use crate::error::{Error, Result};

/// A type that a key can have: how a text becomes a value, and what the rule says when it does
/// not.
trait Value: Sized {
    const RULE: &'static str;
    fn parse(text: &str) -> Option<Self>;

    /// The value as a number, for keys with a range; milliseconds for durations.
    fn number(&self) -> Option<i64> {
        None
    }
}

impl Value for Duration {
    const RULE: &'static str = "a whole number of milliseconds, 0 or more";

    fn parse(text: &str) -> Option<Duration> {
        text.parse().ok().map(Duration::from_millis)
    }

    fn number(&self) -> Option<i64> {
        i64::try_from(self.as_millis()).ok()
    }
}

impl Value for i32 {
    const RULE: &'static str = "a whole number";

    fn parse(text: &str) -> Option<i32> {
        text.parse().ok()
    }

    fn number(&self) -> Option<i64> {
        Some(i64::from(*self))
    }
}

impl Value for usize {
    const RULE: &'static str = "a whole number, 0 or more";

    fn parse(text: &str) -> Option<usize> {
        text.parse().ok()
    }

    fn number(&self) -> Option<i64> {
        i64::try_from(*self).ok()
    }
}

impl Value for bool {
    const RULE: &'static str = "`true` or `false`";

    fn parse(text: &str) -> Option<bool> {
        text.parse().ok()
    }
}

impl Value for String {
    const RULE: &'static str = "a text";

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}

/// A text that is one of a few words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $rule:literal { $($(#[$word_doc:meta])* $variant:ident = $($word:literal)|+,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$word_doc])* $variant,)*
        }

        impl Value for $name {
            const RULE: &'static str = $rule;

            fn parse(text: &str) -> Option<$name> {
                match text {
                    $($($word)|+ => Some($name::$variant),)*
                    _ => None,
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> std::result::Result<$name, String> {
                $name::parse(text).ok_or_else(|| format!("must be {}, got `{text}`", $rule))
            }
        }
    };
}

words! {
    /// How many replicas must have a record before the broker acknowledges it.
    Acks, "`all`, `1` or `0`" {
        /// Every replica that is in sync.
        All = "all" | "-1",
        /// The leader alone: lost if it dies before a follower has fetched.
        Leader = "1",
        /// None: the broker does not answer, and neither offsets nor errors are known.
        None = "0",
    }
}

impl Value for Codec {
    const RULE: &'static str = "`none`, `gzip`, `snappy`, `lz4` or `zstd`";

    fn parse(text: &str) -> Option<Codec> {
        Codec::from_name(text)
    }
}

words! {
    /// Where a consumer starts that has no offset, or one that the log does not hold.
    OffsetReset, "`earliest`, `latest` or `none`" {
        Earliest = "earliest",
        Latest = "latest",
        /// Say so instead: OFFSET_OUT_OF_RANGE.
        None = "none",
    }
}

words! {
    /// Which records of transactions a consumer sees.
    Isolation, "`read_uncommitted` or `read_committed`" {
        ReadUncommitted = "read_uncommitted",
        /// Only records of transactions that committed, up to the last stable offset.
        ReadCommitted = "read_committed",
    }
}

words! {
    /// Which protocol a group of consumers speaks.
    GroupProtocol, "`classic` or `consumer`" {
        /// The members assign partitions among themselves.
        Classic = "classic",
        /// The broker assigns them (KIP-848).
        Consumer = "consumer",
    }
}

words! {
    /// How the leader of a classic group divides the partitions.
    Assignor, "`range`, `roundrobin` or `cooperative-sticky`" {
        /// Of each topic a run of partitions to each member.
        Range = "range" | "org.apache.kafka.clients.consumer.RangeAssignor",
        /// All partitions dealt out in turn.
        RoundRobin = "roundrobin" | "org.apache.kafka.clients.consumer.RoundRobinAssignor",
        /// Evenly and with as few moves as possible; nobody stops for a partition that stays
        /// (KIP-429).
        CooperativeSticky =
            "cooperative-sticky" | "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
    }
}

impl Assignor {
    /// As members and brokers name it.
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::CooperativeSticky => "cooperative-sticky",
        }
    }
}

impl Value for Vec<Assignor> {
    const RULE: &'static str =
        "a list of `range`, `roundrobin` and `cooperative-sticky`, separated by commas";

    fn parse(text: &str) -> Option<Vec<Assignor>> {
        let all: Option<Vec<Assignor>> =
            text.split(',').map(|word| Assignor::parse(word.trim())).collect();
        all.filter(|all| !all.is_empty())
    }
}

impl Acks {
    pub(crate) fn code(self) -> i16 {
        match self {
            Acks::All => -1,
            Acks::Leader => 1,
            Acks::None => 0,
        }
    }
}

fn parsed<V: Value>(key: &str, text: &str, range: Option<(i64, i64)>) -> Result<V> {
    let fail =
        |rule: &dyn fmt::Display| Error::invalid(format!("`{key}` must be {rule}, got `{text}`"));
    let value = V::parse(text.trim()).ok_or_else(|| fail(&V::RULE))?;
    if let (Some((least, most)), Some(number)) = (range, value.number())
        && !(least..=most).contains(&number)
    {
        let rule = match most {
            i64::MAX => format!("{least} or more"),
            _ => format!("between {least} and {most}"),
        };
        return Err(fail(&rule));
    }
    Ok(value)
}

macro_rules! keys {
    (
        $(#[$doc:meta])*
        $config:ident $(extends $parent:ident: $parent_config:ident)? {
            $($(#[$key_doc:meta])* $key:literal $field:ident: $kind:ty = $default:expr $(, in $least:literal..=$most:expr)?;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $config {
            $(
                /// What every client has.
                pub $parent: $parent_config,
            )?
            $(
                $(#[$key_doc])*
                #[doc = concat!("(`", $key, "`)")]
                pub $field: $kind,
            )*
        }

        impl Default for $config {
            fn default() -> $config {
                $config {
                    $($parent: $parent_config::default(),)?
                    $($field: $default,)*
                }
            }
        }

        impl $config {
            /// The keys declared here, in Kafka's spelling.
            pub const KEYS: &'static [&'static str] = &[$($key,)*];

            /// Sets `key` from a text as it stands in a properties file.
            ///
            /// # Errors
            /// [`Error::Invalid`]: the key is unknown, or the text breaks the key's rule.
            pub fn set(&mut self, key: &str, text: &str) -> Result<()> {
                if self.set_known(key, text)? { Ok(()) } else { Err(unknown(key, &Self::all_keys())) }
            }

            /// Whether the key is known; a known key has been set.
            pub(crate) fn set_known(&mut self, key: &str, text: &str) -> Result<bool> {
                match key {
                    $($key => self.$field = parsed(key, text, None$(.or(Some(($least, $most))))?)?,)*
                    _ => {
                        $(return self.$parent.set_known(key, text);)?
                        #[allow(unreachable_code)]
                        return Ok(false);
                    }
                }
                Ok(true)
            }

            fn all_keys() -> Vec<&'static str> {
                #[allow(unused_mut)]
                let mut keys = Self::KEYS.to_vec();
                $(keys.extend_from_slice($parent_config::KEYS);)?
                keys
            }
        }
    };
}

const MAX: i64 = i64::MAX;
const MAX_I32: i64 = i32::MAX as i64;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

keys! {
    /// What every client has.
    ClientConfig {
        /// Where to ask for the cluster's brokers: `host:port`, several separated by commas.
        "bootstrap.servers" bootstrap_servers: String = "localhost:9092".to_owned();
        /// The name that the broker's logs, quotas and metrics show.
        "client.id" client_id: String = "vltava".to_owned();
        /// How long a broker may take to answer.
        "request.timeout.ms" request_timeout: Duration = ms(30_000), in 1..=MAX_I32;
        /// The first wait before a request is tried again; doubles.
        "retry.backoff.ms" retry_backoff: Duration = ms(100), in 0..=MAX_I32;
        /// The longest such wait.
        "retry.backoff.max.ms" retry_backoff_max: Duration = ms(1_000), in 0..=MAX_I32;
        /// The first wait before a lost connection is opened again; doubles.
        "reconnect.backoff.ms" reconnect_backoff: Duration = ms(50), in 0..=MAX_I32;
        /// The longest such wait.
        "reconnect.backoff.max.ms" reconnect_backoff_max: Duration = ms(1_000), in 0..=MAX_I32;
        /// How long a connection may take to be made.
        "socket.connection.setup.timeout.ms" connection_setup_timeout: Duration = ms(10_000), in 1..=MAX_I32;
        /// The age at which metadata is asked for again.
        "metadata.max.age.ms" metadata_max_age: Duration = ms(300_000), in 0..=MAX_I32;
        /// How long a call may take with all its retries.
        "default.api.timeout.ms" api_timeout: Duration = ms(60_000), in 1..=MAX_I32;
    }
}

keys! {
    /// A producer's configuration.
    ProducerConfig extends client: ClientConfig {
        /// Who must have a record before it counts as delivered.
        "acks" acks: Acks = Acks::All;
        /// Numbers the batches, so that a retry is never appended twice nor out of order. Needs
        /// `acks=all`.
        "enable.idempotence" idempotence: bool = true;
        /// How long a batch waits for more records.
        "linger.ms" linger: Duration = ms(5), in 0..=MAX_I32;
        /// The bytes of records at which a batch is full.
        "batch.size" batch_size: usize = 16_384, in 0..=MAX_I32;
        /// The bytes of records that may wait for delivery; `send` waits above it.
        "buffer.memory" buffer_memory: usize = 32 << 20, in 1..=MAX;
        /// How long `send` may wait for metadata or memory.
        "max.block.ms" max_block: Duration = ms(60_000), in 0..=MAX;
        /// The largest record and the largest request.
        "max.request.size" max_request_size: usize = 1 << 20, in 1..=MAX_I32;
        /// Requests that may be under way on one connection. At most 5 with idempotence.
        "max.in.flight.requests.per.connection" max_in_flight: usize = 5, in 1..=MAX_I32;
        /// How long a record may take from `send` to its acknowledgement, retries included.
        "delivery.timeout.ms" delivery_timeout: Duration = ms(120_000), in 0..=MAX_I32;
        /// How often a batch is sent again after a passing error.
        "retries" retries: i32 = i32::MAX, in 0..=MAX_I32;
        /// How batches are compressed.
        "compression.type" compression: Codec = Codec::None;
    }
}

keys! {
    /// A consumer's configuration.
    ConsumerConfig extends client: ClientConfig {
        /// The group that shares the work, and whose offsets are committed; empty: none.
        "group.id" group_id: String = String::new();
        /// Names this member across restarts: it gets its partitions back if it returns within
        /// `session.timeout.ms` (KIP-345). Empty: it is another member each time.
        "group.instance.id" group_instance_id: String = String::new();
        /// Who assigns partitions to the members of the group.
        "group.protocol" group_protocol: GroupProtocol = GroupProtocol::Classic;
        /// How the broker divides partitions under `group.protocol=consumer`; empty lets it choose.
        "group.remote.assignor" remote_assignor: String = String::new();
        /// How the members divide them under `group.protocol=classic`; the group uses one that all
        /// its members know.
        "partition.assignment.strategy" assignors: Vec<Assignor> =
            vec![Assignor::Range, Assignor::CooperativeSticky];
        /// How long the group waits for a sign of life (`group.protocol=classic`).
        "session.timeout.ms" session_timeout: Duration = ms(45_000), in 1..=MAX_I32;
        /// How often a member gives one (`group.protocol=classic`).
        "heartbeat.interval.ms" heartbeat_interval: Duration = ms(3_000), in 1..=MAX_I32;
        /// How long the caller may take between two polls before it leaves the group.
        "max.poll.interval.ms" max_poll_interval: Duration = ms(300_000), in 1..=MAX_I32;
        /// Whether what was handed out is committed from time to time.
        "enable.auto.commit" auto_commit: bool = true;
        /// How often.
        "auto.commit.interval.ms" auto_commit_interval: Duration = ms(5_000), in 0..=MAX_I32;
        /// Where to start without an offset.
        "auto.offset.reset" offset_reset: OffsetReset = OffsetReset::Latest;
        /// Which records of transactions are returned.
        "isolation.level" isolation: Isolation = Isolation::ReadUncommitted;
        /// The broker answers once it has this many bytes ...
        "fetch.min.bytes" fetch_min_bytes: i32 = 1, in 0..=MAX_I32;
        /// ... or after this long.
        "fetch.max.wait.ms" fetch_max_wait: Duration = ms(500), in 0..=MAX_I32;
        /// The most bytes of one answer; a single larger batch still comes whole.
        "fetch.max.bytes" fetch_max_bytes: i32 = 50 << 20, in 0..=MAX_I32;
        /// The most bytes of one partition in an answer, likewise.
        "max.partition.fetch.bytes" partition_max_bytes: i32 = 1 << 20, in 0..=MAX_I32;
        /// The most records that one `poll` returns.
        "max.poll.records" max_poll_records: usize = 500, in 1..=MAX_I32;
        /// Whether each batch's checksum is computed and compared.
        "check.crcs" check_crcs: bool = true;
        /// Names the rack this client stands in, for those who divide a group's partitions. Records
        /// are read from leaders.
        "client.rack" rack: String = String::new();
        /// Whether asking for a topic that does not exist may create it.
        "allow.auto.create.topics" allow_auto_create: bool = true;
    }
}

impl ProducerConfig {
    /// Checks what one key alone cannot show.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the two keys that contradict each other.
    pub(crate) fn check(&self) -> Result<()> {
        if self.idempotence && self.acks != Acks::All {
            return Err(Error::invalid(
                "`acks` must be `all` while `enable.idempotence` is true; set `enable.idempotence=false` to use fewer",
            ));
        }
        if self.idempotence && self.max_in_flight > 5 {
            return Err(Error::invalid(format!(
                "`max.in.flight.requests.per.connection` must be at most 5 while `enable.idempotence` is true, got {}",
                self.max_in_flight
            )));
        }
        if self.delivery_timeout < self.linger + self.client.request_timeout {
            return Err(Error::invalid(format!(
                "`delivery.timeout.ms` must be at least `linger.ms` + `request.timeout.ms` = {}, got {}",
                (self.linger + self.client.request_timeout).as_millis(),
                self.delivery_timeout.as_millis()
            )));
        }
        Ok(())
    }
}

fn unknown(key: &str, known: &[&str]) -> Error {
    let nearest = known.iter().min_by_key(|name| distance(key, name));
    match nearest {
        Some(name) if distance(key, name) <= key.len() / 3 => {
            Error::invalid(format!("`{key}` is not a key of this client; did you mean `{name}`?"))
        }
        _ => Error::invalid(format!(
            "`{key}` is not a key of this client; it knows {}",
            known.join(", ")
        )),
    }
}

/// The number of letters to insert, delete or replace to turn one text into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

/// Where a broker listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Reads `host:port,host:port`; an IPv6 address stands in brackets.
///
/// # Errors
/// [`Error::Invalid`] quotes the part that is not an address.
pub fn parse_addresses(text: &str) -> Result<Vec<Address>> {
    let addresses: Vec<Address> = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(parse_address)
        .collect::<Result<_>>()?;
    if addresses.is_empty() {
        return Err(Error::invalid(
            "`bootstrap.servers` must name at least one broker as `host:port`, got nothing",
        ));
    }
    Ok(addresses)
}

fn parse_address(text: &str) -> Result<Address> {
    let invalid = || {
        Error::invalid(format!(
            "a broker is given as `host:port`, for instance `localhost:9092`, got `{text}`"
        ))
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(invalid)?;
    let port = port.parse().map_err(|_| invalid())?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(host) => Ok(Address { host: host.to_owned(), port }),
        None if host.is_empty() || host.contains(':') => Err(invalid()),
        None => Ok(Address { host: host.to_owned(), port }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(result: Result<()>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_text_becomes_a_typed_value_and_reaches_the_keys_of_every_client() {
        let mut config = ProducerConfig::default();
        config.set("linger.ms", "20").unwrap();
        config.set("acks", "-1").unwrap();
        config.set("compression.type", "zstd").unwrap();
        config.set("client.id", "till").unwrap();
        assert_eq!(config.linger, Duration::from_millis(20));
        assert_eq!(config.acks, Acks::All);
        assert_eq!(config.compression, Codec::Zstd);
        assert_eq!(config.client.client_id, "till");
    }

    #[test]
    fn a_wrong_value_is_answered_with_the_rule() {
        let mut config = ProducerConfig::default();
        assert_eq!(
            refusal(config.set("linger.ms", "-5")),
            "`linger.ms` must be a whole number of milliseconds, 0 or more, got `-5`"
        );
        assert_eq!(
            refusal(config.set("request.timeout.ms", "0")),
            "`request.timeout.ms` must be between 1 and 2147483647, got `0`"
        );
        assert_eq!(
            refusal(config.set("acks", "two")),
            "`acks` must be `all`, `1` or `0`, got `two`"
        );
    }

    #[test]
    fn an_unknown_key_is_answered_with_the_nearest_known_one() {
        let mut config = ConsumerConfig::default();
        assert_eq!(
            refusal(config.set("isolation.levels", "x")),
            "`isolation.levels` is not a key of this client; did you mean `isolation.level`?"
        );
        assert!(refusal(config.set("zzz", "x")).contains("it knows group.id, "));
    }

    #[test]
    fn keys_that_contradict_each_other_are_both_named() {
        let config = ProducerConfig { acks: Acks::Leader, ..ProducerConfig::default() };
        let text = refusal(config.check());
        assert!(text.contains("`acks`") && text.contains("`enable.idempotence`"), "{text}");
        assert!(ProducerConfig::default().check().is_ok());
    }

    #[test]
    fn addresses_are_hosts_with_ports() {
        let address = |host: &str, port| Address { host: host.into(), port };
        assert_eq!(
            parse_addresses("a:1, b.example.com:9092,[::1]:7").unwrap(),
            [address("a", 1), address("b.example.com", 9092), address("::1", 7)]
        );
        assert_eq!(address("::1", 7).to_string(), "[::1]:7");
        for wrong in ["", "a", "a:", ":1", "a:70000", "::1:7"] {
            assert!(parse_addresses(wrong).is_err(), "{wrong}");
        }
    }
}
