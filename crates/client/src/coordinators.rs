//! Who coordinates a group or a transactional id.

use std::time::Duration;

use base::{BrokerId, ErrorCode};
use protocol::messages::FindCoordinatorRequest;

use crate::cluster::Cluster;
use crate::config::Address;
use crate::connection::Patience;
use crate::error::{Error, Result};

/// What the key is that a coordinator is looked for by, as FindCoordinator numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoordinatorType {
    Group = 0,
    Transaction = 1,
}

impl CoordinatorType {
    fn noun(self) -> &'static str {
        match self {
            CoordinatorType::Group => "group",
            CoordinatorType::Transaction => "transactional id",
        }
    }
}

impl Cluster {
    /// The broker that coordinates `key`, asked for once.
    ///
    /// # Errors
    /// Of the connection, or the broker's: COORDINATOR_NOT_AVAILABLE while there is none, as when
    /// the first of all groups has the topic created.
    pub async fn find_coordinator(
        &self,
        kind: CoordinatorType,
        key: &str,
    ) -> Result<(BrokerId, Address)> {
        let connection = self.any_broker().await?;
        let version = connection.version::<FindCoordinatorRequest>()?;
        let during = format!("find the coordinator of {} {key}", kind.noun());
        if version < 1 && kind != CoordinatorType::Group {
            return Err(Error::refused(during, ErrorCode::UnsupportedVersion, None));
        }
        let mut request =
            FindCoordinatorRequest { key_type: kind as i8, ..FindCoordinatorRequest::default() };
        if version >= 4 {
            request.coordinator_keys = vec![key.into()];
        } else {
            request.key = key.into();
        }
        let response =
            connection.call_patiently(&request, version, Patience(Duration::ZERO)).await?;
        let (code, message, id, host, port) = match response.coordinators.into_iter().next() {
            Some(found) => {
                (found.error_code, found.error_message, found.node_id, found.host, found.port)
            }
            None if version >= 4 => {
                return Err(Error::corrupt("the reply to FindCoordinator", "it lacks the key"));
            }
            None => (
                response.error_code,
                response.error_message,
                response.node_id,
                response.host,
                response.port,
            ),
        };
        match ErrorCode::from_code(code) {
            ErrorCode::None => {}
            code => return Err(Error::refused(during, code, message.as_deref())),
        }
        let port = u16::try_from(port)
            .map_err(|_| Error::corrupt("the reply to FindCoordinator", "its port is no port"))?;
        Ok((BrokerId(id), Address { host: host.as_str().to_owned(), port }))
    }

    /// As [`Cluster::find_coordinator`], again and again while there is none yet.
    ///
    /// # Errors
    /// The last one once `patience` is over.
    pub async fn coordinator(
        &self,
        kind: CoordinatorType,
        key: &str,
        patience: Duration,
    ) -> Result<(BrokerId, Address)> {
        self.retry(patience, "find a coordinator", || self.find_coordinator(kind, key)).await
    }
}
