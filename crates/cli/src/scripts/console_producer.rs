//! `kafka-console-producer.sh`: each line of standard input becomes a record.

use std::io::{IsTerminal, Write};

use bytes::Bytes;
use client::config::{Acks, ProducerConfig};
use client::producer::Delivery;
use client::{Producer, ProducerRecord};

use super::options::{Options, Takes, Tool};
use super::{Ended, Ending, messages, properties};
use crate::commands::read_lines;
use crate::output::print_line;

const PROPERTIES: &str = "Properties of the reader as key=value: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, null.marker, ignore.error.";

const TOOL: Tool = Tool {
    about: "This tool helps to read data from standard input and publish it to Kafka.",
    specs: &[
        ("topic", Takes::Value("String: topic"), "REQUIRED: The topic to send to."),
        (
            "bootstrap-server",
            Takes::Value("String: server to connect to"),
            "REQUIRED: The brokers to ask.",
        ),
        (
            "broker-list",
            Takes::Value("String: broker-list"),
            "What --bootstrap-server was called before 4.0.",
        ),
        ("sync", Takes::Nothing, "Wait for each record before the next one is sent."),
        (
            "compression-codec",
            Takes::Maybe("String: compression-codec"),
            "none, gzip, snappy, lz4 or zstd; gzip without a value.",
        ),
        ("batch-size", Takes::Value("Integer: size"), "The bytes of a batch."),
        ("message-send-max-retries", Takes::Value("Integer"), "How often a batch is sent again."),
        ("retry-backoff-ms", Takes::Value("Long"), "The wait before it is."),
        ("timeout", Takes::Value("Long: timeout_ms"), "How long a batch waits for more records."),
        (
            "request-required-acks",
            Takes::Value("String: request required acks"),
            "Who must have a record: all (or -1), 1 or 0.",
        ),
        (
            "request-timeout-ms",
            Takes::Value("Integer: request timeout ms"),
            "How long a broker may take to answer.",
        ),
        (
            "metadata-expiry-ms",
            Takes::Value("Long: metadata expiration interval"),
            "The age at which metadata is asked for again.",
        ),
        (
            "max-block-ms",
            Takes::Value("Long: max block on send"),
            "How long sending may wait for metadata or memory.",
        ),
        (
            "max-memory-bytes",
            Takes::Value("Long: total memory in bytes"),
            "The bytes of records that may wait.",
        ),
        (
            "max-partition-memory-bytes",
            Takes::Value("Integer: memory in bytes per partition"),
            "(Deprecated) As --batch-size.",
        ),
        ("line-reader", Takes::Value("String: reader_class"), "The class that reads lines."),
        ("socket-buffer-size", Takes::Value("Integer: size"), "The size of the socket's buffer."),
        ("property", Takes::Values("String: prop"), "(DEPRECATED) As --reader-property."),
        ("reader-property", Takes::Values("String: prop"), PROPERTIES),
        (
            "reader-config",
            Takes::Value("String: config file"),
            "A file of properties for the reader.",
        ),
        (
            "producer-property",
            Takes::Values("String: producer_prop"),
            "(DEPRECATED) As --command-property.",
        ),
        (
            "command-property",
            Takes::Values("String: producer_prop"),
            "A property of the producer as key=value.",
        ),
        (
            "producer.config",
            Takes::Value("String: config file"),
            "(DEPRECATED) As --command-config.",
        ),
        (
            "command-config",
            Takes::Value("String: config file"),
            "A file of properties for the producer.",
        ),
    ],
};

/// Options that set a key of the producer.
const KEYS: [(&str, &str); 9] = [
    ("timeout", "linger.ms"),
    ("request-required-acks", "acks"),
    ("request-timeout-ms", "request.timeout.ms"),
    ("message-send-max-retries", "retries"),
    ("retry-backoff-ms", "retry.backoff.ms"),
    ("max-memory-bytes", "buffer.memory"),
    ("batch-size", "batch.size"),
    ("metadata-expiry-ms", "metadata.max.age.ms"),
    ("max-block-ms", "max.block.ms"),
];

/// The newer and the older names of what can be given once only.
const RENAMED: [(&str, &str); 3] = [
    ("command-config", "producer.config"),
    ("command-property", "producer-property"),
    ("reader-property", "property"),
];

const READERS: [&str; 2] =
    ["org.apache.kafka.tools.LineMessageReader", "kafka.tools.ConsoleProducer$LineMessageReader"];

pub async fn run(arguments: &[String]) -> Ended {
    let options = TOOL.parse(arguments)?;
    options.require(&["topic"])?;
    for (new, old) in RENAMED {
        if options.has(new) && options.has(old) {
            return Err(options
                .usage(&format!("Options --{new} and --{old} cannot be specified together.")));
        }
    }
    for (new, old) in RENAMED {
        if options.has(old) {
            print_line(&format!(
                "Warning: --{old} is deprecated and will be removed in a future version. Use --{new} instead."
            ))?;
        }
    }
    let bootstrap = match options.value("bootstrap-server").or(options.value("broker-list")) {
        Some(bootstrap) => bootstrap.to_owned(),
        None => return Err(options.usage("Missing required argument \"[bootstrap-server]\"")),
    };
    properties::check_addresses(&options, &bootstrap)?;
    let reader = Reader::new(&options)?;
    let producer = Producer::connect(config(&options, bootstrap)?).await?;
    let sent = send_lines(&options, &reader, &producer).await;
    producer.close().await;
    sent
}

