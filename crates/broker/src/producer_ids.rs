//! Producer ids for idempotent producers: handed out from blocks of a thousand that the controller
//! allots (KIP-730), so that no id is ever given twice, whatever crashes.

use base::{ErrorCode, ProducerId};
use metadata::controller::{Reply, Request};
use protocol::messages::AllocateProducerIdsRequest;
use tokio::sync::Mutex;

use crate::controller::ControllerHandle;

/// The rest of the current block.
#[derive(Default)]
pub struct ProducerIds {
    block: Mutex<std::ops::Range<i64>>,
}

impl ProducerIds {
    /// The next id. Whoever finds the block empty fetches a new one while the others wait.
    ///
    /// # Errors
    /// What the controller says, or COORDINATOR_LOAD_IN_PROGRESS where it cannot be asked now; the
    /// client tries again.
    pub async fn next(
        &self,
        controller: &ControllerHandle,
        broker_id: i32,
        broker_epoch: i64,
    ) -> Result<ProducerId, ErrorCode> {
        let mut block = self.block.lock().await;
        if block.is_empty() {
            let request = AllocateProducerIdsRequest {
                broker_id,
                broker_epoch,
                ..AllocateProducerIdsRequest::default()
            };
            let request = Request::AllocateProducerIds(request);
            let reply = controller.decide(request, 0).await;
            match reply.map_err(|_| ErrorCode::CoordinatorLoadInProgress)? {
                Reply::AllocateProducerIds(reply) if reply.error_code == 0 => {
                    let first = reply.producer_id_start;
                    *block = first..first + i64::from(reply.producer_id_len);
                }
                Reply::AllocateProducerIds(reply) => {
                    return Err(ErrorCode::from_code(reply.error_code));
                }
                _ => return Err(ErrorCode::UnknownServerError),
            }
        }
        block.next().map(ProducerId).ok_or(ErrorCode::UnknownServerError)
    }
}
