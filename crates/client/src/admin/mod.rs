//! Manages a cluster: topics, partitions, configuration, quotas, groups, offsets, and what the cluster says about
//! itself.
//!
//! Each call goes to whoever answers it (any broker, a partition's leader, one broker) and is
//! repeated while its error may pass, within `default.api.timeout.ms`.

mod cluster;
mod configs;
mod groups;
mod offsets;
mod quotas;
mod topics;

pub use cluster::{
    ClusterDescription, ClusterNode, Features, LogDir, LogDirPartition, Quorum, QuorumReplica,
};
pub use configs::{
    ConfigChange, ConfigEntry, ConfigOperation, ConfigResource, ConfigSource, ConfigSynonym,
};
pub use groups::{
    GroupDescription, GroupFilter, GroupKind, GroupListing, MemberDescription, PartitionResults,
};
pub use offsets::{ListedOffset, OffsetAt};
pub use quotas::{QuotaEntity, QuotaNames};
pub use topics::{CreatedTopic, EligibleLeaders, NewTopic, Reassignment, TopicListing};

use std::time::Duration;

use base::ErrorCode;

use crate::cluster::Cluster;
use crate::config::ClientConfig;
pub use crate::consumer::group::offsets::Stability;
use crate::error::{Error, Result};

/// A handle; clones share the connections.
#[derive(Clone, Debug)]
pub struct Admin {
    cluster: Cluster,
}

impl Admin {
    /// Connects to the cluster that the configuration names.
    ///
    /// # Errors
    /// As [`Cluster::connect`].
    pub async fn connect(config: ClientConfig) -> Result<Admin> {
        Ok(Admin { cluster: Cluster::connect(config).await? })
    }

    /// An admin on connections that others may use too.
    pub fn new(cluster: Cluster) -> Admin {
        Admin { cluster }
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    fn patience(&self) -> Duration {
        self.cluster.config().api_timeout
    }

    /// The broker's own time limit for a request that waits for the cluster.
    fn timeout_ms(&self) -> i32 {
        i32::try_from(self.cluster.config().request_timeout.as_millis()).unwrap_or(i32::MAX)
    }
}

/// The refusal in a response, if there is one.
fn check(during: &str, code: i16, message: Option<&str>) -> Result<()> {
    match ErrorCode::from_code(code) {
        ErrorCode::None => Ok(()),
        code => Err(Error::refused(during, code, message)),
    }
}

/// A response that lacks what was asked for.
fn missing(api: &str, what: &str) -> Error {
    Error::corrupt(format!("the reply to {api}"), format!("it lacks {what}"))
}