/// The value of an option under its newer name, else under its older one.
fn renamed(options: &Options, new: &'static str) -> &'static str {
    let old = RENAMED.iter().find(|(known, _)| *known == new).map_or(new, |(_, old)| old);
    if options.has(old) { old } else { new }
}

fn config(options: &Options, bootstrap: String) -> Result<ProducerConfig, Ending> {
    let mut pairs = properties::from_file(options, renamed(options, "command-config"))?;
    pairs.extend(properties::pairs(options, renamed(options, "command-property")));
    let compression = match (options.has("compression-codec"), options.value("compression-codec")) {
        (false, _) => "none",
        (true, None | Some("")) => "gzip",
        (true, Some(codec)) => codec,
    };
    let mut set = |key: &str, value: String| pairs.push((key.to_owned(), value));
    set("bootstrap.servers", bootstrap);
    set("compression.type", compression.to_owned());
    for (option, key) in KEYS {
        if let Some(value) = options.value(option) {
            set(key, value.to_owned());
        }
    }
    if let Some(value) = options.value("max-partition-memory-bytes") {
        set("batch.size", value.to_owned());
    }
    let has = |wanted: &str| pairs.iter().any(|(key, _)| key == wanted);
    let (has_id, has_idempotence) = (has("client.id"), has("enable.idempotence"));
    let mut config: ProducerConfig = properties::configure(&pairs)?;
    if !has_id {
        config.client.client_id = "console-producer".to_owned();
    }
    if !has_idempotence {
        config.idempotence = config.acks == Acks::All;
    }
    Ok(config)
}

async fn send_lines(options: &Options, reader: &Reader, producer: &Producer) -> Ended {
    let topic = options.value("topic").unwrap_or_default();
    let prompts = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let mut lines = read_lines();
    let mut number = 0;
    loop {
        if prompts {
            print!(">");
            std::io::stdout().flush()?;
        }
        let Some(line) = lines.recv().await else { break };
        number += 1;
        let record = reader.record(topic, &line?, number)?;
        let taken = producer.send(record).await;
        if options.has("sync") {
            taken?.await?;
            continue;
        }
        match taken {
            Ok(delivery) => {
                tokio::spawn(tell_failed_delivery(topic.to_owned(), delivery));
            }
            Err(error) => tell_failure(topic, &error),
        }
    }
    producer.flush().await;
    Ok(())
}

async fn tell_failed_delivery(topic: String, delivery: Delivery) {
    if let Err(error) = delivery.await {
        tell_failure(&topic, &error);
    }
}

/// A record that was not delivered is told, and the next one follows, as Kafka's tool does.
fn tell_failure(topic: &str, error: &client::Error) {
    eprintln!(
        "ERROR Error when sending message to topic {topic} with error: {}",
        messages::with_class(error)
    );
}

/// How a line becomes a record.
struct Reader {
    parse_key: bool,
    key_separator: String,
    parse_headers: bool,
    headers_delimiter: String,
    headers_separator: String,
    headers_key_separator: String,
    ignore_error: bool,
    null_marker: Option<String>,
}

impl Reader {
    fn new(options: &Options) -> Result<Reader, Ending> {
        let class = options.value("line-reader").unwrap_or(READERS[0]);
        if !READERS.contains(&class) {
            return Err(Ending::Failed(format!("java.lang.ClassNotFoundException: {class}")));
        }
        let mut pairs = properties::from_file(options, "reader-config")?;
        pairs.extend(properties::pairs(options, renamed(options, "reader-property")));
        let value = |wanted: &str| {
            let found = pairs.iter().rev().find(|(key, _)| key == wanted);
            found.map(|(_, value)| value.clone())
        };
        let is_true =
            |key: &str| value(key).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        let text = |key: &str, default: &str| value(key).unwrap_or_else(|| default.to_owned());
        let reader = Reader {
            parse_key: is_true("parse.key"),
            key_separator: text("key.separator", "\t"),
            parse_headers: is_true("parse.headers"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: text("headers.separator", ","),
            headers_key_separator: text("headers.key.separator", ":"),
            ignore_error: is_true("ignore.error"),
            null_marker: value("null.marker"),
        };
        reader.check().map(|()| reader)
    }

    fn check(&self) -> Ended {
        let null = self.null_marker.as_ref();
        let pairs = [
            (
                "headers.delimiter",
                "headers.separator",
                self.headers_delimiter == self.headers_separator,
            ),
            (
                "headers.delimiter",
                "headers.key.separator",
                self.headers_delimiter == self.headers_key_separator,
            ),
            (
                "headers.separator",
                "headers.key.separator",
                self.headers_separator == self.headers_key_separator,
            ),
            ("null.marker", "key.separator", null == Some(&self.key_separator)),
            ("null.marker", "headers.separator", null == Some(&self.headers_separator)),
            ("null.marker", "headers.delimiter", null == Some(&self.headers_delimiter)),
            ("null.marker", "headers.key.separator", null == Some(&self.headers_key_separator)),
        ];
        match pairs.iter().find(|(.., equal)| *equal) {
            Some((one, other, _)) => {
                Err(Ending::Failed(format!("{one} and {other} may not be equal")))
            }
            None => Ok(()),
        }
    }

    fn record(&self, topic: &str, line: &Bytes, number: u64) -> Result<ProducerRecord, Ending> {
        let mut rest = line.clone();
        let mut take = |enabled: bool, separator: &str, name: &str| {
            if !enabled {
                return Ok(None);
            }
            match find(&rest, separator.as_bytes()) {
                Some(at) => {
                    let part = rest.slice(..at);
                    rest = rest.slice(at + separator.len()..);
                    Ok(Some(part))
                }
                None if self.ignore_error => Ok(None),
                None => Err(Ending::Failed(format!(
                    "No {name} found on line number {number}: '{}'",
                    String::from_utf8_lossy(line)
                ))),
            }
        };
        let headers = take(self.parse_headers, &self.headers_delimiter, "headers delimiter")?;
        let key = take(self.parse_key, &self.key_separator, "key separator")?;
        let is_null =
            |bytes: &Bytes| self.null_marker.as_ref().is_some_and(|null| bytes == null.as_bytes());
        let mut record = ProducerRecord::new(topic, rest);
        record.key = key.filter(|key| !is_null(key));
        record.value = record.value.filter(|value| !is_null(value));
        if let Some(headers) = headers.filter(|headers| !is_null(headers)) {
            self.add_headers(&mut record, &headers, number)?;
        }
        Ok(record)
    }

    fn add_headers(
        &self,
        record: &mut ProducerRecord,
        headers: &Bytes,
        number: u64,
    ) -> Result<(), Ending> {
        let text = String::from_utf8_lossy(headers);
        for pair in text.split(self.headers_separator.as_str()) {
            let (key, value) = match pair.split_once(self.headers_key_separator.as_str()) {
                Some((key, value)) => (key, Some(value)),
                None if self.ignore_error => (pair, None),
                None => {
                    return Err(Ending::Failed(format!(
                        "No header key separator found in pair '{pair}' on line number {number}"
                    )));
                }
            };
            let null = self.null_marker.as_deref();
            if null == Some(key) {
                return Err(Ending::Failed(format!(
                    "Header keys should not be equal to the null marker '{key}' as they can't be null"
                )));
            }
            let value = value.filter(|value| null != Some(*value));
            record.headers.push(client::Header {
                key: key.into(),
                value: value.map(|value| Bytes::copy_from_slice(value.as_bytes())),
            });
        }
        Ok(())
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    match wanted.is_empty() {
        true => Some(0),
        false => bytes.windows(wanted.len()).position(|window| window == wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(properties: &[&str]) -> Result<Reader, Ending> {
        let mut arguments = vec!["--topic".to_owned(), "t".to_owned()];
        for property in properties {
            arguments.extend(["--reader-property".to_owned(), (*property).to_owned()]);
        }
        Reader::new(&TOOL.parse(&arguments)?)
    }

    fn read(properties: &[&str], line: &'static str) -> Result<ProducerRecord, Ending> {
        reader(properties)?.record("t", &Bytes::from_static(line.as_bytes()), 1)
    }

    #[test]
    fn a_line_may_hold_headers_a_key_and_a_value() {
        let properties =
            ["parse.key=true", "key.separator=|", "parse.headers=true", "null.marker=~"];
        let record = read(&properties, "a:1,b:~\tkey|some|value").unwrap();
        assert_eq!(record.key.as_deref(), Some(&b"key"[..]));
        assert_eq!(record.value.as_deref(), Some(&b"some|value"[..]));
        let headers: Vec<_> = record
            .headers
            .iter()
            .map(|header| (header.key.as_str(), header.value.as_deref()))
            .collect();
        assert_eq!(headers, [("a", Some(&b"1"[..])), ("b", None)]);
        let record = read(&properties, "~\t~|~").unwrap();
        assert_eq!((record.key, record.value, record.headers.len()), (None, None, 0));
    }

    #[test]
    fn a_line_without_a_key_is_named_with_its_number() {
        match read(&["parse.key=true"], "no tab here") {
            Err(Ending::Failed(text)) => {
                assert_eq!(text, "No key separator found on line number 1: 'no tab here'");
            }
            other => panic!("{other:?}"),
        }
        let ignored = read(&["parse.key=true", "ignore.error=true"], "no tab").unwrap();
        assert_eq!(ignored.value.as_deref(), Some(&b"no tab"[..]));
    }

    #[test]
    fn separators_must_differ() {
        assert!(reader(&["null.marker=,"]).is_err());
        assert!(reader(&["headers.delimiter=:"]).is_err());
    }
}
