//! `kafka-console-consumer.sh`: records to standard output.

use std::io::Write;
use std::time::Duration;

use base::{Offset, TopicPartition};
use client::admin::OffsetAt;
use client::config::{ConsumerConfig, GroupProtocol};
use client::{Consumer, ConsumerRecord};
use records::TimestampType;
use tokio::time::Instant;

use super::options::{Options, Takes, Tool};
use super::patterns::IncludeList;
use super::{Ended, Ending, messages, properties};
use crate::output::print_line;
use crate::signals::Signals;

const PROPERTIES: &str = "Properties of the formatter as key=value: print.timestamp, print.key, print.offset, print.epoch, print.partition, print.headers, print.value, key.separator, line.separator, headers.separator, null.literal.";

const TOOL: Tool = Tool {
    about: "This tool helps to read data from Kafka topics and outputs it to standard output.",
    specs: &[
        ("topic", Takes::Value("String: topic"), "The topic to read."),
        (
            "include",
            Takes::Value("String: Java regex (String)"),
            "A regular expression of topics to read.",
        ),
        (
            "whitelist",
            Takes::Value("String: Java regex (String)"),
            "What --include was called before 3.0.",
        ),
        (
            "partition",
            Takes::Value("Integer: partition"),
            "One partition, from its end unless --offset says otherwise.",
        ),
        ("offset", Takes::Value("String: consume offset"), "An offset, earliest or latest."),
        (
            "consumer-property",
            Takes::Values("String: consumer_prop"),
            "(DEPRECATED) As --command-property.",
        ),
        (
            "command-property",
            Takes::Values("String: consumer_prop"),
            "A property of the consumer as key=value.",
        ),
        (
            "consumer.config",
            Takes::Value("String: config file"),
            "(DEPRECATED) As --command-config.",
        ),
        (
            "command-config",
            Takes::Value("String: config file"),
            "A file of properties for the consumer.",
        ),
        ("formatter", Takes::Value("String: class"), "The class that prints records."),
        ("property", Takes::Values("String: prop"), "(DEPRECATED) As --formatter-property."),
        ("formatter-property", Takes::Values("String: prop"), PROPERTIES),
        (
            "formatter-config",
            Takes::Value("String: config file"),
            "A file of properties for the formatter.",
        ),
        (
            "from-beginning",
            Takes::Nothing,
            "Begin with the first record where the group has no offset.",
        ),
        ("max-messages", Takes::Value("Integer: num_messages"), "Stop after so many records."),
        (
            "timeout-ms",
            Takes::Value("Long: timeout_ms"),
            "Stop when no record has come for so long.",
        ),
        ("skip-message-on-error", Takes::Nothing, "Go on behind a record that cannot be printed."),
        (
            "bootstrap-server",
            Takes::Value("String: server to connect to"),
            "REQUIRED: The brokers to ask.",
        ),
        (
            "key-deserializer",
            Takes::Value("String: deserializer for keys"),
            "The class that reads keys.",
        ),
        (
            "value-deserializer",
            Takes::Value("String: deserializer for values"),
            "The class that reads values.",
        ),
        ("enable-systest-events", Takes::Nothing, "Say also when the consumer has ended."),
        ("isolation-level", Takes::Value("String"), "read_committed or read_uncommitted."),
        ("group", Takes::Value("String: consumer group id"), "The group to read in."),
    ],
};

/// How long one poll waits; the limits of the command are looked at in between.
const POLL: Duration = Duration::from_millis(500);

pub async fn run(arguments: &[String]) -> Ended {
    let options = TOOL.parse(arguments)?;
    check(&options)?;
    let config = config(&options)?;
    let formatter = Formatter::new(&options)?;
    if !options.has("partition") && config.group_protocol == GroupProtocol::Classic {
        eprintln!(
            "The consumer rebalance protocol (KIP-848) is production-ready! Set group.protocol=consumer to try it out. See https://kafka.apache.org/documentation/#consumer_rebalance_protocol"
        );
    }
    let mut consumer = Consumer::connect(config).await?;
    begin(&options, &mut consumer).await?;
    let mut count = 0;
    let consumed = consume(&options, &formatter, &mut consumer, &mut count).await;
    // A group that does not hear of it finds out by itself.
    let closed = consumer.close().await;
    eprintln!("Processed a total of {count} messages");
    if options.has("enable-systest-events") {
        print_line("shutdown_complete")?;
    }
    if let Err(error) = closed {
        eprintln!("WARN {}", messages::of(&error));
    }
    consumed
}

