//! The broker that looks after a group: found, called, and looked for again when it moves.
//!
//! It has a connection of its own. A JoinGroup waits at the broker until the whole group has come, and
//! on a shared connection fetches would wait behind it.

use std::time::Duration;

use base::ErrorCode;
use protocol::ApiRequest;
use tokio::sync::Mutex;

use crate::cluster::Cluster;
use crate::connection::{Connection, Patience};
use crate::coordinators::CoordinatorType;
use crate::error::{Error, Result};

/// The coordinator of one group.
#[derive(Debug)]
pub(crate) struct Coordinator {
    pub cluster: Cluster,
    pub group: String,
    connection: Mutex<Option<Connection>>,
}

impl Coordinator {
    pub fn new(cluster: Cluster, group: &str) -> Coordinator {
        Coordinator { cluster, group: group.to_owned(), connection: Mutex::default() }
    }

    /// The connection to it.
    ///
    /// # Errors
    /// COORDINATOR_NOT_AVAILABLE while there is none; of the connection.
    pub async fn connection(&self) -> Result<Connection> {
        let mut connection = self.connection.lock().await;
        if let Some(open) = connection.as_ref().filter(|connection| connection.is_open()) {
            return Ok(open.clone());
        }
        let (_, address) =
            self.cluster.find_coordinator(CoordinatorType::Group, &self.group).await?;
        let opened = Connection::open(&address, self.cluster.config()).await?;
        *connection = Some(opened.clone());
        Ok(opened)
    }

    /// Forgets where it was: the next call looks for it.
    pub async fn forget(&self) {
        *self.connection.lock().await = None;
    }

    /// Calls it, in at most the version `newest`, and waits `patience` longer than for other requests.
    ///
    /// # Errors
    /// Of the connection. Codes in the response are for the caller to read.
    pub async fn call<R: ApiRequest>(
        &self,
        newest: i16,
        patience: Duration,
        request: impl FnOnce(i16) -> R,
    ) -> Result<R::Response> {
        let connection = self.connection().await?;
        let version = connection.version::<R>()?.min(newest);
        let called =
            connection.call_patiently(&request(version), version, Patience(patience)).await;
        if matches!(called, Err(Error::Unreachable { .. } | Error::TimedOut { .. })) {
            self.forget().await;
        }
        called
    }

    /// The error that a response carries. One that says that the coordinator is elsewhere has the
    /// next call look for it.
    ///
    /// # Errors
    /// The code's, if it is one.
    pub async fn check(&self, during: &str, code: i16) -> Result<()> {
        match ErrorCode::from_code(code) {
            ErrorCode::None => Ok(()),
            code => {
                if matches!(code, ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable) {
                    self.forget().await;
                }
                Err(Error::refused(during, code, None))
            }
        }
    }
}
