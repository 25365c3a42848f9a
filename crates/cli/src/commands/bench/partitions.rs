//! `vltava bench partitions`: how soon many partitions can be used.
//!
//! Topics are created in one request, or in two where the broker takes only so many partitions at
//! once; one record is written to each partition, and one read from each. What it took is told for
//! each step, so that a node that has been started again can be asked for the last one alone.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use base::{ErrorCode, Offset, Str, TopicPartition};
use clap::{Args, ValueEnum};
use client::config::ConsumerConfig;
use client::{Admin, Consumer, Producer, ProducerRecord};
use protocol::messages::CreateTopicsRequest;
use protocol::messages::create_topics_request::CreatableTopic;
use serde_json::json;

use super::{payload, producer_config, show};
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};

/// For the request that creates the topics, and for the last record to come.
const PATIENCE: Duration = Duration::from_secs(180);

/// Create many partitions, write a record to each and read one from each
#[derive(Debug, Args)]
pub struct Arguments {
    /// How the names of the topics begin
    #[arg(long, default_value = "bench-partitions")]
    topic: String,
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    topics: usize,
    /// Of each topic
    #[arg(long, value_name = "COUNT", default_value_t = 1_000)]
    partitions: i32,
    /// Bytes of each record's value
    #[arg(long, value_name = "BYTES", default_value_t = 100)]
    size: usize,
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Step::Create, Step::Write, Step::Read])]
    steps: Vec<Step>,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    Create,
    Write,
    Read,
}

impl Arguments {
    fn names(&self) -> Vec<Str> {
        (0..self.topics).map(|number| format!("{}-{number}", self.topic).into()).collect()
    }

    fn all(&self) -> Vec<TopicPartition> {
        let of_topic =
            |name: Str| (0..self.partitions).map(move |i| TopicPartition::new(name.clone(), i));
        self.names().into_iter().flat_map(of_topic).collect()
    }
}

pub async fn run(arguments: Arguments) -> Outcome {
    if arguments.topics == 0 || arguments.partitions <= 0 {
        return Err(Failure::usage("--topics and --partitions must be 1 or more"));
    }
    let started = Instant::now();
    let mut took = [None; 3];
    for step in &arguments.steps {
        let begun = Instant::now();
        match step {
            Step::Create => create(&arguments).await?,
            Step::Write => write(&arguments).await?,
            Step::Read => read(&arguments).await?,
        }
        took[*step as usize] = Some(begun.elapsed().as_secs_f64());
    }
    let total = started.elapsed().as_secs_f64();
    let [create, write, read] = took;
    let json = json!({
        "workload": "partitions", "topics": arguments.topics, "partitions": arguments.partitions,
        "size": arguments.size, "createSeconds": create, "writeSeconds": write,
        "readSeconds": read, "seconds": total,
    });
    let text = |took: Option<f64>| took.map_or("-".into(), |seconds| format!("{seconds:.2}"));
    show(
        arguments.output.json,
        ["PARTITIONS", "CREATED S", "WRITTEN S", "READ S", "ALL S"],
        [
            (arguments.topics * arguments.partitions as usize).to_string(),
            text(create),
            text(write),
            text(read),
            format!("{total:.2}"),
        ],
        &json,
    )
}

async fn create(arguments: &Arguments) -> Outcome {
    let admin = Admin::connect(arguments.cluster.client_config()?).await?;
    let names = arguments.names();
    if create_topics(&admin, &names, arguments.partitions).await? == ErrorCode::PolicyViolation {
        // Apache Kafka takes at most 10,000 metadata records in one request.
        let (one, other) = names.split_at(names.len() / 2);
        for half in [one, other] {
            match create_topics(&admin, half, arguments.partitions).await? {
                ErrorCode::None => {}
                code => return Err(Failure::failed(format!("could not create topics: {code}"))),
            }
        }
    }
    Ok(())
}

/// POLICY_VIOLATION if they are too many for one request.
async fn create_topics(
    admin: &Admin,
    names: &[Str],
    partitions: i32,
) -> Result<ErrorCode, Failure> {
    let topics = names.iter().map(|name| CreatableTopic {
        name: name.clone(),
        num_partitions: partitions,
        replication_factor: -1,
        ..CreatableTopic::default()
    });
    let request = CreateTopicsRequest {
        topics: topics.collect(),
        timeout_ms: PATIENCE.as_millis() as i32,
        ..CreateTopicsRequest::default()
    };
    for result in admin.cluster().ask_any(&request).await?.topics {
        match ErrorCode::from_code(result.error_code) {
            ErrorCode::None => {}
            ErrorCode::PolicyViolation => return Ok(ErrorCode::PolicyViolation),
            code => {
                let message = result.error_message.unwrap_or_default();
                return Err(Failure::failed(format!(
                    "could not create topic {}: {code} {message}",
                    result.name
                )));
            }
        }
    }
    Ok(ErrorCode::None)
}

async fn write(arguments: &Arguments) -> Outcome {
    let config = producer_config(&arguments.cluster, &arguments.cluster.bootstrap)?;
    let producer = Producer::connect(config).await?;
    let value = payload(arguments.size);
    let mut deliveries = Vec::new();
    for partition in arguments.all() {
        let record = ProducerRecord::new(partition.topic, value.clone());
        deliveries.push(producer.send(record.partition(partition.partition.0)).await?);
    }
    for delivery in deliveries {
        delivery.await?;
    }
    producer.close().await;
    Ok(())
}

async fn read(arguments: &Arguments) -> Outcome {
    let mut config = ConsumerConfig { max_poll_records: 10_000, ..ConsumerConfig::default() };
    config.set("bootstrap.servers", &arguments.cluster.bootstrap)?;
    // One batch of each, however large the batches are.
    config.set("max.partition.fetch.bytes", "1000")?;
    config.set("fetch.max.bytes", "10000000")?;
    for pair in &arguments.cluster.client {
        config.set(&pair.key, &pair.value)?;
    }
    let mut consumer = Consumer::connect(config).await?;
    let mut left: HashSet<TopicPartition> = arguments.all().into_iter().collect();
    consumer.assign(left.iter().cloned());
    for partition in &left {
        consumer.seek(partition, Offset(0))?;
    }
    let started = Instant::now();
    while !left.is_empty() {
        for record in consumer.poll(Duration::from_millis(200)).await? {
            let partition = TopicPartition::new(record.topic, record.partition);
            if left.remove(&partition) {
                consumer.pause(&partition)?;
            }
        }
        if started.elapsed() > PATIENCE {
            return Err(Failure::failed(format!(
                "{} partitions gave no record within {} s",
                left.len(),
                PATIENCE.as_secs()
            )));
        }
    }
    Ok(())
}