fn check(options: &Options) -> Ended {
    if options.count(&["topic", "include", "whitelist"]) != 1 {
        return Err(
            options.usage("Exactly one of the following arguments is required: [topic], [include]")
        );
    }
    if options.has("partition") {
        if !options.has("topic") {
            return Err(options.usage("The topic is required when partition is specified."));
        }
        if options.has("from-beginning") && options.has("offset") {
            return Err(
                options.usage("Options from-beginning and offset cannot be specified together.")
            );
        }
    } else if options.has("offset") {
        return Err(options.usage("The partition is required when offset is specified."));
    }
    options.require(&["bootstrap-server"])?;
    for (new, old) in [
        ("command-property", "consumer-property"),
        ("command-config", "consumer.config"),
        ("formatter-property", "property"),
    ] {
        if options.has(old) && options.has(new) {
            return Err(options
                .usage(&format!("Options --{old} and --{new} cannot be specified together.")));
        }
        if options.has(old) {
            print_line(&format!(
                "Option --{old} is deprecated and will be removed in a future version. Use --{new} instead."
            ))?;
        }
    }
    Ok(())
}

fn either(options: &Options, new: &'static str, old: &'static str) -> &'static str {
    if options.has(old) { old } else { new }
}

fn config(options: &Options) -> Result<ConsumerConfig, Ending> {
    let file = either(options, "command-config", "consumer.config");
    let mut pairs = properties::from_file(options, file)?;
    pairs.extend(properties::pairs(
        options,
        either(options, "command-property", "consumer-property"),
    ));
    let group = group(options, &pairs)?;
    let value = |wanted: &str| {
        pairs.iter().rev().find(|(key, _)| key == wanted).map(|(_, value)| value.clone())
    };
    let from_beginning = options.has("from-beginning");
    let reset = match value("auto.offset.reset") {
        Some(reset) if from_beginning && reset != "earliest" => {
            return Err(Ending::Failed(format!(
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset={reset}', please remove one option"
            )));
        }
        Some(reset) => reset,
        None if from_beginning => "earliest".to_owned(),
        None => "latest".to_owned(),
    };
    let isolation = options.value("isolation-level").map(str::to_owned);
    let isolation = isolation.or_else(|| value("isolation.level"));
    let has = |wanted: &str| value(wanted).is_some();
    let (has_id, has_auto_commit) = (has("client.id"), has("enable.auto.commit"));
    let mut set = |key: &str, value: &str| pairs.push((key.to_owned(), value.to_owned()));
    set("auto.offset.reset", &reset);
    set("bootstrap.servers", options.value("bootstrap-server").unwrap_or_default());
    if !has_id {
        set("client.id", "console-consumer");
    }
    if let Some(isolation) = isolation {
        set("isolation.level", &isolation);
    }
    match group {
        Some(group) => set("group.id", &group),
        None => {
            // Nobody will ask for what such a group has committed.
            set("group.id", &format!("console-consumer-{}", fastrand::u32(0..100_000)));
            if !has_auto_commit {
                set("enable.auto.commit", "false");
            }
        }
    }
    properties::configure(&pairs)
}

/// The group, which may be named in three places and only in one way.
fn group(options: &Options, pairs: &properties::Pairs) -> Result<Option<String>, Ending> {
    let mut groups: Vec<String> = options.value("group").into_iter().map(str::to_owned).collect();
    groups.extend(pairs.iter().filter(|(key, _)| key == "group.id").map(|(_, id)| id.clone()));
    groups.sort();
    groups.dedup();
    if groups.len() > 1 {
        let groups: Vec<String> = groups.iter().map(|group| format!("'{group}'")).collect();
        return Err(options.usage(&format!(
            "The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. Detected group ids: {}",
            groups.join(", ")
        )));
    }
    if !groups.is_empty() && options.has("partition") {
        return Err(options.usage("Options group and partition cannot be specified together."));
    }
    Ok(groups.pop())
}

async fn begin(options: &Options, consumer: &mut Consumer) -> Ended {
    let Some(topic) = options.value("topic") else {
        let list = options.value("include").or(options.value("whitelist")).unwrap_or_default();
        let list = IncludeList::new(list)?;
        return Ok(consumer.subscribe_matching(move |topic| list.allows(topic))?);
    };
    let Some(partition) = options.number("partition")? else {
        return Ok(consumer.subscribe([topic])?);
    };
    let partition = TopicPartition::new(topic, partition);
    let invalid = |text: &str| {
        options.usage(&format!(
            "The provided offset value '{text}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long."
        ))
    };
    consumer.assign([partition.clone()]);
    match options.value("offset") {
        None if options.has("from-beginning") => {
            consumer.seek_to(&partition, OffsetAt::Earliest)?;
        }
        None => consumer.seek_to(&partition, OffsetAt::Latest)?,
        Some(text) => match text.to_ascii_lowercase().as_str() {
            "earliest" => consumer.seek_to(&partition, OffsetAt::Earliest)?,
            "latest" => consumer.seek_to(&partition, OffsetAt::Latest)?,
            _ => {
                let offset = text.parse().ok().filter(|offset: &i64| *offset >= 0);
                let offset = offset.ok_or_else(|| invalid(text))?;
                consumer.seek(&partition, Offset(offset))?;
            }
        },
    }
    Ok(())
}

