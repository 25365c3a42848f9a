//! Membership in a group of consumers: which partitions this one reads, and until when.
//!
//! Both protocols look the same from here. [`Membership::advance`] goes on as far as it can without
//! waiting and says what has changed; the consumer gives up or takes on partitions, tells the caller's
//! [`RebalanceListener`], and calls it again. Signs of life leave from a task, so that the caller may
//! take `max.poll.interval.ms` over what it got.

mod assignor;
mod classic;
pub(crate) mod coordinator;
pub mod embedded;
mod modern;
pub(crate) mod offsets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::error::Retry;
use base::{ErrorCode, Offset, Str, TopicPartition};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use classic::Classic;
use coordinator::Coordinator;
use modern::Modern;
use offsets::Identity;
pub use offsets::{CommittedOffset, Offsets};

use crate::config::{ConsumerConfig, GroupProtocol};
use crate::error::{Error, Result};

/// Hears of partitions that come and go. It is called from within `poll`, `unsubscribe` and `close`.
pub trait RebalanceListener: Send {
    /// These are read from now on: from what is returned, else from where the group has committed.
    fn assigned(
        &mut self,
        _partitions: &BTreeSet<TopicPartition>,
    ) -> BTreeMap<TopicPartition, Offset> {
        BTreeMap::new()
    }

    /// These are about to go to somebody else. What is returned is committed before they do; with
    /// `enable.auto.commit` what was handed out is, unless this says otherwise.
    fn revoked(&mut self, _partitions: &BTreeSet<TopicPartition>) -> Offsets {
        Offsets::new()
    }

    /// These are somebody else's already: it is too late to commit.
    fn lost(&mut self, _partitions: &BTreeSet<TopicPartition>) {}
}

/// What the consumer must do to follow its group.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Commit these and let them go.
    Revoke(BTreeSet<TopicPartition>),
    /// Drop these.
    Lost(BTreeSet<TopicPartition>),
    /// Read these from now on.
    Assign(BTreeSet<TopicPartition>),
}

/// What a heartbeat has found out.
#[derive(Debug)]
enum Notice {
    /// The group divides its work anew.
    Rejoin,
    /// The group has gone on without this member.
    Lost(ErrorCode),
    /// What does not pass by itself.
    Failed(Error),
}

/// What the caller's side and the heartbeats share.
#[derive(Debug)]
struct Shared {
    notice: Mutex<Option<Notice>>,
    /// Wakes `poll`.
    wake: Notify,
    polled: Mutex<Instant>,
}

impl Shared {
    fn notify(&self, notice: Notice) {
        let mut held = self.notice.lock().unwrap_or_else(PoisonError::into_inner);
        // A rebalance is no news to who has lost everything.
        if !(matches!(notice, Notice::Rejoin) && held.is_some()) {
            *held = Some(notice);
        }
        drop(held);
        self.wake.notify_one();
    }

    fn take_notice(&self) -> Option<Notice> {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn idle_for(&self) -> Duration {
        self.polled.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// A task that ends with its owner.
#[derive(Debug)]
struct Aborting<T>(JoinHandle<T>);

impl<T> Aborting<T> {
    fn new(task: JoinHandle<T>) -> Aborting<T> {
        Aborting(task)
    }

    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// What the task came to; None if it was aborted or panicked.
    async fn result(&mut self) -> Option<T> {
        (&mut self.0).await.ok()
    }
}

impl<T> Drop for Aborting<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// This consumer's place in its group.
#[derive(Debug)]
pub(super) struct Membership {
    shared: Arc<Shared>,
    protocol: Protocol,
}

#[derive(Debug)]
enum Protocol {
    Classic(Classic),
    Modern(Modern),
}

impl Membership {
    pub fn new(coordinator: Arc<Coordinator>, config: Arc<ConsumerConfig>) -> Membership {
        let shared = Arc::new(Shared {
            notice: Mutex::default(),
            wake: Notify::new(),
            polled: Mutex::new(Instant::now()),
        });
        let protocol = match config.group_protocol {
            GroupProtocol::Classic => {
                Protocol::Classic(Classic::new(coordinator, config, shared.clone()))
            }
            GroupProtocol::Consumer => {
                Protocol::Modern(Modern::new(coordinator, config, shared.clone()))
            }
        };
        Membership { shared, protocol }
    }

    /// The caller is alive.
    pub fn touch(&self) {
        *self.shared.polled.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Goes on as far as it can without waiting. It is called again once the change is carried out,
    /// until there is none.
    ///
    /// # Errors
    /// What does not pass by itself.
    pub async fn advance(&mut self, subscribed: &BTreeSet<Str>) -> Result<Option<Change>> {
        match &mut self.protocol {
            Protocol::Classic(member) => member.advance(subscribed).await,
            Protocol::Modern(member) => member.advance(subscribed).await,
        }
    }

    /// As whom this consumer commits.
    pub fn identity(&self) -> Identity {
        match &self.protocol {
            Protocol::Classic(member) => member.identity(),
            Protocol::Modern(member) => member.identity(),
        }
    }

    /// Whether the group has told this member its partitions and nothing is under way.
    pub fn is_stable(&self) -> bool {
        match &self.protocol {
            Protocol::Classic(member) => member.is_stable(),
            Protocol::Modern(member) => member.is_stable(),
        }
    }

    /// Whether the identity belongs in an OffsetFetch: brokers check it for the newer protocol.
    pub fn is_modern(&self) -> bool {
        matches!(self.protocol, Protocol::Modern(_))
    }

    /// Waits until [`Membership::advance`] may have something to do.
    pub async fn woken(&self) {
        self.shared.wake.notified().await;
    }

    /// What is said to the coordinator next shall not wait for the whole group.
    pub async fn stop_joining(&mut self) {
        if let Protocol::Classic(member) = &mut self.protocol {
            member.stop_joining().await;
        }
    }

    /// # Errors
    /// Of the connection, or the broker's. The broker finds out by itself after a while.
    pub async fn leave(&mut self) -> Result<()> {
        match &mut self.protocol {
            Protocol::Classic(member) => member.leave().await,
            Protocol::Modern(member) => member.leave().await,
        }
    }
}

/// Whether the same may succeed a little later.
pub(crate) fn passes(error: &Error) -> bool {
    error.retry() != Retry::No
}
