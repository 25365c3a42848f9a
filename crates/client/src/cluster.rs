//! A cluster: who its brokers are, which of them leads what, and a connection to each, made when
//! it is first needed.
//!
//! The metadata is an immutable value behind a lock held for a pointer's copy; a refresh replaces
//! it. Refreshes are single-flight: whoever comes while one is under way waits for its result. A
//! broker that cannot be reached is left alone for a while that grows (`reconnect.backoff.ms`), so
//! that a dead broker costs its callers an error, not a connection attempt each.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::error::Retry;
use base::{BrokerId, ErrorCode, LeaderEpoch, Str};
use protocol::ApiRequest;
use protocol::messages::MetadataRequest;
use protocol::messages::metadata_request::MetadataRequestTopic;
use tokio::time::{Instant, sleep, sleep_until};

use crate::backoff::Backoff;
use crate::config::{Address, ClientConfig, parse_addresses};
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::metadata::{Metadata, PartitionMetadata, TopicMetadata};

/// A handle; clones share connections and metadata.
#[derive(Clone, Debug)]
pub struct Cluster {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: ClientConfig,
    bootstrap: Vec<Address>,
    metadata: Mutex<Known>,
    /// Counts the replacements of the metadata.
    version: AtomicU64,
    /// Held during a refresh.
    refreshing: tokio::sync::Mutex<()>,
    links: Mutex<BTreeMap<Address, Arc<Link>>>,
}

#[derive(Debug, Default)]
struct Known {
    metadata: Arc<Metadata>,
    /// `None` when someone found it wrong.
    fetched_at: Option<Instant>,
}

/// The connection to one address, or the wait before the next attempt.
#[derive(Debug)]
struct Link(tokio::sync::Mutex<LinkState>);

#[derive(Debug)]
struct LinkState {
    connection: Option<Connection>,
    backoff: Backoff,
    failed: Option<(Error, Instant)>,
}

/// Whether asking for a topic may create it, where the broker is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoCreate {
    Allowed,
    Forbidden,
}

/// The leader of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leader {
    pub broker: BrokerId,
    pub epoch: LeaderEpoch,
}

impl Cluster {
    /// Finds the cluster through `bootstrap.servers`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wrong address; the last broker's error if none answers.
    pub async fn connect(config: ClientConfig) -> Result<Cluster> {
        let bootstrap = parse_addresses(&config.bootstrap_servers)?;
        let cluster = Cluster {
            inner: Arc::new(Inner {
                config,
                bootstrap,
                metadata: Mutex::default(),
                version: AtomicU64::new(0),
                refreshing: tokio::sync::Mutex::default(),
                links: Mutex::default(),
            }),
        };
        cluster.refresh(&[], AutoCreate::Forbidden).await?;
        Ok(cluster)
    }

    pub fn config(&self) -> &ClientConfig {
        &self.inner.config
    }

    /// What is known now.
    pub fn metadata(&self) -> Arc<Metadata> {
        lock(&self.inner.metadata).metadata.clone()
    }

    /// Grows whenever [`Cluster::metadata`] has changed.
    pub fn version(&self) -> u64 {
        self.inner.version.load(Ordering::Acquire)
    }

    /// Notes that the metadata was found to be wrong; the next one who needs it asks again.
    pub fn mark_stale(&self) {
        lock(&self.inner.metadata).fetched_at = None;
    }

    /// Whether the metadata is marked stale or older than `metadata.max.age.ms`.
    pub fn is_stale(&self) -> bool {
        match lock(&self.inner.metadata).fetched_at {
            Some(at) => at.elapsed() >= self.inner.config.metadata_max_age,
            None => true,
        }
    }

