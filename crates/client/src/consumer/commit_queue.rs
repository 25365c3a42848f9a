//! Commits that nobody waits for: each is sent once the one before it has ended, so that they take effect
//! in the order they are made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::group::Offsets;
use super::group::coordinator::Coordinator;
use super::group::offsets::{self, Identity};
use crate::error::{Error, Result};

/// A commit on its way. Waiting for it tells what came of it; dropping it does not stop it.
#[derive(Debug)]
pub struct Commit(oneshot::Receiver<Result<()>>);

impl Commit {
    /// # Errors
    /// The coordinator's refusal, or of the connection. It was tried once.
    pub async fn done(self) -> Result<()> {
        self.0.await.unwrap_or(Err(Error::Closed))
    }

    /// What came of it, once that is known.
    pub(super) fn outcome(&mut self) -> Option<Result<()>> {
        match self.0.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Closed) => Some(Err(Error::Closed)),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct CommitQueue {
    last: Option<JoinHandle<()>>,
    /// Told to those that have not been sent. Those that come after have a new one.
    is_given_up: Arc<AtomicBool>,
}

impl CommitQueue {
    pub fn push(
        &mut self,
        coordinator: Arc<Coordinator>,
        identity: Identity,
        offsets: Offsets,
    ) -> Commit {
        let (tell, told) = oneshot::channel();
        let (previous, is_given_up) = (self.last.take(), self.is_given_up.clone());
        self.last = Some(tokio::spawn(async move {
            if let Some(previous) = previous {
                let _ = previous.await;
            }
            let outcome = match is_given_up.load(Ordering::Acquire) {
                true => Err(given_up(&coordinator)),
                false => offsets::commit(&coordinator, &identity, &offsets).await,
            };
            // Nobody may be waiting for it.
            let _ = tell.send(outcome);
        }));
        Commit(told)
    }

    /// Waits until all of them have ended, or gives them up after `patience`: they may stand behind a
    /// join, which takes as long as the group likes. What has not been sent by then is not sent any
    /// more, because it would take the group back behind what is committed next.
    pub async fn done(&mut self, patience: Duration) {
        let Some(last) = &mut self.last else { return };
        // What came of it is told to who waits for it.
        if timeout(patience, last).await.is_err() {
            std::mem::take(&mut self.is_given_up).store(true, Ordering::Release);
        }
        self.last = None;
    }
}

fn given_up(coordinator: &Coordinator) -> Error {
    Error::TimedOut {
        during: format!("commit offsets of group {} after earlier ones", coordinator.group).into(),
        after: coordinator.cluster.config().request_timeout,
        limit: "request.timeout.ms",
    }
}
