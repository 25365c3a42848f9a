//! DescribeProducers, key 61, version 0.
//!
//! Behaviour: the idempotent and transactional producers whose state the leader of a partition holds.

use base::{ErrorCode, LeaderEpoch, Str};
use protocol::messages::describe_producers_response::{
    PartitionResponse, ProducerState, TopicResponse,
};
use protocol::messages::{DescribeProducersRequest, DescribeProducersResponse};

use super::Call;
use super::named::Mentions;

const NOT_HERE: &str = "This server does not host this topic-partition.";

pub fn handle(call: &Call, request: DescribeProducersRequest) -> DescribeProducersResponse {
    let mut mentions = Mentions::default();
    let topics = request.topics.into_iter().map(|asked| {
        // Kafka has words for a topic that is not there, and none for a partition.
        let is_there = call.node().image.load().topic(&asked.name).is_some();
        let is_name = base::topic::validate_name(&asked.name).is_ok();
        let words = (is_name && !is_there).then_some(Str::from_static(NOT_HERE));
        let indexes = asked.partition_indexes.iter();
        let indexes = indexes.filter(|index| mentions.take((asked.name.clone(), **index)));
        let partitions = indexes.map(|index| {
            let (active_producers, code) = match producers(call, &asked.name, *index) {
                Ok(producers) => (producers, ErrorCode::None),
                Err(code) => (Vec::new(), code),
            };
            PartitionResponse {
                partition_index: *index,
                error_code: code.code(),
                error_message: words.clone(),
                active_producers,
                ..PartitionResponse::default()
            }
        });
        TopicResponse {
            partitions: partitions.collect(),
            name: asked.name.clone(),
            ..TopicResponse::default()
        }
    });
    DescribeProducersResponse { topics: topics.collect(), ..DescribeProducersResponse::default() }
}

fn producers(call: &Call, topic: &str, index: i32) -> Result<Vec<ProducerState>, ErrorCode> {
    base::topic::validate_name(topic).map_err(|_| ErrorCode::InvalidTopicException)?;
    let replica = call.node().replica(topic, index)?;
    replica.look_up(LeaderEpoch::NONE, |log, _| {
        let producers = log.producers().map(|(id, producer)| ProducerState {
            producer_id: id.0,
            producer_epoch: i32::from(producer.epoch.0),
            last_sequence: producer.last_sequence().0,
            last_timestamp: producer.last_timestamp.0,
            coordinator_epoch: producer.coordinator_epoch,
            current_txn_start_offset: producer.transaction_start.map_or(-1, |offset| offset.0),
            ..ProducerState::default()
        });
        Ok(producers.collect())
    })
}