    /// A topic's partitions and leaders: from the metadata at hand if it is fresh, else asked for,
    /// again and again while the topic is still being created.
    ///
    /// # Errors
    /// UNKNOWN_TOPIC_OR_PARTITION once `patience` is over; errors that do not pass, at once.
    pub async fn topic(
        &self,
        name: &str,
        auto_create: AutoCreate,
        patience: Duration,
    ) -> Result<Arc<TopicMetadata>> {
        if !self.is_stale()
            && let Some(topic) = self.metadata().topics.get(name)
        {
            return Ok(topic.clone());
        }
        let names = [Str::from(name)];
        self.retry(patience, "find a topic", || async {
            let errors = self.refresh(&names, auto_create).await?;
            if let Some(topic) = self.metadata().topics.get(name) {
                return Ok(topic.clone());
            }
            let code = errors
                .iter()
                .find(|(failed, _)| failed.as_str() == name)
                .map_or(ErrorCode::UnknownTopicOrPartition, |(_, code)| *code);
            Err(Error::refused(format!("find topic {name}"), code, None))
        })
        .await
    }

    /// The leader of a partition of a topic that was looked up before.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<Leader> {
        let metadata = self.metadata();
        let index = usize::try_from(partition).ok()?;
        let PartitionMetadata { leader, leader_epoch, .. } =
            metadata.topics.get(topic)?.partitions.get(index)?;
        leader.map(|broker| Leader { broker, epoch: *leader_epoch })
    }

    /// Asks any broker for the metadata of all topics looked up so far and of `topics`.
    ///
    /// # Errors
    /// The last broker's error if none answers; per topic in the result.
    pub async fn refresh(
        &self,
        topics: &[Str],
        auto_create: AutoCreate,
    ) -> Result<Vec<(Str, ErrorCode)>> {
        let before = self.version();
        let _turn = self.inner.refreshing.lock().await;
        let known = self.metadata();
        if self.version() != before && topics.iter().all(|topic| known.topics.contains_key(topic)) {
            return Ok(Vec::new());
        }
        let mut names: Vec<&Str> = known.topics.keys().collect();
        names.extend(topics.iter().filter(|topic| !known.topics.contains_key(*topic)));
        let request = MetadataRequest {
            topics: Some(
                names
                    .into_iter()
                    .map(|name| MetadataRequestTopic {
                        name: Some(name.clone()),
                        ..MetadataRequestTopic::default()
                    })
                    .collect(),
            ),
            allow_auto_topic_creation: auto_create == AutoCreate::Allowed,
            ..MetadataRequest::default()
        };
        let response = self.ask_any(&request).await?;
        let (next, errors) = known.with(&response);
        *lock(&self.inner.metadata) =
            Known { metadata: Arc::new(next), fetched_at: Some(Instant::now()) };
        self.inner.version.fetch_add(1, Ordering::Release);
        Ok(errors)
    }

    /// The connection to the broker of that id, if there is one.
    pub(crate) fn open_now(&self, id: BrokerId) -> Option<Connection> {
        self.link(&self.metadata().brokers.get(&id)?.address).open_now()
    }

    /// A connection to the broker of that id.
    ///
    /// # Errors
    /// Of the connection; [`Error::Unreachable`] too for an id that the cluster does not have now.
    pub async fn broker(&self, id: BrokerId) -> Result<Connection> {
        let metadata = self.metadata();
        let Some(broker) = metadata.brokers.get(&id) else {
            let known = list(metadata.brokers.keys());
            let reason = format!("the cluster has brokers {known} now");
            return Err(Error::unreachable(id.to_string(), "connect", reason));
        };
        self.link(&broker.address).connection(&broker.address, &self.inner.config).await
    }

    /// A connection to some broker: an open one if there is one, else the first that answers.
    ///
    /// # Errors
    /// The last broker's error if none answers.
    pub async fn any_broker(&self) -> Result<Connection> {
        let metadata = self.metadata();
        let mut addresses: Vec<Address> =
            metadata.brokers.values().map(|broker| broker.address.clone()).collect();
        for address in &addresses {
            if let Some(connection) = self.link(address).open_now() {
                return Ok(connection);
            }
        }
        fastrand::shuffle(&mut addresses);
        let bootstrap = self.inner.bootstrap.iter().filter(|a| !addresses.contains(a)).cloned();
        let bootstrap: Vec<Address> = bootstrap.collect();
        addresses.extend(bootstrap);
        let mut last = Error::Closed;
        for address in &addresses {
            match self.link(address).connection(address, &self.inner.config).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Calls any broker, another one if the connection breaks.
    ///
    /// # Errors
    /// Of the last connection.
    pub async fn ask_any<R: ApiRequest>(&self, request: &R) -> Result<R::Response> {
        let first = match self.any_broker().await?.call(request).await {
            Err(error @ (Error::Unreachable { .. } | Error::TimedOut { .. })) => error,
            other => return other,
        };
        match self.any_broker().await {
            Ok(connection) => connection.call(request).await,
            Err(_) => Err(first),
        }
    }

    /// Repeats `attempt` while its error may pass, with growing waits, until `patience` is over;
    /// then the last error is the answer.
    pub(crate) async fn retry<T, F: Future<Output = Result<T>>>(
        &self,
        patience: Duration,
        during: &'static str,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T> {
        let config = &self.inner.config;
        let deadline = Instant::now() + patience;
        let mut backoff = Backoff::new(config.retry_backoff, config.retry_backoff_max);
        let mut last = None;
        loop {
            let result = tokio::select! {
                result = attempt() => result,
                () = sleep_until(deadline) => {
                    return Err(last.unwrap_or(Error::TimedOut {
                        during: during.into(),
                        after: patience,
                        limit: "default.api.timeout.ms",
                    }));
                }
            };
            let error = match result {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            match error.retry() {
                Retry::No => return Err(error),
                Retry::RefreshMetadata => self.mark_stale(),
                Retry::Yes => {}
            }
            let wait = backoff.next_wait();
            if Instant::now() + wait >= deadline {
                return Err(error);
            }
            last = Some(error);
            sleep(wait).await;
        }
    }

    fn link(&self, address: &Address) -> Arc<Link> {
        let mut links = lock(&self.inner.links);
        if let Some(link) = links.get(address) {
            return link.clone();
        }
        let config = &self.inner.config;
        let link = Arc::new(Link(tokio::sync::Mutex::new(LinkState {
            connection: None,
            backoff: Backoff::new(config.reconnect_backoff, config.reconnect_backoff_max),
            failed: None,
        })));
        links.insert(address.clone(), link.clone());
        link
    }
}

impl Link {
    fn open_now(&self) -> Option<Connection> {
        let state = self.0.try_lock().ok()?;
        state.connection.clone().filter(Connection::is_open)
    }

    async fn connection(&self, address: &Address, config: &ClientConfig) -> Result<Connection> {
        let mut state = self.0.lock().await;
        if let Some(connection) = &state.connection
            && connection.is_open()
        {
            return Ok(connection.clone());
        }
        state.connection = None;
        if let Some((error, until)) = &state.failed
            && Instant::now() < *until
        {
            return Err(error.clone());
        }
        match Connection::open(address, config).await {
            Ok(connection) => {
                state.connection = Some(connection.clone());
                state.backoff =
                    Backoff::new(config.reconnect_backoff, config.reconnect_backoff_max);
                state.failed = None;
                Ok(connection)
            }
            Err(error) => {
                let until = Instant::now() + state.backoff.next_wait();
                state.failed = Some((error.clone(), until));
                Err(error)
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Every holder replaces whole values, so that a panic inside leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn list<'a>(ids: impl Iterator<Item = &'a BrokerId>) -> String {
    let ids: Vec<String> = ids.map(BrokerId::to_string).collect();
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted_broker::ScriptedBroker;

    #[tokio::test]
    async fn a_broker_that_the_cluster_lacks_may_come_back() {
        let broker = ScriptedBroker::start(1).await;
        let mut config = ClientConfig::default();
        config.set("bootstrap.servers", &broker.bootstrap).unwrap();
        let cluster = Cluster::connect(config).await.unwrap();
        let error = cluster.broker(BrokerId(9)).await.unwrap_err();
        assert_eq!(error.retry(), Retry::RefreshMetadata, "{error}");
    }
}
