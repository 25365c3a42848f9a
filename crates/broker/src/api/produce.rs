//! Produce, key 0, versions 0-13 (0-2 while `vltava.legacy.clients.enable=true`).
//!
//! Behaviour: each partition's batch is validated, appended by the leader, and acknowledged as
//! `acks` asks: 0 never, 1 once it is appended (and durable, where `vltava.durability=synced`), -1
//! once the high watermark has passed it, within the request's timeout. One partition's error
//! leaves the others alone. An error under acks=0 closes the connection, which is all a client can
//! be told then. What belongs to a transaction is appended once its coordinator knows of the partition
//! (`transactional.rs`).
//!
//! Versions: 0-2 message sets · 3 batches of magic 2, transactional id · 5 log start offset · 7 zstd
//! · 8 record errors · 9 flexible · 10 current leader · 11 TRANSACTION_ABORTABLE · 12 the leader adds its
//! partition to the transaction (KIP-890) · 13 topic ids instead of names.
//!
//! Hot path: produce 1/5 decode (slices of the frame) · 2/5 validate (one pass over the bytes) · 3/5
//! append (one write) · 4/5 commit (a queue) · 5/5 send.

use std::sync::Arc;

use base::{ErrorCode, Offset, Str, WallMs};
use bytes::Bytes;
use protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use protocol::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use protocol::messages::{ProduceRequest, ProduceResponse};
use records::{Rejected, Validated, ValidationRules};
use replication::partition::Acks;
use storage::Verification;

use super::named::with_partitions;
use super::transactional::{self, Screened, Verdicts};
use super::{Answer, Call, now};
use crate::metrics::Stage;
use crate::partitions::{Refused, Replica, Ticket, Topic};
use crate::pending::PendingProduce;
use crate::topic_settings::validation_rules;
use crate::unfolding;

pub fn handle(call: Call, mut request: ProduceRequest) -> Answer {
    request.topic_data = with_partitions(
        request.topic_data,
        |topic| (topic.name.clone(), topic.topic_id),
        |topic| &mut topic.partition_data,
    );
    let Some(acks) = Acks::from_wire(request.acks) else {
        return now(with_wrong_acks(&call, request));
    };
    match transactional::screen(&call, &request) {
        Screened::Refused(_) if acks == Acks::None => close(),
        Screened::Refused(code) => now(refuse_all(&request, code)),
        Screened::Clear(verdicts) => append_all(call, request, acks, verdicts),
        // Nothing else of this connection is served meanwhile: its order is the producer's.
        Screened::Ask(asking) => Answer::Later(Box::pin(async move {
            let verdicts = asking.answer(call.node()).await;
            append_all(call, request, acks, verdicts)
        })),
    }
}

fn append_all(call: Call, request: ProduceRequest, acks: Acks, verdicts: Verdicts) -> Answer {
    let count = request.topic_data.iter().map(|topic| topic.partition_data.len()).sum();
    let timeout_ms = request.timeout_ms.max(0) as u64;
    let mut appending = Appending {
        call: &call,
        acks,
        now: call.node().env.wall(),
        verdicts,
        pending: Arc::new(PendingProduce::new(count)),
        slot: 0,
    };
    let responses = request.topic_data.into_iter().map(|topic| appending.topic(topic)).collect();
    let pending = appending.pending;
    let response = ProduceResponse { responses, ..ProduceResponse::default() };
    let failed = response
        .responses
        .iter()
        .flat_map(|topic| &topic.partition_responses)
        .any(|partition| partition.error_code != 0);
    if failed {
        call.node().metrics.failed_produce_requests.inc();
    }
    if acks == Acks::None {
        return match failed {
            true => close(),
            false => Answer::Nothing,
        };
    }
    if pending.is_done() {
        return now(with_codes(response, &pending));
    }
    Answer::Parked(Box::pin(wait(call, response, pending, timeout_ms)))
}

/// All that can be said of an error to a client that waits for no answer.
fn close() -> Answer {
    Answer::Close("a produce with acks=0 failed".into())
}

/// Waits until every partition has committed, the request's time is up, or the node stops.
async fn wait(
    call: Call,
    response: ProduceResponse,
    pending: Arc<PendingProduce>,
    timeout_ms: u64,
) -> Answer {
    let node = call.node();
    let started_us = node.env.mono_us();
    let deadline = node.env.mono().plus_ms(timeout_ms);
    tokio::select! {
        _ = pending.wait() => {}
        _ = node.env.sleep_until(deadline) => {}
    }
    node.metrics.stage(Stage::ProduceCommit, node.env.mono_us() - started_us);
    now(with_codes(response, &pending))
}

