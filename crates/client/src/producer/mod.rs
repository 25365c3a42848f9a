//! Sends records: batched per partition, compressed, numbered so that a retry is never appended
//! twice, in order.
//!
//! The life of a record: [`Producer::send`] picks its partition and writes it into the partition's
//! last batch ([`accumulator`], one copy); the sender task ([`sender`]) takes the batch when it is
//! ready, stamps and compresses it, and sends it to the partition's leader together with other
//! partitions' batches; the reply settles the batch and with it every record's [`Delivery`].
//!
//! Bounds: `buffer.memory` for records not settled (above it `send` waits), five requests in flight
//! per broker, `delivery.timeout.ms` for a record's whole way.

mod accumulator;
mod batch;
mod delivery;
mod sender;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base::WallMs;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use accumulator::{Accumulator, Appended, Wake};
pub use delivery::{Delivered, Delivery};

use crate::cluster::{AutoCreate, Cluster};
use crate::config::ProducerConfig;
use crate::error::{Error, Result};
use crate::record::ProducerRecord;

/// Sends records. Share it behind an `Arc`: `send` takes `&self`.
#[derive(Debug)]
pub struct Producer {
    shared: Arc<Shared>,
    sender: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    cluster: Cluster,
    config: Arc<ProducerConfig>,
    accumulator: Mutex<Accumulator>,
    /// Tells the sender that there is something new.
    work: Notify,
    /// Tells those who wait for memory that some is free.
    memory: Notify,
    state: Mutex<Lifecycle>,
}

#[derive(Clone, Debug)]
enum Lifecycle {
    Open,
    /// No record is taken; what is there is still delivered.
    Closing,
    /// The sender cannot go on.
    Failed(Error),
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("client_id", &self.config.client.client_id).finish()
    }
}

impl Producer {
    /// Connects to the cluster that the configuration names.
    ///
    /// # Errors
    /// [`Error::Invalid`] if keys contradict each other; as [`Cluster::connect`].
    pub async fn connect(config: ProducerConfig) -> Result<Producer> {
        config.check()?;
        let cluster = Cluster::connect(config.client.clone()).await?;
        Producer::new(cluster, config)
    }

    /// A producer on connections that others may use too. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Invalid`] if keys contradict each other.
    pub fn new(cluster: Cluster, config: ProducerConfig) -> Result<Producer> {
        config.check()?;
        let config = Arc::new(config);
        let shared = Arc::new(Shared {
            cluster,
            accumulator: Mutex::new(Accumulator::new(config.clone())),
            config,
            work: Notify::new(),
            memory: Notify::new(),
            state: Mutex::new(Lifecycle::Open),
        });
        let sender = tokio::spawn(sender::run(shared.clone()));
        Ok(Producer { shared, sender: Mutex::new(Some(sender)) })
    }

    pub fn cluster(&self) -> &Cluster {
        &self.shared.cluster
    }

    /// Takes a record for delivery. Waits, at most `max.block.ms`, while the topic is not known or
    /// `buffer.memory` is used up; otherwise returns at once. The delivery tells what became of
    /// the record and may be dropped by who does not want to know.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a record that cannot be sent as it is, [`Error::TimedOut`] after
    /// `max.block.ms`, the topic's error, or why the producer has stopped.
    pub async fn send(&self, record: ProducerRecord) -> Result<Delivery> {
        // A loop of sends must not keep the tasks from running that carry the records away.
        tokio::task::coop::consume_budget().await;
        let now = Instant::now();
        let deadline = now + self.shared.config.max_block;
        let timestamp = record.timestamp.unwrap_or_else(wall_clock);
        loop {
            let memory = self.shared.memory.notified();
            tokio::pin!(memory);
            memory.as_mut().enable();
            self.shared.check_open()?;
            let appended = self.shared.accumulator().append(&record, timestamp, now)?;
            match appended {
                Appended::Yes { delivery, wake } => {
                    if wake == Wake::Sender {
                        self.shared.work.notify_one();
                    }
                    return Ok(delivery);
                }
                Appended::NoTopic => {
                    let patience = deadline.saturating_duration_since(Instant::now());
                    let topic = self
                        .shared
                        .cluster
                        .topic(&record.topic, AutoCreate::Allowed, patience)
                        .await?;
                    self.shared.accumulator().set_topic(topic);
                }
                Appended::NoMemory => {
                    self.shared.work.notify_one();
                    timeout_at(deadline, memory).await.map_err(|_| Error::TimedOut {
                        during: "find room in `buffer.memory`".into(),
                        after: self.shared.config.max_block,
                        limit: "max.block.ms",
                    })?;
                }
            }
        }
    }

    /// Sends at once what waits, and returns when every record taken so far is settled. Whether
    /// they succeeded is in their deliveries.
    pub async fn flush(&self) {
        let outcomes = self.shared.accumulator().flush();
        self.shared.work.notify_one();
        for outcome in outcomes {
            outcome.settled().await;
        }
    }

    /// Delivers what is there and ends. Dropping the producer does the same without waiting.
    pub async fn close(self) {
        let _ = self.shared.accumulator().flush();
        self.shared.begin_close();
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            let _ = sender.await;
        }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let _ = self.shared.accumulator().flush();
        self.shared.begin_close();
    }
}

impl Shared {
    fn accumulator(&self) -> MutexGuard<'_, Accumulator> {
        self.accumulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, Lifecycle> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_open(&self) -> Result<()> {
        match &*self.state() {
            Lifecycle::Open => Ok(()),
            Lifecycle::Closing => Err(Error::Closed),
            Lifecycle::Failed(error) => Err(error.clone()),
        }
    }

    fn begin_close(&self) {
        let mut state = self.state();
        if matches!(*state, Lifecycle::Open) {
            *state = Lifecycle::Closing;
        }
        drop(state);
        self.work.notify_one();
        self.memory.notify_waiters();
    }
}

/// Now, as a record's timestamp.
fn wall_clock() -> WallMs {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallMs(since_epoch.as_millis() as i64)
}

#[cfg(test)]
mod tests;