async fn consume(
    options: &Options,
    formatter: &Formatter,
    consumer: &mut Consumer,
    count: &mut i64,
) -> Ended {
    let most: i64 = options.number("max-messages")?.unwrap_or(-1);
    let quiet: Option<i64> = options.number("timeout-ms")?;
    let quiet = quiet.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
    let mut last = Instant::now();
    let mut signals = Signals::listen()?;
    while most == -1 || *count < most {
        let wait = quiet.map_or(POLL, |quiet| quiet.saturating_sub(last.elapsed()).min(POLL));
        let polled = tokio::select! {
            polled = consumer.poll(wait) => polled,
            () = signals.next() => return Ok(()),
        };
        let records = match polled {
            Ok(records) => records,
            Err(error) => {
                eprintln!(
                    "ERROR Error processing message, terminating consumer process: {}",
                    messages::with_class(&error)
                );
                return Ok(());
            }
        };
        if records.is_empty() {
            if quiet.is_some_and(|quiet| last.elapsed() >= quiet) {
                eprintln!(
                    "ERROR Error processing message, terminating consumer process: org.apache.kafka.common.errors.TimeoutException"
                );
                return Ok(());
            }
            continue;
        }
        last = Instant::now();
        let wanted = match most {
            -1 => records.len(),
            most => (most - *count).min(records.len() as i64) as usize,
        };
        let printed = formatter.write_all(&records[..wanted]);
        *count += printed.count as i64;
        // What has not come to be printed has not been read.
        consumer.put_back(&records[printed.count..])?;
        let mut out = std::io::stdout().lock();
        if out.write_all(&printed.text).and_then(|()| out.flush()).is_err() {
            eprintln!("Unable to write to standard out, closing consumer.");
            return Ok(());
        }
        printed.ended?;
    }
    Ok(())
}

/// How a record is printed.
struct Formatter {
    timestamp: bool,
    key: bool,
    value: bool,
    partition: bool,
    offset: bool,
    delivery: bool,
    epoch: bool,
    headers: bool,
    nothing: bool,
    on_error: OnError,
    key_separator: String,
    line_separator: String,
    headers_separator: String,
    null_literal: String,
    keys: Form,
    values: Form,
    header_values: Form,
}

/// What comes after a record that cannot be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnError {
    Skip,
    End,
}

/// What has been printed of some records.
struct Printed {
    text: Vec<u8>,
    /// How many have come to be printed, the one that could not be included.
    count: usize,
    ended: Ended,
}

/// How bytes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Bytes,
    /// As Java prints an array it cannot read.
    ByteArray,
    Short,
    Integer,
    Long,
    Float,
    Double,
}

impl Formatter {
    fn new(options: &Options) -> Result<Formatter, Ending> {
        let class = options
            .value("formatter")
            .unwrap_or("org.apache.kafka.tools.consumer.DefaultMessageFormatter");
        let nothing = match class.rsplit(['.', '$']).next().unwrap_or_default() {
            "DefaultMessageFormatter" => false,
            "NoOpMessageFormatter" => true,
            "LoggingMessageFormatter" => false,
            _ => return Err(options.usage(class)),
        };
        let mut pairs = properties::from_file(options, "formatter-config")?;
        for (option, key) in
            [("key-deserializer", "key.deserializer"), ("value-deserializer", "value.deserializer")]
        {
            if let Some(class) = options.value(option) {
                pairs.push((key.to_owned(), class.to_owned()));
            }
        }
        pairs.extend(properties::pairs(options, either(options, "formatter-property", "property")));
        let value = |wanted: &str| {
            pairs.iter().rev().find(|(key, _)| key == wanted).map(|(_, value)| value.clone())
        };
        let is_set = |key: &str, default: bool| {
            value(key).map_or(default, |text| text.trim().eq_ignore_ascii_case("true"))
        };
        let text = |key: &str, default: &str| value(key).unwrap_or_else(|| default.to_owned());
        Ok(Formatter {
            timestamp: is_set("print.timestamp", false),
            key: is_set("print.key", false),
            value: is_set("print.value", true),
            partition: is_set("print.partition", false),
            offset: is_set("print.offset", false),
            delivery: is_set("print.delivery", false),
            epoch: is_set("print.epoch", false),
            headers: is_set("print.headers", false),
            nothing,
            on_error: match options.has("skip-message-on-error") {
                true => OnError::Skip,
                false => OnError::End,
            },
            key_separator: text("key.separator", "\t"),
            line_separator: text("line.separator", "\n"),
            headers_separator: text("headers.separator", ","),
            null_literal: text("null.literal", "null"),
            keys: form(value("key.deserializer"))?,
            values: form(value("value.deserializer"))?,
            header_values: form(value("headers.deserializer"))?,
        })
    }