/// Puts the codes of parked partitions into the response. A partition that failed at once keeps
/// its own. What was appended and not committed in time keeps its offsets, as in Kafka: it may well commit.
fn with_codes(mut response: ProduceResponse, pending: &PendingProduce) -> ProduceResponse {
    let partitions = response.responses.iter_mut().flat_map(|topic| &mut topic.partition_responses);
    for (partition, code) in partitions.zip(pending.codes()) {
        if code != ErrorCode::None {
            partition.error_code = code.code();
        }
    }
    response
}

struct Appending<'a> {
    call: &'a Call,
    acks: Acks,
    now: WallMs,
    verdicts: Verdicts,
    pending: Arc<PendingProduce>,
    slot: usize,
}

impl Appending<'_> {
    fn topic(&mut self, request: TopicProduceData) -> TopicProduceResponse {
        let found = find(self.call, &request);
        let name = found.as_ref().map_or(&request.name, |topic| &topic.name);
        let found = match base::topic::is_internal(name) && !self.may_write_internal() {
            true => Err(ErrorCode::InvalidTopicException),
            false => found,
        };
        let partition_responses = request
            .partition_data
            .into_iter()
            .map(|partition| {
                let response = match &found {
                    Ok(topic) => self.partition(topic, partition),
                    Err(code) => failed(partition.index, *code),
                };
                self.slot += 1;
                response
            })
            .collect();
        TopicProduceResponse {
            name: if is_by_id(self.call) { Str::EMPTY } else { request.name },
            topic_id: request.topic_id,
            partition_responses,
            ..TopicProduceResponse::default()
        }
    }

    /// Kafka lets its admin client write to internal topics, where an authorizer allows it.
    fn may_write_internal(&self) -> bool {
        self.call.client_id.as_ref().is_some_and(|id| *id == "__admin_client")
    }

    fn partition(
        &mut self,
        topic: &Topic,
        request: PartitionProduceData,
    ) -> PartitionProduceResponse {
        let index = request.index;
        let Some(replica) = topic.replica(index) else {
            return failed(index, self.call.node().why_no_replica(&topic.name, index));
        };
        let verification = match self.verdicts.remove(&self.slot) {
            Some(Ok(verification)) => verification,
            Some(Err(refused)) => return refused_as(index, refused),
            // Of no transaction, or of one that nobody was asked about.
            None => Verification::Required(None),
        };
        let records = match request.records {
            Some(protocol::Payload::Bytes(records)) => records,
            // Apache leaves a request without records unanswered; saying what is wrong is better.
            _ => Bytes::new(),
        };
        self.append(topic, &replica, index, &records, verification)
    }

    fn append(
        &mut self,
        topic: &Topic,
        replica: &Arc<Replica>,
        index: i32,
        records: &Bytes,
        verification: Verification,
    ) -> PartitionProduceResponse {
        let node = self.call.node();
        let start_us = node.env.mono_us();
        // Hot path: produce 2/5
        let rules = validation_rules(&topic.config.load(), self.now);
        let batch = match validate(records, self.call.version, &rules) {
            Ok(batch) => batch,
            Err(rejected) => return self.rejected(topic, replica, index, records, rejected),
        };
        let validated_us = node.env.mono_us();
        node.metrics.stage(Stage::ProduceValidate, validated_us - start_us);
        let (pending, slot) = (self.pending.clone(), self.slot);
        let written = replica.append(&batch, self.acks, verification, self.now, || {
            pending.expect(slot);
            Ticket::Produce { pending: pending.clone(), slot }
        });
        node.metrics.stage(Stage::ProduceAppend, node.env.mono_us() - validated_us);
        let written = match written {
            Ok(written) => written,
            Err(refused) => return with_log_start(replica, refused_as(index, refused)),
        };
        if written.repeats.is_none() {
            topic.metrics.messages_in.inc_by(batch.record_count as u64);
            topic.metrics.bytes_in.inc_by(batch.size() as u64);
        }
        PartitionProduceResponse {
            index,
            base_offset: written.base_offset.0,
            log_append_time_ms: match (written.repeats, rules.timestamp_type) {
                // As in Kafka, whatever type of timestamp the topic has.
                (Some(timestamp), _) => timestamp.0,
                (None, records::TimestampType::LogAppendTime) => self.now.0,
                (None, records::TimestampType::CreateTime) => -1,
            },
            log_start_offset: written.log_start.0,
            ..PartitionProduceResponse::default()
        }
    }

    fn rejected(
        &self,
        topic: &Topic,
        replica: &Replica,
        index: i32,
        records: &Bytes,
        rejected: Rejected,
    ) -> PartitionProduceResponse {
        if rejected.code == ErrorCode::MessageTooLarge {
            topic.metrics.bytes_rejected.inc_by(records.len() as u64);
        }
        let has_record_errors = !rejected.record_errors.is_empty();
        let record_errors =
            rejected.record_errors.into_iter().map(|(record, message)| BatchIndexAndErrorMessage {
                batch_index: record,
                batch_index_error_message: Some(Str::from(message.into_owned())),
                ..BatchIndexAndErrorMessage::default()
            });
        let response = PartitionProduceResponse {
            // Kafka has words where it tells which records are wrong, and nowhere else.
            error_message: has_record_errors.then(|| Str::from(rejected.message)),
            record_errors: record_errors.collect(),
            ..failed(index, rejected.code)
        };
        match rejected.found {
            records::Found::InRequest => response,
            records::Found::ByLog => with_log_start(replica, response),
        }
    }
}

