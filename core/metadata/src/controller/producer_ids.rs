//! AllocateProducerIds 0 (67): brokers take producer ids in blocks, so that InitProducerId does
//! not cost a metadata record each.

use base::ErrorCode;
use protocol::messages::{AllocateProducerIdsRequest, AllocateProducerIdsResponse};
use protocol::record_types::metadata::{MetadataRecord, ProducerIdsRecord};

use super::{ConfigRules, Context, Controller, Decision};

/// Ids of one block, as Kafka has it.
pub const PRODUCER_ID_BLOCK: i32 = 1000;

impl<C: ConfigRules> Controller<C> {
    pub(super) fn allocate_producer_ids(
        &mut self,
        _context: &Context,
        request: &AllocateProducerIdsRequest,
    ) -> Decision<AllocateProducerIdsResponse> {
        let refused = |code: ErrorCode| {
            Decision::reply(AllocateProducerIdsResponse {
                error_code: code.code(),
                ..Default::default()
            })
        };
        if let Err(refusal) = self.check_broker_epoch(request.broker_id, request.broker_epoch) {
            return refused(refusal.code);
        }
        let start = self.image.next_producer_id().unwrap_or(0);
        let Some(next) = start.checked_add(PRODUCER_ID_BLOCK.into()) else {
            return refused(ErrorCode::UnknownServerError);
        };
        let record = MetadataRecord::ProducerIdsRecord(ProducerIdsRecord {
            broker_id: request.broker_id,
            broker_epoch: request.broker_epoch,
            next_producer_id: next,
            ..Default::default()
        });
        Decision::free(
            vec![record],
            AllocateProducerIdsResponse {
                producer_id_start: start,
                producer_id_len: PRODUCER_ID_BLOCK,
                ..Default::default()
            },
        )
    }
}