    fn write_all(&self, records: &[ConsumerRecord]) -> Printed {
        let mut printed = Printed { text: Vec::new(), count: 0, ended: Ok(()) };
        for record in records {
            printed.count += 1;
            match (self.write(record, &mut printed.text), self.on_error) {
                (Ok(()), _) => {}
                (Err(reason), OnError::Skip) => {
                    eprintln!("ERROR Error processing message, skipping this message: {reason}")
                }
                (Err(reason), OnError::End) => {
                    printed.ended = Err(Ending::Failed(reason));
                    break;
                }
            }
        }
        printed
    }

    /// A record that cannot be printed leaves nothing in `out`.
    fn write(&self, record: &ConsumerRecord, out: &mut Vec<u8>) -> Result<(), String> {
        if self.nothing {
            return Ok(());
        }
        let mut fields: Vec<Vec<u8>> = Vec::new();
        if self.timestamp {
            let kind = match record.timestamp_type {
                TimestampType::CreateTime => "CreateTime",
                TimestampType::LogAppendTime => "LogAppendTime",
            };
            fields.push(format!("{kind}:{}", record.timestamp.0).into_bytes());
        }
        if self.partition {
            fields.push(format!("Partition:{}", record.partition).into_bytes());
        }
        if self.offset {
            fields.push(format!("Offset:{}", record.offset).into_bytes());
        }
        if self.delivery {
            fields.push(b"Delivery:NOT_PRESENT".to_vec());
        }
        if self.epoch {
            // Kafka's tool drops the epoch on the record's way to its formatter.
            fields.push(b"Epoch:NOT_PRESENT".to_vec());
        }
        if self.headers {
            fields.push(self.header_field(record)?);
        }
        if self.key {
            fields.push(self.bytes(self.keys, record.key.as_deref())?);
        }
        if self.value {
            fields.push(self.bytes(self.values, record.value.as_deref())?);
        }
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(self.key_separator.as_bytes());
            }
            out.extend_from_slice(field);
        }
        out.extend_from_slice(self.line_separator.as_bytes());
        Ok(())
    }

    fn header_field(&self, record: &ConsumerRecord) -> Result<Vec<u8>, String> {
        if record.headers.is_empty() {
            return Ok(b"NO_HEADERS".to_vec());
        }
        let mut field = Vec::new();
        for (index, header) in record.headers.iter().enumerate() {
            if index > 0 {
                field.extend_from_slice(self.headers_separator.as_bytes());
            }
            field.extend_from_slice(header.key.as_bytes());
            field.push(b':');
            field.extend(self.bytes(self.header_values, header.value.as_deref())?);
        }
        Ok(field)
    }

    fn bytes(&self, form: Form, bytes: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let Some(bytes) = bytes else { return Ok(self.null_literal.clone().into_bytes()) };
        let wrong = |expected: usize| {
            format!(
                "Size of data received by the deserializer is not {expected}, but {}",
                bytes.len()
            )
        };
        fn array<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
            bytes.try_into().ok()
        }
        let text = match form {
            Form::Bytes => return Ok(bytes.to_vec()),
            Form::ByteArray => format!("[B@{:x}", bytes.len()),
            Form::Short => i16::from_be_bytes(array(bytes).ok_or_else(|| wrong(2))?).to_string(),
            Form::Integer => i32::from_be_bytes(array(bytes).ok_or_else(|| wrong(4))?).to_string(),
            Form::Long => i64::from_be_bytes(array(bytes).ok_or_else(|| wrong(8))?).to_string(),
            Form::Float => {
                format!("{:?}", f32::from_be_bytes(array(bytes).ok_or_else(|| wrong(4))?))
            }
            Form::Double => {
                format!("{:?}", f64::from_be_bytes(array(bytes).ok_or_else(|| wrong(8))?))
            }
        };
        Ok(text.into_bytes())
    }
}

/// What a deserializer's class makes of bytes.
fn form(class: Option<String>) -> Result<Form, Ending> {
    let Some(class) = class else { return Ok(Form::Bytes) };
    let name = class.rsplit('.').next().unwrap_or_default().strip_suffix("Deserializer");
    Ok(match name {
        Some("String" | "Bytes") => Form::Bytes,
        Some("ByteArray") => Form::ByteArray,
        Some("Short") => Form::Short,
        Some("Integer") => Form::Integer,
        Some("Long") => Form::Long,
        Some("Float") => Form::Float,
        Some("Double") => Form::Double,
        _ => {
            return Err(Ending::Failed(format!(
                "Unable to instantiate a deserializer from {class}: it is not one of Kafka's own"
            )));
        }
    })
}
