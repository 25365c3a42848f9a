//! The door to the controller of this node.

use base::ErrorCode;
use metadata::controller::{Reply, Request};
use protocol::messages::{DescribeQuorumRequest, DescribeQuorumResponse};
use tokio::sync::{mpsc, oneshot};

/// Requests that may wait for the controller; a sender beyond that waits itself.
pub const QUEUE_MAX: usize = 256;

/// The controller's reply, or why it has decided nothing.
pub type Answer = Result<Reply, ErrorCode>;

/// What the controller's thread is asked.
pub enum Ask {
    /// Decide, append, commit, apply here, then reply.
    Decide { request: Box<Request>, api_version: i16, reply: oneshot::Sender<Answer> },
    /// The state of the metadata quorum.
    DescribeQuorum {
        request: DescribeQuorumRequest,
        reply: oneshot::Sender<DescribeQuorumResponse>,
    },
}

/// Sends requests to the controller's thread. A reply comes after the decision has committed and
/// this node has applied it: a topic that was created can be used at once.
#[derive(Clone)]
pub struct ControllerHandle {
    pub asks: mpsc::Sender<Ask>,
}

impl ControllerHandle {
    /// # Errors
    /// NOT_CONTROLLER if the controller has stopped or resigned; RECORD_LIST_TOO_LARGE if what the
    /// request asks for does not fit into one batch of the metadata log.
    pub async fn decide(&self, request: Request, api_version: i16) -> Answer {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Decide { request: Box::new(request), api_version, reply };
        self.asks.send(ask).await.map_err(|_| ErrorCode::NotController)?;
        answer.await.unwrap_or(Err(ErrorCode::NotController))
    }

    /// # Errors
    /// As [`ControllerHandle::decide`].
    pub async fn describe_quorum(
        &self,
        request: DescribeQuorumRequest,
    ) -> Result<DescribeQuorumResponse, ErrorCode> {
        let (reply, answer) = oneshot::channel();
        let asked = self.asks.send(Ask::DescribeQuorum { request, reply }).await;
        asked.map_err(|_| ErrorCode::NotController)?;
        answer.await.map_err(|_| ErrorCode::NotController)
    }
}