/// Says where the log begins that refused records, as Kafka does but for the refusals that it expects:
/// there is no log here to ask, or the records are too large or damaged.
fn with_log_start(
    replica: &Replica,
    response: PartitionProduceResponse,
) -> PartitionProduceResponse {
    match ErrorCode::from_code(response.error_code) {
        ErrorCode::NotLeaderOrFollower
        | ErrorCode::KafkaStorageError
        | ErrorCode::MessageTooLarge
        | ErrorCode::RecordListTooLarge
        | ErrorCode::CorruptMessage => response,
        _ => {
            let log_start_offset = replica.bounds().log_start.0;
            PartitionProduceResponse { log_start_offset, ..response }
        }
    }
}

fn refused_as(index: i32, refused: Refused) -> PartitionProduceResponse {
    PartitionProduceResponse {
        error_message: refused.message.map(Str::from),
        ..failed(index, refused.code)
    }
}

/// Validates a batch: alone, if it must be unfolded whole and turns out to expand to very much.
fn validate(records: &Bytes, version: i16, rules: &ValidationRules) -> Result<Validated, Rejected> {
    // A batch that stays as it is is looked through a chunk at a time.
    if rules.compression.is_none() && version >= 3 {
        return records::validate(records, version, rules);
    }
    let bound = rules.decompressed_bytes_max.min(unfolding::MODEST_BYTES);
    let modest = ValidationRules { decompressed_bytes_max: bound, ..rules.clone() };
    match records::validate(records, version, &modest) {
        Err(rejected) if rejected.code == ErrorCode::MessageTooLarge => {
            let _alone = unfolding::one_at_a_time();
            records::validate(records, version, rules)
        }
        validated => validated,
    }
}

fn failed(index: i32, code: ErrorCode) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        error_code: code.code(),
        base_offset: Offset(-1).0,
        log_append_time_ms: -1,
        log_start_offset: -1,
        ..PartitionProduceResponse::default()
    }
}

/// Whether topics go by their ids instead of their names.
fn is_by_id(call: &Call) -> bool {
    call.version >= 13
}

fn find(call: &Call, request: &TopicProduceData) -> Result<Arc<Topic>, ErrorCode> {
    let partitions = &call.node().partitions;
    match is_by_id(call) {
        true => partitions.topic_by_id(request.topic_id).ok_or(ErrorCode::UnknownTopicId),
        false => partitions.topic(&request.name).ok_or(ErrorCode::UnknownTopicOrPartition),
    }
}

/// Refuses the acks of a request to every partition that there is; the others have their own error.
fn with_wrong_acks(call: &Call, request: ProduceRequest) -> ProduceResponse {
    let responses = request.topic_data.into_iter().map(|topic| {
        let found = find(call, &topic);
        let code = |index| match &found {
            Ok(topic) if topic.replica(index).is_some() => ErrorCode::InvalidRequiredAcks,
            Ok(_) => ErrorCode::UnknownTopicOrPartition,
            Err(code) => *code,
        };
        let partitions = topic.partition_data.iter();
        let partition_responses =
            partitions.map(|partition| failed(partition.index, code(partition.index))).collect();
        TopicProduceResponse {
            name: topic.name,
            topic_id: topic.topic_id,
            partition_responses,
            ..TopicProduceResponse::default()
        }
    });
    ProduceResponse { responses: responses.collect(), ..ProduceResponse::default() }
}

fn refuse_all(request: &ProduceRequest, code: ErrorCode) -> ProduceResponse {
    let topics = request.topic_data.iter().map(|topic| TopicProduceResponse {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partition_responses: topic
            .partition_data
            .iter()
            .map(|partition| failed(partition.index, code))
            .collect(),
        ..TopicProduceResponse::default()
    });
    ProduceResponse { responses: topics.collect(), ..ProduceResponse::default() }
}
